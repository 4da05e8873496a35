"""A real sluiced goes away under clients and workers that ask for nothing: nothing is lost, nothing
runs twice, and streams go on by their numbers.
"""

import asyncio
import enum
import signal
import threading

import pytest
from real_daemon import PATIENCE, RealDaemon, is_built

import sluice

pytestmark = pytest.mark.skipif(not is_built(), reason="swift build --product sluiced")


class Going(enum.Enum):
    """Killed, it cannot tell whom to expect, and its time to gather has to pass. Stopped, it does
    not pass before everybody has claimed exactly what was his, or a test takes ten minutes.
    """

    KILLED = (signal.SIGKILL, "700ms")
    STOPPED = (signal.SIGTERM, "10min")

    @property
    def signal(self):
        return self.value[0]


# Where not everything is claimed, a daemon that was stopped waits its ten minutes.
only_killed = pytest.mark.parametrize("going", [Going.KILLED], indirect=True, ids=["killed"])

CONFIGURATION = """
[daemon]
reclaim_window = "{}"

[function.work]
max_worker_deaths = "none"
"""


@pytest.fixture(params=Going, ids=lambda going: going.name.lower())
def going(request):
    return request.param


@pytest.fixture
def daemon(tmp_path, going):
    made = RealDaemon(tmp_path, CONFIGURATION.format(going.value[1]))
    made.go = lambda: made.end(going.signal)
    made.go_and_return = lambda: made.restart(going.signal)
    yield made
    made.close()


class Ledger:
    """What was executed, in a file, in the order in which it began; and the hand on the brake."""

    def __init__(self, path):
        self._path = path
        self._path.touch()
        self._change = threading.Condition()
        self._open = 0

    def begin(self, name):
        with self._change, self._path.open("a") as file:
            file.write(f"{name}\n")
            file.flush()
            self._change.notify_all()

    def wait(self):
        """What a function does until it is let go; each takes one permission."""
        with self._change:
            assert self._change.wait_for(lambda: self._open > 0, PATIENCE)
            self._open -= 1

    def let_go(self, count):
        with self._change:
            self._open += count
            self._change.notify_all()

    @property
    def names(self):
        return self._path.read_text().split()


@pytest.fixture
def ledger(tmp_path):
    made = Ledger(tmp_path / "ledger")
    yield made
    made.let_go(1000)


@pytest.fixture
def worker(daemon, ledger):
    made = sluice.Worker(daemon.directory, slots=1)

    @made.function("work", retry="never")
    def work(name, payload=b""):
        ledger.begin(name)
        ledger.wait()
        return [name, len(payload)]

    made.start()
    yield made
    made.close()


@pytest.fixture
def streaming(daemon, ledger):
    made = sluice.Worker(daemon.directory, slots=1)

    @made.function("work", retry="never")
    def work(name):
        ledger.begin(name)
        for number in range(6):
            if number == 3:
                ledger.wait()
            yield number

    made.start()
    yield made
    made.close()


@pytest.fixture
def client(daemon):
    with sluice.Client(daemon.directory) as made:
        yield made


def waits(job):
    """Until the daemon has it, and it is not running."""
    return next(status for status in job.updates() if status.state == "waiting")


def runs(job):
    """Until its client knows that it has begun. What is killed before it can say so has not said
    where the request is, which is then another one.
    """
    return next(status for status in job.updates() if status.state == "running")


def test_a_blocking_client_gets_all_in_order_and_nothing_ran_twice(daemon, ledger, worker, client):
    large = bytes(3 << 20)
    jobs = [client.submit("work", "a"), client.submit("work", "b", large)]
    runs(jobs[0])
    waits(jobs[1])
    with sluice.Client(daemon.directory) as other:
        jobs.append(other.submit("work", "c"))
        waits(jobs[2])
        found = []
        asker = threading.Thread(target=lambda: found.append(client.predict("work", "d")))
        asker.start()
        daemon.go_and_return()
        ledger.let_go(4)
        results = [job.result(PATIENCE) for job in jobs]
        asker.join(PATIENCE)
    assert results == [["a", 0], ["b", len(large)], ["c", 0]] and found == [["d", 0]]
    assert ledger.names == ["a", "b", "c", "d"]


def test_a_wait_goes_on_counting_while_the_daemon_is_away(daemon, ledger, worker, client):
    job = client.submit("work", "a")
    runs(job)
    daemon.go()
    with pytest.raises(TimeoutError, match="no outcome after 0.05 s"):
        job.result(timeout=0.05)
    late = client.submit("work", "b")
    daemon.start()
    ledger.let_go(2)
    assert [job.result(PATIENCE), late.result(PATIENCE)] == [["a", 0], ["b", 0]]
    assert ledger.names == ["a", "b"]


def test_an_answer_of_while_the_daemon_was_away_is_the_outcome(daemon, ledger, worker, client):
    job = client.submit("work", "a")
    runs(job)
    daemon.go()
    ledger.let_go(1)
    daemon.start()
    assert job.result(PATIENCE) == ["a", 0] and ledger.names == ["a"]


def test_a_loop_over_partial_results_goes_on_by_number(daemon, ledger, streaming, client):
    parts = iter(client.submit("work", "a"))
    assert [next(parts) for _ in range(3)] == [0, 1, 2]
    daemon.go_and_return()
    ledger.let_go(1)
    assert list(parts) == [3, 4, 5] and ledger.names == ["a"]


def test_partial_results_of_while_the_daemon_was_away_are_not_lost(
    daemon, ledger, streaming, client
):
    parts = iter(client.submit("work", "a"))
    assert [next(parts) for _ in range(3)] == [0, 1, 2]
    daemon.go()
    ledger.let_go(1)
    daemon.start()
    assert list(parts) == [3, 4, 5] and ledger.names == ["a"]


def test_asyncio_clients_workers_and_streams_notice_nothing(daemon, ledger):
    async def scene():
        gate = asyncio.Semaphore(0)
        worker = sluice.aio.Worker(daemon.directory, slots=2)

        @worker.function("work", concurrency_limit=2, retry="never")
        async def work(name):
            ledger.begin(name)
            for number in range(4):
                if number == 2:
                    await gate.acquire()
                yield number

        serving = asyncio.create_task(worker.run())
        async with sluice.aio.Client(daemon.directory) as client:
            parts = client.submit("work", "a").__aiter__()
            assert [await parts.__anext__() for _ in range(2)] == [0, 1]
            parts_too = client.submit("work", "b").__aiter__()
            assert [await parts_too.__anext__() for _ in range(2)] == [0, 1]
            waiting = client.submit("work", "c")
            async for status in waiting.updates():
                if status.state == "waiting":
                    break
            awaited = asyncio.create_task(client.predict("work", "d"))
            await asyncio.to_thread(daemon.go_and_return)
            for _ in range(4):
                gate.release()
            assert [part async for part in parts] == [2, 3]
            assert [part async for part in parts_too] == [2, 3]
            assert await awaited == await waiting.result(PATIENCE) == 3
        worker.drain()
        await serving

    asyncio.run(asyncio.wait_for(scene(), PATIENCE))
    assert ledger.names == ["a", "b", "c", "d"]


@pytest.mark.parametrize("asked", ["before", "meanwhile"])
def test_a_worker_that_leaves_hands_in_what_it_has_and_then_does(
    daemon, ledger, worker, client, asked
):
    job = client.submit("work", "a")
    waiting = client.submit("work", "b")
    runs(job)
    waits(waiting)
    if asked == "before":
        worker.drain()
    daemon.go()
    if asked == "meanwhile":
        worker.drain()
    ledger.let_go(1)
    daemon.start()
    assert job.result(PATIENCE) == ["a", 0]
    assert worker.join(PATIENCE)
    assert ledger.names == ["a"] and not waiting.done()


def test_a_batch_goes_on_and_is_answered_once(daemon, ledger, client):
    worker = sluice.Worker(daemon.directory, slots=1)

    @worker.function("work", batch=True, max_batch_size=3, retry="never")
    def work(names):
        ledger.begin("+".join(names))
        ledger.wait()
        return [name * 2 for name in names]

    worker.start()
    jobs = [client.submit("work", name) for name in "abcdefg"]
    first = runs(jobs[0])
    waits(jobs[-1])
    daemon.go_and_return()
    ledger.let_go(10)
    assert [job.result(PATIENCE) for job in jobs] == [name * 2 for name in "abcdefg"]
    assert "".join(ledger.names).replace("+", "") == "abcdefg" and first.attempt == 1
    worker.close()


@only_killed
def test_what_is_cancelled_while_the_daemon_is_away_is_cancelled(daemon, ledger, worker, client):
    running, waiting = client.submit("work", "a"), client.submit("work", "b")
    runs(running)
    waits(waiting)
    daemon.go()
    assert running.cancel() and waiting.cancel()
    daemon.start()
    for job in (running, waiting):
        with pytest.raises(sluice.Cancelled):
            job.result(PATIENCE)
    ledger.let_go(2)
    assert client.submit("work", "c").result(PATIENCE) == ["c", 0]
    assert ledger.names == ["a", "c"]


@only_killed
def test_who_closes_on_purpose_does_not_come_back(daemon, ledger, worker):
    with sluice.Client(daemon.directory) as client:
        job = client.submit("work", "a")
        runs(job)
        daemon.go()
    with pytest.raises(sluice.Cancelled, match="the client was closed"):
        job.result(PATIENCE)
    daemon.start()
    worker.drain()
    ledger.let_go(1)
    assert worker.join(PATIENCE) and ledger.names == ["a"]
