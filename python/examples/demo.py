"""The client's side of the demo: asks the workers of demo_workers.py and prints what happens.

Starts nothing itself: it wants a sluiced with workers, found as every client finds it. The finished
pictures go where ``--output`` says.

    python demo.py --output /tmp
"""

import argparse
import pathlib
import time
from typing import Any, Dict, List, Optional, Tuple

import sluice

DATA = pathlib.Path(__file__).parent / "data"
Named = Tuple[str, sluice.Job]


def line(name: str, status: sluice.Status) -> str:
    """A status as people read it."""
    text = f"{name:12} {status.state:10}"
    if status.rank is not None:
        text += f" {status.rank} ahead"
    if status.eta is not None:
        text += f", in {status.eta.p50:.1f} s (9 of 10: {status.eta.p90:.1f} s)"
    if status.held:
        text += ", held"
    if status.state == "running" and status.progress is not None:
        report = status.progress
        text += f" {report.description} {report.done}/{report.total} {report.unit}"
    return text


def watch(jobs: List[Named], interval: float = 0.25) -> None:
    """Prints each job as it changes, until all have outcomes."""
    began = time.monotonic()
    last: Dict[str, str] = {}
    while True:
        over = sluice.wait([job for _, job in jobs], interval)
        for name, job in jobs:
            shown = line(name, job.status())
            if last.get(name) != shown:
                last[name] = shown
                print(f"{time.monotonic() - began:6.2f} s  {shown}", flush=True)
        if over:
            return


def submit_pictures(client: sluice.Client, copies: int) -> List[Named]:
    """``copies`` rounds of the three filters that share one queue, on the shipped picture."""
    image = (DATA / "scene.ppm").read_bytes()
    return [
        (f"{name}-{number}", client.submit(name, image))
        for number in range(1, copies + 1)
        for name in ("blur", "edges", "palette")
    ]


def submit_texts(client: sluice.Client) -> List[Named]:
    """One request for each paragraph of the shipped text; they come together in batches."""
    paragraphs = (DATA / "alice.txt").read_text().split("\n\n")
    return [
        (f"paragraph-{number}", client.submit("statistics", paragraph))
        for number, paragraph in enumerate(paragraphs, 1)
    ]


def save(jobs: List[Named], directory: pathlib.Path) -> List[pathlib.Path]:
    """Writes the finished pictures."""
    paths = []
    for name, job in jobs:
        path = directory / f"{name}.ppm"
        path.write_bytes(job.result())
        paths.append(path)
    return paths


def print_statistics(jobs: List[Named]) -> None:
    """A line for each paragraph."""
    for name, job in jobs:
        found: Dict[str, Any] = job.result()
        frequent = ", ".join(found["frequent"])
        print(
            f"{name:12} {found['words']:4} words, ease {found['reading_ease']:6.1f},"
            f" often: {frequent}"
        )


def main(arguments: Optional[List[str]] = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--runtime-directory", metavar="DIR")
    parser.add_argument("--copies", type=int, default=2, help="rounds of the three filters")
    parser.add_argument("--output", type=pathlib.Path, help="where the pictures go")
    options = parser.parse_args(arguments)
    with sluice.Client(options.runtime_directory, name="demo") as client:
        pictures, texts = submit_pictures(client, options.copies), submit_texts(client)
        watch(pictures)
        print_statistics(texts)
        if options.output is not None:
            for path in save(pictures, options.output):
                print(f"wrote {path}")


if __name__ == "__main__":
    try:
        main()
    except sluice.SluiceError as error:
        raise SystemExit(f"demo.py: {error}") from None
