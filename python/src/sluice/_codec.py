"""Messages to bytes and back. Sans-IO.

``encode`` and ``decode`` both walk a message's ``LAYOUT``, so neither can disagree with the other.
"""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Tuple, Type

from ._messages import BY_KIND, MAGIC, Hello, Message, Submit
from ._wire import (
    COUNT_LIMIT,
    IN_DESCRIPTOR,
    NONE32,
    TEXT_LIMIT,
    TICKET_LIMIT,
    WANTS_STATUS,
    Buffer,
    Frame,
    InDescriptor,
    Outbox,
    Payload,
    Reader,
    WireError,
    Writer,
)


def _bounded(kind: str, low: int, high: int) -> Callable[[Reader, str], int]:
    def read(reader: Reader, name: str) -> int:
        value = reader.integer(kind, name)
        if not low <= value <= high:
            raise reader.fault(name, f"is {value}, not {low} to {high}")
        return value

    return read


def _exactly(size: int) -> Callable[[Reader, str], bytes]:
    return lambda reader, name: bytes(reader.take(size, name))


def _read_magic(reader: Reader, name: str) -> bytes:
    magic = bytes(reader.take(len(MAGIC), name))
    if magic != MAGIC:
        raise reader.fault(name, f"is {magic!r}, not {MAGIC!r}")
    return magic


def _read_item_or_all(reader: Reader, name: str) -> int:
    value = reader.integer("u32", name)
    if value >= COUNT_LIMIT and value != NONE32:
        raise reader.fault(name, f"is {value}, neither an index below {COUNT_LIMIT} nor all")
    return value


def _read_holdings(reader: Reader, name: str) -> List[Tuple[int, int]]:
    count = _bounded("u32", 1, COUNT_LIMIT)(reader, "count")
    return [(reader.integer("u64", "count"), reader.integer("u32", "count")) for _ in range(count)]


def _write_holdings(writer: Writer, requests: List[Tuple[int, int]]) -> None:
    writer.integer("u32", len(requests))
    for request, attempt in requests:
        writer.integer("u64", request)
        writer.integer("u32", attempt)


def _raw(writer: Writer, value: bytes) -> None:
    writer.body += value


def _writes(kind: str) -> Callable[[Writer, int], None]:
    return lambda writer, value: writer.integer(kind, value)


# word of a layout: (how to read it, how to write it). A payload is coded by the callers below.
_WORDS: Dict[str, Tuple[Callable[[Reader, str], Any], Callable[[Writer, Any], None]]] = {
    "u8": (_bounded("u8", 0, 0xFF), _writes("u8")),
    "u16": (_bounded("u16", 0, 0xFFFF), _writes("u16")),
    "u32": (_bounded("u32", 0, 0xFFFFFFFF), _writes("u32")),
    "u64": (lambda r, n: r.integer("u64", n), _writes("u64")),
    "zero8": (_bounded("u8", 0, 0), _writes("u8")),
    "zero16": (_bounded("u16", 0, 0), _writes("u16")),
    "flag": (_bounded("u8", 0, 1), _writes("u8")),
    "outcome": (_bounded("u8", 1, 5), _writes("u8")),
    "failure": (_bounded("u8", 1, 2), _writes("u8")),
    "level": (_bounded("u8", 3, 7), _writes("u8")),
    "count": (_bounded("u32", 0, COUNT_LIMIT), _writes("u32")),
    "positive": (_bounded("u32", 1, COUNT_LIMIT), _writes("u32")),
    "item": (_bounded("u32", 0, COUNT_LIMIT - 1), _writes("u32")),
    "item_or_all": (_read_item_or_all, _writes("u32")),
    "uuid": (_exactly(16), _raw),
    "magic": (_read_magic, _raw),
    "name": (Reader.name, Writer.string),
    "string": (Reader.string, Writer.string),
    "text": (lambda r, n: r.string(n, TEXT_LIMIT), lambda w, v: w.string(v, TEXT_LIMIT)),
    "ticket": (lambda r, n: r.bytes(n, TICKET_LIMIT), Writer.bytes),
    "attributes": (Reader.attributes, Writer.attributes),
    "holdings": (_read_holdings, _write_holdings),
}


def decode(frame: Frame) -> Message:
    """The message in a frame. Raises WireError for anything the page forbids."""
    cls = BY_KIND.get(frame.kind)
    if cls is None:
        raise WireError(f"header: kind 0x{frame.kind:02x} is unknown")
    where = cls.__name__
    reader = Reader(frame.body, where)
    if cls.ZERO_ID and frame.id != 0:
        raise reader.fault("id", "is not zero")
    _check_flags(cls, frame, reader)
    values: Dict[str, Any] = {"id": frame.id}
    for name, word in cls.LAYOUT:
        if word == "payload":
            values[name] = _read_payload(frame, reader)
        elif word == "attributes":
            values[name] = reader.attributes(name, _uses(cls))
        else:
            values[name] = _WORDS[word][0](reader, name)
    reader.end()
    if cls is Hello and not 1 <= values["lowest"] <= values["highest"]:
        raise reader.fault("lowest version", "is 0 or above the highest")
    if cls is Submit:
        values["wants_status"] = bool(frame.flags & WANTS_STATUS)
    return cls(**values)


_USES = {"Submit": "S", "Outcome": "O", "Declare": "D", "Hello": "H", "Welcome": "H"}
_USES.update({"Admitted": "A", "Declared": "A"})


def _has_payload(cls: Type[Message]) -> bool:
    return bool(cls.LAYOUT) and cls.LAYOUT[-1][1] == "payload"


def _uses(cls: Type[Message]) -> str:
    return _USES.get(cls.__name__, "") + ("P" if _has_payload(cls) else "")


def _check_flags(cls: Type[Message], frame: Frame, reader: Reader) -> None:
    allowed = (IN_DESCRIPTOR if _has_payload(cls) else 0) | (WANTS_STATUS if cls is Submit else 0)
    if frame.flags & ~allowed:
        raise reader.fault("flags", f"has 0x{frame.flags & ~allowed:02x}, which it may not")
    needed = 1 if frame.flags & IN_DESCRIPTOR else 0
    if len(frame.descriptors) != needed:
        raise reader.fault("descriptors", f"is {len(frame.descriptors)}, not {needed}")


def _read_payload(frame: Frame, reader: Reader) -> Payload:
    if frame.flags & IN_DESCRIPTOR:
        return InDescriptor(reader.integer("u64", "payload"), frame.descriptors[0])
    return reader.rest()


def encode(message: Message, outbox: Outbox) -> None:
    """Puts one message into the outbox. A large inline payload is not copied."""
    writer = Writer()
    frame = Frame(message.KIND, message.id, body=writer.body)
    payload: Buffer = b""
    owner: object = None
    for name, word in message.LAYOUT:
        value = getattr(message, name)
        if word != "payload":
            _WORDS[word][1](writer, value)
        elif isinstance(value, InDescriptor):
            writer.integer("u64", value.size)
            frame.flags |= IN_DESCRIPTOR
            frame.descriptors, owner = (value.descriptor,), value.owner
        else:
            payload = value
    if isinstance(message, Submit) and message.wants_status:
        frame.flags |= WANTS_STATUS
    outbox.put(frame, payload, owner)


def encoded(message: Message) -> bytes:
    """The bytes of one message, for tests and vectors."""
    outbox = Outbox()
    encode(message, outbox)
    return outbox.drain()


def inline_size(message: Message) -> int:
    """Bytes of the body that the message would have."""
    payload = getattr(message, "payload", b"")
    size = 8 if isinstance(payload, InDescriptor) else len(payload)
    fixed = {k: v for k, v in vars(message).items()}
    if "payload" in fixed:
        fixed["payload"] = b""
    return len(encoded(type(message)(**fixed))) - 16 + size
