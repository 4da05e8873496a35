"""The tour behind ``make demo``: a daemon, real workers, real input, and what becomes of it.

Starts ``sluiced`` on a private directory and one worker process for each function, then shows,
in five acts: three functions sharing a queue with two places, batching, a limit changed while
requests run, a full queue that refuses, and a call over HTTP. Ends everything it started.

    python tour.py --bin .build/debug
"""

import argparse
import contextlib
import json
import os
import pathlib
import subprocess
import sys
import threading
import urllib.request
from typing import Any, Dict, Iterator, List

from stage import Stage

# The stage put the package where it is found.
import demo  # isort: skip
import sluice  # isort: skip

FUNCTIONS = ("blur", "edges", "palette", "statistics")


class Witness:
    """Follows every request by ``sluicectl monitor``, and counts what runs at once."""

    def __init__(self, stage: Stage) -> None:
        self.running: Dict[str, set] = {}
        self.most: Dict[str, int] = {}
        self.batches: List[int] = []
        self._lock = threading.Lock()
        process = stage.start(
            str(stage.binaries / "sluicectl"),
            "monitor",
            "--json",
            "--requests",
            stdout=subprocess.PIPE,
        )
        assert process.stdout is not None
        self._lines: Iterator[bytes] = iter(process.stdout)
        first = json.loads(next(self._lines))
        assert first["kind"] == "monitoring", first
        threading.Thread(target=self._follow, daemon=True).start()

    def _follow(self) -> None:
        for text in self._lines:
            event = json.loads(text)
            queue, request = event["concurrency_id"], event["request"]
            if event["kind"] not in ("request_granted", "request_ended"):
                continue
            with self._lock:
                running = self.running.setdefault(queue, set())
                if event["kind"] == "request_granted":
                    running.add(request)
                    self.most[queue] = max(self.most.get(queue, 0), len(running))
                else:
                    running.discard(request)

    def begin(self) -> None:
        """Counts anew, from what runs now."""
        with self._lock:
            self.most = {name: len(running) for name, running in self.running.items()}

    def now(self, queue: str) -> int:
        """How many run at this moment."""
        with self._lock:
            return len(self.running.get(queue, ()))

    def most_at_once(self, queue: str) -> int:
        with self._lock:
            return self.most.get(queue, 0)


def act(number: int, title: str) -> None:
    bold = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    print(f"\n\033[1m{number}. {title}\033[0m" if bold else f"\n{number}. {title}")


def share_a_queue(stage: Stage, witness: Witness, client: sluice.Client, copies: int) -> None:
    act(1, "Three functions share gpu_queue; one of them declares two places")
    print(stage.ctl("queue", "gpu_queue"))
    jobs = demo.submit_pictures(client, copies)
    demo.watch(jobs)
    demo.save(jobs, pathlib.Path(stage.directory))
    most = witness.most_at_once("gpu_queue")
    print(f"{len(jobs)} pictures done; at most {most} ran at once")
    expect(most == 2, "two places were to be used, and no more")


def batch(stage: Stage, client: sluice.Client) -> None:
    act(2, "Texts come together in batches of up to 8")
    before = served_batches(stage)
    texts = demo.submit_texts(client)
    demo.print_statistics(texts)
    batches = served_batches(stage) - before
    print(f"{len(texts)} paragraphs in {batches} batches")
    expect(batches < len(texts), "paragraphs were to share batches")


def served_batches(stage: Stage) -> int:
    for function in stage.ask("functions"):
        if function["function"] == "statistics" and function["service_time"]:
            return int(function["service_time"]["samples"])
    return 0


def resize(stage: Stage, witness: Witness, client: sluice.Client, copies: int) -> None:
    act(3, "The limit is changed while requests run")
    jobs = demo.submit_pictures(client, copies)
    stage.wait_for(lambda: stage.ask("queue", "gpu_queue")["running"] == 2)
    print("$ sluicectl set gpu_queue concurrency_limit=1")
    print(stage.ctl("set", "gpu_queue", "concurrency_limit=1"), end="")
    print("$ sluicectl queues")
    print(stage.ctl("queues"))
    stage.wait_for(lambda: witness.now("gpu_queue") < 2)
    witness.begin()
    waiting = [job for _, job in jobs]
    print("$ sluicectl requests gpu_queue")
    print(stage.ctl("requests", "gpu_queue"))
    sluice.wait(waiting)
    most = witness.most_at_once("gpu_queue")
    print(f"from then on at most {most} ran at once")
    expect(most == 1, "one place was to be left")


def fill_up(stage: Stage, client: sluice.Client) -> None:
    act(4, "A full queue refuses, and says when to come back")
    print("$ sluicectl set gpu_queue max_size=2")
    print(stage.ctl("set", "gpu_queue", "max_size=2"), end="")
    refused = 0
    jobs = demo.submit_pictures(client, 2)
    for name, job in jobs:
        with contextlib.suppress(sluice.QueueFull):
            job.result()
            continue
        try:
            job.result()
        except sluice.QueueFull as error:
            refused += 1
            print(f"{name}: {error}")
    expect(refused == 3, "one was to run, two to wait and three to be refused")


def call_over_http(stage: Stage) -> None:
    act(5, "The same functions over HTTP, for clients that were made for Gradio")
    url = stage.open_gateway()
    text = (demo.DATA / "alice.txt").read_text().split("\n\n")[0]
    try:
        import gradio_client  # type: ignore[import-not-found,unused-ignore]
    except ImportError:
        print("gradio_client is not installed: a plain call instead")
        found = post(f"{url}/gradio_api/run/statistics", {"data": [text]})["data"][0]
    else:
        print(f'>>> gradio_client.Client("{url}").predict(text, api_name="/statistics")')
        found = gradio_client.Client(url, verbose=False).predict(text, api_name="/statistics")
    print(found)
    expect(found["words"] > 0, "the text has words")


def post(url: str, body: object) -> Any:
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def expect(holds: bool, what: str) -> None:
    if not holds:
        raise SystemExit(f"tour.py: not as promised: {what}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--bin", type=pathlib.Path, required=True, help="where sluiced is")
    parser.add_argument("--quick", action="store_true", help="less to watch")
    options = parser.parse_args()
    copies = 2 if options.quick else 3
    stage = Stage(options.bin.resolve())
    try:
        stage.open()
        for name in FUNCTIONS:
            stage.start_worker("demo_workers.py", name)
        stage.wait_for(lambda: len(stage.ask("workers")) == len(FUNCTIONS))
        print(stage.ctl("status"))
        witness = Witness(stage)
        with sluice.Client(stage.directory, name="demo") as client:
            share_a_queue(stage, witness, client, copies)
            batch(stage, client)
            resize(stage, witness, client, copies)
            fill_up(stage, client)
        call_over_http(stage)
        print("\nEverything was as promised.")
        print(stage.ctl("status"))
    finally:
        stage.close()


if __name__ == "__main__":
    main()
