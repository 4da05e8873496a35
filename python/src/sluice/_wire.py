"""Frames: how bytes on a socket are cut, and wait to be written.

Sans-IO: bytes in, values out. Nothing here opens, reads or writes anything, and the same code
serves a client, a worker and the tests. sluice-protocol(7) is the normative text; the names here
are its names. What is in a frame is for ``_codec`` and ``_messages``.
"""

from __future__ import annotations

import struct
from collections import deque
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Deque, Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple, Union

HEADER = struct.Struct("<IBBBBQ")
BODY_LIMIT = 64 << 20
ATTRIBUTES_LIMIT = 16 << 10
NAME_LIMIT = 128
TEXT_LIMIT = 16 << 10
TICKET_LIMIT = 64
DURATION_LIMIT = 10**15
OPENING_LIMIT = 17 << 10
DESCRIPTORS_LIMIT = 16
COUNT_LIMIT = 4096
# Devices: of a lease or a batch, to choose from; variables that a lease sets; bytes of memory.
LEASE_LIMIT = 16
DEVICES_LIMIT = 64
ASSIGNMENTS_LIMIT = 64
MEMORY_LIMIT = 1 << 50
NONE32 = 0xFFFFFFFF
NONE64 = 0xFFFFFFFFFFFFFFFF

IN_DESCRIPTOR = 0x01
WANTS_STATUS = 0x02

Buffer = Union[bytes, bytearray, memoryview]
AttributeValue = Union[int, str, bytes, Tuple[str, ...]]
Attributes = Dict[str, AttributeValue]


class WireError(Exception):
    """Bytes that sluice-protocol(7) forbids; ``code`` is what an ERROR frame would call it."""

    def __init__(self, message: str, code: str = "protocol") -> None:
        super().__init__(message)
        self.code = code


@dataclass
class InDescriptor:
    """A payload that travels in a sealed memfd instead of in the body.

    ``owner`` is whatever keeps ``descriptor`` open; the descriptor may be used as long as it lives.
    """

    size: int
    descriptor: int = field(default=-1, compare=False)
    owner: object = field(default=None, compare=False, repr=False)


Payload = Union[bytes, bytearray, memoryview, InDescriptor]


def name_fault(name: str) -> Optional[str]:
    """What is wrong with ``name`` as the name of a function or queue, or None."""
    if not 1 <= len(name) <= NAME_LIMIT:
        return f"a name has 1 to {NAME_LIMIT} characters"
    bad = _bad_character(name)
    if bad:
        return f"a name has no {bad!r}: use printable ASCII other than space and slash"
    return None


@lru_cache(256)
def _bad_character(name: str) -> str:
    return next((c for c in name if not "!" <= c <= "~" or c == "/"), "")


def content_type_fault(text: str) -> Optional[str]:
    """What is wrong with ``text`` as a content type, or None."""
    if 1 <= len(text) <= 255 and all(" " <= c <= "~" for c in text):
        return None
    return "a content type has 1 to 255 printable ASCII characters"


def cut(text: str, limit: int) -> bytes:
    """``text`` in UTF-8, cut to ``limit`` bytes between characters."""
    data = text.encode("utf-8", "replace")
    if len(data) <= limit:
        return data
    return data[:limit].decode("utf-8", "ignore").encode("utf-8")


class Frame(NamedTuple):
    """A header and its body, with the descriptors that came along."""

    kind: int
    id: int
    flags: int
    body: Union[bytes, bytearray]
    descriptors: Tuple[int, ...] = ()


class FrameDecoder:
    """Collects bytes and descriptors; gives whole frames."""

    def __init__(self, body_limit: int = BODY_LIMIT) -> None:
        self._buffer = bytearray()
        self._at = 0
        self._descriptors: Deque[int] = deque()
        self._body_limit = body_limit
        # HELLO, WELCOME, or ERROR instead, is due: these are short.
        self.is_opening = False

    def receive(self, data: Buffer, descriptors: Sequence[int] = ()) -> None:
        """Adds what one recvmsg(2) brought."""
        if self._at:
            del self._buffer[: self._at]
            self._at = 0
        self._buffer += data
        self._descriptors.extend(descriptors)

    def __iter__(self) -> Iterator[Frame]:
        """The whole frames, until more bytes arrive. Raises WireError."""
        buffer, unpack = self._buffer, HEADER.unpack_from
        while True:
            at = self._at
            start = at + HEADER.size
            if len(buffer) < start:
                if len(buffer) == at and self._descriptors:
                    raise WireError("header: descriptors arrived that no frame names")
                return
            size, kind, flags, count, zero, number = unpack(buffer, at)
            limit = OPENING_LIMIT if self.is_opening else self._body_limit
            if size > limit:
                raise WireError(f"length: a body of {size} bytes is over {limit}", "too_large")
            if zero != 0:
                raise WireError("header: zero, byte 7, is not zero")
            end = start + size
            if count:
                self._check_count(count, len(buffer) >= end)
            if len(buffer) < end:
                return
            self._at = end
            taken = tuple([self._descriptors.popleft() for _ in range(count)]) if count else ()
            yield Frame(kind, number, flags, buffer[start:end], taken)

    def _check_count(self, count: int, is_whole: bool) -> None:
        if count > DESCRIPTORS_LIMIT:
            raise WireError(f"header: {count} descriptors are over {DESCRIPTORS_LIMIT}")
        if is_whole and len(self._descriptors) < count:
            raise WireError("header: descriptors says more than arrived")

    def abandon(self) -> List[int]:
        """Gives up the descriptors nobody has taken, for the caller to close."""
        left = list(self._descriptors)
        self._descriptors.clear()
        return left


class Outbox:
    """Bytes on their way out, in order, each frame's descriptors with its first byte."""

    _JOIN_BELOW = 1 << 14

    def __init__(self) -> None:
        self._pieces: Deque[Tuple[memoryview, Tuple[int, ...], object]] = deque()
        # Small frames behind the pieces, which leave as one.
        self._small = bytearray()

    def __bool__(self) -> bool:
        return bool(self._small or self._pieces)

    def put(
        self,
        frame: Buffer,
        payload: Buffer = b"",
        descriptors: Tuple[int, ...] = (),
        owner: object = None,
    ) -> None:
        """Adds a frame, header and all, of which ``payload`` is the end."""
        if len(payload) < self._JOIN_BELOW and not descriptors:
            self._small += frame
            self._small += payload
            return
        self._close()
        self._pieces.append((memoryview(frame), descriptors, owner))
        if len(payload):
            self._pieces.append((memoryview(payload), (), owner))

    def _close(self) -> None:
        if self._small:
            self._pieces.append((memoryview(self._small), (), None))
            self._small = bytearray()

    def head(self, most: int = 64) -> Tuple[List[memoryview], Tuple[int, ...]]:
        """What one sendmsg(2) may carry: buffers, and the descriptors that go with the first."""
        self._close()
        buffers: List[memoryview] = []
        descriptors: Tuple[int, ...] = ()
        for data, owned, _ in self._pieces:
            if buffers and (owned or len(buffers) == most):
                break
            if not buffers:
                descriptors = owned
            buffers.append(data)
        return buffers, descriptors

    def advance(self, count: int) -> None:
        """Forgets ``count`` bytes that were sent, and the descriptors sent with them."""
        while count > 0:
            data, _, owner = self._pieces.popleft()
            if count < len(data):
                self._pieces.appendleft((data[count:], (), owner))
                return
            count -= len(data)

    def drain(self) -> bytes:
        """Everything at once, for tests and for writers without descriptors."""
        self._close()
        data = b"".join(data for data, _, _ in self._pieces)
        self._pieces.clear()
        return data
