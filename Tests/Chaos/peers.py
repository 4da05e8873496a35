"""The processes that are killed: clients that write down what they ask and hear, workers that
write down what they run.

    peers.py worker|blocking|asyncio|streaming DIRECTORY LEDGER SEED

SIGTERM: a worker leaves in peace; a client asks no more, waits for its outcomes, and leaves.
"""

import asyncio
import os
import pathlib
import random
import signal
import sys
import threading
import time

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[2] / "python/src")]

import sluice  # isort: skip
import sluice.aio  # isort: skip
from ledger import Ledger  # isort: skip

# What a client has outstanding at most, and the longest that a function takes, in seconds.
AHEAD = 4
LONGEST = 0.03
PARTS = 8


def serve(directory, ledger, chance):
    worker = sluice.Worker(directory, slots=3)
    options = {"concurrency_limit": None, "max_attempts": 50}

    def run(uid):
        return run_all([uid])[0]

    def run_all(uids):
        for uid in uids:
            ledger.write("began", uid, os.getpid())
        time.sleep(chance.uniform(0, LONGEST))
        for uid in uids:
            ledger.write("ended", uid, os.getpid())
        return uids

    worker.function("plain", **options)(run)
    worker.function("once", retry="never", **options)(run)
    worker.function("batch", batch=True, max_batch_size=4, **options)(run_all)

    @worker.function("stream", **options)
    def stream(uid):
        ledger.write("began", uid, os.getpid())
        for number in range(PARTS):
            time.sleep(chance.uniform(0, LONGEST / 3))
            if number == PARTS - 1:
                ledger.write("ended", uid, os.getpid())
            yield f"{uid} {number}"

    worker.run()


def serve_again_and_again(directory, ledger, chance):
    """A worker that finds no daemon at its start ends; as under systemd, it is started again."""
    while True:
        try:
            return serve(directory, ledger, chance)
        except sluice.ConnectionFailed:
            time.sleep(0.05)


class Asker:
    """What all clients do alike: give names, and write down."""

    def __init__(self, directory, ledger, chance):
        self.directory, self.ledger, self.chance = directory, ledger, chance
        self.count = 0
        self.is_over = threading.Event()
        signal.signal(signal.SIGTERM, lambda *_: self.is_over.set())

    def ask(self, function):
        self.count += 1
        uid = f"{function}-{os.getpid()}-{self.count}"
        self.ledger.write("asked", uid, os.getpid())
        return uid

    def hear(self, uid, result):
        expected = f"{uid} {PARTS - 1}" if uid.startswith("stream") else uid
        if isinstance(result, sluice.RequestError):
            code = result.code
        elif isinstance(result, sluice.ConnectionFailed):
            # The first connection of a client is tried once.
            code = "unreachable"
            time.sleep(0.05)
        elif isinstance(result, BaseException):
            code = type(result).__name__
        else:
            code = "ok" if result == expected else "wrong"
        self.ledger.write("outcome", uid, code)

    def one(self):
        return self.ask(self.chance.choice(["plain", "once", "batch", "batch"]))

    def parts_of(self, uid):
        return [f"{uid} {number}" for number in range(PARTS)]


def ask_blocking(asker):
    with sluice.Client(asker.directory) as client:
        while not asker.is_over.is_set():
            uids = [asker.one() for _ in range(asker.chance.randint(1, AHEAD))]
            jobs = [client.submit(uid.split("-")[0], uid) for uid in uids]
            for uid, job in zip(uids, jobs):
                asker.hear(uid, job.exception() or job.result())


def ask_streaming(asker):
    with sluice.Client(asker.directory) as client:
        while not asker.is_over.is_set():
            uid = asker.ask("stream")
            job, parts = client.submit("stream", uid), []
            try:
                parts.extend(job)
                result = job.result() if parts == asker.parts_of(uid) else "torn"
            except sluice.SluiceError as error:
                result = error
            asker.hear(uid, result)


async def ask_asyncio(asker):
    async def ask_one(client):
        while not asker.is_over.is_set():
            uid = asker.one()
            try:
                result = await client.predict(uid.split("-")[0], uid)
            except sluice.SluiceError as error:
                result = error
            asker.hear(uid, result)

    async with sluice.aio.Client(asker.directory) as client:
        await asyncio.gather(*[ask_one(client) for _ in range(AHEAD)])


def main():
    role, directory, path, seed = sys.argv[1:]
    ledger, chance = Ledger(path), random.Random(int(seed))
    if role == "worker":
        serve_again_and_again(directory, ledger, chance)
    elif role == "asyncio":
        asyncio.run(ask_asyncio(Asker(directory, ledger, chance)))
    else:
        ask = ask_blocking if role == "blocking" else ask_streaming
        ask(Asker(directory, ledger, chance))


if __name__ == "__main__":
    main()
