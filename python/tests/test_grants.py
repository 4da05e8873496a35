"""A worker's grants as a machine: what is kept, what is told again, and whose fault a fault is."""

import pytest

from sluice import _codec as codec
from sluice import _messages as m
from sluice._connection import Connection
from sluice._grants import Granted, Grants, Paused, Resumed, Stop
from sluice._wire import NONE32, FrameDecoder, WireError


class Talk:
    """One connection after another between a Grants machine and a daemon made of words."""

    def __init__(self, slots=2):
        self.grants = Grants([m.Declare(function="f")], slots)
        self.instance = 0
        self.said_ever = []

    def connect(self, longest_body=0):
        self.instance += 1
        self.connection = Connection("worker", m.Hello())
        self.connection.outbox.drain()
        welcome = m.Welcome(instance=bytes([self.instance] * 16), longest_body=longest_body)
        list(self.connection.receive(codec.encoded(welcome)))
        self.grants.opened(self.connection)
        return self.said()

    def hear(self, *messages):
        return [e for e in map(self.grants.take, messages) if e is not None]

    def said(self):
        decoder = FrameDecoder()
        decoder.receive(self.connection.outbox.drain())
        said = [codec.decode(frame) for frame in decoder]
        self.said_ever += said
        return said

    def grant(self, number, count=1):
        items = [m.Item(number, i, 1, 100 * number + i) for i in range(count)]
        (event,) = self.hear(m.Grant(number, count, "f"), *items)
        assert isinstance(event, Granted)
        self.grants.started(event.grant)
        self.said()
        return event.grant


def kinds(messages):
    return [type(message).__name__ for message in messages]


def test_a_new_connection_declares_reclaims_and_then_asks_for_work():
    talk = Talk()
    assert kinds(talk.connect()) == ["Declare", "Ready"]
    grant = talk.grant(1, 2)
    talk.grants.answer(grant, m.Result(1, 0, {}, b"a"))
    talk.grants.lost()
    said = talk.connect()
    assert kinds(said) == ["Declare", "Holding", "ItemStarted", "Result", "Ready"]
    assert said[1] == m.Holding(1, bytes([1] * 16), "f", [(100, 1), (101, 1)])


def test_an_acknowledged_answer_is_not_told_again():
    talk = Talk()
    talk.connect()
    grant = talk.grant(1, 2)
    talk.grants.answer(grant, m.Result(1, 0, {}, b"a"))
    talk.hear(m.Ack(1, 0))
    talk.grants.lost()
    said = talk.connect()
    assert kinds(said) == ["Declare", "Holding", "ItemStarted", "Ready"]
    assert said[1].requests == [(0, 1), (101, 1)]
    talk.grants.answer(grant, m.Result(1, 1, {}, b"b"))
    talk.hear(m.Ack(1, NONE32))
    assert talk.grants.held == 0


def test_an_id_that_another_daemon_gives_anew_takes_the_place_of_the_old_grant():
    talk = Talk()
    talk.connect()
    old = talk.grant(1)
    talk.grants.lost()
    talk.connect()
    assert talk.hear(m.Revoke(1, NONE32)) == [Stop(old)]
    events = talk.hear(m.Grant(1, 1, "f"), m.Item(1, 0, 1, 777))
    assert events[0] == Stop(old) and isinstance(events[1], Granted)
    new = events[1].grant
    talk.grants.answer(old, m.Result(1, 0, {}, b"old"))
    assert talk.said() == []
    talk.grants.answer(new, m.Result(1, 0, {}, b"new"))
    assert talk.said() == [m.Result(1, 0, {}, b"new")]


def test_an_answer_is_given_once():
    talk = Talk()
    talk.connect()
    grant = talk.grant(1)
    talk.grants.answer(grant, m.Result(1, 0, {}, b"a"))
    talk.grants.answer(grant, m.Result(1, 0, {}, b"b"))
    assert talk.said() == [m.Result(1, 0, {}, b"a")]


def test_one_out_of_memory_answers_what_is_open_and_is_told_again_once():
    talk = Talk()
    talk.connect()
    grant = talk.grant(1, 3)
    talk.grants.answer(grant, m.Result(1, 1, {}, b"a"))
    talk.grants.out_of_memory(grant, "full")
    assert kinds(talk.said()) == ["Result", "OutOfMemory"]
    talk.grants.lost()
    said = kinds(talk.connect())
    assert said[:3] == ["Declare", "Holding", "ItemStarted"]
    assert said[3:] == ["Result", "OutOfMemory", "Ready"]


def test_a_drained_worker_waits_for_the_last_word_and_the_last_acknowledgement():
    talk = Talk()
    talk.connect()
    grant = talk.grant(1)
    talk.grants.drain()
    ready, ping = talk.said()
    assert ready == m.Ready(0, 0)
    talk.grants.answer(grant, m.Result(1, 0, {}, b""))
    talk.hear(m.Ack(1, 0))
    assert not talk.grants.is_drained
    talk.hear(m.Pong(ping.id))
    assert talk.grants.is_drained


@pytest.mark.parametrize(
    "messages",
    [
        [m.Item(1, 0)],
        [m.Grant(1, 2, "f"), m.Item(1, 1)],
        [m.Grant(1, 2, "f"), m.Item(2, 0)],
        [m.Grant(1, 2, "f"), m.Drain()],
        [m.Grant(1, 1, "f"), m.Item(1, 0), m.Grant(1, 1, "f")],
    ],
)
def test_grants_that_break_their_own_order_are_the_daemons_fault(messages):
    talk = Talk()
    talk.connect()
    with pytest.raises(WireError):
        talk.hear(*messages)


def test_news_of_what_is_not_held_is_not_an_error():
    talk = Talk()
    talk.connect()
    assert talk.hear(m.Revoke(9, 0), m.Ack(9, NONE32), m.Pong(4)) == []
    talk.grant(1)
    assert talk.hear(m.Revoke(1, 7), m.Ack(1, 7)) == []


def test_chunks_are_told_again_in_front_of_an_answer_that_nobody_acknowledged():
    talk = Talk()
    talk.connect()
    grant = talk.grant(1)
    for text in (b"a", b"b"):
        talk.grants.chunk(grant, 0, "text/plain", text)
    talk.grants.answer(grant, m.Result(1, 0, {}, b"end"))
    talk.grants.lost()
    said = talk.connect()
    assert kinds(said) == [
        *("Declare", "Holding", "ItemStarted", "ItemChunk", "ItemChunk", "Result", "Ready")
    ]
    assert [(c.sequence, bytes(c.payload)) for c in said[3:5]] == [(0, b"a"), (1, b"b")]


def test_of_too_many_chunks_the_latest_are_kept_and_the_last_in_any_case(monkeypatch):
    monkeypatch.setattr("sluice._grants.CHUNKS_KEPT", 4)
    talk = Talk()
    talk.connect()
    grant = talk.grant(1)
    for text in (b"aa", b"bb", b"cc"):
        talk.grants.chunk(grant, 0, "text/plain", text)
    talk.grants.lost()
    assert [s.sequence for s in talk.connect() if isinstance(s, m.ItemChunk)] == [1, 2]
    talk.grants.chunk(grant, 0, "text/plain", b"large")
    talk.grants.lost()
    assert [s.sequence for s in talk.connect() if isinstance(s, m.ItemChunk)] == [3]


@pytest.mark.parametrize("connected", [True, False])
def test_a_partial_result_that_cannot_be_sent_fails_its_request(connected):
    talk = Talk()
    talk.connect(longest_body=500)
    grant = talk.grant(1)
    if not connected:
        talk.grants.lost()
    talk.grants.chunk(grant, 0, "text/plain", b"x" * 600)
    if not connected:
        talk.connect(longest_body=500)
    talk.said()
    (failed,) = [s for s in talk.said_ever if isinstance(s, m.Failed)]
    assert failed.message.startswith("a partial result cannot be sent: ")


def test_a_result_that_only_a_later_daemon_refuses_fails_its_request():
    talk = Talk()
    talk.connect()
    grant = talk.grant(1)
    talk.grants.answer(grant, m.Result(1, 0, {}, b"x" * 600))
    talk.grants.lost()
    said = talk.connect(longest_body=500)
    assert kinds(said) == ["Declare", "Holding", "ItemStarted", "Failed", "Ready"]


def test_a_grant_that_had_not_wholly_arrived_is_forgotten():
    talk = Talk()
    talk.connect()
    assert talk.hear(m.Grant(1, 2, "f"), m.Item(1, 0, 1, 100)) == []
    talk.grants.lost()
    assert kinds(talk.connect()) == ["Declare", "Ready"]
    assert talk.grants.held == 0


@pytest.mark.parametrize("away", [False, True])
def test_who_is_leaving_comes_back_for_the_acknowledgements_and_asks_for_nothing(away):
    talk = Talk()
    talk.connect()
    grant = talk.grant(1)
    if not away:
        talk.grants.drain()
    talk.grants.answer(grant, m.Result(1, 0, {}, b""))
    talk.grants.lost()
    if away:
        talk.grants.drain()
    assert not talk.grants.is_drained
    said = talk.connect()
    assert kinds(said) == ["Declare", "Holding", "ItemStarted", "Result", "Ready", "Ping"]
    assert said[4].slots == 0
    talk.hear(m.Pong(said[5].id))
    assert not talk.grants.is_drained
    talk.hear(m.Ack(1, NONE32))
    assert talk.grants.is_drained


def test_what_is_under_way_is_paused_and_resumed_and_nothing_else_is():
    talk = Talk()
    talk.connect()
    grant = talk.grant(1, 3)
    assert talk.hear(m.Pause(1, 0), m.Resume(1, 0)) == [Paused(grant), Resumed(grant)]
    assert talk.hear(m.Pause(9, 0), m.Pause(1, 3), m.Resume(1, 4095)) == []
    talk.grants.answer(grant, m.Result(1, 1, {}, b"a"))
    talk.hear(m.Revoke(1, 2))
    assert talk.hear(m.Pause(1, 1), m.Pause(1, 2)) == []
    talk.hear(m.Ack(1, NONE32))
    assert talk.hear(m.Resume(1, 0)) == []
