"""Clients that leave before they are answered cost nobody else anything."""

import http.client
import json
import socket
import urllib.request

import pytest

SOURCE = """
import time
import sluice

worker = sluice.Worker()


@worker.function(concurrency_limit="none")
def slow(seconds: float):
    for _ in range(round(seconds * 20)):
        if sluice.cancelled():
            return None
        time.sleep(0.05)
    return seconds


worker.run()
"""


@pytest.fixture(scope="module", autouse=True)
def functions(worker):
    worker(SOURCE)


def answers(gateway):
    """Whether others are served: twice, for what one leaves behind may come up late."""
    for _ in range(2):
        request = urllib.request.Request(
            gateway.url + "/gradio_api/run/slow",
            json.dumps({"data": [0.1]}).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request) as answer:
            assert json.load(answer)["data"] == [0.1]
    return True


@pytest.mark.parametrize(
    ("path", "body", "patience"),
    [
        ("/gradio_api/run/slow", {"data": [20]}, 2),
        ("/gradio_api/call/slow", {"data": [20]}, 1),
        ("/v1/functions/slow/requests?wait=20", [20], 6),
    ],
)
@pytest.mark.parametrize("way", ["close", "half", "another"])
def test_a_client_that_leaves_does_not_end_the_gateway(gateway, path, body, patience, way):
    payload = json.dumps(body).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{gateway.port}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(payload)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", gateway.port)) as client:
        client.sendall(head.encode() + payload)
        # So long that the gateway has begun to look whether the client is there.
        client.settimeout(patience)
        try:
            client.recv(1 << 16)
        except socket.timeout:
            pass
        if way == "half":
            client.shutdown(socket.SHUT_WR)
        elif way == "another":
            client.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert answers(gateway)
    assert answers(gateway)


def test_a_body_of_very_many_values_is_refused_and_holds_nobody_up(gateway):
    connection = http.client.HTTPConnection("127.0.0.1", gateway.port)
    body = b'{"data":[' + b"[]," * (3 << 20) + b"0]}"
    connection.request(
        "POST", "/gradio_api/call/slow", body, {"Content-Type": "application/json"}
    )
    answer = connection.getresponse()
    assert answer.status == 400 and answer.read()
    assert answers(gateway)
