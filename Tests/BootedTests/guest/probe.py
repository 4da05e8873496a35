"""What can be done from inside a unit's sandbox: runs in the place of its program, prints JSON.

For each attempt the name of the error that it met, or "done".
"""

import errno
import json
import mmap
import os
import pathlib
import socket
import subprocess
import sys
from typing import Any, Callable, Dict

# Somebody of the machine listens there.
PORT = 4711
DEVICES = ("nvidia0", "nvidia1", "nvidiactl", "nvidia-uvm", "kfd", "dri/renderD191", "disk")
OWN = os.environ.get("STATE_DIRECTORY") or os.environ.get("CACHE_DIRECTORY") or "/tmp"


def attempt(action: Callable[[], Any]) -> str:
    try:
        action()
    except OSError as error:
        return errno.errorcode.get(error.errno or 0, str(error))
    return "done"


def write(path: str) -> Callable[[], Any]:
    return lambda: os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))


def reached(path: str) -> str:
    """Whether a device may be opened. Where no driver is behind it, the open finds that out."""
    outcome = attempt(lambda: os.close(os.open(path, os.O_RDWR)))
    return "done" if outcome in ("ENXIO", "ENODEV") else outcome


def connect() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as connection:
        connection.settimeout(5)
        connection.connect(("127.0.0.1", PORT))


def make_setuid() -> None:
    write(f"{OWN}/probe")()
    os.chmod(f"{OWN}/probe", 0o4700)


def make_namespace() -> str:
    done = subprocess.run(["unshare", "--user", "true"], capture_output=True, text=True)
    return "done" if done.returncode == 0 else done.stderr.strip().rpartition(": ")[2]


def others() -> int:
    """Processes of other users that can be seen."""
    mine = os.getuid()
    processes = pathlib.Path("/proc").glob("[0-9]*")
    return sum(path.stat().st_uid != mine for path in processes)


def status() -> Dict[str, str]:
    lines = pathlib.Path("/proc/self/status").read_text().splitlines()
    pairs = (line.split(":", 1) for line in lines)
    wanted = ("NoNewPrivs", "Seccomp", "CapBnd", "CapEff", "CapAmb")
    return {name: value.strip() for name, value in pairs if name in wanted}


def main() -> None:
    write_and_execute = mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC
    found = {
        "internet": attempt(connect),
        "unix socket": attempt(lambda: socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)),
        "write /usr": attempt(write("/usr/probe")),
        "write /etc": attempt(write("/etc/sluice/probe")),
        "write own directory": attempt(write(f"{OWN}/probe")),
        "read /home": attempt(lambda: os.listdir("/home")),
        "read /root": attempt(lambda: os.listdir("/root")),
        "read others' /tmp": attempt(lambda: os.stat("/tmp/others")),
        "write and execute": attempt(lambda: mmap.mmap(-1, 4096, prot=write_and_execute)),
        "change groups": attempt(lambda: os.setgroups([])),
        "make setuid": attempt(make_setuid),
        "make namespace": make_namespace(),
        **{f"open {name}": reached(f"/dev/{name}") for name in DEVICES},
        "others seen": others(),
        "user": os.getuid(),
        **status(),
    }
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
