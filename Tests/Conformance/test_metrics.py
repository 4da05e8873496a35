"""/metrics as Prometheus' own parser for Python reads it, and the dashboard that asks for it."""

import json
import math
import re
import subprocess
import sys
import urllib.error
import urllib.request

import pytest
from conftest import PROGRAMS, ROOT, eventually
from prometheus_client.parser import text_string_to_metric_families

sys.path.insert(0, str(ROOT / "python/src"))
import sluice  # noqa: E402

CONFIGURATION = """
[[device]]
name = "sim0"
kind = "simulated"
memory = "8GiB"

[queue.gpu]
devices = "all"
max_size = 3
"""

WORKER = """
import time
import sluice

worker = sluice.Worker(name="w")

@worker.function("double", batch=True, max_batch_size=4)
def double(numbers):
    return [2 * number for number in numbers]

@worker.function("fail")
def fail(text):
    raise ValueError(text)

@worker.function("slow", concurrency_id="gpu", memory="1GiB")
def slow(seconds):
    time.sleep(seconds)

@worker.function('<b>"quoted\\\\')
def quoted():
    return 1

worker.run()
"""


def read(gateway):
    with urllib.request.urlopen(f"{gateway.url}/metrics") as answer:
        assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        text = answer.read().decode()
    return list(text_string_to_metric_families(text))


def samples(families):
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
    }


def value(families, name, **labels):
    return samples(families).get((name, *sorted(labels.items())))


@pytest.fixture(scope="module")
def client(daemon, worker):
    worker(WORKER)
    with sluice.Client(daemon.directory) as client:
        yield client


@pytest.fixture(scope="module")
def worked(client, gateway):
    """The metrics after some of everything."""
    jobs = [client.submit("double", number) for number in range(10)]
    assert [job.result() for job in jobs] == [2 * number for number in range(10)]
    with pytest.raises(sluice.RequestError):
        client.predict("fail", "no")
    with pytest.raises(sluice.RequestError):
        client.predict("nobody")
    client.predict('<b>"quoted\\')
    client.predict("slow", 0.03)
    done = [job for job in [client.submit("slow", 0.2) for _ in range(9)]]
    outcomes = []
    for job in done:
        try:
            job.result()
            outcomes.append("ok")
        except sluice.RequestError as error:
            outcomes.append(error.code)
    assert set(outcomes) == {"ok", "queue_full"}
    # A second later at most it is all told.
    eventually(
        lambda: value(
            read(gateway), "sluice_requests_total", function="slow", outcome="completed", code="ok"
        )
        == outcomes.count("ok") + 1,
        "what was done is counted",
    )
    return read(gateway), outcomes


def test_names_follow_the_conventions(worked):
    families, _ = worked
    for family in families:
        assert re.fullmatch(r"sluice_[a-z_]+", family.name), family.name
        assert family.documentation.endswith("."), family.name
        assert family.type in ("counter", "gauge", "histogram"), family.name
        for sample in family.samples:
            assert sample.name.endswith("_total") == (family.type == "counter"), sample.name


def test_histograms_are_cumulative_and_end_with_their_count(worked):
    families, _ = worked
    seen = 0
    for family in families:
        if family.type != "histogram":
            continue
        series = {}
        for sample in family.samples:
            key = tuple(sorted((k, v) for k, v in sample.labels.items() if k != "le"))
            series.setdefault(key, []).append(sample)
        for entries in series.values():
            seen += 1
            buckets = [entry for entry in entries if entry.name.endswith("_bucket")]
            bounds = [float(entry.labels["le"]) for entry in buckets]
            counts = [entry.value for entry in buckets]
            assert bounds == sorted(set(bounds)) and bounds[-1] == math.inf
            assert counts == sorted(counts)
            (count,) = [entry.value for entry in entries if entry.name.endswith("_count")]
            (total,) = [entry.value for entry in entries if entry.name.endswith("_sum")]
            assert count == counts[-1] > 0
            assert total >= 0
    assert seen >= 9


def test_what_was_done_is_counted(worked):
    families, outcomes = worked
    assert (
        value(families, "sluice_requests_total", function="double", outcome="completed", code="ok")
        == 10
    )
    failed = {"function": "fail", "outcome": "failed", "code": "function_error"}
    assert value(families, "sluice_requests_total", **failed) == 1
    assert value(families, "sluice_refusals_total", code="unknown_function") == 1
    assert value(families, "sluice_refusals_total", code="queue_full") == outcomes.count(
        "queue_full"
    )
    assert value(families, "sluice_wait_seconds_count", function="double") == 10
    assert value(families, "sluice_batch_size_sum", function="double") == 10
    batches = value(families, "sluice_batch_size_count", function="double")
    assert 3 <= batches <= 10
    assert value(families, "sluice_run_seconds_count", function="double") == batches
    # Those that slept longer than a bound are not below it.
    count = value(families, "sluice_run_seconds_count", function="slow")
    assert value(families, "sluice_run_seconds_bucket", function="slow", le="0.025") == 0
    assert count == outcomes.count("ok") + 1
    assert value(families, "sluice_run_seconds_sum", function="slow") >= 0.2 * outcomes.count("ok")


def test_queues_workers_devices_and_the_gateway_are_there(worked):
    families, _ = worked
    assert value(families, "sluice_up") == 1
    assert value(families, "sluice_uptime_seconds") > 0
    assert value(families, "sluice_queue_concurrency_limit", queue="gpu") == 1
    assert value(families, "sluice_queue_max_size", queue="gpu") == 3
    assert value(families, "sluice_queue_max_size", queue="double") == math.inf
    assert value(families, "sluice_workers", state="idle") == 1
    assert value(families, "sluice_workers_attached_total") == 1
    assert value(families, "sluice_device_memory_bytes", device="sim0") == 8 << 30
    assert value(families, "sluice_device_cordoned", device="sim0") == 0
    assert value(families, "sluice_http_requests_total", route="/metrics", status="200") >= 1


def test_names_of_others_are_quoted(worked):
    families, _ = worked
    quoted = '<b>"quoted\\'
    assert value(families, "sluice_function_workers", function=quoted, queue=quoted) == 1


def test_what_has_no_route_is_one_series(gateway):
    for path in ("a", "b", "c"):
        with pytest.raises(urllib.error.HTTPError):
            urllib.request.urlopen(f"{gateway.url}/{path}")
    families = read(gateway)
    assert value(families, "sluice_http_requests_total", route="NotFound", status="404") >= 3


def expressions(thing):
    if isinstance(thing, dict):
        for key, inner in thing.items():
            if key == "expr" or (key == "query" and isinstance(inner, str)):
                yield inner
            else:
                yield from expressions(inner)
    elif isinstance(thing, list):
        for inner in thing:
            yield from expressions(inner)


def test_the_dashboard_asks_for_metrics_that_there_are(worked):
    families, _ = worked
    known = set()
    for family in families:
        base = family.name
        known |= {base}
        if family.type == "counter":
            known = known - {base} | {base + "_total"}
        if family.type == "histogram":
            known |= {base + suffix for suffix in ("_bucket", "_sum", "_count")}
    dashboard = json.loads((ROOT / "config/examples/grafana.json").read_text())
    asked = set()
    for expression in expressions(dashboard):
        asked |= set(re.findall(r"\bsluice_\w+", expression))
    assert len(asked) >= 15
    assert asked <= known, asked - known


def test_a_daemon_that_is_away_is_down_and_the_page_still_there(tmp_path):
    gateway = subprocess.Popen(
        [PROGRAMS / "sluice-http", "--runtime-directory", tmp_path, "--listen", "127.0.0.1:0"],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        port = int(gateway.stdout.readline().strip().rsplit(":", 1)[1])
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
            families = list(text_string_to_metric_families(answer.read().decode()))
        assert value(families, "sluice_up") == 0
        assert value(families, "sluice_http_streams") == 0
    finally:
        gateway.terminate()
        gateway.wait(30)
