"""How many calls of Gradio's protocol a second: Gradio's own server, and sluice-http beside it.

The functions do nothing: ``echo`` at the limit that both have by default, one at a time, and
``echo_many`` without a limit. Here they are in a Python worker behind ``sluice-http`` and
``sluiced``, there in Gradio's process. The same generator (wrk) makes the same calls of both in
turn, several rounds; what counts is the ratio within a round.

    python gateway.py --bin ../../.build/release --gradio PYTHON
"""

import argparse
import pathlib
import socket
import statistics
import subprocess
import sys
import urllib.error
import urllib.request
from typing import Dict, List, NamedTuple, Optional, Tuple

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "examples"), str(HERE)]

from stage import Stage  # noqa: E402  isort: skip

# The stage put the package where it is found.
import machine  # isort: skip

GOAL = 20
FUNCTIONS = ("echo", "echo_many")


class Server(NamedTuple):
    """Something that answers, and the processes that do."""

    title: str
    port: int
    pids: List[int]


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def answers(port: int, path: str) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def gradio_server(stage: Stage, python: str) -> Server:
    port = free_port()
    with open(f"{stage.directory}/gradio.log", "wb") as log:
        process = stage.start(
            "env", "GRADIO_ANALYTICS_ENABLED=False", python, str(HERE / "gateway_gradio.py"),
            str(port), stdout=log, stderr=log,
        )  # fmt: skip
    stage.wait_for(lambda: answers(port, "/config"))
    return Server("gradio", port, machine.family(process.pid))


def sluice_server(stage: Stage) -> Server:
    port = free_port()
    stage.open()
    stage.start(sys.executable, str(HERE / "gateway_worker.py"))
    with open(f"{stage.directory}/sluice-http.log", "wb") as log:
        stage.start(
            str(stage.binaries / "sluice-http"), "--listen", f"127.0.0.1:{port}",
            stdout=log, stderr=log,
        )  # fmt: skip
    stage.wait_for(lambda: answers(port, "/readyz"))
    stage.wait_for(lambda: stage.ask("workers") != [])
    return Server("sluice-http", port, [process.pid for process in stage.processes])


def measure(server: Server, function: str, given: argparse.Namespace) -> Dict[str, float]:
    before = machine.processor_seconds(server.pids)
    done = subprocess.run(
        ["wrk", "-t1", f"-c{given.connections}", f"-d{given.seconds}s", "--timeout", "30s",
         "-s", str(HERE / "gateway.lua"), f"http://127.0.0.1:{server.port}", "--", function],
        stdout=subprocess.PIPE, universal_newlines=True, check=True,
    )  # fmt: skip
    spent = machine.processor_seconds(server.pids) - before
    words = next(line for line in done.stdout.splitlines() if line.startswith("sluice ")).split()
    completed, failed, microseconds, late = map(int, words[1:])
    if failed or late or not completed:
        raise SystemExit(f"{server.title}: {failed} calls failed, {late} were too late")
    return {"rate": completed * 1e6 / microseconds, "cpu": spent / completed}


Seen = Dict[Tuple[str, str], Dict[str, float]]


def table(servers: List[Server], rounds: List[Seen]) -> str:
    lines = [f"{'':26}{'calls/s':>12}{'servers µs':>14}{'of gradio':>24}"]
    for function in FUNCTIONS:
        for server in servers:
            seen = [one[function, server.title] for one in rounds]
            rate = statistics.median(s["rate"] for s in seen)
            cpu = statistics.median(s["cpu"] for s in seen)
            title = f"{function}, {server.title}"
            told = "-" if server.title == "gradio" else ratio(function, rounds)
            lines.append(f"{title:26}{rate:12,.0f}{cpu * 1e6:14,.0f}{told:>24}")
    return "\n".join(lines)


def ratio(function: str, rounds: List[Seen]) -> str:
    """The median of what it is in each round to what Gradio is, and the goal's verdict."""
    pairs = [(one[function, "sluice-http"], one.get((function, "gradio"))) for one in rounds]
    ratios = [own["rate"] / peer["rate"] for own, peer in pairs if peer]
    if not ratios:
        return "-"
    median = statistics.median(ratios)
    word = "met" if median >= GOAL else "not met"
    return f"{median:.1f} [{min(ratios):.1f}-{max(ratios):.1f}] {word}"


def main(arguments: Optional[List[str]] = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0] if __doc__ else None)
    parser.add_argument("--bin", type=pathlib.Path, required=True, help="where the programs are")
    parser.add_argument("--gradio", metavar="PYTHON", help="a Python that has Gradio")
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=5, help="each measures in a round")
    given = parser.parse_args(arguments)
    stage = Stage(given.bin)
    try:
        servers = [sluice_server(stage)]
        if given.gradio:
            servers.insert(0, gradio_server(stage, given.gradio))
        rounds = [
            {(f, s.title): measure(s, f, given) for f in FUNCTIONS for s in servers}
            for _ in range(given.rounds)
        ]
    finally:
        stage.close()
    print(machine.description())
    print(
        f"{given.connections} connections, medians of {given.rounds} rounds of {given.seconds} s;"
        " servers: processor time of all their processes for a call"
    )
    print(table(servers, rounds))
    print(f"the goal: {GOAL} times Gradio's calls a second")


if __name__ == "__main__":
    main()
