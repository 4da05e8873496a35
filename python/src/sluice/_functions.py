"""A worker's functions: what was declared, and how one is called for one request or many."""

from __future__ import annotations

import inspect
import json
import typing
from dataclasses import dataclass
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

from . import _limits, _tensors
from ._envelope import Arguments
from ._messages import Declare
from ._wire import LEASE_LIMIT, NONE32, Attributes
from .errors import FunctionError, OutOfMemory

DEFAULT = "default"
_RETRY = {"crash": 0, "never": 1}

# What a function is called with: positional and keyword arguments.
Bound = Tuple[Tuple[Any, ...], Dict[str, Any]]


@dataclass
class Function:
    """One declared function."""

    name: str
    call: Callable[..., Any]
    batch: bool
    is_async: bool
    is_generator: bool
    signature: Optional[inspect.Signature]
    # How many positional arguments make a whole call by themselves.
    positional: range
    attributes: Attributes

    def declaration(self) -> Declare:
        return Declare(function=self.name, attributes=self.attributes)

    def bind(self, arguments: Arguments) -> Bound:
        """Checks the arguments of one request. Raises FunctionError for those that do not fit."""
        if not arguments.kwargs and len(arguments.args) in self.positional:
            return tuple(arguments.args), {}
        try:
            bound = self._bound(arguments.args, arguments.kwargs)
        except TypeError as error:
            raise FunctionError(f"{self.name}{self.signature}: {error}") from None
        return bound.args, bound.kwargs

    def completed(self, call: Bound) -> Bound:
        """A call that fits, with the defaults of what it leaves out."""
        bound = self._bound(*call)
        bound.apply_defaults()
        return bound.args, bound.kwargs

    def _bound(self, args: Sequence[Any], kwargs: Dict[str, Any]) -> inspect.BoundArguments:
        signature = self.signature or inspect.signature(lambda *args, **kwargs: None)
        return signature.bind(*args, **kwargs)


def function(
    where: str,
    name: str,
    call: Callable[..., Any],
    batch: bool,
    max_batch_size: Optional[int],
    given: Dict[str, Any],
) -> Function:
    """Checks a declaration. ``given`` holds the options as people write them, without defaults."""
    if not callable(call):
        raise TypeError(f"{where}: {call!r} is not a function")
    is_async = inspect.iscoroutinefunction(call) or inspect.isasyncgenfunction(call)
    is_generator = inspect.isgeneratorfunction(call) or inspect.isasyncgenfunction(call)
    if batch and is_generator:
        raise ValueError(
            f"{where}: a generator function cannot have batch=True: leave it out, or return lists"
        )
    if max_batch_size is not None and not batch:
        raise ValueError(f"{where}: max_batch_size needs batch=True: the function must take lists")
    try:
        signature: Optional[inspect.Signature] = inspect.signature(call)
    except (TypeError, ValueError):
        signature = None  # some builtins have none
    attributes = _attributes(where, given)
    attributes["batch"] = _limits.flag(where, "batch", batch)
    if max_batch_size is not None:
        attributes["max_batch_size"] = _limits.count(where, "max_batch_size", max_batch_size)
    attributes.update(_described(call, signature, batch, is_generator))
    positional = range(1 << 16) if signature is None else _positional(signature)
    return Function(name, call, batch, is_async, is_generator, signature, positional, attributes)


def _positional(signature: inspect.Signature) -> range:
    least = most = 0
    for parameter in signature.parameters.values():
        is_needed = parameter.default is parameter.empty
        if parameter.kind is parameter.KEYWORD_ONLY and is_needed:
            return range(0)
        if parameter.kind is parameter.VAR_POSITIONAL:
            most = 1 << 16
        elif parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD):
            least, most = least + is_needed, most + 1
    return range(least, most + 1)


def _attributes(where: str, given: Dict[str, Any]) -> Attributes:
    out: Attributes = {}
    for key, value in given.items():
        if value is None or (key == "concurrency_limit" and value == DEFAULT):
            continue
        if key == "concurrency_id":
            out[key] = _limits.name(where, key, value)
        elif key == "concurrency_limit":
            out[key] = _limits.limit(where, None if value == "none" else value)
        elif key == "max_attempts":
            out[key] = _limits.count(where, key, value, 1, NONE32)
        elif key in ("memory", "memory_per_item"):
            out[key] = _limits.size(where, key, value)
        elif key == "device_count":
            out[key] = _limits.count(where, key, value, 1, LEASE_LIMIT)
        elif key in ("restartable", "exclusive"):
            out[key] = _limits.flag(where, key, value)
        elif key == "retry":
            if value not in _RETRY:
                raise ValueError(f"{where}: retry is {value!r}: give 'crash' or 'never'")
            out[key] = _RETRY[value]
        else:
            out[key] = _limits.duration(where, key, value)
    return out


def _described(
    call: Any, signature: Optional[inspect.Signature], batch: bool, streams: bool
) -> Attributes:
    """What people and gateways are told: the parameters, and the docstring's first paragraph."""
    out: Attributes = {}
    if signature is not None:
        told: Dict[str, Any] = {
            "parameters": [_parameter(call, p) for p in signature.parameters.values()],
            "batch": batch,
            "streams": streams,
        }
        returns = _returned(call, signature, streams)
        tensors = _tensors.results(call, signature.return_annotation)
        if tensors:
            told["returns"] = {"type": _type_name(signature.return_annotation), "tensors": tensors}
        elif returns is not None:
            told["returns"] = returns
        packed = json.dumps(told, separators=(",", ":")).encode("utf-8")
        if len(packed) <= 8 << 10:
            out["signature"] = packed
    text = (inspect.getdoc(call) or "").split("\n\n")[0].replace("\n", " ")
    if text:
        out["description"] = text[:500]
    return out


def _parameter(call: Any, parameter: inspect.Parameter) -> Dict[str, Any]:
    told: Dict[str, Any] = {"name": parameter.name, "kind": parameter.kind.name.lower()}
    if parameter.annotation is not parameter.empty:
        told["type"] = _type_name(parameter.annotation)
    tensor = _tensors.parameter(call, parameter)
    if tensor is not None:
        told["tensor"] = tensor
    if parameter.default is not parameter.empty:
        told["default"] = parameter.default
        if not _is_json(parameter.default):
            # For people: only the function itself has it.
            told["default"], told["default_is_text"] = repr(parameter.default), True
    return told


def _type_name(note: Any) -> str:
    if isinstance(note, str):
        return note
    has_arguments = typing.get_origin(note) is not None
    return str(note) if has_arguments else getattr(note, "__name__", str(note))


def _is_json(value: Any) -> bool:
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return False
    return True


def _returned(call: Any, signature: inspect.Signature, streams: bool) -> Any:
    """The type of the result, or of each part of a stream; a list of types for a tuple."""
    if signature.return_annotation is signature.empty:
        return None
    try:
        note = typing.get_type_hints(call).get("return")
    except Exception:  # noqa: B902 - annotations may say anything
        return {"type": _type_name(signature.return_annotation)}
    if streams and typing.get_args(note):
        note = typing.get_args(note)[0]
    items = typing.get_args(note)
    if typing.get_origin(note) is tuple and items and Ellipsis not in items:
        return [{"type": _type_name(item)} for item in items]
    return {"type": _type_name(note)}


# Batches


def columns(function: Function, calls: Sequence[Bound]) -> Bound:
    """The arguments of a batch function: one list per input, a place in each for every request."""
    if len({_shape(call) for call in calls}) > 1:
        calls = [function.completed(call) for call in calls]
        if len({_shape(call) for call in calls}) > 1:
            raise FunctionError(f"{function.name}: requests of one batch differ in their inputs")
    args = tuple(list(column) for column in zip(*(args for args, _ in calls)))
    return args, {key: [kwargs[key] for _, kwargs in calls] for key in calls[0][1]}


def _shape(call: Bound) -> Tuple[int, Tuple[str, ...]]:
    args, kwargs = call
    return len(args), tuple(sorted(kwargs)) if kwargs else ()


def rows(function: Function, returned: Any, count: int) -> List[Any]:
    """The results of a batch, one per request. Raises FunctionError for anything else."""
    is_sequence = hasattr(returned, "__len__") and hasattr(returned, "__iter__")
    if not is_sequence or isinstance(returned, (str, bytes, bytearray, dict, set, frozenset)):
        kind = type(returned).__name__
        raise FunctionError(
            f"{function.name} returned a {kind}: a batch function returns a list,"
            " one result per request"
        )
    if len(returned) != count:
        raise FunctionError(
            f"{function.name} returned {len(returned)} results for {count} requests:"
            " a batch function returns one per request"
        )
    return list(returned)


# Failures


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an exception says that the device is full: ours, or torch's, told by its name."""
    if isinstance(error, OutOfMemory):
        return True
    if any(cls.__name__ == "OutOfMemoryError" for cls in type(error).__mro__):
        return True
    text = str(error)
    return isinstance(error, RuntimeError) and (
        "CUDA out of memory" in text or "HIP out of memory" in text or "RESOURCE_EXHAUSTED" in text
    )


def failure_text(error: BaseException) -> str:
    """What the caller is told: a FunctionError's message as it is, any other with its class."""
    if isinstance(error, FunctionError):
        return str(error) or "FunctionError"
    kind, text = type(error).__name__, str(error)
    return f"{kind}: {text}" if text else kind
