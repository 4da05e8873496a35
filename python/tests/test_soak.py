"""What Tests/Chaos/gauges.py tells of a run, and a moment of the load of Tests/Chaos/soak.py."""

import asyncio
import mmap
import os

import pytest
from gauges import AT_REST, MIB, Course, held_by
from real_daemon import RealDaemon, is_built
from soak import Soak, configuration

SECONDS = 3
REST = dict.fromkeys(AT_REST, 0)
FLAT = {"daemon anonymous": 10 * MIB, "daemon descriptors": 20, "state bytes": 8 * MIB}


def course(late=(), after=()):
    """Of ten samples: the last, and what is left behind it, are what is said."""
    return Course(REST, [FLAT] * 9 + [{**FLAT, **dict(late)}], {**REST, **dict(after)})


def test_what_stays_as_it_was_is_no_fault_nor_is_a_little_more():
    assert course().faults == []
    assert course({"daemon anonymous": 11.4 * MIB, "daemon descriptors": 24}).faults == []


@pytest.mark.parametrize(
    "late, after, fault",
    [
        ({"daemon anonymous": 11.6 * MIB}, {}, "daemon anonymous went from 10.0 MiB to 11.6 MiB"),
        ({"daemon descriptors": 25}, {}, "daemon descriptors went from 20 to 25 between"),
        ({"state bytes": 10 * MIB}, {}, "state bytes went from 8.0 MiB to 10.0 MiB"),
        ({}, {"clients": 1}, "clients: at rest there are 1, not 0"),
        ({}, {"daemon descriptors": 3}, "daemon descriptors: at rest there are 3, not 0"),
    ],
)
def test_what_grows_or_is_left_is_a_fault(late, after, fault):
    (told,) = course(late, after).faults
    assert told.startswith(fault)


def test_a_run_too_short_to_tell_is_refused():
    with pytest.raises(ValueError, match="9 samples"):
        Course(REST, [FLAT] * 9, REST)


def test_what_a_process_holds_is_what_it_holds():
    before = held_by("we", os.getpid())
    # Not from the heap, which may have as much to spare.
    private = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
    kept = [os.open("/", os.O_RDONLY) for _ in range(5)], mmap.mmap(-1, 4 * MIB, flags=private)
    kept[1].write(os.urandom(4 * MIB))
    after = held_by("we", os.getpid())
    for descriptor in kept[0]:
        os.close(descriptor)
    assert after["we descriptors"] - before["we descriptors"] == 5
    assert after["we anonymous"] - before["we anonymous"] >= 3 * MIB


@pytest.mark.skipif(not is_built(), reason="swift build --product sluiced")
def test_a_moment_of_every_kind_of_load_has_no_fault_and_leaves_nothing(tmp_path):
    daemon = RealDaemon(tmp_path, configuration(3))
    try:
        soak = Soak(daemon, SECONDS)
        found = asyncio.run(soak.run())
    finally:
        daemon.close()
    assert not soak.load.faults and soak.load.done["detached"], soak.load.faults
    # Memory says nothing in so short a time; what is left at rest does.
    assert [fault for fault in found.faults if "at rest" in fault] == []
    assert "2nd tenth" in str(found)
