"""One connection, sans-IO: bytes and descriptors in, messages out.

It opens (HELLO, WELCOME), answers PING, and checks that the daemon sends only what a daemon may
send on this socket. What outlives a connection (requests without outcome, grants without
acknowledgement) is in ``_requests`` and ``_grants``.

::

    opening --WELCOME--> open --RESTARTING--> open --EOF--> (gone)
       |                  |
       +----- ERROR ------+--> ended
"""

from __future__ import annotations

from typing import Callable, FrozenSet, Iterator, List, Optional, Sequence, Type

from ._codec import decode, encode, inline_size
from ._messages import BY_KIND, PEER, Error, Hello, Message, Ping, Pong, Welcome
from ._wire import Buffer, FrameDecoder, InDescriptor, Outbox, WireError

_EXPECTED = {
    socket: frozenset(
        cls
        for cls in BY_KIND.values()
        if cls.FROM != PEER and cls.ON in ("both", socket) and cls not in (Welcome, Error, Ping)
    )
    for socket in ("client", "worker")
}

# Turns a payload that is too large for a body into one in a sealed memfd.
Spill = Callable[[Buffer], InDescriptor]


class Connection:
    """The state of one connection, from HELLO to its end."""

    def __init__(self, socket: str, hello: Hello, spill: Optional[Spill] = None) -> None:
        """``socket`` is "client" or "worker", the table whose messages are allowed."""
        self._socket = socket
        self._decoder = FrameDecoder()
        self._decoder.is_opening = True
        self._spill = spill
        self.outbox = Outbox()
        self.welcome: Optional[Welcome] = None
        self.error: Optional[Error] = None
        # What may come now and is for the caller alone; anything else is looked at more closely.
        self._expected: FrozenSet[Type[Message]] = frozenset()
        # A payload up to here fits a body with what else is in it.
        self._surely_fits = 0
        encode(hello, self.outbox)

    def send(self, message: Message) -> None:
        """Queues a message. Raises WireError "too_large" where it fits neither body nor memfd."""
        payload = getattr(message, "payload", b"")
        if not isinstance(payload, InDescriptor) and len(payload) > self._surely_fits:
            message = self._fitting(message, payload)
        encode(message, self.outbox)

    def _fitting(self, message: Message, payload: Buffer) -> Message:
        """The message, with its payload in a memfd where the body would be too long."""
        longest = self.welcome.longest_body if self.welcome else 0
        size = inline_size(message)
        if not longest or size <= longest:
            return message
        if self._spill is None:
            raise WireError(f"{size} bytes are over the daemon's limit of {longest}", "too_large")
        values = dict(vars(message), payload=self._spill(payload))
        return type(message)(**values)

    def receive(self, data: Buffer, descriptors: Sequence[int] = ()) -> Iterator[Message]:
        """The messages that ``data`` completes, in order; raises WireError at the first bad one.

        WELCOME and ERROR are given to the caller too; PING is answered here.
        """
        self._decoder.receive(data, descriptors)
        for frame in self._decoder:
            try:
                message = decode(frame)
                is_expected = type(message) in self._expected
                if not is_expected:
                    self._check(message)
            except WireError:
                self._decoder._descriptors.extend(frame.descriptors)
                raise
            if is_expected:
                yield message
                continue
            if isinstance(message, Ping):
                encode(Pong(message.id), self.outbox)
                continue
            if isinstance(message, Welcome):
                self.welcome = message
                self._expected = _EXPECTED[self._socket]
                self._surely_fits = message.longest_body - 1024
                self._decoder.is_opening = False
            if isinstance(message, Error):
                self.error = message
                self._expected = frozenset()
            yield message

    def _check(self, message: Message) -> None:
        name = f"{type(message).__name__}: kind"
        if self.error is not None:
            raise WireError(f"{name} came after Error, which is the last frame")
        if message.FROM == PEER or message.ON not in ("both", self._socket):
            raise WireError(f"{name} is not for the {self._socket} socket's peer to receive")
        if self.welcome is None and not isinstance(message, (Welcome, Error)):
            raise WireError(f"{name} came before Welcome")
        if isinstance(message, Welcome):
            if self.welcome is not None:
                raise WireError("Welcome: kind came twice")
            if message.version != 1:
                raise WireError(f"Welcome: version {message.version} was not offered")

    def abandon(self) -> List[int]:
        """Descriptors that nobody will take any more, for the caller to close."""
        return self._decoder.abandon()
