"""The blocking client and worker, against a daemon that keeps the protocol."""

import os
import signal
import socket
import subprocess
import sys
import threading

import pytest
from fake_daemon import FakeDaemon

import sluice
from sluice import _codec as codec
from sluice import _messages as m
from sluice._wire import InDescriptor


class Gate:
    """A function that says when it began and ends when it is told to."""

    def __init__(self):
        self.began = threading.Semaphore(0)
        self.go = threading.Semaphore(0)

    def pass_through(self):
        self.began.release()
        assert self.go.acquire(timeout=20)


def test_a_function_is_called_with_what_was_sent(serve, client):
    worker = serve()

    @worker.function("join")
    def join(*parts, sep=" "):
        return {"all": sep.join(parts), "raw": b"\0\1"}

    worker.start()
    assert client.predict("join", "a", "b", sep="-") == {"all": "a-b", "raw": b"\0\1"}
    assert join("x", "y") == "x y" or join("x", "y")["all"] == "x y"


def test_what_a_function_raises_reaches_the_caller(serve, client, caplog):
    worker = serve()

    @worker.function("bad")
    def bad(kind):
        if kind == "own":
            raise sluice.FunctionError("choose another style")
        raise ValueError("no such style")

    worker.start()
    with pytest.raises(sluice.FunctionError, match="^ValueError: no such style$") as raised:
        client.predict("bad", "other")
    assert (raised.value.kind, raised.value.code, raised.value.function) == (
        "ValueError",
        "function_error",
        "bad",
    )
    assert "in bad" in caplog.text
    with pytest.raises(sluice.FunctionError, match="^choose another style$"):
        client.predict("bad", "own")
    with pytest.raises(
        sluice.FunctionError, match=r"bad\(kind\): missing a required argument: 'kind'"
    ):
        client.predict("bad")


def test_a_result_that_cannot_travel_is_the_functions_failure(serve, client):
    worker = serve()
    worker.function("odd")(lambda: {1, 2})
    worker.start()
    with pytest.raises(
        sluice.FunctionError, match="the result of odd: value is a set, which cannot travel"
    ):
        client.predict("odd")


def test_a_batch_function_gets_one_list_per_input(daemon, serve, client):
    worker, calls = serve(), []

    @worker.function("add", batch=True, max_batch_size=4)
    def add(xs, ys=None):
        calls.append((xs, ys))
        return [ValueError("too big") if x > 8 else x + (y or 0) for x, y in zip(xs, ys or xs)]

    worker.start()
    daemon.pause()
    jobs = [client.submit("add", 1, 2), client.submit("add", 3, ys=4), client.submit("add", 9, 1)]
    jobs.append(client.submit("add"))
    daemon.until(lambda: daemon.count(m.Submit) == 4)
    daemon.resume()
    assert [job.result(20) for job in jobs[:2]] == [3, 7]
    with pytest.raises(sluice.FunctionError, match="too big"):
        jobs[2].result(20)
    with pytest.raises(sluice.FunctionError, match="missing a required argument: 'xs'"):
        jobs[3].result(20)
    assert calls == [([1, 3, 9], [2, 4, 1])]
    assert client.predict("add", 5) == 10


def test_a_batch_function_that_returns_too_few_fails_all_with_the_reason(serve, client):
    worker = serve()
    worker.function("few", batch=True)(lambda xs: [])
    worker.function("text", batch=True)(lambda xs: "x")
    worker.start()
    with pytest.raises(sluice.FunctionError, match="few returned 0 results for 1 requests"):
        client.predict("few", 1)
    with pytest.raises(
        sluice.FunctionError, match="text returned a str: a batch function returns a list"
    ):
        client.predict("text", 1)


@pytest.mark.parametrize("is_async", [False, True])
def test_a_generator_streams_and_its_last_value_is_the_result(serve, client, is_async):
    worker = serve()
    if is_async:

        @worker.function("count")
        async def count(n):
            for i in range(n):
                yield i

    else:

        @worker.function("count")
        def count(n):
            yield from range(n)

    worker.start()
    job = client.submit("count", 5)
    assert list(job) == [0, 1, 2, 3, 4]
    assert job.result() == 4 and job.outputs() == [0, 1, 2, 3, 4] and list(job) == [0, 1, 2, 3, 4]
    assert client.predict("count", 0) is None


def test_a_generator_that_raises_ends_the_iteration_with_it(serve, client):
    worker = serve()

    @worker.function("half")
    def half():
        yield 1
        raise KeyError("two")

    worker.start()
    seen = []
    with pytest.raises(sluice.FunctionError, match="KeyError: 'two'"):
        for part in client.submit("half"):
            seen.append(part)
    assert seen == [1]


@pytest.mark.parametrize("is_async", [False, True])
def test_progress_and_log_reach_the_caller(serve, client, is_async):
    worker = serve()

    def steps():
        for i in range(1000):
            sluice.progress(i + 1, 1000, "denoising", "steps")
        sluice.info("half way")
        sluice.warning("hot")

    if is_async:

        @worker.function("work")
        async def work():
            steps()

    else:
        worker.function("work")(steps)
    worker.start()
    job = client.submit("work")
    job.result(20)
    assert job.logs() == [("info", "half way"), ("warning", "hot")]
    sluice.progress(1, 2)
    sluice.log("outside of a function nothing happens")


def test_the_last_progress_is_sent_while_the_function_goes_on(serve, client):
    worker, gate = serve(), Gate()

    @worker.function("work")
    def work():
        for i in range(100):
            sluice.progress(i + 1, 100, "pixels")
        gate.pass_through()

    worker.start()
    job = client.submit("work")
    for status in job.updates():
        if status.state == "running" and status.progress == (100, 100, "", "pixels"):
            assert status.attempt == 1
            gate.go.release()
    assert job.status().state == "completed"


def test_status_tells_rank_and_eta(daemon, serve, client):
    worker = serve()
    worker.function("f")(lambda: 1)
    worker.start()
    daemon.pause()
    jobs = [client.submit("f") for _ in range(3)]
    for status in jobs[2].updates():
        if status.rank is not None:
            break
    assert (status.state, status.rank, status.waiting, status.eta) == ("waiting", 2, 3, (1.5, 2.5))
    assert status.request and not status.held
    daemon.resume()
    assert sluice.wait(jobs, 20)
    assert jobs[2].status().state == "completed" and jobs[2].status().rank is None


def test_a_wait_that_is_over_leaves_the_job_alive(serve, client):
    worker, gate = serve(), Gate()
    worker.function("slow")(gate.pass_through)
    worker.start()
    job = client.submit("slow")
    assert gate.began.acquire(timeout=20)
    with pytest.raises(TimeoutError, match="slow has no outcome after 0.01 s .* call job.cancel"):
        job.result(0.01)
    gate.go.release()
    assert job.result(20) is None


def test_a_waiting_request_is_cancelled(daemon, serve, client):
    worker = serve()
    worker.function("f")(lambda: 1)
    worker.start()
    daemon.pause()
    job = client.submit("f")
    assert job.cancel()
    with pytest.raises(sluice.Cancelled, match="it was cancelled"):
        job.result(20)
    assert not job.cancel()


def test_a_revoked_generator_is_closed_at_its_next_yield(daemon, serve, client):
    worker, closed = serve(), threading.Event()

    @worker.function("stream")
    def stream():
        try:
            i = 0
            while True:
                i += 1
                yield i
        finally:
            closed.set()

    worker.start()
    job = client.submit("stream")
    assert next(iter(job)) == 1
    job.cancel()
    with pytest.raises(sluice.Cancelled):
        job.result(20)
    assert closed.wait(20)
    daemon.until(lambda: [x.failure for x in daemon.seen if isinstance(x, m.Failed)] == [2])


def test_a_revoked_coroutine_is_cancelled(daemon, serve, client):
    worker, began, ended = serve(), threading.Event(), threading.Event()

    @worker.function("sleeper")
    async def sleeper():
        import asyncio

        try:
            began.set()
            await asyncio.get_running_loop().create_future()
        finally:
            ended.set()

    worker.start()
    job = client.submit("sleeper")
    assert began.wait(20)
    job.cancel()
    assert ended.wait(20)
    daemon.until(lambda: [x.failure for x in daemon.seen if isinstance(x, m.Failed)] == [2])


def test_a_revoked_plain_function_answers_when_it_ends(daemon, serve, client):
    worker, gate, told = serve(slots=1), Gate(), []

    @worker.function("plain")
    def plain():
        gate.pass_through()
        told.append(sluice.cancelled())

    worker.start()
    job = client.submit("plain")
    assert gate.began.acquire(timeout=20)
    job.cancel()
    with pytest.raises(sluice.Cancelled):
        job.result(20)
    daemon.send_to_workers(m.Ping(5))
    daemon.until(lambda: daemon.count(m.Pong) == 1)  # so REVOKE, sent before, was read
    assert daemon.count(m.Failed) == 0
    after = client.submit("plain")
    gate.go.release()
    assert gate.began.acquire(timeout=20)
    gate.go.release()
    after.result(20)
    assert told == [True, False] and daemon.count(m.Failed) == 1


def test_a_revoked_item_is_answered_while_its_batch_goes_on(daemon, serve, client):
    worker, gate = serve(), Gate()

    @worker.function("batch", batch=True)
    def batch(xs):
        gate.pass_through()
        return xs

    worker.start()
    daemon.pause()
    jobs = [client.submit("batch", i) for i in range(3)]
    daemon.until(lambda: daemon.count(m.Submit) == 3)
    daemon.resume()
    assert gate.began.acquire(timeout=20)
    jobs[1].cancel()
    daemon.until(
        lambda: [(x.item, x.failure) for x in daemon.seen if isinstance(x, m.Failed)] == [(1, 2)]
    )
    gate.go.release()
    assert jobs[0].result(20) == 0 and jobs[2].result(20) == 2
    with pytest.raises(sluice.Cancelled):
        jobs[1].result(20)
    assert daemon.count(m.Result) == 2


def test_a_batch_that_runs_out_of_memory_comes_back_in_halves(daemon, serve, client):
    worker, sizes = serve(), []

    class OutOfMemoryError(RuntimeError):  # as torch.cuda names it
        pass

    @worker.function("big", batch=True)
    def big(xs):
        sizes.append(len(xs))
        if len(xs) > 1:
            raise OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB")
        if xs == [3]:
            raise sluice.OutOfMemory("3 is too much")
        return xs

    worker.start()
    daemon.pause()
    jobs = [client.submit("big", i) for i in range(4)]
    daemon.until(lambda: daemon.count(m.Submit) == 4)
    daemon.resume()
    assert [job.result(20) for job in jobs[:3]] == [0, 1, 2]
    with pytest.raises(sluice.OutOfMemory, match="big: .*3 is too much"):
        jobs[3].result(20)
    assert sizes[0] == 4 and sizes.count(1) == 4


@pytest.mark.parametrize("slots, most", [(1, 1), (3, 3)])
def test_slots_bound_what_runs_at_once(serve, client, slots, most):
    worker, gate = serve(slots=slots), Gate()
    lock, running, peak = threading.Lock(), [0], [0]

    @worker.function("f")
    def f():
        with lock:
            running[0] += 1
            peak[0] = max(peak[0], running[0])
        gate.pass_through()
        with lock:
            running[0] -= 1

    worker.start()
    jobs = [client.submit("f") for _ in range(6)]
    for _ in range(most):
        assert gate.began.acquire(timeout=20)
    gate.go.release(6)
    assert sluice.wait(jobs, 20)
    assert peak == [most]


@pytest.mark.parametrize("announced", [True, False])
def test_a_restart_of_the_daemon_is_not_noticed(daemon, serve, client, announced):
    worker, gate, calls = serve(slots=1), Gate(), []

    @worker.function("work")
    def work(n):
        calls.append(n)
        gate.pass_through()
        return n * 2

    worker.start()
    jobs = [client.submit("work", n) for n in (1, 2)]
    assert gate.began.acquire(timeout=20)
    daemon.until(lambda: daemon.count(m.Submit) == 2)
    daemon.restart(announced)
    daemon.until(lambda: daemon.count(m.Holding) == 1 and daemon.count(m.Submit) == 4)
    gate.go.release(2)
    assert [job.result(20) for job in jobs] == [2, 4]
    assert calls == [1, 2]


def test_a_daemon_that_is_away_is_waited_for(daemon, serve, client):
    worker, gate = serve(), Gate()

    @worker.function("work")
    def work():
        gate.pass_through()
        return "done"

    worker.start()
    job = client.submit("work")
    assert gate.began.acquire(timeout=20)
    daemon.unlisten()
    daemon.restart()
    gate.go.release()
    daemon.listen()
    assert job.result(20) == "done"


def test_an_answer_without_ack_is_sent_again(daemon, serve, client):
    worker = serve()
    worker.function("f")(lambda: 7)
    daemon.holding_acks = True
    worker.start()
    assert client.predict("f") == 7
    daemon.restart()
    daemon.until(lambda: daemon.count(m.Holding) == 1 and daemon.count(m.Result) == 2)
    daemon.release_acks()
    daemon.restart()
    daemon.until(lambda: daemon.count(m.Ready) == 3)
    assert daemon.count(m.Holding) == 1


def test_chunks_are_kept_and_not_told_twice_over_a_restart(daemon, serve, client):
    worker, gate = serve(), Gate()

    @worker.function("stream")
    def stream():
        yield "a"
        yield "b"
        gate.pass_through()
        yield "c"

    worker.start()
    job = client.submit("stream")
    parts = iter(job)
    assert [next(parts), next(parts)] == ["a", "b"]
    assert gate.began.acquire(timeout=20)
    daemon.restart()
    daemon.until(lambda: daemon.count(m.ItemChunk) == 4)
    gate.go.release()
    assert list(parts) == ["c"] and job.outputs() == ["a", "b", "c"]


def test_a_daemon_that_does_not_come_back_is_given_up(daemon, serve, tmp_path):
    worker = serve()
    gate = Gate()
    worker.function("f")(gate.pass_through)
    worker.start()
    with sluice.Client(daemon.directory, reconnect_timeout=0.05) as client:
        job = client.submit("f")
        assert gate.began.acquire(timeout=20)
        daemon.unlisten()
        daemon.restart()
        with pytest.raises(
            sluice.ConnectionFailed, match="went away and was not back in 0.05 s.*See the log"
        ):
            job.result(20)
        assert job.status().state == "lost"
        daemon.listen()
        gate.go.release()


def test_drain_finishes_and_waits_for_the_acknowledgement(daemon, serve, client):
    worker, gate = serve(), Gate()
    worker.function("f")(gate.pass_through)
    daemon.holding_acks = True
    worker.start()
    job = client.submit("f")
    assert gate.began.acquire(timeout=20)
    daemon.send_to_workers(m.Drain())
    daemon.until(lambda: [r.slots for r in daemon.seen if isinstance(r, m.Ready)] == [40, 0])
    gate.go.release()
    job.result(20)
    daemon.until(lambda: daemon.count(m.Ping) == 1)
    assert not worker.join(0)
    daemon.release_acks()
    assert worker.join(20)
    assert daemon.deaths == []


def test_a_worker_that_leaves_does_not_wait_for_ever_for_a_daemon_that_is_gone(
    daemon, serve, client, monkeypatch
):
    monkeypatch.setattr(sluice._serving.Core, "farewell", 0.2)
    worker, gate = serve(), Gate()
    worker.function("f")(gate.pass_through)
    worker.start()
    client.submit("f")
    assert gate.began.acquire(timeout=20)
    worker.drain()
    daemon.until(lambda: [r.slots for r in daemon.seen if isinstance(r, m.Ready)] == [40, 0])
    daemon.unlisten()
    daemon.restart(announced=False)
    assert worker.join(20)
    gate.go.release()


def test_a_worker_that_leaves_hands_in_its_answer_to_a_daemon_that_is_back(daemon, serve, client):
    worker, gate = serve(), Gate()
    worker.function("f")(gate.pass_through)
    worker.start()
    job = client.submit("f")
    assert gate.began.acquire(timeout=20)
    worker.drain()
    daemon.until(lambda: [r.slots for r in daemon.seen if isinstance(r, m.Ready)] == [40, 0])
    daemon.restart()
    gate.go.release()
    job.result(20)
    assert worker.join(20)


def test_the_manager_hears_that_a_worker_is_ready_when_its_functions_are_known(
    daemon, serve, tmp_path, monkeypatch
):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(20)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        worker = serve()
        for name in ["f", "g", "h"]:
            worker.function(name)(lambda: None)
        worker.start()
        assert manager.recv(100) == b"READY=1"
        assert daemon.count(m.Declare) == 3


WORKER = """
import sys, sluice
worker = sluice.Worker(sys.argv[1])
@worker.function("f")
def f():
    print("began", flush=True)
    sys.stdin.readline()
    return "finished"
worker.run()
print("left", flush=True)
"""


def test_sigterm_drains(daemon, client):
    path = os.path.dirname(os.path.dirname(sluice.__file__))
    process = subprocess.Popen(
        [sys.executable, "-c", WORKER, daemon.directory],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
    )
    with process:
        daemon.until(lambda: daemon.count(m.Ready) == 1)
        job = client.submit("f")
        assert process.stdout.readline() == "began\n"
        process.send_signal(signal.SIGTERM)
        daemon.until(lambda: daemon.count(m.Ready) == 2)
        process.stdin.write("\n")
        process.stdin.flush()
        assert job.result(20) == "finished"
        assert process.stdout.readline() == "left\n"
        assert process.wait(20) == 0


def test_started_is_told_before_a_function_takes_the_process_down(daemon, client):
    path = os.path.dirname(os.path.dirname(sluice.__file__))
    code = WORKER.replace('print("began", flush=True)', "import os; os._exit(3)")
    process = subprocess.Popen(
        [sys.executable, "-c", code, daemon.directory], env={**os.environ, "PYTHONPATH": path}
    )
    daemon.until(lambda: daemon.count(m.Ready) == 1)
    with pytest.raises(sluice.WorkerDied, match="died with it"):
        client.predict("f")
    assert process.wait(20) == 3


@pytest.mark.parametrize("is_async", [False, True])
@pytest.mark.parametrize("descriptors", [False, True])
def test_large_payloads_arrive_whole(daemon, descriptors, is_async):
    numpy = pytest.importorskip("numpy")
    worker = sluice.Worker(daemon.directory, descriptors=descriptors)

    @worker.function("flip")
    def flip(image, raw):
        image[0, 0] = 255 - image[0, 0]
        return image[::-1], raw

    worker.start()
    image = numpy.arange(3 << 20, dtype="u1").reshape(1 << 10, 3 << 10)
    raw = os.urandom(2 << 20)
    with sluice.Client(daemon.directory, descriptors=descriptors) as client:
        flipped, back = client.predict("flip", image, raw)
    assert back == raw and (flipped[:-1] == image[:0:-1]).all() and flipped[-1, 0] == 255
    inside = [
        isinstance(x.payload, InDescriptor)
        for x in daemon.seen
        if isinstance(x, (m.Submit, m.Result))
    ]
    assert inside == [descriptors, descriptors]
    worker.close()


@pytest.mark.parametrize("is_async", [False, True])
def test_files_go_to_functions_and_come_back_from_them(serve, client, is_async):
    worker = serve()

    if is_async:

        @worker.function("turn")
        async def turn(file, *, raw):
            assert isinstance(file, sluice.File) and raw == b"raw"
            return sluice.File(file.read()[::-1], "turned-" + file.name), raw
    else:

        @worker.function("turn")
        def turn(file, *, raw):
            assert isinstance(file, sluice.File) and raw == b"raw"
            return sluice.File(file.read()[::-1], "turned-" + file.name), raw

    @worker.function("sizes", batch=True, max_batch_delay=0.2)
    def sizes(files):
        return [sluice.File(b"%d" % len(file), f"{file.name}.txt") for file in files]

    @worker.function("pages")
    def pages(file):
        for byte in file.read():
            yield sluice.File(bytes([byte]), content_type="text/plain")

    worker.start()
    large = os.urandom(300_000)
    back, raw = client.predict("turn", sluice.File(large, "a.png"), raw=b"raw")
    assert isinstance(back, sluice.File) and back.read() == large[::-1] and raw == b"raw"
    assert (back.name, back.content_type) == ("turned-a.png", "image/png")
    jobs = [client.submit("sizes", sluice.File(bytes(n), f"f{n}")) for n in (3, 1, 2)]
    assert [(job.result().name, job.result().read()) for job in jobs] == [
        ("f3.txt", b"3"),
        ("f1.txt", b"1"),
        ("f2.txt", b"2"),
    ]
    said = [page.read() for page in client.submit("pages", sluice.File(b"ab"))]
    assert said == [b"a", b"b"]


def test_what_is_over_the_daemons_limit_goes_in_a_descriptor_or_is_refused(tmp_path):
    daemon = FakeDaemon(tmp_path, longest_body=10000)
    worker = sluice.Worker(tmp_path)
    worker.function("size")(lambda data: len(data))
    worker.start()
    with sluice.Client(tmp_path) as client:
        assert client.predict("size", bytes(20000)) == 20000
    with sluice.Client(tmp_path, descriptors=False) as client:
        with pytest.raises(sluice.TooLarge, match="size: 20101 bytes are over .*limit of 10000"):
            client.predict("size", bytes(20000))
        assert client.predict("size", bytes(5000)) == 5000
    worker.close()
    daemon.stop()


@pytest.mark.parametrize(
    "code, outcome, cls",
    [
        ("draining", 5, sluice.Draining),
        ("over_quota", 5, sluice.OverQuota),
        ("unknown_function", 5, sluice.UnknownFunction),
        ("not_permitted", 5, sluice.NotPermitted),
        ("wait_too_long", 5, sluice.WaitTooLong),
        ("unsupported", 5, sluice.Unsupported),
        ("too_large", 5, sluice.TooLarge),
        ("deadline", 4, sluice.Expired),
        ("client_gone", 3, sluice.Cancelled),
        ("worker_died", 2, sluice.WorkerDied),
        ("of_a_later_daemon", 5, sluice.Rejected),
        ("of_a_later_daemon", 2, sluice.Failed),
    ],
)
def test_a_refusal_is_an_exception_of_its_own(daemon, client, code, outcome, cls):
    daemon.refusals["f"] = dict(outcome=outcome, code=code, message="says the daemon")
    with pytest.raises(cls, match="^f: .*says the daemon") as raised:
        client.predict("f")
    assert isinstance(raised.value, sluice.SluiceError) and raised.value.code == code


def test_a_full_queue_tells_how_full_and_when_to_come_back(daemon, client):
    values = {"depth": 10, "limit": 9, "retry_after": 2500000}
    daemon.refusals["f"] = dict(outcome=5, code="queue_full", attributes=values)
    with pytest.raises(sluice.QueueFull) as raised:
        client.predict("f")
    assert (raised.value.depth, raised.value.limit, raised.value.retry_after) == (10, 9, 2.5)


def test_options_travel_as_attributes(daemon, client):
    daemon.refusals["f"] = dict(outcome=5, code="draining")
    job = client.options(
        queue_timeout=1.5, deadline=60, detached=True, caller="ada", max_wait=None
    ).submit("f")
    assert isinstance(job.exception(20), sluice.Draining)
    (submit,) = [x for x in daemon.seen if isinstance(x, m.Submit)]
    assert submit.wants_status
    # Connecting has taken its part of the time.
    assert 0 < submit.attributes.pop("queue_timeout") <= 1500000
    assert 0 < submit.attributes.pop("deadline") <= 60000000
    assert submit.attributes == {
        "content_type": "application/x-sluice-json",
        "detached": 1,
        "caller": "ada",
    }


def test_a_declaration_says_everything(daemon, serve):
    worker = serve(slots=3, name="painter")

    @worker.function(
        "paint",
        concurrency_id="gpu_queue",
        concurrency_limit=2,
        batch=True,
        max_batch_size=8,
        max_batch_delay=0.005,
        retry="never",
        restartable=True,
        expected_duration=0.35,
        cancel_grace=10,
        max_attempts=3,
    )
    def paint(images: list, style="oil"):
        """Paints pictures.

        More of it.
        """

    @worker.function
    def plain():
        pass

    worker.function("free", concurrency_limit=None)(lambda: 0)
    worker.start()
    daemon.until(lambda: daemon.count(m.Ready) == 1)
    hello = next(x for x in daemon.seen if isinstance(x, m.Hello))
    assert hello.attributes == {"name": "painter", "process": os.getpid()}
    paint_, plain_, free = [x for x in daemon.seen if isinstance(x, m.Declare)]
    told = paint_.attributes
    assert told.pop("description") == "Paints pictures." and b'"name":"images"' in told.pop(
        "signature"
    )
    assert told == {
        "concurrency_id": "gpu_queue",
        "concurrency_limit": 2,
        "batch": 1,
        "max_batch_size": 8,
        "max_batch_delay": 5000,
        "retry": 1,
        "restartable": 1,
        "expected_duration": 350000,
        "cancel_grace": 10000000,
        "max_attempts": 3,
    }
    assert plain_.function == "plain" and "concurrency_limit" not in plain_.attributes
    assert free.attributes["concurrency_limit"] == 0xFFFFFFFF


def test_a_warning_of_the_daemon_is_logged(daemon, serve, caplog):
    worker = serve()
    worker.function("warned")(lambda: 1)
    worker.start()
    with sluice.Client(daemon.directory) as client:
        client.predict("warned")
    assert "warned: limits differ" in caplog.text


def generator(xs):
    yield xs


@pytest.mark.parametrize(
    "mistake, kind, message",
    [
        (
            lambda w: w.function("f", concurrency_count=2),
            TypeError,
            "old name: use concurrency_limit",
        ),
        (lambda w: w.function("f", batch_size=2), TypeError, "use max_batch_size"),
        (lambda w: w.function("f", concurency_id="x"), TypeError, "did you mean concurrency_id"),
        (
            lambda w: w.function("a b"),
            ValueError,
            r"worker.function\('a b'\): the name is 'a b'.*no ' '",
        ),
        (lambda w: w.function(5), TypeError, "the name is 5: give a str"),
        (lambda w: w.function("f", concurrency_limit=0)(print), ValueError, "`sluicectl pause`"),
        (lambda w: w.function("f", max_batch_size=2)(print), ValueError, "needs batch=True"),
        (
            lambda w: w.function("f", batch=True, max_batch_size=9999)(print),
            ValueError,
            "give 1 to 4096",
        ),
        (lambda w: w.function("f", batch=True)(generator), ValueError, "generator"),
        (lambda w: w.function("f", retry="maybe")(print), ValueError, "'crash' or 'never'"),
        (lambda w: w.function("f", max_batch_delay="5ms")(print), TypeError, "give seconds"),
        (lambda w: w.function("f", exec_timeout=-1)(print), ValueError, "give seconds from 0"),
        (lambda w: w.function("f")(5), TypeError, "5 is not a function"),
        (lambda w: [w.function("f")(print), w.function("f")(print)], ValueError, "choose another"),
        (lambda w: w.start(), RuntimeError, "declare one with @worker.function"),
        (lambda w: sluice.Worker(max_threads=4), TypeError, "max_threads is slots here"),
        (lambda w: sluice.Worker(slots=0), ValueError, "slots is 0: give 1 to 4096"),
        (lambda w: sluice.Client().submit("a b"), ValueError, "the function is 'a b'"),
        (
            lambda w: sluice.Client().submit("f", {1}),
            sluice.EnvelopeError,
            r"arguments of f: args\[0\] is a set",
        ),
        (
            lambda w: sluice.Client().options(timeout=3),
            TypeError,
            "exec_timeout, queue_timeout or deadline",
        ),
        (lambda w: sluice.Client(reconnect_timeout="1"), TypeError, "give seconds"),
        (lambda w: sluice.progress(-1, 5), ValueError, "done is -1"),
        (lambda w: sluice.progress(1.5), ValueError, "a fraction is 0 to 1"),
        (lambda w: sluice.log("x", "loud"), ValueError, "give one of error"),
    ],
)
def test_a_mistake_ends_in_a_message_that_says_what_to_do(mistake, kind, message):
    with pytest.raises(kind, match=message):
        mistake(sluice.Worker())


def test_where_it_looked_and_what_to_do_is_in_the_message(tmp_path, monkeypatch):
    monkeypatch.setenv("SLUICE_RUNTIME_DIRECTORY", str(tmp_path / "none"))
    with sluice.Client() as client:
        with pytest.raises(
            sluice.ConnectionFailed,
            match=r"none/client.sock \(\$SLUICE_RUNTIME_DIRECTORY\): No such file.*"
            r"sluiced is not running: start it with `sluiced --runtime-directory .*none`",
        ):
            client.predict("f")
    worker = sluice.Worker(tmp_path)
    worker.function("f")(print)
    with pytest.raises(
        sluice.ConnectionFailed, match="worker.sock .the argument runtime_directory"
    ):
        worker.run()


def test_a_client_tries_again_after_a_failure(tmp_path):
    with sluice.Client(tmp_path) as client:
        with pytest.raises(sluice.ConnectionFailed):
            client.predict("f")
        daemon = FakeDaemon(tmp_path)
        daemon.refusals["f"] = dict(outcome=5, code="draining")
        with pytest.raises(sluice.Draining):
            client.predict("f")
        daemon.stop()


def test_an_error_of_the_daemon_ends_what_is_outstanding(daemon, serve, client):
    gate, worker = Gate(), serve()
    worker.function("f")(gate.pass_through)
    worker.start()
    job = client.submit("f")
    assert gate.began.acquire(timeout=20)
    daemon.send_to_clients(m.Error(code="dismissed", message="an operator closed it"))
    with pytest.raises(sluice.ConnectionFailed, match="an operator closed it .dismissed."):
        job.result(20)
    gate.go.release()


def test_a_daemon_that_breaks_the_protocol_is_told_so(daemon, serve, client):
    gate, worker = Gate(), serve()
    worker.function("f")(gate.pass_through)
    worker.start()
    job = client.submit("f")
    assert gate.began.acquire(timeout=20)
    daemon.send_raw(b"\xff" * 64)
    with pytest.raises(sluice.ProtocolError, match="broke the protocol: length"):
        job.result(20)
    with pytest.raises(sluice.ProtocolError):
        worker.join(20)
    daemon.until(lambda: daemon.count(m.Error) == 2)
    gate.go.release()


def test_a_closed_client_cancels_what_it_asked(daemon, serve):
    worker = serve()
    worker.function("f")(lambda: 1)
    worker.start()
    daemon.pause()
    client = sluice.Client(daemon.directory)
    job = client.submit("f")
    daemon.until(lambda: daemon.count(m.Submit) == 1)
    client.close()
    with pytest.raises(sluice.Cancelled, match="closed"):
        job.result(20)
    with pytest.raises(sluice.ConnectionFailed, match="make another"):
        client.submit("f")
    client.close()


def test_many_threads_share_a_client(serve, client):
    worker = serve()
    worker.function("double", batch=True)(lambda xs: [2 * x for x in xs])
    worker.start()
    wrong = []

    def ask(base):
        for i in range(base, base + 50):
            if client.predict("double", i) != 2 * i:
                wrong.append(i)

    threads = [threading.Thread(target=ask, args=(1000 * n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_callbacks_are_called_once_and_may_raise(serve, client, caplog):
    worker = serve()
    worker.function("f")(lambda: 1)
    worker.start()
    done = threading.Event()
    job = client.submit("f")
    job.add_done_callback(lambda j: 1 / 0)
    job.add_done_callback(lambda j: done.set())
    assert done.wait(20) and job.done()
    late = []
    job.add_done_callback(late.append)
    assert late == [job] and "ZeroDivisionError" in caplog.text


def test_nothing_wakes_an_idle_worker_or_client(serve, client):
    worker = serve()
    worker.function("f")(lambda: 1)
    worker.start()
    client.predict("f")
    for loop in (worker._thread.loop, client._thread.loop):
        looked = threading.Event()
        found = []

        def look(loop=loop, found=found, looked=looked):
            found.extend(handle for handle in loop._scheduled if not handle.cancelled())
            looked.set()

        loop.call_soon_threadsafe(look)
        assert looked.wait(20) and found == []


def test_a_plain_json_client_gets_plain_json(daemon, serve):
    """As `sluicectl submit` and programs in other languages do it."""
    import socket

    worker = serve()
    worker.function("add")(lambda a, b=0: {"sum": a + b})
    worker.start()
    daemon.until(lambda: daemon.count(m.Ready) == 1)
    from sluice._wire import FrameDecoder

    with socket.socket(socket.AF_UNIX) as peer:
        peer.settimeout(20)
        peer.connect(os.path.join(daemon.directory, "client.sock"))
        peer.sendall(codec.encoded(m.Hello()))
        submit = m.Submit(1, "add", {"content_type": "application/json"}, b'{"a": 1, "b": 2}')
        peer.sendall(codec.encoded(submit))
        decoder, messages = FrameDecoder(), []
        while not any(isinstance(x, m.Outcome) for x in messages):
            decoder.receive(peer.recv(4096))
            messages += [codec.decode(frame) for frame in decoder]
    outcome = messages[-1]
    assert outcome.attributes == {"content_type": "application/json"}
    assert bytes(outcome.payload) == b'{"sum":3}'


def test_an_idle_client_waits_for_a_daemon_that_is_just_away(daemon, serve, client):
    worker = serve()
    worker.function("f")(lambda: 7)
    worker.start()
    assert client.predict("f") == 7
    daemon.unlisten()
    daemon.restart()
    job = client.submit("f")
    assert not job.done()
    daemon.listen()
    assert job.result(20) == 7


@pytest.fixture
def stream(serve):
    """A worker whose stream has come to its second part, and its gate."""
    worker, gate = serve(), Gate()

    @worker.function("stream")
    def stream():
        yield "a"
        yield "b"
        gate.pass_through()
        yield "c"

    worker.start()
    yield gate
    gate.go.release(2)


def test_a_stream_that_a_restarted_daemon_does_not_know_fails_with_its_own_error(
    daemon, stream, client
):
    job = client.submit("stream")
    parts = iter(job)
    assert [next(parts), next(parts)] == ["a", "b"]
    daemon.restart(remembers=False)
    with pytest.raises(sluice.StreamRestarted, match="behind 2 partial results") as raised:
        next(parts)
    assert raised.value.code == "stream_restarted" and job.status().state == "failed"
    daemon.until(lambda: daemon.count(m.Cancel) == 1)


def test_who_said_that_a_stream_may_begin_anew_gets_it_from_its_beginning(daemon, stream, client):
    job = client.options(restartable=True).submit("stream")
    parts = iter(job)
    assert [next(parts), next(parts)] == ["a", "b"]
    submit = next(x for x in daemon.seen if isinstance(x, m.Submit))
    assert "restartable" not in submit.attributes
    daemon.restart(remembers=False)
    stream.go.release(2)
    assert list(parts) == ["a", "b", "c"] == job.outputs()
    assert job.result() == "c"


def test_what_nobody_looks_into_may_begin_anew(daemon, stream, client):
    found = []
    asker = threading.Thread(target=lambda: found.append(client.predict("stream")))
    asker.start()
    assert stream.began.acquire(timeout=20)
    daemon.restart(remembers=False)
    stream.go.release(2)
    asker.join(20)
    assert found == ["c"]


def test_partial_results_that_are_lost_fail_the_request(daemon, stream, client):
    job = client.submit("stream")
    parts = iter(job)
    assert [next(parts), next(parts)] == ["a", "b"]
    daemon.send_to_clients(m.Chunk(job._number, 9, {"content_type": "text/plain"}, b"?"))
    with pytest.raises(sluice.ChunksLost, match="partial results 2 to 8 were lost"):
        job.result(20)
    daemon.until(lambda: daemon.count(m.Cancel) == 1)
