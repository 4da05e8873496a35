"""Sluice's own API, as a client of HTTP sees it: over restarts of the gateway, too."""

import base64
import http.client
import json
import signal
import subprocess
import threading
import types
import urllib.parse

import pytest
from conftest import PROGRAMS, eventually, stop

CONFIGURATION = """
[daemon]
reclaim_window = "2s"
[function.held]
concurrency_limit = 1
"""

WORKER = """
import pathlib, time
import sluice

worker = sluice.Worker()

@worker.function
def add(a: int, b: int = 1) -> int:
    "Adds two numbers."
    return a + b

@worker.function
def echo(*args, **kwargs):
    return {"args": [repr(a) for a in args], "kwargs": kwargs}

@worker.function
def fail():
    raise ValueError("no such style")

@worker.function
def raw():
    return b"\\x00\\x01"

@worker.function
def count(gate: str, to: int):
    for number in range(to):
        if number == to // 2:
            while gate and not pathlib.Path(gate).exists():
                time.sleep(0.01)
        sluice.log(f"at {number}")
        yield number

@worker.function
def held(gate: str):
    sluice.progress(1, 4, unit="steps")
    while not pathlib.Path(gate).exists() and not sluice.cancelled():
        time.sleep(0.01)
    return "opened"

worker.run()
"""


@pytest.fixture(scope="module", autouse=True)
def work(worker):
    return worker(WORKER)


@pytest.fixture
def gate(tmp_path):
    """A file that functions wait for; opened at the end at the latest."""
    path = tmp_path / "gate"
    yield path
    path.touch()


def ask(gateway, method, path, body=None, headers=None, timeout=60):
    connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=timeout)
    if body is not None and not isinstance(body, bytes):
        body, headers = json.dumps(body), {"Content-Type": "application/json", **(headers or {})}
    connection.request(method, path, body, headers or {})
    answer = connection.getresponse()
    data = answer.read()
    connection.close()
    kind = answer.headers.get("Content-Type", "")
    value = json.loads(data) if kind.startswith("application/json") else data
    return types.SimpleNamespace(status=answer.status, headers=answer.headers, value=value)


def submit(gateway, function, body, **terms):
    query = urllib.parse.urlencode(terms)
    answer = ask(gateway, "POST", f"/v1/functions/{function}/requests?{query}", body)
    assert answer.status == 202, answer.value
    assert answer.headers["Location"] == f"/v1/requests/{answer.value['id']}"
    return answer.value


class Reader:
    """Reads events as they come, on a connection of its own."""

    def __init__(self, gateway, path, last=None):
        self.connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=60)
        self.connection.request("GET", path, headers={"Last-Event-ID": last} if last else {})
        self.answer = self.connection.getresponse()
        self.status = self.answer.status

    def __iter__(self):
        event = {}
        for line in self.answer:
            line = line.decode().rstrip("\n")
            name, _, value = line.partition(": ")
            if line and not line.startswith(":"):
                event[name] = value
            elif event:
                yield event["event"], event["id"], json.loads(event["data"])
                event = {}

    def until(self, kind):
        events = []
        for event in self:
            events.append(event)
            if event[0] == kind:
                return events
        raise AssertionError(f"no {kind} came: {events}")

    def close(self):
        self.connection.sock and self.connection.close()
        self.answer.close()


def chunks(events):
    return [data["value"] for kind, _, data in events if kind == "chunk"]


def test_functions_are_told_with_their_parameters(gateway):
    names = [f["name"] for f in ask(gateway, "GET", "/v1/functions").value["functions"]]
    assert {"add", "count", "echo"} <= set(names) and names == sorted(names)
    add = ask(gateway, "GET", "/v1/functions/add").value
    assert add["concurrency_id"] == "add" and add["description"] == "Adds two numbers."
    assert [p["name"] for p in add["parameters"]] == ["a", "b"]
    assert add["parameters"][1]["default"] == 1 and add["workers"] == 1
    assert ask(gateway, "GET", "/v1/functions/count").value["streams"] is True
    missing = ask(gateway, "GET", "/v1/functions/nothing")
    assert (missing.status, missing.value["error"]["code"]) == (404, "unknown_function")


@pytest.mark.parametrize("body", [[40, 2], {"a": 40, "b": 2}, {"args": [40], "kwargs": {"b": 2}}])
def test_with_wait_the_result_is_in_the_answer(gateway, body):
    answer = ask(gateway, "POST", "/v1/functions/add/requests?wait=30", body)
    assert (answer.status, answer.value) == (200, 42)
    again = ask(gateway, "GET", answer.headers["Location"] + "/result")
    assert (again.status, again.value) == (200, 42)
    assert ask(gateway, "GET", answer.headers["Location"]).value["state"] == "completed"


def test_who_does_not_wait_is_never_answered_with_the_result(gateway):
    for _ in range(50):
        state = submit(gateway, "add", [1])
        assert set(state) >= {"id", "events", "result", "state"} and state["detached"] is False


def test_text_and_bytes_are_one_argument_and_headers_say_what_the_query_says(gateway):
    path = "/v1/functions/echo/requests"
    for kind, body, shown in (
        ("text/plain; charset=utf-8", "höh".encode(), "'höh'"),
        ("application/octet-stream", b"\x00", "b'\\x00'"),
    ):
        answer = ask(gateway, "POST", path, body, {"Content-Type": kind, "Sluice-Wait": "30"})
        value = answer.value if isinstance(answer.value, dict) else json.loads(answer.value)
        assert (answer.status, value["args"]) == (200, [shown])
    raw = ask(gateway, "POST", "/v1/functions/raw/requests?wait=30", [])
    assert raw.value == {"base64": base64.b64encode(b"\x00\x01").decode()}


def test_mistakes_cost_the_request_and_are_named(gateway):
    def code(method, path, *rest):
        answer = ask(gateway, method, path, *rest)
        return answer.status, answer.value["error"]["code"]

    add = "/v1/functions/add/requests"
    assert code("POST", add, b"[1", {"Content-Type": "application/json"}) == (400, "not_json")
    assert code("POST", add + "?wait=x", []) == (400, "bad_parameter")
    assert code("POST", add, b"a=1", {"Content-Type": "x/y"}) == (415, "unsupported_media_type")
    assert code("POST", "/v1/functions/a%2Fb/requests", []) == (404, "unknown_function")
    assert code("GET", "/v1/requests/nothing") == (404, "unknown_request")
    assert code("GET", "/v1/requests/1.AAAA/events") == (404, "unknown_request")
    assert code("GET", "/v1/nothing") == (404, "unknown_path")
    assert code("PUT", "/v1/requests/x") == (405, "method_not_allowed")
    assert ask(gateway, "PUT", "/v1/functions").headers["Allow"] == "GET"
    assert code("POST", "/v1/functions/fail/requests?wait=30", []) == (500, "function_error")
    big = b"[" + b" " * (33 << 20) + b"]"
    try:
        assert code("POST", add, big, {"Content-Type": "application/json"}) == (413, "too_large")
    except (BrokenPipeError, ConnectionResetError):
        pass  # it was answered before all was sent
    assert ask(gateway, "POST", add + "?wait=30", [1, 1]).value == 2


def test_a_request_is_told_as_it_is_and_called_off(gateway, gate):
    first = submit(gateway, "held", [str(gate)])
    running = eventually(
        lambda: (s := ask(gateway, "GET", f"/v1/requests/{first['id']}").value)["state"]
        == "running" and s.get("progress") and s,
        "it runs",
    )
    assert running["progress"] == {"done": 1, "total": 4, "unit": "steps", "description": ""}
    second = submit(gateway, "held", [str(gate)])
    waiting = eventually(
        lambda: (s := ask(gateway, "GET", f"/v1/requests/{second['id']}").value).get("rank")
        is not None and s,
        "it has a rank",
    )
    assert waiting["state"] == "waiting" and waiting["rank"] == 0
    assert ask(gateway, "GET", f"/v1/requests/{second['id']}/result").status == 202
    assert ask(gateway, "DELETE", f"/v1/requests/{second['id']}").status == 202
    gone = ask(gateway, "GET", f"/v1/requests/{second['id']}/result?wait=30")
    assert (gone.status, gone.value["error"]["code"]) == (409, "cancelled_by_client")
    assert ask(gateway, "DELETE", f"/v1/requests/{second['id']}").status == 200
    gate.touch()
    kept = ask(gateway, "GET", f"/v1/requests/{first['id']}/result?wait=30")
    assert (kept.status, kept.value) == (200, "opened")


def test_a_long_wait_ends_with_how_the_request_is(gateway, gate):
    told = submit(gateway, "held", [str(gate)])
    pending = ask(gateway, "GET", told["result"] + "?wait=5.1")
    assert (pending.status, pending.value["id"]) == (202, told["id"])
    # Whether the client was still there was looked at, which takes the connection.
    assert pending.headers["Connection"] == "close"
    gate.touch()
    assert ask(gateway, "GET", told["result"] + "?wait=30").value == "opened"


def test_events_are_read_by_several_and_resumed(gateway, gate):
    told = submit(gateway, "count", [str(gate), 6])
    early = Reader(gateway, told["events"])
    seen = []
    for event in early:
        seen.append(event)
        if chunks(seen) == [0, 1, 2]:
            break
    early.close()
    other = Reader(gateway, told["events"])
    gate.touch()
    whole = other.until("outcome")
    rest = Reader(gateway, told["events"], seen[-1][1]).until("outcome")
    assert chunks(whole) == [0, 1, 2, 3, 4, 5] and chunks(rest) == [3, 4, 5]
    assert [e for e in seen + rest if e[0] != "status"] == [e for e in whole if e[0] != "status"]
    assert {"admitted", "started", "log", "chunk", "outcome"} <= {kind for kind, _, _ in whole}
    assert whole[-1][2]["outcome"] == "completed"
    # A browser that comes back is told that nothing is left.
    assert Reader(gateway, told["events"], whole[-1][1]).status == 204
    assert ask(gateway, "GET", told["events"], headers={"Last-Event-ID": "x"}).status == 400


def start_gateway(daemon):
    command = [PROGRAMS / "sluice-http", "--runtime-directory", daemon.directory]
    process = subprocess.Popen(
        [*command, "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE, text=True
    )
    port = int(process.stdout.readline().strip().rsplit(":", 1)[1])
    return types.SimpleNamespace(port=port, process=process)


def test_a_detached_request_survives_its_gateway_and_goes_on_in_another(daemon, gate):
    first = start_gateway(daemon)
    told = submit(first, "count", [str(gate), 6], detached="true")
    reader = Reader(first, told["events"])
    seen = []
    for event in reader:
        seen.append(event)
        if chunks(seen) == [0, 1, 2]:
            break
    first.process.send_signal(signal.SIGKILL)
    first.process.wait()
    second = start_gateway(daemon)
    try:
        state = ask(second, "GET", f"/v1/requests/{told['id']}").value
        assert (state["id"], state["state"]) == (told["id"], "running")
        again = Reader(second, told["events"], seen[-1][1])
        gate.touch()
        rest = again.until("outcome")
        assert chunks(rest) == [3, 4, 5] and "admitted" not in {kind for kind, _, _ in rest}
        # Who guesses a number, or brings the ticket of another, finds nothing.
        other = submit(second, "add", [1, 2], detached="true")
        number, ticket = told["id"].split(".")
        for guess in (f"{other['id'].split('.')[0]}.{ticket}", f"{number}.", number):
            assert ask(second, "GET", f"/v1/requests/{guess}").status == 404
    finally:
        stop(second.process)
    third = start_gateway(daemon)
    try:
        state = ask(third, "GET", f"/v1/requests/{other['id']}").value
        assert (state["state"], state["detached"]) == ("completed", True)
        assert ask(third, "GET", f"/v1/requests/{other['id']}/result").value == 3
        assert chunks(Reader(third, told["events"]).until("outcome")) == [0, 1, 2, 3, 4, 5]
    finally:
        stop(third.process)


def test_a_detached_request_is_called_off_by_its_name(daemon, gate):
    first = start_gateway(daemon)
    told = submit(first, "held", [str(gate)], detached="true")
    stop(first.process)
    second = start_gateway(daemon)
    try:
        assert ask(second, "DELETE", f"/v1/requests/{told['id']}").status == 202
        gate.touch()
        ended = ask(second, "GET", f"/v1/requests/{told['id']}/result?wait=30")
        assert ended.value["error"]["code"] == "cancelled_by_client"
    finally:
        stop(second.process)


def test_whoever_asks_at_once_for_what_there_is_not_hears_the_same(gateway):
    """The first of them has the daemon asked, and the others wait for what it says."""
    crowd = 32
    at_once = threading.Barrier(crowd)
    told = []

    def look():
        at_once.wait()
        answer = ask(gateway, "GET", "/v1/requests/1099511627776.AAAA")
        told.append((answer.status, answer.value["error"]["code"]))

    lookers = [threading.Thread(target=look) for _ in range(crowd)]
    for looker in lookers:
        looker.start()
    for looker in lookers:
        looker.join()
    assert told == [(404, "unknown_request")] * crowd


def test_readers_of_a_request_are_bounded_and_each_hears_it(gateway, gate):
    told = submit(gateway, "held", [str(gate)])
    readers = [Reader(gateway, told["events"]) for _ in range(64)]
    assert {reader.status for reader in readers} == {200}
    more = ask(gateway, "GET", told["events"])
    assert (more.status, more.value["error"]["code"]) == (503, "too_many_readers")
    assert int(more.headers["Retry-After"]) > 0
    gate.touch()
    assert {reader.until("outcome")[-1][2]["value"] for reader in readers} == {"opened"}
