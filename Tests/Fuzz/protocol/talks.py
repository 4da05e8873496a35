"""What clients and workers say when they keep the rules, in any order that the rules allow."""

from peer import Peer, memfd
from subject import Finding

from sluice import _messages as m
from sluice._wire import NONE32, InDescriptor
from sluice import _codec as codec

FUNCTIONS = ("fuzz-a", "fuzz-b", "nobody-has-this", "witness")
HOUR = 3_600_000_000


def payload(random):
    """Bytes, and how they travel: None, or a memfd."""
    size = random.choice((0, 1, 10, 1000, 70_000))
    content = random.randbytes(size)
    return content, memfd(content) if random.random() < 0.2 and size else None


def said(message, content, number):
    """The bytes of a message with its payload in the frame, or in a descriptor."""
    message.payload = content if number is None else InDescriptor(len(content), number)
    return codec.encoded(message)


class Client(Peer):
    ROLE = "client"

    def __init__(self, subject, random):
        super().__init__(subject, random)
        self.live = {}
        self.gone = set()
        self.submitted = set()
        self.tickets = [b"", b"invented", bytes(41), bytes(64)]
        # Numbers to fetch: mostly its own requests, detached or not.
        self.requests = [0, 1, 2, 77, (1 << 64) - 1]

    def act(self):
        """Says one thing that is allowed."""
        self.random.choice(
            (self.submit,) * 3
            + (self.again, self.cancel, self.watch, self.fetch, self.fetch, self.leave, self.ping)
        )()

    def submit(self):
        random = self.random
        number = random.choice((random.randrange(8), random.getrandbits(64)))
        attributes = {}
        for name, value in (
            ("queue_timeout", random.choice((1, 1000, HOUR, 10**15))),
            ("exec_timeout", random.choice((1, 1000, HOUR))),
            ("deadline", random.choice((1, 20_000, HOUR))),
            ("max_wait", random.choice((0, 1, HOUR))),
            ("ticket", random.choice(self.tickets)),
            ("caller", "somebody"),
            ("detached", 1),
            ("content_type", "application/json"),
        ):
            if random.random() < 0.15:
                attributes[name] = value
        if "detached" in attributes:
            # What outlives its client ends by itself, or the next episode would find it.
            attributes["deadline"] = random.choice((1, 20_000))
        # Nothing of theirs may take the witness's worker from it for long.
        function = random.choice(FUNCTIONS[:3])
        message = m.Submit(number, function, attributes, wants_status=random.random() < 0.3)
        content, descriptor = payload(random)
        self.put(said(message, content, descriptor), [] if descriptor is None else [descriptor])
        if number not in self.live:
            self.live[number] = "submitted"
        self.submitted.add(number)

    def again(self):
        if self.live:
            number = self.random.choice(list(self.live))
            self.say(m.Submit(number, self.random.choice(FUNCTIONS[:3])))

    def fetch(self):
        random = self.random
        number = random.choice((random.randrange(8), random.getrandbits(64)))
        attributes = {}
        if random.random() < 0.5:
            attributes["attempt"] = random.choice((1, 2, NONE32))
            attributes["chunks"] = random.choice((1, 3, (1 << 64) - 1))
        self.say(m.Fetch(number, random.choice(self.requests), attributes))
        self.live.setdefault(number, "fetched")
        self.submitted.add(number)

    def cancel(self):
        self.say(m.Cancel(self.random.choice((*self.submitted, 99, 1 << 63))))

    def leave(self):
        self.say(m.Leave(self.random.choice((*self.submitted, 97))))

    def watch(self):
        on = self.random.randrange(2)
        self.say(m.Watch(self.random.choice((*self.submitted, 98)), on))

    def ping(self):
        self.say(m.Ping(self.random.getrandbits(64)))

    def hear(self, message):
        if message.id not in self.submitted:
            raise Finding(f"nobody submitted {message}")
        if isinstance(message, m.Admitted):
            self.tickets.append(message.ticket)
            self.requests.append(message.request)
        if isinstance(message, m.Outcome):
            # A repetition that crossed the outcome was admitted as a new request of that number.
            self.live.pop(message.id, None)

    def settle(self):
        """After CANCEL everything that is live gets its outcome."""
        super().settle()
        for number in list(self.live):
            self.say(m.Cancel(number))
        self.wait("has all its outcomes", lambda: not self.live)
        # Those of repetitions that became requests.
        self.say(*(m.Cancel(number) for number in self.submitted))
        super().settle()


class Worker(Peer):
    ROLE = "worker"

    def __init__(self, subject, random):
        super().__init__(subject, random)
        self.slots = 0
        self.declared = []
        self.grants = {}
        self.ended = set()
        self.expecting = None

    def act(self):
        self.random.choice(
            (self.declare, self.ready, self.ready)
            + (self.answer,) * 6
            + (self.report, self.late, self.holding, self.ping)
        )()

    def declare(self):
        random = self.random
        attributes = {}
        for name, value in (
            ("concurrency_id", random.choice(("fuzz-a", "fuzz-queue"))),
            ("concurrency_limit", random.choice((1, 2, NONE32))),
            ("max_batch_size", random.choice((1, 8, 4096))),
            ("max_batch_delay", random.choice((0, 1000))),
            ("retry", random.randrange(2)),
            ("cancel_grace", 50_000),
            ("max_attempts", random.choice((1, 3))),
            ("description", "what \u00e9ver"),
        ):
            if random.random() < 0.2:
                attributes[name] = value
        function = random.choice(FUNCTIONS[:2])
        self.declared.append(function)
        self.say(m.Declare(function=function, attributes=attributes))

    def ready(self):
        self.slots = self.random.choice((0, 1, 2, 5))
        self.say(m.Ready(slots=self.slots))

    def _open(self):
        """Some item that is not answered yet, as (grant, index)."""
        items = [(grant, item) for grant, items in self.grants.items() for item in items]
        return self.random.choice(items) if items else None

    def answer(self):
        chosen = self._open()
        if chosen is None:
            return
        grant, item = chosen
        random = self.random
        kind = random.randrange(8)
        if kind == 0:
            self.say(m.ItemStarted(grant, random.choice((item, NONE32))))
            return
        if kind == 1:
            self.say(m.OutOfMemory(grant, "too much"))
            self.grants.pop(grant)
            return
        content, descriptor = payload(random)
        if kind == 2:
            message = m.Failed(grant, item, random.choice((1, 2)), "it did not work")
        else:
            message = m.Result(grant, item)
        self.put(said(message, content, descriptor), [] if descriptor is None else [descriptor])
        self.grants[grant].discard(item)
        if not self.grants[grant]:
            self.grants.pop(grant)

    def report(self):
        grant, item = self._open() or (self.random.getrandbits(64), 0)
        self._report(grant, item)

    def _report(self, grant, item):
        kind = self.random.randrange(3)
        if kind == 0:
            self.say(m.ItemProgress(grant, item, 3, 10, "steps", "getting there"))
        elif kind == 1:
            self.say(m.ItemLog(grant, item, self.random.randrange(3, 8), "\u00fcber"))
        else:
            content, descriptor = payload(self.random)
            message = m.ItemChunk(grant, item, self.random.randrange(5))
            self.put(said(message, content, descriptor), [] if descriptor is None else [descriptor])

    def late(self):
        """About what is over, never was, or is somebody else's: on its way, so no offence."""
        random = self.random
        grant = random.choice((*self.ended, 0, random.getrandbits(64), random.randrange(1 << 20)))
        if grant in self.grants:
            return
        item = random.choice((0, 1, 4095))
        kind = random.randrange(5)
        if kind == 0:
            self.say(m.ItemStarted(grant, random.choice((item, NONE32))))
        elif kind == 1:
            self.say(m.Result(grant, item, payload=b"late"))
        elif kind == 2:
            self.say(m.Failed(grant, item, 2, "late"))
        elif kind == 3:
            self.say(m.OutOfMemory(grant, "late"))
        else:
            self._report(grant, item)

    def holding(self):
        random = self.random
        requests = [(random.getrandbits(64), 1) for _ in range(random.choice((1, 3)))]
        self.say(m.Holding(random.getrandbits(64), random.randbytes(16), "echo", requests))

    def ping(self):
        self.say(m.Ping(self.random.getrandbits(64)))

    def hear(self, message):
        if self.expecting is not None:
            grant, index, count = self.expecting
            if not isinstance(message, m.Item) or (message.id, message.index) != (grant, index):
                raise Finding(f"{message} where item {index} of {count} is due")
            self.expecting = None if index + 1 == count else (grant, index + 1, count)
        elif isinstance(message, m.Grant):
            if message.function not in self.declared:
                raise Finding(f"{message} of a function that was not declared")
            if message.id in self.grants or message.id in self.ended:
                raise Finding(f"{message}: the id comes twice")
            self.grants[message.id] = set(range(message.count))
            self.ended.add(message.id)
            self.expecting = (message.id, 0, message.count)
        elif isinstance(message, m.Declared):
            if message.function not in self.declared:
                raise Finding(f"{message} was not asked for")
        elif not isinstance(message, (m.Revoke, m.Ack, m.Drain)):
            raise Finding(f"unexpected: {message}")

    def settle(self):
        super().settle()
        if self.expecting is not None:
            raise Finding(f"items are missing: {self.expecting}")
