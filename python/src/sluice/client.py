"""The blocking client: ``Client`` submits, ``Job`` is what was submitted.

Thread-safe. One thread does the input and output of a client, from its first request on; it
sleeps unless something arrives or is to be sent. When the daemon restarts, the client reconnects
and sends again, with its ticket, what has no outcome yet; what is detached it fetches.
"""

from __future__ import annotations

import itertools
import os
import threading
import time
from typing import Any, Callable, Iterator, List, Optional, Union

from . import _limits
from ._job import Core, LogLine, Record, Status, logger, make_wish, options
from ._link import Mailbox, Thread
from ._place import Place
from ._wire import Attributes
from .errors import ConnectionFailed, SluiceError


class Job(Record):
    """One submitted request. Made by ``Client.submit`` and ``Client.fetch``; all methods are safe
    on any thread. To let go of a job does not cancel its request.
    """

    def __init__(self, client: Client, number: int, function: str) -> None:
        super().__init__(number, function)
        self._client = client
        # Made by whoever is the first to wait: most jobs are done when they are looked at.
        self._condition: Optional[threading.Condition] = None
        # Whether somebody wants to know of more than the outcome.
        self._is_watched = False
        self._callbacks: List[Callable[[Job], object]] = []

    def __repr__(self) -> str:
        return f"<sluice.Job {self._function} {self._state}>"

    def _changed(self) -> None:
        # What has changed is visible before this is read, and whoever waits looks once more after
        # writing it: so no change is missed.
        condition = self._condition
        if condition is not None and (self.is_done or self._is_watched):
            with condition:
                condition.notify_all()
        if self.is_done:
            self._call_back()

    def _until(self, is_met: Callable[[], bool], timeout: Optional[float] = None) -> bool:
        """Waits for the outcome to make it so, or where the job is watched any change."""
        with self._client._lock:
            if self._condition is None:
                self._condition = threading.Condition()
        with self._condition:
            return self._condition.wait_for(is_met, timeout)

    def _until_done(self, timeout: Optional[float]) -> bool:
        return self.is_done or self._until(lambda: self.is_done, timeout)

    def _call_back(self) -> None:
        while self._callbacks:
            try:
                callback = self._callbacks.pop(0)
            except IndexError:
                return  # another thread was faster
            try:
                callback(self)
            except Exception:
                logger.exception("a callback of %r raised", self)

    @property
    def id(self) -> int:
        """The number by which the daemon knows the request: for ``Client.fetch`` and sluicectl(1).

        Waits until the daemon has accepted it, which for a detached one means stored it: from then
        on it needs nobody. Raises what ``result`` would where it was not accepted.
        """
        if self._admitted is None:
            self._is_watched = True
            self._until(lambda: self._admitted is not None or self.is_done)
        return self.known_id()

    def status(self) -> Status:
        """What is known now: state, rank, ETA, progress. Never waits, never raises."""
        return self.snapshot()

    def result(self, timeout: Optional[float] = None) -> Any:
        """Waits for the outcome and returns the result; for a generator function, its last value.

        ``timeout`` is in seconds, None waits as long as it takes. Raises ``TimeoutError`` when it
        is over, leaving the job alive; a ``RequestError`` where there is no result;
        ``ConnectionFailed`` where the service could not be reached.
        """
        error = self.exception(timeout)
        if error is not None:
            raise error
        return self.value()

    def exception(self, timeout: Optional[float] = None) -> Optional[SluiceError]:
        """Waits like ``result`` and returns what it would raise, or None."""
        _limits.patience("result", "timeout", timeout)
        if not self._until_done(timeout):
            text = f"{self._function} has no outcome after {timeout:g} s ({self._state})"
            raise TimeoutError(f"{text}; it goes on: call job.cancel() to end it")
        return self.error()

    def done(self) -> bool:
        """Whether there is an outcome."""
        return self.is_done

    def cancel(self) -> bool:
        """Asks for the end of the request; does not wait for it. False where it ended already.

        The outcome is then ``Cancelled``, unless another was on its way; of a detached request for
        everybody who waits for it.
        """
        if self.is_done:
            return False
        self._client._post_cancel(self._number)
        return True

    def leave(self) -> bool:
        """Hears no more of a detached request, which goes on; for everybody else, too. False where it
        ended already.

        ``result`` then raises ``ConnectionFailed``, and ``client.fetch(job.id)`` finds the request
        again. Raises ``ValueError`` for one that is not detached.
        """
        self.check_leaving()
        if self.is_done:
            return False
        self._client._post_leave(self._number)
        return True

    def outputs(self) -> List[Any]:
        """The partial results so far, of the attempt that runs."""
        return [self.chunk_value(chunk) for chunk in list(self._chunks)]

    def logs(self) -> List[LogLine]:
        """What the function said with ``sluice.log`` so far."""
        return list(self._logs)

    def updates(self) -> Iterator[Status]:
        """Yields the status now and after each change, up to the outcome. Changes may be merged."""
        last: Optional[Status] = None
        self._is_watched = True
        while True:
            self._until(lambda: self.snapshot() != last or self.is_done)
            done, status = self.is_done, self.snapshot()
            if status != last:
                yield status
            if done:
                return
            last = status

    def add_done_callback(self, callback: Callable[[Job], object]) -> None:
        """Has ``callback(job)`` called once there is an outcome; at once where there is one.

        It runs on the client's own thread, so it must be quick and must not wait for other jobs.
        """
        self._callbacks.append(callback)
        if self.is_done:
            self._call_back()

    def __iter__(self) -> Iterator[Any]:
        """Yields the partial results as they arrive, and ends with the outcome.

        Raises what ``result`` raises where the outcome is no success. When an attempt is
        repeated after partial results (functions declared ``restartable``), they begin anew.
        """
        chunks, index = self._chunks, 0
        self._is_watched = True
        while True:
            self._until(lambda: self._chunks is not chunks or index < len(chunks) or self.is_done)
            done = self.is_done
            if self._chunks is not chunks:
                chunks, index = self._chunks, 0
            if index < len(chunks):
                index += 1
                yield self.chunk_value(chunks[index - 1])
            elif done:
                break
        error = self.error()
        if error is not None:
            raise error


class _Asking:
    """``submit`` and ``predict``, with options."""

    def __init__(self, client: Client, attributes: Attributes) -> None:
        self._client = client
        self._attributes = attributes

    def submit(self, function: str, /, *args: Any, **kwargs: Any) -> Job:
        """Like ``Client.submit``, with these options."""
        return self._client._submit(function, args, kwargs, self._attributes, True)

    def predict(self, function: str, /, *args: Any, **kwargs: Any) -> Any:
        """Like ``Client.predict``, with these options."""
        return self._client._submit(function, args, kwargs, self._attributes, False).result()


class Client:
    """A connection to sluiced, made at the first request and kept, whatever happens to the daemon.

    ``runtime_directory``: where client.sock is; default ``$SLUICE_RUNTIME_DIRECTORY``, else
    /run/sluice. ``name``: what operators see; default the program's. ``reconnect_timeout``: seconds
    for which a daemon that went away is waited for, None for ever. ``descriptors``: pass payloads
    of 1 MiB and more as sealed memory instead of through the daemon.

    ``close()`` ends it, as does leaving a ``with`` block: what it has submitted is then cancelled,
    but for what is detached.
    """

    def __init__(
        self,
        runtime_directory: Union[str, os.PathLike[str], None] = None,
        *,
        name: Optional[str] = None,
        reconnect_timeout: Optional[float] = 300.0,
        descriptors: bool = True,
    ) -> None:
        _limits.patience("sluice.Client", "reconnect_timeout", reconnect_timeout)
        self._place = Place("client", runtime_directory)
        self._name = name
        self._patience = reconnect_timeout
        self._descriptors = descriptors
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._thread: Optional[Thread] = None
        self._core: Optional[Core] = None
        self._mailbox: Optional[Mailbox] = None
        self._closed = False

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<sluice.Client {self._place.path}>"

    def submit(self, function: str, /, *args: Any, detached: bool = False, **kwargs: Any) -> Job:
        """Asks for ``function(*args, **kwargs)`` to be run, and returns at once.

        Arguments are what JSON has, bytes, and numpy arrays. Raises ``EnvelopeError`` for others,
        naming them, and ValueError for a name no function can have. All else, also a refusal, is
        the job's outcome.

        ``detached``: the request outlives this client, and a restart of the daemon. Once
        ``job.id`` is there it is stored, runs to its end, and ``fetch`` finds it from any process
        of this user, as long as the daemon's ``result_ttl`` says. A function's own argument of this
        name goes through ``client.options().submit``.
        """
        attributes = options("client.submit", {"detached": detached}) if detached else {}
        return self._submit(function, args, kwargs, attributes, True)

    def fetch(self, request: int) -> Job:
        """The job of a detached request, by the ``id`` that its submitter's job had.

        Returns at once. It is like the one that ``submit`` returned: partial results come from the
        first, and a result as often as it is fetched. ``UnknownRequest`` where the daemon does not
        keep it, or not for this user.
        """
        job = Job(self, next(self._numbers), f"request {_limits.request(request)}")
        job._is_detached, job._admitted = True, request
        self._post(Core.fetch, job, request)
        return job

    def predict(self, function: str, /, *args: Any, **kwargs: Any) -> Any:
        """Runs ``function(*args, **kwargs)`` and returns its result: ``submit(...).result()``."""
        return self._submit(function, args, kwargs, {}, False).result()

    def options(self, **options_: Any) -> _Asking:
        """The same client with options for what is asked through it.

        ``client.options(deadline=5).predict("caption", image)``

        ``queue_timeout`` (longest wait until started), ``exec_timeout`` (longest run of one
        attempt), ``deadline`` (longest time in all), ``max_wait`` (refuse when the predicted wait
        is longer), all in seconds; ``detached`` (see ``submit``); ``caller`` (a gateway's);
        ``restartable`` (partial results may begin anew where a restart of the daemon lost the
        request; without, that is ``StreamRestarted``).
        """
        return _Asking(self, options("client.options", options_))

    def close(self) -> None:
        """Ends the connection and the thread. Jobs without outcome raise ``Cancelled``, and those
        of detached requests, which go on, ``ConnectionFailed``.
        """
        with self._lock:
            self._closed = True
            thread, core, mailbox = self._thread, self._core, self._mailbox
            self._thread = self._core = self._mailbox = None
        if thread is not None and core is not None and mailbox is not None:
            mailbox.post(core.close)
            thread.stop()

    def _submit(
        self, function: str, args: Any, kwargs: Any, attributes: Attributes, wants_status: bool
    ) -> Job:
        wish = make_wish(function, args, kwargs, attributes, wants_status, self._descriptors)
        job = Job(self, next(self._numbers), wish.function)
        if attributes:
            job._is_detached = bool(attributes.get("detached"))
        self._post(Core.submit, job, wish)
        return job

    def _post(self, call: Callable[..., object], *args: Any) -> None:
        with self._lock:
            if self._closed:
                raise ConnectionFailed("this client was closed: make another sluice.Client()")
            if self._thread is None:
                self._thread = Thread("sluice-client")
                loop = self._thread.loop
                self._core = Core(loop, self._place, self._name, self._patience, self._descriptors)
                self._mailbox = Mailbox(loop, self._core.link)
            assert self._mailbox is not None and self._core is not None
            self._mailbox.post(call, self._core, *args)

    def _post_cancel(self, number: int) -> None:
        with self._lock:
            if self._mailbox is not None and self._core is not None:
                self._mailbox.post(self._core.cancel, number)

    def _post_leave(self, number: int) -> None:
        with self._lock:
            if self._mailbox is not None and self._core is not None:
                self._mailbox.post(self._core.leave, number)


def wait(jobs: List[Job], timeout: Optional[float] = None) -> bool:
    """Waits until all jobs have outcomes; False where ``timeout`` seconds were over first."""
    until = None if timeout is None else time.monotonic() + timeout
    for job in jobs:
        left = None if until is None else max(until - time.monotonic(), 0)
        if not job._until_done(left):
            return False
    return True
