"""A generator whose caller does not read is held, and nothing holds it for ever."""

import asyncio
import threading

import pytest
import watched_gate

import sluice
from sluice import _messages as m


class Stream:
    """A function that yields three chunks, when it is told to begin."""

    def __init__(self):
        self.began, self.go, self.closed = (threading.Event() for _ in range(3))
        self.taken = []

    def plain(self):
        try:
            self.began.set()
            assert self.go.wait(20)
            for number in range(3):
                self.taken.append(number)
                yield number
        finally:
            self.closed.set()

    async def coroutine(self):
        try:
            self.began.set()
            assert await asyncio.get_running_loop().run_in_executor(None, self.go.wait, 20)
            for number in range(3):
                self.taken.append(number)
                yield number
        finally:
            self.closed.set()


@pytest.fixture(params=["plain", "coroutine"])
def stream(request, serve):
    made = Stream()
    made.worker = serve()
    # The decorator looks at the function, which a method of an object is not to everybody.
    if request.param == "plain":

        @made.worker.function("stream")
        def plain():
            yield from made.plain()

    else:

        @made.worker.function("stream")
        async def coroutine():
            async for value in made.coroutine():
                yield value

    made.worker.start()
    return made


@pytest.fixture
def held(monkeypatch):
    return watched_gate.watch(monkeypatch)


@pytest.fixture
def job(held, stream, daemon, client):
    """A request whose stream is held after its first chunk."""
    made = client.submit("stream")
    assert stream.began.wait(20)
    daemon.steer_streams(m.Pause)
    stream.go.set()
    assert held.acquire(timeout=20)
    daemon.until(lambda: daemon.count(m.ItemChunk) == 1)
    assert stream.taken == [0]
    return made


def test_a_paused_generator_is_held_before_its_next_chunk_until_it_is_resumed(job, stream, daemon):
    daemon.steer_streams(m.Resume)
    assert list(job) == [0, 1, 2] and job.result(20) == 2
    assert stream.taken == [0, 1, 2] and stream.closed.is_set()


def test_a_paused_generator_that_is_revoked_is_closed(job, stream, daemon):
    job.cancel()
    assert stream.closed.wait(20)
    with pytest.raises(sluice.Cancelled):
        job.result(20)
    daemon.until(lambda: [x.failure for x in daemon.seen if isinstance(x, m.Failed)] == [2])
    assert stream.taken == [0]


def test_a_pause_ends_with_its_connection(job, stream, daemon):
    daemon.restart()
    assert list(job) == [0, 1, 2] and job.result(20) == 2
    assert stream.taken == [0, 1, 2]


def test_a_worker_that_is_closed_leaves_nothing_held(job, stream):
    stream.worker.close()
    assert stream.closed.wait(20)


def test_a_worker_that_leaves_in_peace_waits_for_the_reader(job, stream, daemon):
    stream.worker.drain()
    daemon.until(lambda: any(isinstance(x, m.Ready) and x.slots == 0 for x in daemon.seen))
    assert not stream.closed.is_set()
    daemon.steer_streams(m.Resume)
    assert list(job) == [0, 1, 2]


def test_workers_name_that_they_take_pauses_and_clients_do_not(stream, client, daemon):
    stream.go.set()
    client.submit("stream").result(20)
    hellos = [x.features for x in daemon.seen if isinstance(x, m.Hello)]
    assert sorted(hellos) == [0, m.PAUSING | m.DEVICES]
