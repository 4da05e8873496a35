"""The benchmark runs, checks every answer, and prints what it saw."""

import pathlib
import re

import echo
import echo_load
import pytest

BIN = pathlib.Path(__file__).parent / "../../.build/debug"


def test_a_quick_run_prints_a_table(capfd):
    assert (BIN / "sluiced").exists(), "sluiced is missing: build it with `swift build`"
    echo.main(["--bin", str(BIN), "--quick"])
    said = capfd.readouterr().out
    assert "64 requests outstanding, 128 bytes each" in said
    for way in ("submit ahead", "asyncio"):
        for function in ("batches", "alone"):
            found = re.search(rf"^sluice, {way}, {function} +([0-9,]+) +([0-9.]+)", said, re.M)
            assert found is not None, said
            assert float(found[1].replace(",", "")) > 0 and float(found[2]) > 0


def test_an_answer_to_another_question_ends_the_run():
    words = ["plain", "echo", "--outstanding", "1", "--size", "16", "--seconds", "1"]
    load = echo_load.Load(echo_load.options([*words, "--servers", ""]))
    load.answered("a", "a")
    with pytest.raises(SystemExit, match="asked 'a' and was answered 'b'"):
        load.answered("a", "b")


def test_an_answer_over_http_is_whole_or_not_yet_or_no_success():
    answer = b'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n"?"'
    assert echo_load.is_whole(answer)
    assert not any(echo_load.is_whole(answer[:end]) for end in range(len(answer)))
    with pytest.raises(SystemExit, match="500"):
        echo_load.is_whole(answer.replace(b"200 OK", b"500 No"))
