"""What tensors a function takes and returns, as its annotations declare it."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import Any, Callable, Dict, List, Optional, Sequence

DATATYPES = (
    *("BOOL", "UINT8", "UINT16", "UINT32", "UINT64", "INT8", "INT16", "INT32", "INT64"),
    *("FP16", "FP32", "FP64", "BYTES"),
)
_MOST_DIRECTIONS = 32


@dataclass(frozen=True)
class Tensor:
    """Declares a parameter or a result of a function as a tensor::

        @worker.function("embed")
        def embed(x: sluice.Tensor("FP32", [-1, 3])) -> sluice.Tensor("FP32", [-1]):
            return numpy.linalg.norm(x, axis=1).astype("float32")

    A function whose parameters without defaults are all declared so, and its result too, can be
    asked over HTTP by the Open Inference Protocol, with the clients of KServe and Triton. What
    comes and goes there is compared with the declaration; other clients are not held to it.

    ``datatype`` is BOOL, UINT8 to UINT64, INT8 to INT64, FP16, FP32, FP64 or BYTES, ``shape`` the
    elements in each direction, -1 for any number. An input is a numpy array, or a ``sluice.Array``
    where numpy was not imported; one of BYTES is a list, or lists in lists, of bytes. A result is
    an array of just that type, or numbers in lists; of BYTES, str and bytes in lists.

    A result is called "output", or ``name``. Several are a dict of names, in the annotation and in
    what is returned: ``-> {"label": sluice.Tensor("BYTES", [1]), ...}``.

    With ``batch=True`` the declaration is of one request; the function gets a list of its tensors.

    Type checkers want types in annotations: ``Annotated[np.ndarray, sluice.Tensor("FP32", [3])]``.
    """

    datatype: str
    shape: Sequence[int]
    name: Optional[str] = None

    def __post_init__(self) -> None:
        if self.datatype not in DATATYPES:
            known = ", ".join(DATATYPES)
            raise ValueError(f"Tensor: datatype is {self.datatype!r}: give one of {known}")
        sizes = tuple(self.shape) if isinstance(self.shape, (list, tuple)) else None
        if sizes is None or any(type(size) is not int or size < -1 for size in sizes):
            raise ValueError(
                f"Tensor: shape is {self.shape!r}: give a list of sizes, -1 for any number"
            )
        if len(sizes) > _MOST_DIRECTIONS:
            raise ValueError(f"Tensor: shape has {len(sizes)} sizes: {_MOST_DIRECTIONS} at most")
        if self.name is not None and (not isinstance(self.name, str) or not self.name):
            raise ValueError(f"Tensor: name is {self.name!r}: give a str")
        object.__setattr__(self, "shape", sizes)

    def __str__(self) -> str:
        return f"Tensor({self.datatype!r}, {list(self.shape)!r})"

    def _told(self) -> Dict[str, Any]:
        return {"datatype": self.datatype, "shape": list(self.shape)}


def parameter(call: Callable[..., Any], told: inspect.Parameter) -> Optional[Dict[str, Any]]:
    """What a parameter's annotation declares as a tensor; None where it does not."""
    tensor = _tensor(_evaluated(call, told.annotation))
    if tensor is None:
        return None
    if tensor.name is not None:
        raise ValueError(
            f"{told.name}: its Tensor has the name {tensor.name!r}: an input is called as its"
            " parameter is"
        )
    return tensor._told()


def results(call: Callable[..., Any], annotation: Any) -> List[Dict[str, Any]]:
    """The tensors that a function returns, by its annotation."""
    note = _evaluated(call, annotation)
    single = _tensor(note)
    if single is not None:
        return [{"name": single.name or "output", **single._told()}]
    if not isinstance(note, dict):
        return []
    found = {name: _tensor(inner) for name, inner in note.items()}
    out: List[Dict[str, Any]] = []
    for name, tensor in found.items():
        if tensor is None or not isinstance(name, str) or tensor.name not in (None, name):
            raise ValueError(f"the result {name!r}: give a Tensor under its name, a str")
        out.append({"name": name, **tensor._told()})
    return out


def _tensor(note: Any) -> Optional[Tensor]:
    """A Tensor that is the annotation, or one that ``Annotated`` puts beside a type."""
    for candidate in (note, *getattr(note, "__metadata__", ())):
        if isinstance(candidate, Tensor):
            return candidate
    return None


def _evaluated(call: Callable[..., Any], note: Any) -> Any:
    """An annotation, where ``from __future__ import annotations`` left its text."""
    if not isinstance(note, str) or "Tensor(" not in note:
        return note
    names = getattr(inspect.unwrap(call), "__globals__", {})
    try:
        return eval(note, names)  # the program's own words
    except NameError as error:
        raise TypeError(
            f"the annotation {note} cannot be read: {error}; it needs names of the module"
        ) from None
