"""A client's requests as a machine: what is said again after a restart, and what is news."""

import pytest

from sluice import _codec as codec
from sluice import _messages as m
from sluice._connection import Connection
from sluice._requests import CHUNKS_LOST, STREAM_RESTARTED, Requests
from sluice._wire import FrameDecoder


class Talk:
    """One connection after another between a Requests machine and a daemon made of words."""

    def __init__(self):
        self.now = 100.0
        self.features = m.DETACHED
        self.requests = Requests(lambda: self.now)
        self.connect()

    def connect(self):
        self.connection = Connection("client", m.Hello())
        self.connection.outbox.drain()
        welcome = m.Welcome(longest_body=1 << 20, features=self.features)
        list(self.connection.receive(codec.encoded(welcome)))
        self.events = list(self.requests.opened(self.connection))
        return self.said()

    def restart(self, away=0.0):
        self.requests.lost()
        self.now += away
        return self.connect()

    def ask(self, number, takes_anew=False, **attributes):
        self.requests.submit(m.Submit(number, "f", attributes, b"x"), takes_anew)
        return self.said()

    def hear(self, *messages):
        return [e for e in map(self.requests.take, messages) if e is not None]

    def said(self):
        decoder = FrameDecoder()
        decoder.receive(self.connection.outbox.drain())
        return [codec.decode(frame) for frame in decoder]

    def stream(self, number, *sequences, request=70, attempt=1):
        return self.hear(
            m.Admitted(number, request, b"t%d" % request),
            m.Started(number, attempt),
            *[m.Chunk(number, sequence) for sequence in sequences],
        )


def test_what_was_admitted_comes_in_the_order_of_its_places_and_the_rest_in_that_of_asking():
    talk = Talk()
    for number in (5, 2, 9, 4):
        talk.ask(number)
    talk.hear(m.Admitted(9, 71, b"a"), m.Admitted(2, 72, b"b"))
    said = talk.restart()
    assert [s.id for s in said] == [9, 2, 5, 4]
    assert [s.attributes for s in said] == [{"ticket": b"a"}, {"ticket": b"b"}, {}, {}]
    assert all(s.payload == b"x" and s.function == "f" for s in said)


def test_the_latest_ticket_is_the_one_that_is_shown():
    talk = Talk()
    talk.ask(1)
    talk.hear(m.Admitted(1, 71, b"a"))
    talk.restart()
    talk.hear(m.Admitted(1, 71, b"b"))
    (submit,) = talk.restart()
    assert submit.attributes == {"ticket": b"b"}


def test_what_had_begun_is_said_with_its_attempt_and_how_many_chunks_came():
    talk = Talk()
    talk.ask(1)
    talk.stream(1, attempt=2)
    (submit,) = talk.restart()
    assert submit.attributes == {"ticket": b"t70", "attempt": 2}
    talk.stream(1, 0, 1, attempt=2)
    (submit,) = talk.restart()
    assert submit.attributes == {"ticket": b"t70", "attempt": 2, "chunks": 2}


def test_of_times_what_is_left_is_sent_and_never_nothing():
    talk = Talk()
    limits = dict(queue_timeout=3000000, deadline=9000000, exec_timeout=5000000)
    (submit,) = talk.ask(1, **limits)
    assert submit.attributes == limits
    talk.hear(m.Admitted(1, 70, b"t"))
    (submit,) = talk.restart(away=1)
    assert submit.attributes == dict(limits, ticket=b"t", queue_timeout=2000000, deadline=8000000)
    (submit,) = talk.restart(away=60)
    assert submit.attributes == dict(limits, ticket=b"t", queue_timeout=1, deadline=1)


def test_nobody_waits_to_begin_who_has_begun():
    talk = Talk()
    talk.ask(1, queue_timeout=3000000, deadline=9000000)
    talk.stream(1)
    (submit,) = talk.restart(away=1)
    assert submit.attributes == {"ticket": b"t70", "attempt": 1, "deadline": 8000000}


def test_a_request_that_was_let_in_is_not_measured_against_max_wait_again():
    talk = Talk()
    talk.ask(1, max_wait=5)
    talk.ask(2, max_wait=5)
    talk.hear(m.Admitted(1, 70, b"t"))
    assert [s.attributes for s in talk.restart()] == [{"ticket": b"t"}, {"max_wait": 5}]


def test_what_waits_for_a_connection_is_asked_with_what_is_left_then():
    talk = Talk()
    talk.requests.lost()
    talk.requests.submit(m.Submit(1, "f", {"deadline": 2000000}))
    talk.now += 0.5
    assert [s.attributes for s in talk.connect()] == [{"deadline": 1500000}]


def test_a_cancellation_without_answer_is_said_again_behind_its_request():
    talk = Talk()
    talk.ask(1)
    talk.ask(2)
    talk.requests.cancel(1)
    talk.hear(m.Admitted(1, 70, b"t"), m.Admitted(2, 71, b"u"))
    kinds = [(type(s).__name__, s.id) for s in talk.restart()]
    assert kinds == [("Submit", 1), ("Cancel", 1), ("Submit", 2)]
    talk.hear(m.Outcome(1, outcome=3, code="cancelled_by_client"))
    assert [s.id for s in talk.restart()] == [2]


def test_a_request_with_its_old_number_goes_on_and_nothing_is_told_twice():
    talk = Talk()
    talk.ask(1)
    talk.stream(1, 0, 1)
    talk.restart()
    events = talk.stream(1, 0, 1, 2)
    assert [type(e).__name__ for e in events] == ["Admitted", "Chunk"]
    assert events[1].sequence == 2
    assert talk.hear(m.Outcome(1)) == [m.Outcome(1)] and not talk.requests


def test_a_higher_attempt_begins_the_stream_anew_and_a_lower_one_is_no_news():
    talk = Talk()
    talk.ask(1)
    talk.stream(1, 0, 1, attempt=2)
    assert talk.hear(m.Started(1, 1)) == []
    events = talk.hear(m.Started(1, 3), m.Chunk(1, 0))
    assert [type(e).__name__ for e in events] == ["Started", "Chunk"]


@pytest.mark.parametrize("begun", [False, True])
def test_another_number_is_another_request_from_its_first_attempt_on(begun):
    talk = Talk()
    talk.ask(1)
    talk.hear(m.Admitted(1, 70, b"t"), *[m.Started(1, 3)] * begun)
    talk.restart()
    assert talk.hear(m.Admitted(1, 90, b"u")) == [m.Admitted(1, 90, b"u")]
    assert talk.hear(m.Started(1, 1)) == [m.Started(1, 1)]
    (submit,) = talk.restart()
    assert submit.attributes == {"ticket": b"u", "attempt": 1}


def test_another_number_after_partial_results_fails_the_request_which_is_cancelled():
    talk = Talk()
    talk.ask(1)
    talk.stream(1, 0, 1)
    talk.restart()
    (outcome,) = talk.hear(m.Admitted(1, 90, b"u"))
    assert (outcome.id, outcome.outcome, outcome.code) == (1, 2, STREAM_RESTARTED)
    assert talk.said() == [m.Cancel(1)]
    assert talk.hear(m.Outcome(1, outcome=3, code="cancelled_by_client")) == []
    assert not talk.requests


def test_who_can_take_a_stream_anew_gets_it_from_its_beginning():
    talk = Talk()
    talk.ask(1, takes_anew=True)
    talk.stream(1, 0, 1)
    talk.restart()
    events = talk.stream(1, 0, request=90)
    assert [type(e).__name__ for e in events] == ["Admitted", "Started", "Chunk"]
    assert talk.said() == []


def test_a_hole_in_a_stream_fails_the_request_which_is_cancelled():
    talk = Talk()
    talk.ask(1)
    talk.stream(1, 0)
    talk.restart()
    (event, outcome) = talk.stream(1, 3)
    assert (outcome.outcome, outcome.code, outcome.attempts) == (2, CHUNKS_LOST, 1)
    assert outcome.message.startswith("partial results 1 to 2 were lost")
    assert talk.said() == [m.Cancel(1)]
    assert talk.hear(m.Chunk(1, 4), m.Outcome(1)) == []


def test_an_outcome_needs_no_admission():
    talk = Talk()
    talk.ask(1)
    talk.stream(1, 0)
    talk.restart()
    died = m.Outcome(1, outcome=2, code="worker_died", attempts=1)
    assert talk.hear(died) == [died]
    assert talk.restart() == []


def test_what_is_detached_is_submitted_until_it_is_admitted_and_then_fetched_at_its_place():
    talk = Talk()
    talk.ask(1, detached=1, deadline=5_000_000)
    talk.ask(2, detached=1)
    talk.ask(3)
    talk.requests.fetch(m.Fetch(4, 69))
    assert [type(said) for said in talk.said()] == [m.Fetch, m.Watch]
    talk.stream(2, 0, 1, request=70, attempt=3)
    talk.hear(m.Admitted(3, 71, b"t"))
    said = talk.restart(away=1.0)
    assert said == [
        m.Fetch(4, 69),
        m.Watch(4, 1),
        m.Fetch(2, 70, {"attempt": 3, "chunks": 2}),
        m.Submit(3, "f", {"ticket": b"t"}, b"x"),
        m.Submit(1, "f", {"detached": 1, "deadline": 4_000_000}, b"x"),
    ]


def test_what_is_fetched_goes_on_by_the_numbers_of_its_attempt():
    talk = Talk()
    talk.ask(1, detached=1)
    talk.stream(1, 0, 1, request=70, attempt=1)
    talk.restart()
    again = [m.Admitted(1, 70, b""), m.Started(1, 1), m.Chunk(1, 1), m.Chunk(1, 2)]
    assert talk.hear(*again) == [again[0], again[3]]
    talk.restart()
    anew = [m.Admitted(1, 70, b""), m.Started(1, 2), m.Chunk(1, 0)]
    assert talk.hear(*anew) == anew


def test_what_was_called_off_is_so_again_behind_its_fetch():
    talk = Talk()
    talk.ask(1, detached=1)
    talk.hear(m.Admitted(1, 70, b""))
    talk.requests.cancel(1)
    assert talk.restart() == [m.Fetch(1, 70), m.Cancel(1)]


def test_without_the_feature_nothing_is_fetched_and_the_refusal_is_given_here():
    talk = Talk()
    talk.ask(1, detached=1)
    talk.hear(m.Admitted(1, 70, b""))
    talk.features = 0
    assert talk.restart() == []
    (refusal,) = talk.events
    assert (refusal.id, refusal.outcome, refusal.code) == (1, 5, "unsupported")
    assert talk.requests.fetch(m.Fetch(2, 70)).code == "unsupported"
    assert not talk.requests


def test_who_leaves_says_so_and_hears_nothing_more_now_or_on_another_connection():
    talk = Talk()
    talk.features = m.DETACHED | m.LEAVING
    talk.connect()
    talk.requests.fetch(m.Fetch(1, 70))
    talk.said()
    talk.requests.leave(1)
    assert talk.said() == [m.Leave(1)]
    assert talk.hear(m.Chunk(1, 0), m.Outcome(1, outcome=3, code="client_gone")) == []
    assert talk.restart() == []
    assert not talk.requests


def test_who_leaves_before_it_is_stored_sees_to_that_first():
    talk = Talk()
    talk.features = m.DETACHED | m.LEAVING
    talk.connect()
    talk.ask(1, detached=1)
    talk.requests.leave(1)
    assert talk.said() == []
    assert [type(said) for said in talk.restart()] == [m.Submit]
    assert talk.hear(m.Admitted(1, 70, b"")) == []
    assert talk.said() == [m.Leave(1)]
    assert not talk.requests


def test_a_refusal_of_what_was_left_is_told_to_nobody():
    talk = Talk()
    talk.ask(1, detached=1)
    talk.requests.leave(1)
    assert talk.hear(m.Outcome(1, outcome=5, code="store_full")) == []
    assert not talk.requests


def test_who_cancels_and_leaves_cancels_on_the_next_connection_too():
    talk = Talk()
    talk.requests.fetch(m.Fetch(1, 70))
    talk.requests.cancel(1)
    talk.requests.leave(1)
    talk.said()
    assert talk.restart() == [m.Fetch(1, 70), m.Watch(1, 1), m.Cancel(1)]
    assert talk.hear(m.Outcome(1, outcome=3, code="cancelled_by_client")) == []
    assert not talk.requests


def test_a_daemon_that_does_not_know_of_leaving_is_not_told():
    talk = Talk()
    talk.requests.fetch(m.Fetch(1, 70))
    talk.said()
    talk.requests.leave(1)
    assert talk.said() == []
    assert talk.hear(m.Chunk(1, 0)) == []


def test_a_hole_in_what_is_detached_ends_it_for_this_caller_and_cancels_nothing():
    talk = Talk()
    talk.requests.fetch(m.Fetch(1, 70))
    talk.said()
    (lost,) = talk.stream(1, 1)[2:]
    assert (lost.outcome, lost.code) == (2, CHUNKS_LOST)
    assert "it goes on, so fetch it when it has ended" in lost.message
    assert talk.said() == []
    assert talk.hear(m.Chunk(1, 2), m.Outcome(1)) == []
    assert talk.restart() == []
