"""The shell around the sans-IO parts: one socket, on one event loop, reconnecting unasked.

A ``Link`` does what its owner's machines ask and tells them what arrived; it decides nothing about
requests or grants. It runs on any asyncio loop: ``sluice.aio`` gives it the caller's, the blocking
API one in a thread of its own (``Thread``). It sleeps in the loop's selector; nothing polls.

::

    idle --start--> connecting --connect--> opening --WELCOME--> open
                     ^  |                      |                  |
                     |  +-- first try: failed  +----- EOF --------+
                     +--------- a pause <--- lost ----------------+
"""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import random
import socket
import threading
from collections import deque
from typing import Any, Callable, Deque, List, Optional, Protocol, Tuple

from . import _memory
from ._codec import encode
from ._connection import Connection
from ._messages import Error, Hello, Message, Restarting, Welcome
from ._place import Place
from ._wire import InDescriptor, WireError
from .errors import ConnectionFailed, ProtocolError, SluiceError

logger = logging.getLogger("sluice")
_READ_SIZE = 1 << 16
# Pauses between attempts to connect, give or take a fifth: whoever is back first, and within the
# daemon's reclaim_window, has what was its own. One that turns us away is pressed less.
_FIRST_PAUSE = 0.008
_LAST_PAUSE = 0.2
_FIRST_PAUSE_REFUSED = 0.5
_LAST_PAUSE_REFUSED = 5.0
_SILENCE = 2.0  # after which the log says that the daemon does not answer
_LAST_MOMENT = 1.0  # seconds that coroutines get to notice that they are cancelled
# What is about the connection itself; all else is for its owner.
_OURS = (Welcome, Error, Restarting)
# ERROR codes after which another connection may do better.
_PASSING = frozenset({"hello_timeout", "slow_reader", "too_many"})


class Owner(Protocol):
    """What a link asks of whoever it belongs to. All calls come on the loop."""

    def hello(self) -> Hello: ...
    def opened(self, connection: Connection) -> None: ...
    def received(self, message: Message) -> None: ...
    def lost(self) -> None: ...
    def failed(self, error: SluiceError) -> None: ...
    def wants_connection(self) -> bool: ...


class Link:
    """One peer's connection to the daemon, again and again."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        place: Place,
        owner: Owner,
        patience: Optional[float],
        descriptors: bool,
    ) -> None:
        """``patience``: seconds for which a lost connection is tried again; None is for ever."""
        self._loop = loop
        self._place = place
        self._owner = owner
        self._patience = patience
        self._spills = descriptors and _memory.is_available()
        self._socket: Optional[socket.socket] = None
        self._connection: Optional[Connection] = None
        self._pause = 0.0
        self._longest_pause = _LAST_PAUSE
        self._was_open = False
        self._is_writing = False
        self._flush_is_due = False
        self._when_drained: List[Callable[[], object]] = []
        self._retry: Optional[asyncio.TimerHandle] = None
        self._give_up: Optional[asyncio.TimerHandle] = None
        self._silence: Optional[asyncio.TimerHandle] = None

    @property
    def is_idle(self) -> bool:
        """Neither connected nor trying to be."""
        return self._socket is None and self._retry is None

    @property
    def is_open(self) -> bool:
        """Whether the daemon has welcomed this connection."""
        return self._connection is not None and self._connection.welcome is not None

    def start(self) -> None:
        """Connects, unless that is under way. A failure is told to ``owner.failed``, but for one
        to reach a daemon that was there before: it may just be restarting.
        """
        if self.is_idle:
            self._connect()

    def close(self) -> None:
        """Ends the connection, after whatever can still be written at once."""
        self.flush()
        self._drop()
        self._cancel_timers()

    def flush_soon(self) -> None:
        """Writes at the end of this turn of the loop, with all else that this turn sends."""
        if not self._flush_is_due:
            self._flush_is_due = True
            self._loop.call_soon(self.flush)

    def turn(self, call: Callable[[], object]) -> None:
        """Makes a call on the loop and writes at once what it leaves to be sent."""
        self._flush_is_due = True
        try:
            call()
        finally:
            self.flush()

    def when_drained(self, call: Callable[[], object]) -> None:
        """Has ``call()`` called once all that was sent is written; while there is no connection,
        that is after the next one was made. So a fast sender can be slowed down.
        """
        self._when_drained.append(call)
        self.flush_soon()

    # Connecting

    def _connect(self) -> None:
        self._retry = None
        peer = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
        try:
            peer.setblocking(False)
            peer.connect(self._place.path)
        except OSError as error:
            peer.close()
            self._refused(error)
            return
        spill = (lambda payload: _memory.sealed([payload])) if self._spills else None
        self._socket = peer
        self._connection = Connection(self._place.kind, self._owner.hello(), spill)
        self._loop.add_reader(peer, self._readable)
        self._silence = self._loop.call_later(_SILENCE, self._say_silent)
        self.flush()

    def _say_silent(self) -> None:
        """The socket takes connections while the daemon starts, cannot start, or hangs."""
        text = f"waiting for sluiced to answer at {self._place.path}"
        logger.warning("%s. %s", text, self._place.where_to_look)

    def _refused(self, error: OSError) -> None:
        is_passing = error.errno in (errno.EAGAIN, errno.EINTR)  # EAGAIN: its backlog is full
        if self._was_open or is_passing:
            self._try_again()
        else:
            self._fail(self._place.failure(error))

    def _try_again(self) -> None:
        """At once, then after pauses that grow, are bounded, and differ in every process."""
        if self._patience is not None and self._give_up is None:
            self._give_up = self._loop.call_later(self._patience, self._lose_patience)
        delay = self._pause * random.uniform(0.8, 1.2)
        self._pause = min(max(self._pause * 2, _FIRST_PAUSE), self._longest_pause)
        self._retry = self._loop.call_later(delay, self._connect)

    def _lose_patience(self) -> None:
        text = f"sluiced at {self._place.path} went away and was not back in {self._patience:g} s"
        self._fail(ConnectionFailed(f"{text}. {self._place.where_to_look}"))

    def _lost(self) -> None:
        """The connection ended without ERROR: the daemon restarts, or is gone."""
        self._drop()
        if not self._owner.wants_connection():
            self._cancel_timers()
            return
        self._was_open = True  # it accepted us once: that it will be back is worth waiting for
        self._try_again()

    def _fail(self, error: SluiceError) -> None:
        self._was_open = False
        self._drop()
        self._cancel_timers()
        self._owner.failed(error)

    def _drop(self) -> None:
        peer, connection = self._socket, self._connection
        self._socket = self._connection = None
        if self._silence is not None:
            self._silence.cancel()
        if peer is None or connection is None:
            return
        self._loop.remove_reader(peer)
        if self._is_writing:
            self._loop.remove_writer(peer)
            self._is_writing = False
        for descriptor in connection.abandon():
            os.close(descriptor)
        peer.close()
        self._owner.lost()

    def _cancel_timers(self) -> None:
        for timer in (self._retry, self._give_up, self._silence):
            if timer is not None:
                timer.cancel()
        self._retry = self._give_up = self._silence = None

    # Reading

    def _readable(self) -> None:
        assert self._socket is not None and self._connection is not None
        try:
            data, descriptors = self._read(self._socket)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            data, descriptors = b"", []
        if not data:
            self._lost()
            return
        connection = self._connection
        try:
            for message in connection.receive(data, descriptors):
                self._received(message)
                if self._connection is not connection:
                    return
        except WireError as error:
            self._break_off(error)
        else:
            if connection.outbox:
                self.flush()

    def _read(self, peer: socket.socket) -> Tuple[bytes, List[int]]:
        data, control, flags, _ = peer.recvmsg(
            _READ_SIZE, socket.CMSG_SPACE(4 * 64), socket.MSG_CMSG_CLOEXEC
        )
        descriptors: List[int] = []
        for level, kind, content in control:
            if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                whole = len(content) - len(content) % 4
                descriptors += memoryview(content[:whole]).cast("i").tolist()
        if flags & socket.MSG_CTRUNC:
            for descriptor in descriptors:
                os.close(descriptor)
            raise OSError(errno.EMFILE, "descriptors were lost")
        return data, descriptors

    def _received(self, message: Message) -> None:
        payload = getattr(message, "payload", None)
        if isinstance(payload, InDescriptor):
            message.payload = _memory.opened(payload)  # type: ignore[attr-defined]
        if not isinstance(message, _OURS):
            self._owner.received(message)
        elif isinstance(message, Welcome):
            self._was_open, self._pause, self._longest_pause = True, 0.0, _LAST_PAUSE
            self._cancel_timers()
            assert self._connection is not None
            self._owner.opened(self._connection)
        elif isinstance(message, Error):
            self._ended(message)

    def _ended(self, error: Error) -> None:
        if error.code in _PASSING and self._was_open:
            self._pause = max(self._pause, _FIRST_PAUSE_REFUSED)
            self._longest_pause = _LAST_PAUSE_REFUSED
            self._lost()
            return
        text = f"sluiced at {self._place.path} ended the connection: {error.message} ({error.code})"
        cls = ProtocolError if error.code in ("protocol", "version") else ConnectionFailed
        self._fail(cls(text))

    def _break_off(self, error: WireError) -> None:
        connection = self._connection
        if connection is not None:
            encode(Error(code=error.code, message=str(error)), connection.outbox)
            self.flush()
        self._fail(ProtocolError(f"sluiced at {self._place.path} broke the protocol: {error}"))

    # Writing

    def flush(self) -> None:
        """Writes what is waiting, as far as the socket takes it."""
        self._flush_is_due = False
        peer, connection = self._socket, self._connection
        if peer is None or connection is None:
            return
        outbox = connection.outbox
        try:
            while outbox:
                buffers, descriptors = outbox.head()
                if descriptors:
                    sent = socket.send_fds(peer, buffers, list(descriptors))
                else:
                    sent = peer.sendmsg(buffers)
                outbox.advance(sent)
        except (BlockingIOError, InterruptedError):
            pass
        except OSError:
            # What the daemon said before it left is still to be read; reading finds the end.
            return
        self._watch(peer, bool(outbox))
        if not outbox and connection.welcome is not None:
            calls, self._when_drained = self._when_drained, []
            for call in calls:
                call()

    def _watch(self, peer: socket.socket, wanted: bool) -> None:
        if wanted and not self._is_writing:
            self._loop.add_writer(peer, self.flush)
        if not wanted and self._is_writing:
            self._loop.remove_writer(peer)
        self._is_writing = wanted


class Mailbox:
    """Calls from other threads, made on the loop in their order, one wakeup for many."""

    def __init__(self, loop: asyncio.AbstractEventLoop, link: Link) -> None:
        """What the calls leave to be sent over ``link`` is written when all are made."""
        self._loop = loop
        self._link = link
        self._calls: Deque[Tuple[Callable[..., object], Tuple[Any, ...]]] = deque()
        self._is_due = False

    def post(self, function: Callable[..., object], *args: Any) -> None:
        """Has ``function(*args)`` called on the loop. Without a lock, so signal handlers may."""
        self._calls.append((function, args))
        if not self._is_due:
            self._is_due = True
            try:
                self._loop.call_soon_threadsafe(self._link.turn, self._deliver)
            except RuntimeError:
                # The loop is closed: a plain function outlived its worker, and nobody is told.
                if not self._loop.is_closed():
                    raise

    def _deliver(self) -> None:
        self._is_due = False
        while self._calls:
            function, args = self._calls.popleft()
            function(*args)


class Thread:
    """An event loop in a daemon thread of its own."""

    def __init__(self, name: str) -> None:
        self.loop = asyncio.new_event_loop()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        try:
            self.loop.run_forever()
            tasks = asyncio.all_tasks(self.loop)
            for task in tasks:
                task.cancel()
            if tasks:
                self.loop.run_until_complete(asyncio.wait(tasks, timeout=_LAST_MOMENT))
        finally:
            with self._lock:
                self.loop.close()

    def stop(self) -> None:
        """Ends the thread after what is posted already, and waits for it."""
        with self._lock:
            if self.loop.is_closed():
                return
            self.loop.call_soon_threadsafe(self.loop.stop)
        if threading.current_thread() is not self._thread:
            self._thread.join()
