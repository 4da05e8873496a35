"""People who use the service all the time, and remember how it went.

Reads `more` from standard input and answers it when 50 more requests and 50 more connections were
answered. At the end of the input it waits for what is under way and prints a report.
"""

import collections
import errno
import json
import socket
import sys
import threading
import uuid
from typing import Counter

import sluice

PART = 50
GET_INFO = b'{"method":"org.varlink.service.GetInfo"}\0'
# Kind 1, of 34 bytes, without attributes; see sluice-protocol(7).
HELLO = b"\x22\0\0\0\1" + bytes(11) + b"SLCE\1\0\1\0" + uuid.uuid4().bytes + bytes(10)
# For each socket, what somebody says first, and what the daemon's answer contains.
FIRST = {
    "client": (HELLO, b"sluiced"),
    "worker": (HELLO, b"sluiced"),
    "control": (GET_INFO, b"io.sluice.Control"),
}


class Load:
    def __init__(self) -> None:
        self.over = threading.Event()
        self.news = threading.Condition()
        self.asked = self.completed = self.connections = 0
        self.failed: Counter[str] = collections.Counter()
        self.cut_off: Counter[str] = collections.Counter()
        self.turned_away: Counter[str] = collections.Counter()

    def count(self, **what: int) -> None:
        with self.news:
            for name, number in what.items():
                setattr(self, name, getattr(self, name) + number)
            self.news.notify_all()

    def ask(self) -> None:
        """Requests, one after the other, over one connection that the library keeps up."""
        with sluice.Client(name="load") as client:
            while not self.over.is_set():
                self.count(asked=1)
                try:
                    answer = client.predict("caption", "load", 0.005)
                    assert answer["text"] == "LOAD", answer
                    self.count(completed=1)
                except Exception as error:
                    with self.news:
                        self.failed[repr(error)] += 1
                        self.news.notify_all()

    def connect(self, name: str) -> None:
        """New connections, one after the other, without a library that would try again."""
        said, expected = FIRST[name]
        while not self.over.wait(0.005):
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
                connection.settimeout(20)
                try:
                    connection.connect(f"/run/sluice/{name}.sock")
                except OSError as error:
                    self.turned_away[f"{name}: {errno.errorcode.get(error.errno or 0)}"] += 1
                    continue
                try:
                    connection.sendall(said)
                    answer = connection.recv(65536)
                except ConnectionError:
                    answer = b""
                except TimeoutError:
                    answer = b"nothing for 20 s"
                if expected in answer:
                    self.count(connections=1)
                elif answer:
                    self.turned_away[f"{name}: {answer!r}"] += 1
                else:
                    # The daemon that ended had it already, and the next one does not know of it.
                    self.cut_off[name] += 1

    def follow(self) -> None:
        for line in sys.stdin:
            with self.news:
                requests, connections = self.completed + PART, self.connections + PART
                while not self.failed and (
                    self.completed < requests or self.connections < connections
                ):
                    self.news.wait()
            print(line, end="", flush=True)


def main() -> None:
    load = Load()
    threads = [threading.Thread(target=load.ask) for _ in range(4)]
    threads += [threading.Thread(target=load.connect, args=[name]) for name in FIRST]
    for thread in threads:
        thread.start()
    load.follow()
    load.over.set()
    for thread in threads:
        thread.join()
    names = ("asked", "completed", "connections", "failed", "cut_off", "turned_away")
    print(json.dumps({name: getattr(load, name) for name in names}))


main()
