"""What the fake daemon lends: devices, one worker each, and what grants say of them."""

from sluice import _messages as m


class Lending:
    """Part of ``FakeDaemon``, on whose thread all of it happens. ``devices``: those that are free;
    None, and it is an older daemon, which knows of none."""

    def _open_lessor(self):
        self.devices = []
        # function: on which devices its grants are to run.
        self.grants_on = {}
        self.refuses_leases = ""
        self._waiting = []

    @property
    def lends(self):
        return m.DEVICES if self.devices is not None else 0

    def lend(self, *names):
        """More devices are free."""

        def run():
            self.devices += names
            self._lend()

        self.call(run)

    def _on_bind(self, peer, bind):
        assert peer.slots == 0 and peer not in self._functions.values(), "BIND comes first"
        if self.refuses_leases:
            self._send(peer, m.Error(code="no_devices", message=self.refuses_leases))
            self._gone(peer)
        elif bind.attributes.get("held"):
            self._send(peer, m.Bound(devices=tuple(reversed(bind.attributes["devices"]))))
        else:
            self._waiting.append((peer, bind))
            self._lend()

    def _lend(self):
        for peer, bind in list(self._waiting):
            if peer.sock not in self._peers:
                self._waiting.remove((peer, bind))
                continue
            wanted = bind.attributes.get("devices", self.devices)
            free = [name for name in self.devices if name in wanted][: bind.count]
            if len(free) < bind.count:
                continue
            self._waiting.remove((peer, bind))
            self.devices = [name for name in self.devices if name not in free]
            names = ",".join(free)
            told = (f"TEST_VISIBLE_DEVICES=id-of-{names}", f"SLUICE_DEVICES={names}")
            self._send(peer, m.Bound(devices=tuple(free), attributes={"environment": told}))

    def _said_of_devices(self, function):
        names = self.grants_on.get(function)
        return {"devices": tuple(names)} if names else {}
