"""What all share: who takes as much of it as it can leaves others theirs."""

import contextlib
import json
import resource
import socket
import time
import urllib.request

import pytest
from conftest import PATIENCE, eventually

# What GatewayLimits has: one who is alone gets half.
CONNECTIONS = 8192 // 2
SESSIONS = 10_000 // 2
# What GatewayLimits.gradioGraceSeconds says.
GRACE = 30

SOURCE = """
import sluice

worker = sluice.Worker()


@worker.function(concurrency_limit="none")
def echo(value):
    return value


worker.run()
"""


@pytest.fixture(scope="module", autouse=True)
def descriptors():
    """As many as the connections of one take, and those of others."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = CONNECTIONS + 1024
    if hard != resource.RLIM_INFINITY and hard < wanted:
        pytest.skip(f"{hard} descriptors are too few to be a crowd")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.fixture(scope="module")
def echo(gateway, worker):
    worker(SOURCE)
    with urllib.request.urlopen(gateway.url + "/config") as answer:
        told = json.load(answer)["dependencies"]
    return next(function["id"] for function in told if function["api_name"] == "echo")


class Peer:
    """A connection from an address of this machine, which asks one thing after the other."""

    def __init__(self, gateway, address):
        self.socket = socket.create_connection(
            ("127.0.0.1", gateway.port), PATIENCE, source_address=(address, 0)
        )
        self.file = self.socket.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.file.close()
        self.socket.close()

    def send(self, method, path, body=None):
        text = b"" if body is None else json.dumps(body).encode()
        head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(text)}\r\n\r\n"
        self.socket.sendall(head.encode() + text)

    def head(self):
        """The status and the fields of an answer."""
        status = int(self.file.readline().split()[1])
        fields = {}
        while line := self.file.readline().strip():
            name, value = line.decode().split(":", 1)
            fields[name.lower()] = value.strip()
        return status, fields

    def answer(self):
        status, fields = self.head()
        return status, self.file.read(int(fields["content-length"]))

    def ask(self, method, path, body=None):
        self.send(method, path, body)
        return self.answer()

    def is_at_end(self):
        try:
            return self.file.read() == b""
        except ConnectionResetError:
            # What was asked came after the answer, and nobody reads it.
            return True

    def join(self, session, number):
        body = {"data": [1], "fn_index": number, "session_hash": session}
        status, answer = self.ask("POST", "/gradio_api/queue/join", body)
        return status, json.loads(answer)


def gauge(gateway, name, address="127.0.0.2"):
    with Peer(gateway, address) as peer:
        status, text = peer.ask("GET", "/metrics")
    assert status == 200
    (line,) = [line for line in text.decode().splitlines() if line.startswith(f"{name} ")]
    return int(line.split()[1])


def test_connections_of_one_address_leave_others_theirs(gateway):
    eventually(lambda: gauge(gateway, "sluice_http_connections") == 1, "nobody else is there")
    with contextlib.ExitStack() as crowd:
        for _ in range(CONNECTIONS - 16):
            crowd.enter_context(Peer(gateway, "127.0.0.1"))
        # Connecting is the kernel's; being taken shows in an answer.
        taken = 0
        while True:
            peer = crowd.enter_context(Peer(gateway, "127.0.0.1"))
            peer.send("GET", "/healthz")
            status, body = peer.answer()
            if status != 200:
                break
            taken += 1
            assert taken <= 16
        assert status == 503
        assert json.loads(body)["error"]["code"] == "too_many_connections"
        assert peer.is_at_end()
        with Peer(gateway, "127.0.0.2") as other:
            assert other.ask("GET", "/healthz")[0] == 200
        count = gauge(gateway, "sluice_http_connections")
        # Those that ask are counted, and what they leave the others is less by half of them.
        assert CONNECTIONS - 4 <= count <= CONNECTIONS + 4
        # Again and again: nothing of those that were refused stays.
        for _ in range(300):
            with Peer(gateway, "127.0.0.1") as refused:
                assert refused.answer()[0] == 503
        assert gauge(gateway, "sluice_http_connections") <= count + 1
    eventually(lambda: gauge(gateway, "sluice_http_connections") == 1, "all are forgotten")
    with Peer(gateway, "127.0.0.1") as back:
        assert back.ask("GET", "/healthz")[0] == 200


def test_sessions_that_nobody_reads_leave_others_theirs(gateway, echo):
    with contextlib.ExitStack() as stack:
        crowd = [stack.enter_context(Peer(gateway, "127.0.0.1")) for _ in range(50)]
        refused = None
        joined = 0
        began = time.monotonic()
        # Those that nobody reads end after a while: a slow machine does not get that far.
        while joined < 6000 and refused is None and time.monotonic() - began < GRACE:
            for place, peer in enumerate(crowd):
                session = f"s{joined + place}"
                body = {"data": [1], "fn_index": echo, "session_hash": session}
                peer.send("POST", "/gradio_api/queue/join", body)
            for status, answer in [peer.answer() for peer in crowd]:
                if status == 200:
                    joined += 1
                else:
                    refused = (status, json.loads(answer)["code"])
        if time.monotonic() - began < GRACE:
            assert refused == (429, "too_many_sessions")
            assert joined == SESSIONS
        assert 0 < gauge(gateway, "sluice_http_gradio_sessions") <= SESSIONS
        other = stack.enter_context(Peer(gateway, "127.0.0.2"))
        status, answer = other.join("other", echo)
        assert status == 200, answer
        other.send("GET", "/gradio_api/queue/data?session_hash=other")
        status, _ = other.head()
        assert status == 200
        text = other.file.read().decode()
        assert '"process_completed"' in text and answer["event_id"] in text
        assert "close_stream" in text
