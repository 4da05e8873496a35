"""The card that the models of ``gpu_check.py`` compute on: a real one through PyTorch, or a paper
one, for rehearsals on machines without: a file that says who has how much of it."""

import fcntl
import json
import os
import time
from typing import Any, Dict, List

import sluice

GIB = 1 << 30
PAPER = 16 * GIB


class RealCard:
    """The GPU that this process was given, as the framework sees it."""

    def __init__(self) -> None:
        import torch

        self.torch = torch
        self.device = torch.device("cuda:0")
        self.kept: List[Any] = []
        torch.empty(1, device=self.device)  # the context takes its part now, not later

    def keep(self, size: int) -> None:
        """Takes memory for good, as the weights of a model."""
        self.kept.append(self.torch.zeros(size, dtype=self.torch.uint8, device=self.device))

    def compute(self, size: int, seconds: float) -> None:
        """Has so much more for so long, as a batch has while it runs."""
        used = self.torch.zeros(size, dtype=self.torch.uint8, device=self.device)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            used.add_(1)
            self.torch.cuda.synchronize()
        del used
        # What the allocator would keep no other process could have.
        self.torch.cuda.empty_cache()

    def multiply(self, rows: int) -> None:
        """A few layers of a network over so many rows at once."""
        if len(self.kept) < 2:
            weights = self.torch.randn(4096, 4096, device=self.device, dtype=self.torch.float16)
            self.kept.append(weights)
        x = self.torch.randn(rows, 4096, device=self.device, dtype=self.torch.float16)
        for _ in range(24):
            x = self.torch.tanh(x @ self.kept[-1] * 0.01)
        self.torch.cuda.synchronize()


class PaperCard:
    """A file in the place of a GPU. What it says is also what the daemon sees of its device."""

    def __init__(self, directory: str) -> None:
        self.ledger = os.path.join(directory, "card")
        self.seen = os.path.join(directory, "simulated-devices")
        self.own = str(os.getpid())

    def _change(self, bytes_: int) -> None:
        with open(self.ledger, "a+", encoding="ascii") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            text = file.read()
            held: Dict[str, int] = json.loads(text) if text else {}
            held = {pid: size for pid, size in held.items() if os.path.exists(f"/proc/{pid}")}
            if sum(held.values()) + bytes_ > PAPER:
                raise sluice.OutOfMemory(f"{bytes_} bytes do not fit beside {held}")
            held[self.own] = held.get(self.own, 0) + bytes_
            file.truncate(0)
            json.dump(held, file)
            file.flush()
            lines = [f"gpu0 process {pid} {size}\n" for pid, size in held.items()]
            with open(self.seen + ".new", "w", encoding="ascii") as seen:
                seen.writelines(lines)
            os.rename(self.seen + ".new", self.seen)

    def keep(self, size: int) -> None:
        self._change(size)

    def compute(self, size: int, seconds: float) -> None:
        self._change(size)
        time.sleep(seconds)
        self._change(-size)

    def multiply(self, rows: int) -> None:
        time.sleep(0.002 + rows * 0.0001)


def card() -> Any:
    """The real one, or the paper one where ``GPU_CHECK_PAPER`` names its directory."""
    paper = os.environ.get("GPU_CHECK_PAPER")
    return PaperCard(paper) if paper else RealCard()
