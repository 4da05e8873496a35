"""What an operator finds in the journal, and what is kept out of it."""

import os
import pwd
import signal
from typing import Any, Dict, List

from booted import CONFIGURATION, BootedTest
from machine import ask, ctl, eventually, journal, main_pid, run, systemctl

# From the list of kinds in sluiced(8), which says that they stay.
CHANGED = "71244966e4dc492fb6ec7ea49cacac88"
WORKER_LOST = "7160ab13524b4778bcd96a34953e9e94"
CONFIGURATION_WRONG = "137177283cb6437d9fbee7024fa86f4c"

THOUSAND = """
import sluice
with sluice.Client() as client:
    jobs = [client.submit("caption", str(number)) for number in range(1000)]
    assert [job.result()["text"] for job in jobs] == [str(number) for number in range(1000)]
"""


class Journal(BootedTest):
    def of_the_daemon(self, **fields: str) -> List[Dict[str, Any]]:
        return journal(self.since, SYSLOG_IDENTIFIER="sluiced", **fields)

    def test_a_change_says_who_changed_what_from_what_to_what(self) -> None:
        ctl("set", "gpu_queue", "concurrency_limit=2", user="admin")
        [entry] = self.of_the_daemon(MESSAGE_ID=CHANGED)
        told = {name: value for name, value in entry.items() if name.startswith("SLUICE_")}
        self.assertEqual(
            told,
            {
                "SLUICE_QUEUE": "gpu_queue",
                "SLUICE_KEY": "concurrency_limit",
                "SLUICE_OLD": "1",
                "SLUICE_NEW": "2",
                "SLUICE_CAUSE": "command",
                "SLUICE_USER": str(pwd.getpwnam("admin").pw_uid),
            },
        )

    def test_a_worker_that_died_is_found_by_its_number_and_function(self) -> None:
        unit = self.start_worker()
        number = ask("workers")[0]["id"]
        self.submit("caption", "lost", "2")
        eventually(lambda: ask("queue", "gpu_queue")["running"] == 1, "the request runs")
        os.kill(main_pid(unit), signal.SIGKILL)
        eventually(lambda: self.of_the_daemon(MESSAGE_ID=WORKER_LOST), "it is logged")
        [entry] = self.of_the_daemon(MESSAGE_ID=WORKER_LOST, SLUICE_WORKER=str(number))
        self.assertEqual(entry["PRIORITY"], "4")

    def test_a_wrong_configuration_is_found_by_file_and_line(self) -> None:
        systemctl("start", "sluiced.service")
        self.configure("[daemon]\nmax_running = 'many'\n")
        systemctl("reload", "sluiced.service", ok=False)
        [entry] = self.of_the_daemon(MESSAGE_ID=CONFIGURATION_WRONG)
        self.assertEqual((entry["SLUICE_FILE"], entry["SLUICE_LINE"]), (str(CONFIGURATION), "2"))
        self.assertEqual(entry["PRIORITY"], "3")

    def test_every_message_has_a_kind_that_the_catalog_explains(self) -> None:
        systemctl("start", "sluiced.service")
        ctl("set", "gpu_queue", "concurrency_limit=2")
        ctl("pause", "gpu_queue")
        systemctl("reload", "sluiced.service")
        self.configure("[daemon]\nmax_running = 'many'\n")
        systemctl("reload", "sluiced.service", ok=False)
        systemctl("stop", "sluiced.service")
        entries = self.of_the_daemon()
        self.assertGreaterEqual(len(entries), 6, entries)
        for entry in entries:
            self.assertIn("MESSAGE_ID", entry)
            explained = run("journalctl", "--dump-catalog", entry["MESSAGE_ID"]).out
            self.assertIn("Subject:", explained, entry["MESSAGE"])
        shown = run("journalctl", "--catalog", f"--after-cursor={self.since}").out
        self.assertRegex(shown, "concurrency_limit changed from 1 to 2.*\n.*Subject: ")

    def test_a_thousand_requests_are_not_worth_a_line(self) -> None:
        self.start_worker()
        before = len(self.of_the_daemon())
        run("python3", "-c", THOUSAND, user="client")
        self.assertEqual(len(self.of_the_daemon()), before)
