"""After the machine was restarted. What it was asked to remember is in `prepare`."""

import os
import pathlib
import stat
import unittest

import booted
import machine
from booted import CAPTION, WORKERS
from machine import ask, ctl, eventually, limit, main_pid, show, systemctl

UNIT = "sluice-worker@caption.service"
SILENT = "sluice-worker@silent.service"
LAST_WORDS = pathlib.Path("/booted/last-words")
# The numbers of two detached requests: one that was finished, and one that waited.
LEFT = pathlib.Path("/booted/left")


def prepare() -> None:
    """Run before the restart."""
    booted.BootedTest.setUpClass()
    booted.reset()
    ctl("set", "gpu_queue", "concurrency_limit=7")
    WORKERS.mkdir(exist_ok=True)
    (WORKERS / "caption.env").write_text(f"COMMAND={CAPTION}\n")
    systemctl("enable", "--now", UNIT)
    # Its model hangs while it loads.
    (WORKERS / "silent.env").write_text("COMMAND=/bin/sleep infinity\n")
    systemctl("enable", SILENT)
    finished = booted.leave("caption", "finished")
    booted.fetch(finished)
    ctl("pause", "gpu_queue")
    LEFT.write_text(f"{finished} {booted.leave('caption', 'waiting')}")
    LAST_WORDS.write_text(machine.cursor())


class Boot(unittest.TestCase):
    def test_1_the_sockets_listen_where_they_did(self) -> None:
        self.assertEqual(stat.S_IMODE(os.stat("/run/sluice").st_mode), 0o755)
        self.assertEqual(os.stat("/run/sluice").st_uid, 0)
        for unit in machine.SOCKET_UNITS:
            self.assertEqual(show("ActiveState", unit), "active", unit)

    def test_2_an_enabled_worker_serves_without_anybody_doing_anything(self) -> None:
        eventually(lambda: show("ActiveState", UNIT) == "active", "the worker is up")
        self.assertEqual([worker["functions"] for worker in ask("workers")], [["caption"]])

    def test_2_a_worker_that_is_never_ready_holds_nobody(self) -> None:
        self.assertEqual(show("ActiveState", "multi-user.target"), "active")
        eventually(lambda: main_pid(SILENT), "it was started")
        self.assertEqual(show("ActiveState", SILENT), "activating")

    def test_3_what_was_set_before_still_holds(self) -> None:
        self.assertEqual(limit(), 7)

    def test_3_detached_requests_go_on_and_are_fetched(self) -> None:
        finished, waiting = map(int, LEFT.read_text().split())
        self.assertEqual(booted.fetch(finished)["text"], "FINISHED")
        shown = {row["id"]: row["state"] for row in ask("requests", "--detached")}
        self.assertEqual(shown, {finished: "finished", waiting: "waiting"})
        ctl("resume", "gpu_queue")
        self.assertEqual(booted.fetch(waiting)["text"], "WAITING")

    def test_4_the_shutdown_was_orderly(self) -> None:
        for unit in ("sluiced.service", UNIT):
            said = machine.messages(LAST_WORDS.read_text(), unit)
            self.assertIn("Deactivated successfully", said, unit)
            self.assertNotIn("SIGKILL", said, unit)

    def test_5_nothing_failed(self) -> None:
        self.assertEqual(systemctl("--failed", "--no-legend").out, "")
