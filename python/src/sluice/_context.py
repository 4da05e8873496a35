"""What a running function may say about itself, and ask: ``progress``, ``log``, ``cancelled`` and
``devices``.
"""

from __future__ import annotations

import contextvars
from typing import List, Optional, Protocol, Tuple, Union

from . import _limits
from ._wire import NONE64

_LEVELS = {"error": 3, "warning": 4, "notice": 5, "info": 6, "debug": 7}


class Call(Protocol):
    """The batch that a function is running for."""

    def report(self, done: int, total: int, unit: str, description: str) -> None: ...
    def write_log(self, level: int, message: str) -> None: ...
    @property
    def is_stopped(self) -> bool: ...
    @property
    def devices(self) -> Tuple[str, ...]: ...


current: contextvars.ContextVar[Optional[Call]] = contextvars.ContextVar(
    "sluice_call", default=None
)


def progress(
    done: Union[int, float], total: Optional[int] = None, desc: str = "", unit: str = ""
) -> None:
    """Tells the callers how far the running function is.

    ``done`` of ``total`` steps are done; without ``total`` an int counts up to nobody knows what,
    and a float between 0 and 1 is a fraction. ``desc`` says what is being done, ``unit`` what is
    counted. May be called as often as is natural: at most 20 reports a second are sent, always
    among them the last. In a batch it goes to every caller.

    Outside of a function that sluice runs, it does nothing, so functions can be tested alone.
    Raises TypeError or ValueError for numbers that make no sense.
    """
    where = "sluice.progress"
    if isinstance(done, float) and total is None:
        if not 0 <= done <= 1:
            raise ValueError(
                f"{where}: done is {done!r}: a fraction is 0 to 1; else give total too"
            )
        done, total, unit = round(100 * done), 100, unit or "%"
    if isinstance(done, float) and done.is_integer():
        done = int(done)
    done = _limits.count(where, "done", done, 0, NONE64 - 1)
    if total is not None:
        total = _limits.count(where, "total", total, 0, NONE64 - 1)
    call = current.get()
    if call is not None:
        call.report(done, NONE64 if total is None else total, str(unit), str(desc))


def log(message: object, level: str = "info") -> None:
    """Sends the callers a line of text; they find it in ``job.logs()``.

    ``level`` is error, warning, notice, info or debug. Longer texts than 16 KiB are cut. Outside
    of a function that sluice runs, it does nothing.
    """
    if level not in _LEVELS:
        raise ValueError(f"sluice.log: level is {level!r}: give one of {', '.join(_LEVELS)}")
    call = current.get()
    if call is not None:
        call.write_log(_LEVELS[level], str(message))


def info(message: object) -> None:
    """``log(message, "info")``."""
    log(message, "info")


def warning(message: object) -> None:
    """``log(message, "warning")``."""
    log(message, "warning")


def cancelled() -> bool:
    """Whether nobody waits for the running function any more, so that it may as well return.

    A plain function cannot be stopped from outside; a long one may ask now and then. False
    outside of a function that sluice runs.
    """
    call = current.get()
    return call is not None and call.is_stopped


def devices() -> List[str]:
    """The names of the devices that the running function is to use: ``["gpu1"]``.

    They are those that the daemon chose for this batch, or the worker's own where it was bound to
    some. Empty where neither is so, and outside of a function that sluice runs.
    """
    call = current.get()
    return [] if call is None else list(call.devices)
