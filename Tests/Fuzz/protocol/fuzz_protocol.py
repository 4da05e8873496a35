"""Speaks correct and then wrong sequences to a real sluiced, and looks at what it does.

    python3 fuzz_protocol.py --program sluiced [--seconds 60] [--seed 1] [--episodes N]

An episode is a few clients and workers that talk over each other; its number is its seed, so that
it can be played again by itself. Whatever they do: the daemon lives, answers on its control
socket, serves a witness that keeps the rules, tells each offender what it did, lets go of every
descriptor and does not grow.
"""

import argparse
import contextlib
import pathlib
import random
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT / "python/src"), str(pathlib.Path(__file__).parent)]

import callers  # isort: skip
import talks  # isort: skip
import wrongs  # isort: skip
from subject import PATIENCE, Finding, Subject, eventually  # isort: skip

import sluice  # isort: skip
from sluice import _codec as codec  # isort: skip
from sluice import _messages as m  # isort: skip

# The allocator keeps what bursts have needed; what adds up does so over more episodes than these.
WARM_UP = 60
GROWTH = 24 << 20


class Witness:
    """A client and a worker that keep the rules, and get what they are promised."""

    def __init__(self, subject):
        self.worker = sluice.Worker(subject.directory, slots=2)

        @self.worker.function("witness")
        def witness(text):
            return text[::-1]

        self.worker.start()
        self.client = sluice.Client(subject.directory)
        self.count = 0

    def check(self):
        self.count += 1
        text = f"witness {self.count} " + "x" * (self.count % 7 * 1000)
        try:
            answer = self.client.submit("witness", text).result(timeout=PATIENCE)
        except Exception as error:
            raise Finding(f"the witness: {error!r}") from error
        if answer != text[::-1]:
            raise Finding(f"the witness hears {answer[:100]!r}")

    def close(self):
        self.client.close()
        self.worker.close()


class Fuzzer:
    def __init__(self, program, directory):
        self.subject = Subject(program, directory)
        try:
            self.witness = Witness(self.subject)
            self.witness.check()
        except BaseException:
            self.subject.kill()
            raise
        self.baseline = self.subject.descriptors()
        self.wrongs = {}
        self.episodes = 0
        self.warm = 0

    def close(self):
        self.witness.close()
        self.subject.stop()

    def play(self, seed):
        """One episode; raises a Finding that names it."""
        try:
            self._play(random.Random(seed))
        except Finding as finding:
            raise Finding(f"episode {seed}: {finding}") from None

    def play_each_wrong(self):
        """Every offence once, by a client and by a worker."""
        chance = random.Random(0)
        for wrong, is_open in [(wrong, True) for wrong in wrongs.ALL] + [
            (wrong, False) for wrong in wrongs.BEFORE_HELLO
        ]:
            for cls in (talks.Client, talks.Worker):
                peer = cls(self.subject, chance)
                try:
                    if is_open:
                        peer.hello()
                    self._offend(peer, chance, [wrong])
                    peer.finish()
                except Finding as finding:
                    raise Finding(f"{wrong.__name__}: {finding}") from None
                finally:
                    if not peer.is_closed:
                        peer.hang_up()
        self._look()

    def _play(self, chance):
        peers = []
        try:
            for _ in range(chance.randrange(1, 6)):
                cls = chance.choice((talks.Client, talks.Worker))
                peers.append(self._open(cls(self.subject, chance), chance))
            for _ in range(chance.randrange(5, 60)):
                self._step(chance.choice(peers), chance)
                for peer in peers:
                    peer.pump()
            if chance.random() < 0.2:
                self.witness.check()
            if chance.random() < 0.3:
                callers.converse(self.subject, chance)
            if chance.random() < 0.02:
                flooder = talks.Client(self.subject, chance)
                peers.append(flooder)
                flooder.hello()
                self._flood(flooder)
            for peer in peers:
                if chance.random() < 0.25:
                    peer.hang_up()  # in the middle of whatever it was at
            for peer in peers:
                if not peer.is_closed:
                    peer.finish()
        finally:
            for peer in peers:
                if not peer.is_closed:
                    peer.hang_up()
        self._look()

    def _open(self, peer, chance):
        if chance.random() < 0.1:
            self._offend(peer, chance, wrongs.BEFORE_HELLO)
            return peer
        peer.hello()
        if peer.ROLE == "worker":
            # Also before WELCOME came, as the page allows.
            peer.declare()
            peer.ready()
        return peer

    def _offend(self, peer, chance, choices):
        wrong = chance.choice(choices)
        self.wrongs[wrong.__name__] = self.wrongs.get(wrong.__name__, 0) + 1
        peer.earn(wrong(peer, chance), wrong.__name__)

    def _step(self, peer, chance):
        if peer.is_closed:
            return
        # One that has offended goes on with what is allowed: nobody may listen then.
        if peer.earned is None and chance.random() < 0.03:
            self._offend(peer, chance, wrongs.ALL)
        else:
            peer.act()

    def _flood(self, peer):
        """Says more than it ever reads the answers of, and goes."""
        peer.settle()
        peer.socket.setblocking(False)
        piece = b"".join(codec.encoded(m.Ping(number)) for number in range(4000))
        with contextlib.suppress(BlockingIOError):
            for _ in range(100):
                peer.socket.send(piece)
        self.witness.check()
        peer.hang_up()

    def _look(self):
        """What has to hold between episodes."""
        subject = self.subject
        subject.check_alive()
        start = time.monotonic()
        subject.call("Status")
        if time.monotonic() - start > PATIENCE:
            raise Finding("the control socket takes its time")
        self.witness.check()

        def is_settled():
            now = subject.descriptors()
            return now == self.baseline or f"{now} are open, and before {self.baseline}"

        eventually("descriptors are let go of", is_settled)
        self.episodes += 1
        if self.episodes == WARM_UP:
            self.warm = subject.resident()
        elif self.episodes > WARM_UP and subject.resident() > self.warm + GROWTH:
            raise Finding(f"it grew from {self.warm} to {subject.resident()} bytes")


def main(words=None):
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--program", default=str(ROOT / ".build/debug/sluiced"))
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1, help="of the first episode")
    parser.add_argument("--episodes", type=int, default=1 << 62)
    options = parser.parse_args(words)
    end = time.monotonic() + options.seconds
    with tempfile.TemporaryDirectory(prefix="sluice-fuzz-") as directory:
        fuzzer = Fuzzer(options.program, directory)
        try:
            fuzzer.play_each_wrong()
            for seed in range(options.seed, options.seed + options.episodes):
                if time.monotonic() > end:
                    break
                fuzzer.play(seed)
            fuzzer.close()
        except Finding as finding:
            print(f"finding: {finding}", file=sys.stderr)
            return 1
        finally:
            fuzzer.subject.kill()
        resident = fuzzer.warm and f", {fuzzer.warm >> 10} KiB when warm"
        print(f"{fuzzer.episodes} episodes, offences: {dict(sorted(fuzzer.wrongs.items()))}")
        print(f"the witness was served {fuzzer.witness.count} times{resident}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
