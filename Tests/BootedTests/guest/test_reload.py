"""Configuration: applied while everything goes on, refused as a whole."""

from booted import CONFIGURATION, BootedTest
from machine import ask, ctl, eventually, is_active, limit, main_pid, messages, show, systemctl

GOOD = "[queue.gpu_queue]\nconcurrency_limit = 3\n"
BETTER = "[queue.gpu_queue]\nconcurrency_limit = 4\n"
BAD = "[queue.gpu_queue]\nconcurrency_limit = 5\nmax_szie = 10\n"


class Reload(BootedTest):
    def setUp(self) -> None:
        super().setUp()
        self.configure(GOOD)
        systemctl("start", "sluiced.service")
        self.assertEqual(limit(), 3)

    def test_good_configuration_applies_and_nobody_is_dropped(self) -> None:
        self.start_worker()
        [worker] = ask("workers")
        running = self.submit("caption", "slow", "1.5")
        eventually(lambda: ask("queue", "gpu_queue")["running"] == 1, "the request runs")
        daemon = main_pid()

        self.configure(BETTER)
        systemctl("reload", "sluiced.service")

        self.assertEqual(limit(), 4)
        self.assertEqual(main_pid(), daemon)
        self.assertEqual([other["id"] for other in ask("workers")], [worker["id"]])
        self.assertEqual(self.result(running)["text"], "SLOW")

    def test_bad_configuration_is_refused_and_the_old_one_holds(self) -> None:
        daemon = main_pid()
        self.configure(BAD)
        refused = systemctl("reload", "sluiced.service", ok=False)

        self.assertNotEqual(refused.status, 0)
        said = messages(self.since, "sluiced.service")
        self.assertIn(f"{CONFIGURATION}:3: queue.gpu_queue.max_szie", said)
        self.assertIn(
            "max_szie", systemctl("status", "--lines=20", "sluiced.service", ok=False).out
        )
        self.assertIn("last reload was refused", show("StatusText"))
        self.assertEqual(limit(), 3)
        self.assertEqual((is_active(), main_pid()), (True, daemon))

    def test_a_start_with_bad_configuration_fails_with_the_line_and_ends_there(self) -> None:
        self.configure(BAD)
        systemctl("stop", "sluiced.service")
        failed = systemctl("start", "sluiced.service", ok=False)

        self.assertNotEqual(failed.status, 0)
        # By unit, as people look. Of a process that is gone the journal may not know whose it was,
        # but it always knows whose standard error a line came from.
        said = messages(self.since, "sluiced.service")
        self.assertIn(f"{CONFIGURATION}:3: queue.gpu_queue.max_szie", said)
        # Not in between two tries, which would go wrong as well.
        self.assertEqual((show("SubState"), show("NRestarts")), ("failed", "0"))

    def test_a_mended_configuration_starts_at_once(self) -> None:
        self.configure(BAD)
        systemctl("stop", "sluiced.service")
        systemctl("start", "sluiced.service", ok=False)
        self.configure(GOOD)
        systemctl("start", "sluiced.service")
        self.assertEqual(limit(), 3)
        self.assertEqual(ctl("status", user="client").status, 0)
