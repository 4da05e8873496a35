"""Tokens and origins, with Gradio's own client: who is let in, for whom the daemon counts, and how
many requests each may have."""

import atexit
import os
import pathlib
import shutil
import tempfile

import httpx
import pytest
from conftest import eventually
from gradio_client import Client

ALICE, BOB = "alice-0123456789abcdef", "bob-0123456789abcdefgh"
PLACE = pathlib.Path(tempfile.mkdtemp(prefix="sluice-tokens-"))
atexit.register(shutil.rmtree, PLACE)
TOKENS = PLACE / "tokens"
TOKENS.touch(0o600)
TOKENS.write_text(f"alice {ALICE} max_requests=1\nbob {BOB}\n")

CONFIGURATION = f"[daemon]\ngateways = [{os.getuid()}]\n"
GATEWAY_OPTIONS = ["--tokens", str(TOKENS), "--allow-origin", "https://app.example"]
WORKER = """
import sluice
worker = sluice.Worker()

@worker.function("shout")
def shout(text: str) -> str:
    return text.upper()

worker.run()
"""


@pytest.fixture(scope="module", autouse=True)
def shouting(worker):
    worker(WORKER)


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def call(gateway, token, text):
    """Starts a call by Gradio's plain interface."""
    url = f"{gateway.url}/gradio_api/call/shout"
    return httpx.post(url, json={"data": [text]}, headers=bearer(token), timeout=30)


def test_gradios_client_comes_in_with_a_token_in_either_header(gateway):
    for options in ({"headers": bearer(BOB)}, {"token": BOB}):
        client = Client(gateway.url, verbose=False, **options)
        assert client.predict("hello", api_name="/shout") == "HELLO"


def test_without_one_or_with_a_wrong_one_nothing_is_told(gateway):
    for headers in ({}, bearer(BOB + "x"), bearer("hf_" + BOB)):
        for path in ("/config", "/gradio_api/info", "/v1/functions", "/v2", "/metrics", "/"):
            answer = httpx.get(gateway.url + path, headers=headers)
            assert answer.status_code == 401, path
            assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert httpx.get(gateway.url + "/healthz").status_code == 200
    assert httpx.get(gateway.url + "/readyz").status_code == 200


def test_the_daemon_counts_for_the_name_of_the_token_and_its_share_is_kept(gateway, daemon):
    assert daemon.ctl("pause", "shout") is not None
    assert call(gateway, ALICE, "first").status_code == 200
    waiting = eventually(lambda: daemon.ctl("requests"), "it waits")
    assert [request["caller"] for request in waiting] == ["alice"]
    # How it is said differs by protocol; that it takes no place in the queue does not.
    call(gateway, ALICE, "second")
    assert call(gateway, BOB, "third").status_code == 200
    waiting = eventually(lambda: len(daemon.ctl("requests")) > 1 and daemon.ctl("requests"), "two")
    assert sorted(request["caller"] for request in waiting) == ["alice", "bob"]
    daemon.ctl("resume", "shout")
    eventually(lambda: not daemon.ctl("requests"), "all is done")
    call(gateway, ALICE, "fourth")


def test_a_page_that_may_ask_is_told_so(gateway):
    asked = {"Origin": "https://app.example", "Access-Control-Request-Method": "POST"}
    answer = httpx.options(f"{gateway.url}/gradio_api/queue/join", headers=asked)
    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == "https://app.example"
    assert answer.headers["Access-Control-Allow-Credentials"] == "true"
    for name in ("content-type", "authorization", "x-gradio-user", "last-event-id"):
        assert name in answer.headers["Access-Control-Allow-Headers"]
    other = {**asked, "Origin": "https://evil.example"}
    answer = httpx.options(f"{gateway.url}/gradio_api/queue/join", headers=other)
    assert answer.status_code == 403 and "Access-Control-Allow-Origin" not in answer.headers


def test_a_page_of_another_origin_starts_nothing_even_with_a_token(gateway, daemon):
    headers = {**bearer(BOB), "Origin": "https://evil.example", "Content-Type": "text/plain"}
    url = f"{gateway.url}/gradio_api/call/shout"
    answer = httpx.post(url, content='{"data":["x"]}', headers=headers)
    assert answer.status_code == 403
    assert answer.json()["code"] == "origin_not_allowed"
