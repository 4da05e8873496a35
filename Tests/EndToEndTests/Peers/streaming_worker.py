"""A worker that counts, and says so in every way it can."""

import sluice

worker = sluice.Worker(name="streaming")


@worker.function("count")
def count(last):
    sluice.info("counting")
    for number in range(1, last + 1):
        sluice.progress(number, last)
        yield number


worker.run()
