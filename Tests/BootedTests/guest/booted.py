"""What the tests begin with: packages installed, a user of each kind, a service without a past."""

import glob
import json
import pathlib
import shutil
import subprocess
import unittest
from typing import Any

import machine
from machine import Done, ask, cursor, eventually, identity, run, systemctl

PACKAGES = ("sluice", "sluice-http", "python3-sluice")
STATE = pathlib.Path("/var/lib/sluice")
DROP_INS = pathlib.Path("/etc/sluice/sluiced.toml.d")
CONFIGURATION = DROP_INS / "50-booted.toml"
WORKERS = pathlib.Path("/etc/sluice/workers")
CAPTION = "/usr/bin/python3 /booted/tests/caption_worker.py"

# In force for every test: a function, and thereby a queue, known before its worker comes.
BASE = """\
[function.caption]
concurrency_id = "gpu_queue"
"""

# One for each group, named after what they do, and one who is in none.
USERS = """\
u passerby - "Member of nothing"
u client - "Member of sluice"
m client sluice
u worker - "Member of sluice-worker"
m worker sluice-worker
u admin - "Member of sluice-admin"
m admin sluice-admin
"""


def is_installed() -> bool:
    return run("dpkg-query", "--show", "--showformat=${Status}", "sluice", ok=False).out.endswith(
        " installed"
    )


def install() -> Done:
    """All packages in one go; dpkg finds the order, and refuses if something declared is absent."""
    return run("dpkg", "--install", *sorted(glob.glob("/booted/packages/*.deb")))


def install_recommended() -> None:
    """What our packages recommend, and a machine may lack: most tests are without it."""
    if run("systemctl", "cat", "polkit.service", ok=False).status != 0:
        run("dpkg", "--install", *sorted(glob.glob("/booted/recommended/*.deb")))


def add_users() -> None:
    path = pathlib.Path("/etc/sysusers.d/booted.conf")
    path.parent.mkdir(exist_ok=True)
    path.write_text(USERS)
    run("systemd-sysusers", str(path))


def reset() -> None:
    """The service as if just installed, with nothing configured but ``BASE``."""
    # In this order: a worker that is cut off connects again, and so starts what is being stopped.
    systemctl("stop", "sluice-worker@*.service")
    systemctl("stop", "sluice-http.socket", "sluice-http.service")
    systemctl("stop", *machine.SOCKET_UNITS, "sluiced.service")
    changed = glob.glob("/run/systemd/system/sluice*.d")
    changed += glob.glob("/etc/systemd/system/sluice-worker@*.d")
    for path in changed:
        shutil.rmtree(path)
    for file in [*DROP_INS.glob("*"), *WORKERS.glob("*.env"), *STATE.glob("*")]:
        file.unlink()
    DROP_INS.mkdir(exist_ok=True)
    (DROP_INS / "10-base.toml").write_text(BASE)
    if changed:
        systemctl("daemon-reload")
    systemctl("reset-failed")
    systemctl("start", *machine.SOCKET_UNITS)


def leave(*words: str) -> int:
    """Submits a detached request; its number."""
    return int(run("sluicectl", "submit", "--detach", *words, user="client").out)


def fetch(request: int) -> Any:
    """What came of it, as its user."""
    return json.loads(run("sluicectl", "fetch", "--quiet", str(request), user="client").out)


class BootedTest(unittest.TestCase):
    """A test of the service as if just installed: its sockets listen, nothing was ever changed."""

    @classmethod
    def setUpClass(cls) -> None:
        if not is_installed():
            install()
        add_users()

    def setUp(self) -> None:
        reset()
        self.since = cursor()

    def drop_in(self, unit: str, text: str) -> None:
        """Changes a unit for this test."""
        path = pathlib.Path(f"/run/systemd/system/{unit}.d/booted.conf")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        systemctl("daemon-reload")

    def configure(self, text: str) -> None:
        CONFIGURATION.write_text(text)

    def start_worker(self, name: str = "caption", command: str = CAPTION) -> str:
        """A worker as an operator makes one; the name of its unit."""
        WORKERS.mkdir(exist_ok=True)
        (WORKERS / f"{name}.env").write_text(f"COMMAND={command}\n")
        unit = f"sluice-worker@{name}.service"
        systemctl("start", unit)
        eventually(lambda: ask("workers"), "the worker attached")
        return unit

    def start(self, *words: str, user: str = "root") -> "subprocess.Popen[str]":
        """A process that goes with the test."""
        process = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, **identity(user)
        )

        def end() -> None:
            process.kill()
            process.communicate()

        self.addCleanup(end)
        return process

    def submit(self, *words: str, user: str = "client") -> "subprocess.Popen[str]":
        return self.start("sluicectl", "submit", "--quiet", *words, user=user)

    def result(self, process: "subprocess.Popen[str]") -> Any:
        out, _ = process.communicate(timeout=30)
        self.assertEqual(process.returncode, 0, out)
        return json.loads(out)
