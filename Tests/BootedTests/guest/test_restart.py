"""`systemctl restart` while people use it: the sockets stay, and nobody is turned away."""

import contextlib
import json
import os
import pathlib
import select
import signal
from typing import Iterator

import booted
import machine
from booted import BootedTest
from machine import connect, eventually, is_anew, main_pid, show, systemctl

GET_INFO = b'{"method":"org.varlink.service.GetInfo"}\0'


class Restart(BootedTest):
    def test_under_load_no_connection_is_refused_and_each_request_gets_its_outcome(self) -> None:
        with self.load(ends=4):
            for _ in range(3):
                before = main_pid()
                systemctl("restart", "sluiced.service")
                self.assertNotEqual(main_pid(), before)
                self.more()
            systemctl("kill", "--signal=KILL", "sluiced.service")
            self.more()

    def test_an_upgrade_under_load_is_noticed_by_nobody(self) -> None:
        with self.load(ends=1):
            before = main_pid()
            booted.install()
            self.assertNotIn(main_pid(), (0, before), "the new daemon runs")
            self.more()

    @contextlib.contextmanager
    def load(self, ends: int) -> Iterator[None]:
        """People who use it while daemons end, and what they must have seen when all is over."""
        worker = self.start_worker()
        serving = main_pid(worker)
        inodes = self.inodes()
        self.people = self.start("python3", "/booted/tests/load.py")
        self.more()
        yield
        out, _ = self.people.communicate(timeout=60)
        report = json.loads(out)
        self.assertEqual(report["turned_away"], {})
        # One at a time connects to each, so each end of a daemon can cut off one.
        for name, times in report["cut_off"].items():
            self.assertLessEqual(times, ends, name)
        self.assertEqual(report["failed"], {})
        self.assertEqual(report["completed"], report["asked"])
        self.assertEqual(self.inodes(), inodes, "the same sockets")
        self.assertEqual(main_pid(worker), serving, "the same worker")

    def more(self) -> None:
        """Waits until 50 more requests and 50 more connections were answered."""
        assert self.people.stdin and self.people.stdout
        self.people.stdin.write("more\n")
        self.people.stdin.flush()
        ready, _, _ = select.select([self.people.stdout], [], [], 60)
        self.assertTrue(ready, "the load goes on")
        self.assertEqual(self.people.stdout.readline(), "more\n")

    def test_connections_made_while_it_is_down_wait_and_are_served(self) -> None:
        systemctl("start", "sluiced.service")
        gate = pathlib.Path("/run/booted-gate")
        self.addCleanup(gate.unlink)
        wait = f"until [ -e {gate} ]; do sleep 0.05; done"
        self.drop_in("sluiced.service", f"[Service]\nExecStartPre=/bin/sh -c '{wait}'\n")
        systemctl("restart", "--no-block", "sluiced.service")
        eventually(lambda: show("SubState") == "start-pre", "it is down")
        waiting = [connect("control") for _ in range(20)]
        for connection in waiting:
            connection.sendall(GET_INFO)
        self.assertEqual(show("SubState"), "start-pre", "all connected while it was down")
        gate.touch()
        for connection in waiting:
            self.assertIn(b"io.sluice.Control", connection.recv(65536))
            connection.close()

    def test_a_killed_daemon_comes_back_by_itself(self) -> None:
        systemctl("start", "sluiced.service")
        inodes, before = self.inodes(), main_pid()
        # Nobody is connected, who would start it by connecting again.
        os.kill(before, signal.SIGKILL)
        eventually(lambda: is_anew(before), "sluiced is back")
        self.assertEqual(show("NRestarts"), "1")
        self.assertEqual(self.inodes(), inodes)
        self.start_worker()
        self.assertEqual(self.result(self.submit("caption", "back"))["text"], "BACK")

    def inodes(self) -> "list[int]":
        return [os.stat(f"/run/sluice/{name}.sock").st_ino for name in machine.SOCKETS]
