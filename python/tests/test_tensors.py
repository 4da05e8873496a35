"""Functions declare what tensors they take and return, in their annotations."""

import json
from typing import Annotated

import pytest

import sluice
from sluice._functions import function


def described(call, **options):
    declared = function("f", "f", call, options.get("batch", False), None, {})
    return json.loads(declared.attributes["signature"])


def test_parameters_and_a_result_are_told():
    def embed(x: sluice.Tensor("FP32", [-1, 3]), scale=1) -> sluice.Tensor("FP32", [-1]): ...

    told = described(embed)
    assert told["parameters"][0]["tensor"] == {"datatype": "FP32", "shape": [-1, 3]}
    assert told["parameters"][0]["type"] == "Tensor('FP32', [-1, 3])"
    assert "tensor" not in told["parameters"][1]
    assert told["returns"] == {
        "type": "Tensor('FP32', [-1])",
        "tensors": [{"name": "output", "datatype": "FP32", "shape": [-1]}],
    }


def test_a_result_has_the_name_that_it_is_given():
    def one(x) -> sluice.Tensor("BOOL", (), name="truth"): ...

    def several(x) -> {"a": sluice.Tensor("INT64", [1]), "b": sluice.Tensor("BYTES", [-1])}: ...

    assert [t["name"] for t in described(one)["returns"]["tensors"]] == ["truth"]
    assert described(one)["returns"]["tensors"][0]["shape"] == []
    assert [t["name"] for t in described(several)["returns"]["tensors"]] == ["a", "b"]


def test_annotations_that_are_text_or_beside_a_type_count_too():
    def text(x: 'sluice.Tensor("UINT8", [2])') -> 'sluice.Tensor("UINT8", [2])': ...

    def beside(x: Annotated[object, sluice.Tensor("FP16", [3])]): ...

    assert described(text)["parameters"][0]["tensor"]["datatype"] == "UINT8"
    assert described(text)["returns"]["tensors"][0]["shape"] == [2]
    assert described(beside)["parameters"][0]["tensor"] == {"datatype": "FP16", "shape": [3]}


def test_what_says_nothing_of_tensors_is_told_as_ever():
    def plain(x: int, y: "str" = "a") -> "torch.Tensor": ...

    told = described(plain)
    assert "tensors" not in told["returns"] and not any("tensor" in p for p in told["parameters"])


def test_text_that_cannot_be_read_is_refused():
    local = 3

    def hidden(x: 'sluice.Tensor("FP32", [local])'): ...

    assert local
    with pytest.raises(TypeError, match="local"):
        described(hidden)


@pytest.mark.parametrize(
    "arguments, words",
    [
        (("float32", [1]), "datatype is 'float32'"),
        (("FP32", 3), "shape is 3"),
        (("FP32", [-2]), r"shape is \[-2\]"),
        (("FP32", [True]), "shape is"),
        (("FP32", [1] * 33), "32 at most"),
        (("FP32", [1], ""), "name is ''"),
    ],
)
def test_a_tensor_that_cannot_be_is_refused(arguments, words):
    with pytest.raises(ValueError, match=words):
        sluice.Tensor(*arguments)


def test_names_that_contradict_are_refused():
    def parameter(x: sluice.Tensor("FP32", [1], name="y")): ...

    def result(x) -> {"a": sluice.Tensor("FP32", [1], name="b")}: ...

    def mixed(x) -> {"a": sluice.Tensor("FP32", [1]), "b": int}: ...

    with pytest.raises(ValueError, match="its Tensor has the name 'y'"):
        described(parameter)
    for call in (result, mixed):
        with pytest.raises(ValueError, match="give a Tensor under its name"):
            described(call)
