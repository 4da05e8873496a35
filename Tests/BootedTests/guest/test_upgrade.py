"""An upgrade of what somebody has stopped, to the same version: dpkg makes no difference."""

import booted
import machine
from booted import BootedTest
from machine import is_active, show, systemctl

UNITS = ("sluiced.service", *machine.SOCKET_UNITS)


class Upgrade(BootedTest):
    def test_what_was_stopped_and_is_enabled_it_starts(self) -> None:
        systemctl("start", "sluiced.service")
        systemctl("stop", "sluiced-*.socket")
        self.assertEqual([unit for unit in UNITS if is_active(unit)], [])
        booted.install()
        self.assertEqual([unit for unit in UNITS if not is_active(unit)], [])

    def test_what_was_disabled_it_leaves_so(self) -> None:
        systemctl("disable", "--now", *UNITS)
        self.addCleanup(systemctl, "enable", *UNITS)
        booted.install()
        self.assertEqual([unit for unit in UNITS if is_active(unit)], [])
        for unit in UNITS:
            self.assertEqual(systemctl("is-enabled", unit, ok=False).out.strip(), "disabled", unit)

    def test_what_was_masked_it_leaves_so(self) -> None:
        systemctl("stop", *UNITS)
        systemctl("mask", *UNITS)
        self.addCleanup(systemctl, "unmask", *UNITS)
        booted.install()
        self.assertEqual([unit for unit in UNITS if is_active(unit)], [])
        self.assertEqual({show("LoadState", unit) for unit in UNITS}, {"masked"})
