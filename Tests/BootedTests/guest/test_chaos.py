"""Clients, workers and the daemon die at random, under systemd; see Tests/Chaos.

Restarts are those of `systemctl restart`; what kills the daemon is `systemctl kill`, and systemd
brings it back.
"""

import contextlib
import pathlib
import signal
import tempfile
import textwrap
from typing import Any, Dict

from booted import BootedTest
from machine import ctl, eventually, identity, is_anew, main_pid, systemctl

SECONDS = 30
SEED = 7
# A daemon that was killed gathers for two seconds, in which nothing runs: so fewer of those.
STROKES = {"worker": 10, "client": 5, "kill": 1, "stop": 2, "all": 1}
# As installed, it is left alone after the fifth start within ten seconds.
OFTEN = "[Unit]\nStartLimitIntervalSec=0\n[Service]\nRestartSec=200ms\n"


class Service:
    """The daemon as the hand knows it."""

    directory = "/run/sluice"

    @property
    def pid(self) -> int:
        return main_pid()

    def wait_until_it_answers(self) -> None:
        ctl("status")

    def restart(self, number: int) -> None:
        if number == signal.SIGTERM:
            systemctl("restart", "sluiced.service")
        else:
            self.end(number)
            self.start()

    def end(self, number: int) -> None:
        self.before = main_pid()
        systemctl("kill", f"--signal={number}", "sluiced.service")

    def start(self) -> None:
        eventually(lambda: is_anew(self.before), "sluiced is back")


def whose(role: str) -> Dict[str, Any]:
    return identity("worker" if role == "worker" else "client")


class ChaosUnderSystemd(BootedTest):
    def test_whoever_is_killed_nothing_is_lost_and_nothing_runs_twice(self) -> None:
        # Only now is there a package with what it needs.
        from chaos import CONFIGURATION, Chaos

        self.drop_in("sluiced.service", OFTEN)
        self.configure(CONFIGURATION)
        systemctl("start", "sluiced.service")
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        folder.chmod(0o711)
        (folder / "ledger").touch()
        (folder / "ledger").chmod(0o666)
        chaos = Chaos(folder, Service(), SEED, 8, 6, identity=whose, strokes=STROKES)
        with contextlib.closing(chaos):
            account = chaos.run(SECONDS)
        print(textwrap.indent(str(account), " " * 6), flush=True)
        self.assertEqual(account.faults, [])
        self.assertTrue(account.codes["ok"] and account.detached["admitted"], str(account))
        self.assertTrue(account.hand["daemons killed"] and account.hand["daemons stopped"])
