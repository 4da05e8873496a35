"""A worker whose function raises."""

import sluice

worker = sluice.Worker(name="failing")


@worker.function("fail")
def fail(what):
    raise ValueError(f"cannot do {what}")


worker.run()
