"""A worker whose process dies of one request, every time it is given it."""

import os
import signal

import sluice

worker = sluice.Worker(slots=2, name="poison")


@worker.function("work", batch=True, max_batch_size=8)
def work(items):
    if "poison" in items:
        os.kill(os.getpid(), signal.SIGKILL)
    return [f"{item} done" for item in items]


@worker.function("bystander")
def bystander(item):
    return f"{item} done"


worker.run()
