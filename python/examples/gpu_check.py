"""What ``make gpu-check`` runs, on a machine with a GPU and PyTorch:

    python gpu_check.py --bin .build/release

What the daemon finds; two models that do not fit beside each other while both compute, without
Sluice and with it; and what batches are worth. ``--rehearse`` does the same on a card of paper.
"""

import argparse
import os
import pathlib
import subprocess
import sys
import time
from typing import Any, Dict, List

from stage import HERE, Stage

import gpu_card  # isort: skip
import sluice

MODELS = ("painter", "writer")
# Seconds for what takes a few.
LONGEST = 120.0


class Check:
    def __init__(self, stage: Stage, is_rehearsal: bool) -> None:
        self.stage = stage
        self.is_rehearsal = is_rehearsal
        if is_rehearsal:
            self.state = os.path.join(stage.directory, "state")
            os.mkdir(self.state, 0o700)
            stage.environment["GPU_CHECK_PAPER"] = self.state

    def open(self) -> None:
        configuration = os.path.join(self.stage.directory, "sluiced.toml")
        text = '[queue.gpu]\ndevices = "all"\nper_device_limit = 4\n'
        options = ["--config", configuration]
        if self.is_rehearsal:
            text += '[daemon]\ndiscover_devices = false\ndevice_sample_interval = "50ms"\n'
            text += '[[device]]\nname = "gpu0"\nkind = "simulated"\n'
            text += f"memory = {gpu_card.PAPER}\n"
            options += ["--state-directory", self.state]
        pathlib.Path(configuration).write_text(text)
        self.stage.open(*options)
        self.stage.wait_for(lambda: bool(self.devices()))

    def devices(self) -> List[Dict[str, Any]]:
        return self.stage.ask("devices")

    def card(self) -> Dict[str, Any]:
        """The one that all is tried on, where there are several."""
        return self.devices()[0]

    def sizes(self) -> List[str]:
        """Weights of a fifth of the card, and half of it for a batch: 1.4 cards for two."""
        total = self.card()["memory_total_bytes"]
        return [str(total // 5), str(total // 2)]

    def without_sluice(self, sizes: List[str]) -> List[str]:
        """Both at once, as two services would that know nothing of each other."""
        command = [sys.executable, str(HERE / "gpu_model.py")]
        environment = dict(self.stage.environment)
        card = self.card()
        if card["kind"] == "nvidia" and card["identity"]:
            environment["CUDA_VISIBLE_DEVICES"] = card["identity"]
        models = [
            subprocess.Popen(
                [*command, name, *sizes, "--alone"],
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                universal_newlines=True,
            )
            for name in MODELS
        ]
        for model in models:
            assert model.stdout is not None
            if model.stdout.readline() != "loaded\n":
                raise SystemExit("a model could not be loaded: is PyTorch installed, with CUDA?")
        for model in models:
            assert model.stdin is not None
            model.stdin.write("go\n")
            model.stdin.flush()
        return [model.communicate()[0].strip() for model in models]

    def with_sluice(self, sizes: List[str]) -> "tuple[List[str], int]":
        device = self.card()["device"]
        for name in MODELS:
            self.stage.start_worker("gpu_model.py", name, *sizes, "--device", device)
        # The functions are known when their workers have loaded their models.
        self.stage.wait_for(lambda: len(self.stage.ask("functions")) == 3 * len(MODELS))
        most = 0
        client = sluice.Client(self.stage.directory)
        jobs = [client.submit(name, number) for number in range(4) for name in MODELS]
        end = time.monotonic() + LONGEST
        while not all(job.done() for job in jobs):
            if time.monotonic() > end:
                self.give_up([job for job in jobs if not job.done()])
            most = max(most, self.card()["memory_used_bytes"] or 0)
            time.sleep(0.05)
        return [job.result() for job in jobs], most

    def give_up(self, jobs: List[Any]) -> None:
        """Says of each that waits why it does, and fails."""
        print(f"{len(jobs)} requests are not done after {LONGEST:g} seconds:")
        for job in jobs:
            print(f"{job.id}: {self.stage.ctl('explain', str(job.id))}", end="")
        raise SystemExit(self.stage.ctl("devices"))

    def rate(self, function: str, count: int) -> float:
        """Requests in a second, with 64 under way."""
        client = sluice.Client(self.stage.directory)
        client.predict(function, 0)
        begin = time.monotonic()
        under_way = [client.submit(function, row) for row in range(64)]
        for row in range(64, count):
            under_way.pop(0).result()
            under_way.append(client.submit(function, row))
        for job in under_way:
            job.result()
        return count / (time.monotonic() - begin)


def gib(count: int) -> str:
    return f"{count / gpu_card.GIB:.1f} GiB"


def run(check: Check) -> bool:
    check.open()
    if check.is_rehearsal:
        print("A rehearsal on a card of paper: no figure below is a GPU's.\n")
    print(check.stage.ctl("devices"))
    sizes = check.sizes()
    weights, item = int(sizes[0]), int(sizes[1])
    total = check.card()["memory_total_bytes"]
    print(f"Two models of {gib(weights)}, each with {gib(item)} more while it computes, on a card")
    print(f"of {gib(total)}: both at once would take {gib(2 * (weights + item))}.\n")
    alone = check.without_sluice(sizes)
    print(f"Without Sluice: {MODELS[0]}: {alone[0]}; {MODELS[1]}: {alone[1]}.")
    results, most = check.with_sluice(sizes)
    print(f"With Sluice: {len(results)} of 8 requests done, none out of memory; {gib(most)} used")
    print("at most, as the driver says.\n")
    single = check.rate(f"{MODELS[0]}-single", 300)
    batched = check.rate(f"{MODELS[0]}-batched", 3000)
    print(f"24 layers of 4096 x 4096 in half precision, 64 requests under way: {single:.0f} a second")
    print(f"one by one, {batched:.0f} in batches of up to 32: {batched / single:.1f} times as many.\n")
    print(check.stage.ctl("device", check.card()["device"]))
    return "out of memory" in alone and len(results) == 8 and most <= total


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--bin", type=pathlib.Path, required=True, help="where sluiced is")
    parser.add_argument("--rehearse", action="store_true", help="on a card of paper")
    arguments = parser.parse_args()
    stage = Stage(arguments.bin.resolve())
    try:
        is_well = run(Check(stage, arguments.rehearse))
    finally:
        stage.close()
    if not is_well:
        raise SystemExit("it did not go as it should: see above")


if __name__ == "__main__":
    main()
