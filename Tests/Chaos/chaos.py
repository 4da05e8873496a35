"""Kills clients, workers and the daemon at random, and counts what became of every request.

    python3 chaos.py --seconds 60 [--seed 1] [--clients 8] [--workers 6]

Real processes, a real daemon, and a ledger outside of them all. At the end, when nothing is killed
any more, every request of a client that lives has exactly one outcome; what was run twice was run
by a worker that was killed over it, or the daemon was killed (not: stopped) in between.
"""

import argparse
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
PYTHON = HERE.parents[1] / "python"
sys.path[:0] = [str(HERE), str(PYTHON / "tests"), str(PYTHON / "src")]

from ledger import Account, Ledger  # isort: skip
from real_daemon import RealDaemon  # isort: skip

CLIENTS = ("blocking", "asyncio", "streaming")
CONFIGURATION = "\n".join(
    ['[daemon]\nreclaim_window = "2s"']
    + [f'[function.{n}]\nmax_worker_deaths = "none"' for n in ("plain", "once", "batch", "stream")]
)
# Between two strokes of the hand, in seconds.
PAUSES = (0.1, 0.5)
# What the hand does, and how often.
STROKES = {"worker": 6, "client": 3, "kill": 2, "stop": 2}
# For all outcomes, once nothing is killed any more.
PATIENCE = 40.0


class Chaos:
    def __init__(self, directory, seed, clients, workers):
        self.directory, self.chance = str(directory), random.Random(seed)
        self.path = os.path.join(self.directory, "ledger")
        self.ledger = Ledger(self.path)
        self.peers = []
        self.daemon = RealDaemon(directory, CONFIGURATION)
        try:
            for number in range(workers):
                self._start("worker")
            for number in range(clients):
                self._start(CLIENTS[number % len(CLIENTS)])
        except BaseException:
            self.close()
            raise

    def _start(self, role):
        seed = str(self.chance.randrange(1 << 30))
        with open(os.path.join(self.directory, "peers.log"), "ab") as log:
            peer = subprocess.Popen(
                [sys.executable, str(HERE / "peers.py"), role, self.directory, self.path, seed],
                stdout=log,
                stderr=log,
            )
        peer.role = role
        self.peers.append(peer)

    def run(self, seconds):
        """The hand's work; then whoever lives finishes, and the ledger is read."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            time.sleep(self.chance.uniform(*PAUSES))
            self._strike()
        for peer in self.peers:
            if peer.role != "worker":
                peer.send_signal(signal.SIGTERM)
        until = time.monotonic() + PATIENCE
        clients = [peer for peer in self.peers if peer.role != "worker"]
        late = [peer for peer in clients if not _is_gone(peer, until)]
        with open(self.path) as lines:
            account = Account(lines)
        account.faults += [f"the {peer.role} client {peer.pid} has not ended" for peer in late]
        account.faults += [
            f"the {peer.role} client {peer.pid} ended with {peer.returncode}"
            for peer in clients
            # Asked to leave before it had begun, it leaves so.
            if peer.returncode not in (None, 0, -signal.SIGTERM)
        ]
        return account

    def _strike(self):
        what = self.chance.choices(list(STROKES), list(STROKES.values()))[0]
        if what in ("kill", "stop"):
            number = signal.SIGKILL if what == "kill" else signal.SIGTERM
            word = "killing" if what == "kill" else "stopping"
            if what == "stop":
                self.daemon.wait_until_it_answers()
            self.ledger.write(word, "daemon", self.daemon.process.pid)
            self.daemon.restart(number)
            return
        victims = [peer for peer in self.peers if (peer.role == "worker") == (what == "worker")]
        victim = self.chance.choice(victims)
        # Written before, and not after: whatever comes of it comes behind it.
        self.ledger.write("killing", what, victim.pid)
        victim.kill()
        victim.wait()
        self.peers.remove(victim)
        self._start(victim.role)

    def close(self):
        for peer in self.peers:
            if peer.poll() is None:
                peer.kill()
            peer.wait()
        self.daemon.close()


def _is_gone(peer, until):
    try:
        peer.wait(max(until - time.monotonic(), 0.01))
    except subprocess.TimeoutExpired:
        return False
    return True


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--workers", type=int, default=6)
    parser.add_argument("--keep", help="a folder for ledger and logs")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sluice-chaos-") as temporary:
        directory = options.keep or temporary
        os.makedirs(directory, exist_ok=True)
        chaos = Chaos(directory, options.seed, options.clients, options.workers)
        try:
            account = chaos.run(options.seconds)
        finally:
            chaos.close()
    print(account)
    for fault in account.faults[:50]:
        print(fault)
    return 1 if account.faults else 0


if __name__ == "__main__":
    sys.exit(main())
