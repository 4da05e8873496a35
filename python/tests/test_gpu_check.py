"""The check of a real GPU goes as it should on a card of paper, so that it can be relied upon."""

import pathlib
import subprocess
import sys

import pytest
import real_daemon
import stage


@pytest.mark.skipif(not real_daemon.is_built(), reason="there is no sluiced to try it with")
def test_two_models_fit_one_card_with_the_daemon_and_not_without():
    done = subprocess.run(
        [
            sys.executable,
            str(stage.HERE / "gpu_check.py"),
            "--rehearse",
            "--bin",
            str(pathlib.Path(real_daemon.PROGRAM).parent),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout
    assert "out of memory" in done.stdout.split("Without Sluice:")[1].split("\n")[0]
    assert "8 of 8 requests done, none out of memory" in done.stdout
