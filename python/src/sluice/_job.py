"""What is known about one request, and the part of a client that both APIs share.

Everything here is called on the loop that the link runs on, except where it says otherwise.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
import uuid
from dataclasses import dataclass
from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Tuple, cast

from . import _envelope, _limits, _memory
from ._connection import Connection
from ._link import Link
from ._messages import (
    Admitted,
    Chunk,
    Fetch,
    Hello,
    Log,
    Message,
    Outcome,
    Progress,
    Started,
    Submit,
)
from ._messages import Status as StatusMessage
from ._place import Place
from ._requests import Requests
from ._wire import NONE64, Attributes, Buffer, Payload
from .errors import Cancelled, ConnectionFailed, FunctionError, SluiceError, from_outcome

logger = logging.getLogger("sluice")

_STATES = {1: "completed", 2: "failed", 3: "cancelled", 4: "expired", 5: "rejected"}
_LEVELS = {3: "error", 4: "warning", 5: "notice", 6: "info", 7: "debug"}


class Eta(NamedTuple):
    """The predicted seconds until the outcome: half are faster than p50, 9 of 10 than p90."""

    p50: float
    p90: float


class ProgressReport(NamedTuple):
    """What the function said with ``sluice.progress``; ``total`` is None where it is not known."""

    done: int
    total: Optional[int]
    unit: str
    description: str


class LogLine(NamedTuple):
    """A line the function said with ``sluice.log``."""

    level: str
    message: str


@dataclass(frozen=True)
class Status:
    """How a request is doing.

    ``state``: "submitted" (no answer yet), "waiting", "running", or the outcome: "completed",
    "failed", "cancelled", "expired", "rejected"; "lost" where the service could not be reached.
    ``rank``: how many waiting requests of the queue are ahead; 0 is next. None when not waiting.
    ``waiting``: how many wait in the queue. ``eta``: see ``Eta``; None while unknown.
    ``held``: an operator, or the lack of a worker, holds the request.
    ``progress``: the last report of the function. ``attempt``: which attempt is running.
    ``request``: the number by which sluicectl names the request.
    """

    state: str
    rank: Optional[int] = None
    waiting: Optional[int] = None
    eta: Optional[Eta] = None
    held: bool = False
    progress: Optional[ProgressReport] = None
    attempt: int = 0
    request: Optional[int] = None


def _eta(message: StatusMessage) -> Optional[Eta]:
    if NONE64 in (message.p50, message.p90):
        return None
    return Eta(message.p50 / 1e6, message.p90 / 1e6)


def _content_type(attributes: Attributes) -> str:
    return cast(str, attributes.get("content_type", _envelope.BYTES))


class Record:
    """What was heard about one request. Subclasses wake whoever waits, in ``_changed``."""

    # As long as nothing else was heard.
    _state = "submitted"
    _admitted: Optional[int] = None
    _status: Optional[StatusMessage] = None
    _attempt = 0
    _progress: Optional[ProgressReport] = None
    _outcome: Optional[Outcome] = None
    _failure: Optional[SluiceError] = None
    # Whether it goes on without this client.
    _is_detached = False

    def __init__(self, number: int, function: str) -> None:
        self._number = number
        self._function = function
        self._logs: List[LogLine] = []
        # Chunks of the attempt that runs; another attempt begins another list.
        self._chunks: List[Chunk] = []

    def _changed(self) -> None:
        raise NotImplementedError

    def hear(self, message: Message) -> None:
        """Takes in one event about this request."""
        if isinstance(message, Admitted):
            if self._admitted not in (None, message.request):
                self._begin_anew()
            self._admitted = message.request
            if self._state == "submitted":
                self._state = "waiting"
        elif isinstance(message, Started):
            self._state, self._attempt = "running", message.attempt
            if self._progress is not None:
                self._progress = None
            if self._chunks:
                self._chunks = []
        elif isinstance(message, Outcome):
            self._state = _STATES[message.outcome]
            self._outcome = message
        elif isinstance(message, StatusMessage):
            self._status = message
        elif isinstance(message, Progress):
            total = None if message.total == NONE64 else message.total
            self._progress = ProgressReport(message.done, total, message.unit, message.description)
        elif isinstance(message, Log):
            self._logs.append(LogLine(_LEVELS[message.level], message.message))
        elif isinstance(message, Chunk):
            self._chunks.append(message)
        self._changed()

    def _begin_anew(self) -> None:
        """The daemon restarted and did not know the request any more: it is asked again."""
        self._state, self._attempt = "submitted", 0
        self._progress = self._status = None
        if self._chunks:
            self._chunks = []

    def lose(self, error: SluiceError) -> None:
        """There will be no outcome: the service could not be reached."""
        self._state, self._failure = "lost", error
        self._changed()

    def close(self) -> None:
        """Its client is closed."""
        if self._is_detached:
            self.lose(self._farewell("the client was closed", "closing"))
        else:
            self.lose(Cancelled("the client was closed"))

    def part(self) -> None:
        """Its caller wants to hear no more of it."""
        self.lose(self._farewell("this job was left", "leaving"))

    def _farewell(self, what: str, act: str) -> SluiceError:
        if self._admitted is None:
            rest = f"before it was known to be stored: wait for job.id before {act}"
        else:
            rest = f"and request {self._admitted} goes on: client.fetch({self._admitted}) finds it"
        return ConnectionFailed(f"{self._function}: {what}, {rest}")

    def check_leaving(self) -> None:
        """Raises ValueError where nobody else could hear of it."""
        if not self._is_detached:
            text = f"{self._function} is not detached, so it would have nobody"
            raise ValueError(f"{text}: call job.cancel(), or submit it with detached=True")

    # These may be called on any thread.

    @property
    def is_done(self) -> bool:
        return self._outcome is not None or self._failure is not None

    def snapshot(self) -> Status:
        heard, waits = self._status, self._state == "waiting"
        return Status(
            self._state,
            heard.rank if heard and waits else None,
            heard.waiting if heard and waits else None,
            _eta(heard) if heard and waits else None,
            bool(heard.held) if heard and waits else False,
            self._progress,
            self._attempt,
            self._admitted,
        )

    def error(self) -> Optional[SluiceError]:
        """Why there is no result, or None where there is one. Only once it is done."""
        if self._failure is not None:
            return self._failure
        outcome = self._outcome
        if outcome is None or outcome.outcome == 1:
            return None
        error = from_outcome(self._function, outcome)
        if isinstance(error, FunctionError):
            error.kind = _exception_kind(outcome)
        return error

    def known_id(self) -> int:
        """The daemon's number of it. Only once it is admitted or done."""
        if self._admitted is not None:
            return self._admitted
        raise self.error() or SluiceError(f"{self._function} ended before its number was told")

    def value(self) -> Any:
        """The decoded result. Only once it is done, and without error."""
        assert self._outcome is not None
        return _value(self._outcome.attributes, self._outcome.payload)

    def chunk_value(self, chunk: Chunk) -> Any:
        return _value(chunk.attributes, chunk.payload)


def _value(attributes: Attributes, payload: Payload) -> Any:
    return _envelope.decode_value(_content_type(attributes), cast(Buffer, payload))


def _exception_kind(outcome: Outcome) -> str:
    """The class that the Python worker names in the payload of FAILED; "" of other workers."""
    if _content_type(outcome.attributes) != _envelope.JSON:
        return ""
    try:
        told = json.loads(bytes(cast(Buffer, outcome.payload)))
    except ValueError:
        return ""
    kind = told.get("type", "") if isinstance(told, dict) else ""
    return kind if isinstance(kind, str) else ""


class Wish(NamedTuple):
    """A request as its caller's thread made it ready."""

    function: str
    attributes: Attributes
    payload: Payload
    wants_status: bool
    takes_anew: bool


_OPTIONS = (
    "queue_timeout",
    "exec_timeout",
    "deadline",
    "max_wait",
    "detached",
    "caller",
    "restartable",
)


def options(where: str, given: Mapping[str, Any]) -> Attributes:
    """Attributes of SUBMIT from what people write; None stands for "not given"."""
    _limits.unknown(where, given, _OPTIONS)
    out: Attributes = {}
    for name, value in given.items():
        if value is None:
            continue
        if name == "caller":
            out[name] = _limits.name(where, name, value)
        elif name in ("detached", "restartable"):
            out[name] = _limits.flag(where, name, value)
        else:
            out[name] = _limits.duration(where, name, value)
    return out


def make_wish(
    function: str,
    args: Tuple[Any, ...],
    kwargs: Dict[str, Any],
    attributes: Attributes,
    wants_status: bool,
    descriptors: bool,
) -> Wish:
    """Checks and encodes a request, on the caller's thread."""
    function = _limits.name("submit", "the function", function)
    parcel = _envelope.encode_arguments(args, kwargs, f"arguments of {function}")
    named = dict(attributes, content_type=parcel.content_type)
    # The daemon's business is only what the function says about itself. Nobody has seen partial
    # results of what is merely waited for.
    takes_anew = bool(named.pop("restartable", False)) or not wants_status
    return Wish(function, named, payload_of(parcel, descriptors), wants_status, takes_anew)


def payload_of(parcel: _envelope.Parcel, descriptors: bool) -> Payload:
    """Inline when small, a sealed memfd when large."""
    if descriptors and parcel.size >= _memory.THRESHOLD and _memory.is_available():
        return _memory.sealed(parcel.pieces)
    return parcel.joined()


def hello(session: bytes, name: Optional[str]) -> Hello:
    """How this process introduces itself."""
    shown = name or os.path.basename(sys.argv[0] or "python")
    return Hello(session=session, attributes={"name": shown[:100], "process": os.getpid()})


class Core:
    """The client's half on the loop: live jobs, the requests machine, one link."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        place: Place,
        name: Optional[str],
        patience: Optional[float],
        descriptors: bool,
    ) -> None:
        self._session = uuid.uuid4().bytes
        self._name = name
        self._requests = Requests()
        self._records: Dict[int, Record] = {}
        self.link = Link(loop, place, self, patience, descriptors)

    def submit(self, record: Record, wish: Wish) -> None:
        """Sends a request, connecting first where there is no connection."""
        submit = Submit(
            record._number, wish.function, wish.attributes, wish.payload, wish.wants_status
        )
        self._ask(record, self._requests.submit(submit, wish.takes_anew))

    def fetch(self, record: Record, request: int) -> None:
        """Asks for a detached request, likewise."""
        self._ask(record, self._requests.fetch(Fetch(record._number, request)))

    def _ask(self, record: Record, outcome: Optional[Message]) -> None:
        self._records[record._number] = record
        if outcome is not None:
            self._hear(outcome)
        self.link.start()
        self.link.flush_soon()

    def cancel(self, number: int) -> None:
        """Asks for the end of a request."""
        self._requests.cancel(number)
        self.link.flush_soon()

    def leave(self, number: int) -> None:
        """Hears no more of a detached request."""
        record = self._records.pop(number, None)
        if record is None:
            return
        self._requests.leave(number)
        self.link.flush_soon()
        record.part()

    def close(self) -> None:
        """Ends the connection; what has no outcome is lost to this client."""
        self.link.close()
        for record in self._forget():
            record.close()

    # Owner of the link

    def hello(self) -> Hello:
        return hello(self._session, self._name)

    def opened(self, connection: Connection) -> None:
        for event in self._requests.opened(connection):
            self._hear(event)

    def received(self, message: Message) -> None:
        event = self._requests.take(message)
        if event is not None:
            self._hear(event)

    def lost(self) -> None:
        self._requests.lost()

    def failed(self, error: SluiceError) -> None:
        self._requests.lost()
        self._lose_all(error)

    def wants_connection(self) -> bool:
        return bool(self._requests)

    def _hear(self, event: Message) -> None:
        record = self._records[event.id]
        if isinstance(event, Outcome):
            del self._records[event.id]
        record.hear(event)

    def _lose_all(self, error: SluiceError) -> None:
        for record in self._forget():
            record.lose(error)

    def _forget(self) -> List[Record]:
        self._requests.abandon()
        records, self._records = self._records, {}
        return list(records.values())
