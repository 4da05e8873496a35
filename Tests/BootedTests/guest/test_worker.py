"""Workers as units: sluice-worker@NAME.service, with its command in a file."""

import os
import pathlib
import shutil
import signal

from booted import CAPTION, BootedTest
from machine import ask, eventually, is_anew, main_pid, messages, show, systemctl

UNIT = "sluice-worker@caption.service"


class Worker(BootedTest):
    def test_it_attaches_as_a_user_of_its_own_in_the_slice_of_workers(self) -> None:
        self.start_worker()
        told = self.result(self.submit("caption", "who are you"))
        self.assertEqual(told["text"], "WHO ARE YOU")
        self.assertEqual(told["pid"], main_pid(UNIT))
        # The range of dynamic users, see systemd.exec(5).
        self.assertTrue(61184 <= os.stat(f"/proc/{main_pid(UNIT)}").st_uid <= 65519)
        self.assertIn("/sluice.slice/sluice-workers.slice/", told["cgroup"])

    def test_it_counts_as_started_when_it_serves(self) -> None:
        self.start_worker()
        self.assertEqual(show("Type", UNIT), "notify")
        systemctl("restart", UNIT)
        self.assertEqual([worker["functions"] for worker in ask("workers")], [["caption"]])

    def test_it_is_started_again_when_it_dies_and_its_work_is_not_lost(self) -> None:
        self.drop_in("sluice-worker@.service", "[Service]\nRestartSec=100ms\n")
        self.start_worker()
        before = main_pid(UNIT)
        running = self.submit("caption", "again", "0.5")
        eventually(lambda: ask("queue", "gpu_queue")["running"] == 1, "the request runs")
        os.kill(before, signal.SIGKILL)
        eventually(lambda: is_anew(before, UNIT), "the worker is back")
        self.assertEqual(self.result(running)["text"], "AGAIN")

    def test_stopping_it_finishes_what_it_has_begun(self) -> None:
        self.start_worker()
        running = self.submit("caption", "last words", "1")
        eventually(lambda: ask("queue", "gpu_queue")["running"] == 1, "the request runs")
        systemctl("stop", UNIT)
        self.assertEqual(self.result(running)["text"], "LAST WORDS")
        self.assertEqual(show("Result", UNIT), "success")
        eventually(lambda: ask("workers") == [], "the worker is gone")

    def test_it_outlives_a_restart_of_the_daemon(self) -> None:
        self.start_worker()
        before = main_pid(UNIT)
        systemctl("restart", "sluiced.service")
        self.assertEqual(self.result(self.submit("caption", "still here"))["text"], "STILL HERE")
        self.assertEqual(main_pid(UNIT), before)

    def test_quotes_keep_the_words_of_its_command_together(self) -> None:
        place = pathlib.Path("/opt/my models")
        place.mkdir(parents=True)
        self.addCleanup(shutil.rmtree, place)
        (place / "python").symlink_to("/usr/bin/python3")
        _, script = CAPTION.split()
        for command in (
            f'{CAPTION} --size "very large"',
            # What begins with a quote ends with it, so around all of it goes another.
            f"""'"{place}/python" {script} --size "very large"'""",
        ):
            with self.subTest(command):
                unit = self.start_worker(command=command)
                told = self.result(self.submit("caption", "words"))
                self.assertEqual(told["words"], ["--size", "very large"])
                systemctl("stop", unit)
                eventually(lambda: ask("workers") == [], "the worker is gone")

    def test_without_a_command_it_fails_once_and_says_where_to_write_it(self) -> None:
        unit = "sluice-worker@nothing.service"
        systemctl("start", unit, ok=False)
        eventually(lambda: show("ActiveState", unit) == "failed", "it failed")
        self.assertEqual(show("NRestarts", unit), "0")
        said = messages(self.since, unit)
        self.assertIn("/etc/sluice/workers/nothing.env", said)
        self.assertIn("COMMAND=", said)
