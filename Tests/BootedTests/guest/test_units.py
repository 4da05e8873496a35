"""What a worker's unit may open, and what the daemon may have systemd do with units."""

import json
import pathlib
import pwd
from typing import Any, Dict

import booted
import devices
from booted import WORKERS, BootedTest
from machine import Done, ask, ctl, eventually, is_anew, journal, main_pid, run, show, systemctl

UNIT = "sluice-worker@caption.service"
OPENER = ("/usr/bin/python3", "-B", "/booted/tests/opener.py")
OUTPUT = pathlib.Path("/run/opener.json")
INSTEAD = f"""
[Service]
Type=oneshot
Restart=no
StandardOutput=truncate:{OUTPUT}
"""
# Without a driver behind it, an open that is allowed finds no device.
NVIDIA = dict.fromkeys(("nvidia0", "nvidia1", "nvidiactl", "nvidia-uvm"), "ENXIO")
AMD = dict.fromkeys(("kfd", "dri/renderD191"), "ENXIO")
# Each breaks a way of quoting.
WORDS = ["very \"large\"", "it's $HOME", "a\\b", "", "%i\ttab", "{'a': \"b\"}", "two\nlines", "é"]

SOON = '[function.caption]\ncancel_grace = "200ms"\n'
ORDERED = "546ce6fee1294c36b6f3e6d76a786ca0"
REFUSED = "b762c38b6e2147e9820ef7d680476207"
MANAGER = ("org.freedesktop.systemd1", "/org/freedesktop/systemd1")


class DeviceAccess(BootedTest):
    def setUp(self) -> None:
        super().setUp()
        devices.make(self)
        self.drop_in("sluice-worker@.service", INSTEAD)

    def test_a_worker_opens_the_gpu_that_it_was_given_and_no_other(self) -> None:
        found = self.opened("--device", "gpu0", "--path", "/dev/nvidia0")
        self.assertEqual(found["device"], "gpu0")
        self.expect(found, {**NVIDIA, "nvidia1": "EPERM", **dict.fromkeys(AMD, "EPERM")})
        found = self.opened("--path", "/dev/dri/renderD191")
        self.assertEqual(found["device"], None)
        self.expect(found, {**dict.fromkeys(NVIDIA, "EPERM"), **AMD})

    def test_a_worker_without_a_device_opens_none(self) -> None:
        found = self.opened("--device", "none")
        self.expect(found, dict.fromkeys((*NVIDIA, *AMD), "EPERM"))

    def test_a_worker_of_which_nothing_was_said_opens_all_of_them(self) -> None:
        """Also one of which it is not said any more."""
        self.expect(self.opened(), {**NVIDIA, **AMD})
        self.opened("--device", "none")
        ctl("worker-unit", "opener", "--remove")
        self.expect(self.opened(), {**NVIDIA, **AMD})

    def test_a_node_that_is_missing_when_it_is_said_is_looked_for_at_the_start(self) -> None:
        missing = pathlib.Path("/dev/nvidia1")
        away = missing.rename("/dev/nvidia1-away")
        self.addCleanup(lambda: away.exists() and away.rename(missing))
        told = ctl("worker-unit", "opener", "--path", "/dev/nvidia0", "--path", "/dev/nvidia1")
        self.assertIn("sluicectl: not there now: /dev/nvidia1.", told.err)
        found = self.opened()
        self.assertEqual((found["nvidia0"], found["nvidia1"]), ("ENXIO", "ENOENT"))
        away.rename(missing)
        self.assertEqual(self.opened()["nvidia1"], "ENXIO")

    def test_a_node_that_comes_after_the_start_stays_closed_until_the_next(self) -> None:
        missing = pathlib.Path("/dev/nvidia1")
        away = missing.rename("/dev/nvidia1-away")
        self.addCleanup(lambda: away.exists() and away.rename(missing))
        ctl("worker-unit", "opener", "--path", "/dev/nvidia1")
        # The program is the last that happens at a start; the node comes just before it.
        # Of two files of one name systemd reads that of the instance.
        late = f"ExecStartPre=+/usr/bin/mv {away} {missing}\n"
        self.drop_in("sluice-worker@opener.service", f"{INSTEAD}{late}")
        self.assertEqual(self.opened()["nvidia1"], "EPERM")
        self.drop_in("sluice-worker@opener.service", INSTEAD)
        self.assertEqual(self.opened()["nvidia1"], "ENXIO")

    def test_the_words_of_a_command_arrive_as_they_were_said(self) -> None:
        WORKERS.mkdir(exist_ok=True)
        (WORKERS / "opener.env").write_text("# ours\nOTHER='kept \"as it is\"'\n")
        found = self.opened("--device", "none", words=WORDS)
        self.assertEqual(found["words"], WORDS)
        self.assertEqual(found["other"], 'kept "as it is"')

    def opened(self, *options: str, words: "list[str]" = []) -> Dict[str, Any]:
        """What a worker found that was started with this said of its unit."""
        ctl("worker-unit", "opener", *options, "--command", *OPENER, *words)
        systemctl("start", "sluice-worker@opener.service")
        found: Dict[str, Any] = json.loads(OUTPUT.read_text())
        return found

    def expect(self, found: Dict[str, Any], expected: Dict[str, str]) -> None:
        self.assertEqual({name: found[name] for name in expected}, expected)


class Orders(BootedTest):
    """In this order: the first is without polkit, as a machine may be."""

    def test_1_without_polkit_a_worker_that_hangs_is_left_and_the_log_says_how_to_end_it(
        self,
    ) -> None:
        if run("systemctl", "cat", "polkit.service", ok=False).status == 0:
            self.skipTest("polkit is installed by now")
        before = self.hang()
        (said,) = eventually(lambda: journal(self.since, MESSAGE_ID=REFUSED), "it says so")
        self.assertRegex(said["MESSAGE"], "denied; do it with 'systemctl restart")
        self.assertEqual(said["SLUICE_UNIT"], UNIT)
        self.assertEqual(main_pid(UNIT), before)
        self.assertEqual(ask("workers")[0]["state"], "hung")

    def test_2_a_worker_that_hangs_is_ended_and_begins_anew(self) -> None:
        booted.install_recommended()
        before = self.hang()
        (said,) = eventually(lambda: journal(self.since, MESSAGE_ID=ORDERED), "it is told")
        self.assertIn(f"hangs: systemd is told to restart {UNIT}", said["MESSAGE"])
        self.assertEqual((said["SLUICE_UNIT"], said["SLUICE_WORKER"]), (UNIT, "1"))
        eventually(lambda: is_anew(before, UNIT), "another process is there")
        self.assertEqual(self.result(self.submit("caption", "again"))["text"], "AGAIN")

    def test_2_a_worker_that_an_operator_stops_stays_stopped_when_it_hangs(self) -> None:
        booted.install_recommended()
        self.prepare_hang(2)
        self.submit("caption", "for long", "600")
        (running,) = eventually(lambda: self.running(), "the request runs")
        systemctl("stop", "--no-block", UNIT)
        ctl("cancel", str(running["id"]))
        eventually(lambda: journal(self.since, MESSAGE_ID=ORDERED), "systemd was told")
        self.assertEqual(show("ActiveState", UNIT), "deactivating")
        eventually(lambda: show("ActiveState", UNIT) == "failed", "it is killed")
        self.assertEqual(show("Job", UNIT), "")

    def test_3_a_worker_that_hangs_outside_of_a_unit_is_left_alone(self) -> None:
        booted.install_recommended()
        self.configure(SOON)
        systemctl("start", "sluiced.service")
        worker = self.start(*booted.CAPTION.split(), user="worker")
        eventually(lambda: ask("workers"), "the worker attached")
        self.cancel_for_long()
        eventually(lambda: ask("workers")[0]["state"] == "hung", "it hangs")
        self.assertEqual(journal(self.since, MESSAGE_ID=ORDERED), [])
        self.assertEqual(journal(self.since, MESSAGE_ID=REFUSED), [])
        self.assertIsNone(worker.poll())

    def test_4_the_daemons_user_starts_stops_and_restarts_workers(self) -> None:
        booted.install_recommended()
        self.start_worker()
        before = main_pid(UNIT)
        self.assertEqual(self.call("TryRestartUnit", UNIT).status, 0)
        eventually(lambda: is_anew(before, UNIT), "it is another process")
        self.assertEqual(self.call("StopUnit", UNIT).status, 0)
        eventually(lambda: show("ActiveState", UNIT) == "inactive", "it is stopped")
        # It was asked to go, so it is not started again by itself.
        self.assertEqual((show("Result", UNIT), show("SubState", UNIT)), ("success", "dead"))
        self.assertEqual(self.call("StartUnit", UNIT).status, 0)
        eventually(lambda: show("ActiveState", UNIT) == "active", "it is started")

    def test_5_the_daemons_user_may_do_nothing_else_with_units(self) -> None:
        booted.install_recommended()
        self.start_worker()
        pid = main_pid(UNIT)
        kill = self.busctl("KillUnit", "ssi", UNIT, "all", "9")
        transient = ("--no-ask-password", "--unit=sluice-worker@evil.service", "/usr/bin/id")
        refused = {
            "another unit": self.call("StopUnit", "dbus.service"),
            "the daemon's own": self.call("StopUnit", "sluiced.service"),
            "a socket": self.call("StopUnit", "sluiced-client.socket"),
            "a hidden file's name": self.call("StartUnit", "sluice-worker@.env.service"),
            "an escaped name": self.call("StartUnit", "sluice-worker@a\\x2db.service"),
            "a signal": kill,
            "a transient unit": run("systemd-run", *transient, user="sluice", ok=False),
            "reload": self.busctl("Reload", ""),
        }
        for what, done in refused.items():
            with self.subTest(what):
                self.assertNotEqual(done.status, 0, done)
                self.assertRegex(done.err, "(?i)access denied|authentication")
        self.assertEqual(main_pid(UNIT), pid)

    def test_6_another_user_may_not_even_do_that(self) -> None:
        booted.install_recommended()
        self.start_worker()
        for user in ("client", "worker", "admin"):
            done = self.call("StopUnit", UNIT, user=user)
            self.assertNotEqual(done.status, 0, user)
        self.assertEqual(show("ActiveState", UNIT), "active")

    def test_7_an_operator_stops_and_starts_workers_by_the_daemon(self) -> None:
        booted.install_recommended()
        self.start_worker()
        stopped = self.submit("caption", "until the end", "2")
        eventually(lambda: self.running(), "the request runs")
        told = ctl("worker-stop", "caption", user="admin")
        self.assertEqual(show("ActiveState", UNIT), "inactive")
        self.assertRegex(told.out, f"^{UNIT} .* is stopped\\.\n$")
        # It finished what it ran, and was not started again by itself.
        self.assertEqual(self.result(stopped)["text"], "UNTIL THE END")
        eventually(lambda: not ask("workers"), "it is gone")
        told = ctl("--json", "worker-stop", "caption", user="admin")
        self.assertEqual(json.loads(told.out), {"unit": UNIT, "changed": False})
        self.assertEqual(
            ctl("worker-start", "caption", user="admin").out, f"{UNIT} is started.\n"
        )
        self.assertEqual(show("ActiveState", UNIT), "active")
        self.assertEqual(self.result(self.submit("caption", "again"))["text"], "AGAIN")
        said = journal(self.since, MESSAGE_ID=ORDERED)
        uid = str(pwd.getpwnam("admin").pw_uid)
        self.assertEqual({entry["SLUICE_USER"] for entry in said}, {uid})
        self.assertIn(f"told to stop {UNIT}, by user {uid}", said[0]["MESSAGE"])

    def test_7_a_worker_that_cannot_start_is_told_with_its_reason(self) -> None:
        booted.install_recommended()
        systemctl("start", "sluiced.service")
        WORKERS.mkdir(exist_ok=True)
        told = ctl("worker-start", "bare", "caption/..", user="admin", ok=False)
        self.assertEqual(told.status, 1, told)
        self.assertIn("it has no command", told.err.replace("\n", " "))
        self.assertIn("name cannot be 'caption/..'", told.err)
        (WORKERS / "broken.env").write_text("COMMAND=/usr/bin/false\n")
        told = ctl("worker-start", "broken", user="admin", ok=False)
        self.assertIn("status 1", told.err)
        (first, *_) = journal(self.since, MESSAGE_ID=REFUSED)
        self.assertIn("did not start sluice-worker@bare.service", first["MESSAGE"])

    def test_8_who_may_only_look_starts_and_stops_nothing(self) -> None:
        booted.install_recommended()
        self.start_worker()
        for user in ("client", "worker", "passerby"):
            for command in ("worker-stop", "worker-start"):
                told = ctl(command, "caption", user=user, ok=False)
                self.assertEqual(told.status, 77, told)
                self.assertIn("for root and the group sluice-admin.", told.err)
        self.assertEqual(show("ActiveState", UNIT), "active")
        self.assertEqual(journal(self.since, MESSAGE_ID=ORDERED), [])

    def hang(self) -> int:
        """A worker, as a unit, that does not stop when it is told to; its process."""
        self.prepare_hang(1)
        before = main_pid(UNIT)
        self.cancel_for_long()
        return before

    def prepare_hang(self, seconds: int) -> None:
        """A worker that is killed so long after it was asked to leave."""
        self.drop_in("sluice-worker@.service", f"[Service]\nTimeoutStopSec={seconds}s\n")
        self.configure(SOON)
        self.start_worker()

    def cancel_for_long(self) -> None:
        self.submit("caption", "for long", "600")
        running = eventually(lambda: self.running(), "the request runs")
        ctl("cancel", str(running[0]["id"]))

    def running(self) -> Any:
        return [request for request in ask("requests") if request["state"] == "running"]

    def call(self, method: str, unit: str, user: str = "sluice") -> Done:
        return self.busctl(method, "ss", unit, "replace", user=user)

    def busctl(self, method: str, signature: str, *words: str, user: str = "sluice") -> Done:
        words = (*((signature,) if signature else ()), *words)
        return run(
            "busctl", "--allow-interactive-authorization=no", "call", *MANAGER,
            "org.freedesktop.systemd1.Manager", method, *words, user=user, ok=False,
        )
