"""Sessions of Gradio's protocol that are not read, read twice, left, and returned to."""

import json
import threading
import time
import urllib.request

import pytest

from conftest import PATIENCE, eventually
from test_gradio_python import events, post

# What GatewayLimits.gradioGraceSeconds says.
GRACE = 30

SOURCE = """
import time
import sluice

worker = sluice.Worker()


@worker.function(concurrency_limit="none")
def echo(value):
    return value


@worker.function(concurrency_limit="none")
def slow(seconds: float):
    for _ in range(round(seconds * 20)):
        if sluice.cancelled():
            return None
        time.sleep(0.05)
    return seconds


@worker.function(concurrency_limit="none")
def flood(megabytes: int):
    for number in range(megabytes):
        yield str(number % 10) * (1 << 20)


worker.run()
"""


@pytest.fixture(scope="module", autouse=True)
def numbers(gateway, worker):
    worker(SOURCE)
    with urllib.request.urlopen(gateway.url + "/config") as answer:
        told = json.load(answer)["dependencies"]
    return {function["api_name"]: function["id"] for function in told}


@pytest.fixture
def join(gateway, numbers):
    def ask(session, function, *data):
        body = {"data": data, "fn_index": numbers[function], "session_hash": session}
        status, answer = post(gateway, "/gradio_api/queue/join", body)
        assert status == 200, answer
        return answer["event_id"]

    return ask


def stream(gateway, session):
    return urllib.request.urlopen(f"{gateway.url}/gradio_api/queue/data?session_hash={session}")


def told(lines):
    return [json.loads(line[0][len("data: ") :]) for line in lines]


def busy(daemon, function):
    entry = next(f for f in daemon.ctl("functions") if f["function"] == function)
    return entry["running"] + entry["waiting"]


def test_the_newer_of_two_readers_has_it_all_and_the_older_ends(gateway, join):
    event = join("twice", "slow", 1)
    older = stream(gateway, "twice")
    first = older.readline()
    newer = []
    reader = threading.Thread(
        target=lambda: newer.extend(
            told(events(gateway, "/gradio_api/queue/data?session_hash=twice"))
        )
    )
    reader.start()
    rest = older.read()
    reader.join(PATIENCE)
    assert first.startswith(b"data: ")
    assert b"process_completed" not in rest
    assert newer[-2]["event_id"] == event
    assert newer[-2]["output"]["data"] == [1]


def test_who_comes_back_goes_on(gateway, join):
    event = join("return", "slow", 1)
    with stream(gateway, "return") as first:
        first.readline()
    rest = told(events(gateway, "/gradio_api/queue/data?session_hash=return"))
    assert rest[-2]["event_id"] == event
    assert rest[-2]["success"] is True


def test_a_session_that_has_nothing_to_tell_is_closed_and_no_mistake(gateway):
    lines = told(events(gateway, "/gradio_api/queue/data?session_hash=nobody"))
    assert [line["msg"] for line in lines] == ["close_stream"]


def test_calls_that_nobody_reads_hurt_nobody_else(gateway, join):
    for number in range(2100):
        status, answer = post(gateway, "/gradio_api/call/echo", {"data": [number]})
        assert status == 200, answer
    join("other", "echo", "fine")
    lines = told(events(gateway, "/gradio_api/queue/data?session_hash=other"))
    assert lines[-2]["output"]["data"] == ["fine"]


def test_who_does_not_read_what_comes_is_called_off_and_told_so(
    gateway, join, numbers, daemon
):
    event = join("deaf", "flood", 200)
    body = {"data": [1], "fn_index": numbers["echo"], "session_hash": "deaf"}

    def is_refused():
        status, answer = post(gateway, "/gradio_api/queue/join", body)
        return status == 503 and answer["code"] == "slow_reader"

    eventually(is_refused, "the session takes no more")
    eventually(lambda: busy(daemon, "flood") == 0, "the flood is called off")
    lines = told(events(gateway, "/gradio_api/queue/data?session_hash=deaf"))
    assert lines[-1]["msg"] == "close_stream"
    assert [line["code"] for line in lines[:-1] if line["event_id"] == event] == ["slow_reader"]
    assert {line["msg"] for line in lines[:-1]} == {"process_completed"}
    join("deaf", "echo", 1)


def test_what_a_session_asked_for_is_called_off_when_nobody_reads_it(gateway, join, daemon):
    join("left", "slow", 600)
    with stream(gateway, "left") as reader:
        reader.readline()
    began = time.monotonic()
    while busy(daemon, "slow") > 0:
        assert time.monotonic() - began < GRACE + PATIENCE
        time.sleep(0.2)
    assert time.monotonic() - began > GRACE - 5
    lines = told(events(gateway, "/gradio_api/queue/data?session_hash=left"))
    assert [line["msg"] for line in lines] == ["unexpected_error"]
    assert lines[0]["session_not_found"] is True
    # It may begin anew.
    join("left", "echo", 1)
