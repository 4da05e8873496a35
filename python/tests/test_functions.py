"""How one function is called for one request or many."""

import inspect

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
