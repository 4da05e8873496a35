"""What can go wrong, as exceptions under one base, ``SluiceError``.

::

    SluiceError
      ConnectionFailed      sluiced cannot be reached, or ended the connection
      ProtocolError         the daemon sent what sluice-protocol(7) forbids
      EnvelopeError         a value that cannot travel, or bytes that are no envelope
      RequestError          a request ended without a result; has .code .function .attempts
        Rejected            it was not admitted
          QueueFull Draining TooLarge OverQuota UnknownFunction NotPermitted WaitTooLong Unsupported
          StoreFull StoreFailed UnknownRequest
        Expired             queue_timeout, exec_timeout or deadline passed
        Cancelled           by the client, an operator, or because the client went away
        Failed              it ran, and failed
          FunctionError WorkerDied OutOfMemory ResultTooLarge StreamRestarted ChunksLost

A wait that is over before the request is, as in ``job.result(timeout=1)``, raises the builtin
``TimeoutError`` instead: the request lives on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Dict, Optional, Type

if TYPE_CHECKING:
    from ._messages import Outcome


class SluiceError(Exception):
    """The base of everything this package raises about the service."""


class ConnectionFailed(SluiceError, ConnectionError):
    """sluiced could not be reached, or ended the connection. The message says what to do."""


class ProtocolError(SluiceError):
    """The daemon sent what sluice-protocol(7) forbids: a bug in one of the two programs."""


class EnvelopeError(SluiceError, ValueError):
    """A value cannot travel between processes, or what arrived is not a well-formed envelope."""


class RequestError(SluiceError):
    """A request ended without a result.

    ``code`` is the outcome's code in sluice-protocol(7), ``function`` what was asked for,
    ``attempts`` how often it was begun.
    """

    code = ""
    function = ""
    attempts = 0


class Rejected(RequestError):
    """The request was not admitted. Nothing was run."""


class QueueFull(Rejected):
    """max_size or max_bytes is reached.

    ``depth`` requests wait there, ``limit`` is the bound, ``retry_after`` the seconds after which
    another try makes sense; each is None where the daemon did not say.
    """

    depth: Optional[int] = None
    limit: Optional[int] = None
    retry_after: Optional[float] = None


class Draining(Rejected):
    """The daemon, the queue or the function takes no more requests."""


class TooLarge(Rejected):
    """The arguments are larger than the daemon accepts."""


class OverQuota(Rejected):
    """This user or connection has too many live requests."""


class UnknownFunction(Rejected):
    """No worker ever declared a function of this name, and none is configured."""


class NotPermitted(Rejected):
    """The function is not for this user."""


class WaitTooLong(Rejected):
    """The predicted wait is over ``max_wait``. ``retry_after`` is in seconds, or None."""

    retry_after: Optional[float] = None


class Unsupported(Rejected):
    """An option asks for what this daemon cannot do."""


class StoreFull(Rejected):
    """What the daemon keeps of detached requests is at its bound, or its disk is full or too slow.

    When there is room again is not known: when results were discarded, or left it after
    ``result_ttl``.
    """


class StoreFailed(Rejected):
    """The daemon cannot keep detached requests; its log says why."""


class UnknownRequest(Rejected):
    """No detached request of this number is kept for this user: never, or not any more."""


class Expired(RequestError):
    """A deadline passed; ``code`` says which: queue_timeout, exec_timeout or deadline."""


class Cancelled(RequestError):
    """The request was cancelled; ``code`` says by whom."""


class Failed(RequestError):
    """The request ran and failed."""


class FunctionError(Failed):
    """The function raised. The message is what it said; ``kind`` names the exception's class.

    A function may raise FunctionError itself: its message then reaches the caller word for word.
    """

    kind = ""


class WorkerDied(Failed):
    """The worker's process died with the request, as often as ``max_attempts`` allows, or did
    not come back with it after a restart of the daemon."""


class OutOfMemory(Failed):
    """It did not fit on the device.

    A function raises it (or torch's own error, which is recognised) to get its batch again in
    halves; a caller gets it when the request did not fit alone.
    """


class ResultTooLarge(Failed):
    """The request was detached, and its result is larger than the daemon keeps."""


class StreamRestarted(Failed):
    """Partial results had come, and a restarted daemon can only run the request anew.

    It was cancelled. Who can begin anew asks with ``client.options(restartable=True)``, and gets
    the partial results from the first again instead.
    """


class ChunksLost(Failed):
    """Partial results are missing: more came while nobody listened than is kept.

    The request was cancelled, unless it is detached: that goes on, and can be fetched again.
    """


_BY_CODE: Dict[str, Type[RequestError]] = {
    "queue_full": QueueFull,
    "draining": Draining,
    "too_large": TooLarge,
    "over_quota": OverQuota,
    "unknown_function": UnknownFunction,
    "not_permitted": NotPermitted,
    "wait_too_long": WaitTooLong,
    "unsupported": Unsupported,
    "store_full": StoreFull,
    "store_failed": StoreFailed,
    "unknown_request": UnknownRequest,
    "function_error": FunctionError,
    "worker_died": WorkerDied,
    "out_of_memory": OutOfMemory,
    "result_too_large": ResultTooLarge,
    # Given by this package, not by the daemon.
    "stream_restarted": StreamRestarted,
    "chunks_lost": ChunksLost,
}
_BY_OUTCOME: Dict[int, Type[RequestError]] = {2: Failed, 3: Cancelled, 4: Expired, 5: Rejected}

_ADVICE: Dict[str, str] = {
    "queue_full": "its queue is full; try again later or raise max_size with `sluicectl set`",
    "draining": "it is draining and takes no more; `sluicectl resume` opens it again",
    "too_large": "its arguments are larger than the daemon accepts",
    "over_quota": "too many of your requests are live; wait for some to end",
    "unknown_function": "no worker declared it; `sluicectl workers` shows which functions exist",
    "not_permitted": "this user may not call it; the daemon's administrator grants functions",
    "wait_too_long": "the predicted wait is over max_wait",
    "unsupported": "an option asks for what this daemon cannot do",
    "store_full": "no room to keep it; try again later, or without detached",
    "store_failed": "the daemon cannot keep detached requests, and its log says why",
    "unknown_request": "the daemon does not keep it, or not for this user; submit it anew",
    "queue_timeout": "it waited longer than its queue_timeout",
    "exec_timeout": "it ran longer than its exec_timeout",
    "deadline": "its deadline passed",
    "cancelled_by_client": "it was cancelled",
    "cancelled_by_operator": "an operator cancelled it",
    "client_gone": "its client went away",
    "worker_died": "the worker's process died with it; the worker's journal may say why",
    "out_of_memory": "it did not fit in the device's memory, even alone",
    "result_too_large": "its result is larger than is kept; send it in chunks, or not detached",
}


def from_outcome(function: str, outcome: Outcome) -> RequestError:
    """The exception for an outcome but completed. Codes not known here go by their outcome."""
    cls = _BY_CODE.get(outcome.code) or _BY_OUTCOME.get(outcome.outcome, Failed)
    if outcome.code == "function_error":
        text = outcome.message or f"{function}: the function raised and said nothing"
    else:
        # The daemon knows more than the code: figures, names, what to do.
        text = f"{function}: {outcome.message or _ADVICE.get(outcome.code, outcome.code)}"
    error = cls(text)
    error.code, error.function, error.attempts = outcome.code, function, outcome.attempts
    values = outcome.attributes
    if isinstance(error, QueueFull):
        depth = values.get("depth")
        error.depth = depth if isinstance(depth, int) else None
        limit = values.get("limit")
        error.limit = limit if isinstance(limit, int) else None
    if isinstance(error, (QueueFull, WaitTooLong)):
        after = values.get("retry_after")
        error.retry_after = after / 1e6 if isinstance(after, int) else None
    return error
