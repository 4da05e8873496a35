"""Messages to bytes and back. Sans-IO.

``encode`` and ``decode`` both follow a message's ``LAYOUT``, so neither can disagree with the
other. A layout is made into a ``_Plan`` once: fields of fixed width that follow each other are one
``struct.Struct``, each of the others a step of its own. Names come again and again, so they are
remembered.
"""

from __future__ import annotations

import struct
from functools import lru_cache
from operator import attrgetter
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple, Type, Union

from . import _attributes
from ._messages import BY_KIND, MAGIC, Hello, Message, Outcome, Started, Submit
from ._wire import (
    ATTRIBUTES_LIMIT,
    COUNT_LIMIT,
    HEADER,
    IN_DESCRIPTOR,
    NONE32,
    TEXT_LIMIT,
    TICKET_LIMIT,
    WANTS_STATUS,
    Frame,
    InDescriptor,
    Outbox,
    WireError,
    cut,
    name_fault,
)

_U16 = struct.Struct("<H")
_U32 = struct.Struct("<I")
_U64 = struct.Struct("<Q")
_HOLDING = struct.Struct("<QI")


Body = Union[bytes, bytearray]
Allowed = Union[range, Tuple[bytes]]

# word of a layout whose width is fixed: (its code in struct, what it may be); see also _ALL
_FIXED: Dict[str, Tuple[str, Optional[Allowed]]] = {
    "u8": ("B", None),
    "u16": ("H", None),
    "u32": ("I", None),
    "u64": ("Q", None),
    "zero8": ("B", range(1)),
    "zero16": ("H", range(1)),
    "flag": ("B", range(2)),
    "outcome": ("B", range(1, 6)),
    "failure": ("B", range(1, 3)),
    "level": ("B", range(3, 8)),
    "count": ("I", range(COUNT_LIMIT + 1)),
    "positive": ("I", range(1, COUNT_LIMIT + 1)),
    "item": ("I", range(COUNT_LIMIT)),
    "item_or_all": ("I", range(COUNT_LIMIT)),
    "uuid": ("16s", None),
    "magic": ("4s", (MAGIC,)),
}

# What else than an index may stand for an item.
_ALL = {"item_or_all": NONE32}

# Takes fields from a body, from a place on, to the end of a list; gives the place behind them.
Read = Callable[[Body, int, List[Any]], int]
Write = Callable[[Message], bytes]
# What these say is mostly, but for the payload, what the one before said. Fields say themselves where
# they end, so a body that begins with the same bytes begins with the same fields.
_REPEATED = (Started, Outcome)
_REMEMBERED = 256  # bytes of fields, at most
_USES = {"Submit": "S", "Fetch": "F", "Outcome": "O", "Declare": "D", "Admitted": "A"}
_USES.update({"Hello": "H", "Welcome": "H", "Declared": "A"})


def _run(where: str, fields: Sequence[Tuple[str, str]]) -> Tuple[Read, Write]:
    """Fields of fixed width, as one."""
    packer = struct.Struct("<" + "".join(_FIXED[word][0] for _, word in fields))
    unpack, size = packer.unpack_from, packer.size
    checks: List[Tuple[int, Allowed, Optional[int], str]] = []
    for i, (name, word) in enumerate(fields):
        allowed = _FIXED[word][1]
        if allowed is not None:
            checks.append((i, allowed, _ALL.get(word), name))
    names = [name for name, _ in fields]

    def read(body: Body, at: int, values: List[Any]) -> int:
        end = at + size
        if end > len(body):
            raise WireError(f"{where}: {_first_missing(fields, len(body) - at)} ends early")
        found = unpack(body, at)
        for i, allowed, all_, name in checks:
            if found[i] not in allowed and found[i] != all_:
                raise WireError(f"{where}: {name} is {found[i]!r}, not {_shown(allowed)}")
        values += found
        return end

    def write_one(message: Message) -> bytes:
        return packer.pack(getattr(message, names[0]))

    get = attrgetter(*names)

    def write(message: Message) -> bytes:
        return packer.pack(*get(message))

    return read, write if len(names) > 1 else write_one


def _first_missing(fields: Sequence[Tuple[str, str]], room: int) -> str:
    for name, word in fields:
        room -= struct.calcsize("<" + _FIXED[word][0])
        if room < 0:
            return name
    return fields[-1][0]


def _shown(allowed: Allowed) -> str:
    return f"{allowed[0]} to {allowed[-1]}" if isinstance(allowed, range) else str(allowed[0])


def _sized(
    where: str,
    name: str,
    limit: int,
    value_of: Callable[[bytes], Any],
    bytes_of: Callable[[Any], bytes],
) -> Tuple[Read, Write]:
    """A field behind its length, which ``bytes_of`` adds."""
    unpack, get = _U16.unpack_from, attrgetter(name)

    def read(body: Body, at: int, values: List[Any]) -> int:
        start = at + 2
        if start > len(body):
            raise WireError(f"{where}: {name} ends early")
        size: int = unpack(body, at)[0]
        end = start + size
        if size > limit:
            raise WireError(f"{where}: {name} is longer than {limit} bytes")
        if end > len(body):
            raise WireError(f"{where}: {name} ends early")
        values.append(value_of(bytes(body[start:end]) if size else b""))
        return end

    def write(message: Message) -> bytes:
        return bytes_of(get(message))

    return read, write


def _with_size(data: bytes) -> bytes:
    return _U16.pack(len(data)) + data


def _holdings(where: str, name: str) -> Tuple[Read, Write]:
    """Pairs of request and attempt, behind their count."""

    def read(body: Body, at: int, values: List[Any]) -> int:
        counts: List[int] = []
        at = read_count(body, at, counts)
        end = at + counts[0] * _HOLDING.size
        if end > len(body):
            raise WireError(f"{where}: {name} says count {counts[0]} and ends early")
        values.append(list(_HOLDING.iter_unpack(bytes(body[at:end]))))
        return end

    def write(message: Message) -> bytes:
        pairs = getattr(message, name)
        return _U32.pack(len(pairs)) + b"".join(_HOLDING.pack(*pair) for pair in pairs)

    read_count, _ = _run(where, [("count", "positive")])
    return read, write


def _text_of(where: str, name: str) -> Callable[[bytes], str]:
    def text_of(data: bytes) -> str:
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            raise WireError(f"{where}: {name} is not UTF-8") from None

    return text_of


def _name_of(where: str, name: str) -> Callable[[bytes], str]:
    text_of = _text_of(where, name)

    def name_of(data: bytes) -> str:
        found = text_of(data)
        fault = name_fault(found)
        if fault is not None:
            raise WireError(f"{where}: {name} is not a name: {fault}")
        return found

    return lru_cache(256)(name_of)


_name_bytes = lru_cache(256)(lambda text: _with_size(cut(text, 0xFFFF)))


def _text_bytes(text: str) -> bytes:
    return _with_size(cut(text, TEXT_LIMIT) if text else b"")


def _step(cls: Type[Message], uses: str, name: str, word: str) -> Tuple[Read, Write]:
    """How a field whose width is not fixed is read and written."""
    where = cls.__name__
    if word == "name":
        return _sized(where, name, 0xFFFF, _name_of(where, name), _name_bytes)
    if word == "text":
        return _sized(where, name, TEXT_LIMIT, _text_of(where, name), _text_bytes)
    if word == "ticket":
        return _sized(where, name, TICKET_LIMIT, bytes, _with_size)
    if word == "attributes":

        def attributes_of(data: bytes) -> Any:
            return _attributes.unpack(data, uses, where)

        return _sized(where, name, ATTRIBUTES_LIMIT, attributes_of, _attributes.pack)
    assert word == "holdings", f"{word} is no word of a layout"
    return _holdings(where, name)


class _Plan:
    """How one class of messages is read and written."""

    def __init__(self, cls: Type[Message]) -> None:
        self.cls = cls
        layout = list(cls.LAYOUT)
        # Of a payload that is in a descriptor.
        self._read_size, _ = _run(cls.__name__, [("payload", "u64")])
        self._is_repeated = cls in _REPEATED
        self._last: Tuple[bytes, List[Any]] = (b"", [])
        self._has_payload = bool(layout) and layout[-1][1] == "payload"
        if self._has_payload:
            layout.pop()
        uses = _USES.get(cls.__name__, "") + ("P" if self._has_payload else "")
        steps: List[Tuple[Read, Write]] = []
        run: List[Tuple[str, str]] = []
        for name, word in layout:
            if word in _FIXED:
                run.append((name, word))
                continue
            if run:
                steps.append(_run(cls.__name__, run))
                run = []
            steps.append(_step(cls, uses, name, word))
        if run:
            steps.append(_run(cls.__name__, run))
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
        if number == 0 and isinstance(message, Hello):
            self._check_versions(message)
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

    def _check_versions(self, hello: Hello) -> None:
        if not 1 <= hello.lowest <= hello.highest:
            raise self._fault("lowest version is 0 or above the highest")

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
