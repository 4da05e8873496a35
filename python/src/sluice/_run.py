"""One batch on its way through a function.

A ``Run`` is made on the worker's loop and executed on a thread (plain functions) or as a task
(``async def``). What it finds it posts to the loop, where the grants machine lives.

::

    begin --> decode arguments --> call --> results --> answer each --> end
                   |                |          |
                   |  (an item whose arguments do not fit fails alone)
                   +---- stop() closes a generator at its next yield and cancels a task;
                         gate holds a generator before its next chunk
"""

from __future__ import annotations

import asyncio
import json
import logging
import threading
import time
import traceback
from typing import Any, Callable, Dict, List, Optional, Tuple, cast

from . import _envelope
from ._context import current
from ._functions import Bound, Function, columns, failure_text, is_out_of_memory, rows
from ._gate import Gate
from ._grants import Answer, Grants, HeldGrant
from ._job import payload_of
from ._link import Link, Mailbox
from ._messages import Failed, ItemLog, ItemProgress, Result
from ._wire import Buffer
from .errors import EnvelopeError, FunctionError

logger = logging.getLogger("sluice")

_PROGRESS_INTERVAL = 0.05
_CHUNKS_UNDER_WAY = 16

Row = Tuple[int, Bound]


class Run:
    """A granted batch. ``grants`` is only touched through ``post``, that is, on the loop."""

    def __init__(
        self,
        grant: HeldGrant,
        function: Function,
        grants: Grants,
        mailbox: Mailbox,
        loop: asyncio.AbstractEventLoop,
        link: Link,
        descriptors: bool,
        devices: Tuple[str, ...] = (),
    ) -> None:
        """``devices``: the worker's own, for a grant that names none."""
        self.grant = grant
        self._own_devices = devices
        self._function = function
        self._grants = grants
        self._mailbox = mailbox
        self._loop = loop
        self._link = link
        self._descriptors = descriptors
        self._answer_types: Dict[int, str] = {}
        # Whether it was stopped before it began is decided once, whichever thread comes first.
        self._turn = threading.Lock()
        self._begun = False
        self._stopped = False
        self._news: Optional[Tuple[int, int, str, str]] = None
        self._news_due = False
        self._news_sent = 0.0
        # Chunks under way to the socket; a generator that is faster than the socket waits here.
        self._room = threading.Semaphore(_CHUNKS_UNDER_WAY)
        # Closed while the caller has more to read than it does.
        self.gate = Gate()
        self.task: Optional[asyncio.Task[None]] = None

    # On the loop

    def stop(self) -> None:
        """Nobody waits for any of it any more."""
        with self._turn:
            self._stopped = True
            begun = self._begun
        self._room.release()
        self.gate.open()
        if not begun:
            self._on_loop(self._answer_revoked)
        elif self.task is not None:
            self.task.get_loop().call_soon_threadsafe(self.task.cancel)

    def _answer_revoked(self) -> None:
        for index in self.grant.open_items():
            self._grants.revoked(self.grant, index)

    def _on_loop(self, call: Callable[..., None], *args: Any) -> None:
        call(*args)
        self._link.flush_soon()

    def _post(self, call: Callable[..., None], *args: Any) -> None:
        self._mailbox.post(self._on_loop, call, *args)

    # Call: what the function may say about itself

    @property
    def is_stopped(self) -> bool:
        return self._stopped

    @property
    def devices(self) -> Tuple[str, ...]:
        return self.grant.devices or self._own_devices

    def report(self, done: int, total: int, unit: str, description: str) -> None:
        self._news = (done, total, unit, description)
        if not self._news_due:
            self._news_due = True
            self._mailbox.post(self._news_later)

    def write_log(self, level: int, message: str) -> None:
        for index in range(self.grant.count):
            line = ItemLog(self.grant.id, index, level, message)
            self._post(self._grants.tell, self.grant, line)

    def _news_later(self) -> None:
        """Coalesces: the newest report goes out, at most one in so many seconds."""
        wait = self._news_sent + _PROGRESS_INTERVAL - time.monotonic()
        if wait <= 0:
            self._on_loop(self._send_news)
        else:
            self._loop.call_later(wait, self._on_loop, self._send_news)

    def _send_news(self) -> None:
        self._news_due = False
        news, self._news = self._news, None
        if news is None:
            return
        self._news_sent = time.monotonic()
        for index in self.grant.open_items():
            self._grants.tell(self.grant, ItemProgress(self.grant.id, index, *news))

    # On a thread or as a task

    def execute(self, ended: Callable[[Run], None]) -> None:
        """Runs a plain function, from the first argument to the last answer; then calls ``ended``
        on the loop.
        """
        answers: List[Answer] = []
        if self._begin():
            current.set(self)
            try:
                answers = self._execute(self._rows())
            except BaseException as error:  # noqa: B036 - it must not end the worker's thread
                self._fail_open(error)
            finally:
                current.set(None)
        self._post(self._end, answers, ended)

    async def execute_async(self) -> None:
        """Runs an ``async def`` function or generator."""
        if not self._begin():
            return
        current.set(self)
        answers: List[Answer] = []
        try:
            answers = await self._execute_async(self._rows())
        except asyncio.CancelledError:
            self._post(self._answer_revoked if self._stopped else self._answer_dropped)
        except BaseException as error:  # noqa: B036 - as above
            self._fail_open(error)
        finally:
            self._post(self._end, answers)

    def _begin(self) -> bool:
        with self._turn:
            self._begun = not self._stopped
            return self._begun

    def _execute(self, bound: List[Row]) -> List[Answer]:
        if not bound:
            return []
        call = self._function.call
        if self._function.batch:
            args, kwargs = columns(self._function, [b for _, b in bound])
            return self._answers(bound, call(*args, **kwargs))
        ((index, (args, kwargs)),) = bound
        if not self._function.is_generator:
            return [self._answer(index, call(*args, **kwargs))]
        last: Any = None
        generator = call(*args, **kwargs)
        try:
            for last in generator:
                self._room.acquire()
                if self._stopped:
                    break
                self._chunk(index, last, self._room.release)
                self.gate.wait()
                if self._stopped:
                    break
        finally:
            generator.close()
        return [self._answer(index, last)]

    async def _execute_async(self, bound: List[Row]) -> List[Answer]:
        if not bound:
            return []
        call = self._function.call
        if self._function.batch:
            args, kwargs = columns(self._function, [b for _, b in bound])
            return self._answers(bound, await call(*args, **kwargs))
        ((index, (args, kwargs)),) = bound
        if not self._function.is_generator:
            return [self._answer(index, await call(*args, **kwargs))]
        last: Any = None
        generator = call(*args, **kwargs)
        try:
            loop, room = asyncio.get_running_loop(), asyncio.Semaphore(_CHUNKS_UNDER_WAY)
            async for last in generator:
                await room.acquire()
                if self._stopped:
                    break
                self._chunk(index, last, lambda: loop.call_soon_threadsafe(room.release))
                await self.gate.wait_async()
                if self._stopped:
                    break
        finally:
            await generator.aclose()
        return [self._answer(index, last)]

    def _rows(self) -> List[Row]:
        """The items whose arguments fit; the others fail alone."""
        bound: List[Row] = []
        for index, item in enumerate(self.grant.items):
            request = item.request
            kind = cast(str, request.attributes.get("content_type", _envelope.BYTES))
            try:
                arguments = _envelope.decode_arguments(kind, cast(Buffer, request.payload))
                self._answer_types[index] = arguments.answer_type
                bound.append((index, self._function.bind(arguments)))
            except Exception as error:
                self._post(self._grants.answer, self.grant, self._failure(index, error))
            # The mapping or body lives as long as an argument is a view of it, and no longer.
            request.payload = b""
        return bound

    def _answers(self, bound: List[Row], returned: Any) -> List[Answer]:
        try:
            results = rows(self._function, returned, len(bound))
        except FunctionError as error:
            logger.error("%s", error)
            results = [error] * len(bound)
        full: Optional[BaseException] = None
        answers: List[Answer] = []
        for (index, _), result in zip(bound, results):
            if not isinstance(result, BaseException):
                answers.append(self._answer(index, result))
            elif is_out_of_memory(result):
                full = result
            else:
                answers.append(self._failure(index, result))
        if full is None:
            return answers
        # It answers for all that have no answer: these have one first.
        self._post(self._answered, answers)
        self._post(self._grants.out_of_memory, self.grant, failure_text(full))
        return []

    def _parcel(self, index: int, value: Any) -> _envelope.Parcel:
        kind = self._answer_types.get(index, _envelope.ENVELOPE)
        return _envelope.encode_value(value, kind, f"the result of {self._function.name}")

    def _answer(self, index: int, value: Any) -> Answer:
        try:
            parcel = self._parcel(index, value)
        except EnvelopeError as error:
            logger.error("%s", error)
            return self._failure(index, error)
        payload = payload_of(parcel, self._descriptors)
        attributes: Dict[str, Any] = {"content_type": parcel.content_type}
        return Result(self.grant.id, index, attributes, payload)

    def _chunk(self, index: int, value: Any, written: Callable[[], object]) -> None:
        parcel = self._parcel(index, value)
        payload = payload_of(parcel, self._descriptors)
        self._post(self._grants.chunk, self.grant, index, parcel.content_type, payload)
        self._mailbox.post(self._link.when_drained, written)

    def _failure(self, index: int, error: BaseException) -> Answer:
        if not isinstance(error, (FunctionError, EnvelopeError)):
            trace = "".join(traceback.format_exception(type(error), error, error.__traceback__))
            logger.error("%s raised\n%s", self._function.name, trace.rstrip())
        text = failure_text(error)
        told = {"type": type(error).__name__, "message": text[:4096]}
        payload = json.dumps(told).encode("utf-8")
        attributes: Dict[str, Any] = {"content_type": _envelope.JSON}
        return Failed(self.grant.id, index, Failed.RAISED, text, attributes, payload)

    def _fail_open(self, error: BaseException) -> None:
        """The function raised: every item that has no answer shares what it said."""
        if self._stopped:
            self._post(self._answer_revoked)
        elif is_out_of_memory(error):
            logger.warning("%s ran out of memory: %s", self._function.name, error)
            self._post(self._grants.out_of_memory, self.grant, failure_text(error))
        else:
            failures = [self._failure(index, error) for index in range(self.grant.count)]
            self._post(self._answered, failures)

    def _answered(self, answers: List[Answer]) -> None:
        for answer in answers:
            self._grants.answer(self.grant, answer)

    def _answer_dropped(self) -> None:
        for index in self.grant.open_items():
            text = f"{self._function.name}: the worker's event loop cancelled it"
            self._grants.answer(self.grant, Failed(self.grant.id, index, message=text))

    def _end(self, answers: List[Answer], ended: Optional[Callable[[Run], None]] = None) -> None:
        self._answered(answers)
        # A last report that still waits for its turn would come after the answer.
        self._news = None
        if ended is not None:
            ended(self)
