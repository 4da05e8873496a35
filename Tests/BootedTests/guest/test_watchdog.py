"""A daemon that hangs."""

import contextlib
import ctypes
import os
import pathlib
import signal

from booted import BootedTest
from machine import eventually, is_anew, main_pid, messages, show, systemctl

# From <sys/ptrace.h> and <sys/wait.h>.
PTRACE_SEIZE, PTRACE_INTERRUPT = 0x4206, 0x4207
WALL = 0x40000000


def stop_main_thread(process: int) -> None:
    """The others go on. Ours to reap from then on, before systemd hears of its end."""
    ptrace = ctypes.CDLL(None, use_errno=True).ptrace
    ptrace.argtypes = [ctypes.c_long, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p]
    for request in (PTRACE_SEIZE, PTRACE_INTERRUPT):
        if ptrace(request, process, None, None) != 0:
            raise OSError(ctypes.get_errno(), f"ptrace {request:#x} of {process}")
    os.waitpid(process, WALL)


def end(process: int) -> None:
    """Where nobody else has: the tests after this one want a daemon that goes."""
    with contextlib.suppress(ChildProcessError):
        if not is_over(process):
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, WALL)


def is_over(process: int) -> bool:
    """Whether what we stopped has ended since."""
    found, status = os.waitpid(process, WALL | os.WNOHANG)
    return found == process and not os.WIFSTOPPED(status)


def stopped_threads(process: int) -> "list[int]":
    threads = pathlib.Path(f"/proc/{process}/task").iterdir()
    state = {int(path.name): (path / "stat").read_text().rpartition(") ")[2] for path in threads}
    return [thread for thread, told in state.items() if told[0] in "tT"]


class Watchdog(BootedTest):
    def test_a_hung_daemon_is_killed_and_comes_back_and_everybody_with_it(self) -> None:
        self.drop_in("sluiced.service", "[Service]\nWatchdogSec=2s\nTimeoutAbortSec=1s\n")
        systemctl("start", "sluiced.service")
        self.start_worker()
        before = main_pid()

        # Not all of it, as SIGSTOP would: threads beside the hung one must not feed the watchdog.
        self.addCleanup(end, before)
        stop_main_thread(before)
        self.assertEqual(stopped_threads(before), [before])
        waiting = self.submit("caption", "patience")

        eventually(lambda: is_over(before), "the hung one is killed", 30)
        eventually(lambda: is_anew(before), "sluiced is back", 30)
        self.assertGreaterEqual(int(show("NRestarts")), 1)
        self.assertIn("Failed with result 'watchdog'", messages(self.since, "sluiced.service"))
        self.assertEqual(self.result(waiting)["text"], "PATIENCE")

    def test_a_daemon_at_work_and_one_at_rest_are_left_alone(self) -> None:
        self.drop_in("sluiced.service", "[Service]\nWatchdogSec=1s\n")
        systemctl("start", "sluiced.service")
        before = main_pid()
        self.start_worker()
        # It outlives the watchdog's patience twice, and meanwhile the daemon has nothing to do.
        self.assertEqual(self.result(self.submit("caption", "slow", "2.5"))["text"], "SLOW")
        self.assertEqual((main_pid(), show("NRestarts")), (before, "0"))

    def test_the_shipped_unit_has_a_watchdog(self) -> None:
        # Of one that is stopped, systemd tells what held when it last ran.
        systemctl("start", "sluiced.service")
        self.assertEqual(show("WatchdogUSec"), "30s")
