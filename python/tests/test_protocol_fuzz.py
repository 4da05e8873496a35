"""A short run of Tests/Fuzz/protocol against a real daemon; and what the fuzzer would find."""

import os
import pathlib
import random
import socket
import threading
import time

import pytest
import talks
from fuzz_protocol import ROOT, Finding, Fuzzer

from sluice import _codec as codec
from sluice import _messages as m

# Always the same episodes, but fewer where the machine is slow.
MOST = 250
SECONDS = 8


@pytest.fixture
def fuzzer(tmp_path):
    program = os.environ.get("SLUICE_TEST_SLUICED", str(ROOT / ".build/debug/sluiced"))
    if "SLUICE_TEST_SLUICED" not in os.environ and not pathlib.Path(program).exists():
        pytest.skip(f"{program} is not built: swift build --product sluiced")
    made = Fuzzer(program, str(tmp_path))
    yield made
    made.witness.close()
    made.subject.kill()


def test_every_offence_costs_its_sender_the_connection_and_nobody_else_anything(fuzzer):
    fuzzer.play_each_wrong()
    fuzzer.subject.stop()


def test_whoever_talks_over_others_harms_nobody(fuzzer):
    end = time.monotonic() + SECONDS
    for seed in range(1, MOST + 1):
        fuzzer.play(seed)
        if time.monotonic() > end:
            break
    assert fuzzer.wrongs
    fuzzer.subject.stop()


def test_a_daemon_that_ends_is_a_finding(fuzzer):
    fuzzer.subject.process.kill()
    fuzzer.subject.process.wait()
    with pytest.raises(Finding, match="the daemon ended with -9"):
        fuzzer.subject.check_alive()


def test_a_descriptor_that_stays_open_is_a_finding(fuzzer, monkeypatch):
    monkeypatch.setattr("subject.PATIENCE", 0.2)
    with socket.socket(socket.AF_UNIX) as stranger:
        stranger.connect(fuzzer.subject.socket("client"))
        with pytest.raises(Finding, match="descriptors are let go of"):
            fuzzer.play(3)


class Daemon:
    """Says what a test has it say to a client that connects, and closes."""

    def __init__(self, directory, *messages):
        self.directory = str(directory)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.socket("client"))
        self.listener.listen()
        said = b"".join(codec.encoded(message) for message in messages)
        self.thread = threading.Thread(target=self._serve, args=(said,))
        self.thread.start()

    def socket(self, name):
        return os.path.join(self.directory, f"{name}.sock")

    def _serve(self, said):
        connection, _ = self.listener.accept()
        with connection, self.listener:
            connection.sendall(said)
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(1 << 16):
                pass


@pytest.mark.parametrize(
    "said, finding",
    [
        ((), "hears None for an offence"),
        ((m.Welcome(), m.Error(code="version", message="no")), "hears Error.* for an offence"),
        ((m.Welcome(), m.Error(code="protocol")), "is not told why"),
        ((m.Welcome(), m.Error(code="whatever", message="no")), "no such code"),
        ((m.Welcome(), m.Outcome(id=7)), "nobody submitted Outcome"),
        ((m.Welcome(), m.Drain()), "says Drain.* to a client"),
        ((m.Welcome(), m.Welcome()), "WELCOME twice"),
        ((m.Pong(id=1),), "before WELCOME"),
    ],
)
def test_what_a_daemon_may_not_say_is_a_finding(tmp_path, said, finding):
    daemon = Daemon(tmp_path, *said)
    peer = talks.Client(daemon, random.Random(1))
    if "an offence" in finding or "told why" in finding:
        peer.earn(("protocol",), "an offence")
    try:
        with pytest.raises(Finding, match=finding):
            peer.hello()
            peer.finish()
    finally:
        peer.hang_up()
        daemon.thread.join(20)
