"""How one function is called for one request or many."""

import inspect
import json
from typing import Iterator, Tuple

import pytest

from sluice import FunctionError
from sluice._envelope import ENVELOPE, Arguments
from sluice._functions import columns, function

CALLS = [((), {}), ((1,), {}), ((1, 2), {}), ((1, 2, 3), {}), ((1,), {"b": 2}), ((), {"a": 1})]


def one(a): ...
def two(a, b=5): ...
def only(a, /, b): ...
def keyword(a, *, b): ...
def keyword_default(a, *, b=1): ...
def many(a, *rest): ...
def anything(*args, **kwargs): ...


@pytest.mark.parametrize("call", [one, two, only, keyword, keyword_default, many, anything])
@pytest.mark.parametrize("args, kwargs", CALLS)
def test_arguments_fit_or_not_as_python_says(call, args, kwargs):
    declared = function("f", "f", call, False, None, {})
    try:
        bound = inspect.signature(call).bind(*args, **kwargs)
    except TypeError as error:
        with pytest.raises(FunctionError) as refused:
            declared.bind(Arguments(list(args), kwargs, ENVELOPE))
        assert str(error) in str(refused.value)
        return
    found = declared.bind(Arguments(list(args), kwargs, ENVELOPE))
    assert found == (bound.args, bound.kwargs)


def test_a_builtin_without_a_signature_is_called_as_it_was_asked():
    declared = function("f", "dict", dict, False, None, {})
    assert declared.signature is None
    assert declared.bind(Arguments([1, 2, 3], {}, ENVELOPE)) == ((1, 2, 3), {})
    assert declared.bind(Arguments([], {"a": 1}, ENVELOPE)) == ((), {"a": 1})


def test_a_batch_has_one_list_for_each_input():
    declared = function("f", "f", two, True, 4, {})
    assert columns(declared, [((1, 2), {}), ((3, 4), {})]) == (([1, 3], [2, 4]), {})
    assert columns(declared, [((1, 2), {}), ((3,), {})]) == (([1, 3], [2, 5]), {})
    with pytest.raises(FunctionError, match="differ in their inputs"):
        columns(function("f", "f", many, True, 4, {}), [((1,), {}), ((1, 2), {})])


def test_what_is_told_of_a_function_is_what_its_signature_says():
    def call(a: int, b: float = 0.5, *rest, c=(1, 2), d=object, **more) -> Tuple[str, int]:
        """Says something.

        And more."""

    told = declared("call", call)
    assert told["description"] == "Says something."
    signature = json.loads(told["signature"])
    assert signature["returns"] == [{"type": "str"}, {"type": "int"}]
    assert signature["parameters"] == [
        {"name": "a", "kind": "positional_or_keyword", "type": "int"},
        {"name": "b", "kind": "positional_or_keyword", "type": "float", "default": 0.5},
        {"name": "rest", "kind": "var_positional"},
        {"name": "c", "kind": "keyword_only", "default": [1, 2]},
        {"name": "d", "kind": "keyword_only", "default": repr(object), "default_is_text": True},
        {"name": "more", "kind": "var_keyword"},
    ]


def test_a_generator_returns_what_its_parts_are():
    def parts(n: int) -> Iterator[str]:
        yield str(n)

    def unknown(n: "Nothing") -> "Nothing":  # noqa: F821
        yield n

    assert json.loads(declared("parts", parts)["signature"])["returns"] == {"type": "str"}
    assert json.loads(declared("unknown", unknown)["signature"])["returns"] == {"type": "Nothing"}


def declared(name, call):
    return function("test", name, call, False, None, {}).attributes
