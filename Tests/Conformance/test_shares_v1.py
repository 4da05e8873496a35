"""What one address keeps at the gateway, or has at the daemon, leaves others some."""

import http.client
import json

import pytest
from conftest import eventually

# Nobody serves it: what is asked of it waits.
CONFIGURATION = "[function.never]\n"

WORKER = """
import sluice

worker = sluice.Worker()

@worker.function(concurrency_limit="none")
def blob(size: int) -> str:
    return "x" * size

worker.run()
"""

FLOODER, OTHER = "127.0.0.1", "127.0.0.2"


@pytest.fixture(scope="module", autouse=True)
def work(worker):
    worker(WORKER)


class Client:
    """Asks from one address, on one connection."""

    def __init__(self, gateway, address):
        self.connection = http.client.HTTPConnection(
            "127.0.0.1", gateway.port, timeout=60, source_address=(address, 0)
        )

    def ask(self, method, path, body=None, kind="application/json"):
        headers = {"Content-Type": kind} if body else {}
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        return answer, answer.read()

    def blob(self, size):
        """A request that has ended; where it is."""
        body = json.dumps([size])
        answer, data = self.ask("POST", "/v1/functions/blob/requests?wait=60", body)
        assert answer.status == 200 and len(json.loads(data)) == size
        return answer.headers["Location"]

    def wait(self, size):
        """The answer to a request that waits."""
        kind = "application/octet-stream"
        return self.ask("POST", "/v1/functions/never/requests", bytes(size), kind)


@pytest.fixture
def client(gateway):
    return lambda address: Client(gateway, address)


def test_a_flood_of_results_costs_those_of_the_flooder_only(client):
    other, flooder = client(OTHER), client(FLOODER)
    kept = [other.blob(1 << 20), other.blob(10)]
    # 256 MiB are kept for all.
    flood = [flooder.blob(1 << 20) for _ in range(300)]
    for place, size in zip(kept, [1 << 20, 10]):
        answer, data = other.ask("GET", f"{place}/result")
        assert answer.status == 200 and len(json.loads(data)) == size
    assert flooder.ask("GET", f"{flood[-1]}/result")[0].status == 200
    for place in (f"{flood[0]}/result", flood[0]):
        answer, data = flooder.ask("GET", place)
        assert answer.status == 404
        assert json.loads(data)["error"]["code"] == "unknown_request"


def test_a_flood_of_requests_that_wait_leaves_others_room_at_the_daemon(client, daemon):
    other, flooder = client(OTHER), client(FLOODER)
    # The daemon takes 2048 files of one user; an address may have half.
    places = []
    while len(places) < 2048:
        answer, data = flooder.wait(256 << 10)
        if answer.status != 202:
            break
        places.append(answer.headers["Location"])
    assert len(places) == 1024
    assert answer.status == 429 and int(answer.headers["Retry-After"]) >= 1
    error = json.loads(data)["error"]
    assert error["code"] == "over_share" and "1024 of the gateway's 2048" in error["message"]
    # Whatever protocol it is asked by.
    body = json.dumps({"data": ["x" * (256 << 10)]})
    for path in ("/gradio_api/call/blob", "/gradio_api/run/blob"):
        assert flooder.ask("POST", path, body)[0].status == 429
    # What is small goes on, and another has room for what is large.
    assert flooder.blob(10) and other.blob(10)
    assert other.wait(256 << 10)[0].status == 202

    def has_room():
        return flooder.wait(256 << 10)[0].status == 202

    # Others leave less than before: its part is a little smaller now.
    for place in places[:8]:
        assert flooder.ask("DELETE", place)[0].status == 202
    eventually(has_room, "what has ended makes room")
