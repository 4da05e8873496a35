"""The part of the fake daemon that keeps detached requests: it forgets none, over restarts, too."""

import dataclasses

from sluice import _messages as m
from sluice._wire import WireError


class Kept:
    """A detached request, and all that has to be told to who comes later."""

    def __init__(self, number, submit):
        self.number, self.submit = number, submit
        self.peer = self.grant = self.outcome = None
        # Which attempt is granted, and which began, with its chunks.
        self.attempt = self.began = 0
        self.chunks = []
        self.listeners = []


class Keeping:
    """What a FakeDaemon does with SUBMIT of a detached request, and with FETCH.

    ``keeps_detached``: whether WELCOME offers it, and LEAVE. ``stores``: whether what is submitted gets
    stored; ``store()`` stores what was not.
    """

    def _open_store(self):
        self.keeps_detached = True
        self.stores = True
        self.store_of = {}
        self._by_key = {}
        self._storing = []

    def _reopen_store(self):
        """After a restart: what has no outcome waits again; nobody listens any more."""
        self._storing.clear()
        for kept in self.store_of.values():
            kept.listeners.clear()
            kept.grant = None
            if kept.outcome is None:
                self._requests[kept.number] = kept
                self._queue.append(kept)

    def store(self):
        def run():
            self.stores = True
            storing, self._storing = self._storing, []
            for peer, submit in storing:
                self._keep(peer, submit)

        self.call(run)

    def drop_clients(self):
        """Ends every client's connection, and nothing else."""

        def run():
            for peer in [p for p in self._peers.values() if p.role == "client"]:
                self._gone(peer)

        self.call(run)

    def _keep(self, peer, submit):
        key = (peer.hello.session, submit.id)
        if key not in self._by_key and not self.stores:
            self._storing.append((peer, submit))
            return
        kept = self._by_key.get(key)
        if kept is None:
            kept = self._by_key[key] = Kept(next(self._numbers), submit)
            self.store_of[kept.number] = self._requests[kept.number] = kept
            self._queue.append(kept)
        self._listen(kept, peer, submit.id)
        self._dispatch()

    def _on_fetch(self, peer, fetch):
        if not self.keeps_detached:
            raise WireError("FETCH: kind is behind a feature that WELCOME had not")
        kept = self.store_of.get(fetch.request)
        if kept is None:
            refusal = m.Outcome(fetch.id, outcome=5, code="unknown_request")
            self._send(peer, refusal)
            return
        values = fetch.attributes
        self._listen(kept, peer, fetch.id, values.get("attempt", 0), values.get("chunks", 0))

    def _on_leave(self, peer, leave):
        if not self.keeps_detached:
            raise WireError("LEAVE: kind is behind a feature that WELCOME had not")
        for kept in self.store_of.values():
            if (peer, leave.id) in kept.listeners:
                kept.listeners.remove((peer, leave.id))
                self._send(peer, m.Outcome(leave.id, outcome=3, code="client_gone"))

    def _listen(self, kept, peer, number, attempt=0, chunks=0):
        self._send(peer, m.Admitted(number, kept.number, b""))
        if kept.began:
            self._send(peer, m.Started(number, kept.began))
        for chunk in kept.chunks[chunks if attempt == kept.began else 0 :]:
            self._send(peer, dataclasses.replace(chunk, id=number))
        if kept.outcome is None:
            kept.listeners.append((peer, number))
        else:
            self._send(peer, dataclasses.replace(kept.outcome, id=number))

    def _tell_all(self, kept, message):
        if isinstance(message, m.Started) and message.attempt > kept.began:
            kept.began, kept.chunks = message.attempt, []
        elif isinstance(message, m.Chunk):
            if message.sequence < len(kept.chunks):
                return  # a worker that came back says them again
            kept.chunks.append(message)
        elif isinstance(message, m.Outcome):
            kept.outcome = message
        for peer, number in kept.listeners:
            self._send(peer, dataclasses.replace(message, id=number))
        if kept.outcome is not None:
            kept.listeners.clear()

    def _leave(self, peer):
        for kept in self.store_of.values():
            kept.listeners = [entry for entry in kept.listeners if entry[0] is not peer]
