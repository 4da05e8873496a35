"""The worker: declares functions, is given batches, runs them, and leaves in peace.

One thread does the input and output. Plain functions run in threads, ``async def`` ones on an
event loop of their own, so neither delays what the daemon is told.
"""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from typing import Any, Callable, Dict, List, Optional, Tuple, TypeVar, Union, overload

from . import _devices, _functions, _limits
from ._devices import Device
from ._functions import DEFAULT, Function
from ._lease import Lease
from ._link import Thread
from ._place import Place
from ._serving import Core
from .errors import ConnectionFailed, SluiceError

DEFAULT_SLOTS = 40

F = TypeVar("F", bound=Callable[..., Any])


class Declaring:
    """What ``sluice.Worker`` and ``sluice.aio.Worker`` share: their functions and settings."""

    def __init__(
        self,
        runtime_directory: Union[str, os.PathLike[str], None] = None,
        *,
        device: Device = None,
        device_count: Optional[int] = None,
        memory: Union[int, str, None] = None,
        exclusive: bool = False,
        bind_timeout: Optional[float] = None,
        slots: Optional[int] = None,
        name: Optional[str] = None,
        reconnect_timeout: Optional[float] = None,
        descriptors: bool = True,
        **unknown: Any,
    ) -> None:
        """``runtime_directory``: where worker.sock is; default ``$SLUICE_RUNTIME_DIRECTORY``, else
        /run/sluice.

        ``device``: asks for devices of this process's own, before the model is loaded: "any", a
        name, or names; see ``bind``. Left out, ``$SLUICE_DEVICE`` names them, with commas between,
        and is also what "any" chooses from and names have to be among; ``none`` there takes them
        away. Without either, or with "none", the worker has none, and may be told devices with
        each batch: ``sluice.devices()``. ``device_count``: how many; default one of "any", all of
        names. ``memory``: what the model takes of each when nothing runs, in bytes or as "8GiB".
        ``exclusive``: nobody else is to be on them. Any of these three without ``device`` asks
        for a device, too, as "any" does.
        ``bind_timeout``: seconds to wait for them, None (the default) for ever.

        ``slots``: batches run at once, default 40; 1 makes a strictly serial worker.
        ``name``: what operators see; default the program's. ``reconnect_timeout``: seconds for
        which a daemon that went away is waited for, None (the default) for ever. ``descriptors``:
        pass payloads of 1 MiB and more as sealed memory instead of through the daemon.
        """
        where = "sluice.Worker"
        known = ("runtime_directory", "slots", "name", "reconnect_timeout", "descriptors", *_LENT)
        if "max_threads" in unknown:
            raise TypeError(f"{where}: max_threads is slots here: Worker(slots=40)")
        _limits.unknown(where, unknown, known)
        _limits.patience(where, "reconnect_timeout", reconnect_timeout)
        self._bind_timeout = _limits.patience(where, "bind_timeout", bind_timeout)
        wish = _devices.wish(where, device, device_count, memory, exclusive)
        self._lease = None if wish is None else Lease(wish)
        self._slots = DEFAULT_SLOTS if slots is None else _limits.count(where, "slots", slots)
        self._place = Place("worker", runtime_directory)
        self._name = name
        self._patience = reconnect_timeout
        self._descriptors = descriptors
        self._functions: Dict[str, Function] = {}
        self._core: Optional[Core] = None
        self._has_run = False
        self._made()

    def _made(self) -> None:
        """All arguments are checked and kept."""

    @property
    def devices(self) -> List[str]:
        """The names of this worker's own devices; empty where it has none, or none yet."""
        return [] if self._lease is None else list(self._lease.devices)

    def _late(self, timeout: float) -> Exception:
        assert self._lease is not None
        return TimeoutError(
            f"{self._lease.wish}: not to be had in {timeout:g} seconds; `sluicectl devices` shows "
            "who has them"
        )

    @overload
    def function(self, name: F) -> F: ...

    @overload
    def function(
        self,
        name: Optional[str] = None,
        *,
        concurrency_id: Optional[str] = None,
        concurrency_limit: Union[int, str, None] = DEFAULT,
        batch: bool = False,
        max_batch_size: Optional[int] = None,
        max_batch_delay: Optional[float] = None,
        queue_timeout: Optional[float] = None,
        exec_timeout: Optional[float] = None,
        retry: Optional[str] = None,
        restartable: Optional[bool] = None,
        expected_duration: Optional[float] = None,
        cancel_grace: Optional[float] = None,
        max_attempts: Optional[int] = None,
        memory: Union[int, str, None] = None,
        memory_per_item: Union[int, str, None] = None,
        device_count: Optional[int] = None,
        exclusive: Optional[bool] = None,
        **unknown: Any,
    ) -> Callable[[F], F]: ...

    def function(
        self,
        name: Any = None,
        *,
        concurrency_limit: Union[int, str, None] = DEFAULT,
        batch: bool = False,
        max_batch_size: Optional[int] = None,
        **options: Any,
    ) -> Any:
        """Declares the function below it, under ``name`` or its own. It stays as it was.

        ``concurrency_id``: the queue; functions that name the same one share it and its limit.
        ``concurrency_limit``: batches of the queue that may run at once: a number, or "none";
        left out, the function has no say. ``batch``: the function takes one list per input and
        returns a list with one result per request (an exception in it fails that request alone),
        at most ``max_batch_size`` (default 4, up to 4096) at once. ``max_batch_delay``: how long
        the oldest request may wait for a fuller batch. ``queue_timeout``, ``exec_timeout``: longest
        wait until started, longest run. ``retry``: "never" for work that must not run twice, else
        "crash". ``restartable``: run again even after partial results. ``expected_duration``: of
        one batch, until some were seen. ``cancel_grace``: for a cancelled batch to end.
        ``max_attempts``: attempts before it fails with WorkerDied. Times are in seconds.

        For a queue with devices: ``memory`` that it has in use on a device when nothing runs,
        ``memory_per_item`` that each request of a running batch takes besides, in bytes or as
        "300MiB"; ``device_count``: devices that one batch runs on at once, default 1;
        ``exclusive``: nothing else is to be on them meanwhile.

        Raises TypeError or ValueError naming the argument at fault.
        """
        if callable(name):
            return self._declare(name.__name__, name, DEFAULT, False, None, {})

        def declare(call: F) -> F:
            own = name if name is not None else getattr(call, "__name__", None)
            self._declare(own, call, concurrency_limit, batch, max_batch_size, options)
            return call

        where = f"worker.function({name!r})"
        _limits.unknown(where, set(options) - set(_OPTIONS), _SHOWN_OPTIONS)
        if name is not None:
            _limits.name(where, "the name", name)
        return declare

    def _declare(
        self,
        name: Any,
        call: F,
        concurrency_limit: Union[int, str, None],
        batch: bool,
        max_batch_size: Optional[int],
        options: Dict[str, Any],
    ) -> F:
        where = f"worker.function({name!r})"
        _limits.name(where, "the name", name)
        if self._has_run:
            raise RuntimeError(f"{where}: declare functions before the worker runs")
        if name in self._functions:
            raise ValueError(f"{where}: this worker has a function of that name: choose another")
        if concurrency_limit is None:
            concurrency_limit = "none"
        given = dict(options, concurrency_limit=concurrency_limit)
        self._functions[name] = _functions.function(where, name, call, batch, max_batch_size, given)
        return call

    def _check(self) -> None:
        if not self._functions:
            raise RuntimeError(
                "this worker has no function: declare one with @worker.function(...)"
            )
        if self._has_run:
            raise RuntimeError("this worker runs already, or has run: make another")


_OPTIONS = (
    "concurrency_id",
    "max_batch_delay",
    "queue_timeout",
    "exec_timeout",
    "retry",
    "restartable",
    "expected_duration",
    "cancel_grace",
    "max_attempts",
    "memory",
    "memory_per_item",
    "device_count",
    "exclusive",
)
_LENT = ("device", "device_count", "memory", "exclusive", "bind_timeout")
_SHOWN_OPTIONS = (*_OPTIONS, "concurrency_limit", "batch", "max_batch_size")


class Worker(Declaring):
    """A process that serves functions. See ``function`` and ``run``.

    With ``device`` it is made only once the devices are its own, so that what is imported or loaded
    after it finds them; see ``bind``.
    """

    __doc__ = (__doc__ or "") + "\n\n" + (Declaring.__init__.__doc__ or "")

    def _made(self) -> None:
        self._over = threading.Event()
        # Set as well when the devices are ours: whichever comes first is what bind() waits for.
        self._settled = threading.Event()
        self._error: Optional[SluiceError] = None
        self.bind(self._bind_timeout)

    def bind(self, timeout: Optional[float] = None) -> List[str]:
        """Waits until the devices that were asked for are this process's own; ``devices``.

        ``Worker(device=...)`` has called it already. It connects, asks, and waits for as long as
        others have them, or ``timeout`` seconds, after which it raises TimeoutError. Then it puts
        into ``os.environ`` what has libraries find these devices alone, such as
        CUDA_VISIBLE_DEVICES, so it has to come before they look for any. They are this process's
        until it ends: a daemon that restarts is told of them, and one that would not leave them to
        it ends the worker with ConnectionFailed, as does a wish that can never come true.
        Who is drained meanwhile leaves in peace, by SystemExit.
        """
        if self._lease is None or self._lease.devices:
            return self.devices
        core = self._open()
        core.mailbox.post(core.start)
        try:
            self._settled.wait(timeout)
        except BaseException:
            self._abandon()
            raise
        if self._over.is_set() or not self._lease.devices:
            error = self._error if self._over.is_set() else self._late(timeout or 0)
            is_drained = core.is_draining
            self._abandon()
            if error is None and is_drained:
                # It was asked to leave, and has nothing to finish.
                raise SystemExit(0)
            raise error or ConnectionFailed("this worker was closed as it waited for devices")
        _devices.settle(self._lease)
        return self.devices

    def _abandon(self) -> None:
        """As if nothing had been asked for."""
        self.close()
        self._core = None
        self._over.clear()
        self._settled.clear()

    def run(self) -> None:
        """Serves until SIGTERM, SIGINT (Ctrl-C) or the daemon asks it to leave.

        It then takes no more work, finishes what it has, waits until the answers are acknowledged,
        and returns. A second Ctrl-C leaves at once. Signals are only handled where this is
        the main thread. Raises ``ConnectionFailed`` where sluiced cannot be reached at the start or
        ends the connection; a daemon that restarts is waited for.
        """
        self.start()
        restore = self._handle_signals()
        try:
            self.join()
        except KeyboardInterrupt:
            self.close()
            raise
        finally:
            for number, handler in restore:
                signal.signal(number, handler)

    def start(self) -> None:
        """Begins to serve, in threads of its own, and returns at once."""
        self._check()
        self.bind(self._bind_timeout)
        core = self._open()
        self._has_run = True
        core.mailbox.post(core.begin)

    def _open(self) -> Core:
        if self._core is not None:
            return self._core
        self._thread = Thread("sluice-worker")
        self._coroutines: Optional[Thread] = None
        self._core = Core(
            self._thread.loop,
            self._place,
            self._functions,
            self._slots,
            self._name,
            self._patience,
            self._descriptors,
            self._coroutine_loop,
            self._ended,
            self._lease,
            self._settled.set,
        )
        return self._core

    def drain(self) -> None:
        """Asks the worker to leave in peace, as SIGTERM does. Returns at once; see ``join``."""
        if self._core is not None and not self._over.is_set():
            self._core.mailbox.post(self._core.drain)

    def join(self, timeout: Optional[float] = None) -> bool:
        """Waits until the worker has left; False where ``timeout`` seconds were over first.

        Raises what ended it, if that was not peace.
        """
        if not self._has_run:
            raise RuntimeError("this worker was not started: call start() or run()")
        if not self._over.wait(timeout):
            return False
        self._stop_threads()
        if self._error is not None:
            raise self._error
        return True

    def close(self) -> None:
        """Leaves at once. What was running is retried elsewhere, as after a crash."""
        if self._core is not None and not self._over.is_set():
            self._core.mailbox.post(self._core.close)
            self._over.wait()
        self._stop_threads()

    def _stop_threads(self) -> None:
        if self._core is not None:
            self._thread.stop()
            if self._coroutines is not None:
                self._coroutines.stop()

    def _ended(self, error: Optional[SluiceError]) -> None:
        self._error = error
        self._over.set()
        self._settled.set()

    def _coroutine_loop(self) -> asyncio.AbstractEventLoop:
        if self._coroutines is None:
            self._coroutines = Thread("sluice-coroutines")
        return self._coroutines.loop

    def _handle_signals(self) -> List[Tuple[int, Any]]:
        if threading.current_thread() is not threading.main_thread():
            return []
        asked: List[int] = []

        def leave(number: int, _: object) -> None:
            if number == signal.SIGINT and asked:
                raise KeyboardInterrupt
            asked.append(number)
            self.drain()

        return [(n, signal.signal(n, leave)) for n in (signal.SIGTERM, signal.SIGINT)]
