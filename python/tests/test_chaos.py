"""A short run of Tests/Chaos on a real daemon; and what the ledger would tell of worse ones."""

import pytest
from chaos import Chaos
from ledger import Account
from real_daemon import is_built

SECONDS = 6


@pytest.mark.skipif(not is_built(), reason="swift build --product sluiced")
def test_whoever_is_killed_nothing_is_lost_and_nothing_runs_twice(tmp_path):
    chaos = Chaos(tmp_path, seed=3, clients=5, workers=3)
    try:
        account = chaos.run(SECONDS)
    finally:
        chaos.close()
    assert account.faults == []
    # How much comes of it is the machine's affair; that something did shows that it was tried.
    assert account.codes["ok"] and account.hand, str(account)


ASKED = "asked plain-1 1"
ONE = [ASKED, "began plain-1 8", "ended plain-1 8", "outcome plain-1 ok"]
RUN_AGAIN_AFTER_CRASH = {"run again: the daemon was killed": 1}
AGAIN = ["began plain-1 9", "ended plain-1 9", "outcome plain-1 ok"]



def timed(lines):
    """Two seconds apart each, or as many as a line begins with."""
    now, out = 0.0, []
    for line in lines:
        first, rest = line.split(" ", 1)
        has_time = first[0].isdigit()
        now += float(first) if has_time else 2.0
        out.append(f"{now} {rest if has_time else line}")
    return out


ONCE = [line.replace("plain", "once") for line in (*ONE[:2], *AGAIN)]


@pytest.mark.parametrize(
    "lines, excuse",
    [
        (ONE, {}),
        ([ASKED, "killing client 1"], {}),
        ([*ONE[:2], "killing worker 8", *AGAIN], {"run again: its worker was killed": 1}),
        ([*ONE[:3], "killing daemon 5", *AGAIN], RUN_AGAIN_AFTER_CRASH),
        # Killed a moment after its end; and with an answer for a daemon that was away.
        ([*ONE[:3], "0.05 killing worker 8", *AGAIN], {"run again: its worker was killed": 1}),
        (
            [*ONE[:3], "0.05 stopping daemon 5", "0.5 killing worker 8", *AGAIN],
            {"run again: its worker was killed": 1},
        ),
        # Granted by a daemon that was gone when it began.
        ([ASKED, "killing daemon 5", f"0.5 {ONE[1]}", *AGAIN], RUN_AGAIN_AFTER_CRASH),
        ([ASKED, "outcome plain-1 unreachable"], {}),
        ([*ONE[:2], "killing worker 8", "outcome plain-1 worker_died"], {}),
        ([*ONE[:2], "killing daemon 5", "outcome plain-1 stream_restarted"], {}),
    ],
)
def test_what_may_be_is_no_fault(lines, excuse):
    account = Account(timed(lines))
    assert account.faults == [] and account.excused == excuse


@pytest.mark.parametrize(
    "lines, fault",
    [
        (ONE[:1], "is lost, after 0 executions"),
        (ONE[:3], "is lost, after 1 executions"),
        ([*ONE[:3], "killing worker 8", "stopping daemon 5"], "is lost"),
        ([*ONE, ONE[3]], "two outcomes"),
        (ONE[1:], "nobody asked"),
        ([ASKED, ONE[3]], "no worker had come to its end"),
        ([*ONE[:3], *AGAIN], "was run twice, by 8 and 9"),
        ([*ONE[:3], "stopping daemon 5", *AGAIN], "was run twice"),
        ([*ONE[:3], "killing worker 8", *AGAIN], "was run twice"),
        ([*ONE[:3], "stopping daemon 5", "1.5 killing worker 8", *AGAIN], "was run twice"),
        ([*ONE[:2], AGAIN[0], "killing worker 8", *AGAIN[1:]], "was run twice"),
        (["killing daemon 5", *ONE[:2], *AGAIN], "was run twice"),
        ([*ONCE[:2], "killing worker 8", *ONCE[2:]], "must not run twice"),
        ([*ONE[:3], "outcome plain-1 worker_died"], "nobody was killed"),
        ([*ONE[:3], "outcome plain-1 stream_restarted"], "had not been killed"),
        ([*ONE[:3], "outcome plain-1 unreachable"], "had not reached"),
        ([*ONE[:3], "outcome plain-1 wrong"], "wrong"),
        ([*ONE[:3], "outcome plain-1 chunks_lost"], "chunks_lost"),
    ],
)
def test_what_may_not_be_is_a_fault(lines, fault):
    assert any(fault in told for told in Account(timed(lines)).faults)
