"""A real sluiced on a directory of its own, to be stopped, killed and started again."""

import os
import pathlib
import signal
import socket
import subprocess
import time

from sluice import _codec as codec
from sluice._messages import Hello

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("SLUICE_TEST_SLUICED", str(ROOT / ".build/debug/sluiced"))
PATIENCE = 20.0


def is_built():
    """Whether there is one; where its place was said, it has to be there."""
    return "SLUICE_TEST_SLUICED" in os.environ or pathlib.Path(PROGRAM).exists()


class RealDaemon:
    def __init__(self, directory, configuration):
        self.directory = str(directory)
        self._log = os.path.join(self.directory, "log")
        self._configuration = os.path.join(self.directory, "sluiced.toml")
        pathlib.Path(self._configuration).write_text(configuration)
        self.start()
        self.wait_until_it_answers()

    def start(self):
        state = os.path.join(self.directory, "state")
        places = ["--runtime-directory", self.directory, "--state-directory", state]
        with open(self._log, "ab") as log:
            self.process = subprocess.Popen(
                [PROGRAM, "--config", self._configuration, *places],
                stderr=log,
                env=dict(os.environ, SWIFT_BACKTRACE="enable=no"),
            )

    @property
    def pid(self):
        return self.process.pid

    def end(self, number=signal.SIGTERM):
        """Ends it by a signal, and waits until it is gone."""
        self.process.send_signal(number)
        code = self.process.wait(PATIENCE)
        assert code in (0, -signal.SIGKILL), f"it ended with {code}: {self.last_words()}"

    def restart(self, number):
        self.end(number)
        self.start()

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def last_words(self):
        return pathlib.Path(self._log).read_text(errors="replace")[-3000:]

    def wait_until_it_answers(self):
        """Until it has begun: before, it takes connections, but a signal ends it anyhow."""
        end = time.monotonic() + PATIENCE
        while not self._answers():
            assert self.process.poll() is None and time.monotonic() < end, self.last_words()
            time.sleep(0.005)

    def _answers(self):
        with socket.socket(socket.AF_UNIX) as peer:
            peer.settimeout(PATIENCE)
            try:
                peer.connect(os.path.join(self.directory, "client.sock"))
                peer.sendall(codec.encoded(Hello(session=os.urandom(16))))
                return bool(peer.recv(1))
            except OSError:
                return False
