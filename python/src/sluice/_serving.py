"""The worker's half on the loop, which both APIs share: what is granted is run, and answered."""

from __future__ import annotations

import asyncio
import logging
import os
import queue
import socket
import threading
import uuid
from typing import Callable, Dict, Optional, Union

from ._connection import Connection
from ._functions import Function
from ._grants import OF_DEVICES, DrainAsked, Granted, Grants, Paused, Resumed, Stop
from ._job import hello
from ._lease import Lease, NoDevices
from ._link import Link, Mailbox
from ._messages import DEVICES, PAUSING, Bound, Declared, Failed, Hello, Message
from ._place import Place
from ._run import Run
from ._wire import WireError
from .errors import ConnectionFailed, SluiceError

logger = logging.getLogger("sluice")
_OLDER = "This sluiced is of an older version, which does not know of devices"


class Threads:
    """Daemon threads, as many as run at once, up to ``most``; kept for the next call."""

    def __init__(self, most: int) -> None:
        self._calls: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._most = most
        self._idle = 0
        self._waiting = 0
        self._count = 0
        self._lock = threading.Lock()

    def run(self, call: Callable[[], None]) -> None:
        with self._lock:
            if self._idle:
                self._idle -= 1
            elif self._count < self._most:
                self._count += 1
                name = f"sluice-slot-{self._count}"
                threading.Thread(target=self._work, name=name, daemon=True).start()
            else:
                # A plain function that nobody waits for any more still has its thread.
                self._waiting += 1
        self._calls.put(call)

    def _work(self) -> None:
        while True:
            call = self._calls.get()
            call()
            del call
            with self._lock:
                if self._waiting:
                    self._waiting -= 1
                else:
                    self._idle += 1


class Core:
    """The worker's half on the loop: grants, runs, one link."""

    # Seconds for which a worker that is leaving waits for a daemon that is gone, to hand in what
    # it owes. One that restarts is back by then; for ever would outlive whoever waits for us.
    farewell = 30.0
    # Seconds after which the log says that devices are waited for.
    patience_with_others = 1.0

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        place: Place,
        functions: Dict[str, Function],
        slots: int,
        name: Optional[str],
        patience: Optional[float],
        descriptors: bool,
        coroutine_loop: Callable[[], asyncio.AbstractEventLoop],
        ended: Callable[[Optional[SluiceError]], None],
        lease: Optional[Lease] = None,
        bound: Callable[[], object] = lambda: None,
    ) -> None:
        """``bound`` is called when the devices of ``lease`` are ours."""
        self._loop = loop
        self._lease = lease
        self._bound = bound
        self._waiting_for_devices: Optional[asyncio.TimerHandle] = None
        self._connection: Optional[Connection] = None
        self._has_begun = False
        self._said_older = False
        self._functions = functions
        self._session = uuid.uuid4().bytes
        self._name = name
        self._descriptors = descriptors
        self._coroutine_loop = coroutine_loop
        self._ended = ended
        self._grants = Grants([], slots)
        self._runs: Dict[int, Run] = {}
        self._threads = Threads(slots)
        self._link = Link(loop, place, self, patience, descriptors)
        self.mailbox = Mailbox(loop, self._link)
        self._draining = False
        self._is_over = False
        # Functions that the daemon has not heard of yet, on this connection.
        self._undeclared = 0
        self._giving_up: Optional[asyncio.TimerHandle] = None

    def start(self) -> None:
        """Connects, and asks for devices; nothing is declared yet."""
        self._link.start()

    def begin(self) -> None:
        """Declares, and asks for work."""
        if self._is_over:
            return
        self._has_begun = True
        self._grants.declare([f.declaration() for f in self._functions.values()])
        if self._connection is not None:
            self._introduce(self._connection)
            self._written()
        else:
            self._link.start()

    def drain(self) -> None:
        """Takes no more, finishes, waits for acknowledgements, leaves."""
        if not self._draining:
            self._draining = True
            notify("STOPPING=1")
            self._grants.drain()
        self._written()
        self._leave_if_drained()

    @property
    def is_draining(self) -> bool:
        """Whether it was asked to leave."""
        return self._draining

    def close(self) -> None:
        """Leaves at once; the daemon learns it from the end of the connection."""
        self._over(None)

    # Owner of the link

    def hello(self) -> Hello:
        said = hello(self._session, self._name)
        said.features = PAUSING | DEVICES
        return said

    def opened(self, connection: Connection) -> None:
        if self._giving_up is not None:
            self._giving_up.cancel()
            self._giving_up = None
        self._connection = connection
        if self._lease is not None:
            try:
                self._lease.opened(connection)
            except NoDevices:
                self._over(ConnectionFailed(f"sluiced lends no devices: upgrade it. {_OLDER}"))
                return
            self._watch_lease(self._lease)
        if self._has_begun:
            self._introduce(connection)

    def _introduce(self, connection: Connection) -> None:
        assert connection.welcome is not None
        if not connection.welcome.features & DEVICES and not self._said_older:
            self._said_older = True
            for name, function in self._functions.items():
                if not OF_DEVICES.isdisjoint(function.attributes):
                    logger.warning("%s: what it says of devices is not heeded. %s", name, _OLDER)
        self._undeclared = len(self._functions)
        self._grants.opened(connection)

    def _watch_lease(self, lease: Lease) -> None:
        if not lease.devices and self._waiting_for_devices is None:
            self._waiting_for_devices = self._loop.call_later(
                self.patience_with_others, self._say_waiting, lease
            )

    def _say_waiting(self, lease: Lease) -> None:
        text = f"waiting for {lease.wish}"
        logger.warning("%s. `sluicectl devices` shows who has them", text)
        notify(f"STATUS={text}")

    def _take_bound(self, message: Bound) -> None:
        if self._lease is None:
            raise WireError("Bound: kind came without Bind")
        if not self._lease.take(message):
            return
        if self._waiting_for_devices is not None:
            self._waiting_for_devices.cancel()
        names = ", ".join(self._lease.devices)
        logger.info("bound to %s", names)
        notify(f"STATUS=bound to {names}")
        self._bound()

    def received(self, message: Message) -> None:
        if isinstance(message, Declared):
            warning = message.attributes.get("warning")
            if warning:
                logger.warning("%s: %s", message.function, warning)
            self._undeclared -= 1
            if self._undeclared == 0 and not self._draining:
                notify("READY=1")
        event = self._grants.take(message)
        if isinstance(message, Bound):
            self._take_bound(message)
        if isinstance(event, Granted):
            self._granted(event)
        elif isinstance(event, Stop) and event.grant.id in self._runs:
            self._runs[event.grant.id].stop()
        elif isinstance(event, (Paused, Resumed)):
            self._steer(event)
        elif isinstance(event, DrainAsked):
            self.drain()
        if self._draining:
            self._leave_if_drained()

    def lost(self) -> None:
        self._connection = None
        self._grants.lost()
        # Pauses end with the connection they came on: the next one says anew what is to wait.
        for run in self._runs.values():
            run.gate.open()
        self._leave_if_drained()

    def failed(self, error: SluiceError) -> None:
        self._over(error)

    def wants_connection(self) -> bool:
        return not self._is_over

    # Running

    def _granted(self, event: Granted) -> None:
        grant = event.grant
        function = self._functions.get(grant.function)
        if function is None:
            for index in range(grant.count):
                text = f"this worker does not serve {grant.function}"
                self._grants.answer(grant, Failed(grant.id, index, message=text))
            self._written()
            return
        run = Run(
            grant,
            function,
            self._grants,
            self.mailbox,
            self._loop,
            self._link,
            self._descriptors,
            self._lease.devices if self._lease is not None else (),
        )
        self._runs[grant.id] = run
        # STARTED is written before the function runs: should it take the process down, the daemon
        # knows.
        self._grants.started(grant)
        self._link.flush()
        if function.is_async:
            self._coroutine_loop().call_soon_threadsafe(self._spawn, run)
        else:
            self._threads.run(lambda: run.execute(self._finished))

    def _steer(self, event: Union[Paused, Resumed]) -> None:
        run = self._runs.get(event.grant.id)
        if run is None or run.grant is not event.grant:
            return
        if isinstance(event, Paused):
            run.gate.close()
        else:
            run.gate.open()

    def _spawn(self, run: Run) -> None:
        """On the loop of the coroutines."""
        run.task = asyncio.get_running_loop().create_task(run.execute_async())
        run.task.add_done_callback(lambda _: self.mailbox.post(self._finished, run))

    def _finished(self, run: Run) -> None:
        if self._runs.get(run.grant.id) is run:
            del self._runs[run.grant.id]

    def _written(self) -> None:
        self._link.flush_soon()

    def _leave_if_drained(self) -> None:
        # It serves nothing yet, or is not connected and owes nothing: there is nobody to take
        # leave of.
        owes = self._has_begun and (self._link.is_open or self._grants.held)
        idle = self._draining and not owes
        if not self._is_over and (self._grants.is_drained or idle):
            self._over(None)
        elif self._draining and not self._link.is_open and self._giving_up is None:
            self._giving_up = self._loop.call_later(self.farewell, self._give_up)

    def _give_up(self) -> None:
        logger.warning(
            "sluiced is gone for %g seconds: leaving with the answers of %d batches",
            self.farewell,
            self._grants.held,
        )
        self._over(None)

    def _over(self, error: Optional[SluiceError]) -> None:
        if not self._is_over:
            self._is_over = True
            for timer in (self._giving_up, self._waiting_for_devices):
                if timer is not None:
                    timer.cancel()
            self._link.close()
            self._ended(error)


def notify(state: str) -> None:
    """Tells systemd, where it started this process as a notifying service."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as peer:
        try:
            peer.sendto(state.encode(), "\0" + address[1:] if address[0] == "@" else address)
        except OSError as error:
            logger.warning("cannot notify systemd at %s: %s", address, error)
