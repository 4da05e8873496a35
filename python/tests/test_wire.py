"""The wire: the vectors shared with Swift, every split of them, and garbage."""

import json
import pathlib
import random

import pytest

from sluice import _codec as codec
from sluice import _messages as m
from sluice._connection import Connection
from sluice._wire import NONE32, NONE64, FrameDecoder, InDescriptor, Outbox, WireError

VECTORS = pathlib.Path(__file__).parent / "../../Tests/Vectors/wire"

KINDS = {
    "STARTED": {"worker": m.ItemStarted, "daemon-to-client": m.Started},
    "PROGRESS": {"worker": m.ItemProgress, "daemon-to-client": m.Progress},
    "LOG": {"worker": m.ItemLog, "daemon-to-client": m.Log},
    "CHUNK": {"worker": m.ItemChunk, "daemon-to-client": m.Chunk},
    "OUT_OF_MEMORY": {"worker": m.OutOfMemory},
}
OUTCOMES = ["completed", "failed", "cancelled", "expired", "rejected"]


def load(name):
    path = VECTORS / name
    assert path.is_file(), f"{path} is missing: the vectors of the wire belong to this test"
    return json.loads(path.read_text())


def good():
    return [v for name in ("opening", "client", "worker") for v in load(f"{name}.json")]


def message_class(kind, sender):
    if kind in KINDS:
        return KINDS[kind][sender]
    return getattr(m, kind.title().replace("_", ""))


ENUMS = {
    "outcome": {name: i for i, name in enumerate(OUTCOMES, 1)},
    "failure": {"raised": 1, "stopped": 2},
    "retry": {"crash": 0, "never": 1},
    "concurrency_limit": {"none": NONE32},
    "item": {"all": NONE32},
}


def value_of(name, value):
    if name in ("session", "instance", "ticket"):
        return bytes.fromhex(value)
    if name == "signature":
        try:
            return bytes.fromhex(value)
        except ValueError:
            return value.encode()
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, list):
        return tuple(value)
    if value is None:
        return NONE64
    return ENUMS.get(name, {}).get(value, value) if isinstance(value, str) else value


def expected(vector):
    """The message of a vector, out of its words."""
    values = {}
    for name, value in vector["message"].items():
        if name == "attributes":
            values[name] = {k: value_of(k, v) for k, v in value.items()}
        elif name == "payload":
            values[name] = bytes.fromhex(value)
        elif name == "payload_size":
            values["payload"] = InDescriptor(value)
        elif name == "items":
            values["requests"] = [(i["request"], i["attempt"]) for i in value]
        elif name == "devices":
            values[name] = tuple(value)
        elif name.endswith("_version"):
            values[name[:-8]] = value
        elif name == "wants_status":
            values[name] = value
        else:
            values[name] = value_of(name, value)
    return message_class(vector["kind"], vector["from"])(**values)


def decoded(pieces, descriptors=0):
    decoder = FrameDecoder()
    out = []
    for index, piece in enumerate(pieces):
        decoder.receive(piece, range(100, 100 + descriptors) if index == 0 else ())
        out += [codec.decode(frame) for frame in decoder]
    return out


def ids(vectors):
    return [v["name"] for v in vectors]


@pytest.mark.parametrize("vector", good(), ids=ids(good()))
def test_a_vector_decodes_to_its_words(vector):
    data = bytes.fromhex(vector["hex"])
    assert decoded([data], vector["descriptors"]) == [expected(vector)]


@pytest.mark.parametrize("vector", good(), ids=ids(good()))
def test_words_encode_to_the_vector(vector):
    message = expected(vector)
    if isinstance(message, m.Error):
        assert codec.encoded(message).hex() == vector["hex"]
        return
    outbox = Outbox()
    codec.encode(message, outbox)
    _, descriptors = outbox.head()
    assert len(descriptors) == vector["descriptors"]
    assert outbox.drain().hex() == vector["hex"]


@pytest.mark.parametrize("vector", good(), ids=ids(good()))
def test_a_vector_decodes_at_every_split(vector):
    data = bytes.fromhex(vector["hex"])
    want = [expected(vector)]
    assert decoded([data[i : i + 1] for i in range(len(data))], vector["descriptors"]) == want
    for cut in range(1, len(data)):
        assert decoded([data[:cut], data[cut:]], vector["descriptors"]) == want


def test_all_vectors_come_out_of_one_stream():
    vectors = [v for v in good() if not v["descriptors"]]
    stream = b"".join(bytes.fromhex(v["hex"]) for v in vectors)
    pieces = [stream[i : i + 7] for i in range(0, len(stream), 7)]
    assert decoded(pieces) == [expected(v) for v in vectors]


def receiver(vector):
    """Whoever is to receive a vector: our own connection, or a daemon's view of a peer."""
    if vector["from"].startswith("daemon"):
        connection = Connection(vector["from"].rpartition("-")[2], m.Hello())
        if vector["stage"] == "open":
            list(connection.receive(codec.encoded(m.Welcome(longest_body=1 << 26))))
        return connection.receive
    from fake_daemon import Peer

    peer = Peer(vector["from"])
    if vector["stage"] == "open":
        list(peer.receive(codec.encoded(m.Hello())))
    return peer.receive


@pytest.mark.parametrize("vector", load("invalid.json"), ids=ids(load("invalid.json")))
def test_a_forbidden_frame_is_refused_with_its_reason(vector):
    receive = receiver(vector)
    with pytest.raises(WireError) as refused:
        list(receive(bytes.fromhex(vector["hex"]), range(100, 100 + vector["descriptors"])))
    assert refused.value.code == vector["code"]
    assert vector["says"] in str(refused.value)


def test_garbage_is_a_message_or_the_peers_fault():
    chance = random.Random(20261121)
    seeds = [bytes.fromhex(v["hex"]) for v in good()]
    for _ in range(20000):
        data = bytearray(chance.choice(seeds))
        for _ in range(chance.randrange(1, 4)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        try:
            decoded([data], chance.randrange(2))
        except WireError:
            pass


def test_noise_never_hangs():
    chance = random.Random(7)
    for size in (0, 1, 15, 16, 17, 1000):
        for _ in range(200):
            try:
                decoded([chance.randbytes(size)] if hasattr(chance, "randbytes") else [bytes(size)])
            except WireError:
                pass


def test_a_message_says_nothing_of_the_one_before():
    outcomes = [
        m.Outcome(1, 1, 0, 1, "ok", "", {"content_type": "text/plain"}, b"one"),
        m.Outcome(2, 1, 0, 1, "ok", "", {"content_type": "text/plain"}, b"two"),
        m.Outcome(3, 1, 0, 1, "ok", "", {"content_type": "text/plain2"}, b""),
        m.Outcome(4, 2, 0, 3, "raised", "why", {}, b"four"),
        m.Outcome(5, 1, 0, 1, "ok", "", {"content_type": "text/plain"}, b""),
        m.Outcome(6, 5, 0, 0, "rejected", "y" * 1000, {"depth": 3}, b""),
        m.Outcome(7, 1, 0, 1, "ok", "", {"content_type": "text/plain"}, InDescriptor(9)),
        m.Outcome(8, 1, 0, 1, "ok", "", {"content_type": "text/plain"}, b"eight"),
    ]
    started = [m.Started(n, attempt) for n, attempt in ((1, 1), (2, 1), (3, 2), (4, 1), (5, 1))]
    for message in outcomes + started:
        has_file = isinstance(getattr(message, "payload", b""), InDescriptor)
        assert decoded([codec.encoded(message)], 1 if has_file else 0) == [message]


@pytest.mark.parametrize("make", [m.Outcome, m.Item], ids=["outcome", "item"])
def test_the_attributes_of_a_message_are_its_own(make):
    message = make(1, attributes={"content_type": "text/plain"}, payload=b"x")
    for _ in range(3):
        (found,) = decoded([codec.encoded(message)])
        assert found == message
        found.attributes["content_type"] = "changed"
        found.attributes["deadline"] = 1


def test_small_frames_leave_as_one():
    outbox = Outbox()
    for number in range(100):
        codec.encode(m.Ping(number), outbox)
    buffers, _ = outbox.head()
    assert [len(buffer) for buffer in buffers] == [1600]
    outbox.advance(17)
    codec.encode(m.Ping(100), outbox)
    assert [len(buffer) for buffer in outbox.head()[0]] == [1583, 16]


def test_a_long_text_is_cut_between_characters():
    (message,) = decoded([codec.encoded(m.Log(1, 6, "€" * 10000))])
    assert len(message.message) == (16 << 10) // 3


def test_descriptors_go_with_the_first_byte_of_their_frame():
    outbox = Outbox()
    codec.encode(m.Ping(1), outbox)
    codec.encode(m.Submit(2, "f", {}, InDescriptor(5, 77)), outbox)
    codec.encode(m.Ping(3), outbox)
    buffers, descriptors = outbox.head()
    assert (len(buffers), descriptors) == (1, ())
    outbox.advance(16)
    buffers, descriptors = outbox.head()
    assert (len(buffers), descriptors) == (2, (77,))
    outbox.advance(1)
    assert outbox.head()[1] == ()


def test_a_body_over_the_daemons_limit_needs_a_descriptor():
    connection = Connection("client", m.Hello())
    list(connection.receive(codec.encoded(m.Welcome(longest_body=2000))))
    connection.send(m.Submit(1, "f", {}, bytes(1900)))
    with pytest.raises(WireError) as refused:
        connection.send(m.Submit(2, "f", {}, bytes(2000)))
    assert refused.value.code == "too_large"
    spilled = []
    connection = Connection(
        "client", m.Hello(), lambda p: spilled.append(p) or InDescriptor(2000, 9)
    )
    list(connection.receive(codec.encoded(m.Welcome(longest_body=2000))))
    connection.send(m.Submit(2, "f", {}, bytes(2000)))
    assert len(spilled) == 1


def test_a_ping_is_answered_unasked():
    connection = Connection("worker", m.Hello())
    connection.outbox.drain()
    assert len(list(connection.receive(codec.encoded(m.Welcome()) + codec.encoded(m.Ping(7))))) == 1
    assert decoded([connection.outbox.drain()]) == [m.Pong(7)]
