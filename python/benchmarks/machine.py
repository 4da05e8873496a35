"""What the kernel knows of the machine and of the processor time that processes took."""

import os
import platform
from typing import Iterable, List

_TICK = os.sysconf("SC_CLK_TCK")


def family(pid: int) -> List[int]:
    """A process, and those it started, and theirs."""
    found = [pid]
    for thread in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{thread}/children") as children:
            for child in children.read().split():
                found += family(int(child))
    return found


def processor_seconds(pids: Iterable[int]) -> float:
    """What these have taken so far, all their threads, in user space and kernel."""
    ticks = 0
    for pid in pids:
        with open(f"/proc/{pid}/stat") as stat:
            # The name in parentheses may have anything in it; utime is the 12th behind it.
            fields = stat.read().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / _TICK


def busy_seconds() -> float:
    """What everybody on this machine has taken so far."""
    with open("/proc/stat") as stat:
        user, nice, system, _, _, irq, softirq, steal = map(int, stat.readline().split()[1:9])
    return (user + nice + system + irq + softirq + steal) / _TICK


def description() -> str:
    """The machine, in a line."""
    model = platform.machine()
    with open("/proc/cpuinfo") as info:
        for line in info:
            if line.startswith("model name"):
                model = line.partition(":")[2].strip()
                break
    count = len(os.sched_getaffinity(0))
    kernel = ".".join(platform.release().split(".")[:2])
    return f"{count} processors ({model}), Linux {kernel}, Python {platform.python_version()}"
