"""What processes hold, read from outside; how that changed over a run, and how much of it may be.

A run has ten tenths. In the first everything is new; what grows between the second and the last, by
more than its bound, never stops growing. At rest, before and after, nothing is left but the daemon.
"""

import os
import pathlib
from typing import Dict, List, NamedTuple, Tuple

KIB, MIB = 1 << 10, 1 << 20

Sample = Dict[str, float]


class Bound(NamedTuple):
    """What may be more at the end: a share of what was there, and so much besides."""

    share: float
    more: float

    def holds(self, before: float, after: float) -> bool:
        return after <= before * (1 + self.share) + self.more


# Where none is named, it is told and not judged: pages of files come and go as the kernel likes.
# Python has a thread, and an arena of memory with it, for as many calls as ever were at once.
BOUNDS = {
    "daemon anonymous": Bound(0.05, MIB),
    "worker anonymous": Bound(0.1, 4 * MIB),
    "client anonymous": Bound(0.1, 4 * MIB),
    "descriptors": Bound(0, 4),
    "bytes": Bound(0.1, MIB),
}
# How much more there may be when everybody has gone; what libraries open at their first use stays.
AT_REST = {"clients": 0, "workers": 0, "waiting": 0, "running": 0, "stored": 0}
AT_REST["daemon descriptors"] = 2


def held_by(name: str, pid: int) -> Sample:
    """Memory and descriptors of a process."""
    process = pathlib.Path(f"/proc/{pid}")
    status = dict(line.split(":", 1) for line in (process / "status").read_text().splitlines())
    return {
        f"{name} resident": int(status["VmRSS"].split()[0]) * KIB,
        f"{name} anonymous": int(status["RssAnon"].split()[0]) * KIB,
        f"{name} descriptors": len(os.listdir(process / "fd")),
    }


def processor_seconds(pid: int) -> float:
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def bytes_in(directory: str) -> float:
    """What the files of a directory take on the disk; some may go meanwhile."""
    total = 0
    for entry in os.scandir(directory):
        try:
            total += entry.stat().st_blocks * 512
        except FileNotFoundError:
            continue
    return total


def mean(samples: List[Sample]) -> Sample:
    return {name: sum(one[name] for one in samples) / len(samples) for name in samples[0]}


class Course:
    """The samples of a run under load, in order, and those at rest around it."""

    def __init__(self, before: Sample, during: List[Sample], after: Sample) -> None:
        if len(during) < 10:
            raise ValueError(f"{len(during)} samples make no ten tenths")
        self.before, self.after = before, after
        self.tenths = [mean(self._tenth(during, number)) for number in range(10)]

    @staticmethod
    def _tenth(during: List[Sample], number: int) -> List[Sample]:
        return during[len(during) * number // 10 : len(during) * (number + 1) // 10]

    @property
    def faults(self) -> List[str]:
        early, late = self.tenths[1], self.tenths[9]
        faults = []
        for name in early:
            bound = BOUNDS.get(name) or BOUNDS.get(name.split()[-1])
            if bound and not bound.holds(early[name], late[name]):
                grown = f"{shown(name, early[name])} to {shown(name, late[name])}"
                faults.append(f"{name} went from {grown} between the second tenth and the last")
        for name, more in AT_REST.items():
            if self.after[name] > self.before[name] + more:
                left = f"{shown(name, self.after[name])}, not {shown(name, self.before[name])}"
                faults.append(f"{name}: at rest there are {left}")
        return faults

    def __str__(self) -> str:
        columns = [self.before, self.tenths[1], self.tenths[4], self.tenths[9], self.after]
        heads = ("at rest", "2nd tenth", "5th tenth", "last", "at rest")
        rows: List[Tuple[str, ...]] = [("", *heads)]
        for name in self.tenths[0]:
            cells = [shown(name, column[name]) if name in column else "" for column in columns]
            rows.append((name, *cells))
        return "\n".join(f"{row[0]:22}" + "".join(f"{x:>12}" for x in row[1:]) for row in rows)


def shown(name: str, value: float) -> str:
    if name.split()[-1] in ("resident", "anonymous", "bytes"):
        return f"{value / MIB:.1f} MiB"
    return f"{value:.1f}".removesuffix(".0")
