"""A tiny daemon that is true to sluice-protocol(7), for tests: first in, first out, no policy.

It runs on a thread of its own and keeps everything it heard in ``seen``. Tests wait with
``until``, which wakes at every message, so none of them sleeps and hopes.
"""

import asyncio
import collections
import concurrent.futures
import os
import socket
import struct
import threading
import uuid

from fake_lessor import Lending
from fake_store import Keeping, Kept

from sluice import _memory
from sluice import _codec as codec
from sluice import _messages as m
from sluice._wire import NONE32, FrameDecoder, InDescriptor, Outbox, WireError


class Peer:
    """The daemon's side of one connection, sans-IO."""

    def __init__(self, role, longest_body=64 << 20):
        self.role = role
        self.decoder = FrameDecoder()
        self.decoder.is_opening = True
        self.outbox = Outbox()
        self.hello = None
        self.longest_body = longest_body

    def receive(self, data, descriptors=()):
        self.decoder.receive(data, descriptors)
        for frame in self.decoder:
            cls = m.BY_KIND.get(frame.kind)
            is_hello = cls is m.Hello
            allowed = cls is not None and cls.FROM != m.DAEMON and cls.ON in ("both", self.role)
            if not allowed or is_hello != (self.hello is None):
                raise WireError(f"kind 0x{frame.kind:02x} is not allowed now")
            message = codec.decode(frame)
            if is_hello:
                if message.lowest > m.VERSION:
                    raise WireError("lowest version: none in common", "version")
                self.hello = message
                self.decoder.is_opening = False
            yield message


class Request:
    def __init__(self, number, peer, submit):
        self.number, self.peer, self.submit = number, peer, submit
        self.grant = None
        self.attempt = 0
        self.backlog = []


class Grant:
    def __init__(self, number, peer, requests):
        self.id, self.peer, self.requests = number, peer, requests
        self.open = set(range(len(requests)))
        self.started = False


class FakeDaemon(Keeping, Lending):
    """Listens in ``directory``. Everything private to the daemon happens on its thread."""

    def __init__(self, directory, batch_size=4, longest_body=64 << 20):
        self.directory = str(directory)
        self.batch_size = batch_size
        self.longest_body = longest_body
        self.instance = uuid.uuid4().bytes
        self.seen = []
        self.refusals = {}
        self.paused = False
        self.holding_acks = False
        self.held_acks = []
        self.deaths = []
        self._changed = threading.Condition()
        self._grants = {}
        self._requests = {}
        self._queue = collections.deque()
        self._peers = {}
        self._functions = {}
        self._awaited = set()
        self._remembers = True
        self._numbers = iter(range(9000, 1 << 30))
        self._listeners = []
        self._open_store()
        self._open_lessor()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.listen()

    # For tests

    def call(self, function, *args):
        """Runs something on the daemon's thread and waits for it."""
        done = concurrent.futures.Future()

        def run():
            try:
                done.set_result(function(*args))
            except BaseException as error:
                done.set_exception(error)

        self._loop.call_soon_threadsafe(run)
        return done.result(20)

    def until(self, condition, timeout=20):
        """Waits until ``condition()`` holds; looks whenever anything happened."""
        with self._changed:
            assert self._changed.wait_for(condition, timeout), f"never came; seen {self.seen[-20:]}"

    def count(self, cls):
        return sum(isinstance(message, cls) for message in list(self.seen))

    def pause(self):
        self.call(setattr, self, "paused", True)

    def resume(self):
        def run():
            self.paused = False
            self._dispatch()

        self.call(run)

    def steer_streams(self, order):
        """Sends ``m.Pause`` or ``m.Resume`` for every item under way, and waits until it is read."""
        before = self.count(m.Pong)

        def run():
            for grant in self._grants.values():
                for index in sorted(grant.open):
                    self._send(grant.peer, order(grant.id, index))
                self._send(grant.peer, m.Ping(77))

        self.call(run)
        self.until(lambda: self.count(m.Pong) > before)

    def release_acks(self):
        def run():
            self.holding_acks = False
            for peer, ack in self.held_acks:
                self._send(peer, ack)
            self.held_acks.clear()

        self.call(run)

    def restart(self, announced=True, remembers=True):
        """Forgets everything and closes every connection; the sockets stay, as with systemd.
        ``remembers``: takes back what the one before it had.
        """

        def run():
            self._remembers = remembers
            self._awaited = {r.number for r in self._requests.values()} if remembers else set()
            for peer in list(self._peers.values()):
                if announced:
                    self._send(peer, m.Restarting())
            self._grants, self._requests, self._functions = {}, {}, {}
            self._queue.clear()
            self._reopen_store()
            self.held_acks.clear()
            self.instance = uuid.uuid4().bytes
            for sock in list(self._peers):
                self._close(sock)

        self.call(run)

    def send_to_workers(self, message):
        self.call(
            lambda: [self._send(p, message) for p in self._peers.values() if p.role == "worker"]
        )

    def send_to_clients(self, message):
        self.call(
            lambda: [self._send(p, message) for p in self._peers.values() if p.role == "client"]
        )

    def send_raw(self, data):
        self.call(lambda: [sock.send(data) for sock in self._peers])

    def unlisten(self):
        """Closes and removes the listening sockets."""

        def run():
            for sock in self._listeners:
                self._loop.remove_reader(sock)
                os.unlink(sock.getsockname())
                sock.close()
            self._listeners = []

        self.call(run)

    def listen(self):
        def run():
            for role in ("client", "worker"):
                sock = socket.socket(socket.AF_UNIX)
                sock.bind(os.path.join(self.directory, f"{role}.sock"))
                sock.listen()
                sock.setblocking(False)
                self._listeners.append(sock)
                self._loop.add_reader(sock, self._accept, sock, role)

        self.call(run)

    def stop(self):
        self.unlisten()
        self.call(lambda: [self._close(sock) for sock in list(self._peers)])
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    # Sockets

    def _accept(self, listener, role):
        sock, _ = listener.accept()
        sock.setblocking(False)
        self._peers[sock] = Peer(role, self.longest_body)
        self._peers[sock].sock = sock
        self._peers[sock].slots = 0
        self._loop.add_reader(sock, self._readable, sock)

    def _readable(self, sock):
        peer = self._peers.get(sock)
        if peer is None:
            return
        try:
            data, descriptors, _, _ = socket.recv_fds(sock, 1 << 16, 16)
        except BlockingIOError:
            return
        except OSError:
            data, descriptors = b"", []
        with self._changed:
            if not data:
                self._gone(peer)
            else:
                try:
                    for message in peer.receive(data, descriptors):
                        self._heard(peer, message)
                except WireError as error:
                    self.seen.append(error)
                    self._send(peer, m.Error(code=error.code, message=str(error)))
                    self._gone(peer)
            self._changed.notify_all()

    def _send(self, peer, message):
        codec.encode(message, peer.outbox)
        self._flush(peer)

    def _flush(self, peer):
        if peer.sock not in self._peers:
            return
        try:
            while peer.outbox:
                buffers, descriptors = peer.outbox.head()
                peer.outbox.advance(socket.send_fds(peer.sock, buffers, list(descriptors)))
            self._loop.remove_writer(peer.sock)
        except BlockingIOError:
            self._loop.add_writer(peer.sock, self._flush, peer)
        except OSError:
            pass

    def _close(self, sock):
        self._loop.remove_reader(sock)
        self._loop.remove_writer(sock)
        del self._peers[sock]
        sock.close()

    def _gone(self, peer):
        if peer.sock in self._peers:
            self._close(peer.sock)
        if peer.role == "client":
            self._leave(peer)
            for request in [r for r in self._requests.values() if r.peer is peer]:
                self._cancel(request, tell=False)
            return
        self._functions = {f: p for f, p in self._functions.items() if p is not peer}
        for grant in [g for g in self._grants.values() if g.peer is peer]:
            del self._grants[grant.id]
            if grant.open:
                self.deaths.append(grant.id)
            for index in sorted(grant.open, reverse=True):
                request = grant.requests[index]
                if request is None or request.number not in self._requests:
                    continue
                if grant.started:
                    self._end(request, m.Outcome(outcome=2, code="worker_died", attempts=1))
                else:
                    self._queue.appendleft(request)
        self._dispatch()

    # Messages

    def _heard(self, peer, message):
        self.seen.append(message)
        payload = getattr(message, "payload", None)
        if isinstance(payload, InDescriptor):
            # Kept and passed on as it is, like the real one: the bytes are never looked at.
            payload.owner = _memory.MemoryFile(payload.descriptor)
        handler = getattr(self, "_on_" + type(message).__name__.lower(), None)
        if handler is not None:
            handler(peer, message)

    def _on_hello(self, peer, hello):
        welcome = m.Welcome(
            instance=self.instance,
            features=(m.DETACHED | m.LEAVING if self.keeps_detached else 0) | self.lends,
            longest_body=self.longest_body,
            live_requests=1000,
        )
        self._send(peer, welcome)

    def _on_ping(self, peer, ping):
        self._send(peer, m.Pong(ping.id))

    def _on_submit(self, peer, submit):
        refusal = self.refusals.get(submit.function)
        if refusal is not None:
            self._send(peer, m.Outcome(submit.id, **refusal))
            return
        if submit.attributes.get("detached"):
            self._keep(peer, submit)
            return
        for request in self._requests.values():
            if request.peer is peer and request.submit.id == submit.id:
                self._admitted(request)
                return
        ticket = submit.attributes.get("ticket")
        is_known = ticket and self._remembers
        number = struct.unpack("<Q", ticket)[0] if is_known else next(self._numbers)
        holder = self._requests.get(number)
        if holder is not None and holder.peer is None:
            request = holder
            request.peer, request.submit = peer, submit
            self._loop.call_soon(self._catch_up, request)
        else:
            request = Request(number, peer, submit)
            self._requests[number] = request
            self._queue.append(request)
        self._awaited.discard(number)
        self._admitted(request)
        self._dispatch()
        if submit.wants_status and request in self._queue:
            rank = self._queue.index(request)
            self._send(peer, m.Status(submit.id, rank, len(self._queue), 1500000, 2500000, 0))

    def _admitted(self, request):
        ticket = struct.pack("<Q", request.number)
        self._send(request.peer, m.Admitted(request.submit.id, request.number, ticket))

    def _on_cancel(self, peer, cancel):
        for request in list(self._requests.values()):
            if isinstance(request, Kept):
                mine = (peer, cancel.id) in request.listeners
            else:
                mine = request.peer is peer and request.submit.id == cancel.id
            if mine:
                self._cancel(request)

    def _cancel(self, request, tell=True):
        if request in self._queue:
            self._queue.remove(request)
        elif request.grant is not None:
            index = request.grant.requests.index(request)
            whole = len(request.grant.requests) == 1
            self._send(request.grant.peer, m.Revoke(request.grant.id, NONE32 if whole else index))
        if tell:
            self._end(request, m.Outcome(outcome=3, code="cancelled_by_client"))
        else:
            self._requests.pop(request.number, None)

    def _end(self, request, outcome):
        if request.peer is not None or isinstance(request, Kept):
            self._requests.pop(request.number, None)
        self._tell(request, outcome)

    def _tell(self, request, message):
        """To the client; kept for one that has not come back yet after a restart."""
        if isinstance(request, Kept):
            self._tell_all(request, message)
            return
        if request.peer is None:
            request.backlog.append(message)
            return
        message.id = request.submit.id
        self._send(request.peer, message)

    def _catch_up(self, request):
        for message in request.backlog:
            handler = self._end if isinstance(message, m.Outcome) else self._tell
            handler(request, message)

    def _on_declare(self, peer, declare):
        self._functions[declare.function] = peer
        queue = declare.attributes.get("concurrency_id", declare.function)
        values = {"warning": "limits differ"} if declare.function == "warned" else {}
        self._send(peer, m.Declared(function=declare.function, queue=queue, attributes=values))

    def _on_ready(self, peer, ready):
        peer.slots = ready.slots
        self._dispatch()

    def _on_holding(self, peer, holding):
        requests = []
        for number, attempt in holding.requests:
            if number not in self._awaited and number not in self._requests:
                requests.append(None)
                continue
            request = self._requests.get(number) or Request(number, None, None)
            if request in self._queue:
                self._queue.remove(request)
            self._awaited.discard(number)
            self._requests[number] = request
            request.attempt = attempt
            requests.append(request)
        grant = Grant(holding.id, peer, requests)
        self._grants[holding.id] = grant
        for request in requests:
            if request is not None:
                request.grant = grant

    def _dispatch(self):
        if self.paused or self._awaited:
            return
        for request in list(self._queue):
            if request not in self._queue:
                continue
            peer = self._functions.get(request.submit.function)
            if peer is None or self._busy(peer) >= peer.slots:
                continue
            self._grant(peer, request.submit.function)

    def _busy(self, peer):
        return sum(g.peer is peer and bool(g.open) for g in self._grants.values())

    def _batch(self, function):
        for message in reversed(self.seen):
            if isinstance(message, m.Declare) and message.function == function:
                return self.batch_size if message.attributes.get("batch") else 1
        return 1

    def _grant(self, peer, function):
        same = [r for r in self._queue if r.submit.function == function]
        limit = min([getattr(r, "company", 4096) for r in same] + [self._batch(function)])
        requests = same[:limit]
        grant = Grant(next(self._numbers), peer, requests)
        self._grants[grant.id] = grant
        said = self._said_of_devices(function)
        self._send(peer, m.Grant(grant.id, len(requests), function, said))
        for index, request in enumerate(requests):
            self._queue.remove(request)
            request.grant = grant
            request.attempt += 1
            values = {k: v for k, v in request.submit.attributes.items() if k == "content_type"}
            payload = request.submit.payload
            item = m.Item(grant.id, index, request.attempt, request.number, values, payload)
            self._send(peer, item)

    def _of(self, message):
        grant = self._grants.get(message.id)
        if grant is None or message.item >= len(grant.requests):
            return None
        request = grant.requests[message.item]
        return request if request is not None and request.number in self._requests else None

    def _on_itemstarted(self, peer, started):
        grant = self._grants.get(started.id)
        if grant is None:
            return
        grant.started = True
        for request in grant.requests:
            if request is not None and request.number in self._requests:
                self._tell(request, m.Started(attempt=request.attempt))

    def _on_itemprogress(self, peer, p):
        r = self._of(p)
        if r is not None:
            self._tell(r, m.Progress(0, p.done, p.total, p.unit, p.description))

    def _on_itemlog(self, peer, line):
        r = self._of(line)
        if r is not None:
            self._tell(r, m.Log(0, line.level, line.message))

    def _on_itemchunk(self, peer, c):
        r = self._of(c)
        if r is not None:
            self._tell(r, m.Chunk(0, c.sequence, c.attributes, c.payload))

    def _on_result(self, peer, result):
        outcome = m.Outcome(
            outcome=1, code="ok", attempts=1, attributes=result.attributes, payload=result.payload
        )
        self._answered(peer, result, outcome)

    def _on_failed(self, peer, failed):
        outcome = m.Outcome(
            outcome=2,
            code="function_error",
            attempts=1,
            message=failed.message,
            attributes=failed.attributes,
            payload=failed.payload,
        )
        self._answered(peer, failed, outcome)

    def _answered(self, peer, answer, outcome):
        request = self._of(answer)
        if request is not None:
            self._end(request, outcome)
        grant = self._grants.get(answer.id)
        if grant is not None:
            grant.open.discard(answer.item)
        self._ack(peer, m.Ack(answer.id, answer.item))
        self._dispatch()

    def _on_outofmemory(self, peer, oom):
        grant = self._grants[oom.id]
        left = [grant.requests[i] for i in sorted(grant.open)]
        grant.open.clear()
        for request in reversed(left):
            if len(grant.requests) == 1:
                code = m.Outcome(outcome=2, code="out_of_memory", attempts=1, message=oom.message)
                self._end(request, code)
            elif request.number in self._requests:
                request.company = max(len(grant.requests) // 2, 1)
                self._queue.appendleft(request)
        self._ack(peer, m.Ack(oom.id, NONE32))
        self._dispatch()

    def _ack(self, peer, ack):
        if self.holding_acks:
            self.held_acks.append((peer, ack))
        else:
            self._send(peer, ack)
