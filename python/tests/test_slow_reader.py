"""A real sluiced between an endless generator and a client that does not read."""

import os
import pathlib
import re
import socket
import struct

import pytest
import watched_gate
from real_daemon import PATIENCE, RealDaemon, is_built

import sluice
from sluice import _codec as codec
from sluice import _messages as m
from sluice._wire import FrameDecoder

pytestmark = pytest.mark.skipif(not is_built(), reason="swift build --product sluiced")

CHUNK = 64 << 10
# More than max_outgoing_bytes, over which a client is let go.
CHUNKS = 1600


class Reader:
    """A client that reads when it is told to."""

    def __init__(self, directory):
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(PATIENCE)
        self._socket.connect(os.path.join(directory, "client.sock"))
        self._decoder = FrameDecoder()
        self._decoder.is_opening = True
        self.send(m.Hello(session=os.urandom(16)))

    def send(self, message):
        self._socket.sendall(codec.encoded(message))

    def messages(self):
        while True:
            data = self._socket.recv(1 << 16)
            assert data, "the daemon let the client go"
            self._decoder.receive(data)
            for frame in self._decoder:
                message = codec.decode(frame)
                if isinstance(message, m.Welcome):
                    self._decoder.is_opening = False
                yield message

    def close(self):
        self._socket.close()


def peak_bytes(process):
    status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) << 10


def test_a_stream_waits_for_a_client_that_does_not_read_and_loses_nothing(tmp_path, monkeypatch):
    held = watched_gate.watch(monkeypatch)
    daemon = RealDaemon(tmp_path, "[function.stream]\n")
    worker = sluice.Worker(daemon.directory)
    made = []

    @worker.function("stream")
    def stream(_asked):
        for number in range(CHUNKS):
            made.append(number)
            yield struct.pack("<Q", number) + bytes(CHUNK - 8)

    worker.start()
    reader = Reader(daemon.directory)
    try:
        before = peak_bytes(daemon.process)
        content_type = {"content_type": "application/octet-stream"}
        reader.send(m.Submit(1, "stream", content_type, b"all of it"))
        assert held.acquire(timeout=PATIENCE)
        # What the bound lets pass, what the sockets hold, and what was under way between them.
        assert len(made) * CHUNK < 4 << 20
        sequences = []
        for message in reader.messages():
            if isinstance(message, m.Chunk):
                sequences.append(message.sequence)
                assert struct.unpack_from("<Q", message.payload)[0] == message.sequence
            if isinstance(message, m.Outcome):
                assert message.code == "ok"
                break
        assert sequences == list(range(CHUNKS)) == made
        assert peak_bytes(daemon.process) - before < 8 << 20
    finally:
        reader.close()
        worker.close()
        daemon.close()
