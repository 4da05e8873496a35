"""Arguments of people, checked: every message says what is wrong, where, and what to do."""

from __future__ import annotations

import difflib
import math
import re
from typing import Any, Iterable, Optional, Union

from ._wire import COUNT_LIMIT, DURATION_LIMIT, MEMORY_LIMIT, NONE32, NONE64, name_fault

OLD_NAMES = {
    "concurrency_count": "concurrency_limit",
    "max_concurrency": "concurrency_limit",
    "batch_size": "max_batch_size",
    "max_batch": "max_batch_size",
    "batch_timeout": "max_batch_delay",
    "max_threads": "slots, an argument of sluice.Worker(),",
    "max_workers": "slots, an argument of sluice.Worker(),",
    "api_name": "the first argument, the function's name,",
    "timeout": "exec_timeout, queue_timeout or deadline",
    "devices": "device, or device_count for how many,",
    "gpu": "device",
    "gpus": "device_count",
    "fn_index": "the function's name",
}
_OF_DEVICES = ("devices", "gpu", "gpus")


def unknown(where: str, given: Iterable[str], known: Iterable[str]) -> None:
    """Raises TypeError for keywords that ``where`` does not have; old names are recognised."""
    known = sorted(known)
    for name in sorted(set(given) - set(known)):
        if name in ("device", "devices", "gpu") and "concurrency_id" in known:
            # A function's devices are its queue's.
            advice = "bind the queue: devices = ... under [queue.X] in sluiced.toml"
            text = f"there is no argument {name}; {advice}"
        elif name in OLD_NAMES and (name not in _OF_DEVICES or "device_count" in known):
            text = f"{name} is an old name: use {OLD_NAMES[name]} instead"
        else:
            near = difflib.get_close_matches(name, known, 1)
            guess = f"did you mean {near[0]}?" if near else f"it has {', '.join(known)}"
            text = f"there is no argument {name}; {guess}"
        raise TypeError(f"{where}: {text}")


def name(where: str, what: str, value: Any) -> str:
    """A name of a function, queue or caller."""
    if not isinstance(value, str):
        raise TypeError(f"{where}: {what} is {value!r}: give a str")
    fault = name_fault(value)
    if fault is not None:
        raise ValueError(f"{where}: {what} is {value!r}: {fault}")
    return value


def count(where: str, what: str, value: Any, low: int = 1, high: int = COUNT_LIMIT) -> int:
    """A whole number in a range."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{where}: {what} is {value!r}: give a whole number from {low} to {high}")
    if not low <= value <= high:
        raise ValueError(f"{where}: {what} is {value}: give {low} to {high}")
    return value


def request(value: Any) -> int:
    """The daemon's number of a request."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"fetch: {value!r} is no request: give the id of a job, a whole number")
    if not 0 <= value <= NONE64:
        raise ValueError(f"fetch: {value} is no request: give the id of a job")
    return value


def limit(where: str, value: Union[int, str, None]) -> int:
    """A concurrency_limit as the wire has it."""
    if value is None or value == "none":
        return NONE32
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value < NONE32:
        advice = "give a whole number from 1 on, or 'none' for no limit"
        if value == 0:
            advice += "; to hold a queue use `sluicectl pause`"
        raise ValueError(f"{where}: concurrency_limit is {value!r}: {advice}")
    return value


def duration(where: str, what: str, value: Any) -> int:
    """Seconds, as microseconds."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"{where}: {what} is {value!r}: give seconds, as a number")
    if not math.isfinite(value) or not 0 <= value * 1e6 <= DURATION_LIMIT:
        raise ValueError(
            f"{where}: {what} is {value!r}: give seconds from 0 to {DURATION_LIMIT // 10**6}"
        )
    return round(value * 1e6)


_SIZE = re.compile(r"([0-9]+) ?(?:([KMGT])(?:iB)?|B)", re.ASCII)


def size(where: str, what: str, value: Any) -> int:
    """Bytes: a whole number, or text as in sluiced.toml."""
    advice = "give bytes, or a text such as '6GiB' or '300MiB', of 1 PiB at most"
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        raise TypeError(f"{where}: {what} is {value!r}: {advice}")
    if isinstance(value, str):
        found = _SIZE.fullmatch(value.strip())
        if found is None:
            raise ValueError(f"{where}: {what} is {value!r}: {advice}")
        number, unit = found.groups()
        given: int = int(number) << 10 * (" KMGT".index(unit) if unit else 0)
    else:
        given = value
    if not 0 <= given <= MEMORY_LIMIT:
        raise ValueError(f"{where}: {what} is {value!r}: {advice}")
    return given


def patience(where: str, what: str, value: Optional[float]) -> Optional[float]:
    """Seconds, or None for ever."""
    if value is not None:
        duration(where, what, value)
    return value


def flag(where: str, what: str, value: object) -> int:
    """True or False as the 1 or 0 of the wire; anything else is a slip, not a truth value."""
    if not isinstance(value, bool):
        raise TypeError(f"{where}: {what} is {value!r}: give True or False")
    return int(value)
