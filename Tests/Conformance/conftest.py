"""A real daemon, real workers and a real gateway, for clients that others wrote.

A module of tests may set ``CONFIGURATION`` (of sluiced.toml) and ``GATEWAY_OPTIONS`` (a list, of
sluice-http). Programs are those in ``$SLUICE_BIN``, else of the debug build.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import types

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAMS = pathlib.Path(os.environ.get("SLUICE_BIN", ROOT / ".build/debug"))
# Longer than anything here takes, on a busy machine too, in seconds.
PATIENCE = 30


def eventually(question, what):
    """Asks until the answer is true, and returns it."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        answer = question()
        if answer:
            return answer
        time.sleep(0.02)
    raise AssertionError(f"in {PATIENCE} s it did not come about that {what}")


def stop(process):
    process.terminate()
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise


@pytest.fixture(scope="module")
def daemon(request):
    with tempfile.TemporaryDirectory(prefix="sluice-") as directory:
        place = pathlib.Path(directory)
        configuration = place / "sluiced.toml"
        configuration.write_text(getattr(request.module, "CONFIGURATION", ""))
        command = [PROGRAMS / "sluiced", "--config", configuration, "--runtime-directory", place]
        process = subprocess.Popen([*command, "--state-directory", place / "state"])

        def ctl(*words):
            """What a command of sluicectl says in JSON; None where it fails."""
            command = [PROGRAMS / "sluicectl", *words, "--json", "--runtime-directory", place]
            done = subprocess.run(command, capture_output=True)
            return json.loads(done.stdout) if done.returncode == 0 else None

        eventually(lambda: ctl("workers") is not None, "sluiced answers")
        yield types.SimpleNamespace(directory=directory, process=process, ctl=ctl)
        stop(process)


@pytest.fixture(scope="module")
def worker(daemon):
    processes = []

    def start(source):
        """Starts a worker with this text; returns its process once it has declared functions."""
        environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT / "python/src"),
            "SLUICE_RUNTIME_DIRECTORY": daemon.directory,
        }
        process = subprocess.Popen([sys.executable, "-c", source], env=environment)
        processes.append(process)

        def is_declared():
            assert process.poll() is None, "the worker ended"
            return any(
                entry["pid"] == process.pid and entry["functions"]
                for entry in daemon.ctl("workers")
            )

        eventually(is_declared, "the worker has declared its functions")
        return process

    yield start
    for process in processes:
        if process.poll() is None:
            stop(process)


@pytest.fixture(scope="module")
def gateway(request, daemon):
    options = getattr(request.module, "GATEWAY_OPTIONS", [])
    command = [PROGRAMS / "sluice-http", "--runtime-directory", daemon.directory]
    process = subprocess.Popen(
        [*command, "--listen", "127.0.0.1:0", *options], stdout=subprocess.PIPE, text=True
    )
    place = process.stdout.readline().strip()
    assert place.startswith("listening at "), place
    port = int(place.rsplit(":", 1)[1])
    yield types.SimpleNamespace(url=f"http://127.0.0.1:{port}", port=port, process=process)
    stop(process)
