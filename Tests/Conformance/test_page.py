"""The live page in a real browser: it moves, it is safe, and it asks nobody but its gateway."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import time
import types
import urllib.error
import urllib.request

import pytest
from chromium import PROGRAM, Chromium
from conftest import PROGRAMS, ROOT, eventually, stop

sys.path.insert(0, str(ROOT / "python/src"))
import sluice  # noqa: E402

GATEWAY_OPTIONS = ["--allow-changes"]
CONFIGURATION = """
[[device]]
name = "gpu0"
kind = "simulated"
memory = "24GiB"

[[device]]
name = "gpu1"
kind = "simulated"
memory = "24GiB"

[queue.gpu]
devices = "all"
"""

# Names are anybody's: these would be markup where they were not text.
HOSTILE = '<b>"&amp;<u>'
WORKER = """
import time
import sluice

worker = sluice.Worker(name="<img src=x onerror='document.title=1'>", slots=4)

@worker.function("caption", concurrency_id="gpu", memory="7GiB", batch=True, max_batch_size=4)
def caption(seconds):
    time.sleep(max(seconds))
    return seconds

@worker.function("upscale", concurrency_id="gpu", memory="3GiB")
def upscale(seconds):
    time.sleep(seconds)

@worker.function('<b>"&amp;<u>')
def hostile(fails):
    if fails:
        raise ValueError("no")

worker.run()
"""

needs_chromium = pytest.mark.skipif(PROGRAM is None, reason="there is no chromium")


@pytest.fixture(scope="module")
def client(daemon, worker):
    worker(WORKER)
    with sluice.Client(daemon.directory) as client:
        yield client


@pytest.fixture
def browser():
    browser = Chromium()
    yield browser
    browser.close()


def numbers(browser, queue):
    """What the card of a queue shows as waiting and running."""
    card = f"[...document.querySelectorAll('.card')].find(c => c.dataset.queue === '{queue}')"
    return browser.evaluate(
        f"(() => {{ const card = {card}; return card ? [...card.querySelectorAll('.figure b')]"
        ".map(b => parseInt(b.textContent)) : null; })()"
    )


def is_shown(browser):
    return browser.text("#state") == "running"


def ask(gateway, body, **headers):
    """A POST to /page/actions; the status and what the answer says."""
    request = urllib.request.Request(
        f"{gateway.url}/page/actions",
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json", "Origin": gateway.url, **headers},
    )
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, ""
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)["error"]["code"]


@needs_chromium
def test_numbers_move_while_work_is_done(client, gateway, browser):
    browser.open(gateway.url)
    eventually(lambda: is_shown(browser), "the page shows the daemon")
    assert numbers(browser, "gpu") == [0, 0]
    assert browser.text("#requests") == "Nothing waits."

    jobs = [client.submit("upscale", 1.5) for _ in range(6)]
    eventually(lambda: numbers(browser, "gpu") == [4, 2], "the page shows what waits and runs")
    eventually(lambda: "upscale" in browser.text("#requests"), "the oldest are listed")
    ranks = browser.evaluate(
        "[...document.querySelectorAll('#requests tbody tr')].map(r => r.cells[0].textContent)"
    )
    assert ranks == [str(rank) for rank in range(len(ranks))] and ranks
    eventually(
        lambda: browser.evaluate("document.querySelector('#devices .bar .held').offsetWidth") > 0,
        "the bar of a device shows memory that workers have",
    )
    for job in jobs:
        job.result()
    eventually(lambda: numbers(browser, "gpu") == [0, 0], "the page shows that all is done")
    eventually(lambda: "6 ok" in browser.text("#functions"), "outcomes are counted")
    # The graph was drawn: not every point of it is empty.
    assert browser.evaluate(
        "(() => { const c = document.querySelector('canvas'); const d = c.getContext('2d')"
        ".getImageData(0, 0, c.width, c.height).data; return d.some((v, i) => i % 4 === 3 && v); "
        "})()"
    )
    assert browser.problems == []
    asked = [url for url in browser.asked if not url.startswith(("data:", "about:"))]
    assert asked and all(url.startswith(gateway.url + "/") for url in asked), asked


@needs_chromium
def test_hostile_names_are_text(client, gateway, browser):
    with pytest.raises(sluice.RequestError):
        client.predict(HOSTILE, True)
    browser.open(gateway.url)
    eventually(lambda: "1 function_error" in browser.text("#functions"), "failures are counted")
    assert HOSTILE in browser.text("#queues")
    assert HOSTILE in browser.text("#functions")
    assert "<img src=x onerror=" in browser.text("#workers")
    assert browser.evaluate("document.querySelectorAll('main img, main u, td b').length") == 0
    assert browser.evaluate("document.title") == "Sluice"
    assert browser.problems == []


@needs_chromium
def test_the_operator_pauses_and_limits_from_the_page(client, daemon, gateway, browser):
    browser.open(gateway.url)
    eventually(lambda: numbers(browser, "gpu") is not None, "the queue is shown")
    card = "[...document.querySelectorAll('.card')].find(c => c.dataset.queue === 'gpu')"
    browser.evaluate(f"{card}.querySelector('button').click()")

    def hold():
        return {q["concurrency_id"]: q["hold"] for q in daemon.ctl("queues")}["gpu"]

    eventually(lambda: hold() == "paused", "the queue is paused")
    word = f"{card}.querySelector('.badge').textContent"
    eventually(lambda: browser.evaluate(word) == "paused", "the page shows it")
    browser.evaluate(f"{card}.querySelector('button').click()")
    eventually(lambda: browser.evaluate(word) == "running", "it is resumed")
    browser.evaluate(
        f"{card}.querySelector('input').value = '5'; {card}.querySelectorAll('button')[1].click()"
    )
    eventually(
        lambda: "/ 5" in browser.evaluate(f"{card}.querySelector('.running').textContent"),
        "the limit is in force",
    )
    assert ask(gateway, {"action": "limit", "queue": "gpu", "limit": "default"}) == (200, "")
    assert browser.problems == []


@needs_chromium
def test_a_daemon_and_a_gateway_that_go_are_seen_and_come_back(tmp_path, browser):
    directory = str(tmp_path)
    start = [PROGRAMS / "sluiced", "--runtime-directory", directory]
    daemon = subprocess.Popen(start)
    gateway = start_gateway(directory)
    try:
        browser.open(gateway.url)
        eventually(lambda: is_shown(browser), "the page shows the daemon")
        stop(daemon)
        eventually(lambda: browser.text("#state") == "daemon away", "the page says so")
        daemon = subprocess.Popen(start)
        eventually(lambda: is_shown(browser), "the page shows it again")
        stop(gateway.process)
        eventually(lambda: browser.text("#state") == "gateway away", "the page says so")
        gateway = start_gateway(directory, gateway.port)
        eventually(lambda: is_shown(browser), "the page reads again")
    finally:
        stop(gateway.process)
        stop(daemon)


def start_gateway(directory, port=0):
    process = subprocess.Popen(
        [PROGRAMS / "sluice-http", "--runtime-directory", directory]
        + ["--listen", f"127.0.0.1:{port}"],
        stdout=subprocess.PIPE,
        text=True,
    )
    port = int(process.stdout.readline().strip().rsplit(":", 1)[1])
    return types.SimpleNamespace(url=f"http://127.0.0.1:{port}", port=port, process=process)


# MARK: Without a browser


def test_the_page_guards_itself(gateway):
    for path in ("/", "/page/page.css", "/page/page.js"):
        with urllib.request.urlopen(gateway.url + path) as answer:
            policy = answer.headers["Content-Security-Policy"]
            text = answer.read().decode()
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
        assert "unsafe" not in policy and "frame-ancestors 'none'" in policy
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        # What is not asked for cannot be refused by mistake.
        assert "innerHTML" not in text and " style=" not in text and "onclick" not in text


def test_only_the_page_itself_may_change_something(client, gateway):
    asked = {"action": "pause", "queue": "nothing"}
    assert ask(gateway, asked) == (404, "unknown_queue")
    assert ask(gateway, asked, Origin="http://elsewhere")[0] == 403
    assert ask(gateway, asked, **{"Sec-Fetch-Site": "cross-site"}) == (403, "foreign_origin")
    assert ask(gateway, asked, **{"Content-Type": "text/plain"}) == (415, "not_json")
    assert ask(gateway, {"action": "forget", "queue": "gpu"}) == (422, "bad_action")
    assert ask(gateway, {"action": "limit", "queue": "gpu", "limit": -1}) == (422, "bad_action")


def test_a_gateway_that_only_shows_changes_nothing(daemon):
    gateway = start_gateway(daemon.directory)
    try:
        assert ask(gateway, {"action": "pause", "queue": "gpu"}) == (403, "read_only")
    finally:
        stop(gateway.process)


def test_viewers_are_bounded_and_leave_their_places(gateway):
    def viewers():
        with urllib.request.urlopen(f"{gateway.url}/metrics") as answer:
            lines = answer.read().decode().splitlines()
        return int([line for line in lines if line.startswith("sluice_http_page_viewers ")][0][25:])

    eventually(lambda: viewers() == 0, "nobody looks")
    streams = []
    try:
        for _ in range(128):
            stream = urllib.request.urlopen(f"{gateway.url}/page/events")
            streams.append(stream)
            assert stream.readline().startswith(b'data: {"')
        with pytest.raises(urllib.error.HTTPError) as refusal:
            urllib.request.urlopen(f"{gateway.url}/page/events")
        assert refusal.value.code == 429
        assert json.load(refusal.value)["error"]["code"] == "too_many_viewers"
        assert refusal.value.headers["Retry-After"] == "10"
        assert viewers() == 128
    finally:
        for stream in streams:
            stream.close()
    eventually(lambda: viewers() == 0, "those that left are not counted")


def test_a_gateway_with_a_viewer_stops_when_it_is_told(daemon):
    gateway = start_gateway(daemon.directory)
    with urllib.request.urlopen(f"{gateway.url}/page/events") as stream:
        assert stream.readline().startswith(b"data: ")
        begun = time.monotonic()
        gateway.process.send_signal(signal.SIGTERM)
        assert gateway.process.wait(30) == 0
        assert time.monotonic() - begun < 20


@needs_chromium
@pytest.mark.skipif("SLUICE_SCREENSHOTS" not in os.environ, reason="nobody wants to look")
def test_screenshots(client, gateway, browser):
    folder = pathlib.Path(os.environ["SLUICE_SCREENSHOTS"])
    jobs = []
    assert ask(gateway, {"action": "resume", "queue": "gpu"}) == (200, "")
    end = time.monotonic() + 25
    browser.open(gateway.url)
    while time.monotonic() < end:
        jobs += [client.submit("caption", 0.6) for _ in range(3)]
        jobs += [client.submit("upscale", 0.4)]
        if len(jobs) % 16 == 0:
            jobs += [client.submit(HOSTILE, len(jobs) % 3 == 0)]
        time.sleep(0.45)
    for name, width, scheme in (
        ("light", 1280, "light"), ("dark", 1280, "dark"), ("narrow", 390, "light"),
    ):  # fmt: skip
        browser.call(
            "Emulation.setEmulatedMedia",
            features=[{"name": "prefers-color-scheme", "value": scheme}],
        )
        browser.call(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=900, deviceScaleFactor=1, mobile=width < 600,
        )  # fmt: skip
        jobs += [client.submit("caption", 0.8) for _ in range(60)]
        time.sleep(2.5)
        browser.screenshot(folder / f"page-{name}.png")
    assert browser.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    for job in jobs:
        job.cancel()
