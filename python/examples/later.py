"""Work that nobody waits for: leave it with the daemon, and fetch what came of it another day.

Wants a sluiced with a state directory, and workers, for instance those of demo_workers.py; between
the two calls there is no process of ours.

    python later.py leave statistics "It was a dark and stormy night."
    python later.py fetch 9001
"""

import argparse
from typing import List, Optional

import sluice


def main(arguments: Optional[List[str]] = None) -> None:
    parser = argparse.ArgumentParser(description="Leaves work with the daemon, and fetches it.")
    parser.add_argument("--runtime-directory")
    commands = parser.add_subparsers(dest="command", required=True)
    leave = commands.add_parser("leave", help="print the number by which it is fetched")
    leave.add_argument("function")
    leave.add_argument("text")
    fetch = commands.add_parser("fetch", help="wait for what comes of it")
    fetch.add_argument("request", type=int)
    given = parser.parse_args(arguments)

    with sluice.Client(given.runtime_directory) as client:
        if given.command == "leave":
            # The number is there once the request is stored: it needs us no more.
            print(client.submit(given.function, given.text, detached=True).id)
        else:
            print(client.fetch(given.request).result())


if __name__ == "__main__":
    main()
