"""A gate that tells when something begins to wait at it, so that no test has to guess."""

import threading

import sluice._run
from sluice._gate import Gate


def watch(monkeypatch):
    """What is acquired each time a generator is held."""
    held = threading.Semaphore(0)

    class WatchedGate(Gate):
        def _joins(self, wake):
            is_closed = super()._joins(wake)
            if is_closed:
                held.release()
            return is_closed

    monkeypatch.setattr(sluice._run, "Gate", WatchedGate)
    return held
