"""A client's requests without outcome, which outlive its connections. Sans-IO.

::

    SUBMIT --> ADMITTED --> STARTED --> CHUNK* --> OUTCOME      each kept here until OUTCOME,
       ^                                                        and sent again, with its ticket
       +---- every new connection                               and payload, after reconnecting

ADMITTED that names another number than before is about a new request: the daemon did not take the
old one back. What had come of the old one cannot be gone on with.

A detached request is the daemon's once it is admitted. It is kept here without its payload, and
after reconnecting it is not submitted but fetched, by its number. Whoever leaves it hears no more
of it: that is said to the daemon where it knows of such a wish, and nothing is kept here.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Callable, Dict, Iterator, Optional, Tuple, Union

from ._connection import Connection
from ._messages import (
    DETACHED,
    LEAVING,
    Admitted,
    Cancel,
    Chunk,
    Fetch,
    Leave,
    Message,
    Outcome,
    Started,
    Submit,
    Watch,
)
from ._wire import Attributes, WireError

# Those that are over so many microseconds after the request was asked.
_LIMITS = ("queue_timeout", "deadline")
# Codes that no daemon gives: what a client fails by itself.
STREAM_RESTARTED, CHUNKS_LOST = "stream_restarted", "chunks_lost"


@dataclass
class _Outstanding:
    asking: Union[Submit, Fetch]
    # Whether the caller wants STATUS, for which FETCH has no flag.
    wants_status: bool
    # Whether the caller can take partial results anew, of another request.
    takes_anew: bool
    # By the clock, where something is counted from it.
    asked: float
    request: int = 0
    ticket: bytes = b""
    attempt: int = 0
    next_chunk: int = 0
    cancelled: bool = False
    # Nobody waits for it, but it is not known to be stored yet.
    left: bool = False


class Requests:
    """Everything this client has asked and has no outcome for."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """``clock`` gives seconds."""
        self._clock = clock
        self._live: Dict[int, _Outstanding] = {}
        self._connection: Optional[Connection] = None

    def __bool__(self) -> bool:
        return bool(self._live)

    def submit(self, submit: Submit, takes_anew: bool = False) -> Optional[Message]:
        """Takes a request in and sends it when there is a connection. Returns its outcome where it
        has one already.
        """
        has_limit = any(name in submit.attributes for name in _LIMITS)
        asked = self._clock() if has_limit else 0.0
        live = _Outstanding(submit, submit.wants_status, takes_anew, asked)
        self._live[submit.id] = live
        return self._send(live, submit)

    def fetch(self, fetch: Fetch) -> Optional[Message]:
        """The same for a detached request, which was submitted before, here or elsewhere."""
        live = _Outstanding(fetch, True, False, 0.0, fetch.request)
        self._live[fetch.id] = live
        return self._send(live, fetch)

    def cancel(self, number: int) -> None:
        """Asks for the end of a request; its outcome comes as an event, as ever."""
        live = self._live.get(number)
        if live is None or live.cancelled:
            return
        live.cancelled = True
        if self._connection is not None:
            self._connection.send(Cancel(number))

    def leave(self, number: int) -> None:
        """Hears no more of a detached request. One that was not admitted yet is still said again
        until it is, because it is to go on.
        """
        live = self._live.get(number)
        if live is None:
            return
        live.left = True
        if isinstance(live.asking, Fetch) and not live.cancelled:
            self._drop(live)

    def _drop(self, live: _Outstanding) -> None:
        number = live.asking.id
        del self._live[number]
        connection = self._connection
        welcome = connection.welcome if connection is not None else None
        if connection is not None and welcome is not None and welcome.features & LEAVING:
            connection.send(Leave(number))

    def opened(self, connection: Connection) -> Iterator[Message]:
        """A connection was welcomed: everything outstanding is sent again, in the order of the
        places it has; then what has none, in the order in which it was asked.
        """
        self._connection = connection
        for live in sorted(self._live.values(), key=_place):
            outcome = self._send(live, self._again(live))
            if outcome is not None:
                yield outcome
            elif live.cancelled:
                connection.send(Cancel(live.asking.id))

    def lost(self) -> None:
        """The connection is gone. The requests are not."""
        self._connection = None

    def abandon(self) -> None:
        """Gives up every request."""
        self._live.clear()

    def take(self, message: Message) -> Optional[Message]:
        """The event in a message, or None where it is about nothing live or tells nothing new.

        The event is the message, or an outcome that the request has because of it.
        """
        live = self._live.get(message.id)
        if live is None:
            return None
        event = self._heard(live, message)
        return None if live.left else event

    def _heard(self, live: _Outstanding, message: Message) -> Optional[Message]:
        if isinstance(message, Outcome):
            del self._live[message.id]
        elif isinstance(message, Admitted):
            return self._admitted(live, message)
        elif isinstance(message, Started):
            # The attempt of before goes on; a lower one is of before it.
            if message.attempt <= live.attempt:
                return None
            live.attempt, live.next_chunk = message.attempt, 0
        elif isinstance(message, Chunk):
            # A worker that reconnected sends its chunks again; those we have are not news.
            if message.sequence < live.next_chunk:
                return None
            if message.sequence > live.next_chunk:
                lost = _lost(live.next_chunk, message.sequence)
                return self._failed(live, CHUNKS_LOST, f"{lost} {_reason(live)}")
            live.next_chunk += 1
        return message

    def _admitted(self, live: _Outstanding, message: Admitted) -> Message:
        is_another = live.request not in (0, message.request)
        live.request, live.ticket = message.request, message.ticket
        if isinstance(live.asking, Submit) and live.asking.attributes.get("detached"):
            live.asking = Fetch(message.id, message.request)
        if live.left and not live.cancelled:
            self._drop(live)
            return message
        if not is_another:
            return message
        chunks, live.attempt, live.next_chunk = live.next_chunk, 0, 0
        if not chunks or live.takes_anew:
            return message
        text = f"the daemon restarted and runs it anew, behind {chunks} partial results"
        return self._failed(live, STREAM_RESTARTED, text)

    def _failed(self, live: _Outstanding, code: str, text: str) -> Outcome:
        """Nobody can make it whole: the daemon is told, and need not be heard. What is detached is
        not ours to cancel: others may listen.
        """
        number = live.asking.id
        if isinstance(live.asking, Fetch):
            self._drop(live)
        else:
            self.cancel(number)
            del self._live[number]
        return Outcome(number, outcome=2, code=code, message=text, attempts=live.attempt)

    def _again(self, live: _Outstanding) -> Union[Submit, Fetch]:
        """The request as it is sent on another connection, or late on the first."""
        submit = live.asking
        values: Attributes = dict(submit.attributes)
        if live.attempt:
            values["attempt"] = live.attempt
        if live.next_chunk:
            values["chunks"] = live.next_chunk
        if isinstance(submit, Fetch):
            return Fetch(submit.id, submit.request, values)
        for name in _LIMITS:
            limit = values.get(name)
            if isinstance(limit, int):
                passed = int((self._clock() - live.asked) * 1e6)
                values[name] = max(limit - passed, 1)
        if live.request:
            values["ticket"] = live.ticket
            values.pop("max_wait", None)
        if live.attempt:
            values.pop("queue_timeout", None)
        return Submit(submit.id, submit.function, values, submit.payload, submit.wants_status)

    def _send(self, live: _Outstanding, asking: Union[Submit, Fetch]) -> Optional[Outcome]:
        if self._connection is None:
            return None
        try:
            if isinstance(asking, Fetch):
                _fetch(self._connection, asking, live.wants_status)
            else:
                self._connection.send(asking)
        except WireError as error:
            # It never left, so the refusal that the daemon would give is given here.
            del self._live[asking.id]
            if live.left:
                return None
            return Outcome(asking.id, outcome=5, code=error.code, message=str(error))
        return None


def _fetch(connection: Connection, fetch: Fetch, wants_status: bool) -> None:
    welcome = connection.welcome
    if welcome is None or not welcome.features & DETACHED:
        text = f"this daemon keeps no detached requests, so request {fetch.request} is not found"
        raise WireError(f"{text}: ask its administrator for a state directory", "unsupported")
    connection.send(fetch)
    if wants_status:
        connection.send(Watch(fetch.id, 1))


def _place(live: _Outstanding) -> Tuple[bool, int]:
    # Sorting keeps those without a number in the order in which they were asked.
    return live.request == 0, live.request


def _lost(expected: int, came: int) -> str:
    lost = f"{expected}" if came == expected + 1 else f"{expected} to {came - 1}"
    return f"partial results {lost} were lost:"


def _reason(live: _Outstanding) -> str:
    if isinstance(live.asking, Fetch):
        return "more than the daemon keeps; it goes on, so fetch it when it has ended"
    return "more than a worker keeps over a restart"
