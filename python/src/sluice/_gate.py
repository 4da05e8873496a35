"""What holds a generator while its caller does not read: closed by PAUSE, opened by RESUME."""

from __future__ import annotations

import asyncio
import threading
from typing import Callable, List


class Gate:
    """Opened and closed on the link's loop; passed on a thread, or as a task of any loop."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._is_open = True
        self._waiting: List[Callable[[], object]] = []

    def close(self) -> None:
        with self._lock:
            self._is_open = False

    def open(self) -> None:
        with self._lock:
            self._is_open = True
            waiting, self._waiting = self._waiting, []
        for wake in waiting:
            wake()

    def wait(self) -> None:
        """Returns once it is open."""
        if not self._is_open:
            opened = threading.Event()
            if self._joins(opened.set):
                opened.wait()

    async def wait_async(self) -> None:
        """The same for a coroutine, which may be cancelled meanwhile."""
        if self._is_open:
            return
        loop, opened = asyncio.get_running_loop(), asyncio.Event()

        def wake() -> None:
            loop.call_soon_threadsafe(opened.set)

        if not self._joins(wake):
            return
        try:
            await opened.wait()
        finally:
            # One that was cancelled is not to be woken on a loop that is closed by then.
            with self._lock:
                if wake in self._waiting:
                    self._waiting.remove(wake)

    def _joins(self, wake: Callable[[], object]) -> bool:
        with self._lock:
            if not self._is_open:
                self._waiting.append(wake)
            return not self._is_open
