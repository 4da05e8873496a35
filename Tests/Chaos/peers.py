"""The processes that are killed: clients that write down what they ask and hear, workers that
write down what they run.

    peers.py worker|blocking|asyncio|streaming|detached DIRECTORY LEDGER SEED PLACE

SIGTERM: a worker leaves in peace; a client asks no more, waits for its outcomes, and leaves. A
detached client that is killed has an heir, in its PLACE, who fetches what it left.
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
from ledger import Ledger, left_behind  # isort: skip

# What a client has outstanding at most, and the longest that a function takes, in seconds.
AHEAD = 4
LONGEST = 0.03
PARTS = 8
STREAMS = ("stream", "anew")
# How often a detached one is heard of by another connection, and how often it is fetched again.
FETCHED, FETCHED_AGAIN = 0.3, 0.3
CALLED_OFF = 0.1


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

    def stream(uid):
        ledger.write("began", uid, os.getpid())
        for number in range(PARTS):
            time.sleep(chance.uniform(0, LONGEST / 3))
            if number == PARTS - 1:
                ledger.write("ended", uid, os.getpid())
            yield f"{uid} {number}"

    worker.function("stream", **options)(stream)
    worker.function("anew", restartable=True, **options)(stream)
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
        self.name = str(os.getpid())
        self.is_over = threading.Event()
        signal.signal(signal.SIGTERM, lambda *_: self.is_over.set())

    def ask(self, function):
        self.count += 1
        uid = f"{function}-{self.name}-{self.count}"
        self.ledger.write("asked", uid, os.getpid())
        return uid

    def hear(self, uid, result):
        code = said(uid, result)
        self.ledger.write("outcome", uid, code)
        if code == "unreachable":
            time.sleep(0.05)

    def one(self):
        return self.ask(self.chance.choice(["plain", "once", "batch", "batch"]))


def said(uid, result):
    """A result or error in one word."""
    if isinstance(result, sluice.RequestError):
        return result.code
    if isinstance(result, sluice.ConnectionFailed):
        # The first connection of a client is tried once.
        return "unreachable"
    if isinstance(result, BaseException):
        return type(result).__name__
    expected = f"{uid} {PARTS - 1}" if is_stream(uid) else uid
    if result in ("torn", "renumbered", "none"):
        return result
    return "ok" if result == expected else "wrong"


def is_stream(uid):
    return uid.split("-")[0] in STREAMS


def parts_of(uid):
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
                result = job.result() if parts == parts_of(uid) else "torn"
            except sluice.SluiceError as error:
                result = error
            asker.hear(uid, result)


def followed(client, uid, request, job=None):
    """What comes of a detached request. One who cannot reach the daemon at first asks again."""
    while True:
        job = job or client.fetch(request)
        error = job.exception()
        if not isinstance(error, sluice.ConnectionFailed):
            break
        job = None
        time.sleep(0.05)
    if job.id != request:
        return "renumbered"
    if error is None and is_stream(uid) and job.outputs() != parts_of(uid):
        return "torn"
    return error or job.result()


def ask_detached(asker, path, place):
    """Asks, listens, leaves and fetches; of its own, and of those it is the heir of."""
    asker.name = f"{place}.{os.getpid()}"
    with sluice.Client(asker.directory) as client, sluice.Client(asker.directory) as other:
        for uid, request in left_behind(path, place):
            asker.hear(uid, followed(client, uid, request))
        while not asker.is_over.is_set():
            functions = asker.chance.choices(["plain", "once", "batch", *STREAMS], k=AHEAD)
            uids = [asker.ask(function) for function in functions]
            jobs = [client.submit(uid.split("-")[0], uid, detached=True) for uid in uids]
            for uid, job in zip(uids, jobs):
                hear_detached(asker, client, other, uid, job)


def hear_detached(asker, client, other, uid, job):
    try:
        request = job.id
    except sluice.SluiceError as error:
        asker.hear(uid, error)
        return
    asker.ledger.write("admitted", uid, request)
    if asker.chance.random() < CALLED_OFF:
        asker.ledger.write("cancelling", uid, os.getpid())
        job.cancel()
    if asker.chance.random() < FETCHED:
        asker.hear(uid, followed(other, uid, request))
    else:
        asker.hear(uid, followed(client, uid, request, job))
    if asker.chance.random() < FETCHED_AGAIN:
        asker.hear(uid, followed(other, uid, request))


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
    role, directory, path, seed, place = sys.argv[1:]
    ledger, chance = Ledger(path), random.Random(int(seed))
    if role == "worker":
        serve_again_and_again(directory, ledger, chance)
    elif role == "asyncio":
        asyncio.run(ask_asyncio(Asker(directory, ledger, chance)))
    elif role == "detached":
        ask_detached(Asker(directory, ledger, chance), path, place)
    else:
        ask = ask_blocking if role == "blocking" else ask_streaming
        ask(Asker(directory, ledger, chance))


if __name__ == "__main__":
    main()
