"""What the programs can do from inside their units, tried from there."""

import errno
import gzip
import json
import os
import pathlib
import pwd
import socket
from typing import Any, Dict

import devices
from booted import WORKERS, BootedTest
from machine import main_pid, run, systemctl
from probe import DEVICES, PORT

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
    "open nvidia0": "done",
    "open nvidia1": "done",
    "open nvidiactl": "done",
    "open nvidia-uvm": "done",
    "open disk": "EPERM",
    "others seen": 0,
    "NoNewPrivs": "1",
    "Seccomp": "2",
    "CapBnd": "0000000000000000",
    "CapEff": "0000000000000000",
    "CapAmb": "0000000000000000",
}
# It looks at AMD's GPUs in /sys, and is not in the group of their devices.
WITHOUT_AMD = {"open kfd": "EACCES", "open dri/renderD191": "EACCES"}
# Models are compiled while they run, so what is written may be executed.
WORKER = {**COMMON, "write and execute": "done", "open kfd": "done", "open dri/renderD191": "done"}

MANUAL = pathlib.Path("/usr/share/man/man7/sluice-worker.7.gz")
NETWORK = pathlib.Path("/usr/share/doc/sluice/examples/worker-network.conf")


def example(introduction: str) -> str:
    """What sluice-worker(7) shows after these words."""
    _, _, rest = gzip.decompress(MANUAL.read_bytes()).decode().partition(introduction)
    _, _, shown = rest.partition(".Bd -literal -offset indent\n")
    return shown.partition(".Ed\n")[0]


class Sandbox(BootedTest):
    def setUp(self) -> None:
        super().setUp()
        devices.make(self)
        self.enterContext(socket.create_server(("127.0.0.1", PORT)))
        others = pathlib.Path("/tmp/others")
        others.touch()
        self.addCleanup(others.unlink)

    def test_the_daemon_reaches_the_gpus_its_state_and_nothing_else(self) -> None:
        self.drop_in("sluiced.service", f"{INSTEAD}ExecStart=\nExecStart={PROBE}\nExecReload=\n")
        found = self.probed("sluiced.service")
        expected = {**COMMON, **WITHOUT_AMD, "write and execute": "EPERM"}
        # It looks which of them are workers.
        self.assertGreater(found["others seen"], 0)
        expected["others seen"] = found["others seen"]
        self.assertEqual(found, {**expected, "user": pwd.getpwnam("sluice").pw_uid})

    def test_a_worker_reaches_the_gpus_its_cache_and_nothing_else(self) -> None:
        found = self.probed_worker("")
        self.assertEqual(found, {**WORKER, "user": found["user"]})
        self.assertNotIn(found["user"], (0, pwd.getpwnam("sluice").pw_uid))

    def test_the_drop_in_of_the_manual_leaves_a_worker_one_gpu(self) -> None:
        shown = example("such as this:\n")
        self.assertIn("DeviceAllow=/dev/nvidia0 rw", shown)
        found = self.probed_worker(shown)
        others = ("open nvidia1", "open kfd", "open dri/renderD191")
        expected = {**WORKER, **dict.fromkeys(others, "EPERM"), "user": found["user"]}
        self.assertEqual(found, expected)

    def test_the_drop_in_for_the_network_opens_that_and_nothing_else(self) -> None:
        found = self.probed_worker(NETWORK.read_text())
        self.assertEqual(found, {**WORKER, "internet": "done", "user": found["user"]})

    def probed_worker(self, drop_in: str) -> Dict[str, Any]:
        WORKERS.mkdir(exist_ok=True)
        (WORKERS / "probe.env").write_text(f"COMMAND={PROBE}\n")
        self.drop_in("sluice-worker@.service", f"{drop_in}\n{INSTEAD}")
        return self.probed("sluice-worker@probe.service")

    def test_without_the_sandbox_the_same_attempts_succeed(self) -> None:
        """Else the others would prove nothing."""
        found = json.loads(run(*PROBE.split()).out)
        for name, outcome in found.items():
            if COMMON.get(name) in errno.errorcode.values():
                self.assertNotEqual(outcome, COMMON[name], name)
        for name in DEVICES:
            self.assertEqual(found[f"open {name}"], "done", name)
        self.assertEqual((found["internet"], found["NoNewPrivs"]), ("done", "0"))
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
