"""Frames, fields and attributes: how bytes on a socket are cut into words.

Sans-IO: bytes in, values out. Nothing here opens, reads or writes anything, and the same code
serves a client, a worker and the tests. sluice-protocol(7) is the normative text; the names here
are its names. What the words mean as messages is in ``_messages``.
"""

from __future__ import annotations

import struct
from collections import deque
from dataclasses import dataclass, field
from typing import Deque, Dict, Iterator, List, Optional, Sequence, Tuple, Union

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
NONE32 = 0xFFFFFFFF
NONE64 = 0xFFFFFFFFFFFFFFFF

IN_DESCRIPTOR = 0x01
WANTS_STATUS = 0x02

_U8 = struct.Struct("<B")
_U16 = struct.Struct("<H")
_U32 = struct.Struct("<I")
_U64 = struct.Struct("<Q")
_TAG = struct.Struct("<HH")

Buffer = Union[bytes, bytearray, memoryview]
AttributeValue = Union[int, str, bytes]
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

# tag: (name, type, frames it has a use in). Frames: P those with a payload, S SUBMIT, O OUTCOME,
# D DECLARE, H HELLO and WELCOME, A ADMITTED and DECLARED.
ATTRIBUTES: Dict[int, Tuple[str, str, str]] = {
    0x0001: ("content_type", "content_type", "P"),
    0x0002: ("queue_timeout", "duration", "SD"),
    0x0003: ("exec_timeout", "duration", "SD"),
    0x0004: ("deadline", "duration", "S"),
    0x0005: ("max_wait", "duration", "S"),
    0x0006: ("ticket", "ticket", "S"),
    0x0007: ("detached", "flag", "S"),
    0x0008: ("caller", "name", "S"),
    0x0009: ("retry_after", "duration", "O"),
    0x000A: ("depth", "u64", "O"),
    0x000B: ("limit", "u64", "O"),
    0x0010: ("concurrency_id", "name", "D"),
    0x0011: ("concurrency_limit", "u32", "D"),
    0x0012: ("batch", "flag", "D"),
    0x0013: ("max_batch_size", "batch_size", "D"),
    0x0014: ("max_batch_delay", "duration", "D"),
    0x0015: ("retry", "flag", "D"),
    0x0016: ("restartable", "flag", "D"),
    0x0017: ("expected_duration", "duration", "D"),
    0x0018: ("cancel_grace", "duration", "D"),
    0x0019: ("max_attempts", "positive", "D"),
    0x8001: ("name", "text", "H"),
    0x8002: ("process", "u32", "H"),
    0x8003: ("warning", "text", "A"),
    0x8004: ("signature", "bytes", "D"),
    0x8005: ("description", "text", "D"),
    0x8006: ("attempt", "u32", "S"),
    0x8007: ("chunks", "u64", "S"),
}
_TAGS = {name: (tag, kind) for tag, (name, kind, _) in ATTRIBUTES.items()}
_INTEGERS = {"u8": _U8, "u16": _U16, "u32": _U32, "u64": _U64}
# type of an attribute that is an integer: (its width, lowest, highest)
_RANGES = {
    "flag": ("u8", 0, 1),
    "u32": ("u32", 0, NONE32),
    "u64": ("u64", 0, NONE64),
    "positive": ("u32", 1, NONE32),
    "batch_size": ("u32", 1, COUNT_LIMIT),
    "duration": ("u64", 0, DURATION_LIMIT),
}


def name_fault(name: str) -> Optional[str]:
    """What is wrong with ``name`` as the name of a function or queue, or None."""
    if not 1 <= len(name) <= NAME_LIMIT:
        return f"a name has 1 to {NAME_LIMIT} characters"
    bad = [c for c in name if not "!" <= c <= "~" or c == "/"]
    if bad:
        return f"a name has no {bad[0]!r}: use printable ASCII other than space and slash"
    return None


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


class Reader:
    """Takes the fields of one body from front to back; every fault is a WireError."""

    def __init__(self, body: Buffer, where: str) -> None:
        self._body = memoryview(body)
        self._at = 0
        self._where = where

    def fault(self, field_name: str, what: str) -> WireError:
        return WireError(f"{self._where}: {field_name} {what}")

    def take(self, size: int, field_name: str) -> memoryview:
        end = self._at + size
        if end > len(self._body):
            raise self.fault(field_name, "ends early")
        piece = self._body[self._at : end]
        self._at = end
        return piece

    def integer(self, kind: str, field_name: str) -> int:
        packer = _INTEGERS[kind]
        value: int = packer.unpack(self.take(packer.size, field_name))[0]
        return value

    def bytes(self, field_name: str, limit: int = 0xFFFF) -> bytes:
        size = self.integer("u16", field_name)
        if size > limit:
            raise self.fault(field_name, f"is longer than {limit} bytes")
        return bytes(self.take(size, field_name))

    def string(self, field_name: str, limit: int = 0xFFFF) -> str:
        return self._text(self.bytes(field_name, limit), field_name)

    def name(self, field_name: str) -> str:
        name = self.string(field_name)
        fault = name_fault(name)
        if fault is not None:
            raise self.fault(field_name, f"is not a name: {fault}")
        return name

    def _text(self, data: Buffer, field_name: str) -> str:
        try:
            return bytes(data).decode("utf-8")
        except UnicodeDecodeError:
            raise self.fault(field_name, "is not UTF-8") from None

    def rest(self) -> memoryview:
        return self.take(len(self._body) - self._at, "payload")

    def end(self) -> None:
        if self._at != len(self._body):
            raise self.fault("body", "ends later than its last field")

    def attributes(self, field_name: str, uses: str = "PSODHA") -> Attributes:
        """Attributes of a frame; ``uses`` are the letters of the table that it goes by."""
        total = self.integer("u16", field_name)
        if total > ATTRIBUTES_LIMIT:
            raise self.fault(field_name, f"are longer than {ATTRIBUTES_LIMIT} bytes")
        inner = Reader(self.take(total, field_name), self._where)
        found: Attributes = {}
        last = -1
        while inner._at < total:
            tag, size = _TAG.unpack(inner.take(_TAG.size, field_name))
            value = inner.take(size, field_name)
            if tag <= last:
                raise self.fault(field_name, f"tag 0x{tag:04x} is twice there or not sorted")
            last = tag
            name, kind, where = ATTRIBUTES.get(tag, ("", "", ""))
            if set(where) & set(uses):
                found[name] = self._attribute(name, kind, value)
            elif tag < 0x8000:
                what = name or "which is unknown"
                raise self.fault(field_name, f"have 0x{tag:04x}, {what}, of no use in this frame")
        return found

    def _attribute(self, name: str, kind: str, value: memoryview) -> AttributeValue:
        if kind in _RANGES:
            return self._number(name, kind, value)
        if kind == "ticket" and len(value) > TICKET_LIMIT:
            raise self.fault(name, f"is longer than {TICKET_LIMIT} bytes")
        if kind in ("bytes", "ticket"):
            return bytes(value)
        text = self._text(value, name)
        fault = name_fault(text) if kind == "name" else None
        if kind == "content_type":
            fault = content_type_fault(text)
        if fault is not None:
            raise self.fault(name, f"is not allowed: {fault}")
        return text

    def _number(self, name: str, kind: str, value: memoryview) -> int:
        width, low, high = _RANGES[kind]
        packer = _INTEGERS[width]
        if len(value) != packer.size:
            raise self.fault(name, f"has {len(value)} bytes instead of {packer.size}")
        number: int = packer.unpack(value)[0]
        if not low <= number <= high:
            raise self.fault(name, f"is {number}, not {low} to {high}")
        return number


class Writer:
    """Builds one body, field by field. Values out of range are this program's own mistake."""

    def __init__(self) -> None:
        self.body = bytearray()

    def integer(self, kind: str, value: int) -> None:
        self.body += _INTEGERS[kind].pack(value)

    def bytes(self, value: Buffer) -> None:
        self.body += _U16.pack(len(value))
        self.body += value

    def string(self, value: str, limit: int = 0xFFFF) -> None:
        self.bytes(cut(value, limit))

    def attributes(self, values: Attributes) -> None:
        packed = bytearray()
        for name in sorted(values, key=lambda name: _TAGS[name]):
            tag, kind = _TAGS[name]
            value = _pack_attribute(kind, values[name])
            packed += _TAG.pack(tag, len(value))
            packed += value
        if len(packed) > ATTRIBUTES_LIMIT:
            raise WireError(f"attributes are {len(packed)} bytes, over {ATTRIBUTES_LIMIT}")
        self.bytes(packed)


def _pack_attribute(kind: str, value: AttributeValue) -> bytes:
    if isinstance(value, int):
        return _INTEGERS[_RANGES[kind][0]].pack(value)
    return value.encode("utf-8") if isinstance(value, str) else bytes(value)


@dataclass
class Frame:
    """A header and its body, with the descriptors that came along."""

    kind: int
    id: int = 0
    flags: int = 0
    body: Buffer = b""
    descriptors: Tuple[int, ...] = ()

    def header(self, extra: int = 0) -> bytes:
        """The 16 bytes before a body that has ``extra`` more bytes than ``self.body``."""
        size = len(self.body) + extra
        return HEADER.pack(size, self.kind, self.flags, len(self.descriptors), 0, self.id)


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

    def next(self) -> Optional[Frame]:
        """The next whole frame; None until more bytes arrive. Raises WireError."""
        start = self._at + HEADER.size
        if len(self._buffer) < start:
            if len(self._buffer) == self._at and self._descriptors:
                raise WireError("header: descriptors arrived that no frame names")
            return None
        size, kind, flags, count, zero, number = HEADER.unpack_from(self._buffer, self._at)
        limit = OPENING_LIMIT if self.is_opening else self._body_limit
        if size > limit:
            raise WireError(f"length: a body of {size} bytes is over {limit}", "too_large")
        if zero != 0:
            raise WireError("header: zero, byte 7, is not zero")
        if count > DESCRIPTORS_LIMIT:
            raise WireError(f"header: {count} descriptors are over {DESCRIPTORS_LIMIT}")
        if len(self._buffer) < start + size:
            return None
        if len(self._descriptors) < count:
            raise WireError("header: descriptors says more than arrived")
        self._at = start + size
        taken = tuple(self._descriptors.popleft() for _ in range(count))
        return Frame(kind, number, flags, self._buffer[start : self._at], taken)

    def __iter__(self) -> Iterator[Frame]:
        while True:
            frame = self.next()
            if frame is None:
                return
            yield frame

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

    def __bool__(self) -> bool:
        return bool(self._pieces)

    def put(self, frame: Frame, payload: Buffer = b"", owner: object = None) -> None:
        """Adds a frame whose body is ``frame.body`` followed by ``payload``."""
        head = frame.header(extra=len(payload)) + frame.body
        if len(payload) < self._JOIN_BELOW:
            self._add(head + payload, frame.descriptors, owner)
            return
        self._add(head, frame.descriptors, owner)
        self._add(payload, (), owner)

    def _add(self, data: Buffer, descriptors: Tuple[int, ...], owner: object) -> None:
        self._pieces.append((memoryview(data), descriptors, owner))

    def head(self, most: int = 64) -> Tuple[List[memoryview], Tuple[int, ...]]:
        """What one sendmsg(2) may carry: buffers, and the descriptors that go with the first."""
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
        data = b"".join(data for data, _, _ in self._pieces)
        self._pieces.clear()
        return data
