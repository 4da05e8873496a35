"""The envelope: how arguments and results travel, content type ``application/x-sluice-json``.

::

    offset size
         0    4  n, the length of the JSON, little-endian
         4    n  JSON in UTF-8, one object
       4+n       zeros up to a multiple of 8
                 the parts, in order, each followed by zeros up to a multiple of 8
                 (the zeros after the last part may be missing)

The JSON object has ``parts``, a list with an object for each part: ``size`` in bytes and, for an
array, ``dtype`` (numpy's form: ``<f4`` ``|u1`` ``|b1`` ...) and ``shape``, elements in C order. A
part with a ``name`` or a ``content_type``, both text, is a file (``sluice.File``). Whoever does not
know a key of such an object passes over it, so that to older readers a file is bytes.
Arguments are ``args`` (a list) and ``kwargs`` (an object); a result is ``value``. Inside these
``{"$part": i}`` stands for part i and ``{"$float": "nan" | "inf" | "-inf"}`` for what JSON cannot
say. Any other key that begins with ``$`` has one more ``$`` put before it.

Requests of other content types are understood too, and answered alike (``decode_arguments``).
sluice-worker(7) says the same for people who write it in another language.
"""

from __future__ import annotations

import base64
import json
import math
import struct
from typing import Any, Dict, List, NamedTuple, Sequence

from ._file import File, flat
from ._parts import Array, is_scalar, nested, opened, part_of
from ._wire import Buffer
from .errors import EnvelopeError

ENVELOPE = "application/x-sluice-json"
JSON = "application/json"
TEXT = "text/plain"
BYTES = "application/octet-stream"

_LENGTH = struct.Struct("<I")
_SHOWN = (
    "str, int, float, bool, None, list, tuple, dict, sluice.File, bytes and numpy arrays travel"
)


class Parcel(NamedTuple):
    """What goes into one payload: its content type, and its bytes in pieces."""

    content_type: str
    pieces: List[Buffer]

    @property
    def size(self) -> int:
        return sum(map(len, self.pieces))

    def joined(self) -> bytes:
        return b"".join(self.pieces)


class Arguments(NamedTuple):
    """What a function is called with, and the content type its answer should have."""

    args: List[Any]
    kwargs: Dict[str, Any]
    answer_type: str


# Encoding


def encode_arguments(args: Sequence[Any], kwargs: Dict[str, Any], where: str) -> Parcel:
    """The envelope of a call. Raises EnvelopeError naming ``where`` and the value at fault."""
    return _encode({"args": list(args), "kwargs": kwargs}, where)


def encode_value(value: Any, answer_type: str, where: str) -> Parcel:
    """A result or chunk, in the manner in which its request came."""
    if answer_type == ENVELOPE:
        return _encode({"value": value}, where)
    if answer_type == BYTES and isinstance(value, (bytes, bytearray, memoryview)):
        return Parcel(BYTES, [bytes(value)])
    if answer_type == BYTES and isinstance(value, File):
        return Parcel(BYTES, [flat(value.data)])
    if answer_type in (BYTES, TEXT) and isinstance(value, str):
        return Parcel(TEXT, [value.encode("utf-8", "replace")])
    try:
        return Parcel(JSON, [_dumps(_plain(value, where)).encode("utf-8", "replace")])
    except RecursionError:
        raise _too_deep(where) from None


def _encoder(default: Any = None) -> json.JSONEncoder:
    return json.JSONEncoder(
        ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=default
    )


_dumps = _encoder().encode
_decoder = json.JSONDecoder()


def _encode(content: Dict[str, Any], where: str) -> Parcel:
    # Most content is JSON as it is; the encoder says so sooner than a walk would.
    try:
        text = _dumps({**content, "parts": []})
    except (TypeError, ValueError, RecursionError):
        return _encode_parts(content, where)
    if '"$' in text:
        return _encode_parts(content, where)
    return _parcel(text, [], where)


def _encode_parts(content: Dict[str, Any], where: str) -> Parcel:
    parts: List[Dict[str, Any]] = []
    pieces: List[Buffer] = []

    def part(value: Any) -> Any:
        if is_scalar(value):
            return value.item()
        found = part_of(value)
        if found is None:
            raise TypeError
        entry, data = found
        parts.append(entry)
        pieces.append(data)
        return {"$part": len(parts) - 1}

    try:
        # The parts are complete when their turn comes: they are last.
        text = _encoder(part).encode({**content, "parts": parts})
        plain = text.count('"$') == len(parts)
    except (TypeError, ValueError, RecursionError):
        plain = False
    if not plain:
        # Something needs an escape or cannot travel: walk, which is slower but knows where it is.
        parts.clear()
        pieces.clear()
        try:
            walked = {key: _walk(value, f"{where}: {key}", part) for key, value in content.items()}
            text = _dumps({**walked, "parts": parts})
        except RecursionError:
            raise _too_deep(where) from None
    return _parcel(text, pieces, where)


def _parcel(text: str, pieces: List[Buffer], where: str) -> Parcel:
    try:
        data = text.encode("utf-8")
    except UnicodeEncodeError:
        raise EnvelopeError(f"{where}: a str has a lone surrogate, which is not UTF-8") from None
    out: List[Buffer] = [_LENGTH.pack(len(data)) + data + bytes(-(4 + len(data)) % 8)]
    for piece in pieces:
        out += [piece, bytes(-len(piece) % 8)]
    return Parcel(ENVELOPE, [piece for piece in out if len(piece)])


def _walk(value: Any, path: str, part: Any) -> Any:
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else {"$float": str(float(value))}
    if isinstance(value, (list, tuple)):
        return [_walk(v, f"{path}[{i}]", part) for i, v in enumerate(value)]
    if isinstance(value, dict):
        return {_key(k, path): _walk(v, f"{path}[{k!r}]", part) for k, v in value.items()}
    if is_scalar(value):
        return _walk(value.item(), path, part)
    try:
        return part(value)
    except TypeError:
        kind = f"{type(value).__module__}.{type(value).__qualname__}".replace("builtins.", "")
        raise EnvelopeError(
            f"{path} is a {kind}, which cannot travel: {_SHOWN}{_hint(value)}"
        ) from None


def _too_deep(where: str) -> EnvelopeError:
    return EnvelopeError(f"{where} is nested too deeply to travel, or holds itself")


def _hint(value: Any) -> str:
    if type(value).__name__ == "Tensor":
        return "; send tensor.cpu().numpy()"
    if hasattr(value, "dtype"):
        return f"; this dtype, {value.dtype}, does not"
    return ""


def _key(key: Any, path: str) -> str:
    if key is None or isinstance(key, (bool, int, float)):
        return str(json.dumps(key))
    if not isinstance(key, str):
        raise EnvelopeError(f"{path} has the key {key!r}: keys are str")
    return "$" + key if key.startswith("$") else key


def _plain(value: Any, path: str) -> Any:
    """A value for a caller of plain JSON: bytes and files in base64, arrays as lists, no NaN."""

    def part(value: Any) -> Any:
        if isinstance(value, (bytes, bytearray, memoryview)):
            return {"base64": base64.b64encode(value).decode("ascii")}
        if isinstance(value, File):
            text = base64.b64encode(flat(value.data)).decode("ascii")
            return {"name": value.name, "content_type": value.content_type, "base64": text}
        if isinstance(value, Array):
            return part_list(nested(value, path))
        if part_of(value) is None:
            raise TypeError
        return part_list(value.tolist())

    def part_list(value: Any) -> Any:
        return _unescape(_walk(value, path, part), path)

    return part_list(value)


def _unescape(value: Any, path: str) -> Any:
    if isinstance(value, list):
        return [_unescape(v, path) for v in value]
    if isinstance(value, dict):
        if set(value) == {"$float"}:
            return None
        return {k[1:] if k.startswith("$") else k: _unescape(v, path) for k, v in value.items()}
    return value


# Decoding


def decode_arguments(content_type: str, payload: Buffer) -> Arguments:
    """What a request asks, by its content type:

    the envelope; ``application/json``: a list is positional, an object with no other keys than
    ``args`` and ``kwargs`` is both, another object is keywords, anything else one argument;
    ``text/plain``: one str; whatever else: one bytes. Raises EnvelopeError.
    """
    kind = _kind(content_type)
    if kind == ENVELOPE:
        content = _decode(payload)
        args, kwargs = content.get("args", []), content.get("kwargs", {})
        if not isinstance(args, list) or not isinstance(kwargs, dict):
            raise EnvelopeError("envelope: args is a list and kwargs an object")
        return Arguments(args, kwargs, ENVELOPE)
    if kind == JSON:
        return _json_arguments(_loads(payload))
    if kind == TEXT:
        return Arguments([_text(payload)], {}, TEXT)
    return Arguments([bytes(payload)], {}, BYTES)


def _json_arguments(value: Any) -> Arguments:
    if isinstance(value, list):
        return Arguments(value, {}, JSON)
    if not isinstance(value, dict):
        return Arguments([value], {}, JSON)
    if value and set(value) <= {"args", "kwargs"}:
        args, kwargs = value.get("args", []), value.get("kwargs", {})
        if isinstance(args, list) and isinstance(kwargs, dict):
            return Arguments(args, kwargs, JSON)
    return Arguments([], value, JSON)


def decode_value(content_type: str, payload: Buffer) -> Any:
    """A result or chunk, by its content type. Raises EnvelopeError."""
    kind = _kind(content_type)
    if kind == ENVELOPE:
        content = _decode(payload)
        if "value" not in content:
            raise EnvelopeError("envelope: a result has the key value")
        return content["value"]
    if kind == JSON:
        return _loads(payload)
    if kind == TEXT:
        return _text(payload)
    return bytes(payload)


def _kind(content_type: str) -> str:
    """A content type without its parameters."""
    if content_type == ENVELOPE:
        return ENVELOPE
    return content_type.split(";")[0].strip().lower()


def _text(payload: Buffer) -> str:
    try:
        return str(payload, "utf-8")
    except UnicodeDecodeError as error:
        raise EnvelopeError(f"the text is not UTF-8: {error}") from None


def _loads(payload: Buffer) -> Any:
    return _parsed(_text(payload))


def _parsed(text: str) -> Any:
    try:
        if text.startswith("{"):
            # No white space to be skipped, for which ``decode`` searches at both ends.
            value, end = _decoder.raw_decode(text)
            if end == len(text):
                return value
        return _decoder.decode(text)
    except (ValueError, RecursionError) as error:
        raise EnvelopeError(f"the JSON cannot be read: {error}") from None


def _decode(payload: Buffer) -> Dict[str, Any]:
    view = memoryview(payload)
    end = 4 + _LENGTH.unpack_from(view)[0] if len(view) >= 4 else 4
    if not 4 <= len(view) >= end:
        raise EnvelopeError("envelope: it ends before its JSON does")
    text = _text(view[4:end])
    content: Any = _parsed(text)
    entries = content.pop("parts", []) if isinstance(content, dict) else None
    if not isinstance(entries, list):
        raise EnvelopeError("envelope: the JSON is an object, its parts a list")
    if not entries and "$" not in text and "\\u0024" not in text:
        resolved: Dict[str, Any] = content  # nothing in it means anything but itself
        return resolved
    parts: List[Any] = []
    for index, entry in enumerate(entries):
        start = end + -end % 8
        size = entry.get("size") if isinstance(entry, dict) else None
        if type(size) is not int or not 0 <= size <= len(view) - start:
            raise EnvelopeError(f"envelope: part {index} goes beyond the end")
        end = start + size
        parts.append(opened(entry, view[start:end], index))
    try:
        resolved = {k: _resolve(v, parts) for k, v in content.items()}
    except RecursionError:
        raise EnvelopeError("envelope: it is nested too deeply") from None
    return resolved


def _resolve(value: Any, parts: List[Any]) -> Any:
    if isinstance(value, list):
        return [_resolve(v, parts) if isinstance(v, (list, dict)) else v for v in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        ((key, inner),) = value.items()
        if key == "$part":
            if type(inner) is not int or not 0 <= inner < len(parts):
                raise EnvelopeError(f"envelope: there is no part {inner!r}")
            return parts[inner]
        if key == "$float" and inner in ("nan", "inf", "-inf"):
            return float(inner)
    for key in value:
        if key.startswith("$") and not key.startswith("$$"):
            raise EnvelopeError(f"envelope: the key {key!r} has no meaning here")
    return {k[1:] if k.startswith("$") else k: _resolve(v, parts) for k, v in value.items()}
