"""A connection that says what it is told to, and holds what it hears against sluice-protocol(7)."""

import array
import errno
import fcntl
import os
import select
import socket
import time

from subject import PATIENCE, Finding

from sluice import _codec as codec
from sluice import _messages as m
from sluice._wire import FrameDecoder, WireError

CODES = {"protocol", "version", "hello_timeout", "too_large", "too_many", "not_permitted"}
CODES |= {"slow_reader", "dismissed"}
_SEALS = 0x0001 | 0x0002 | 0x0004 | 0x0008
_F_ADD_SEALS = 1033


def memfd(content, seals=_SEALS):
    number = os.memfd_create("fuzz", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    os.write(number, content)
    if seals:
        fcntl.fcntl(number, _F_ADD_SEALS, seals)
    return number


class Peer:
    """One connection. Subclasses say what a message means to them, in ``hear``."""

    ROLE = ""

    def __init__(self, subject, random):
        self.random = random
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(subject.socket(self.ROLE))
        self.socket.setblocking(False)
        self.decoder = FrameDecoder()
        self.decoder.is_opening = True
        self.output = []
        self.is_welcome = False
        self.pongs = set()
        # Codes of the ERROR that it has earned. Among them, "": or it is closed without a word;
        # None: or it is tolerated.
        self.earned = None
        self.why = ""
        self.farewell = None
        self.is_closed = False

    # What it says.

    def say(self, *messages):
        self.put(b"".join(codec.encoded(message) for message in messages))

    def put(self, data, descriptors=()):
        """Bytes for the daemon; descriptors are closed when they are sent, with the first."""
        data = bytes(data)
        if len(data) > 1 and self.random.random() < 0.1:
            cut = self.random.randrange(1, len(data))
            self.output += [(data[:cut], list(descriptors)), (data[cut:], [])]
            return
        self.output.append((data, list(descriptors)))

    def hello(self):
        self.say(m.Hello(session=self.random.randbytes(16), attributes={"name": "fuzz"}))

    def earn(self, codes, why):
        """From now on it is to be shown the door, and says nothing that counts."""
        if self.earned is None:
            self.earned, self.why = set(codes), why

    # What it hears.

    def pump(self, seconds=0.0):
        """Sends and receives what can be; False when nothing happened."""
        if self.is_closed:
            return False
        wants_out = [self.socket] if self.output else []
        readable, writable, _ = select.select([self.socket], wants_out, [], seconds)
        if readable:
            self._receive()
        if writable and not self.is_closed:
            self._send()
        return bool(readable or writable)

    def _send(self):
        data, descriptors = self.output.pop(0)
        ancillary = []
        if descriptors:
            rights = array.array("i", descriptors)
            ancillary = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)]
        try:
            sent = self.socket.sendmsg([data], ancillary)
        except BlockingIOError:
            self.output.insert(0, (data, descriptors))
            return
        except OSError as error:
            if error.errno not in (errno.EPIPE, errno.ECONNRESET):
                raise
            self._forget(descriptors)
            self._drop_output()
            return
        self._forget(descriptors)
        if sent < len(data):
            self.output.insert(0, (data[sent:], []))

    @staticmethod
    def _forget(descriptors):
        for number in descriptors:
            os.close(number)

    def _drop_output(self):
        for _, descriptors in self.output:
            self._forget(descriptors)
        self.output = []

    def _receive(self):
        numbers = array.array("i")
        try:
            data, ancillary, _, _ = self.socket.recvmsg(1 << 18, socket.CMSG_SPACE(4 * 64))
        except BlockingIOError:
            return
        except ConnectionResetError:
            data, ancillary = b"", []
        for _, _, rights in ancillary:
            numbers.frombytes(rights[: len(rights) - len(rights) % 4])
        if not data:
            self._drop_output()
            self.is_closed = True
            return
        self.decoder.receive(data, numbers)
        try:
            for frame in self.decoder:
                try:
                    self._take(frame)
                finally:
                    self._forget(frame.descriptors)
        except WireError as error:
            raise Finding(f"the daemon breaks the protocol: {error}") from None

    def _take(self, frame):
        message = codec.decode(frame)
        if self.farewell is not None:
            raise Finding(f"{message} after {self.farewell}")
        if message.FROM == m.PEER or message.ON not in ("both", self.ROLE):
            raise Finding(f"the daemon says {message} to a {self.ROLE}")
        if isinstance(message, m.Error):
            self.farewell = message
            if message.code not in CODES:
                raise Finding(f"no such code: {message}")
        elif isinstance(message, m.Welcome):
            if self.is_welcome:
                raise Finding("WELCOME twice")
            self.is_welcome = True
            self.decoder.is_opening = False
        elif not self.is_welcome:
            raise Finding(f"{message} before WELCOME")
        elif isinstance(message, m.Pong):
            self.pongs.add(message.id)
        elif isinstance(message, m.Ping):
            self.say(m.Pong(id=message.id))
        elif self.earned is None:
            self.hear(message)
        # Else it may have been understood otherwise than it was meant.

    def hear(self, message):
        raise Finding(f"unexpected: {message}")

    # How it ends.

    def wait(self, what, condition):
        end = time.monotonic() + PATIENCE
        while not condition():
            left = end - time.monotonic()
            if left < 0 or self.is_closed and not condition():
                raise Finding(f"{self}: {what}; closed: {self.is_closed}, {self.farewell}")
            self.pump(min(left, 1.0))

    def finish(self):
        """Comes to the end that it has earned, and looks whether it is that."""
        if self.earned is None:
            self.settle()
        elif None not in self.earned:
            self.wait(f"is dismissed ({self.why})", lambda: self.is_closed)
        self.check_end()
        self.hang_up()

    def check_end(self):
        if not self.is_closed and self.farewell is None:
            return
        if self.earned is None:
            raise Finding(f"{self} did nothing wrong and hears {self.farewell}")
        code = "" if self.farewell is None else self.farewell.code
        if code not in self.earned:
            raise Finding(f"{self} hears {self.farewell} for {self.why}, not {self.earned}")
        if code and not self.farewell.message:
            raise Finding(f"{self} is not told why: {self.farewell}")

    def settle(self):
        """Everything that was said is done, and answered."""
        number = self.random.getrandbits(64)
        self.say(m.Ping(id=number))
        self.wait("PONG", lambda: number in self.pongs)

    def hang_up(self):
        """Goes at once, whatever is on the way."""
        self._drop_output()
        self.socket.close()
        self._forget(self.decoder.abandon())
        self.is_closed = True

    def __str__(self):
        return f"a {self.ROLE}"
