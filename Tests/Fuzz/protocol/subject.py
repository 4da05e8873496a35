"""The daemon that is fuzzed, and what can be seen of it from outside."""

import json
import os
import pathlib
import signal
import socket
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]

# Long enough for a machine that has much else to do; an answer takes a few milliseconds.
PATIENCE = 20.0

# Deaths of workers are what happens here all the time: no function is to be paused for them.
# The witness may ask before its worker has declared.
CONFIGURATION = """
[daemon]
max_incoming_bytes = "8MiB"

[function.fuzz-a]
max_worker_deaths = "none"
concurrency_limit = 4

[function.fuzz-b]
max_worker_deaths = "none"
batch = true

[queue.fuzz-b]
max_size = 20

[function.witness]
"""


class Finding(Exception):
    """Something that the daemon may not do, whatever its peers do."""


def eventually(what, condition):
    """Waits until the condition is true; a finding if it never is."""
    end = time.monotonic() + PATIENCE
    while True:
        found = condition()
        if found is True:
            return
        if time.monotonic() > end:
            raise Finding(f"{what}: {found}")
        time.sleep(0.005)


class Subject:
    """A sluiced on a directory of its own."""

    def __init__(self, program, directory):
        self.directory = directory
        self.log = os.path.join(directory, "log")
        configuration = os.path.join(directory, "sluiced.toml")
        pathlib.Path(configuration).write_text(CONFIGURATION)
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [
                    str(program),
                    "--config",
                    configuration,
                    "--runtime-directory",
                    directory,
                    "--state-directory",
                    os.path.join(directory, "state"),
                ],
                stderr=log,
                env=dict(os.environ, SWIFT_BACKTRACE="enable=no"),
            )
        try:
            eventually("the daemon listens", lambda: self._is_ready() or self.last_words())
        except Finding:
            self.kill()
            raise

    def _is_ready(self):
        self.check_alive()
        return os.path.exists(self.socket("control"))

    def socket(self, name):
        return os.path.join(self.directory, f"{name}.sock")

    def stop(self):
        """A daemon that was asked to end does so, and in peace."""
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise Finding("SIGTERM does not end the daemon") from None
        if code != 0:
            raise Finding(f"the daemon ended with {code}: {self.last_words()}")

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def last_words(self):
        return pathlib.Path(self.log).read_text(errors="replace")[-2000:]

    def check_alive(self):
        code = self.process.poll()
        if code is not None:
            raise Finding(f"the daemon ended with {code}: {self.last_words()}")

    def call(self, method, **parameters):
        """One call of the control socket."""
        call = {"method": f"io.sluice.Control.{method}", "parameters": parameters}
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(PATIENCE)
            try:
                connection.connect(self.socket("control"))
                connection.sendall(json.dumps(call).encode() + b"\0")
                said = b""
                while not said.endswith(b"\0"):
                    more = connection.recv(1 << 16)
                    if not more:
                        raise Finding(f"{method} is not answered: {said!r}")
                    said += more
            except OSError as error:
                raise Finding(f"{method} is not answered: {error}") from None
        reply = json.loads(said[:-1])
        if "error" in reply:
            raise Finding(f"{method}: {reply}")
        return reply["parameters"]

    def descriptors(self):
        """What the daemon has open, sorted, but for state that is just being written."""
        folder = f"/proc/{self.process.pid}/fd"
        names = []
        for number in os.listdir(folder):
            try:
                target = os.readlink(os.path.join(folder, number))
            except FileNotFoundError:
                continue
            if not target.startswith(os.path.join(self.directory, "state")):
                # Of sockets, pipes and the like only the kind.
                names.append(target.split(":[")[0])
        return sorted(names)

    def resident(self):
        """Bytes of memory in use."""
        with open(f"/proc/{self.process.pid}/statm") as statm:
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
