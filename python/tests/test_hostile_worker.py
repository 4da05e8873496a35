"""A worker that says what none of ours would: it costs it, and nobody else."""

import array
import contextlib
import fcntl
import os
import socket

import pytest
from real_daemon import RealDaemon, is_built

import sluice
from sluice import _codec as codec
from sluice import _messages as m
from sluice._wire import FrameDecoder, InDescriptor

_F_ADD_SEALS, _ALL_SEALS = 1033, 0x0001 | 0x0002 | 0x0004 | 0x0008

pytestmark = pytest.mark.skipif(not is_built(), reason="sluiced is not built")


class Peer:
    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(20)
        self.socket.connect(path)
        self.decoder = FrameDecoder()
        self.decoder.is_opening = True

    def say(self, message, descriptors=()):
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))]
        self.socket.sendmsg([codec.encoded(message)], rights if descriptors else [])

    def hear(self, kind):
        """The next message of a kind; what comes before it is not looked at."""
        while True:
            for frame in self.decoder:
                message = codec.decode(frame)
                if isinstance(message, m.Welcome):
                    self.decoder.is_opening = False
                if isinstance(message, kind):
                    return message
            data = self.socket.recv(1 << 16)
            assert data, "the daemon closed the connection"
            self.decoder.receive(data)


def sparse(size):
    """A sealed file in memory of so many bytes, of which none is there."""
    number = os.memfd_create("sparse", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    os.ftruncate(number, size)
    fcntl.fcntl(number, _F_ADD_SEALS, _ALL_SEALS)
    return number


@pytest.fixture
def daemon(tmp_path):
    daemon = RealDaemon(tmp_path, "[function.work]\n")
    yield daemon
    daemon.close()


@pytest.fixture
def worker(daemon):
    worker = Peer(os.path.join(daemon.directory, "worker.sock"))
    worker.say(m.Hello(session=os.urandom(16)))
    worker.say(m.Declare(function="work"))
    worker.say(m.Ready(slots=1))
    yield worker
    worker.socket.close()


@pytest.mark.parametrize("size", [(64 << 20) + 1, 300 << 20, (1 << 63) - 1])
def test_a_result_larger_than_any_that_is_kept_fails_its_request_alone(daemon, worker, size):
    with sluice.Client(daemon.directory) as client:
        job = client.submit("work", detached=True)
        item = worker.hear(m.Item)
        worker.say(m.ItemStarted(item.id, 0))
        number = sparse(size)
        try:
            worker.say(m.Result(item.id, 0, payload=InDescriptor(size, number)), [number])
        except OSError:
            pytest.skip("this kernel makes no such file")
        finally:
            os.close(number)
        with pytest.raises(sluice.ResultTooLarge):
            job.result(timeout=20)
        assert worker.hear(m.Ack).id == item.id
        # And the next is served.
        again = client.submit("work", detached=True)
        item = worker.hear(m.Item)
        worker.say(m.ItemStarted(item.id, 0))
        worker.say(m.Result(item.id, 0, {"content_type": "application/json"}, b"1"))
        assert again.id and daemon.process.poll() is None


def test_chunks_with_impossible_numbers_are_not_kept_and_harm_nobody(daemon, worker):
    with sluice.Client(daemon.directory) as client:
        job = client.submit("work", detached=True)
        item = worker.hear(m.Item)
        worker.say(m.ItemStarted(item.id, 0))
        for sequence in ((1 << 63) - 1, 1 << 63, (1 << 64) - 1):
            worker.say(m.ItemChunk(item.id, 0, sequence, payload=b"x"))
        worker.say(m.Result(item.id, 0, {"content_type": "application/json"}, b"1"))
        worker.hear(m.Ack)
        request = job.id
    with sluice.Client(daemon.directory) as other:
        job = other.fetch(request)
        # Whatever it is told of such a stream, it is told an end.
        with contextlib.suppress(sluice.RequestError):
            job.result(timeout=20)
    assert daemon.process.poll() is None
