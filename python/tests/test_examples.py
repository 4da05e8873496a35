"""The examples do what they say, through a daemon."""

import pathlib
import random

import demo
import demo_workers
import later
import picture
import pytest

import sluice

DATA = pathlib.Path(demo.__file__).parent / "data"


@pytest.fixture
def demo_worker(daemon):
    worker = demo_workers.make_worker(list(demo_workers.FUNCTIONS), daemon.directory)
    worker.start()
    yield worker
    worker.close()


def test_the_demo_runs_from_end_to_end(daemon, demo_worker, tmp_path, capsys):
    demo.main(["--runtime-directory", daemon.directory, "--copies", "1", "--output", str(tmp_path)])
    said = capsys.readouterr().out
    for name in ("blur-1", "edges-1", "palette-1"):
        assert f"{name:12} completed" in said
        assert picture.read((tmp_path / f"{name}.ppm").read_bytes()).width == 160
    assert len(set(picture.read((tmp_path / "palette-1.ppm").read_bytes()).pixels)) == 6
    assert "paragraph-1    57 words" in said


def test_the_demo_says_what_is_wrong_with_its_arguments(demo_worker, client):
    with pytest.raises(sluice.FunctionError, match="ValueError: this is no binary PPM"):
        client.predict("blur", b"GIF89a")
    with pytest.raises(sluice.FunctionError, match="^blur: radius is 99: give 1 to 10"):
        client.predict("blur", (DATA / "scene.ppm").read_bytes(), radius=99)
    with pytest.raises(sluice.FunctionError, match="no words"):
        client.predict("statistics", "...")


def test_what_is_left_by_one_program_is_fetched_by_another(daemon, demo_worker, capsys):
    place = ["--runtime-directory", daemon.directory]
    later.main([*place, "leave", "statistics", "one two three"])
    later.main([*place, "fetch", capsys.readouterr().out.strip()])
    assert "'words': 3" in capsys.readouterr().out


def test_a_picture_is_read_as_it_was_written():
    chance = random.Random(1)
    for width, height in ((1, 1), (3, 2), (7, 5)):
        pixels = [
            tuple(chance.choice((9, 10, 13, 32, 200)) for _ in "rgb") for _ in range(width * height)
        ]
        image = picture.Picture(width, height, pixels)
        assert picture.read(picture.write(image)) == image


def test_the_shipped_picture_is_what_its_program_draws():
    space = {"__name__": "render_scene"}
    exec((DATA / "render_scene.py").read_text(), space)
    assert space["render"]() == (DATA / "scene.ppm").read_bytes()
