"""Sluice: the queue in front of a machine's GPUs.

Workers declare functions and run what they are given; clients ask for functions by name and learn
their place, their time, and exactly one outcome::

    worker = sluice.Worker()

    @worker.function("caption", concurrency_id="gpu_queue", concurrency_limit=2, batch=True)
    def caption(images, styles):
        return [run(i, s) for i, s in zip(images, styles)]

    worker.run()

    client = sluice.Client()
    client.predict("caption", image, "short")

``sluice.aio`` has the same for asyncio. The service is sluiced(8); what a request goes through is
in sluice(7).
"""

from . import aio
from ._context import cancelled, devices, info, log, progress, warning
from ._file import File
from ._job import Eta, LogLine, ProgressReport, Status
from ._parts import Array
from ._tensors import Tensor
from .client import Client, Job, wait
from .errors import (
    Cancelled,
    ChunksLost,
    ConnectionFailed,
    Draining,
    EnvelopeError,
    Expired,
    Failed,
    FunctionError,
    NotPermitted,
    OutOfMemory,
    OverQuota,
    ProtocolError,
    QueueFull,
    Rejected,
    RequestError,
    ResultTooLarge,
    SluiceError,
    StoreFailed,
    StoreFull,
    StreamRestarted,
    TooLarge,
    UnknownFunction,
    UnknownRequest,
    Unsupported,
    WaitTooLong,
    WorkerDied,
)
from .worker import Worker

__version__ = "0.1.0"

__all__ = [
    "Array",
    "Cancelled",
    "ChunksLost",
    "Client",
    "ConnectionFailed",
    "Draining",
    "EnvelopeError",
    "Eta",
    "Expired",
    "Failed",
    "File",
    "FunctionError",
    "Job",
    "LogLine",
    "NotPermitted",
    "OutOfMemory",
    "OverQuota",
    "ProgressReport",
    "ProtocolError",
    "QueueFull",
    "Rejected",
    "RequestError",
    "ResultTooLarge",
    "SluiceError",
    "Status",
    "StoreFailed",
    "StoreFull",
    "StreamRestarted",
    "Tensor",
    "TooLarge",
    "UnknownFunction",
    "UnknownRequest",
    "Unsupported",
    "WaitTooLong",
    "Worker",
    "WorkerDied",
    "aio",
    "cancelled",
    "devices",
    "info",
    "log",
    "progress",
    "wait",
    "warning",
]
