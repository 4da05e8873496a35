"""Who starts the daemon, how it says that it is there, and how it stops."""

import contextlib
import json
import threading

import machine
from booted import BootedTest
from machine import SOCKETS, connect, ctl, eventually, is_active, main_pid, show, systemctl


class Activation(BootedTest):
    def test_the_first_sluicectl_starts_the_daemon(self) -> None:
        self.assertFalse(is_active())
        self.assertIn("sluiced", ctl("status", user="client").out)
        self.assertTrue(is_active())

    def test_the_first_connection_to_any_socket_starts_the_daemon(self) -> None:
        for name in machine.SOCKETS:
            with self.subTest(name):
                systemctl("stop", "sluiced.service")
                self.assertFalse(is_active())
                with connect(name):
                    eventually(is_active, "sluiced is active")

    def test_connections_of_before_the_start_are_served(self) -> None:
        with connect("control") as control:
            control.sendall(b'{"method":"org.varlink.service.GetInfo"}\0')
            answer = json.loads(control.recv(65536).rstrip(b"\0"))
        self.assertIn("io.sluice.Control", answer["parameters"]["interfaces"])

    def test_start_returns_when_the_daemon_is_ready(self) -> None:
        systemctl("start", "sluiced.service")
        self.assertEqual(show("Type"), "notify")
        self.assertEqual((show("ActiveState"), show("SubState")), ("active", "running"))

    def test_the_status_text_tells_who_is_there_and_what_waits(self) -> None:
        systemctl("start", "sluiced.service")
        self.tells("1 queue, no workers attached")
        self.start_worker()
        self.tells("1 queue, 1 worker: idle")
        ctl("pause", "gpu_queue")
        self.submit("caption", "patience")
        self.tells("1 queue, 1 worker: 1 waiting, 0 running")
        self.assertIn(show("StatusText"), systemctl("status", "sluiced.service").out)

    def tells(self, words: str) -> None:
        eventually(lambda: show("StatusText") == words, words)

    def test_stopping_the_service_leaves_the_sockets(self) -> None:
        ctl("status")
        systemctl("stop", "sluiced.service")
        self.assertEqual(show("Result"), "success")
        for unit in machine.SOCKET_UNITS:
            self.assertTrue(is_active(unit), unit)

    def test_stopping_the_sockets_too_stops_everything(self) -> None:
        ctl("status")
        systemctl("stop", *machine.SOCKET_UNITS, "sluiced.service")
        self.assertFalse(is_active())
        self.assertEqual(main_pid(), 0)
        for name in machine.SOCKETS:
            with self.assertRaises(OSError, msg=name):
                connect(name).close()
        told = ctl("status", ok=False)
        self.assertEqual(told.status, 3, told)

    def test_the_sockets_can_be_stopped_while_people_connect(self) -> None:
        over = threading.Event()
        threads = [threading.Thread(target=keep_connecting, args=[name, over]) for name in SOCKETS]
        for thread in threads:
            thread.start()
            self.addCleanup(thread.join)
        self.addCleanup(over.set)
        self.drop_in("sluiced.service", "[Unit]\nStartLimitIntervalSec=0\n")
        for _ in range(5):
            systemctl("start", *machine.SOCKET_UNITS)
            eventually(is_active, "somebody started it")
            systemctl("stop", *machine.SOCKET_UNITS)
            for unit in ("sluiced.service", *machine.SOCKET_UNITS):
                self.assertFalse(is_active(unit), unit)


def keep_connecting(name: str, over: threading.Event) -> None:
    while not over.wait(0.001):
        with contextlib.suppress(OSError):
            connect(name).close()
