"""The messages of sluice-protocol(7), one class each.

A message's ``LAYOUT`` lists the fields of its body in order, each with the word that says how it is
coded; ``_codec`` walks it in both directions. Durations are microseconds here and become seconds
where people see them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Callable, ClassVar, Dict, List, Tuple, Type, TypeVar

from ._wire import Attributes, Payload

MAGIC = b"SLCE"
VERSION = 1
# The feature of a daemon that keeps detached requests and takes FETCH.
DETACHED = 1 << 0
# The feature of a worker that takes PAUSE and RESUME.
PAUSING = 1 << 1
# The feature of a daemon that takes BIND, and what DECLARE and HOLDING say of devices, and of a
# worker that heeds the devices that GRANT names.
DEVICES = 1 << 2
# The feature of a daemon that takes LEAVE.
LEAVING = 1 << 3

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


def _message(
    kind: int, sender: str, on: str, layout: str = "", zero_id: bool = False
) -> Callable[[M], M]:
    """Enters a class into the table: its kind, who sends it, on which socket, its fields."""

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
    "magic magic,u16 lowest,u16 highest," "uuid session,u64 features,attributes attributes",
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


@_message(0x13, PEER, "client", "u64 request,attributes attributes")
@dataclass
class Fetch(Message):
    request: int = 0
    attributes: Attributes = field(default_factory=_none)


@_message(0x14, PEER, "client")
@dataclass
class Leave(Message):
    pass


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
    "item item,failure failure,text message," "attributes attributes,payload payload",
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


@_message(0x59, PEER, "worker", "uuid instance,name function,holdings requests,more attributes")
@dataclass
class Holding(Message):
    instance: bytes = bytes(16)
    function: str = ""
    requests: List[Tuple[int, int]] = field(default_factory=list)
    attributes: Attributes = field(default_factory=_none)


@_message(0x5A, PEER, "worker", "lease count,attributes attributes", True)
@dataclass
class Bind(Message):
    count: int = 1
    attributes: Attributes = field(default_factory=_none)


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
    "item index,u32 attempt,u64 request," "attributes attributes,payload payload",
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


@_message(0x76, DAEMON, "worker", "item item")
@dataclass
class Pause(Message):
    item: int = 0


@_message(0x77, DAEMON, "worker", "item item")
@dataclass
class Resume(Message):
    item: int = 0


@_message(0x78, DAEMON, "worker", "names devices,attributes attributes", True)
@dataclass
class Bound(Message):
    devices: Tuple[str, ...] = ()
    attributes: Attributes = field(default_factory=_none)
