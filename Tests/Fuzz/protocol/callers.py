"""Calls of the control socket, right, wrong and no calls at all."""

import json
import socket

from subject import PATIENCE, Finding

SEEING = (
    "Status",
    "ListQueues",
    "ListFunctions",
    "DescribeFunctions",
    "GetMetrics",
    "ListWorkers",
    "ListDevices",
    "ListRequests",
)
WRONG = (
    ("Explode", {}, "MethodNotFound"),
    ("Explain", {}, "InvalidParameter"),
    ("Explain", {"id": "x"}, "InvalidParameter"),
    ("GetRequest", {"id": -1}, "InvalidParameter"),
    ("GetRequest", {"id": 1 << 63}, "UnknownRequest"),
    ("Monitor", {}, "ExpectedMore"),
    ("Drain", {"target": {}}, "InvalidParameter"),
    ("Drain", {"target": {"queue": "a", "worker": 1}}, "InvalidParameter"),
    ("Set", {"target": {"daemon": True}, "values": {"max_running": -1}}, "ValueOutOfRange"),
    ("Set", {"target": {"daemon": True}, "values": {"max_running": 1e300}}, "ValueOutOfRange"),
    ("Set", {"target": {"daemon": True}, "values": {"nothing": 1}}, "NotAKey"),
    ("Pause", {"target": {"queue": "nowhere"}}, "UnknownQueue"),
    ("Forget", {"function": "\u202e\u0000"}, "UnknownFunction"),
    ("ListDevices", {"device": "nowhere"}, "UnknownDevice"),
    ("Cordon", {"device": "nowhere", "reason": "x"}, "UnknownDevice"),
    ("Cordon", {"device": "gpu0", "reason": "a\nb"}, "ValueOutOfRange"),
    ("Uncordon", {"device": "\u0000"}, "UnknownDevice"),
    ("StartWorker", {}, "InvalidParameter"),
    ("StartWorker", {"name": "../etc"}, "ValueOutOfRange"),
    ("StopWorker", {"name": "a@b\\x2d"}, "ValueOutOfRange"),
    ("StopWorker", {"name": "x" * 201}, "ValueOutOfRange"),
)
# Whoever says such a thing is told once, and closed.
NO_CALLS = (b"hello", b"", b"[]", b"{}", b"\xff\xfe", b"[" * 5000, b'{"method": 7}', b"null")


def converse(subject, random):
    """One connection: several calls at once, perhaps garbage behind them, and all answers."""
    said, due = b"", []
    for _ in range(random.randrange(1, 12)):
        if random.random() < 0.6:
            name, parameters, error = random.choice(SEEING), {}, None
        else:
            name, parameters, error = random.choice(WRONG)
        call = {"method": f"io.sluice.Control.{name}", "parameters": parameters}
        said += json.dumps(call).encode() + b"\0"
        due.append(error)
    ends = random.random() < 0.4
    if ends:
        said += random.choice(NO_CALLS) + b"\0"
        due.append("InvalidParameter")
    replies = _exchange(subject, said, len(due), ends)
    for error, reply in zip(due, replies):
        got = reply.get("error")
        if (got or "None").rsplit(".", 1)[-1] != (error or "None"):
            raise Finding(f"{reply} where {error} is due, for {said!r}")


def _exchange(subject, said, count, ends):
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(PATIENCE)
        heard = b""
        try:
            connection.connect(subject.socket("control"))
            connection.sendall(said)
            while ends or heard.count(b"\0") < count:
                more = connection.recv(1 << 16)
                if not more:
                    break
                heard += more
        except OSError as error:
            raise Finding(f"after {heard!r} to {said!r}: {error}") from None
    replies = [json.loads(part) for part in heard.split(b"\0")[:-1]]
    if len(replies) != count:
        raise Finding(f"{len(replies)} answers, not {count}, to {said!r}")
    return replies
