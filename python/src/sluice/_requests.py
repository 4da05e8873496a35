"""A client's requests without outcome, which outlive its connections. Sans-IO.

::

    SUBMIT --> ADMITTED --> STARTED --> CHUNK* --> OUTCOME      each kept here until OUTCOME,
       ^                                                        and sent again, with its ticket
       +---- every new connection                               and payload, after reconnecting
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, Iterator, Optional

from ._connection import Connection
from ._messages import Admitted, Cancel, Chunk, Message, Outcome, Started, Submit
from ._wire import WireError


@dataclass
class _Outstanding:
    submit: Submit
    cancelled: bool = False
    attempt: int = -1
    next_chunk: int = 0


class Requests:
    """Everything this client has asked and has no outcome for."""

    def __init__(self) -> None:
        self._live: Dict[int, _Outstanding] = {}
        self._connection: Optional[Connection] = None

    def __bool__(self) -> bool:
        return bool(self._live)

    def submit(self, submit: Submit) -> Optional[Message]:
        """Takes a request in and sends it when there is a connection. Returns its outcome where it
        has one already.
        """
        self._live[submit.id] = _Outstanding(submit)
        return self._send(submit)

    def cancel(self, number: int) -> None:
        """Asks for the end of a request; its outcome comes as an event, as ever."""
        live = self._live.get(number)
        if live is None or live.cancelled:
            return
        live.cancelled = True
        if self._connection is not None:
            self._connection.send(Cancel(number))

    def opened(self, connection: Connection) -> Iterator[Message]:
        """A connection was welcomed: everything outstanding is sent again, oldest first."""
        self._connection = connection
        for number, live in list(self._live.items()):
            outcome = self._send(live.submit)
            if outcome is not None:
                yield outcome
            elif live.cancelled:
                connection.send(Cancel(number))

    def lost(self) -> None:
        """The connection is gone. The requests are not."""
        self._connection = None

    def abandon(self) -> None:
        """Gives up every request."""
        self._live.clear()

    def take(self, message: Message) -> Optional[Message]:
        """The event in a message, or None where it is about nothing live or tells nothing new."""
        live = self._live.get(message.id)
        if live is None:
            return None
        if isinstance(message, Outcome):
            del self._live[message.id]
        elif isinstance(message, Admitted):
            live.submit.attributes["ticket"] = message.ticket
        elif isinstance(message, Started):
            if message.attempt == live.attempt:
                return None
            live.attempt, live.next_chunk = message.attempt, 0
        elif isinstance(message, Chunk):
            # A worker that reconnected sends its chunks again; those we have are not news.
            if message.sequence < live.next_chunk:
                return None
            live.next_chunk = message.sequence + 1
        return message

    def _send(self, submit: Submit) -> Optional[Outcome]:
        if self._connection is None:
            return None
        try:
            self._connection.send(submit)
        except WireError as error:
            # It never left, so the refusal that the daemon would give is given here.
            del self._live[submit.id]
            return Outcome(submit.id, outcome=5, code=error.code, message=str(error))
        return None
