"""Attributes: the fields of a frame that need not be there, each behind a tag.

Sans-IO. sluice-protocol(7) is the normative text. What most frames carry is the same few bytes
again and again, a content type, so short attributes are remembered in both directions.
"""

from __future__ import annotations

import re
import struct
from functools import lru_cache
from typing import Callable, Dict, Optional, Tuple

from ._wire import (
    ASSIGNMENTS_LIMIT,
    ATTRIBUTES_LIMIT,
    COUNT_LIMIT,
    DEVICES_LIMIT,
    DURATION_LIMIT,
    LEASE_LIMIT,
    MEMORY_LIMIT,
    NONE32,
    NONE64,
    TICKET_LIMIT,
    Attributes,
    AttributeValue,
    WireError,
    content_type_fault,
    name_fault,
)

# tag: (name, type, frames it has a use in). Frames: P those with a payload, S SUBMIT, F FETCH,
# O OUTCOME, D DECLARE, H HELLO and WELCOME, A ADMITTED and DECLARED, B BIND, E BOUND, G GRANT and
# HOLDING.
ATTRIBUTES: Dict[int, Tuple[str, str, str]] = {
    0x0001: ("content_type", "content_type", "P"),
    0x0002: ("queue_timeout", "duration", "SD"),
    0x0003: ("exec_timeout", "duration", "SD"),
    0x0004: ("deadline", "duration", "S"),
    0x0005: ("max_wait", "duration", "S"),
    0x0006: ("ticket", "ticket", "SF"),
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
    0x001A: ("memory", "memory", "DB"),
    0x001B: ("memory_per_item", "memory", "D"),
    0x001C: ("device_count", "device_count", "D"),
    0x001D: ("exclusive", "flag", "DB"),
    0x001E: ("held", "flag", "B"),
    0x8001: ("name", "text", "H"),
    0x8002: ("process", "u32", "H"),
    0x8003: ("warning", "text", "A"),
    0x8004: ("signature", "bytes", "D"),
    0x8005: ("description", "text", "D"),
    0x8006: ("attempt", "u32", "SF"),
    0x8007: ("chunks", "u64", "SF"),
    0x8008: ("devices", "names", "BG"),
    0x8009: ("environment", "assignments", "E"),
}
_TAGS = {name: (tag, kind) for tag, (name, kind, _) in ATTRIBUTES.items()}
_SIZE = struct.Struct("<H")
_TAG = struct.Struct("<HH")
_INTEGERS = {
    width: struct.Struct(code) for width, code in (("u8", "<B"), ("u32", "<I"), ("u64", "<Q"))
}
# type of an attribute that is an integer: (its width, what it may be)
_RANGES = {
    "flag": ("u8", range(2)),
    "u32": ("u32", range(NONE32 + 1)),
    "u64": ("u64", range(NONE64 + 1)),
    "positive": ("u32", range(1, NONE32 + 1)),
    "batch_size": ("u32", range(1, COUNT_LIMIT + 1)),
    "duration": ("u64", range(DURATION_LIMIT + 1)),
    "memory": ("u64", range(MEMORY_LIMIT + 1)),
    "device_count": ("u32", range(1, LEASE_LIMIT + 1)),
}
# How many strings there may be in one attribute, by the frames.
_MOST = {"B": DEVICES_LIMIT, "G": LEASE_LIMIT, "E": ASSIGNMENTS_LIMIT}
_LISTS = ("names", "assignments")
# Attributes of up to so many bytes are remembered, so many of them.
_SHORT, _REMEMBERED = 64, 256


def unpack(data: bytes, uses: str, where: str) -> Attributes:
    """The attributes of a frame; ``uses`` are the letters of the table that it goes by."""
    if not data:
        return {}
    if len(data) > _SHORT:
        return _unpacked(data, uses, where)
    return dict(_remembered(data, uses, where))


def pack(values: Attributes) -> bytes:
    """Attributes behind their length. Values out of range are this program's own mistake."""
    return _packed(tuple(values.items()))


def _unpacked(data: bytes, uses: str, where: str) -> Attributes:
    if len(data) > ATTRIBUTES_LIMIT:
        raise _fault(where, f"are longer than {ATTRIBUTES_LIMIT} bytes")
    found: Attributes = {}
    last = -1
    at = 0
    while at < len(data):
        start = at + _TAG.size
        tag, size = _TAG.unpack_from(data, at) if start <= len(data) else (0, 0)
        at = start + size
        if at > len(data):
            raise _fault(where, "end early")
        if tag <= last:
            raise _fault(where, f"have tag 0x{tag:04x} twice or not sorted")
        last = tag
        name, kind, used = ATTRIBUTES.get(tag, ("", "", ""))
        if not set(used).isdisjoint(uses):
            value = data[start:at]
            if kind in _LISTS:
                found[name] = _list(name, kind, value, _MOST[uses], where)
            else:
                found[name] = _value(name, kind, value, where)
        elif tag < 0x8000:
            what = name or "which is unknown"
            raise _fault(where, f"have 0x{tag:04x}, {what}, of no use in this frame")
    return found


_remembered = lru_cache(_REMEMBERED)(_unpacked)


def _fault(where: str, what: str) -> WireError:
    return WireError(f"{where}: attributes {what}")


def _value(name: str, kind: str, data: bytes, where: str) -> AttributeValue:
    if kind in _RANGES:
        return _number(name, kind, data, where)
    if kind == "ticket" and len(data) > TICKET_LIMIT:
        raise WireError(f"{where}: {name} is longer than {TICKET_LIMIT} bytes")
    if kind in ("bytes", "ticket"):
        return data
    return _text(name, kind, data, where)


def _text(name: str, kind: str, data: bytes, where: str) -> str:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise WireError(f"{where}: {name} is not UTF-8") from None
    check = _FAULTS.get(kind)
    fault = check(text) if check is not None else None
    if fault is not None:
        raise WireError(f"{where}: {name} is not allowed: {fault}")
    return text


def _list(name: str, kind: str, data: bytes, most: int, where: str) -> Tuple[str, ...]:
    """Several strings in one attribute, each behind its own length, none twice."""
    found: Dict[str, None] = {}
    at = 0
    while at < len(data) or not found:
        start = at + _SIZE.size
        size = _SIZE.unpack_from(data, at)[0] if start <= len(data) else 0
        at = start + size
        if at > len(data):
            raise WireError(f"{where}: {name} ends early")
        text = _text(name, kind, data[start:at], where)
        if text in found:
            raise WireError(f"{where}: {name} says {text!r} twice")
        if len(found) == most:
            raise WireError(f"{where}: {name} has more than {most}")
        found[text] = None
    return tuple(found)


_ASSIGNMENT = re.compile("[A-Za-z_][A-Za-z0-9_]*=[^\0]*", re.ASCII)


def _assignment_fault(text: str) -> Optional[str]:
    return None if _ASSIGNMENT.fullmatch(text) else f"{text!r} is no NAME=VALUE"


_FAULTS: Dict[str, Callable[[str], Optional[str]]] = {
    "name": name_fault,
    "names": name_fault,
    "content_type": content_type_fault,
    "assignments": _assignment_fault,
}


def _number(name: str, kind: str, data: bytes, where: str) -> int:
    width, allowed = _RANGES[kind]
    packer = _INTEGERS[width]
    if len(data) != packer.size:
        raise WireError(f"{where}: {name} has {len(data)} bytes instead of {packer.size}")
    number: int = packer.unpack(data)[0]
    if number not in allowed:
        raise WireError(f"{where}: {name} is {number}, not {allowed[0]} to {allowed[-1]}")
    return number


@lru_cache(_REMEMBERED)
def _packed(items: Tuple[Tuple[str, AttributeValue], ...]) -> bytes:
    packed = bytearray()
    for name, value in sorted(items, key=lambda item: _TAGS[item[0]]):
        tag, kind = _TAGS[name]
        data = _bytes(kind, value)
        packed += _TAG.pack(tag, len(data))
        packed += data
    if len(packed) > ATTRIBUTES_LIMIT:
        raise WireError(f"attributes are {len(packed)} bytes, over {ATTRIBUTES_LIMIT}")
    return _SIZE.pack(len(packed)) + packed


def _bytes(kind: str, value: AttributeValue) -> bytes:
    if isinstance(value, int):
        return _INTEGERS[_RANGES[kind][0]].pack(value)
    if isinstance(value, tuple):
        texts = [text.encode("utf-8") for text in value]
        return b"".join([_SIZE.pack(len(text)) + text for text in texts])
    return value.encode("utf-8") if isinstance(value, str) else bytes(value)
