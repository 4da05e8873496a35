"""A model of ``gpu_check.py``, in its own process.

It keeps WEIGHTS bytes of its card, which ``--device`` names, and takes ITEM more for each batch.
``--alone`` is how it is without Sluice: it begins as soon as its input says so, whatever others do,
on the card that its environment leaves it.
"""

import argparse
import sys
from typing import List

import gpu_card

import sluice


def alone(card: gpu_card.RealCard, item: int) -> None:
    print("loaded", flush=True)
    sys.stdin.readline()
    try:
        card.compute(item, 1.5)
        print("done", flush=True)
    except Exception as error:
        is_short = isinstance(error, sluice.OutOfMemory) or "out of memory" in str(error).lower()
        print("out of memory" if is_short else f"failed: {error}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("name")
    parser.add_argument("weights", type=int)
    parser.add_argument("item", type=int)
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--device", help="the daemon's name of the card")
    which.add_argument("--alone", action="store_true", help="without Sluice")
    arguments = parser.parse_args()
    name, weights, item = arguments.name, arguments.weights, arguments.item
    if arguments.alone:
        card = gpu_card.card()
        card.keep(weights)
        return alone(card, item)
    # First the device, then the framework, which sees no other.
    worker = sluice.Worker(name=name, device=arguments.device, memory=weights, slots=1)
    card = gpu_card.card()
    card.keep(weights)

    @worker.function(name, concurrency_id="gpu", memory=weights, memory_per_item=item)
    def paint(number: int) -> str:
        card.compute(item, 0.5)
        return f"{name} {number}"

    # One model, served one request at a time and in batches.
    def multiply(rows: List[int]) -> List[int]:
        card.multiply(len(rows))
        return rows

    worker.function(f"{name}-single", concurrency_id="gpu")(lambda row: multiply([row])[0])
    worker.function(f"{name}-batched", concurrency_id="gpu", batch=True, max_batch_size=32)(multiply)
    worker.run()


if __name__ == "__main__":
    main()
