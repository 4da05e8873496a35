"""A daemon that is drained, killed or away, as clients of the gateway see it."""

import contextlib
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import types

import httpx
import pytest
from conftest import PATIENCE, PROGRAMS, ROOT, eventually, stop
from gradio_client import Client

SOURCE = """
import pathlib, time
import sluice

worker = sluice.Worker()


@worker.function(concurrency_limit="none")
def after(gate: str, answer: str) -> str:
    while not pathlib.Path(gate).exists():
        time.sleep(0.02)
    return answer


worker.run()
"""


@pytest.fixture
def serving(worker, gateway, tmp_path):
    """The gateway, a worker, and a client that knows its functions."""
    worker(SOURCE)
    gate = tmp_path / "gate"
    client = Client(gateway.url, verbose=False)
    yield types.SimpleNamespace(gate=gate, client=client, url=gateway.url)
    gate.touch()


def v1(url, gate, answer, **terms):
    path = f"{url}/v1/functions/after/requests"
    return httpx.post(path, params=terms, json=[str(gate), answer], timeout=PATIENCE)


def test_a_draining_daemon_finishes_and_refuses_by_name(serving, daemon):
    begun = serving.client.submit(str(serving.gate), "begun", api_name="/after")
    eventually(lambda: begun.status().code.name == "PROCESSING", "the first runs")
    assert daemon.ctl("drain", "--daemon", "--runtime") is not None
    try:
        number = serving.client.config["dependencies"][0]["id"]
        body = {"data": ["", ""], "fn_index": number, "session_hash": "late"}
        joined = httpx.post(f"{serving.url}/gradio_api/queue/join", json=body)
        asked = v1(serving.url, serving.gate, "late", wait=5)
        for code, answer in (
            (joined.json()["code"], joined),
            (asked.json()["error"]["code"], asked),
        ):
            assert (answer.status_code, code) == (503, "draining")
        ready = httpx.get(f"{serving.url}/readyz")
        assert (ready.status_code, ready.json()["error"]["code"]) == (503, "not_ready")
        assert httpx.get(f"{serving.url}/healthz").status_code == 200
        serving.gate.touch()
        assert begun.result(PATIENCE) == "begun"
    finally:
        daemon.ctl("resume", "--daemon")
    assert v1(serving.url, serving.gate, "again", wait=PATIENCE).json() == "again"


@contextlib.contextmanager
def others():
    """A daemon and a gateway of their own, which can be ended and started anew."""
    with tempfile.TemporaryDirectory(prefix="sluice-") as directory:
        place = pathlib.Path(directory)
        command = [PROGRAMS / "sluiced", "--runtime-directory", place]
        command += ["--state-directory", place / "state"]
        system = types.SimpleNamespace(place=place, processes=[])

        def start(command, **options):
            process = subprocess.Popen(command, **options)
            system.processes.append(process)
            return process

        def start_daemon():
            system.daemon = start(command)

        def ctl(*words):
            command = [PROGRAMS / "sluicectl", *words, "--json", "--runtime-directory", place]
            return subprocess.run(command, capture_output=True).stdout

        system.start_daemon = start_daemon
        system.ctl = ctl
        system.start = start
        try:
            yield system
        finally:
            for process in reversed(system.processes):
                if process.poll() is None:
                    stop(process)


def begin(system):
    system.start_daemon()
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT / "python/src"),
        "SLUICE_RUNTIME_DIRECTORY": str(system.place),
    }
    eventually(lambda: system.ctl("workers"), "sluiced answers")
    system.start([sys.executable, "-c", SOURCE], env=environment)
    eventually(lambda: b"after" in system.ctl("functions"), "the function is declared")
    gateway = system.start(
        [PROGRAMS / "sluice-http", "--runtime-directory", system.place]
        + ["--listen", "127.0.0.1:0"],
        stdout=subprocess.PIPE,
        text=True,
    )
    return gateway.stdout.readline().strip().removeprefix("listening at ")


@pytest.mark.parametrize("way", ["stopped", "killed"])
def test_what_was_accepted_outlives_a_restart_of_the_daemon(way):
    with others() as system:
        url = begin(system)
        gate = system.place / "gate"
        client = Client(url, verbose=False)
        job = client.submit(str(gate), "job", api_name="/after")
        eventually(lambda: job.status().code.name == "PROCESSING", "the job runs")
        answers = []
        waiting = threading.Thread(
            target=lambda: answers.append(v1(url, gate, "waited", wait=PATIENCE))
        )
        waiting.start()
        eventually(lambda: system.ctl("requests").count(b'"running"') == 2, "both run")
        system.daemon.terminate() if way == "stopped" else system.daemon.kill()
        system.daemon.wait(PATIENCE)
        assert httpx.get(f"{url}/healthz").status_code == 200
        assert httpx.get(f"{url}/readyz").status_code == 503
        system.start_daemon()
        gate.touch()
        waiting.join(PATIENCE)
        assert job.result(PATIENCE) == "job"
        assert [answer.json() for answer in answers] == ["waited"]


def test_who_comes_while_the_daemon_is_away_is_told_so_in_time():
    with others() as system:
        url = begin(system)
        client = Client(url, verbose=False)
        number = client.config["dependencies"][0]["id"]
        stop(system.daemon)
        body = {"data": ["", ""], "fn_index": number, "session_hash": "s"}
        joined = httpx.post(f"{url}/gradio_api/queue/join", json=body, timeout=PATIENCE)
        asked = v1(url, "/", "nothing", wait=1)
        assert (joined.status_code, joined.json()["code"]) == (503, "daemon_away")
        assert (asked.status_code, asked.json()["error"]["code"]) == (503, "daemon_away")
        assert int(joined.headers["retry-after"]) >= 1 and "detail" in joined.json()
