"""A worker's grants, from GRANT to the last ACK, over any number of connections. Sans-IO.

::

    ITEM --> STARTED --> (PROGRESS | LOG | CHUNK)* --> answer --> ACK --> (forgotten)

An answer is kept until it is acknowledged, and the chunks before it are. On a new connection every
grant that is not forgotten is named with HOLDING, also one whose answers merely lack their ACK: a
restarted daemon could not tell otherwise which requests they answer.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Deque, Dict, List, Optional, Sequence, Tuple, Union, cast

from ._connection import Connection
from ._messages import (
    DEVICES,
    Ack,
    Declare,
    Drain,
    Failed,
    Grant,
    Holding,
    Item,
    ItemChunk,
    ItemLog,
    ItemProgress,
    ItemStarted,
    Message,
    OutOfMemory,
    Pause,
    Ping,
    Pong,
    Ready,
    Result,
    Resume,
    Revoke,
)
from ._wire import NONE32, Attributes, InDescriptor, Payload, WireError

# Chunks of one item that are kept to be sent again after reconnecting, in bytes; and in any case
# the latest, or nobody could see that one is missing.
CHUNKS_KEPT = 16 << 20
# What a declaration says of devices, which an older daemon would not understand.
OF_DEVICES = frozenset({"memory", "memory_per_item", "device_count", "exclusive"})

News = Union[ItemProgress, ItemLog]
Answer = Union[Result, Failed]


@dataclass
class HeldItem:
    """One request of a grant. unstarted --> started --> answered --> acknowledged"""

    request: Item
    started: bool = False
    revoked: bool = False
    answer: Optional[Message] = None
    acknowledged: bool = False
    next_chunk: int = 0
    chunks: Deque[ItemChunk] = field(default_factory=deque)
    chunk_bytes: int = 0


@dataclass
class HeldGrant:
    """A batch this worker was given: ``items`` are in the order of their indices."""

    id: int
    instance: bytes
    function: str
    count: int
    # On which it is to run; none where the daemon did not say.
    devices: Tuple[str, ...] = ()
    items: List[HeldItem] = field(default_factory=list)
    acknowledged: int = 0

    def open_items(self) -> List[int]:
        """Indices not answered yet."""
        return [i for i, item in enumerate(self.items) if item.answer is None]


@dataclass
class Granted:
    """Event: a batch is complete and may run."""

    grant: HeldGrant


@dataclass
class Stop:
    """Event: nobody waits for any item of the batch any more."""

    grant: HeldGrant


@dataclass
class Paused:
    """Event: the batch's caller has more to read than it does; a generator is to wait."""

    grant: HeldGrant


@dataclass
class Resumed:
    """Event: it may go on."""

    grant: HeldGrant


@dataclass
class DrainAsked:
    """Event: the daemon wants this worker to leave in peace."""


class Grants:
    """What the worker declared, how many slots it offers, and every grant it holds."""

    def __init__(self, declarations: Sequence[Declare], slots: int) -> None:
        self._declarations = list(declarations)
        self._slots = slots
        self._held: Dict[int, HeldGrant] = {}
        self._arriving: Optional[HeldGrant] = None
        self._connection: Optional[Connection] = None
        self._draining = False
        self._last_call = 0
        self._last_call_answered = False

    def declare(self, declarations: Sequence[Declare]) -> None:
        """What is to be declared on the connections from now on."""
        self._declarations = list(declarations)

    # From the daemon

    def opened(self, connection: Connection) -> None:
        """A connection was welcomed: declare, reclaim what is held, then ask for work."""
        self._connection = connection
        for declaration in self._declarations:
            connection.send(declaration if _knows_devices(connection) else _plain(declaration))
        for grant in self._held.values():
            self._reclaim(grant, connection)
        self._ready()

    def lost(self) -> None:
        """The connection is gone; a grant that had not wholly arrived goes with it."""
        self._connection = None
        self._arriving = None

    def take(self, message: Message) -> Optional[object]:
        """The event in a message, if any. Raises WireError where grants break their own order."""
        if self._arriving is not None and not isinstance(message, Item):
            raise WireError(f"{type(message).__name__}: came between the items of a grant")
        if isinstance(message, Item):
            return self._item(message)
        if isinstance(message, Ack):
            self._acknowledge(message)
            return None
        if isinstance(message, Grant):
            return self._grant(message)
        if isinstance(message, Revoke):
            return self._revoke(message)
        if isinstance(message, (Pause, Resume)):
            return self._steer(message)
        if isinstance(message, Pong) and message.id == self._last_call:
            self._last_call_answered = True
        return DrainAsked() if isinstance(message, Drain) else None

    def _grant(self, message: Grant) -> Optional[Stop]:
        assert self._connection is not None and self._connection.welcome is not None
        instance = self._connection.welcome.instance
        held = self._held.get(message.id)
        if held is not None and held.instance == instance:
            raise WireError(f"Grant: id {message.id} is of a grant this worker still holds")
        devices = cast(Tuple[str, ...], message.attributes.get("devices", ()))
        self._arriving = HeldGrant(message.id, instance, message.function, message.count, devices)
        if held is None:
            return None
        # Another start of the daemon gives the id anew: whatever had it before is of no interest.
        del self._held[message.id]
        return Stop(held)

    def _item(self, message: Item) -> Optional[Granted]:
        grant = self._arriving
        if grant is None or message.id != grant.id or message.index != len(grant.items):
            raise WireError(f"Item: {message.index} of grant {message.id} is not the next one")
        grant.items.append(HeldItem(message))
        if len(grant.items) < grant.count:
            return None
        self._arriving = None
        self._held[grant.id] = grant
        return Granted(grant)

    def _revoke(self, message: Revoke) -> Optional[Stop]:
        grant = self._held.get(message.id)
        if grant is None:
            return None
        for index in self._named(grant, message.item):
            grant.items[index].revoked = True
        waiting = grant.open_items()
        if not waiting:
            return None
        if all(grant.items[i].revoked for i in waiting):
            # The place and device stay taken until the function ends, so nothing is answered yet.
            return Stop(grant)
        for index in waiting:
            if grant.items[index].revoked:
                self.revoked(grant, index)
        return None

    def _steer(self, message: Union[Pause, Resume]) -> Union[Paused, Resumed, None]:
        grant = self._held.get(message.id)
        if grant is None or message.item >= len(grant.items):
            return None
        item = grant.items[message.item]
        if item.answer is not None or item.revoked:
            return None
        return Paused(grant) if isinstance(message, Pause) else Resumed(grant)

    def _acknowledge(self, message: Ack) -> None:
        grant = self._held.get(message.id)
        if grant is None:
            return
        for index in self._named(grant, message.item):
            item = grant.items[index]
            # ACK of an unanswered item: the daemon does not need the answer any more.
            grant.acknowledged += not item.acknowledged
            item.acknowledged = True
            item.chunks.clear()
        if grant.acknowledged == len(grant.items):
            del self._held[grant.id]

    def _named(self, grant: HeldGrant, item: int) -> Sequence[int]:
        if item == NONE32:
            return range(len(grant.items))
        return (item,) if item < len(grant.items) else ()

    # From the functions

    def started(self, grant: HeldGrant) -> None:
        """The batch is about to run."""
        for item in grant.items:
            item.started = True
        self._send(ItemStarted(grant.id, item=NONE32))

    def tell(self, grant: HeldGrant, message: News) -> None:
        """PROGRESS or LOG: news that is only worth something now."""
        item = self._open(grant, message.item)
        if item is not None and not item.revoked:
            self._send(message)

    def chunk(self, grant: HeldGrant, index: int, content_type: str, payload: Payload) -> None:
        """A partial result; sequence numbers are given here."""
        item = self._open(grant, index)
        if item is None or item.revoked:
            return
        attributes = {"content_type": content_type}
        chunk = ItemChunk(grant.id, index, item.next_chunk, dict(attributes), payload)
        item.next_chunk += 1
        item.chunks.append(chunk)
        item.chunk_bytes += _size(chunk)
        while item.chunk_bytes > CHUNKS_KEPT and len(item.chunks) > 1:
            item.chunk_bytes -= _size(item.chunks.popleft())
        if self._connection is not None:
            self._send_chunk(item, chunk, self._connection)

    def answer(self, grant: HeldGrant, answer: Answer) -> None:
        """RESULT or FAILED of one item; a second answer, or one nobody waits for, is dropped."""
        item = self._open(grant, answer.item)
        if item is None:
            return
        if item.revoked:
            answer = Failed(answer.id, item=answer.item, failure=Failed.REVOKED)
        self._answer(item, answer)

    def revoked(self, grant: HeldGrant, index: int) -> None:
        """One item stopped because of REVOKE."""
        self.answer(grant, Failed(grant.id, item=index, failure=Failed.REVOKED))

    def out_of_memory(self, grant: HeldGrant, text: str) -> None:
        """The batch did not fit: one frame answers every item that has no answer."""
        answer = OutOfMemory(grant.id, text[:1000])
        if self._held.get(grant.id) is not grant or not grant.open_items():
            return
        for index in grant.open_items():
            grant.items[index].answer = answer
        self._send(answer)

    def drain(self) -> None:
        """Asks for no more grants."""
        if not self._draining:
            self._draining = True
            if self._connection is not None:
                self._ready()

    @property
    def is_drained(self) -> bool:
        """Whether the worker may leave: it asked for no more, was heard, and owes nothing."""
        return self._draining and self._last_call_answered and not self._held and not self._arriving

    @property
    def held(self) -> int:
        """Grants not wholly acknowledged."""
        return len(self._held)

    # Sending

    def _ready(self) -> None:
        self._send(Ready(slots=0 if self._draining else self._slots))
        if self._draining:
            # Grants may be on their way; PONG comes behind the last of them.
            self._last_call += 1
            self._last_call_answered = False
            self._send(Ping(self._last_call))

    def _answer(self, item: HeldItem, answer: Message) -> None:
        item.answer = answer
        if self._connection is not None:
            self._send_answer(item, answer, self._connection)

    def _send_answer(self, item: HeldItem, answer: Message, connection: Connection) -> None:
        try:
            connection.send(answer)
        except WireError as error:
            text = f"the result cannot be sent: {error}"
            item.answer = Failed(answer.id, item=item.request.index, message=text)
            connection.send(item.answer)

    def _send_chunk(self, item: HeldItem, chunk: ItemChunk, connection: Connection) -> bool:
        """Whether it can be sent. A stream with a hole is none, so its item fails instead."""
        try:
            connection.send(chunk)
        except WireError as error:
            item.chunks.clear()
            text = f"a partial result cannot be sent: {error}"
            self._answer(item, Failed(chunk.id, item=chunk.item, message=text))
            return False
        return True

    def _open(self, grant: HeldGrant, index: int) -> Optional[HeldItem]:
        # By identity: a forgotten grant's id may belong to another by now.
        if self._held.get(grant.id) is not grant:
            return None
        item = grant.items[index]
        return item if item.answer is None else None

    def _reclaim(self, grant: HeldGrant, connection: Connection) -> None:
        # 0 stands for an item that the daemon needs nothing of any more.
        names = [
            (0 if item.acknowledged else item.request.request, item.request.attempt)
            for item in grant.items
        ]
        told: Attributes = {}
        if grant.devices and _knows_devices(connection):
            told["devices"] = grant.devices
        connection.send(Holding(grant.id, grant.instance, grant.function, names, told))
        if any(item.started and not item.acknowledged for item in grant.items):
            connection.send(ItemStarted(grant.id, item=NONE32))
        # It answers every item that is open, so the others say theirs first.
        last: Optional[Message] = None
        for item in grant.items:
            if item.acknowledged:
                continue
            chunks = list(item.chunks)
            if not all(self._send_chunk(item, chunk, connection) for chunk in chunks):
                continue
            if isinstance(item.answer, OutOfMemory):
                last = item.answer
            elif item.answer is not None:
                self._send_answer(item, item.answer, connection)
        if last is not None:
            connection.send(last)

    def _send(self, message: Message) -> None:
        if self._connection is not None:
            self._connection.send(message)


def _knows_devices(connection: Connection) -> bool:
    return connection.welcome is not None and bool(connection.welcome.features & DEVICES)


def _plain(declaration: Declare) -> Declare:
    """The same for a daemon that does not know of devices."""
    said = {k: v for k, v in declaration.attributes.items() if k not in OF_DEVICES}
    return Declare(function=declaration.function, attributes=said)


def _size(chunk: ItemChunk) -> int:
    payload = chunk.payload
    return payload.size if isinstance(payload, InDescriptor) else len(payload)
