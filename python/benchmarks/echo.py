"""How fast Python clients and workers are through ``sluiced``, and through mosec beside it.

Starts the daemon, an echo worker and, where mosec is installed, mosec with the same handlers; then
puts the same load on each in turn, several rounds, and prints medians. What mosec is compared by is
the ratio within a round: rates alone say how busy the machine was.

    python echo.py --bin ../../.build/release [--mosec PYTHON]
"""

import argparse
import json
import os
import pathlib
import socket
import statistics
import subprocess
import sys
import urllib.error
import urllib.request
from typing import Callable, Dict, List, NamedTuple, Optional

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "examples"), str(HERE)]

from stage import Stage  # noqa: E402  isort: skip

# The stage put the package where it is found.
import machine  # isort: skip
import sluice  # isort: skip

HEADS = ("answers/s", "client µs", "servers µs", "others", "rate/mosec", "cpu/mosec")


class Runner(NamedTuple):
    """Something that answers, and the way in which it is asked."""

    title: str
    way: str
    target: str
    servers: List[int]
    # Which runner of the same round it is compared with.
    peer: Optional[str] = None


def sluice_runners(stage: Stage, peers: bool) -> List[Runner]:
    stage.open()
    stage.start(sys.executable, str(HERE / "echo_worker.py"))
    with sluice.Client(stage.directory) as client:
        stage.wait_for(lambda: _answers(client))
    servers = [process.pid for process in stage.processes]
    ways = (("submit ahead", "plain"), ("asyncio", "coroutines"))
    return [
        Runner(f"sluice, {title}, {shown}", way, function, servers, peer if peers else None)
        for function, shown, peer in (
            ("echo", "batches", "mosec, batches"),
            ("echo_alone", "alone", "mosec, alone"),
        )
        for title, way in ways
    ]


def _answers(client: sluice.Client) -> bool:
    try:
        return client.predict("echo_alone", "?") == "?"
    except sluice.RequestError:
        return False


def mosec_runner(stage: Stage, python: str, title: str, **kind: str) -> Runner:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = str(found.getsockname()[1])
    with open(os.path.join(stage.directory, f"mosec-{port}.log"), "wb") as log:
        command = ("env", *(f"{k}={v}" for k, v in kind.items()), python)
        words = (str(HERE / "echo_mosec.py"), "--address", "127.0.0.1", "--port", port)
        process = stage.start(*command, *words, stdout=log, stderr=log)
    stage.wait_for(lambda: _listens(port))
    way = "http_bytes" if "ECHO_BYTES" in kind else "http_raw"
    return Runner(title, way, port, machine.family(process.pid), "mosec, batches")


def _version(python: str) -> str:
    words = (python, "-c", "import importlib.metadata as m; print(m.version('mosec'))")
    return subprocess.run(words, stdout=subprocess.PIPE, check=True).stdout.decode().strip()


def _listens(port: str) -> bool:
    try:
        request = urllib.request.Request(f"http://127.0.0.1:{port}/inference", b'"?"')
        with urllib.request.urlopen(request) as answer:
            return bool(answer.read() == b'"?"')
    except (urllib.error.URLError, ConnectionError):
        return False


def mosec_runners(stage: Stage, python: str) -> List[Runner]:
    batches = mosec_runner(stage, python, "mosec, batches", ECHO_BATCH="32")
    return [
        batches,
        # What a program has that does not speak HTTP by itself.
        batches._replace(title="mosec, batches, http.client", way="http_library"),
        mosec_runner(stage, python, "mosec, batches, bytes", ECHO_BATCH="32", ECHO_BYTES="1"),
        mosec_runner(stage, python, "mosec, alone", ECHO_BATCH="1")._replace(peer="mosec, alone"),
    ]


def measure(stage: Stage, runner: Runner, given: argparse.Namespace) -> Dict[str, float]:
    words = (str(HERE / "echo_load.py"), runner.way, runner.target)
    process = stage.start(
        sys.executable,
        *words,
        *("--outstanding", str(given.outstanding), "--size", str(given.size)),
        *("--seconds", str(given.seconds), "--servers", ",".join(map(str, runner.servers))),
        stdout=subprocess.PIPE,
    )
    told, _ = process.communicate()
    stage.processes.remove(process)
    if process.returncode:
        raise SystemExit(f"{runner.title}: the client failed")
    seen: Dict[str, float] = json.loads(told)
    return seen


def table(runners: List[Runner], rounds: List[Dict[str, Dict[str, float]]]) -> str:
    """Medians. ``others``: processors that were busy with something else; ``cpu``: client and
    servers together.
    """
    lines = [f"{'':32}" + "".join(f"{head:>12}" for head in HEADS)]
    for runner in runners:
        seen = [one[runner.title] for one in rounds]
        median = {key: statistics.median(s[key] for s in seen) for key in seen[0]}
        lines.append(
            f"{runner.title:32}{median['rate']:12,.0f}{median['client'] * 1e6:12.1f}"
            f"{median['servers'] * 1e6:12.1f}{median['others']:12.2f}"
            f"{_ratio(runner, rounds, _rate):>12}{_ratio(runner, rounds, _cpu):>12}"
        )
    return "\n".join(lines)


def _rate(seen: Dict[str, float]) -> float:
    return seen["rate"]


def _cpu(seen: Dict[str, float]) -> float:
    return seen["client"] + seen["servers"]


def _ratio(
    runner: Runner,
    rounds: List[Dict[str, Dict[str, float]]],
    quantity: Callable[[Dict[str, float]], float],
) -> str:
    """The median of what it is in each round to what its peer is."""
    if runner.peer is None:
        return "-"
    pairs = [(quantity(one[runner.title]), quantity(one[runner.peer])) for one in rounds]
    return f"{statistics.median(own / peer for own, peer in pairs if peer):.2f}"


def main(arguments: Optional[List[str]] = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0] if __doc__ else None)
    parser.add_argument("--bin", type=pathlib.Path, required=True, help="where sluiced is")
    parser.add_argument("--mosec", metavar="PYTHON", help="a Python that has mosec")
    parser.add_argument("--outstanding", type=int, default=64)
    parser.add_argument("--size", type=int, default=128, help="of the text, in bytes")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0, help="each measures in a round")
    parser.add_argument("--quick", action="store_true", help="one short round")
    given = parser.parse_args(arguments)
    if given.quick:
        given.rounds, given.seconds = 1, 0.1
    stage = Stage(given.bin)
    try:
        runners = sluice_runners(stage, given.mosec is not None)
        if given.mosec:
            runners += mosec_runners(stage, given.mosec)
        rounds = [{r.title: measure(stage, r, given) for r in runners} for _ in range(given.rounds)]
    finally:
        stage.close()
    print(machine.description() + (f", mosec {_version(given.mosec)}" if given.mosec else ""))
    print(
        f"{given.outstanding} requests outstanding, {given.size} bytes each, "
        f"medians of {given.rounds} rounds of {given.seconds:g} s"
    )
    print(table(runners, rounds))


if __name__ == "__main__":
    main()
