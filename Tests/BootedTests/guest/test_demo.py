"""The demo's job, by the packages alone: workers as units, a client of the group sluice."""

import os
import pathlib
import tempfile

from booted import WORKERS, BootedTest
from machine import ask, eventually, identity, run, systemctl

FUNCTIONS = ("blur", "edges", "palette", "statistics")


class Demo(BootedTest):
    def test_pictures_and_texts_come_back_finished(self) -> None:
        WORKERS.mkdir(exist_ok=True)
        for name in FUNCTIONS:
            command = f"/usr/bin/python3 /booted/examples/demo_workers.py {name}"
            (WORKERS / f"{name}.env").write_text(f"COMMAND={command}\n")
            systemctl("start", f"sluice-worker@{name}.service")
        eventually(lambda: len(ask("workers")) == len(FUNCTIONS), "all workers attached")
        with tempfile.TemporaryDirectory() as directory:
            os.chown(directory, identity("client")["user"], -1)
            said = run(
                *("python3", "/booted/examples/demo.py", "--copies=1", "--output", directory),
                user="client",
            ).out
            pictures = sorted(path.name for path in pathlib.Path(directory).iterdir())
            self.assertEqual(pictures, ["blur-1.ppm", "edges-1.ppm", "palette-1.ppm"])
            original = pathlib.Path("/booted/examples/data/scene.ppm").read_bytes()
            for name in pictures:
                made = pathlib.Path(directory, name).read_bytes()
                self.assertTrue(made.startswith(b"P6") and made != original, name)
        self.assertIn("words, ease", said)
