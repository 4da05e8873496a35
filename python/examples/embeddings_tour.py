"""What ``make demo-embeddings`` runs: a daemon, the embedding worker, and the measurement.

    python embeddings_tour.py --bin .build/debug
"""

import argparse
import pathlib

from stage import Stage

import embeddings  # isort: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--bin", type=pathlib.Path, required=True, help="where sluiced is")
    stage = Stage(parser.parse_args().bin.resolve())
    try:
        stage.open()
        stage.start_worker("embeddings.py", "serve")
        stage.wait_for(lambda: len(stage.ask("workers")) == 1)
        embeddings.measure(stage.directory)
        print()
        print(stage.ctl("functions"))
    finally:
        stage.close()


if __name__ == "__main__":
    main()
