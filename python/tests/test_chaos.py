"""A short run of Tests/Chaos on a real daemon; and what the ledger would tell of worse ones."""

import contextlib

import pytest
from chaos import CONFIGURATION, Chaos
from ledger import Account, left_behind
from real_daemon import RealDaemon, is_built

SECONDS = 6


@pytest.mark.skipif(not is_built(), reason="swift build --product sluiced")
def test_whoever_is_killed_nothing_is_lost_and_nothing_runs_twice(tmp_path):
    daemon = RealDaemon(tmp_path, CONFIGURATION)
    try:
        with contextlib.closing(Chaos(tmp_path, daemon, 3, clients=5, workers=3)) as chaos:
            account = chaos.run(SECONDS)
    finally:
        daemon.close()
    assert account.faults == []
    # How much comes of it is the machine's affair; that something did shows that it was tried.
    assert account.codes["ok"] and account.hand and account.detached["admitted"], str(account)


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


KEPT = "plain-client3.7-1"
KEPT_ONE = [line.replace("plain-1", KEPT) for line in ONE]
KEPT_AGAIN = [line.replace("plain-1", KEPT) for line in AGAIN]
ADMITTED = f"admitted {KEPT} 12"
KILLED_DAEMON = "killing daemon 5"
CALLED_OFF, CANCELLED = f"cancelling {KEPT} 1", f"outcome {KEPT} cancelled_by_client"
ONCE = [line.replace("plain", "once") for line in (*ONE[:2], *AGAIN)]


@pytest.mark.parametrize(
    "lines, excuse",
    [
        (ONE, {}),
        ([ASKED, "killing client 1"], {}),
        ([*ONE[:2], "killing worker 8", *AGAIN], {"run again: its worker was killed": 1}),
        ([*ONE[:3], "killing daemon 5", *AGAIN], RUN_AGAIN_AFTER_CRASH),
        # Killed a moment before it began, as the hand has it; a moment after its end; and with an
        # answer for a daemon that was away.
        (
            [ASKED, "killing worker 8", f"0.05 {ONE[1]}", *AGAIN],
            {"run again: its worker was killed": 1},
        ),
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
        # Heard of more than once; and of a client that never knew whether it was stored.
        ([*KEPT_ONE[:1], ADMITTED, *KEPT_ONE[1:], ADMITTED, KEPT_ONE[3]], {}),
        ([*KEPT_ONE[:3], "killing client 1"], {}),
        ([KEPT_ONE[0], ADMITTED, CALLED_OFF, CANCELLED, CANCELLED], {}),
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
        ([ASKED, "killing worker 8", ONE[1], *AGAIN], "was run twice"),
        ([*ONCE[:2], "killing worker 8", *ONCE[2:]], "must not run twice"),
        ([*ONE[:3], "outcome plain-1 worker_died"], "nobody was killed"),
        ([*ONE[:3], "outcome plain-1 stream_restarted"], "had not been killed"),
        ([*ONE[:3], "outcome plain-1 unreachable"], "had not reached"),
        ([*ONE[:3], "outcome plain-1 wrong"], "wrong"),
        ([*ONE[:3], "outcome plain-1 chunks_lost"], "chunks_lost"),
        ([*KEPT_ONE[:1], ADMITTED, *KEPT_ONE[1:3], "killing client 1"], "is lost"),
        ([*KEPT_ONE, f"outcome {KEPT} worker_died"], "two outcomes"),
        ([*KEPT_ONE, f"outcome {KEPT} unknown_request"], "unknown_request"),
        ([*KEPT_ONE, ADMITTED, f"admitted {KEPT} 13"], "was stored twice, as 12 and 13"),
        ([*KEPT_ONE[:2], "killing daemon 5", *KEPT_AGAIN], "was run twice"),
        ([*KEPT_ONE[:2], ADMITTED, CANCELLED], "nobody called it off"),
        ([KEPT_ONE[0], CALLED_OFF, CANCELLED, KEPT_ONE[1]], "was run after its outcome"),
        ([*KEPT_ONE, CALLED_OFF, CANCELLED], "two outcomes"),
        ([*KEPT_ONE[:3], KILLED_DAEMON, f"outcome {KEPT} stream_restarted"], "stream_restarted"),
    ],
)
def test_what_may_not_be_is_a_fault(lines, fault):
    assert any(fault in told for told in Account(timed(lines)).faults)


def test_an_heir_fetches_what_was_stored_and_not_heard_of_in_its_place(tmp_path):
    told = [
        ADMITTED,
        "admitted plain-client3.8-1 13",
        "outcome plain-client3.8-1 ok",
        "admitted plain-client33.9-1 14",
        "outcome plain-1 ok",
    ]
    (tmp_path / "ledger").write_text("".join(f"1.0 {line}\n" for line in told))
    assert left_behind(tmp_path / "ledger", "client3") == [(KEPT, 12)]
