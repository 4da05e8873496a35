"""Gradio's own client for JavaScript, from the bundle in its wheel, against the gateway.

``$SLUICE_GRADIO_WHEEL`` names the wheel; else it is fetched once to `.build/conformance/wheel`.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile

import pytest

import test_gradio_python
from conftest import ROOT

CONFIGURATION = test_gradio_python.CONFIGURATION
GRADIO = "gradio==6.31.0"
SERVER = "gradio/templates/node/build/server/"
# How the client's class begins in the bundle, which has given it another name.
CLASS = re.compile(r"var (\w+)=class\{app_reference;")


def fetched():
    place = ROOT / ".build/conformance/wheel"
    wheels = list(place.glob("gradio-*.whl"))
    if not wheels:
        # Without what it needs itself: only the bundle is used.
        command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", GRADIO, "-d", place]
        subprocess.run(command, check=False)
        wheels = list(place.glob("gradio-*.whl"))
    return wheels[0] if wheels else None


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    if shutil.which("node") is None:
        pytest.skip("there is no node")
    wheel = os.environ.get("SLUICE_GRADIO_WHEEL") or fetched()
    if wheel is None:
        pytest.skip(f"{GRADIO} cannot be had")
    place = tmp_path_factory.mktemp("bundle")
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if name.startswith(SERVER) and name.endswith(".js"):
                archive.extract(name, place)
    for path in (place / SERVER / "chunks").glob("*.js"):
        found = CLASS.search(path.read_text())
        if found:
            client = path.with_name("gradio_client.js")
            client.write_text(path.read_text() + f"\nexport {{ {found[1]} as GradioClient }};\n")
            return client
    raise AssertionError("the bundle has no client")


@pytest.fixture(scope="module")
def told(bundle, worker, gateway):
    worker(test_gradio_python.SOURCE)
    script = ROOT / "Tests/Conformance/gradio_client.mjs"
    done = subprocess.run(
        ["node", script, bundle, gateway.url], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert "Unexpected client exception" not in done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_arguments_go_by_place_and_by_name(told):
    assert told["byPlace"] == [6]
    assert told["byName"] == [5]


def test_a_generator_is_iterated(told):
    word = "Bücher 📚"
    texts = [word[: end + 1] for end in range(len(word))]
    # The last is told twice: as a part, and as the result.
    assert [data[0] for data in told["generator"]["data"]] == [*texts, word]
    assert told["generator"]["stages"][-1] == "complete"
    # The client changes in place what it gave away: only the last is sure.
    text = "".join(f"{n} " for n in range(20))
    assert told["grown"]["data"][-1] == [{"text": text, "list": list(range(19))}]


def test_an_error_of_the_function_is_told(told):
    assert told["error"]["stages"][-1] == "error"
    assert "no such luck" in told["error"]["message"]


def test_one_of_two_jobs_is_called_off_and_the_other_is_not_harmed(told):
    assert 20 not in [value for data in told["cancelled"]["data"] for value in data]
    assert told["unharmed"]["data"] == [[0.6]]
    assert told["unharmed"]["stages"][-1] == "complete"


def test_rank_time_progress_and_log_are_told(told):
    assert told["cancelled"]["ranks"] == [0] * len(told["cancelled"]["ranks"]) != []
    assert told["cancelled"]["etas"] != []
    assert "sleeping" in told["unharmed"]["progress"]
    assert told["unharmed"]["logs"] == ["it begins"]


def test_two_hundred_jobs_at_once_get_each_its_own_answer(told):
    assert told["many"] == list(range(200))


def test_a_full_queue_is_said_so(told):
    assert told["full"]["stages"][-1] == "error"
    # Its word for 503.
    assert "busy" in told["full"]["message"]
    assert told["narrow"] == [[[8]], [[0]]]
