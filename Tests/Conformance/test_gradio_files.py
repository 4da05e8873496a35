"""Files through the real gradio_client: uploaded, handed to a worker, answered and downloaded."""

import pathlib

import pytest

gradio_client = pytest.importorskip("gradio_client")

WORKER = """
import sluice

worker = sluice.Worker()

@worker.function("turn")
def turn(file: sluice.File) -> sluice.File:
    assert isinstance(file, sluice.File), file
    return sluice.File(file.read()[::-1], "turned-" + file.name)

@worker.function("described")
def described(file: sluice.File) -> dict:
    return {"name": file.name, "type": file.content_type, "bytes": len(file)}

@worker.function("both")
def both(file: sluice.File) -> list:
    return [file, sluice.File(b"more", "more.txt")]

worker.run()
"""


@pytest.fixture(scope="module")
def client(gateway, worker, tmp_path_factory):
    worker(WORKER)
    place = tmp_path_factory.mktemp("downloads")
    return gradio_client.Client(gateway.url, download_files=str(place), verbose=False)


def test_a_file_goes_to_a_worker_and_a_file_comes_back(client, tmp_path):
    for size in (0, 5, 1 << 20):
        source = tmp_path / "a cat.png"
        source.write_bytes(bytes(range(256)) * (size // 256) + b"x" * (size % 256))
        back = client.predict(gradio_client.handle_file(source), api_name="/turn")
        assert pathlib.Path(back).name == "turned-a cat.png"
        assert pathlib.Path(back).read_bytes() == source.read_bytes()[::-1]


def test_a_worker_knows_what_a_file_is(client, tmp_path):
    source = tmp_path / "cat.png"
    source.write_bytes(b"meow")
    said = client.predict(gradio_client.handle_file(source), api_name="/described")
    assert said == {"name": "cat.png", "type": "image/png", "bytes": 4}


def test_an_answer_of_one_call_is_an_argument_of_the_next(client, tmp_path):
    source = tmp_path / "x.txt"
    source.write_bytes(b"abc")
    turned = client.predict(gradio_client.handle_file(source), api_name="/turn")
    again = client.predict(gradio_client.handle_file(turned), api_name="/turn")
    assert pathlib.Path(again).read_bytes() == b"abc"


def test_files_in_lists_are_downloaded_each(client, tmp_path):
    source = tmp_path / "x.txt"
    source.write_bytes(b"abc")
    paths = client.predict(gradio_client.handle_file(source), api_name="/both")
    assert [pathlib.Path(path).read_bytes() for path in paths] == [b"abc", b"more"]


def test_what_was_never_uploaded_is_refused(client):
    for path in ("http://127.0.0.1:9/secret", "https://example.org/x.png"):
        with pytest.raises(Exception):
            client.predict(gradio_client.handle_file(path), api_name="/described")
