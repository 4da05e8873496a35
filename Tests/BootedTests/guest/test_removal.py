"""The packages go: first removed, then purged."""

import pathlib
from typing import List

import booted
import machine
from booted import STATE, BootedTest
from machine import ctl, run, systemctl


class Removal(BootedTest):
    def setUp(self) -> None:
        """They are three steps of one way; only the first begins anew."""

    def test_1_removed_the_service_is_gone_and_its_state_stays(self) -> None:
        booted.reset()
        self.start_worker()
        systemctl("start", "sluice-http.service")
        ctl("set", "gpu_queue", "concurrency_limit=3")
        self.assertEqual(len(self.processes()), 3)
        told = run("dpkg", "--remove", *booted.PACKAGES).out
        self.assertIn("waiting for workers to finish, at most 5 minutes: 1\n", told)

        gone = ("sluiced.service", *machine.SOCKET_UNITS, "sluice-worker@caption.service")
        for unit in (*gone, "sluice-http.service", "sluice-http.socket"):
            self.assertNotEqual(machine.show("ActiveState", unit), "active", unit)
        for name in machine.SOCKETS:
            with self.assertRaises(OSError, msg=name):
                machine.connect(name).close()
        self.assertEqual(self.processes(), [])
        self.assertEqual(run("dpkg-query", "--listfiles", "sluice").out.count("/bin/"), 0)
        self.assertTrue(list(STATE.iterdir()), "the state stays")
        self.assertTrue(pathlib.Path("/etc/sluice/sluiced.toml").exists(), "so does /etc")

    def test_2_installed_again_it_goes_on_from_the_state_it_had(self) -> None:
        booted.install()
        self.assertEqual(machine.limit(), 3)

    def test_3_purged_nothing_is_left(self) -> None:
        # What an operator wrote is the operator's.
        for file in [*booted.DROP_INS.iterdir(), *booted.WORKERS.iterdir()]:
            file.unlink()
        booted.DROP_INS.rmdir()
        run("dpkg", "--purge", *booted.PACKAGES)
        for place in ("/etc", "/run", "/var/lib", "/var/cache", "/var/cache/private"):
            self.assertEqual([str(path) for path in pathlib.Path(place).glob("sluice*")], [])
        left = systemctl("list-unit-files", "--no-legend", "sluice*", ok=False).out
        self.assertEqual(left, "")
        links = [*pathlib.Path("/etc/systemd").rglob("*sluice*")]
        self.assertEqual(links, [])
        self.assertEqual(run("dpkg-query", "--show", "sluice", "sluice-http", ok=False).out.split(), [])
        self.assertEqual(systemctl("--failed", "--no-legend").out, "")

    def processes(self) -> List[str]:
        """Those in a control group of ours; the machine's own names are others."""
        groups = [path.read_text().strip() for path in pathlib.Path("/proc").glob("[0-9]*/cgroup")]
        return [group for group in groups if "sluice" in group]
