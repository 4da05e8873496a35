"""What the tests say about the machine: commands, units, the journal, and waiting for them."""

import json
import os
import pwd
import socket
import subprocess
import time
from typing import Any, Callable, Dict, List, NamedTuple

SOCKETS = ("client", "worker", "control")
SOCKET_UNITS = [f"sluiced-{name}.socket" for name in SOCKETS]


class Done(NamedTuple):
    status: int
    out: str
    err: str


def run(*words: str, user: str = "root", ok: bool = True, timeout: float = 60) -> Done:
    """A command as that user, with the user's groups; ``ok``: it has to succeed."""
    done = subprocess.run(
        words, capture_output=True, text=True, timeout=timeout, cwd="/", **identity(user)
    )
    result = Done(done.returncode, done.stdout, done.stderr)
    if ok and result.status != 0:
        raise AssertionError(f"{' '.join(words)}, as {user}: {result}")
    return result


def identity(user: str) -> Dict[str, Any]:
    """The arguments by which a process runs as ``user``."""
    entry = pwd.getpwnam(user)
    groups = os.getgrouplist(user, entry.pw_gid)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": groups}


def ctl(*words: str, user: str = "root", ok: bool = True) -> Done:
    return run("sluicectl", *words, user=user, ok=ok)


def ask(*words: str) -> Any:
    """What sluicectl says, as data."""
    return json.loads(ctl("--json", *words).out)


def limit(queue: str = "gpu_queue") -> Any:
    return ask("queue", queue)["concurrency_limit"]


def systemctl(*words: str, ok: bool = True) -> Done:
    return run("systemctl", *words, ok=ok)


def show(name: str, unit: str = "sluiced.service") -> str:
    return systemctl("show", "--value", "--property", name, unit).out.strip()


def is_active(unit: str = "sluiced.service") -> bool:
    return show("ActiveState", unit) == "active"


def main_pid(unit: str = "sluiced.service") -> int:
    return int(show("MainPID", unit))


def is_anew(before: int, unit: str = "sluiced.service") -> bool:
    """Whether it is up with another process than ``before``; asked at once, not one by one."""
    shown = systemctl("show", "--property=ActiveState,MainPID", unit).out
    told = dict(line.split("=", 1) for line in shown.splitlines())
    return told["ActiveState"] == "active" and int(told["MainPID"]) not in (0, before)


def eventually(condition: Callable[[], Any], what: str, seconds: float = 20) -> Any:
    """Waits until ``condition`` is true, and gives what it gave."""
    end = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {what}; last seen: {found!r}")
        time.sleep(0.05)


def connect(name: str) -> socket.socket:
    """A connection to one of the three sockets."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(20)
    connection.connect(f"/run/sluice/{name}.sock")
    return connection


def cursor() -> str:
    """A place in the journal: everything logged so far is before it."""
    run("journalctl", "--sync")
    last = run("journalctl", "--quiet", "--lines=0", "--show-cursor").out.strip()
    return last.rpartition("-- cursor: ")[2]


def journal(since: str, unit: str = "", **fields: str) -> List[Dict[str, Any]]:
    """What was logged after that place with these fields: by a unit, or by systemd about it.

    The fields are compared here: told to look for some, journalctl of Debian 12 leaves out the
    first entry after a cursor.
    """
    run("journalctl", "--sync")
    lines = run("journalctl", "--quiet", "--output=json", "--all", f"--after-cursor={since}").out
    entries = [json.loads(line) for line in lines.splitlines()]
    return [
        entry
        for entry in entries
        if unit in ("", entry.get("_SYSTEMD_UNIT"), entry.get("UNIT"))
        and all(entry.get(name) == value for name, value in fields.items())
    ]


def messages(since: str, unit: str) -> str:
    return "\n".join(str(entry.get("MESSAGE")) for entry in journal(since, unit))
