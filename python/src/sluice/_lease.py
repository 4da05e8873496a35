"""A worker's own devices, over any number of connections. Sans-IO.

::

    asking --BOUND--> held --(the next connection: BIND, held)--> held

They are the process's until it ends, whatever becomes of connections and daemons. A daemon that the
worker comes back to is told so first, and leaves them to it or turns it away.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, Optional, Tuple, cast

from ._connection import Connection
from ._messages import DEVICES, Bind, Bound
from ._wire import Attributes, WireError


class NoDevices(Exception):
    """The daemon is an older one, which lends none."""


@dataclass(frozen=True)
class Wish:
    """``count`` of ``devices``, or of all where none is named."""

    count: int = 1
    devices: Tuple[str, ...] = ()
    memory: Optional[int] = None
    exclusive: bool = False

    def __str__(self) -> str:
        if len(self.devices) == self.count:
            return " and ".join(self.devices)
        of = f" of {', '.join(self.devices)}" if self.devices else ""
        return f"{self.count} device{'s' if self.count > 1 else ''}{of}"


class Lease:
    """What was asked for, and what it became."""

    def __init__(self, wish: Wish) -> None:
        self.wish = wish
        # Empty while it is asked for.
        self.devices: Tuple[str, ...] = ()
        # What has to be set for libraries to find these devices alone.
        self.environment: Dict[str, str] = {}

    def opened(self, connection: Connection) -> None:
        """A connection was welcomed: this goes before all else. Raises NoDevices."""
        assert connection.welcome is not None
        if connection.welcome.features & DEVICES:
            connection.send(Bind(count=self.wish.count, attributes=self._attributes()))
        elif not self.devices:
            raise NoDevices

    def take(self, bound: Bound) -> bool:
        """Whether the devices are this worker's from now on, rather than still. Raises WireError
        for any others than were asked for, or are held."""
        if self.devices:
            if set(bound.devices) != set(self.devices):
                told, held = ", ".join(bound.devices), ", ".join(self.devices)
                raise WireError(f"Bound: devices are {told}, and this worker holds {held}")
            return False
        asked = self.wish.devices
        is_asked = not asked or set(bound.devices) <= set(asked)
        if len(bound.devices) != self.wish.count or not is_asked:
            raise WireError(f"Bound: devices are {', '.join(bound.devices)}, not {self.wish}")
        self.devices = bound.devices
        for assignment in cast(Tuple[str, ...], bound.attributes.get("environment", ())):
            name, _, value = assignment.partition("=")
            self.environment[name] = value
        return True

    def _attributes(self) -> Attributes:
        told: Attributes = {}
        if self.wish.memory is not None:
            told["memory"] = self.wish.memory
        if self.wish.exclusive:
            told["exclusive"] = 1
        if self.devices:
            told["held"] = 1
        if self.devices or self.wish.devices:
            told["devices"] = self.devices or self.wish.devices
        return told
