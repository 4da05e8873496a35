import logging

import pytest
from fake_daemon import FakeDaemon

import sluice


@pytest.fixture
def daemon(tmp_path):
    fake = FakeDaemon(tmp_path)
    yield fake
    fake.stop()


@pytest.fixture
def serve(daemon):
    """Makes workers that are let go when the test ends: ``worker = serve(slots=2)``."""
    workers = []

    def make(**options):
        worker = sluice.Worker(daemon.directory, **options)
        workers.append(worker)
        return worker

    yield make
    for worker in workers:
        if worker._core is not None:
            worker.close()


@pytest.fixture
def client(daemon):
    with sluice.Client(daemon.directory) as made:
        yield made


@pytest.fixture(autouse=True)
def loud(caplog):
    caplog.set_level(logging.DEBUG, "sluice")
