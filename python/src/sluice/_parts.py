"""The binary parts of an envelope: bytes, files with their names, and numeric arrays.

numpy is used where this process has imported it, and never imported here.
"""

from __future__ import annotations

import math
import re
import struct
import sys
from dataclasses import dataclass
from typing import Any, Dict, List, Optional, Tuple

from ._file import File, flat
from ._wire import Buffer
from .errors import EnvelopeError

_DTYPE = re.compile(r"[<>|]([biufc])([0-9]{1,2})")


@dataclass
class Array:
    """A numeric array in a process that has not imported numpy.

    ``data`` holds the elements in C order, ``dtype`` is in numpy's form (``<f4``).
    It can be passed on as an argument or result; ``numpy()`` makes a numpy array of it.
    """

    dtype: str
    shape: Tuple[int, ...]
    data: memoryview

    def numpy(self) -> Any:
        """The same memory as a numpy array. Imports numpy."""
        import numpy

        return numpy.frombuffer(self.data, dtype=self.dtype).reshape(self.shape)


def is_scalar(value: Any) -> bool:
    """Whether a value is a number of numpy's, which travels as a number of JSON."""
    numpy = sys.modules.get("numpy")
    return numpy is not None and isinstance(value, (numpy.integer, numpy.floating, numpy.bool_))


def part_of(value: Any) -> Optional[Tuple[Dict[str, Any], Buffer]]:
    """The entry and bytes of a value that travels as a part; None for any other."""
    if isinstance(value, (bytes, bytearray)):
        return {"size": len(value)}, bytes(value)
    if isinstance(value, memoryview):
        return {"size": value.nbytes}, value.tobytes()
    if isinstance(value, File):
        data = flat(value.data)
        entry = {"size": len(data), "name": value.name, "content_type": value.content_type}
        return entry, data
    if isinstance(value, Array):
        data = flat(value.data)
        entry = {"size": len(data), "dtype": value.dtype, "shape": list(value.shape)}
        return entry, data
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(value, numpy.ndarray):
        array = numpy.ascontiguousarray(value).reshape(value.shape)
        if _DTYPE.fullmatch(array.dtype.str):
            entry = {"size": array.nbytes, "dtype": array.dtype.str, "shape": list(array.shape)}
            return entry, memoryview(array.reshape(-1).view(numpy.uint8))
    return None


def opened(entry: Dict[str, Any], data: memoryview, index: int) -> Any:
    if "dtype" not in entry:
        return _named(entry, data, index)
    dtype, shape = entry["dtype"], entry.get("shape")
    match = _DTYPE.fullmatch(dtype) if isinstance(dtype, str) else None
    sizes: Tuple[int, ...] = tuple(shape) if isinstance(shape, list) else (-1,)
    if match is None or len(sizes) > 32 or any(type(n) is not int or n < 0 for n in sizes):
        raise EnvelopeError(f"envelope: part {index} has no proper dtype and shape")
    if math.prod(sizes) * int(match.group(2)) != len(data):
        raise EnvelopeError(f"envelope: part {index} is not as large as its dtype and shape say")
    array = Array(dtype, sizes, data)
    numpy = sys.modules.get("numpy")
    if numpy is None:
        return array
    try:
        return array.numpy()
    except (TypeError, ValueError) as error:
        raise EnvelopeError(f"envelope: part {index}: {error}") from None


def _named(entry: Dict[str, Any], data: memoryview, index: int) -> Any:
    if "name" not in entry and "content_type" not in entry:
        return bytes(data)
    name, content_type = entry.get("name", ""), entry.get("content_type", "")
    if not isinstance(name, str) or not isinstance(content_type, str):
        raise EnvelopeError(f"envelope: part {index} has a name or content_type that is no text")
    return File(data, name, content_type)


_CODES = {"f2": "e", "f4": "f", "f8": "d", "b1": "?", "i1": "b", "u1": "B", "i2": "h", "u2": "H"}
_CODES.update({"i4": "i", "u4": "I", "i8": "q", "u8": "Q"})


def nested(array: Array, where: str) -> Any:
    """The elements as lists in lists, without numpy."""
    code = _CODES.get(array.dtype[1:])
    if code is None:
        raise EnvelopeError(f"{where}: an array of {array.dtype} cannot be written as plain JSON")
    order = ">" if array.dtype[0] == ">" else "<"
    flat = list(struct.unpack(f"{order}{math.prod(array.shape)}{code}", array.data))
    return _fold(flat, array.shape)


def _fold(flat: List[Any], shape: Tuple[int, ...]) -> Any:
    if not shape:
        return flat[0]
    step = math.prod(shape[1:])
    return [_fold(flat[i * step : (i + 1) * step], shape[1:]) for i in range(shape[0])]
