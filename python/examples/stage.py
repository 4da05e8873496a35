"""A daemon and workers on a private directory, for examples that show them at work."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from typing import Any, Callable, List

HERE = pathlib.Path(__file__).resolve().parent
# The examples run from a checkout as it is, without installing the package.
sys.path[:0] = [str(HERE.parent / "src"), str(HERE)]

PATIENCE = 60.0


class Stage:
    """The processes of the tour, on a directory of their own."""

    def __init__(self, binaries: pathlib.Path) -> None:
        self.binaries = binaries
        self.directory = tempfile.mkdtemp(prefix="sluice-demo-")
        self.log = os.path.join(self.directory, "sluiced.log")
        self.processes: List["subprocess.Popen[bytes]"] = []
        self.environment = dict(
            os.environ,
            SLUICE_RUNTIME_DIRECTORY=self.directory,
            PYTHONPATH=str(HERE.parent / "src"),
        )

    def start(self, *command: str, **options: Any) -> "subprocess.Popen[bytes]":
        process = subprocess.Popen(command, env=self.environment, **options)
        self.processes.append(process)
        return process

    def open(self, *options: str) -> None:
        # What the daemon logs would stand between the lines of the example.
        with open(self.log, "wb") as log:
            self.start(
                str(self.binaries / "sluiced"),
                "--runtime-directory",
                self.directory,
                *options,
                stderr=log,
            )
        self.wait_for(lambda: os.path.exists(os.path.join(self.directory, "control.sock")))

    def open_gateway(self) -> str:
        """Starts the HTTP gateway on a free port of this machine; its address."""
        process = self.start(
            str(self.binaries / "sluice-http"),
            "--runtime-directory",
            self.directory,
            "--listen",
            "127.0.0.1:0",
            stdout=subprocess.PIPE,
        )
        assert process.stdout is not None
        said = process.stdout.readline().decode()
        if not said.startswith("listening at "):
            raise SystemExit(f"the gateway does not listen; it said: {said!r}")
        return said.split()[-1]

    def start_worker(self, script: str, *words: str) -> None:
        self.start(sys.executable, str(HERE / script), *words)

    def ctl(self, *words: str) -> str:
        """What sluicectl prints."""
        done = subprocess.run(
            [str(self.binaries / "sluicectl"), *words],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            universal_newlines=True,
        )
        return done.stdout

    def ask(self, *words: str) -> Any:
        """What sluicectl says, as data; nothing while the daemon is not there yet."""
        try:
            return json.loads(self.ctl("--json", *words))
        except ValueError:
            return []

    def wait_for(self, condition: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > end:
                raise SystemExit(
                    "the daemon or its workers did not get there in time; the daemon said:\n"
                    + pathlib.Path(self.log).read_text()
                )
            time.sleep(0.05)

    def close(self) -> None:
        for process in reversed(self.processes):
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in self.processes:
            try:
                process.wait(timeout=PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(self.directory)
