"""The fields of a body: how each word of a message's ``LAYOUT`` is read and written. Sans-IO.

Fields of fixed width that follow each other are one ``struct.Struct``, each of the others a step of
its own. Names come again and again, so they are remembered.
"""

from __future__ import annotations

import struct
from functools import lru_cache
from operator import attrgetter
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple, Type, Union

from . import _attributes
from ._messages import MAGIC, Message
from ._wire import (
    ATTRIBUTES_LIMIT,
    COUNT_LIMIT,
    LEASE_LIMIT,
    NONE32,
    TEXT_LIMIT,
    TICKET_LIMIT,
    WireError,
    cut,
    name_fault,
)

_U16 = struct.Struct("<H")
_U32 = struct.Struct("<I")
_HOLDING = struct.Struct("<QI")


Body = Union[bytes, bytearray]
Allowed = Union[range, Tuple[bytes]]

# word of a layout whose width is fixed: (its code in struct, what it may be); see also _ALL
FIXED: Dict[str, Tuple[str, Optional[Allowed]]] = {
    "u8": ("B", None),
    "u16": ("H", None),
    "u32": ("I", None),
    "u64": ("Q", None),
    "zero8": ("B", range(1)),
    "zero16": ("H", range(1)),
    "flag": ("B", range(2)),
    "outcome": ("B", range(1, 6)),
    "failure": ("B", range(1, 3)),
    "level": ("B", range(3, 8)),
    "count": ("I", range(COUNT_LIMIT + 1)),
    "positive": ("I", range(1, COUNT_LIMIT + 1)),
    "lease": ("I", range(1, LEASE_LIMIT + 1)),
    "item": ("I", range(COUNT_LIMIT)),
    "item_or_all": ("I", range(COUNT_LIMIT)),
    "uuid": ("16s", None),
    "magic": ("4s", (MAGIC,)),
}

# What else than an index may stand for an item.
_ALL = {"item_or_all": NONE32}

# Takes fields from a body, from a place on, to the end of a list; gives the place behind them.
Read = Callable[[Body, int, List[Any]], int]
Write = Callable[[Message], bytes]


def run(where: str, fields: Sequence[Tuple[str, str]]) -> Tuple[Read, Write]:
    """Fields of fixed width, as one."""
    packer = struct.Struct("<" + "".join(FIXED[word][0] for _, word in fields))
    unpack, size = packer.unpack_from, packer.size
    checks: List[Tuple[int, Allowed, Optional[int], str]] = []
    for i, (name, word) in enumerate(fields):
        allowed = FIXED[word][1]
        if allowed is not None:
            checks.append((i, allowed, _ALL.get(word), name))
    names = [name for name, _ in fields]

    def read(body: Body, at: int, values: List[Any]) -> int:
        end = at + size
        if end > len(body):
            raise WireError(f"{where}: {_first_missing(fields, len(body) - at)} ends early")
        found = unpack(body, at)
        for i, allowed, all_, name in checks:
            if found[i] not in allowed and found[i] != all_:
                raise WireError(f"{where}: {name} is {found[i]!r}, not {_shown(allowed)}")
        values += found
        return end

    def write_one(message: Message) -> bytes:
        return packer.pack(getattr(message, names[0]))

    get = attrgetter(*names)

    def write(message: Message) -> bytes:
        return packer.pack(*get(message))

    return read, write if len(names) > 1 else write_one


def _first_missing(fields: Sequence[Tuple[str, str]], room: int) -> str:
    for name, word in fields:
        room -= struct.calcsize("<" + FIXED[word][0])
        if room < 0:
            return name
    return fields[-1][0]


def _shown(allowed: Allowed) -> str:
    return f"{allowed[0]} to {allowed[-1]}" if isinstance(allowed, range) else str(allowed[0])


def _sized(
    where: str,
    name: str,
    limit: int,
    value_of: Callable[[bytes], Any],
    bytes_of: Callable[[Any], bytes],
) -> Tuple[Read, Write]:
    """A field behind its length, which ``bytes_of`` adds."""
    unpack, get = _U16.unpack_from, attrgetter(name)

    def read(body: Body, at: int, values: List[Any]) -> int:
        start = at + 2
        if start > len(body):
            raise WireError(f"{where}: {name} ends early")
        size: int = unpack(body, at)[0]
        end = start + size
        if size > limit:
            raise WireError(f"{where}: {name} is longer than {limit} bytes")
        if end > len(body):
            raise WireError(f"{where}: {name} ends early")
        values.append(value_of(bytes(body[start:end]) if size else b""))
        return end

    def write(message: Message) -> bytes:
        return bytes_of(get(message))

    return read, write


def _with_size(data: bytes) -> bytes:
    return _U16.pack(len(data)) + data


def _holdings(where: str, name: str) -> Tuple[Read, Write]:
    """Pairs of request and attempt, behind their count."""

    def read(body: Body, at: int, values: List[Any]) -> int:
        counts: List[int] = []
        at = read_count(body, at, counts)
        end = at + counts[0] * _HOLDING.size
        if end > len(body):
            raise WireError(f"{where}: {name} says count {counts[0]} and ends early")
        values.append(list(_HOLDING.iter_unpack(bytes(body[at:end]))))
        return end

    def write(message: Message) -> bytes:
        pairs = getattr(message, name)
        return _U32.pack(len(pairs)) + b"".join(_HOLDING.pack(*pair) for pair in pairs)

    read_count, _ = run(where, [("count", "positive")])
    return read, write


def _names(where: str, name: str) -> Tuple[Read, Write]:
    """The devices of a lease, behind their count."""
    read_count, _ = run(where, [("count", "lease")])
    read_name, _ = _sized(where, "device", 0xFFFF, _name_of(where, "device"), _name_bytes)

    def read(body: Body, at: int, values: List[Any]) -> int:
        found: List[Any] = []
        at = read_count(body, at, found)
        for _ in range(found.pop()):
            at = read_name(body, at, found)
        if len(set(found)) < len(found):
            raise WireError(f"{where}: device comes twice")
        values.append(tuple(found))
        return at

    def write(message: Message) -> bytes:
        names = getattr(message, name)
        return _U32.pack(len(names)) + b"".join([_name_bytes(text) for text in names])

    return read, write


def _where_there(step: Tuple[Read, Write], name: str) -> Tuple[Read, Write]:
    """Attributes that are left out, with their size, where there are none."""
    read_all, write_all = step

    def read(body: Body, at: int, values: List[Any]) -> int:
        if at < len(body):
            return read_all(body, at, values)
        values.append({})
        return at

    def write(message: Message) -> bytes:
        return write_all(message) if getattr(message, name) else b""

    return read, write


def _text_of(where: str, name: str) -> Callable[[bytes], str]:
    def text_of(data: bytes) -> str:
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            raise WireError(f"{where}: {name} is not UTF-8") from None

    return text_of


def _name_of(where: str, name: str) -> Callable[[bytes], str]:
    text_of = _text_of(where, name)

    def name_of(data: bytes) -> str:
        found = text_of(data)
        fault = name_fault(found)
        if fault is not None:
            raise WireError(f"{where}: {name} is not a name: {fault}")
        return found

    return lru_cache(256)(name_of)


_name_bytes = lru_cache(256)(lambda text: _with_size(cut(text, 0xFFFF)))


def _text_bytes(text: str) -> bytes:
    return _with_size(cut(text, TEXT_LIMIT) if text else b"")


def step(cls: Type[Message], uses: str, name: str, word: str) -> Tuple[Read, Write]:
    """How a field whose width is not fixed is read and written."""
    where = cls.__name__
    if word == "name":
        return _sized(where, name, 0xFFFF, _name_of(where, name), _name_bytes)
    if word == "text":
        return _sized(where, name, TEXT_LIMIT, _text_of(where, name), _text_bytes)
    if word == "ticket":
        return _sized(where, name, TICKET_LIMIT, bytes, _with_size)
    if word == "attributes":

        def attributes_of(data: bytes) -> Any:
            return _attributes.unpack(data, uses, where)

        return _sized(where, name, ATTRIBUTES_LIMIT, attributes_of, _attributes.pack)
    if word == "more":
        return _where_there(step(cls, uses, name, "attributes"), name)
    if word == "names":
        return _names(where, name)
    assert word == "holdings", f"{word} is no word of a layout"
    return _holdings(where, name)
