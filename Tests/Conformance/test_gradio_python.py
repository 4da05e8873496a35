"""Gradio's own client for Python, unmodified, against the gateway."""

import concurrent.futures
import json
import time
import urllib.error
import urllib.request

import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError
from gradio_client.utils import QueueError

from conftest import eventually

# The client looks for its own cancelling and for what we say of it in two threads.
CALLED_OFF = (concurrent.futures.CancelledError, AppError)
CONFIGURATION = """
[queue.narrow]
concurrency_limit = 1
max_size = 1
"""

SOURCE = """
import time
import sluice

worker = sluice.Worker()


@worker.function
def add(a: int, b: int = 2, c: float = 0.5) -> float:
    'Adds numbers.'
    return a + b + c


@worker.function(concurrency_limit="none")
def count(last: int):
    text = ""
    for number in range(last):
        text += f"{number} "
        yield {"text": text, "list": list(range(number))}


@worker.function
def spell(word: str):
    for end in range(len(word)):
        yield word[: end + 1]


@worker.function(concurrency_limit=8)
def echo(*words, **options):
    return [list(words), options]


@worker.function
def split(text: str) -> tuple[str, int]:
    return text[0], len(text)


@worker.function
def fail(why: str):
    raise sluice.FunctionError(why)


@worker.function(concurrency_id="slow", expected_duration=1)
def slow(seconds: float):
    sluice.info("it begins")
    for step in range(round(seconds * 50)):
        if sluice.cancelled():
            break
        sluice.progress(step, round(seconds * 50), desc="sleeping")
        time.sleep(0.02)
    return seconds


@worker.function(concurrency_id="narrow")
def narrow(seconds: float):
    time.sleep(seconds)
    return seconds


worker.run()
"""


@pytest.fixture(scope="module")
def client(gateway, worker):
    worker(SOURCE)
    client = Client(gateway.url, verbose=False, analytics_enabled=False)
    yield client
    client.close()


def post(gateway, path, body):
    request = urllib.request.Request(
        gateway.url + path, json.dumps(body).encode(), {"content-type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def events(gateway, path):
    """What a stream says until its end, as the lines of each event."""
    with urllib.request.urlopen(gateway.url + path) as answer:
        text = answer.read().decode()
    return [event.split("\n") for event in text.split("\n\n") if event]


def test_arguments_go_by_place_by_name_and_by_default(client):
    assert client.predict(1, api_name="/add") == 3.5
    assert client.predict(1, 5, 1, api_name="/add") == 7
    assert client.predict(a=1, c=2, api_name="/add") == 5


def test_every_place_and_name_may_be_open(client):
    assert client.predict([1, "x"], {"k": None}, api_name="/echo") == [[1, "x"], {"k": None}]
    assert client.predict(api_name="/echo") == [[], {}]


def test_a_tuple_is_as_many_outputs(client):
    assert client.predict("word", api_name="/split") == ("w", 4)


def test_what_is_known_of_a_function_is_shown(client):
    shown = client.view_api(return_format="dict", print_info=False)["named_endpoints"]["/add"]
    names = [parameter["parameter_name"] for parameter in shown["parameters"]]
    assert names == ["a", "b", "c"]
    assert shown["description"] == "Adds numbers."
    assert [p["parameter_default"] for p in shown["parameters"]] == [None, 2, 0.5]


def test_a_generator_is_iterated(client):
    values = list(client.submit(30, api_name="/count"))
    assert len(values) == 30
    for number, value in enumerate(values):
        text = "".join(f"{n} " for n in range(number + 1))
        assert value == {"text": text, "list": list(range(number))}


def test_an_error_of_the_function_is_told(client):
    with pytest.raises(AppError, match="no such luck"):
        client.predict("no such luck", api_name="/fail")
    assert client.predict(1, api_name="/add") == 3.5


def test_rank_and_time_are_told_while_it_waits_and_progress_while_it_runs(client):
    first = client.submit(1, api_name="/slow")
    eventually(lambda: first.status().progress_data, "the first shows progress")
    assert first.status().progress_data[0].desc == "sleeping"
    second = client.submit(0, api_name="/slow")
    third = client.submit(0, api_name="/slow")

    def ranks():
        states = second.status(), third.status()
        return states if None not in [state.rank for state in states] else None

    states = eventually(ranks, "both have a rank")
    assert sorted(state.rank for state in states) == [0, 1]
    assert all(state.queue_size >= 1 for state in states)
    assert all(state.eta is not None and state.eta > 0 for state in states)
    assert [job.result(30) for job in (first, second, third)] == [1, 0, 0]


def test_one_of_two_jobs_is_called_off_and_the_other_is_not_harmed(client, daemon):
    other = client.submit(0.5, api_name="/slow")
    eventually(lambda: other.status().progress_data, "the first runs")
    waiting = client.submit(20, api_name="/slow")
    eventually(lambda: waiting.status().rank is not None, "the second waits")
    began = time.monotonic()
    waiting.cancel()
    with pytest.raises(CALLED_OFF, match="^(Cancelled)?$"):
        waiting.result(30)
    assert other.result(30) == 0.5
    assert time.monotonic() - began < 15
    running = client.submit(20, api_name="/slow")
    eventually(lambda: running.status().progress_data, "the third runs")
    running.cancel()
    with pytest.raises(CALLED_OFF, match="^(Cancelled)?$"):
        running.result(30)
    # Its place is free again.
    assert client.predict(0, api_name="/slow") == 0


def test_two_hundred_jobs_at_once_get_each_its_own_answer(client):
    jobs = [client.submit([number], api_name="/echo") for number in range(200)]
    assert [job.result(60)[0] for job in jobs] == [[number] for number in range(200)]


def test_a_full_queue_is_said_so(client, gateway, daemon):
    number = next(
        d["id"] for d in client.config["dependencies"] if d["api_name"] == "narrow"
    )
    first = client.submit(3.0, api_name="/narrow")
    eventually(lambda: first.status().code.name == "PROCESSING", "the first runs")
    second = client.submit(0, api_name="/narrow")
    eventually(lambda: second.status().rank is not None, "the second waits")
    with pytest.raises(QueueError, match="Queue is full"):
        client.predict(0, api_name="/narrow")
    body = {"data": [0], "fn_index": number, "session_hash": "another"}
    status, answer = post(gateway, "/gradio_api/queue/join", body)
    assert status == 503
    assert answer["code"] == "queue_full"
    assert [first.result(30), second.result(30)] == [3.0, 0]


def test_messages_wait_for_a_reader_and_the_stream_ends_when_all_is_told(client, gateway):
    number = next(d["id"] for d in client.config["dependencies"] if d["api_name"] == "add")
    body = {"data": [1, 1, 1], "fn_index": number, "session_hash": "patient"}
    status, answer = post(gateway, "/gradio_api/queue/join", body)
    assert status == 200
    eventually(
        lambda: post(gateway, "/gradio_api/call/add", {"data": [1]})[0] == 200, "time goes by"
    )
    lines = events(gateway, "/gradio_api/queue/data?session_hash=patient")
    assert all(len(event) == 1 and event[0].startswith("data: {") for event in lines)
    told = [json.loads(event[0][6:]) for event in lines]
    assert told[-1]["msg"] == "close_stream"
    assert told[-2]["msg"] == "process_completed"
    assert told[-2]["output"]["data"] == [3]
    assert {message["event_id"] for message in told[:-1]} == {answer["event_id"]}


def test_a_call_without_a_session_is_told_in_events(gateway, client):
    status, answer = post(gateway, "/gradio_api/call/count", {"data": [2]})
    assert status == 200
    lines = events(gateway, f"/gradio_api/call/count/{answer['event_id']}")
    assert [event[0] for event in lines] == ["event: generating"] * 2 + ["event: complete"]
    value = json.loads(lines[-1][1][len("data: ") :])
    assert value == [{"text": "0 1 ", "list": [0]}]
    status, answer = post(gateway, "/gradio_api/call/v2/add", {"a": 1, "c": 2})
    lines = events(gateway, f"/gradio_api/call/v2/add/{answer['event_id']}")
    assert lines == [["event: complete", "data: [5]"]]
    status, answer = post(gateway, "/gradio_api/call/fail", {"data": ["why"]})
    lines = events(gateway, f"/gradio_api/call/fail/{answer['event_id']}")
    assert lines[0][0] == "event: error"
    assert "why" in json.loads(lines[0][1][6:])["error"]


def test_a_call_may_be_made_and_answered_in_one(gateway, client):
    assert post(gateway, "/gradio_api/run/add", {"data": [1]})[1]["data"] == [3.5]
    status, answer = post(gateway, "/gradio_api/run/fail", {"data": ["why"]})
    assert status == 500
    assert "why" in answer["error"]


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("queue/join", {"data": [], "session_hash": "s"}, 400, "bad_request"),
        ("queue/join", {"data": [], "fn_index": 1}, 400, "bad_request"),
        ("queue/join", {"data": [], "fn_index": 1, "session_hash": "s"}, 404, "unknown_function"),
        ("call/nothing", {"data": []}, 404, "unknown_function"),
        ("call/add", {"data": [1, 2, 3, 4]}, 422, "bad_arguments"),
        ("call/add", {"data": []}, 422, "bad_arguments"),
        ("call/v2/add", {"z": 1}, 422, "bad_arguments"),
        ("cancel", {"session_hash": "nobody", "event_id": "0"}, 404, "unknown_session"),
    ],
)
def test_what_cannot_be_is_refused_by_name(gateway, client, path, body, status, code):
    answer = post(gateway, f"/gradio_api/{path}", body)
    assert (answer[0], answer[1]["code"]) == (status, code)


def test_nobody_else_calls_a_request_off(gateway, client):
    number = next(d["id"] for d in client.config["dependencies"] if d["api_name"] == "slow")
    body = {"data": [0.3], "fn_index": number, "session_hash": "mine"}
    event = post(gateway, "/gradio_api/queue/join", body)[1]["event_id"]
    other = {"data": [0], "fn_index": number, "session_hash": "theirs"}
    post(gateway, "/gradio_api/queue/join", other)
    theirs = {"session_hash": "theirs", "event_id": event}
    post(gateway, "/gradio_api/cancel", theirs)
    lines = events(gateway, "/gradio_api/queue/data?session_hash=mine")
    told = [json.loads(event[0][6:]) for event in lines]
    assert told[-2]["success"] is True
