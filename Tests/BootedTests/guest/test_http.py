"""The gateway as its package installs it: who starts it, what it may do, and that it answers."""

import http.client
import json
import pathlib
import pwd
import threading
from typing import Any, Dict, List, Tuple

from booted import BootedTest
from machine import ask, eventually, is_active, main_pid, messages, run, show, systemctl
from test_sandbox import COMMON, INSTEAD, OUTPUT, PROBE

SOCKET, SERVICE = "sluice-http.socket", "sluice-http.service"
TOKENS = pathlib.Path("/etc/credstore/sluice-http.tokens")
OPTIONS = pathlib.Path("/etc/sluice/http.env")
TOKEN = "0123456789abcdefghij"


def get(path: str, **headers: str) -> Tuple[int, Any]:
    return send("GET", path, None, headers)


def post(path: str, body: Any, **headers: str) -> Tuple[int, Any]:
    return send("POST", path, json.dumps(body), {"Content-Type": "application/json", **headers})


def send(method: str, path: str, body: Any, headers: Dict[str, str]) -> Tuple[int, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", 7860, timeout=30)
    try:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read() or b"null")
    finally:
        connection.close()


class Gateway(BootedTest):
    def setUp(self) -> None:
        super().setUp()
        self.addCleanup(systemctl, "stop", SOCKET, SERVICE)
        systemctl("stop", SOCKET, SERVICE)
        for path in (TOKENS, OPTIONS):
            path.unlink(missing_ok=True)
            self.addCleanup(path.unlink, missing_ok=True)

    def listen(self) -> None:
        systemctl("start", SOCKET)

    def test_installed_it_is_the_operators_to_enable(self) -> None:
        for unit in (SOCKET, SERVICE):
            self.assertEqual(show("ActiveState", unit), "inactive", unit)
        self.assertEqual(systemctl("is-enabled", SOCKET, ok=False).out.strip(), "disabled")
        with self.assertRaises(ConnectionRefusedError):
            get("/healthz")

    def test_whoever_comes_first_starts_it_and_the_daemon(self) -> None:
        self.listen()
        self.assertFalse(is_active(SERVICE))
        self.assertEqual(get("/healthz"), (200, {"status": "ok"}))
        self.assertTrue(is_active(SERVICE))
        self.assertEqual(get("/readyz"), (200, {"status": "ok"}))
        self.assertTrue(is_active())

    def test_it_runs_as_a_user_that_the_daemon_can_be_told_of(self) -> None:
        self.configure('[daemon]\ngateways = ["sluice-http"]\n')
        run("sluiced", "--check-config")
        self.listen()
        get("/healthz")
        status = pathlib.Path(f"/proc/{main_pid(SERVICE)}/status").read_text()
        user = pwd.getpwnam("sluice-http").pw_uid
        self.assertIn(f"\nUid:\t{user}\t{user}\t", status)
        for line in ("NoNewPrivs:\t1", "Seccomp:\t2", "CapBnd:\t0000000000000000"):
            self.assertIn(line, status)

    def test_while_it_restarts_who_connects_waits(self) -> None:
        self.listen()
        get("/healthz")
        before = main_pid(SERVICE)
        found: List[Tuple[int, Any]] = []
        over = threading.Event()

        def keep_asking() -> None:
            while not over.is_set():
                found.append(get("/healthz"))

        asking = threading.Thread(target=keep_asking)
        asking.start()
        self.addCleanup(asking.join)
        self.addCleanup(over.set)
        systemctl("restart", SERVICE)
        self.assertNotIn(main_pid(SERVICE), (0, before))
        seen = len(found)
        eventually(lambda: len(found) > seen + 10, "it answers again")
        self.assertEqual([answer for answer in found if answer[0] != 200], [])

    def test_it_reaches_no_device_no_network_and_no_file(self) -> None:
        self.drop_in(SERVICE, f"{INSTEAD}ExecStart=\nExecStart={PROBE}\nSockets=\n")
        systemctl("start", SERVICE)
        found = json.loads(OUTPUT.read_text())
        expected = {
            **COMMON,
            **{name: "ENOENT" for name in found if name.startswith("open ")},
            "write and execute": "EPERM",
            "user": pwd.getpwnam("sluice-http").pw_uid,
        }
        self.assertEqual(found, expected)

    def test_tokens_come_as_a_credential_and_count_from_the_next_start(self) -> None:
        self.listen()
        self.assertEqual(get("/gateway")[0], 404)
        TOKENS.parent.mkdir(exist_ok=True)
        TOKENS.write_text(f"alice {TOKEN}\n")
        TOKENS.chmod(0o600)
        systemctl("restart", SERVICE)
        self.assertEqual(get("/healthz")[0], 200)
        status, answer = get("/gateway")
        self.assertEqual((status, answer["error"]["code"]), (401, "unauthorized"))
        self.assertEqual(get("/gateway", Authorization=f"Bearer {TOKEN}")[0], 404)

    def test_wrong_tokens_keep_it_from_starting_and_the_journal_says_why(self) -> None:
        TOKENS.parent.mkdir(exist_ok=True)
        TOKENS.write_text("alice secret\n")
        failed = systemctl("start", SERVICE, ok=False)
        self.assertNotEqual(failed.status, 0)
        self.assertEqual(show("ExecMainStatus", SERVICE), "78")
        self.assertIn("tokens:1: a token has at least 20", messages(self.since, SERVICE))
        systemctl("reset-failed")

    def test_options_are_read_from_a_file(self) -> None:
        self.listen()
        # Not of its health, which a balancer asks for by address.
        self.assertEqual(get("/gateway", Host="b.example")[0], 403)
        OPTIONS.write_text("SLUICE_HTTP_OPTIONS=--allow-host=gpu.example --allow-host=b.example\n")
        systemctl("restart", SERVICE)
        self.assertEqual(get("/gateway", Host="b.example")[0], 404)

    def test_open_to_others_it_wants_tokens(self) -> None:
        self.drop_in(SOCKET, "[Socket]\nListenStream=\nListenStream=0.0.0.0:7860\n")
        self.assertNotEqual(systemctl("start", SERVICE, ok=False).status, 0)
        self.assertIn("only this machine may ask", messages(self.since, SERVICE))
        systemctl("stop", SOCKET)
        systemctl("reset-failed")
        OPTIONS.write_text("SLUICE_HTTP_OPTIONS=--allow-anonymous\n")
        self.listen()
        self.assertEqual(get("/healthz")[0], 200)
        systemctl("stop", SOCKET, SERVICE)

    def test_a_call_goes_through_to_a_worker_and_back(self) -> None:
        self.start_worker()
        self.listen()
        status, answer = post("/gradio_api/run/caption", {"data": ["a cat"]})
        self.assertEqual(status, 200, answer)
        self.assertEqual(answer["data"][0]["text"], "A CAT")

    def test_a_request_that_waits_outlives_a_restart_of_the_daemon(self) -> None:
        self.start_worker()
        self.listen()
        run("sluicectl", "pause", "gpu_queue")
        answers: List[Tuple[int, Any]] = []
        asking = threading.Thread(
            target=lambda: answers.append(post("/gradio_api/run/caption", {"data": ["patience"]}))
        )
        asking.start()
        self.addCleanup(asking.join)
        eventually(lambda: ask("queue", "gpu_queue")["waiting"] == 1, "it waits")
        before = main_pid()
        systemctl("restart", "sluiced.service")
        self.assertNotEqual(main_pid(), before)
        eventually(lambda: ask("queue", "gpu_queue")["waiting"] == 1, "it waits again")
        run("sluicectl", "resume", "gpu_queue")
        asking.join()
        status, answer = answers[0]
        self.assertEqual((status, answer["data"][0]["text"]), (200, "PATIENCE"), answer)
