"""When a link tries to reach the daemon again, and when it does not."""

import pytest

from sluice._link import Link
from sluice._messages import Hello
from sluice._place import Place


class Clockwork:
    """An event loop whose timers go off when the test says so."""

    def __init__(self):
        self.due = []

    def call_later(self, delay, call):
        timer = Timer(delay, call)
        self.due.append(timer)
        return timer


class Timer:
    def __init__(self, delay, call):
        self.delay, self.call, self.is_cancelled = delay, call, False

    def cancel(self):
        self.is_cancelled = True


class Owner:
    def __init__(self):
        self.failures = []

    def hello(self):
        return Hello()

    def lost(self):
        pass

    def failed(self, error):
        self.failures.append(error)


@pytest.fixture
def link(tmp_path):
    made = Link(Clockwork(), Place("client", tmp_path), Owner(), None, False)
    made._was_open = True
    made.start()
    return made


def test_a_daemon_that_was_there_is_tried_at_once_then_soon_then_often_without_end(link):
    pauses = []
    for _ in range(60):
        timer = link._loop.due.pop()
        pauses.append(timer.delay)
        timer.call()
    assert pauses[0] == 0
    assert 0 < pauses[1] <= 0.010
    assert pauses[4] > pauses[1]
    assert 0.1 < min(pauses[10:]) <= max(pauses[10:]) <= 0.25
    assert len(set(pauses)) == 60, "two processes would come together"
    assert not link._loop.due[:-1] and not link._owner.failures


def test_nothing_is_tried_again_after_closing_on_purpose(link):
    (timer,) = link._loop.due
    link.close()
    assert timer.is_cancelled and link.is_idle and not link._owner.failures
