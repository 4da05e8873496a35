"""A daemon that hangs."""

import os
import signal

from booted import BootedTest
from machine import eventually, is_anew, main_pid, messages, show, systemctl


class Watchdog(BootedTest):
    def test_a_hung_daemon_is_killed_and_comes_back_and_everybody_with_it(self) -> None:
        self.drop_in("sluiced.service", "[Service]\nWatchdogSec=2s\nTimeoutAbortSec=1s\n")
        systemctl("start", "sluiced.service")
        self.start_worker()
        before = main_pid()

        os.kill(before, signal.SIGSTOP)
        waiting = self.submit("caption", "patience")

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
        self.assertGreater(show("WatchdogUSec"), "")
        self.assertNotIn(show("WatchdogUSec"), ("0", "infinity"))
