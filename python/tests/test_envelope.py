"""The envelope: what goes in comes out, in any language's words; garbage is an EnvelopeError."""

import json
import math
import random
import re
import struct
import subprocess
import sys
import pathlib

import pytest

from sluice import Array, EnvelopeError, File
from sluice import _envelope as e
from sluice._parts import nested


def there_and_back(*args, **kwargs):
    parcel = e.encode_arguments(args, kwargs, "arguments of f")
    return e.decode_arguments(parcel.content_type, bytearray(parcel.joined()))


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        -(2**70),
        1.5,
        "",
        "naïve ✓ $5",
        [],
        {"a": [1, {"b": None}]},
        b"",
        b"\0" * 9,
        [b"a", {"x": b"bc"}],
        {"$part": 0},
        {"$$part": 1, "$": {"$float": "nan"}},
        [b"x", {"$part": 7}],
    ],
)
def test_a_value_comes_back_as_it_was(value):
    assert there_and_back(value, key=value)[:2] == ([value], {"key": value})


def test_floats_that_json_lacks_come_back():
    (values,), _, _ = there_and_back([math.nan, math.inf, -math.inf, 1.0])
    assert math.isnan(values[0]) and values[1:] == [math.inf, -math.inf, 1.0]


def test_tuples_become_lists_and_keys_strings():
    assert there_and_back((1, (2,)), {3: 4, None: 5}).args == [[1, [2]], {"3": 4, "null": 5}]


def test_a_dollar_means_the_same_however_it_is_written():
    text = b'{"value":[{"\\u0024float":"inf"},"a \\u0024 sign"],"parts":[]}'
    value = e.decode_value(e.ENVELOPE, struct.pack("<I", len(text)) + text)
    assert value == [math.inf, "a $ sign"]


def test_parts_are_aligned_to_eight():
    data = e.encode_arguments((b"abc", b"defgh"), {}, "f").joined()
    assert data.index(b"abc") % 8 == 0 and data.index(b"defgh") % 8 == 0


def test_the_example_of_the_page_is_what_is_written():
    page = (pathlib.Path(__file__).parent / "../../man/sluice-worker.7").read_text()
    lines = re.findall(r"^[0-9a-f]{4}  ((?:[0-9a-f]{2} ?)+) ", page, re.M)
    assert bytes.fromhex("".join(lines)) == e.encode_arguments((b"abc",), {"n": 2}, "f").joined()


def test_what_cannot_travel_is_named():
    with pytest.raises(
        EnvelopeError, match=r"arguments of f: args\[1\]\['k'\] is a set.*bytes and numpy"
    ):
        e.encode_arguments((1, {"k": {1}}), {}, "arguments of f")
    with pytest.raises(EnvelopeError, match=r"kwargs\['x'\] has the key"):
        e.encode_arguments((), {"x": {(1,): 2}}, "f")
    with pytest.raises(EnvelopeError, match="surrogate"):
        e.encode_arguments(("\ud800",), {}, "f")
    loop = []
    loop.append(loop)
    with pytest.raises((EnvelopeError, RecursionError)):
        e.encode_arguments((loop,), {}, "f")


@pytest.mark.parametrize(
    "body, args, kwargs",
    [
        ("[1, 2]", [1, 2], {}),
        ('{"args": [1], "kwargs": {"b": 2}}', [1], {"b": 2}),
        ('{"args": 5}', [], {"args": 5}),
        ('{"a": 1}', [], {"a": 1}),
        ("{}", [], {}),
        ('"x"', ["x"], {}),
        (' {"a": 1}\n', [], {"a": 1}),
    ],
)
def test_plain_json_is_understood(body, args, kwargs):
    assert e.decode_arguments("application/json; charset=utf-8", body.encode()) == (
        args,
        kwargs,
        e.JSON,
    )


def test_answers_come_in_the_manner_of_the_request():
    assert (
        e.encode_value({"a": (b"\1", math.nan)}, e.JSON, "r").joined()
        == b'{"a":[{"base64":"AQ=="},null]}'
    )
    assert e.encode_value(b"raw", e.BYTES, "r") == (e.BYTES, [b"raw"])
    assert e.encode_value("text", e.BYTES, "r") == (e.TEXT, [b"text"])
    assert e.encode_value([1], e.TEXT, "r") == (e.JSON, [b"[1]"])
    assert e.decode_arguments("image/png", b"\x89P").args == [b"\x89P"]
    assert e.decode_arguments("text/plain", "é".encode()).args == ["é"]


def deep():
    value = []
    for _ in range(100_000):
        value = [value]
    return value


def circle():
    value = {}
    value["self"] = [value]
    return value


@pytest.mark.parametrize("make", [deep, circle])
@pytest.mark.parametrize("kind", [e.ENVELOPE, e.JSON])
def test_what_is_too_deep_or_holds_itself_is_the_callers_mistake(make, kind):
    with pytest.raises(EnvelopeError, match="f's result is nested too deeply"):
        e.encode_value(make(), kind, "f's result")


def test_an_array_of_a_buffer_of_numbers_travels_as_its_bytes():
    numbers = memoryview(struct.pack("<3f", 1, 2, 3)).cast("f")
    parcel = e.encode_value(Array("<f4", (3,), numbers), e.ENVELOPE, "f")
    back = e.decode_value(e.ENVELOPE, parcel.joined())
    assert bytes(getattr(back, "data", back)) == struct.pack("<3f", 1, 2, 3)


def test_an_array_without_numpy_is_an_array_and_travels_on():
    data = memoryview(struct.pack("<6f", *range(6)))
    array = Array("<f4", (2, 3), data)
    out = nested(array, "x")
    assert out == [[0, 1, 2], [3, 4, 5]]
    code = (
        "import sys; from sluice import _envelope as e, Array\n"
        "a = Array('<f4', (2, 3), memoryview(bytes(24)))\n"
        "p = e.encode_arguments((a,), {}, 'f').joined()\n"
        "b = e.decode_arguments(e.ENVELOPE, p).args[0]\n"
        "assert isinstance(b, Array) and b.shape == (2, 3), b\n"
        "assert 'numpy' not in sys.modules\n"
    )
    path = str(pathlib.Path(e.__file__).parent.parent)
    subprocess.run([sys.executable, "-c", code], check=True, env={"PYTHONPATH": path})


def test_numpy_arrays_come_back_writable_and_equal():
    numpy = pytest.importorskip("numpy")
    for array in (
        numpy.arange(6, dtype="<f4").reshape(2, 3),
        numpy.zeros((0, 3)),
        numpy.array(True),
        numpy.arange(24).reshape(2, 3, 4).transpose(2, 0, 1),
        numpy.arange(3, dtype=">i2"),
        numpy.ones(2, dtype="c8"),
    ):
        back = there_and_back(array).args[0]
        assert back.dtype == array.dtype and back.shape == array.shape
        assert (back == array).all()
        back[...] = 0
    assert there_and_back(numpy.float32(0.5), numpy.int64(3), numpy.bool_(True)).args == [
        0.5,
        3,
        True,
    ]
    assert math.isnan(there_and_back(numpy.float32("nan")).args[0])
    plain = e.encode_value({"a": numpy.array([[1.0, numpy.nan]])}, e.JSON, "r")
    assert json.loads(plain.joined()) == {"a": [[1.0, None]]}
    with pytest.raises(EnvelopeError, match="object, does not"):
        there_and_back(numpy.array([None]))


def test_garbage_is_an_envelope_error():
    chance = random.Random(3)
    whole = e.encode_arguments(
        (b"abc", 1.5, {"$x": 2}), {"k": Array("<i2", (2,), memoryview(bytes(4)))}, "f"
    )
    data = whole.joined()
    for cut in range(len(data)):
        try:
            e.decode_arguments(e.ENVELOPE, data[:cut])
        except EnvelopeError:
            pass
    for _ in range(20000):
        broken = bytearray(data)
        for _ in range(chance.randrange(1, 4)):
            broken[chance.randrange(len(broken))] = chance.randrange(256)
        try:
            e.decode_arguments(e.ENVELOPE, broken)
        except EnvelopeError:
            pass
    for text in (
        b"[]",
        b"{",
        b'{"parts":[{}]}',
        b'{"parts":3}',
        b'{"a":{"$part":9}}',
        b"[" * 100000,
    ):
        with pytest.raises(EnvelopeError):
            e.decode_value(e.ENVELOPE, struct.pack("<I", len(text)) + text)


def test_a_file_comes_back_with_its_name_and_type(tmp_path):
    file = File(b"png", "cat.png")
    assert file.content_type == "image/png"
    (back,), kwargs, _ = there_and_back(file, files=[file, b"raw"])
    assert isinstance(back, File) and isinstance(back.data, memoryview)
    assert (back.name, back.content_type, back.read()) == ("cat.png", "image/png", b"png")
    assert kwargs["files"][1] == b"raw" and kwargs["files"][0].open().read() == b"png"
    back.save(tmp_path / "saved.txt")
    assert File.of(tmp_path / "saved.txt") == File(b"png", "saved.txt", "text/plain")
    assert len(back) == 3 and File(b"") and repr(back) == "File('cat.png', 'image/png', 3 bytes)"


def test_a_file_without_name_or_type_is_still_a_file():
    for file in (File(b""), File(memoryview(b"abcd")[::2]), File(bytearray(b"x"))):
        back = there_and_back(file).args[0]
        assert isinstance(back, File) and back.read() == file.read() and back.name == ""


def test_a_file_in_a_plain_answer_says_what_it_is():
    file = File(b"\1", "a.txt")
    shown = json.loads(e.encode_value([file], e.JSON, "r").joined())
    assert shown == [{"name": "a.txt", "content_type": "text/plain", "base64": "AQ=="}]
    assert e.encode_value(file, e.BYTES, "r").joined() == b"\1"


def enveloped(entry, data=b"abc"):
    text = json.dumps({"value": {"$part": 0}, "parts": [entry]}).encode()
    head = struct.pack("<I", len(text)) + text
    return head + bytes(-len(head) % 8) + data


def test_what_a_reader_does_not_know_of_a_part_it_passes_over():
    assert e.decode_value(e.ENVELOPE, enveloped({"size": 3, "future": [1]})) == b"abc"
    assert e.decode_value(e.ENVELOPE, enveloped({"size": 3, "name": "a"})).name == "a"
    assert e.decode_value(e.ENVELOPE, enveloped({"size": 3, "content_type": "b/c"})).name == ""


@pytest.mark.parametrize("wrong", [{"name": 3}, {"content_type": None}, {"name": ["a"]}])
def test_a_name_that_is_no_text_is_refused(wrong):
    with pytest.raises(EnvelopeError, match="part 0 has a name"):
        e.decode_value(e.ENVELOPE, enveloped({"size": 3, **wrong}))
