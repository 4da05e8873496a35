"""Messages to bytes and back. Sans-IO.

``encode`` and ``decode`` both follow a message's ``LAYOUT``, so neither can disagree with the
other. A layout is made into a ``_Plan`` once, of the steps that ``_fields`` has for its words.
"""

from __future__ import annotations

import struct
from typing import Any, Dict, List, Tuple, Type, Union

from ._fields import FIXED, Body, Read, Write, run, step
from ._messages import BY_KIND, Bind, Hello, Message, Outcome, Started, Submit
from ._wire import HEADER, IN_DESCRIPTOR, WANTS_STATUS, Frame, InDescriptor, Outbox, WireError

_U64 = struct.Struct("<Q")
# What these say is mostly, but for the payload, what the one before said. Fields say themselves
# where they end, so a body that begins with the same bytes begins with the same fields.
_REPEATED = (Started, Outcome)
_REMEMBERED = 256  # bytes of fields, at most
_USES = {"Submit": "S", "Fetch": "F", "Outcome": "O", "Declare": "D", "Admitted": "A"}
_USES.update({"Hello": "H", "Welcome": "H", "Declared": "A"})
_USES.update({"Bind": "B", "Bound": "E", "Grant": "G", "Holding": "G"})


class _Plan:
    """How one class of messages is read and written."""

    def __init__(self, cls: Type[Message]) -> None:
        self.cls = cls
        layout = list(cls.LAYOUT)
        # Of a payload that is in a descriptor.
        self._read_size, _ = run(cls.__name__, [("payload", "u64")])
        self._is_repeated = cls in _REPEATED
        self._last: Tuple[bytes, List[Any]] = (b"", [])
        self._has_payload = bool(layout) and layout[-1][1] == "payload"
        if self._has_payload:
            layout.pop()
        uses = _USES.get(cls.__name__, "") + ("P" if self._has_payload else "")
        steps: List[Tuple[Read, Write]] = []
        fixed: List[Tuple[str, str]] = []
        for name, word in layout:
            if word in FIXED:
                fixed.append((name, word))
                continue
            if fixed:
                steps.append(run(cls.__name__, fixed))
                fixed = []
            steps.append(step(cls, uses, name, word))
        if fixed:
            steps.append(run(cls.__name__, fixed))
        self._reads = [read for read, _ in steps]
        self._writes = [write for _, write in steps]
        self._flags = (IN_DESCRIPTOR if self._has_payload else 0) | (
            WANTS_STATUS if cls is Submit else 0
        )

    def read(self, frame: Frame) -> Message:
        cls = self.cls
        kind, number, flags, body, descriptors = frame
        if cls.ZERO_ID and number != 0:
            raise self._fault("id is not zero")
        if flags or descriptors:
            self._check_flags(flags, descriptors)
        values: List[Any] = [number]
        begin, said = self._last
        if begin and body.startswith(begin):
            at = len(begin)
            values += self._own(said)
        else:
            at = self._read_fields(body, values)
        if self._has_payload:
            if flags & IN_DESCRIPTOR:
                at = self._read_size(body, at, values)
                values[-1] = InDescriptor(values[-1], descriptors[0])
            else:
                values.append(memoryview(body)[at:])
                at = len(body)
        if at != len(body):
            raise self._fault("body ends later than its last field")
        message = cls(*values)
        if flags & WANTS_STATUS:
            message.wants_status = True  # type: ignore[attr-defined]
        if number == 0 and isinstance(message, (Hello, Bind)):
            self._check(message)
        return message

    def _read_fields(self, body: Body, values: List[Any]) -> int:
        at = 0
        for read in self._reads:
            at = read(body, at, values)
        if self._is_repeated and at <= _REMEMBERED:
            self._last = (bytes(body[:at]), self._own(values[1:]))
        return at

    def _own(self, fields: List[Any]) -> List[Any]:
        """The same fields for another message, whose attributes are its own."""
        return [*fields[:-1], dict(fields[-1])] if self._has_payload else fields

    def _check(self, message: Union[Hello, Bind]) -> None:
        if isinstance(message, Hello):
            if not 1 <= message.lowest <= message.highest:
                raise self._fault("lowest version is 0 or above the highest")
            return
        devices = message.attributes.get("devices", ())
        assert isinstance(devices, tuple)
        if message.attributes.get("held"):
            if not devices:
                raise self._fault("devices did not come")
            if len(devices) != message.count:
                raise self._fault("count is not that of the devices it holds")
        elif devices and len(devices) < message.count:
            raise self._fault("count is more than the devices it names")

    def _check_flags(self, flags: int, descriptors: Tuple[int, ...]) -> None:
        unknown = flags & ~self._flags
        if unknown:
            raise self._fault(f"flags has 0x{unknown:02x}, which it may not")
        needed = 1 if flags & IN_DESCRIPTOR else 0
        if len(descriptors) != needed:
            raise self._fault(f"descriptors is {len(descriptors)}, not {needed}")

    def _fault(self, what: str) -> WireError:
        return WireError(f"{self.cls.__name__}: {what}")

    def fields(self, message: Message) -> bytes:
        """The body without the payload."""
        return b"".join([write(message) for write in self._writes])

    def write(self, message: Message, outbox: Outbox) -> None:
        fields, kind, number = self.fields(message), self.cls.KIND, message.id
        if not self._has_payload:
            outbox.put(HEADER.pack(len(fields), kind, 0, 0, 0, number) + fields)
            return
        payload = message.payload  # type: ignore[attr-defined]
        flags = WANTS_STATUS if isinstance(message, Submit) and message.wants_status else 0
        if isinstance(payload, InDescriptor):
            fields += _U64.pack(payload.size)
            head = HEADER.pack(len(fields), kind, flags | IN_DESCRIPTOR, 1, 0, number)
            outbox.put(head + fields, b"", (payload.descriptor,), payload.owner)
            return
        head = HEADER.pack(len(fields) + len(payload), kind, flags, 0, 0, number)
        outbox.put(head + fields, payload)


_PLANS = {kind: _Plan(cls) for kind, cls in BY_KIND.items()}


def decode(frame: Frame) -> Message:
    """The message in a frame. Raises WireError for anything the page forbids."""
    plan = _PLANS.get(frame.kind)
    if plan is None:
        raise WireError(f"header: kind 0x{frame.kind:02x} is unknown")
    return plan.read(frame)


def encode(message: Message, outbox: Outbox) -> None:
    """Puts one message into the outbox. A large inline payload is not copied."""
    _PLANS[message.KIND].write(message, outbox)


def encoded(message: Message) -> bytes:
    """The bytes of one message, for tests and vectors."""
    outbox = Outbox()
    encode(message, outbox)
    return outbox.drain()


def inline_size(message: Message) -> int:
    """Bytes of the body that the message would have."""
    payload = getattr(message, "payload", b"")
    size = 8 if isinstance(payload, InDescriptor) else len(payload)
    return len(_PLANS[message.KIND].fields(message)) + size
