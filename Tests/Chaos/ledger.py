"""The ledger: a file that all processes append to, so that none of them has to be trusted.

A line is one write to a file in append mode: it is there whole, whenever its writer is killed, and
the order of lines is that in which things happened. Each begins with the time, in seconds.

::

    asked UID PID        a client is about to submit            killing WHAT PID   by the hand
    began UID PID        a function was called, in a worker     stopping WHAT PID  asked to leave
    ended UID PID        and is about to return
    outcome UID CODE     a client has an outcome
    admitted UID NUMBER  a client knows that its detached request is stored, as what
    cancelling UID PID   and is about to call it off

What is between two processes is on no line. An answer takes a moment from the function to the
daemon, and longer where that is away; a daemon that is killed may have granted what a worker begins
a moment later. Whoever is killed within these moments took it along.

A detached request says so in the middle of its UID: FUNCTION-PLACE.PID-COUNT, where PLACE is what
the heir of its client has of it. It may be heard of more than once, and always the same. Its client
may have been killed before it knew whether it was stored: of such a one nothing is promised.
"""

import collections
import os
import time

ANSWERING = 0.1
# From the end of a daemon until workers and clients are with the next.
RETURNING = 1.0


class Ledger:
    def __init__(self, path):
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        self._file = os.open(path, flags, 0o600)

    def write(self, *words):
        line = f"{time.monotonic():.6f} {' '.join(map(str, words))}\n"
        assert os.write(self._file, line.encode()) == len(line)


def is_detached(uid):
    return "." in uid


def admitted(path):
    """The detached requests that anybody knows to be stored: their numbers by their UIDs."""
    with open(path) as lines:
        told = [line.split()[1:] for line in lines]
    return {uid: int(number) for kind, uid, number in told if kind == "admitted"}


def left_behind(path, place):
    """Those of a place that nobody has heard the outcome of."""
    with open(path) as lines:
        heard = {line.split()[2] for line in lines if " outcome " in line}
    of_place = f"-{place}."
    return [
        (uid, number)
        for uid, number in admitted(path).items()
        if of_place in uid and uid not in heard
    ]


class Request:
    def __init__(self):
        self.asker = None
        self.numbers = set()
        self.is_called_off = False
        # Of each execution when it began and where; of each worker when it came to its end.
        self.began = []
        self.ended = {}
        self.outcomes = []
        self.over = float("inf")


class Account:
    """What the ledger says, request by request, and what of it may not be."""

    def __init__(self, lines):
        self.requests = collections.defaultdict(Request)
        self.killed = {}
        self.crashes = []
        self.departures = []
        self.hand = collections.Counter()
        for line in lines:
            time_, *words = line.split()
            self._read(float(time_), *words)
        self.faults = []
        self.excused = collections.Counter()
        self.codes = collections.Counter()
        self.detached = collections.Counter()
        for uid, request in self.requests.items():
            self._judge(uid, request)

    def _read(self, now, kind, what, who):
        request = self.requests[what] if kind not in ("killing", "stopping") else None
        if kind == "asked":
            request.asker = who
        elif kind == "admitted":
            request.numbers.add(who)
        elif kind == "cancelling":
            request.is_called_off = True
        elif kind == "began":
            request.began.append((now, who))
        elif kind == "ended":
            request.ended[who] = now
        elif kind == "outcome":
            request.outcomes.append(who)
            request.over = min(request.over, now)
        else:
            self.hand[f"{what}s {'killed' if kind == 'killing' else 'stopped'}"] += 1
            if kind == "killing":
                self.killed[who] = now
            if what == "daemon":
                self.departures.append(now)
                if kind == "killing":
                    self.crashes.append(now)

    def _judge(self, uid, request):
        if is_detached(uid):
            self._judge_detached(uid, request)
        self.codes.update(request.outcomes)
        if len(request.outcomes) > 1:
            self.faults.append(f"{uid} has two outcomes: {request.outcomes}")
        if request.asker is None:
            self.faults.append(f"{uid} was run, and nobody asked for it")
        if not request.outcomes and (request.numbers or request.asker not in self.killed):
            self.faults.append(f"{uid} is lost, after {len(request.began)} executions")
        if any(began > request.over + ANSWERING for began, _ in request.began):
            self.faults.append(f"{uid} was run after its outcome: {request.outcomes}")
        for code in request.outcomes:
            self._judge_outcome(uid, request, code)
        for before, after in zip(request.began, request.began[1:]):
            self._judge_again(uid, request, before, after)

    def _judge_detached(self, uid, request):
        self.detached["asked"] += 1
        self.detached["admitted"] += bool(request.numbers)
        self.detached["outcomes heard"] += len(request.outcomes)
        if not request.numbers and not request.outcomes:
            self.detached[f"of killed clients, {'run' if request.began else 'not run'}"] += 1
        if len(request.numbers) > 1:
            numbers = " and ".join(sorted(request.numbers))
            self.faults.append(f"{uid} was stored twice, as {numbers}")
        # One that is heard of again is no other.
        request.outcomes = list(dict.fromkeys(request.outcomes))

    def _judge_outcome(self, uid, request, code):
        first = request.began[0][0] - RETURNING if request.began else 0
        if code == "ok" and not request.ended:
            self.faults.append(f"{uid} completed, and no worker had come to its end")
        elif code == "unreachable" and request.began:
            self.faults.append(f"{uid} was run, for a client that had not reached the daemon")
        elif code == "worker_died":
            # Told that it had begun, a worker may be killed before it writes so.
            deaths = [who for _, who in request.began if who in self.killed] or not request.began
            if not deaths and not self._crashed_after(first):
                self.faults.append(f"{uid}: worker_died, and nobody was killed")
        elif code == "stream_restarted" and (is_detached(uid) or not self._crashed_after(first)):
            self.faults.append(f"{uid}: stream_restarted, and the daemon had not been killed")
        elif code == "cancelled_by_client" and not request.is_called_off:
            self.faults.append(f"{uid} was cancelled, and nobody called it off")
        elif code not in ("ok", "unreachable", "stream_restarted", "cancelled_by_client"):
            self.faults.append(f"{uid}: {code}")

    def _judge_again(self, uid, request, before, after):
        began, worker = before
        has_crashed = self._crashed_after(began - RETURNING, after[0])
        # The hand writes before it strikes: what began in between is cut off as well.
        due = min(after[0], self._handed_in(request, worker))
        if began - ANSWERING < self.killed.get(worker, -1) < due:
            reason = "its worker was killed"
        elif has_crashed and not is_detached(uid):
            # A detached one is in the store: the next daemon knows it, and waits for its worker.
            reason = "the daemon was killed"
        else:
            self.faults.append(f"{uid} was run twice, by {worker} and {after[1]}")
            return
        if uid.startswith("once") and not has_crashed:
            self.faults.append(f"{uid} must not run twice, and did after its worker was killed")
        self.excused[f"run again: {reason}"] += 1

    def _handed_in(self, request, worker):
        """When the daemon has the answer of a worker for certain."""
        if worker not in request.ended:
            return float("inf")
        due = request.ended[worker] + ANSWERING
        for departure in self.departures:
            if request.ended[worker] - ANSWERING < departure + RETURNING and departure < due:
                due = departure + RETURNING
        return due

    def _crashed_after(self, start, until=float("inf")):
        return any(start < crash < until for crash in self.crashes)

    def __str__(self):
        asked = sum(r.asker is not None for r in self.requests.values())
        left = sum(
            not r.outcomes and r.asker in self.killed and not is_detached(uid)
            for uid, r in self.requests.items()
        )
        rows = [("asked", asked), ("executions", sum(len(r.began) for r in self.requests.values()))]
        rows += sorted((f"outcome {code}", count) for code, count in self.codes.items())
        rows += [("left by killed clients", left), *sorted(self.excused.items())]
        rows += [(f"detached {what}", count) for what, count in sorted(self.detached.items())]
        rows += [*sorted(self.hand.items()), ("faults", len(self.faults))]
        return "\n".join(f"{name:32} {count:8}" for name, count in rows)
