"""The messages of sluice-protocol(7), one class each, and the one table that codes them.

Sans-IO. A message's ``LAYOUT`` lists the fields of its body in order; ``encode`` and ``decode``
both walk it, so neither can disagree with the other. Durations are microseconds here and become
seconds where people see them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Callable, ClassVar, Dict, List, Tuple, Type, TypeVar

from ._wire import (
    COUNT_LIMIT,
    IN_DESCRIPTOR,
    NONE32,
    TEXT_LIMIT,
    TICKET_LIMIT,
    WANTS_STATUS,
    Attributes,
    Buffer,
    Frame,
    InDescriptor,
    Outbox,
    Payload,
    Reader,
    WireError,
    Writer,
)

MAGIC = b"SLCE"
VERSION = 1

# Who may send a kind; what h11 would call its event table.
PEER, DAEMON, EITHER = "peer", "daemon", "either"


@dataclass
class Message:
    """What all messages have: the id in the header."""

    KIND: ClassVar[int]
    FROM: ClassVar[str]
    ON: ClassVar[str]
    LAYOUT: ClassVar[Tuple[Tuple[str, str], ...]]
    ZERO_ID: ClassVar[bool]

    id: int = 0


BY_KIND: Dict[int, Type[Message]] = {}
M = TypeVar("M", bound=Type[Message])


def _message(kind: int, sender: str, on: str, layout: str = "", zero_id: bool = False) -> Callable[[M], M]:
    def register(cls: M) -> M:
        cls.KIND, cls.FROM, cls.ON, cls.ZERO_ID = kind, sender, on, zero_id
        pairs = [pair.split() for pair in layout.split(",") if pair]
        cls.LAYOUT = tuple((name, word) for word, name in pairs)
        BY_KIND[kind] = cls
        return cls

    return register


def _none() -> Attributes:
    return {}


@_message(
    0x01,
    PEER,
    "both",
    "magic magic,u16 lowest,u16 highest,"
    "uuid session,u64 features,attributes attributes",
    True,
)
@dataclass
class Hello(Message):
    magic: bytes = MAGIC
    lowest: int = VERSION
    highest: int = VERSION
    session: bytes = bytes(16)
    features: int = 0
    attributes: Attributes = field(default_factory=_none)


@_message(
    0x02,
    DAEMON,
    "both",
    "u16 version,zero16 zero,uuid instance,u64 features,"
    "u32 longest_body,u32 live_requests,attributes attributes",
    True,
)
@dataclass
class Welcome(Message):
    version: int = VERSION
    zero: int = 0
    instance: bytes = bytes(16)
    features: int = 0
    longest_body: int = 0
    live_requests: int = 0
    attributes: Attributes = field(default_factory=_none)


@_message(0x03, EITHER, "both", "name code,text message", True)
@dataclass
class Error(Message):
    code: str = ""
    message: str = ""


@_message(0x04, DAEMON, "both", zero_id=True)
@dataclass
class Restarting(Message):
    pass


@_message(0x05, EITHER, "both")
@dataclass
class Ping(Message):
    pass


@_message(0x06, EITHER, "both")
@dataclass
class Pong(Message):
    pass


@_message(0x10, PEER, "client", "name function,attributes attributes,payload payload")
@dataclass
class Submit(Message):
    function: str = ""
    attributes: Attributes = field(default_factory=_none)
    payload: Payload = b""
    wants_status: bool = False


@_message(0x11, PEER, "client")
@dataclass
class Cancel(Message):
    pass


@_message(0x12, PEER, "client", "flag on")
@dataclass
class Watch(Message):
    on: int = 1


@_message(0x30, DAEMON, "client", "u64 request,ticket ticket,attributes attributes")
@dataclass
class Admitted(Message):
    request: int = 0
    ticket: bytes = b""
    attributes: Attributes = field(default_factory=_none)


@_message(0x31, DAEMON, "client", "u32 rank,u32 waiting,u64 p50,u64 p90,flag held")
@dataclass
class Status(Message):
    rank: int = 0
    waiting: int = 0
    p50: int = 0
    p90: int = 0
    held: int = 0


@_message(0x32, DAEMON, "client", "u32 attempt")
@dataclass
class Started(Message):
    attempt: int = 1


@_message(0x33, DAEMON, "client", "u64 done,u64 total,text unit,text description")
@dataclass
class Progress(Message):
    done: int = 0
    total: int = 0
    unit: str = ""
    description: str = ""


@_message(0x34, DAEMON, "client", "level level,text message")
@dataclass
class Log(Message):
    level: int = 6
    message: str = ""


@_message(0x35, DAEMON, "client", "u64 sequence,attributes attributes,payload payload")
@dataclass
class Chunk(Message):
    sequence: int = 0
    attributes: Attributes = field(default_factory=_none)
    payload: Payload = b""


@_message(
    0x36,
    DAEMON,
    "client",
    "outcome outcome,zero8 zero,u16 attempts,name code,"
    "text message,attributes attributes,payload payload",
)
@dataclass
class Outcome(Message):
    outcome: int = 1
    zero: int = 0
    attempts: int = 0
    code: str = "ok"
    message: str = ""
    attributes: Attributes = field(default_factory=_none)
    payload: Payload = b""


@_message(0x50, PEER, "worker", "name function,attributes attributes", True)
@dataclass
class Declare(Message):
    function: str = ""
    attributes: Attributes = field(default_factory=_none)


@_message(0x51, PEER, "worker", "count slots", True)
@dataclass
class Ready(Message):
    slots: int = 0


@_message(0x52, PEER, "worker", "item_or_all item")
@dataclass
class ItemStarted(Message):
    item: int = 0


@_message(0x53, PEER, "worker", "item item,u64 done,u64 total,text unit,text description")
@dataclass
class ItemProgress(Message):
    item: int = 0
    done: int = 0
    total: int = 0
    unit: str = ""
    description: str = ""


@_message(0x54, PEER, "worker", "item item,level level,text message")
@dataclass
class ItemLog(Message):
    item: int = 0
    level: int = 6
    message: str = ""


@_message(0x55, PEER, "worker", "item item,u64 sequence,attributes attributes,payload payload")
@dataclass
class ItemChunk(Message):
    item: int = 0
    sequence: int = 0
    attributes: Attributes = field(default_factory=_none)
    payload: Payload = b""


@_message(0x56, PEER, "worker", "item item,attributes attributes,payload payload")
@dataclass
class Result(Message):
    item: int = 0
    attributes: Attributes = field(default_factory=_none)
    payload: Payload = b""


@_message(
    0x57,
    PEER,
    "worker",
    "item item,failure failure,text message,"
    "attributes attributes,payload payload",
)
@dataclass
class Failed(Message):
    RAISED: ClassVar[int] = 1
    REVOKED: ClassVar[int] = 2

    item: int = 0
    failure: int = RAISED
    message: str = ""
    attributes: Attributes = field(default_factory=_none)
    payload: Payload = b""


@_message(0x58, PEER, "worker", "text message")
@dataclass
class OutOfMemory(Message):
    message: str = ""


@_message(0x59, PEER, "worker", "uuid instance,holdings requests")
@dataclass
class Holding(Message):
    instance: bytes = bytes(16)
    requests: List[Tuple[int, int]] = field(default_factory=list)


@_message(0x70, DAEMON, "worker", "name function,name queue,attributes attributes", True)
@dataclass
class Declared(Message):
    function: str = ""
    queue: str = ""
    attributes: Attributes = field(default_factory=_none)


@_message(0x71, DAEMON, "worker", "positive count,name function,attributes attributes")
@dataclass
class Grant(Message):
    count: int = 1
    function: str = ""
    attributes: Attributes = field(default_factory=_none)


@_message(
    0x72,
    DAEMON,
    "worker",
    "item index,u32 attempt,u64 request,"
    "attributes attributes,payload payload",
)
@dataclass
class Item(Message):
    index: int = 0
    attempt: int = 1
    request: int = 0
    attributes: Attributes = field(default_factory=_none)
    payload: Payload = b""


@_message(0x73, DAEMON, "worker", "item_or_all item")
@dataclass
class Revoke(Message):
    item: int = 0


@_message(0x74, DAEMON, "worker", "item_or_all item")
@dataclass
class Ack(Message):
    item: int = 0


@_message(0x75, DAEMON, "worker", zero_id=True)
@dataclass
class Drain(Message):
    pass


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
