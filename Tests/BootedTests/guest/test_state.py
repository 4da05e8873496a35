"""What is kept over restarts, and who can read it."""

import os
import pathlib
import pwd
import signal
import stat

from booted import STATE, BootedTest, fetch, leave
from machine import ctl, eventually, is_anew, limit, main_pid, systemctl


class State(BootedTest):
    def test_the_state_directory_is_for_the_daemon_alone(self) -> None:
        ctl("set", "gpu_queue", "concurrency_limit=3")
        self.start_worker()
        systemctl("stop", "sluiced.service")
        sluice = pwd.getpwnam("sluice").pw_uid
        self.assertEqual(self.mode(STATE), (0o700, sluice))
        files = list(STATE.rglob("*"))
        self.assertTrue(files)
        for path in files:
            self.assertEqual(self.mode(path), (0o600, sluice), path)

    def mode(self, path: pathlib.Path) -> "tuple[int, int]":
        found = os.lstat(path)
        return stat.S_IMODE(found.st_mode), found.st_uid

    def test_the_files_of_detached_requests_are_the_daemons_while_it_runs(self) -> None:
        leave("caption", "kept")
        sluice = pwd.getpwnam("sluice").pw_uid
        files = {path.name: self.mode(path) for path in STATE.rglob("*")}
        self.assertIn("requests.sqlite", files)
        self.assertIn("requests.sqlite-wal", files)
        self.assertEqual(set(files.values()), {(0o600, sluice)}, files)

    def test_a_detached_request_survives_a_restart_and_a_kill_and_so_does_its_result(self) -> None:
        request = leave("caption", "kept")
        systemctl("restart", "sluiced.service")
        daemon = main_pid()
        os.kill(daemon, signal.SIGKILL)
        eventually(lambda: is_anew(daemon), "sluiced is back")
        worker = self.start_worker()
        self.assertEqual(fetch(request)["text"], "KEPT")
        systemctl("stop", worker)
        systemctl("restart", "sluiced.service")
        self.assertEqual(fetch(request)["text"], "KEPT")

    def test_what_was_set_survives_a_restart(self) -> None:
        ctl("set", "gpu_queue", "concurrency_limit=3")
        systemctl("restart", "sluiced.service")
        self.assertEqual(limit(), 3)

    def test_what_was_set_survives_a_kill(self) -> None:
        self.drop_in(
            "sluiced.service", "[Unit]\nStartLimitIntervalSec=0\n[Service]\nRestartSec=10ms\n"
        )
        # Often, because a daemon that answers before it has written loses only now and then; and
        # without systemctl, which would give it time.
        for value in range(2, 12):
            ctl("status")
            daemon = main_pid()
            ctl("set", "gpu_queue", f"concurrency_limit={value}")
            os.kill(daemon, signal.SIGKILL)
            self.assertEqual(limit(), value)

    def test_what_was_set_with_runtime_does_not(self) -> None:
        ctl("set", "gpu_queue", "concurrency_limit=3")
        ctl("set", "gpu_queue", "--runtime", "concurrency_limit=5")
        self.assertEqual(limit(), 5)
        systemctl("restart", "sluiced.service")
        self.assertEqual(limit(), 3)
