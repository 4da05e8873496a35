"""Bytes that a client leaves in the gateway's hands: bodies half sent, answers not read."""

import http.client
import json
import select
import socket

import pytest
from conftest import eventually

# What the gateway has for bodies, and likewise for answers, where no larger file may be uploaded:
# 512 MiB, of which one who is alone has half.
GATEWAY_OPTIONS = ["--max-upload-bytes", "1000000"]
SHARE = 256 << 20
BODY = 30 << 20
RESULT = 20 << 20

SOURCE = """
import sluice

worker = sluice.Worker()


@worker.function(concurrency_limit="none")
def size(text: str):
    return len(text)


@worker.function(concurrency_limit="none")
def large(count: int):
    return b"a" * count


@worker.function(concurrency_limit="none")
def text(count: int):
    return "a" * count


worker.run()
"""


@pytest.fixture(scope="module", autouse=True)
def functions(worker):
    worker(SOURCE)


def connected(gateway, source="127.0.0.1"):
    return socket.create_connection(
        ("127.0.0.1", gateway.port), timeout=30, source_address=(source, 0)
    )


def ask(gateway, method, path, body=None, source="127.0.0.2"):
    """Status and body of an answer."""
    connection = http.client.HTTPConnection(
        "127.0.0.1", gateway.port, timeout=60, source_address=(source, 0)
    )
    connection.request(method, path, body, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    try:
        return answer.status, answer.read()
    finally:
        connection.close()


def call(gateway, count, source="127.0.0.2"):
    body = json.dumps({"data": ["a" * count]})
    return ask(gateway, "POST", "/gradio_api/run/size", body, source)


def memory(gateway, what):
    """Bytes of the gateway's process."""
    with open(f"/proc/{gateway.process.pid}/status") as status:
        return next(int(line.split()[1]) << 10 for line in status if line.startswith(what + ":"))


def read_head(client):
    """Reads no more of an answer than its status."""
    head = b""
    while len(head) < len("HTTP/1.1 200"):
        piece = client.recv(len("HTTP/1.1 200") - len(head))
        assert piece, "it was closed without a word"
        head += piece
    return int(head.split()[1])


def is_readable(client):
    return bool(select.select([client], [], [], 0)[0])


@pytest.mark.parametrize("path", ["/v1/functions/size/requests", "/gradio_api/run/size"])
def test_bodies_half_sent_leave_room_for_others(gateway, path):
    before = memory(gateway, "VmRSS")
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Content-Length: {BODY}\r\n\r\n"
    ).encode()
    clients = [connected(gateway) for _ in range(40)]
    try:
        for client in clients:
            client.sendall(head + b" " * (BODY - 1))
        room = SHARE // BODY
        refused = eventually(
            lambda: [c for c in clients if is_readable(c)][39 - room :],
            "all but those that find room are answered",
        )
        assert len(refused) >= 1
        refused = [client for client in clients if is_readable(client)]
        for client in refused:
            answer = b""
            while piece := client.recv(1 << 16):
                answer += piece
            status, rest = answer.split(b"\r\n", 1)
            assert status.split()[1] in (b"429", b"503"), status
            assert b"over_share" in rest or b"gateway_busy" in rest
            # It is told that it need not send the rest.
            assert b"connection: close" in rest.lower()
        assert len(refused) in (40 - room, 39 - room)
        # What was read, and as much again while a body that grows is copied.
        assert memory(gateway, "VmRSS") - before < 2 * SHARE
        assert call(gateway, 20 << 20) == (200, b'{"data":[20971520],"is_generating":false}')
        # Whoever sends the rest is served, too.
        kept = [client for client in clients if client not in refused]
        kept[0].sendall(b"1")
        assert read_head(kept[0]) in (202, 400)
    finally:
        for client in clients:
            client.close()
    eventually(
        lambda: call(gateway, 20 << 20, source="127.0.0.1")[0] == 200, "what was held is given back"
    )


def test_a_body_is_given_back_with_its_outcome(gateway):
    # More in all than anybody may have at once.
    for _ in range(60):
        assert call(gateway, 20 << 20, source="127.0.0.3")[0] == 200


def test_a_result_that_is_not_read_leaves_room_for_others(gateway):
    status, body = ask(
        gateway, "POST", "/v1/functions/large/requests?wait=60", json.dumps([RESULT])
    )
    assert status == 200 and len(body) == RESULT
    status, body = ask(gateway, "POST", "/v1/functions/large/requests", json.dumps([RESULT]))
    path = json.loads(body)["result"]
    assert ask(gateway, "GET", path + "?wait=60")[0] == 200
    before = memory(gateway, "VmRSS")
    clients = [connected(gateway) for _ in range(30)]
    try:
        for client in clients:
            client.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        answers = [read_head(client) for client in clients]
        # The result is one, however many read it: they hold slices of it.
        assert memory(gateway, "VmRSS") - before < 4 * RESULT
        assert answers.count(200) == SHARE // RESULT
        assert answers.count(200) + answers.count(429) == 30
        # Small answers are nobody's share.
        assert ask(gateway, "GET", path.removesuffix("/result"), source="127.0.0.1")[0] == 200
        status, body = ask(gateway, "GET", path)
        assert (status, len(body)) == (200, RESULT)
    finally:
        for client in clients:
            client.close()
    eventually(
        lambda: ask(gateway, "GET", path, source="127.0.0.1")[0] == 200, "what was held is given back"
    )


def test_streams_that_are_not_read_end_where_there_is_no_room(gateway):
    size = 10 << 20
    clients = []
    try:
        for number in range(30):
            body = {"data": [size], "session_hash": f"unread{number}"}
            status, answer = ask(
                gateway, "POST", "/gradio_api/call/text", json.dumps(body), "127.0.0.1"
            )
            assert status == 200
            event = json.loads(answer)["event_id"]
            client = connected(gateway)
            clients.append(client)
            client.sendall(
                f"GET /gradio_api/call/text/{event} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
            )
            read_head(client)
        assert memory(gateway, "VmRSS") < 4 * SHARE
        status, body = ask(
            gateway, "POST", "/gradio_api/run/text", json.dumps({"data": [size]})
        )
        assert status == 200 and len(body) > size
    finally:
        for client in clients:
            client.close()
    again = json.dumps({"data": [size]})
    eventually(
        lambda: ask(gateway, "POST", "/gradio_api/run/text", again, "127.0.0.1")[0] == 200,
        "what was held is given back",
    )
