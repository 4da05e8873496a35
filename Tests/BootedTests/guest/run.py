"""Runs the tests in the booted machine, restarts it in between, and ends it.

The tests share one machine and its time is short, so their order is told here: the first installs
the packages, the last purges them. Each class of tests begins with a service as it was installed
(``booted.BootedTest``), so that any of them can be run alone.
"""

import contextlib
import os
import pathlib
import re
import signal
import subprocess
import textwrap
import time
import traceback
import unittest
from typing import Iterator, List, Sequence, Tuple

import machine
import test_boot

BOOTS = (
    (
        "test_install",
        "test_activation",
        "test_permissions",
        "test_state",
        "test_reload",
        "test_restart",
        "test_chaos",
        "test_upgrade",
        "test_watchdog",
        "test_worker",
        "test_units",
        "test_sandbox",
        "test_http",
        "test_journal",
        "test_demo",
    ),
    ("test_boot", "test_removal"),
)
OUT = pathlib.Path("/booted/out")
PROGRESS = pathlib.Path("/booted/restarted")
FAILED = pathlib.Path("/booted/failed")


class Spoken(unittest.TestResult):
    """A line for each promise; where one is broken, why, and what the journal tells of its time."""

    def startTest(self, test: unittest.TestCase) -> None:
        super().startTest(test)
        self.began, self.since = time.monotonic(), machine.cursor()
        self.broken: List[str] = []

    def stopTest(self, test: unittest.TestCase) -> None:
        super().stopTest(test)
        verdict = "FAIL" if self.broken else "ok"
        print(f"{verdict:4}  {spoken(test):86} {time.monotonic() - self.began:5.1f} s", flush=True)
        self.show(*self.broken)

    def show(self, *parts: str) -> None:
        for part in parts:
            print(textwrap.indent(part.rstrip(), "      | ") + "\n", flush=True)

    def note(self, test: unittest.TestCase, listed: List[Tuple[unittest.TestCase, str]]) -> None:
        # What fails around the tests of a class belongs to no test.
        if isinstance(test, unittest.TestCase):
            self.broken += [listed[-1][1], self.logged(test)]
        else:
            self.show(f"{test.id()}\n{listed[-1][1]}")

    def logged(self, test: unittest.TestCase) -> str:
        """What the journal has of its time, and the end of it if that is much."""
        since = getattr(test, "since", self.since)
        lines = machine.run("journalctl", "--quiet", f"--after-cursor={since}").out.splitlines()
        return "\n".join(lines[-50:])

    def addFailure(self, test, err) -> None:  # type: ignore[no-untyped-def]
        super().addFailure(test, err)
        self.note(test, self.failures)

    def addError(self, test, err) -> None:  # type: ignore[no-untyped-def]
        super().addError(test, err)
        self.note(test, self.errors)

    def addSubTest(self, test, subtest, err) -> None:  # type: ignore[no-untyped-def]
        super().addSubTest(test, subtest, err)
        if err is not None:
            why = self.failures if issubclass(err[0], test.failureException) else self.errors
            self.broken += [f"{subtest}\n{why[-1][1]}", self.logged(test)]


def spoken(test: unittest.TestCase) -> str:
    module, _, method = test.id().split(".")
    promise = re.sub(r"^test_(\d+_)?", "", method)
    return f"{module.replace('test_', '')}: {promise.replace('_', ' ')}"


def tests_of(suite: unittest.TestSuite) -> Iterator[unittest.TestCase]:
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from tests_of(test)
        else:
            yield test


def chosen(modules: Sequence[str], words: List[str]) -> unittest.TestSuite:
    every = tests_of(unittest.defaultTestLoader.loadTestsFromNames(list(modules)))
    return unittest.TestSuite(
        test
        for test in every
        if not words or any(word in test.id() or word in spoken(test) for word in words)
    )


def await_boot() -> None:
    """Not left to the unit's order: a boot that hangs breaks a promise, which a test has to say."""
    with contextlib.suppress(AssertionError):
        machine.eventually(lambda: machine.is_active("multi-user.target"), "the machine is up", 30)


def restart() -> None:
    try:
        test_boot.prepare()
    except Exception:
        traceback.print_exc()
        FAILED.touch()
    PROGRESS.touch()
    print("      the machine restarts", flush=True)
    subprocess.run(["systemctl", "reboot"], check=True)
    signal.pause()  # until it ends this program, too


def finish(status: int) -> None:
    with open(OUT / "journal", "wb") as journal:
        subprocess.run(["journalctl", "--no-pager", "--output=short-monotonic"], stdout=journal)
    (OUT / "status").write_text(str(status))
    subprocess.run(["systemctl", "--force", "--force", "poweroff"], stderr=subprocess.DEVNULL)


def main() -> None:
    words = pathlib.Path("/booted/selected").read_text().split()
    done = PROGRESS.exists()
    if not any(chosen(modules, words).countTestCases() for modules in BOOTS):
        raise SystemExit(f"no test has one of these words in its name: {' '.join(words)}")
    await_boot()
    result = Spoken()
    chosen(BOOTS[done], words).run(result)
    if not result.wasSuccessful():
        FAILED.touch()
    if not done and chosen(BOOTS[1], words).countTestCases():
        restart()
    finish(1 if FAILED.exists() else 0)


if __name__ == "__main__":
    os.chdir("/booted")
    try:
        main()
    except BaseException:
        # Whatever it was, the machine has to end.
        traceback.print_exc()
        finish(1)
