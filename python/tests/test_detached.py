"""Requests that outlive their client: submitted by one, fetched by any, over whatever ends."""

import asyncio
import signal
import threading

import pytest
from real_daemon import PATIENCE, RealDaemon, is_built

import sluice
from sluice import _messages as m


@pytest.fixture
def work(serve):
    """A worker whose functions wait for ``work.go`` where the test does not let them at once."""
    worker = serve()
    worker.go = threading.Event()

    @worker.function("double")
    def double(x):
        worker.go.wait(PATIENCE)
        return 2 * x

    @worker.function("count")
    def count(n):
        for i in range(n):
            if i == 2:
                worker.go.wait(PATIENCE)
            yield i

    @worker.function("fail")
    def fail():
        raise ValueError("no")

    worker.start()
    return worker


def test_it_is_known_by_its_id_once_it_is_stored_and_not_before(daemon, client):
    daemon.call(setattr, daemon, "stores", False)
    job = client.submit("double", 4, detached=True)
    daemon.until(lambda: daemon.count(m.Submit) == 1)
    assert job.status().request is None
    threading.Thread(target=daemon.store).start()
    assert job.id in daemon.store_of
    assert job.id == job.status().request


def test_it_goes_on_when_its_client_is_closed_and_another_fetches_its_result(daemon, work):
    with sluice.Client(daemon.directory) as first:
        job = first.submit("double", 4, detached=True)
        request = job.id
    with pytest.raises(sluice.ConnectionFailed, match=rf"request {request} goes on: client.fetch"):
        job.result()
    work.go.set()
    for _ in range(2):
        with sluice.Client(daemon.directory) as other:
            found = other.fetch(request)
            assert found.id == request
            assert found.result(PATIENCE) == 8


def test_an_attached_one_of_the_same_client_is_cancelled_with_it(daemon):
    with sluice.Client(daemon.directory) as first:
        attached = first.submit("double", 4)
        kept = first.submit("double", 4, detached=True).id
        attached_id = attached.id
    with pytest.raises(sluice.Cancelled):
        attached.result()
    daemon.until(lambda: attached_id not in daemon._requests)
    assert kept in daemon._requests


def test_a_job_that_nobody_holds_cancels_nothing(daemon, client, work):
    request = client.submit("double", 4, detached=True).id
    work.go.set()
    assert client.fetch(request).result(PATIENCE) == 8
    assert daemon.count(m.Cancel) == 0


def test_closing_before_it_is_stored_says_that_nobody_knows(daemon):
    daemon.call(setattr, daemon, "stores", False)
    with sluice.Client(daemon.directory) as first:
        job = first.submit("double", 4, detached=True)
        daemon.until(lambda: daemon.count(m.Submit) == 1)
    with pytest.raises(sluice.ConnectionFailed, match="wait for job.id before closing"):
        job.result()
    with pytest.raises(sluice.ConnectionFailed):
        job.id


def test_partial_results_come_from_the_first_to_whoever_fetches(daemon, client, work):
    job = client.submit("count", 4, detached=True)
    parts = iter(job)
    assert [next(parts), next(parts)] == [0, 1]
    with sluice.Client(daemon.directory) as other:
        late = iter(other.fetch(job.id))
        assert [next(late), next(late)] == [0, 1]
        work.go.set()
        assert [*late] == [*parts] == [2, 3]
        assert [*other.fetch(job.id)] == [0, 1, 2, 3]


@pytest.mark.parametrize("end", ["the daemon restarts", "only the connection ends"])
def test_a_stream_goes_on_where_it_was_and_nothing_is_said_twice(daemon, client, work, end):
    job = client.submit("count", 4, detached=True)
    parts = iter(job)
    assert [next(parts), next(parts)] == [0, 1]
    if end == "the daemon restarts":
        daemon.restart()
    else:
        daemon.drop_clients()
    daemon.until(lambda: daemon.count(m.Fetch) == 1)
    (fetch,) = [x for x in daemon.seen if isinstance(x, m.Fetch)]
    assert fetch.request == job.id
    assert fetch.attributes == {"attempt": 1, "chunks": 2}
    work.go.set()
    assert [*parts] == [2, 3]
    assert job.outputs() == [0, 1, 2, 3]
    assert daemon.count(m.Submit) == 1


def test_one_that_was_not_stored_is_submitted_again_and_runs_once(daemon, client, work):
    daemon.call(setattr, daemon, "stores", False)
    job = client.submit("double", 4, detached=True)
    daemon.until(lambda: daemon.count(m.Submit) == 1)
    daemon.call(setattr, daemon, "stores", True)
    daemon.drop_clients()
    work.go.set()
    assert job.result(PATIENCE) == 8
    assert daemon.count(m.Submit) == 2
    assert len(daemon.store_of) == 1


def test_cancelling_ends_it_for_all_who_listen(daemon, client):
    job = client.submit("double", 4, detached=True)
    with sluice.Client(daemon.directory) as other:
        assert other.fetch(job.id).cancel()
        with pytest.raises(sluice.Cancelled):
            job.result(PATIENCE)
        with pytest.raises(sluice.Cancelled):
            other.fetch(job.id).result(PATIENCE)


def test_who_leaves_hears_no_more_and_it_goes_on_for_others(daemon, client, work):
    job = client.submit("double", 4, detached=True)
    request = job.id
    other = client.fetch(request)
    assert other.id == request
    assert other.leave()
    with pytest.raises(sluice.ConnectionFailed, match=rf"was left, and request {request} goes on"):
        other.result(PATIENCE)
    assert not other.leave()
    daemon.until(lambda: len(daemon.store_of[request].listeners) == 1)
    work.go.set()
    assert job.result(PATIENCE) == 8
    assert client.fetch(request).result(PATIENCE) == 8
    assert daemon.count(m.Cancel) == 0


def test_leaving_what_is_not_detached_is_refused(client, work):
    job = client.submit("double", 4)
    with pytest.raises(ValueError, match="not detached"):
        job.leave()
    work.go.set()
    assert job.result(PATIENCE) == 8


def test_a_coroutine_may_leave_too(daemon, work):
    async def run():
        async with sluice.aio.Client(daemon.directory) as client:
            job = client.submit("double", 4, detached=True)
            request = await job.id
            assert job.leave()
            with pytest.raises(sluice.ConnectionFailed, match="was left"):
                await job.result(PATIENCE)
            work.go.set()
            return await client.fetch(request).result(PATIENCE)

    assert asyncio.run(run()) == 8


def test_its_failure_is_kept_as_a_result_is(client, work):
    job = client.submit("fail", detached=True)
    for one in (job, client.fetch(job.id)):
        with pytest.raises(sluice.FunctionError, match="no") as failure:
            one.result(PATIENCE)
        assert failure.value.kind == "ValueError"


def test_what_is_not_kept_is_unknown(client):
    job = client.fetch(17)
    with pytest.raises(sluice.UnknownRequest, match="request 17: ") as failure:
        job.result(PATIENCE)
    assert failure.value.code == "unknown_request"


def test_a_refusal_is_raised_by_the_id_and_says_what_helps(daemon, client):
    daemon.refusals["double"] = {"outcome": 5, "code": "store_full"}
    job = client.submit("double", 4, detached=True)
    with pytest.raises(sluice.StoreFull, match="no room to keep it"):
        job.id


@pytest.mark.parametrize(
    "code, outcome, cls",
    [
        ("store_failed", 5, sluice.StoreFailed),
        ("result_too_large", 2, sluice.ResultTooLarge),
    ],
)
def test_each_of_its_codes_has_an_exception(daemon, client, code, outcome, cls):
    daemon.refusals["double"] = {"outcome": outcome, "code": code}
    with pytest.raises(cls) as failure:
        client.submit("double", 4, detached=True).result(PATIENCE)
    assert failure.value.code == code


def test_a_daemon_that_does_not_offer_it_is_never_asked(daemon, client):
    job = client.submit("double", 4, detached=True)
    request = job.id
    daemon.call(setattr, daemon, "keeps_detached", False)
    daemon.restart()
    with pytest.raises(sluice.Unsupported, match=f"request {request} is not found"):
        job.result(PATIENCE)
    with pytest.raises(sluice.Unsupported):
        client.fetch(request).result(PATIENCE)
    assert daemon.count(m.Fetch) == 0


def test_the_payload_is_not_kept_once_the_daemon_has_it(client):
    job = client.submit("double", b"x" * 1000, detached=True)
    job.id
    (live,) = client._core._requests._live.values()
    assert isinstance(live.asking, m.Fetch)


def test_an_argument_of_the_function_with_that_name_goes_through_options(client, serve):
    worker = serve()

    @worker.function("say")
    def say(detached):
        return detached

    worker.start()
    assert client.options().submit("say", detached="mine").result(PATIENCE) == "mine"
    assert client.predict("say", detached="mine") == "mine"
    with pytest.raises(TypeError, match="detached is 'mine': give True or False"):
        client.submit("say", detached="mine")


@pytest.mark.parametrize("wrong", [-1, 1 << 64, "9001", 1.5, True, None])
def test_what_is_no_number_of_a_request_is_refused_at_once(client, wrong):
    with pytest.raises((TypeError, ValueError), match="is no request: give the id of a job"):
        client.fetch(wrong)


def test_the_id_of_an_attached_one_is_its_number_too(daemon, client):
    assert client.submit("double", 4).id in daemon._requests


def test_with_asyncio_it_is_the_same(daemon, work):
    async def main():
        async with sluice.aio.Client(daemon.directory) as first:
            job = first.submit("count", 4, detached=True)
            request = await job.id
        with pytest.raises(sluice.ConnectionFailed, match="goes on"):
            await job
        work.go.set()
        async with sluice.aio.Client(daemon.directory) as other:
            found = other.fetch(request)
            assert await found.id == request
            assert [part async for part in found] == [0, 1, 2, 3]
            assert await other.fetch(request) == 3
            with pytest.raises(sluice.UnknownRequest):
                await other.fetch(17)

    asyncio.run(asyncio.wait_for(main(), PATIENCE))


# Through a real daemon.


@pytest.fixture
def real(tmp_path):
    if not is_built():
        pytest.skip("swift build --product sluiced")
    made = RealDaemon(tmp_path, '[daemon]\nreclaim_window = "700ms"\n[function.double]\n')
    yield made
    made.close()


def doubler(directory):
    worker = sluice.Worker(directory)

    @worker.function("double")
    def double(x):
        for i in range(2):
            yield i
        yield 2 * x

    worker.start()
    return worker


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_real_daemon_keeps_it_over_its_own_end_before_it_ran_and_after(real, number):
    with sluice.Client(real.directory) as first:
        request = first.submit("double", 4, detached=True).id
    real.restart(number)
    real.wait_until_it_answers()
    worker = doubler(real.directory)
    try:
        with sluice.Client(real.directory) as other:
            assert [*other.fetch(request)] == [0, 1, 8]
            real.restart(number)
            real.wait_until_it_answers()
            assert other.fetch(request).result(PATIENCE) == 8
            assert [*other.fetch(request)] == [0, 1, 8]
    finally:
        worker.close()


def test_a_real_daemon_tells_of_as_many_at_once_as_are_asked_for(real):
    worker = doubler(real.directory)
    try:
        with sluice.Client(real.directory) as first:
            ids = [job.id for job in [first.submit("double", x, detached=True) for x in range(600)]]
            found = [first.fetch(request) for request in ids]
            assert [job.result(PATIENCE) for job in found] == [2 * x for x in range(600)]
        with sluice.Client(real.directory) as other:
            found = [other.fetch(request) for request in ids]
            assert [job.result(PATIENCE) for job in found] == [2 * x for x in range(600)]
    finally:
        worker.close()


def test_a_real_daemon_has_room_for_who_comes_when_others_left(real):
    with sluice.Client(real.directory) as client:
        request = client.submit("double", 4, detached=True).id
        # As many listeners as there may be, twice.
        for _ in range(128):
            job = client.fetch(request)
            assert job.id == request
            assert job.leave()
        last = client.fetch(request)
        worker = doubler(real.directory)
        try:
            assert last.result(PATIENCE) == 8
        finally:
            worker.close()


def test_a_real_daemon_cancels_it_for_all_and_knows_no_other(real):
    with sluice.Client(real.directory) as first, sluice.Client(real.directory) as second:
        job = first.submit("double", 4, detached=True)
        assert second.fetch(job.id).cancel()
        with pytest.raises(sluice.Cancelled):
            job.result(PATIENCE)
        with pytest.raises(sluice.UnknownRequest):
            first.fetch(job.id + 10**6).result(PATIENCE)
