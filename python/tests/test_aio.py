"""``sluice.aio``: the same over asyncio, on the caller's loop."""

import asyncio

import pytest

import sluice
from sluice import _messages as m


def run(coroutine):
    return asyncio.run(asyncio.wait_for(coroutine, 30))


async def until(daemon, condition):
    await asyncio.get_running_loop().run_in_executor(None, daemon.until, condition)


class Serving:
    """A worker that runs as long as the block."""

    def __init__(self, worker):
        self.worker = worker

    async def __aenter__(self):
        self.task = asyncio.ensure_future(self.worker.run())
        return self.worker

    async def __aexit__(self, *_):
        self.task.cancel()
        await asyncio.wait([self.task])


def test_plain_async_batch_and_streaming_functions(daemon):
    async def main():
        worker = sluice.aio.Worker(daemon.directory)

        @worker.function("plain")
        def plain(x, *, y):
            sluice.info("in a thread")
            return x + y

        @worker.function("coroutine")
        async def coroutine(x):
            await asyncio.sleep(0)
            sluice.progress(1, 2, "half")
            return [x]

        @worker.function("batch", batch=True)
        async def batch(xs):
            return [x * 2 for x in xs]

        @worker.function("stream")
        async def stream(n):
            for i in range(n):
                yield i

        async with Serving(worker), sluice.aio.Client(daemon.directory) as client:
            assert await client.predict("plain", 1, y=2) == 3
            (file,) = await client.predict("coroutine", sluice.File(b"abc", "a.txt"))
            assert file == sluice.File(b"abc", "a.txt", "text/plain")
            assert await client.predict("coroutine", "a") == ["a"]
            assert await asyncio.gather(*(client.predict("batch", i) for i in range(20))) == list(
                range(0, 40, 2)
            )
            job = client.submit("stream", 100)
            assert [part async for part in job] == list(range(100))
            assert await job == 99 and job.outputs()[-1] == 99 and job.done()
            job = client.submit("plain", 1, y=2)
            states = [status.state async for status in job.updates()]
            assert states[-1] == "completed" and job.logs() == [("info", "in a thread")]

    run(main())


def test_errors_timeouts_and_cancellation(daemon):
    async def main():
        worker = sluice.aio.Worker(daemon.directory)
        began, ended = asyncio.Event(), asyncio.Event()

        @worker.function("wait")
        async def wait_():
            began.set()
            try:
                await asyncio.get_running_loop().create_future()
            finally:
                ended.set()

        @worker.function("bad")
        async def bad():
            raise ValueError("no")

        async with Serving(worker), sluice.aio.Client(daemon.directory) as client:
            with pytest.raises(sluice.FunctionError, match="ValueError: no"):
                await client.predict("bad")
            job = client.submit("wait")
            await began.wait()
            with pytest.raises(TimeoutError, match="wait has no outcome after 0.01 s"):
                await job.result(0.01)
            assert job.cancel()
            with pytest.raises(sluice.Cancelled):
                await job
            await ended.wait()
            began.clear()
            ended.clear()
            task = asyncio.ensure_future(client.predict("wait"))
            await began.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await ended.wait()
            await until(daemon, lambda: daemon.count(m.Failed) == 3)

    run(main())


def test_a_restart_of_the_daemon_is_not_noticed(daemon):
    async def main():
        worker = sluice.aio.Worker(daemon.directory)
        began, go = asyncio.Event(), asyncio.Event()

        @worker.function("work")
        async def work():
            began.set()
            await go.wait()
            return "done"

        async with Serving(worker), sluice.aio.Client(daemon.directory) as client:
            job = client.submit("work")
            await began.wait()
            daemon.restart()
            await until(
                daemon, lambda: daemon.count(m.Holding) == 1 and daemon.count(m.Submit) == 2
            )
            go.set()
            assert await job == "done"

    run(main())


def test_drain_ends_run(daemon):
    async def main():
        worker = sluice.aio.Worker(daemon.directory)

        @worker.function("f")
        async def f():
            worker.drain()
            return 1

        task = asyncio.ensure_future(worker.run())
        async with sluice.aio.Client(daemon.directory) as client:
            assert await client.predict("f") == 1
            await task

    run(main())


def test_nobody_there(tmp_path):
    async def main():
        async with sluice.aio.Client(tmp_path) as client:
            with pytest.raises(sluice.ConnectionFailed, match="start it with"):
                await client.predict("f")
        with pytest.raises(sluice.ConnectionFailed, match="make another"):
            client.submit("f")
        worker = sluice.aio.Worker(tmp_path)
        worker.function("f")(print)
        with pytest.raises(sluice.ConnectionFailed, match="worker.sock"):
            await worker.run()

    run(main())
