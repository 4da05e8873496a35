"""The same for asyncio: everything runs on the event loop that is running, without a thread.

::

    async with sluice.aio.Client() as client:
        answer = await client.predict("caption", image, "short")
        job = client.submit("chat", "Hello")
        async for piece in job:
            print(piece)

    worker = sluice.aio.Worker()
    @worker.function("caption")
    async def caption(image): ...
    await worker.run()
"""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
from typing import Any, AsyncIterator, Awaitable, Generator, List, Optional, Union

from . import _devices, _limits
from ._job import Core, LogLine, Record, Status, make_wish, options
from ._place import Place
from ._serving import Core as WorkerCore
from ._wire import Attributes
from .errors import ConnectionFailed, SluiceError
from .worker import Declaring

__all__ = ["Client", "Job", "Worker"]


class Job(Record):
    """One submitted request; ``await job`` is ``await job.result()``."""

    def __init__(self, client: Client, number: int, function: str) -> None:
        super().__init__(number, function)
        self._client = client
        # Those who wait for the next change, and those for whom only the outcome is one.
        self._waiters: List[asyncio.Future[None]] = []
        self._awaiting: List[asyncio.Future[None]] = []

    def __repr__(self) -> str:
        return f"<sluice.aio.Job {self._function} {self._state}>"

    def _changed(self) -> None:
        if self._waiters:
            waiters, self._waiters = self._waiters, []
            _wake(waiters)
        if self._awaiting and self.is_done:
            _wake(self._awaiting)

    async def _change(self) -> None:
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        await waiter

    async def _until_done(self) -> None:
        if not self.is_done:
            waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._awaiting.append(waiter)
            await waiter

    @property
    def id(self) -> Awaitable[int]:
        """``await job.id``: the number by which the daemon knows it, as ``sluice.Job.id``."""
        return self._known_id()

    async def _known_id(self) -> int:
        while self._admitted is None and not self.is_done:
            await self._change()
        return self.known_id()

    def status(self) -> Status:
        """What is known now: state, rank, ETA, progress. Never waits, never raises."""
        return self.snapshot()

    async def result(self, timeout: Optional[float] = None) -> Any:
        """Waits for the outcome and returns the result; errors as ``sluice.Job.result``."""
        if timeout is None:
            await self._until_done()
        error = self.error() if timeout is None else await self.exception(timeout)
        if error is not None:
            raise error
        return self.value()

    async def exception(self, timeout: Optional[float] = None) -> Optional[SluiceError]:
        """Waits like ``result`` and returns what it would raise, or None."""
        _limits.patience("result", "timeout", timeout)
        try:
            await asyncio.wait_for(self._until_done(), timeout)
        except asyncio.TimeoutError:
            text = f"{self._function} has no outcome after {timeout:g} s ({self._state})"
            raise TimeoutError(f"{text}; it goes on: call job.cancel() to end it") from None
        return self.error()

    def done(self) -> bool:
        """Whether there is an outcome."""
        return self.is_done

    def cancel(self) -> bool:
        """Asks for the end of the request; does not wait for it. False where it ended already."""
        if self.is_done:
            return False
        self._client._core.cancel(self._number)
        return True

    def leave(self) -> bool:
        """Hears no more of a detached request, which goes on, as ``sluice.Job.leave``."""
        self.check_leaving()
        if self.is_done:
            return False
        self._client._core.leave(self._number)
        return True

    def outputs(self) -> List[Any]:
        """The partial results so far, of the attempt that runs."""
        return [self.chunk_value(chunk) for chunk in self._chunks]

    def logs(self) -> List[LogLine]:
        """What the function said with ``sluice.log`` so far."""
        return list(self._logs)

    async def updates(self) -> AsyncIterator[Status]:
        """Yields the status now and after each change, up to the outcome."""
        last: Optional[Status] = None
        while True:
            status = self.snapshot()
            if status != last:
                yield status
                last = status
            elif self.is_done:
                return
            else:
                await self._change()

    def __await__(self) -> Generator[Any, None, Any]:
        return self.result().__await__()

    async def __aiter__(self) -> AsyncIterator[Any]:
        """Yields the partial results as they arrive; ends with the outcome, as ``sluice.Job``."""
        chunks, index = self._chunks, 0
        while True:
            if self._chunks is not chunks:
                chunks, index = self._chunks, 0
            if index < len(chunks):
                index += 1
                yield self.chunk_value(chunks[index - 1])
            elif self.is_done:
                break
            else:
                await self._change()
        error = self.error()
        if error is not None:
            raise error


def _wake(waiters: List[asyncio.Future[None]]) -> None:
    for waiter in waiters:
        if not waiter.done():
            waiter.set_result(None)


class _Asking:
    """``submit`` and ``predict``, with options."""

    def __init__(self, client: Client, attributes: Attributes) -> None:
        self._client = client
        self._attributes = attributes

    def submit(self, function: str, /, *args: Any, **kwargs: Any) -> Job:
        """Like ``Client.submit``, with these options."""
        return self._client._submit(function, args, kwargs, self._attributes, True)

    async def predict(self, function: str, /, *args: Any, **kwargs: Any) -> Any:
        """Like ``Client.predict``, with these options."""
        job = self._client._submit(function, args, kwargs, self._attributes, False)
        return await self._client._predict(job)


class Client:
    """Like ``sluice.Client``, for the event loop that is running when it is made."""

    def __init__(
        self,
        runtime_directory: Union[str, os.PathLike[str], None] = None,
        *,
        name: Optional[str] = None,
        reconnect_timeout: Optional[float] = 300.0,
        descriptors: bool = True,
    ) -> None:
        _limits.patience("sluice.aio.Client", "reconnect_timeout", reconnect_timeout)
        loop = asyncio.get_running_loop()
        self._place = Place("client", runtime_directory)
        self._descriptors = descriptors
        self._numbers = itertools.count(1)
        self._closed = False
        self._core = Core(loop, self._place, name, reconnect_timeout, descriptors)

    async def __aenter__(self) -> Client:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<sluice.aio.Client {self._place.path}>"

    def submit(self, function: str, /, *args: Any, detached: bool = False, **kwargs: Any) -> Job:
        """Asks for ``function(*args, **kwargs)`` to be run. Returns at once; no coroutine.

        ``detached`` is as in ``sluice.Client.submit``.
        """
        attributes = options("client.submit", {"detached": detached}) if detached else {}
        return self._submit(function, args, kwargs, attributes, True)

    def fetch(self, request: int) -> Job:
        """The job of a detached request, as ``sluice.Client.fetch``. No coroutine."""
        self._check_open()
        job = Job(self, next(self._numbers), f"request {_limits.request(request)}")
        job._is_detached, job._admitted = True, request
        self._core.fetch(job, request)
        return job

    async def predict(self, function: str, /, *args: Any, **kwargs: Any) -> Any:
        """Runs ``function(*args, **kwargs)`` and returns its result.

        Cancelling the task that awaits it cancels the request.
        """
        return await self._predict(self._submit(function, args, kwargs, {}, False))

    def options(self, **options_: Any) -> _Asking:
        """The same client with options for what is asked through it: ``sluice.Client.options``."""
        return _Asking(self, options("client.options", options_))

    def close(self) -> None:
        """Ends the connection; what becomes of jobs is as in ``sluice.Client.close``."""
        if not self._closed:
            self._closed = True
            self._core.close()

    def _check_open(self) -> None:
        if self._closed:
            raise ConnectionFailed("this client was closed: make another sluice.aio.Client()")

    async def _predict(self, job: Job) -> Any:
        try:
            return await job.result()
        except asyncio.CancelledError:
            job.cancel()
            raise

    def _submit(
        self, function: str, args: Any, kwargs: Any, attributes: Attributes, wants_status: bool
    ) -> Job:
        self._check_open()
        wish = make_wish(function, args, kwargs, attributes, wants_status, self._descriptors)
        job = Job(self, next(self._numbers), wish.function)
        if attributes:
            job._is_detached = bool(attributes.get("detached"))
        self._core.submit(job, wish)
        return job


class Worker(Declaring):
    """Like ``sluice.Worker``; ``async def`` functions run on the loop that awaits ``run``.

    Making one does not wait for devices: await ``bind`` before the model is loaded.
    """

    _over: asyncio.Future[None]
    _bound: asyncio.Future[None]

    async def bind(self, timeout: Optional[float] = None) -> List[str]:
        """Waits until the devices that were asked for are this process's own, as
        ``sluice.Worker.bind``. ``run`` is then awaited on the same loop, and does it where nobody
        did.
        """
        if self._lease is None or self._lease.devices:
            return self.devices
        core = self._open()
        core.start()
        try:
            await asyncio.wait(
                {self._over, self._bound}, timeout=timeout, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            if not self._lease.devices:
                core.close()
                self._core = None
        if not self._lease.devices:
            # As it ended has its own word, but for the close() above.
            self._over.result()
            if core.is_draining:
                raise SystemExit(0)
            raise self._late(timeout or 0)
        _devices.settle(self._lease)
        return self.devices

    def _open(self) -> WorkerCore:
        loop = asyncio.get_running_loop()
        if self._core is not None:
            if self._over.get_loop() is not loop:
                raise RuntimeError("this worker was bound on another event loop: run it on that")
            return self._core
        self._over, self._bound = loop.create_future(), loop.create_future()
        self._core = WorkerCore(
            loop,
            self._place,
            self._functions,
            self._slots,
            self._name,
            self._patience,
            self._descriptors,
            lambda: loop,
            self._ended,
            self._lease,
            lambda: None if self._bound.done() else self._bound.set_result(None),
        )
        return self._core

    def _ended(self, error: Optional[SluiceError]) -> None:
        if self._over.done():
            return
        if error is None:
            self._over.set_result(None)
        else:
            self._over.set_exception(error)

    async def run(self) -> None:
        """Serves until SIGTERM, SIGINT or the daemon asks it to leave, as ``sluice.Worker.run``.

        Cancelling it leaves at once.
        """
        self._check()
        await self.bind(self._bind_timeout)
        core = self._open()
        self._has_run = True
        core.begin()
        loop = self._over.get_loop()
        handled = self._handle_signals(loop)
        try:
            await self._over
        finally:
            core.close()
            for number in handled:
                loop.remove_signal_handler(number)

    def drain(self) -> None:
        """Asks the worker to leave in peace, as SIGTERM does. Call it on the worker's loop."""
        if self._core is not None:
            self._core.drain()

    def _handle_signals(self, loop: asyncio.AbstractEventLoop) -> List[int]:
        handled: List[int] = []
        for number in (signal.SIGTERM, signal.SIGINT):
            try:
                loop.add_signal_handler(number, self.drain)
            except (RuntimeError, ValueError):
                return handled  # not the main thread: signals are somebody else's
            handled.append(number)
        return handled
