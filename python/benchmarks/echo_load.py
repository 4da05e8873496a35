"""A client with so many requests outstanding: asks, checks every answer, says what that cost.

A process of its own, so that its processor time and its interpreter lock are its own. It warms up,
measures for so many seconds, waits for what is outstanding, and prints one object of JSON.
"""

import argparse
import asyncio
import http.client
import json
import select
import socket
import threading
import time
from collections import deque
from typing import Any, Callable, Deque, Dict, List, Optional, Sequence, Tuple

import machine

import sluice
import sluice.aio

WARM_UP = 0.3


class Load:
    """What is asked, what was answered, and the time in which it is measured."""

    def __init__(self, given: argparse.Namespace) -> None:
        self.outstanding: int = given.outstanding
        self.is_over = False
        self._seconds: float = given.seconds
        self._servers = [int(pid) for pid in given.servers.split(",") if pid]
        self._padding = "x" * (given.size - 8)
        self._asked = self._answered = 0
        self._next_phase = time.monotonic() + WARM_UP
        self._begin: Tuple[float, ...] = ()
        self.seen: Dict[str, float] = {}

    def text(self) -> str:
        """Something that was not asked before."""
        self._asked += 1
        return f"{self._asked:08d}{self._padding}"

    def answered(self, asked: object, answer: object) -> None:
        if answer != asked:
            raise SystemExit(f"asked {asked!r} and was answered {answer!r}")
        self._answered += 1
        if time.monotonic() >= self._next_phase and not self.is_over:
            self._turn()

    def _turn(self) -> None:
        now = (
            time.monotonic(),
            self._answered,
            time.process_time(),
            machine.processor_seconds(self._servers),
            machine.busy_seconds(),
        )
        if not self._begin:
            self._begin = now
            self._next_phase = now[0] + self._seconds
            return
        seconds, answers, client, servers, busy = (b - a for a, b in zip(self._begin, now))
        self.is_over = True
        self.seen = {
            "rate": answers / seconds,
            "client": client / answers,
            "servers": servers / answers,
            "others": max(busy - client - servers, 0) / seconds,
        }


def plain(load: Load, function: str) -> None:
    """``sluice.Client``: submits ahead, and waits for the oldest."""
    with sluice.Client() as client:
        jobs: Deque[Tuple[str, sluice.Job]] = deque()

        def ask() -> None:
            text = load.text()
            jobs.append((text, client.submit(function, text)))

        for _ in range(load.outstanding):
            ask()
        while jobs:
            text, job = jobs.popleft()
            load.answered(text, job.result())
            if not load.is_over:
                ask()


def coroutines(load: Load, function: str) -> None:
    """``sluice.aio.Client``: as many coroutines, each of which asks again and again."""

    async def run() -> None:
        async with sluice.aio.Client() as client:

            async def one() -> None:
                while not load.is_over:
                    text = load.text()
                    load.answered(text, await client.predict(function, text))

            await asyncio.gather(*(one() for _ in range(load.outstanding)))

    asyncio.run(run())


def http_raw(load: Load, port: str) -> None:
    """JSON over as many connections as requests, without a library that would slow it down."""
    _http(load, int(port), lambda text: json.dumps(text).encode(), json.loads)


def http_library(load: Load, port: str) -> None:
    """The same with the client of the standard library, in as many threads."""
    lock = threading.Lock()
    failures: List[BaseException] = []

    def ask_again_and_again() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", int(port))
        try:
            while not load.is_over and not failures:
                with lock:
                    text = load.text()
                connection.request("POST", "/inference", json.dumps(text))
                answer = json.loads(connection.getresponse().read())
                with lock:
                    load.answered(text, answer)
        except BaseException as failure:
            failures.append(failure)
        connection.close()

    threads = [threading.Thread(target=ask_again_and_again) for _ in range(load.outstanding)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def http_bytes(load: Load, port: str) -> None:
    """The same with bytes that neither side looks at."""
    _http(load, int(port), str.encode, bytes.decode)


def _http(
    load: Load, port: int, encode: Callable[[str], bytes], decode: Callable[[bytes], Any]
) -> None:
    head = b"POST /inference HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%b"
    peers: Dict[int, socket.socket] = {}
    asked: Dict[int, str] = {}
    received: Dict[int, bytes] = {}
    poll = select.epoll()

    def ask(number: int) -> None:
        text = asked[number] = load.text()
        body = encode(text)
        # Some hundred bytes fit the buffer of a socket that has nothing else under way.
        peers[number].sendall(head % (len(body), body))

    for _ in range(load.outstanding):
        peer = socket.create_connection(("127.0.0.1", port))
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        peers[peer.fileno()] = peer
        poll.register(peer.fileno(), select.EPOLLIN)
        ask(peer.fileno())
    while asked:
        for number, _ in poll.poll():
            data = peers[number].recv(1 << 16)
            if number in received:
                data = received.pop(number) + data
            if not is_whole(data):
                received[number] = data
                continue
            load.answered(asked.pop(number), decode(data[data.index(b"\r\n\r\n") + 4 :]))
            if not load.is_over:
                ask(number)
    for peer in peers.values():
        peer.close()


def is_whole(data: bytes) -> bool:
    """Whether this is all of an answer; anything but success ends the run."""
    head, end, body = data.partition(b"\r\n\r\n")
    if not end:
        return False
    if not head.startswith(b"HTTP/1.1 200 "):
        raise SystemExit(f"the answer was {data!r}")
    length = head.lower().index(b"content-length:") + 15
    return len(body) >= int(head[length:].split(b"\r\n", 1)[0])


WAYS = {
    "plain": plain,
    "coroutines": coroutines,
    "http_library": http_library,
    "http_raw": http_raw,
    "http_bytes": http_bytes,
}


def options(words: Optional[Sequence[str]] = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("way", choices=sorted(WAYS))
    parser.add_argument("target", help="the function, or the port")
    parser.add_argument("--outstanding", type=int, required=True)
    parser.add_argument("--size", type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--servers", required=True, help="their process ids")
    return parser.parse_args(words)


if __name__ == "__main__":
    given = options()
    measured = Load(given)
    WAYS[given.way](measured, given.target)
    print(json.dumps(measured.seen))
