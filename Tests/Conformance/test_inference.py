"""The Open Inference Protocol, as tritonclient speaks it."""

import contextlib
import http.client
import json
import pathlib
import re
import time

import numpy as np
import pytest
import tritonclient.http as triton
from conftest import eventually
from tritonclient.utils import InferenceServerException

SOURCE = """
import os
import time
import numpy as np
import sluice
from sluice import Tensor

worker = sluice.Worker()

@worker.function("norm", batch=True, max_batch_size=16)
def norm(x: Tensor("FP32", [-1, 3])) -> Tensor("FP32", [-1]):
    return [np.linalg.norm(item, axis=1) for item in x]

@worker.function("both", concurrency_limit=8)
def both(
    a: Tensor("INT64", [-1]), b: Tensor("INT64", [-1]) = None, factor=1
) -> {"sum": Tensor("INT64", [-1]), "difference": Tensor("INT64", [-1])}:
    b = np.zeros_like(a) if b is None else b
    return {"sum": (a + b) * factor, "difference": (a - b).tolist()}

@worker.function("shout")
def shout(words: Tensor("BYTES", [-1, 2])) -> Tensor("BYTES", [-1, 2], name="loud"):
    return [[word.upper() for word in row] for row in words]

KINDS = {"BOOL": "?", "UINT8": "u1", "UINT16": "u2", "UINT32": "u4", "UINT64": "u8",
         "INT8": "i1", "INT16": "i2", "INT32": "i4", "INT64": "i8",
         "FP16": "f2", "FP32": "f4", "FP64": "f8"}

def echo(kind):
    def same(x: Tensor(kind, [-1])) -> Tensor(kind, [-1]):
        assert x.dtype == np.dtype(KINDS[kind])
        return x
    worker.function("same_" + kind)(same)

for kind in KINDS:
    echo(kind)

@worker.function("wrong")
def wrong(x: Tensor("FP32", [1])) -> Tensor("FP32", [1]):
    return x.astype("float64") if x[0] > 0 else None

@worker.function("hopeless")
def hopeless(x: Tensor("FP32", [1])) -> Tensor("FP32", [1]):
    return x / np.float32(0)

@worker.function("slow")
def slow(x: Tensor("FP32", [1])) -> Tensor("FP32", [1]):
    while not sluice.cancelled():
        time.sleep(0.01)
    open(os.environ["SLUICE_RUNTIME_DIRECTORY"] + "/called-off", "w").close()
    return x

@worker.function("patient")
def patient(x: Tensor("FP64", [1])) -> Tensor("FP64", [1]):
    time.sleep(x[0])
    return x

@worker.function("plain")
def plain(text):
    return text

worker.run()
"""


@pytest.fixture(scope="module")
def served(worker):
    return worker(SOURCE)


@pytest.fixture
def client(gateway, served):
    with triton.InferenceServerClient(f"127.0.0.1:{gateway.port}", concurrency=50) as client:
        yield client


def tensor(name, array, datatype, binary=True):
    tensor = triton.InferInput(name, list(array.shape), datatype)
    tensor.set_data_from_numpy(array, binary_data=binary)
    return tensor


def wish(name, binary=True):
    return triton.InferRequestedOutput(name, binary_data=binary)


def request(gateway, method, path, body=None, headers={}):
    connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=30)
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, json.loads(content)


def test_the_server_and_its_models_are_described(client):
    assert client.is_server_live() and client.is_server_ready()
    assert client.get_server_metadata()["name"] == "sluice"
    assert client.get_server_metadata()["extensions"] == ["binary_tensor_data"]
    assert client.is_model_ready("norm") and client.is_model_ready("norm", "1")
    assert client.get_model_metadata("norm", "1") == {
        "name": "norm",
        "versions": ["1"],
        "platform": "sluice",
        "inputs": [{"name": "x", "datatype": "FP32", "shape": [-1, 3]}],
        "outputs": [{"name": "output", "datatype": "FP32", "shape": [-1]}],
    }
    models = {entry["name"]: entry for entry in client.get_model_repository_index()}
    assert models["norm"] == {"name": "norm", "version": "1", "state": "READY", "reason": ""}
    assert "plain" not in models


@pytest.mark.parametrize("binary_in", [True, False])
@pytest.mark.parametrize("binary_out", [True, False])
def test_floats_go_there_and_back(client, binary_in, binary_out):
    x = np.arange(12, dtype=np.float32).reshape(4, 3) / 7
    answer = client.infer(
        "norm",
        [tensor("x", x, "FP32", binary_in)],
        outputs=[wish("output", binary_out)],
        request_id="seven",
    )
    np.testing.assert_array_equal(answer.as_numpy("output"), np.linalg.norm(x, axis=1))
    assert answer.get_response()["id"] == "seven"
    assert answer.get_response()["model_version"] == "1"


@pytest.mark.parametrize("binary", [True, False])
def test_integers_of_several_inputs_and_outputs(client, binary):
    a = np.array([2**62, -(2**53) - 1, 7], dtype=np.int64)
    b = np.array([1, 2, 3], dtype=np.int64)
    answer = client.infer(
        "both",
        [tensor("b", b, "INT64"), tensor("a", a, "INT64", binary)],
        outputs=[wish("difference", not binary), wish("sum", binary)],
    )
    np.testing.assert_array_equal(answer.as_numpy("sum"), a + b)
    np.testing.assert_array_equal(answer.as_numpy("difference"), a - b)
    # What has a default may be left out, and other parameters have a place.
    answer = client.infer("both", [tensor("a", b, "INT64")], parameters={"factor": 3})
    np.testing.assert_array_equal(answer.as_numpy("sum"), b * 3)


@pytest.mark.parametrize("binary", [True, False])
def test_strings_of_bytes(client, binary):
    words = np.array([["so", "ünd"], ["weiter", ""]], dtype=object)
    answer = client.infer(
        "shout", [tensor("words", words, "BYTES", binary)], outputs=[wish("loud", binary)]
    )
    loud = answer.as_numpy("loud").reshape(2, 2)
    assert [[bytes(w) if binary else str(w).encode() for w in row] for row in loud] == [
        [b"SO", "ünd".encode().upper()],
        [b"WEITER", b""],
    ]


def test_bytes_that_are_no_text_need_the_binary_form(client):
    words = np.array([[b"\xff\0", b""]], dtype=object)
    inputs = [tensor("words", words, "BYTES")]
    assert client.infer("shout", inputs).as_numpy("loud").tolist() == [[b"\xff\0", b""]]
    with pytest.raises(InferenceServerException, match="ask for it in binary form"):
        client.infer("shout", inputs, outputs=[wish("loud", False)])


KINDS = {
    "BOOL": np.array([True, False]),
    **{f"UINT{8 * n}": np.array([0, 2 ** (8 * n) - 1], f"u{n}") for n in (1, 2, 4, 8)},
    **{f"INT{8 * n}": np.array([-(2 ** (8 * n - 1)), 5], f"i{n}") for n in (1, 2, 4, 8)},
    **{f"FP{8 * n}": np.array([0.1, -65000], f"f{n}") for n in (2, 4, 8)},
}


@pytest.mark.parametrize("binary", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_every_datatype_comes_back_as_it_went(client, kind, binary):
    array = KINDS[kind]
    answer = client.infer(
        "same_" + kind, [tensor("x", array, kind, binary)], outputs=[wish("output", binary)]
    )
    np.testing.assert_array_equal(answer.as_numpy("output"), array)
    nothing = client.infer("same_" + kind, [tensor("x", array[:0], kind, binary)])
    assert nothing.as_numpy("output").shape == (0,)


def test_what_does_not_fit_is_refused_and_costs_nobody_else(client):
    x = np.zeros((4, 2), dtype=np.float32)
    with pytest.raises(InferenceServerException, match=r"has the shape \[4, 2\]") as refused:
        client.infer("norm", [tensor("x", x, "FP32")])
    assert refused.value.status() == "400"
    with pytest.raises(InferenceServerException, match="takes FP32"):
        client.infer("norm", [tensor("x", x.astype("i4"), "INT32")])
    with pytest.raises(InferenceServerException, match="has no input y"):
        client.infer("norm", [tensor("y", x, "FP32")])
    with pytest.raises(InferenceServerException, match="needs the input a"):
        client.infer("both", [tensor("b", np.zeros(1, "i8"), "INT64")])
    with pytest.raises(InferenceServerException, match="no output z"):
        client.infer("norm", [tensor("x", np.zeros((1, 3), "f4"), "FP32")], outputs=[wish("z")])
    with pytest.raises(InferenceServerException, match="there is no model nobody"):
        client.infer("nobody", [tensor("x", x, "FP32")])
    with pytest.raises(InferenceServerException, match="text is declared as no tensor"):
        client.get_model_metadata("plain")
    assert not client.is_model_ready("nobody") and not client.is_model_ready("norm", "2")


@pytest.mark.parametrize(
    "asked", [{"priority": 1}, {"sequence_id": 5}, {"parameters": {"temperature": 0.5}}]
)
def test_what_is_not_supported_is_refused_rather_than_left_out(client, asked):
    with pytest.raises(InferenceServerException, match="not supported|has no parameter"):
        client.infer("norm", [tensor("x", np.zeros((1, 3), "f4"), "FP32")], **asked)


def test_a_result_that_is_not_what_was_declared_is_an_error(client):
    with pytest.raises(InferenceServerException, match="an array of <f8 as output") as refused:
        client.infer("wrong", [tensor("x", np.ones(1, "f4"), "FP32")])
    assert refused.value.status() == "500"
    with pytest.raises(InferenceServerException, match="returned None"):
        client.infer("wrong", [tensor("x", -np.ones(1, "f4"), "FP32")])


def test_numbers_that_are_not_finite_need_the_binary_form(client):
    x = [tensor("x", np.ones(1, "f4"), "FP32")]
    assert np.isinf(client.infer("hopeless", x).as_numpy("output")).all()
    with pytest.raises(InferenceServerException, match="not finite"):
        client.infer("hopeless", x, outputs=[wish("output", False)])


def test_a_timeout_is_a_deadline(client):
    began = time.monotonic()
    with pytest.raises(InferenceServerException) as refused:
        client.infer("slow", [tensor("x", np.ones(1, "f4"), "FP32")], timeout=200_000)
    assert refused.value.status() == "504"
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("microseconds, connection", [(1_500_000, "close"), (100_000, None)])
def test_who_waited_long_for_a_refusal_is_told_to_connect_anew(
    gateway, served, microseconds, connection
):
    body = {
        "inputs": [{"name": "x", "shape": [1], "datatype": "FP32", "data": [1]}],
        "parameters": {"timeout": microseconds},
    }
    asked = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=30)
    with contextlib.closing(asked):
        asked.request("POST", "/v2/models/slow/infer", json.dumps(body))
        answer = asked.getresponse()
        assert (answer.status, answer.headers["Connection"]) == (504, connection)


def test_one_that_takes_long_is_answered_too(client):
    for _ in range(2):
        x = np.array([1.3])
        answer = client.infer("patient", [tensor("x", x, "FP64")])
        assert answer.as_numpy("output") == x


def test_work_of_a_client_that_leaves_is_called_off(daemon, gateway, served):
    mark = pathlib.Path(daemon.directory, "called-off")
    mark.unlink(missing_ok=True)
    body = json.dumps({"inputs": [{"name": "x", "shape": [1], "datatype": "FP32", "data": [1]}]})
    connection = http.client.HTTPConnection("127.0.0.1", gateway.port)
    connection.request("POST", "/v2/models/slow/infer", body)
    connection.close()
    eventually(mark.exists, "the function is told that nobody wants its result")


def test_many_at_once_get_each_its_own(client):
    sent = [np.full((2, 3), n, dtype=np.float32) for n in range(50)]
    asked = [client.async_infer("norm", [tensor("x", x, "FP32")]) for x in sent]
    for x, request in zip(sent, asked):
        found = request.get_result(block=True, timeout=60).as_numpy("output")
        np.testing.assert_allclose(found, np.linalg.norm(x, axis=1))


def test_nested_lists_are_read_as_flat_ones_are(gateway, served):
    flat = {"name": "x", "shape": [2, 3], "datatype": "FP32", "data": [0, 3, 4, 0.6, 0.8, 0]}
    nested = dict(flat, data=[[0, 3, 4], [0.6, 0.8, 0]])
    for given in (flat, nested):
        body = json.dumps({"inputs": [given]})
        status, answer = request(gateway, "POST", "/v2/models/norm/versions/1/infer", body)
        assert status == 200 and "id" not in answer
        (output,) = answer["outputs"]
        assert output == {"name": "output", "datatype": "FP32", "shape": [2], "data": [5, 1]}


@pytest.mark.parametrize(
    "body, headers, words",
    [
        ("[", {}, "is not JSON"),
        ("{}", {}, "inputs"),
        ('{"inputs":[{"name":"x","datatype":"FP32","shape":[2,3],"data":[1]}]}', {}, "1 elements"),
        ('{"inputs":[{"name":"x","datatype":"FP32","shape":[1,3]}]}', {}, "has no data"),
        ('{"inputs":[]}', {"Inference-Header-Content-Length": "99"}, "longer than the body"),
        ('{"inputs":[]}', {"Inference-Header-Content-Length": "-1"}, "not a length"),
        ('{"inputs":[]}', {"Content-Encoding": "gzip"}, "not in gzip"),
    ],
)
def test_errors_have_the_form_of_the_protocol(gateway, served, body, headers, words):
    status, answer = request(gateway, "POST", "/v2/models/norm/infer", body, headers)
    assert status in (400, 415) and list(answer) == ["error"]
    assert re.search(words, answer["error"]), answer


def test_a_body_that_is_too_large_is_refused(gateway, served):
    status, answer = request(gateway, "POST", "/v2/models/norm/infer", b" " * (9 << 20))
    assert status == 413 and "binary form" in answer["error"]
