"""Kills clients, workers and the daemon at random, and counts what became of every request.

    python3 chaos.py --seconds 60 [--seed 1] [--clients 8] [--workers 6]

Real processes, a real daemon, and a ledger outside of them all. At the end, when nothing is killed
any more, every request of a client that lives has exactly one outcome; what was run twice was run
by a worker that was killed over it, or the daemon was killed (not: stopped) in between.
"""

import argparse
import contextlib
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

import sluice  # isort: skip
from ledger import Account, Ledger, admitted  # isort: skip
from peers import followed, said  # isort: skip

CLIENTS = ("blocking", "asyncio", "streaming", "detached")
FUNCTIONS = ("plain", "once", "batch", "stream", "anew")
CONFIGURATION = "\n".join(
    ['[daemon]\nreclaim_window = "2s"']
    + [f'[function.{name}]\nmax_worker_deaths = "none"' for name in FUNCTIONS]
)
# Between two strokes of the hand, in seconds.
PAUSES = (0.1, 0.5)
# What the hand does, and how often; "all": a worker and a client die while no daemon is there.
STROKES = {"worker": 6, "client": 3, "kill": 2, "stop": 2, "all": 1}
# For all outcomes, once nothing is killed any more.
PATIENCE = 40.0


class Chaos:
    """``daemon`` has its sockets in ``directory``, and can be told to ``restart``, to ``end`` and
    to ``start``. ``identity`` gives, for a role, as whom a process of it is started; ``strokes``
    how often the hand does what.
    """

    def __init__(
        self,
        folder,
        daemon,
        seed,
        clients,
        workers,
        identity=lambda role: {},
        strokes=STROKES,
    ):
        self.daemon, self.folder, self.chance = daemon, str(folder), random.Random(seed)
        self.strokes = strokes
        self.path = os.path.join(self.folder, "ledger")
        self.ledger = Ledger(self.path)
        self.identity = identity
        self.peers = []
        try:
            for number in range(workers):
                self._start("worker", f"worker{number}")
            for number in range(clients):
                self._start(CLIENTS[number % len(CLIENTS)], f"client{number}")
        except BaseException:
            self.close()
            raise

    def _start(self, role, place):
        words = [role, self.daemon.directory, self.path, str(self.chance.randrange(1 << 30)), place]
        with open(os.path.join(self.folder, "peers.log"), "ab") as log:
            peer = subprocess.Popen(
                [sys.executable, "-B", str(HERE / "peers.py"), *words],
                stdout=log,
                stderr=log,
                **self.identity(role),
            )
        peer.role, peer.place = role, place
        self.peers.append(peer)

    def run(self, seconds):
        """The hand's work; then whoever lives finishes, and the ledger is read."""
        self._wait_until_all_goes()
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
        self._fetch_all(until)
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

    def _wait_until_all_goes(self):
        """A machine that is busy takes its time, and who has not begun cannot be cut off."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            said = pathlib.Path(self.path).read_text()
            if all(f" {word} " in said for word in ("began", "outcome", "admitted")):
                return
            time.sleep(PAUSES[0])

    def _fetch_all(self, until):
        """What everybody has heard, somebody who was never there is told, too."""
        with sluice.Client(self.daemon.directory) as client:
            kept = admitted(self.path)
            jobs = {uid: client.fetch(number) for uid, number in kept.items()}
            sluice.wait(list(jobs.values()), max(until - time.monotonic(), 1))
            for uid, job in jobs.items():
                result = followed(client, uid, kept[uid], job) if job.done() else "none"
                self.ledger.write("outcome", uid, said(uid, result))

    def _strike(self):
        what = self.chance.choices(list(self.strokes), list(self.strokes.values()))[0]
        if what in ("worker", "client"):
            self._kill(what)
        elif what == "stop":
            self.daemon.wait_until_it_answers()
            self.ledger.write("stopping", "daemon", self.daemon.pid)
            self.daemon.restart(signal.SIGTERM)
        elif what == "kill":
            self.ledger.write("killing", "daemon", self.daemon.pid)
            self.daemon.restart(signal.SIGKILL)
        else:
            self.ledger.write("killing", "daemon", self.daemon.pid)
            self.daemon.end(signal.SIGKILL)
            self._kill("worker")
            self._kill("client")
            self.daemon.start()

    def _kill(self, what):
        victims = [peer for peer in self.peers if (peer.role == "worker") == (what == "worker")]
        victim = self.chance.choice(victims)
        # Written before, and not after: whatever comes of it comes behind it.
        self.ledger.write("killing", what, victim.pid)
        victim.kill()
        victim.wait()
        self.peers.remove(victim)
        self._start(victim.role, victim.place)

    def close(self):
        for peer in self.peers:
            if peer.poll() is None:
                peer.kill()
            peer.wait()


def _is_gone(peer, until):
    try:
        peer.wait(max(until - time.monotonic(), 0.01))
    except subprocess.TimeoutExpired:
        return False
    return True


def main():
    # A machine that has the daemon installed has no need of this.
    from real_daemon import RealDaemon

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
        if os.listdir(directory):
            parser.error(f"{directory} has something in it: the ledger of another run, perhaps")
        daemon = RealDaemon(directory, CONFIGURATION)
        try:
            chaos = Chaos(directory, daemon, options.seed, options.clients, options.workers)
            with contextlib.closing(chaos):
                account = chaos.run(options.seconds)
        finally:
            daemon.close()
    print(account)
    for fault in account.faults[:50]:
        print(fault)
    return 1 if account.faults else 0


if __name__ == "__main__":
    sys.exit(main())
