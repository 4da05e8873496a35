"""A worker with a device of its own. It serves the functions named, and says which device it has.

A function takes the time it is given in seconds. While it runs, a file in the directory of the
ledger stands for its device: where that is there already, two batches run on one device, and the
ledger says so.
"""

import os
import sys
import time

import sluice

ledger, device, memory, *functions = sys.argv[1:]
worker = sluice.Worker(device=device, memory=None if memory == "-" else memory, slots=1)
own = ",".join(worker.devices)
print(f"has {own} {os.environ.get('CUDA_VISIBLE_DEVICES')}", flush=True)


def note(word):
    with open(os.path.join(ledger, "ledger"), "a", encoding="ascii") as file:
        file.write(f"{word} {own} {time.monotonic_ns()}\n")


def work(seconds):
    taken = os.path.join(ledger, f"{own}.taken")
    try:
        os.close(os.open(taken, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        note("collision")
        raise
    note("begin")
    time.sleep(float(seconds))
    note("end")
    os.unlink(taken)
    return own


for name in functions:
    worker.function(name, concurrency_id="gpu")(work)
worker.run()
