"""A worker that leaves its socket to a child, which does nothing but hold it."""

import os
import signal

import sluice

worker = sluice.Worker(name="forking")


@worker.function("fork")
def fork():
    child = os.fork()
    if child == 0:
        signal.alarm(60)
        while True:
            signal.pause()
    return child


worker.run()
