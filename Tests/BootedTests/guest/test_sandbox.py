"""What the programs can do from inside their units, tried from there."""

import contextlib
import errno
import json
import os
import pathlib
import pwd
import stat
from typing import Any, Dict

from booted import WORKERS, BootedTest
from machine import main_pid, run, systemctl

PROBE = "/usr/bin/python3 -B /booted/tests/probe.py"
OUTPUT = pathlib.Path("/run/probe.json")
INSTEAD = f"""
[Service]
Type=oneshot
Restart=no
WatchdogSec=0
StandardOutput=truncate:{OUTPUT}
"""
# Both programs meet these.
COMMON = {
    "internet": "EAFNOSUPPORT",
    "unix socket": "done",
    "write /usr": "EROFS",
    "write /etc": "EROFS",
    "write own directory": "done",
    "read /home": "EACCES",
    "read /root": "EACCES",
    "read others' /tmp": "ENOENT",
    "change groups": "EPERM",
    "make setuid": "EPERM",
    "make namespace": "Operation not permitted",
    # No driver is behind it: the open is allowed, and finds nothing. The disk's is not allowed.
    "open GPU": "ENXIO",
    "open disk": "EPERM",
    "others seen": 0,
    "NoNewPrivs": "1",
    "Seccomp": "2",
    "CapBnd": "0000000000000000",
    "CapEff": "0000000000000000",
    "CapAmb": "0000000000000000",
}


class Sandbox(BootedTest):
    def setUp(self) -> None:
        super().setUp()
        # A machine without a GPU knows no such devices; systemd looks them up in /proc/devices.
        devices = pathlib.Path("/run/devices")
        devices.write_text("Character devices:\n195 nvidia\n\nBlock devices:\n")
        run("mount", "--bind", str(devices), "/proc/devices")
        self.addCleanup(run, "umount", "/proc/devices")
        for name, kind, major in (("nvidia0", stat.S_IFCHR, 195), ("disk", stat.S_IFBLK, 8)):
            path = f"/dev/{name}"
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)
            os.mknod(path, kind | 0o666, os.makedev(major, 0))
            os.chmod(path, 0o666)
            self.addCleanup(os.unlink, path)
        others = pathlib.Path("/tmp/others")
        others.touch()
        self.addCleanup(others.unlink)

    def test_the_daemon_reaches_the_gpus_its_state_and_nothing_else(self) -> None:
        self.drop_in("sluiced.service", f"{INSTEAD}ExecStart=\nExecStart={PROBE}\nExecReload=\n")
        found = self.probed("sluiced.service")
        expected = {**COMMON, "write and execute": "EPERM", "user": pwd.getpwnam("sluice").pw_uid}
        self.assertEqual(found, expected)

    def test_a_worker_reaches_the_gpus_its_cache_and_nothing_else(self) -> None:
        WORKERS.mkdir(exist_ok=True)
        (WORKERS / "probe.env").write_text(f"COMMAND={PROBE}\n")
        self.drop_in("sluice-worker@.service", INSTEAD)
        found = self.probed("sluice-worker@probe.service")
        # Models are compiled while they run, so what is written may be executed.
        expected = {**COMMON, "write and execute": "done", "user": found["user"]}
        self.assertEqual(found, expected)
        self.assertNotIn(found["user"], (0, pwd.getpwnam("sluice").pw_uid))

    def test_without_the_sandbox_the_same_attempts_succeed(self) -> None:
        """Else the others would prove nothing."""
        found = json.loads(run(*PROBE.split()).out)
        for name, outcome in found.items():
            if COMMON.get(name) in errno.errorcode.values() and name != "open GPU":
                self.assertNotEqual(outcome, COMMON[name], name)
        self.assertEqual((found["open disk"], found["NoNewPrivs"]), ("ENXIO", "0"))
        self.assertGreater(found["others seen"], 0)
        for path in ("/usr/probe", "/etc/sluice/probe", "/tmp/probe"):
            os.unlink(path)

    def test_the_daemon_that_runs_has_no_privileges(self) -> None:
        systemctl("start", "sluiced.service")
        status = pathlib.Path(f"/proc/{main_pid()}/status").read_text()
        for line in ("NoNewPrivs:\t1", "Seccomp:\t2", "CapBnd:\t0000000000000000"):
            self.assertIn(line, status)

    def probed(self, unit: str) -> Dict[str, Any]:
        systemctl("start", unit)
        found: Dict[str, Any] = json.loads(OUTPUT.read_text())
        return found
