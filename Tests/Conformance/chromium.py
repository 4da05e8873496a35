"""Chromium without a window, driven through a pipe in its own protocol: no library is needed."""

import base64
import fcntl
import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
import time

from conftest import eventually

PROGRAM = shutil.which("chromium") or shutil.which("chromium-browser")
PATIENCE = 60
# The browser reads commands from descriptor 3 and answers on 4.
START = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.dup2(int(sys.argv[2]), 4)
os.execv(sys.argv[3], sys.argv[3:])
"""


class Chromium:
    """A browser with one page. What the page wrote to its console, threw, asked for and was
    answered is in ``problems`` and ``asked``."""

    def __init__(self):
        self._directory = tempfile.TemporaryDirectory(prefix="sluice-chromium-")
        ours, theirs = os.pipe(), os.pipe()
        # Above the numbers that they are to have.
        given = [fcntl.fcntl(end, fcntl.F_DUPFD, 10) for end in (ours[0], theirs[1])]
        words = [
            *(PROGRAM, "--headless=new", "--no-sandbox", "--remote-debugging-pipe"),
            *("--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars", "--no-first-run"),
            *("--disable-background-networking", "--disable-component-update"),
            *(f"--user-data-dir={self._directory.name}", "about:blank"),
        ]
        start = [sys.executable, "-c", START, *map(str, given), *words]
        self._process = subprocess.Popen(
            start, pass_fds=given, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        for end in (ours[0], theirs[1], *given):
            os.close(end)
        self._to, self._from = ours[1], theirs[0]
        self._last = 0
        self._rest = b""
        self._session = None
        self.problems = []
        self.asked = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")

    def close(self):
        os.close(self._to)
        os.close(self._from)
        self._process.terminate()
        self._process.wait(PATIENCE)
        eventually(self._is_gone, "the browser's folder is removed")

    def _is_gone(self):
        """Its helpers write there for a moment longer than it lives."""
        try:
            self._directory.cleanup()
        except OSError:
            return False
        return True

    # MARK: The protocol

    def call(self, method, **parameters):
        self._last += 1
        message = {"id": self._last, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            answer = self._read(end - time.monotonic())
            if answer and answer.get("id") == self._last:
                assert "error" not in answer, (method, answer["error"])
                return answer["result"]
        raise AssertionError(f"the browser did not answer {method}")

    def _read(self, patience):
        """The next message, if one comes in time."""
        while b"\0" not in self._rest:
            if not select.select([self._from], [], [], max(0, patience))[0]:
                return None
            more = os.read(self._from, 1 << 16)
            assert more, "the browser is gone"
            self._rest += more
        text, self._rest = self._rest.split(b"\0", 1)
        message = json.loads(text)
        self._note(message.get("method"), message.get("params", {}))
        return message

    def _note(self, method, parameters):
        if method == "Runtime.exceptionThrown":
            self.problems.append(parameters["exceptionDetails"])
        elif method == "Runtime.consoleAPICalled" and parameters["type"] in ("error", "warning"):
            self.problems.append(parameters["args"])
        elif method == "Log.entryAdded" and parameters["entry"]["level"] in ("error", "warning"):
            self.problems.append(parameters["entry"])
        elif method == "Network.requestWillBeSent":
            self.asked.append(parameters["request"]["url"])

    # MARK: What one does with a page

    def open(self, url, width=1280, height=900, scheme="light"):
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=1, mobile=width < 600,
        )  # fmt: skip
        self.call(
            "Emulation.setEmulatedMedia",
            features=[{"name": "prefers-color-scheme", "value": scheme}],
        )
        self.call("Page.navigate", url=url)

    def evaluate(self, expression):
        """The value of an expression in the page; of a promise, what it comes to."""
        answer = self.call(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def text(self, selector):
        return self.evaluate(
            f"(document.querySelector({json.dumps(selector)}) || {{}}).textContent || ''"
        )

    def screenshot(self, path, whole=True):
        answer = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        with open(path, "wb") as file:
            file.write(base64.b64decode(answer["data"]))
