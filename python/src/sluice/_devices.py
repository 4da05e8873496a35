"""Devices as people ask for them, and what a process has to know to use the ones it got."""

from __future__ import annotations

import logging
import os
import sys
from typing import Optional, Sequence, Tuple, Union

from . import _limits
from ._lease import Lease, Wish
from ._wire import DEVICES_LIMIT, LEASE_LIMIT

logger = logging.getLogger("sluice")
# Names, with commas between them, or "any" or "none": what an operator chose for this process.
VARIABLE = "SLUICE_DEVICE"

Device = Union[str, Sequence[str], None]


def wish(
    where: str,
    device: Device,
    count: Optional[int],
    memory: Union[int, str, None],
    exclusive: bool,
) -> Optional[Wish]:
    """The arguments of a worker, checked; None where it asks for no device."""
    is_exclusive = bool(_limits.flag(where, "exclusive", exclusive))
    size = None if memory is None else _limits.size(where, "memory", memory)
    if count is not None:
        count = _limits.count(where, "device_count", count, 1, LEASE_LIMIT)
    chosen = _chosen()
    if device == "none":
        if is_exclusive or size is not None or count is not None:
            left = "leave out device_count, memory and exclusive"
            raise ValueError(f"{where}: device is 'none': {left}")
        return None
    if chosen == "none":
        if device is None:
            return None
        told = f"${VARIABLE} is 'none': whoever runs this worker took its devices away"
        raise ValueError(f"{where}: device is {device!r}, but {told}, so none could be opened")
    if device is None and chosen is None:
        if not is_exclusive and size is None and count is None:
            return None
        device = "any"
    # What the operator chose, if anything.
    names = chosen if isinstance(chosen, tuple) else ()
    least = 1 if device == "any" else max(len(names), 1)
    if device is not None and device != "any":
        names = _asked(where, device, names)
        least = len(names)
    number = least if count is None else count
    if names and number > len(names):
        told = ", ".join(names)
        raise ValueError(f"{where}: device_count is {number}, of {told}: name more or ask for less")
    if number > LEASE_LIMIT:
        raise ValueError(f"{where}: {number} devices are named: a worker has {LEASE_LIMIT} at most")
    return Wish(number, names, size, is_exclusive)


def _chosen() -> Union[str, Tuple[str, ...], None]:
    """What the operator chose: names, "any", "none", or nothing."""
    where = f"${VARIABLE}"
    names = _names(where, os.environ.get(VARIABLE, "").split(","))
    for word in ("any", "none"):
        if names == (word,):
            return word
        if word in names:
            raise ValueError(f"{where}: '{word}' is no device: it stands alone")
    return names or None


def _asked(where: str, device: Device, chosen: Tuple[str, ...]) -> Tuple[str, ...]:
    """The names that the program gives, which are to be among those that the operator chose."""
    names = _names(where, device)
    if not names:
        raise ValueError(f"{where}: device is {device!r}: give 'any' or the names of devices")
    closed = [name for name in names if chosen and name not in chosen]
    if closed:
        raise ValueError(
            f"{where}: device is {device!r}, but ${VARIABLE}, by whoever runs this worker, is "
            f"{','.join(chosen)}: {', '.join(closed)} could not be opened"
        )
    return names


def _names(where: str, device: Device) -> Tuple[str, ...]:
    if not isinstance(device, (str, list, tuple)):
        raise TypeError(f"{where}: device is {device!r}: give 'any', a name, or a list of names")
    given = [device] if isinstance(device, str) else list(device)
    if where.startswith("$"):
        given = [name.strip() for name in given if name.strip()]
    names = tuple(dict.fromkeys(_limits.name(where, "device", name) for name in given))
    if len(names) > DEVICES_LIMIT:
        raise ValueError(f"{where}: {len(names)} devices are named: name {DEVICES_LIMIT} at most")
    return names


def settle(lease: Lease) -> None:
    """Has libraries that look for devices from now on find those of the lease alone."""
    early = [name for name in lease.environment if name != "SLUICE_DEVICES"]
    if early and _torch_has_looked():
        logger.warning(
            "torch looked for devices before this worker was bound to %s, and may use others: "
            "make the worker, or bind() it, before torch.cuda is used",
            ", ".join(lease.devices),
        )
    os.environ.update(lease.environment)


def _torch_has_looked() -> bool:
    """Whether torch is imported, and initialised its devices. It is not imported for that."""
    cuda = getattr(sys.modules.get("torch"), "cuda", None)
    is_initialized = getattr(cuda, "is_initialized", None)
    return bool(callable(is_initialized) and is_initialized())
