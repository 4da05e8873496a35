"""Puts a small load of every kind on a daemon for long, and looks at what it holds meanwhile.

    python3 soak.py --minutes 60

Requests that are attached, detached, streamed, cancelled, failed and large; clients, workers and
strangers that come and go; control calls that read and change. All of it takes a small part of one
processor: what is looked for is what never comes back, and that needs time, not haste. What may
grow, and by how much, is in gauges.py.
"""

import argparse
import asyncio
import collections
import itertools
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
PYTHON = HERE.parents[1] / "python"
sys.path[:0] = [str(HERE), str(PYTHON / "tests"), str(PYTHON / "src")]

import sluice  # isort: skip
import sluice.aio  # isort: skip
from gauges import Course, bytes_in, held_by, processor_seconds  # isort: skip

FUNCTIONS = ("plain", "slow", "stream", "fail")
PARTS = 5
LARGE = bytes(300 << 10)
# How long an outcome is kept, at most, in seconds: so that what comes and what goes are the same.
LONGEST_KEPT = 60.0
SAMPLES = 100
# A death of the worker is the end of a stream that has begun, and of nothing else.
STREAMED = ("streamed", "streamed_detached")


def configuration(kept):
    lines = ['[daemon]\nreclaim_window = "2s"', f'result_ttl = "{kept:g}s"']
    return "\n".join(
        lines + [f'[function.{name}]\nmax_worker_deaths = "none"' for name in FUNCTIONS]
    )


def serve(directory):
    worker = sluice.Worker(directory, slots=8)
    options = {"concurrency_limit": None, "max_attempts": 50}
    worker.function("plain", **options)(lambda x: x)

    @worker.function("slow", **options)
    def slow(x):
        time.sleep(0.3)
        return x

    @worker.function("fail", **options)
    def fail(x):
        raise ValueError(x)

    @worker.function("stream", **options)
    def stream(x):
        for number in range(PARTS):
            yield [x, number]

    worker.run()


class Refused(Exception):
    """A control call was answered with an error, of this name."""


class Load:
    """Each kind of use is a coroutine that does it once, and has its turn so often a second."""

    def __init__(self, directory, seed):
        self.directory, self.chance = directory, random.Random(seed)
        self.done, self.faults = collections.Counter(), collections.Counter()
        self.numbers = itertools.count()
        self.kinds = {
            self.attached: 12,
            self.detached: 6,
            self.streamed: 2,
            self.streamed_detached: 2,
            self.cancelled: 2,
            self.failed: 1,
            self.large: 1,
            self.newcomer: 2,
            self.stranger: 1,
            self.watched: 0.5,
            self.resized: 0.5,
        }

    async def run(self, until):
        """Returns when all that was begun is over."""
        async with sluice.aio.Client(self.directory) as self.client:
            async with sluice.aio.Client(self.directory) as self.other:
                paced = [self._pace(kind, rate, until) for kind, rate in self.kinds.items()]
                await asyncio.gather(*paced)

    async def _pace(self, kind, rate, until):
        loop = asyncio.get_running_loop()
        while loop.time() < until:
            await asyncio.sleep(self.chance.uniform(0.5, 1.5) / rate)
            try:
                await asyncio.wait_for(kind(next(self.numbers)), 60)
                self.done[kind.__name__] += 1
            except sluice.RequestError as error:
                is_expected = error.code == "worker_died" and kind.__name__ in STREAMED
                (self.done if is_expected else self.faults)[f"{kind.__name__}: {error.code}"] += 1
            except Refused as refusal:
                # On a machine that is busy its outcome may have expired by now.
                is_expected = kind == self.failed and "UnknownRequest" in refusal.args
                (self.done if is_expected else self.faults)[f"{kind.__name__}: {refusal}"] += 1
            except Exception as error:
                self.faults[f"{kind.__name__}: {error!r}"] += 1

    async def attached(self, x):
        assert await self.client.predict("plain", x) == x

    async def detached(self, x):
        job = self.client.submit("plain", x, detached=True)
        assert await self.other.fetch(await job.id) == x

    async def streamed(self, x):
        job = self.client.submit("stream", x)
        assert [part async for part in job] == [[x, number] for number in range(PARTS)]

    async def streamed_detached(self, x):
        request = await self.client.submit("stream", x, detached=True).id
        job = self.other.fetch(request)
        assert [part async for part in job] == [[x, number] for number in range(PARTS)]

    async def cancelled(self, x):
        is_detached = self.chance.random() < 0.5
        job = self.client.submit("slow", x, detached=is_detached)
        await job.id
        await asyncio.sleep(self.chance.uniform(0, 0.1))
        job.cancel()
        try:
            # On a machine that is busy it may be too late.
            assert await job == x
        except sluice.Cancelled:
            self.done["cancelled in time"] += 1

    async def failed(self, x):
        """And is asked for once more, and discarded."""
        request = await self.client.submit("fail", x, detached=True).id
        for _ in range(2):
            try:
                await self.other.fetch(request)
            except sluice.FunctionError:
                last, request = request, (await self.call("Retry", id=request))["id"]
                await self.call("Discard", id=last)

    async def large(self, x):
        job = self.client.submit("plain", LARGE, detached=x % 2 == 0)
        assert await job == LARGE

    async def newcomer(self, x):
        """One that comes, asks, and may not wait for the answer."""
        async with sluice.aio.Client(self.directory) as client:
            assert await client.predict("plain", x) == x
            client.submit("slow", x)
            await client.submit("plain", x, detached=True).id

    async def stranger(self, x):
        """One that goes in the middle of a word, or says none."""
        name = ("client", "worker", "control")[x % 3]
        _, writer = await asyncio.open_unix_connection(f"{self.directory}/{name}.sock")
        writer.write((b"\x22\0\0", b'{"method":', b"")[x % 2])
        writer.close()

    async def watched(self, x):
        await self.call("ListQueues")
        await self.call("ListRequests")
        await self.call("ListWorkers")

    async def resized(self, x):
        limit = "none" if x % 2 else 20
        target = {"queue": "plain"}
        await self.call("Set", target=target, values={"concurrency_limit": limit}, runtime=True)

    async def stored(self):
        """How many detached requests the daemon has."""
        count, after = 0, None
        while True:
            page = await self.call("ListDetached", after=after)
            count, after = count + len(page["requests"]), page["next"]
            if after is None:
                return count

    async def call(self, method, **parameters):
        path = f"{self.directory}/control.sock"
        reader, writer = await asyncio.open_unix_connection(path, limit=1 << 23)
        try:
            call = {"method": f"io.sluice.Control.{method}", "parameters": parameters}
            writer.write(json.dumps(call).encode() + b"\0")
            reply = json.loads((await reader.readuntil(b"\0"))[:-1])
        finally:
            writer.close()
        if "error" in reply:
            raise Refused(reply["error"].rpartition(".")[2])
        return reply["parameters"]


class Soak:
    def __init__(self, daemon, seconds, seed=1):
        self.daemon, self.seconds = daemon, seconds
        self.load = Load(daemon.directory, seed)
        self.chance = random.Random(seed)
        self.samples = []
        self.restarts = 0

    async def run(self):
        """The course of it; what went wrong with requests is in ``load.faults``."""
        before = await self._sample()
        began, processor = time.monotonic(), processor_seconds(self.daemon.pid)
        self.steady, self.changing = self._start_worker(), self._start_worker()
        try:
            until = asyncio.get_running_loop().time() + self.seconds
            await asyncio.gather(self.load.run(until), self._look(until), self._churn(until))
        finally:
            for worker in (self.steady, self.changing):
                worker.kill()
                worker.wait()
        passed = time.monotonic() - began
        self.processor = (processor_seconds(self.daemon.pid) - processor) / passed
        # Our own, and that of the workers, which are our children.
        self.others = sum(os.times()[:4]) / passed
        return Course(before, self.samples, await self._rest(before))

    def _start_worker(self):
        with open(os.path.join(self.daemon.directory, "workers.log"), "ab") as log:
            return subprocess.Popen(
                [sys.executable, __file__, "--worker", self.daemon.directory],
                stdout=log,
                stderr=log,
            )

    async def _look(self, until):
        loop = asyncio.get_running_loop()
        # In a run of moments, on a machine that is busy, there may be too few to tell anything.
        while loop.time() < until or len(self.samples) < 10:
            await asyncio.sleep(self.seconds / SAMPLES)
            sample = await self._sample()
            sample.update(held_by("worker", self.steady.pid))
            sample.update(held_by("client", os.getpid()))
            self.samples.append(sample)

    async def _churn(self, until):
        """A worker goes, killed or asked to, and another comes; one stays from first to last."""
        loop = asyncio.get_running_loop()
        while loop.time() < until:
            await asyncio.sleep(self.chance.uniform(5, 15))
            self.changing.send_signal(self.chance.choice((signal.SIGKILL, signal.SIGTERM)))
            await loop.run_in_executor(None, self.changing.wait)
            self.changing = self._start_worker()
            self.restarts += 1

    async def _sample(self):
        status = await self.load.call("Status")
        sample = held_by("daemon", self.daemon.pid)
        sample["state bytes"] = bytes_in(os.path.join(self.daemon.directory, "state"))
        for name in ("clients", "workers", "waiting", "running"):
            sample[name] = status[name]
        sample["stored"] = await self.load.stored()
        return sample

    async def _rest(self, before):
        """When everybody has gone and what was kept has expired; or what there is instead."""
        end = time.monotonic() + 2 * LONGEST_KEPT
        while True:
            sample = await self._sample()
            is_over = time.monotonic() > end
            if is_over or not any(sample[name] for name in ("clients", "workers", "stored")):
                return sample
            await asyncio.sleep(0.5)


def main():
    from real_daemon import RealDaemon

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        return serve(options.worker)
    seconds = options.minutes * 60
    with tempfile.TemporaryDirectory(prefix="sluice-soak-") as directory:
        daemon = RealDaemon(directory, configuration(min(LONGEST_KEPT, seconds / 20)))
        try:
            soak = Soak(daemon, seconds, options.seed)
            course = asyncio.run(soak.run())
        finally:
            daemon.close()
    print(course)
    print(f"one processor: daemon {soak.processor:.1%}, clients and workers {soak.others:.1%}")
    print(f"workers that came and went: {soak.restarts}")
    print("done:", ", ".join(f"{name} {n}" for name, n in sorted(soak.load.done.items())))
    faults = [f"{name}, {count} times" for name, count in soak.load.faults.items()]
    faults += course.faults
    for fault in faults:
        print(fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
