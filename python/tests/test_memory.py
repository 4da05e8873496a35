"""Memory files are sealed, though the kernel may hold a page of theirs for a moment."""

import errno
import fcntl
import os

import pytest

from sluice import _memory


def busy(times, monkeypatch):
    """Has sealing refused so many times."""
    seal, asked = fcntl.fcntl, []

    def refuse(descriptor, command, *rest):
        if command == _memory._F_ADD_SEALS:
            asked.append(descriptor)
            if len(asked) <= times:
                raise OSError(errno.EBUSY, "Device or resource busy")
        return seal(descriptor, command, *rest)

    monkeypatch.setattr(_memory.fcntl, "fcntl", refuse)
    return asked


def test_a_file_of_which_the_kernel_holds_a_page_is_sealed_when_it_lets_go(monkeypatch):
    asked = busy(2, monkeypatch)
    payload = _memory.sealed([b"abc", b"def"])
    assert len(asked) == 3
    assert os.pread(payload.descriptor, 100, 0) == b"abcdef"


def test_one_that_stays_busy_is_an_error_and_not_a_wait_for_ever(monkeypatch):
    asked = busy(1000, monkeypatch)
    with pytest.raises(OSError) as failure:
        _memory.sealed([b"abc"])
    assert failure.value.errno == errno.EBUSY
    assert len(asked) == _memory._TRIES
