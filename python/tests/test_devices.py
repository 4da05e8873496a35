"""Devices: a worker's own, those of a batch, and what functions say of them."""

import asyncio
import os
import sys
import threading
import types

import pytest

import sluice
from sluice import _codec as codec
from sluice import _devices, _limits
from sluice import _messages as m
from sluice._connection import Connection
from sluice._lease import Lease, NoDevices, Wish
from sluice._serving import Core
from sluice._wire import WireError


@pytest.fixture(autouse=True)
def environment():
    """What a worker sets is gone with the test."""
    before = dict(os.environ)
    os.environ.pop("SLUICE_DEVICE", None)
    yield
    os.environ.clear()
    os.environ.update(before)


def binds(daemon):
    return [message for message in list(daemon.seen) if isinstance(message, m.Bind)]


# What people ask for


def asked(device=None, count=None, memory=None, exclusive=False):
    return _devices.wish("sluice.Worker", device, count, memory, exclusive)


@pytest.mark.parametrize(
    "arguments, wish",
    [
        ({}, None),
        ({"device": "none"}, None),
        ({"device": "any"}, Wish(1)),
        ({"device": "gpu0"}, Wish(1, ("gpu0",))),
        ({"device": ["gpu0", "gpu1"]}, Wish(2, ("gpu0", "gpu1"))),
        ({"device": ("gpu0", "gpu0")}, Wish(1, ("gpu0",))),
        ({"device": ["gpu0", "gpu1"], "count": 1}, Wish(1, ("gpu0", "gpu1"))),
        ({"count": 4}, Wish(4)),
        ({"memory": "8GiB"}, Wish(1, (), 8 << 30)),
        ({"exclusive": True}, Wish(1, (), None, True)),
    ],
)
def test_a_worker_asks_for_what_its_arguments_say(arguments, wish):
    assert asked(**arguments) == wish


@pytest.mark.parametrize(
    "arguments, wish",
    [
        ({}, Wish(2, ("gpu1", "gpu2"))),
        ({"device": "any"}, Wish(1, ("gpu1", "gpu2"))),
        ({"count": 1}, Wish(1, ("gpu1", "gpu2"))),
        ({"device": "gpu2"}, Wish(1, ("gpu2",))),
        ({"device": "none"}, None),
    ],
)
def test_the_operator_names_devices_in_the_environment(arguments, wish):
    os.environ["SLUICE_DEVICE"] = " gpu1, gpu2,"
    assert asked(**arguments) == wish


def test_what_the_operator_did_not_choose_is_refused_to_the_program():
    os.environ["SLUICE_DEVICE"] = "gpu1,gpu2"
    with pytest.raises(ValueError, match=r"\$SLUICE_DEVICE, .* is gpu1,gpu2: gpu0 could not"):
        asked(["gpu0", "gpu1"], count=1)


@pytest.mark.parametrize("device", ["any", "gpu0", ["gpu0"]])
def test_an_operator_who_takes_the_devices_away_is_named_to_a_program_that_insists(device):
    os.environ["SLUICE_DEVICE"] = "none"
    with pytest.raises(ValueError, match=r"\$SLUICE_DEVICE is 'none': whoever runs this worker"):
        asked(device)


@pytest.mark.parametrize("arguments", [{}, {"device": "none"}, {"memory": 1}, {"exclusive": True}])
def test_an_operator_may_take_the_devices_away(arguments):
    os.environ["SLUICE_DEVICE"] = "none"
    assert asked(**arguments) is None


@pytest.mark.parametrize(
    "arguments, wish",
    [
        ({}, Wish(1)),
        ({"device": "any"}, Wish(1)),
        ({"count": 3}, Wish(3)),
        ({"device": ["gpu0", "gpu1"]}, Wish(2, ("gpu0", "gpu1"))),
        ({"device": "none"}, None),
    ],
)
def test_the_operator_may_leave_the_choice(arguments, wish):
    os.environ["SLUICE_DEVICE"] = "any"
    assert asked(**arguments) == wish


@pytest.mark.parametrize("words", ["none,gpu0", "gpu0,any"])
def test_a_word_among_the_names_of_the_operator_is_refused(words):
    os.environ["SLUICE_DEVICE"] = words
    with pytest.raises(ValueError, match="it stands alone"):
        asked()


@pytest.mark.parametrize(
    "arguments, says",
    [
        ({"device": "gpu 0"}, "device is 'gpu 0'"),
        ({"device": []}, "give 'any' or the names"),
        ({"device": 0}, "device is 0"),
        ({"device": "gpu0", "device_count": 2}, "device_count is 2, of gpu0"),
        ({"device_count": 17}, "device_count is 17: give 1 to 16"),
        ({"device_count": "two"}, "give a whole number"),
        ({"device": [f"gpu{i}" for i in range(17)]}, "a worker has 16 at most"),
        ({"device": [f"gpu{i}" for i in range(65)], "device_count": 1}, "name 64 at most"),
        ({"device": "none", "memory": 1}, "leave out"),
        ({"device": "any", "memory": "8GB"}, "memory is '8GB'"),
        ({"device": "any", "exclusive": 1}, "give True or False"),
        ({"devices": 2}, "device_count"),
    ],
)
def test_a_wish_that_makes_no_sense_is_refused_by_its_argument(daemon, arguments, says):
    with pytest.raises((TypeError, ValueError), match=says):
        sluice.Worker(daemon.directory, **arguments)
    assert daemon.seen == []


@pytest.mark.parametrize(
    "given, size",
    [(0, 0), (5, 5), ("5B", 5), ("2KiB", 2048), ("3 M", 3 << 20), ("1TiB", 1 << 40)],
)
def test_a_size_is_bytes_or_text_as_in_the_configuration(given, size):
    assert _limits.size("here", "memory", given) == size


@pytest.mark.parametrize(
    "given", [-1, 1.5, True, None, "6", "6GB", "1.5GiB", "GiB", "", "1025TiB", 1 << 60]
)
def test_what_is_no_size_is_refused(given):
    with pytest.raises((TypeError, ValueError), match="here: memory is .*: give bytes"):
        _limits.size("here", "memory", given)


# A worker's own


def test_a_worker_is_made_once_its_devices_are_its_own(daemon, serve, client):
    daemon.lend("gpu0", "gpu1")
    worker = serve(device=["gpu0", "gpu1"], memory="8GiB", exclusive=True)
    assert worker.devices == ["gpu0", "gpu1"]
    assert os.environ["TEST_VISIBLE_DEVICES"] == "id-of-gpu0,gpu1"
    assert os.environ["SLUICE_DEVICES"] == "gpu0,gpu1"
    told = {"memory": 8 << 30, "exclusive": 1, "devices": ("gpu0", "gpu1")}
    assert binds(daemon) == [m.Bind(count=2, attributes=told)]
    assert daemon.count(m.Declare) == 0

    @worker.function("where")
    def where():
        return sluice.devices()

    worker.start()
    assert client.predict("where") == ["gpu0", "gpu1"]
    with pytest.raises(RuntimeError, match="before the worker runs"):
        worker.function("late")(lambda: None)


def test_who_waits_for_devices_that_others_have_says_so(daemon, serve, caplog, monkeypatch):
    monkeypatch.setattr(Core, "patience_with_others", 0.0)
    made = []

    def make():
        made.append(serve(device=["gpu0", "gpu3"], device_count=1))

    thread = threading.Thread(target=make)
    thread.start()
    daemon.until(lambda: binds(daemon))
    daemon.lend("gpu1")
    daemon.until(lambda: "waiting for" in caplog.text)
    daemon.lend("gpu3")
    thread.join(20)
    assert made[0].devices == ["gpu3"]
    assert "waiting for 1 device of gpu0, gpu3" in caplog.text
    assert "sluicectl devices" in caplog.text


def test_who_is_drained_as_it_waits_for_devices_leaves_in_peace(daemon):
    ends = []

    def make():
        with pytest.raises(SystemExit) as end:
            sluice.Worker(daemon.directory, device="any")
        ends.append(end.value.code)

    thread = threading.Thread(target=make)
    thread.start()
    daemon.until(lambda: binds(daemon))
    daemon.send_to_workers(m.Drain())
    thread.join(20)
    assert ends == [0]


def test_who_is_drained_as_it_awaits_devices_leaves_in_peace(daemon):
    async def main():
        worker = sluice.aio.Worker(daemon.directory, device="any")
        waiting = asyncio.ensure_future(asyncio.to_thread(daemon.until, lambda: binds(daemon)))
        waiting.add_done_callback(lambda _: daemon.send_to_workers(m.Drain()))
        await worker.bind()

    with pytest.raises(SystemExit) as end:
        asyncio.run(asyncio.wait_for(main(), 20))
    assert end.value.code == 0


def test_a_wait_for_devices_may_have_an_end(daemon):
    with pytest.raises(TimeoutError, match="gpu7: not to be had in 0.01 seconds"):
        sluice.Worker(daemon.directory, device="gpu7", bind_timeout=0.01)
    daemon.until(lambda: not daemon._peers)


def test_a_wish_that_can_never_come_true_ends_the_worker(daemon):
    daemon.refuses_leases = "there is no gpu7"
    with pytest.raises(sluice.ConnectionFailed, match="there is no gpu7"):
        sluice.Worker(daemon.directory, device="gpu7")


def test_an_older_daemon_lends_nothing(daemon):
    daemon.devices = None
    with pytest.raises(sluice.ConnectionFailed, match="lends no devices"):
        sluice.Worker(daemon.directory, device="any")
    assert binds(daemon) == []


def test_nobody_there_is_said_as_ever(tmp_path):
    with pytest.raises(sluice.ConnectionFailed, match="cannot connect"):
        sluice.Worker(tmp_path, device="any")


def test_a_framework_that_has_looked_already_is_warned_of(daemon, serve, caplog, monkeypatch):
    torch = types.ModuleType("torch")
    torch.cuda = types.SimpleNamespace(is_initialized=lambda: False)
    monkeypatch.setitem(sys.modules, "torch", torch)
    daemon.lend("gpu0", "gpu1")
    serve(device="any")
    assert "torch" not in caplog.text
    torch.cuda.is_initialized = lambda: True
    serve(device="any")
    assert "torch looked for devices before" in caplog.text


def test_a_restarted_daemon_is_told_of_the_lease_first(daemon, serve, client):
    daemon.lend("gpu0", "gpu1")
    worker = serve(device="any", device_count=2)

    @worker.function("where")
    def where():
        return sluice.devices()

    daemon.restart()
    daemon.until(lambda: len(binds(daemon)) == 2)
    worker.start()
    assert client.predict("where") == ["gpu0", "gpu1"]
    daemon.restart(announced=False)
    assert client.predict("where") == ["gpu0", "gpu1"]
    held = m.Bind(count=2, attributes={"held": 1, "devices": ("gpu0", "gpu1")})
    assert binds(daemon) == [m.Bind(count=2), held, held]
    said = [type(message).__name__ for message in daemon.seen]
    last = len(said) - said[::-1].index("Bind")
    assert said[last] == "Declare"


def test_a_daemon_that_restarts_before_it_answered_is_asked_again(daemon, serve):
    made = []
    thread = threading.Thread(target=lambda: made.append(serve(device="gpu0")))
    thread.start()
    daemon.until(lambda: binds(daemon))
    daemon.restart()
    daemon.until(lambda: len(binds(daemon)) == 2)
    daemon.lend("gpu0")
    thread.join(20)
    assert made[0].devices == ["gpu0"]
    assert binds(daemon) == [m.Bind(count=1, attributes={"devices": ("gpu0",)})] * 2


def test_a_daemon_that_became_older_leaves_the_worker_as_it_is(daemon, serve, client):
    daemon.lend("gpu0")
    worker = serve(device="any")

    @worker.function("where")
    def where():
        return sluice.devices()

    worker.start()
    assert client.predict("where") == ["gpu0"]
    daemon.call(setattr, daemon, "devices", None)
    daemon.restart()
    assert client.predict("where") == ["gpu0"]
    assert len(binds(daemon)) == 1


def test_a_lease_that_a_daemon_cannot_leave_ends_the_worker(daemon, serve):
    daemon.lend("gpu0")
    worker = serve(device="any")
    worker.function("f")(lambda: None)
    worker.start()
    daemon.until(lambda: daemon.count(m.Ready))
    daemon.call(setattr, daemon, "refuses_leases", "gpu0 is another worker's")
    daemon.restart()
    with pytest.raises(sluice.ConnectionFailed, match="gpu0 is another worker's"):
        worker.join(20)


def test_a_lease_that_ends_before_the_worker_runs_is_told_when_it_does(daemon, serve):
    daemon.lend("gpu0")
    worker = serve(device="any")
    worker.function("f")(lambda: None)
    daemon.call(setattr, daemon, "refuses_leases", "gpu0 is another worker's")
    daemon.restart()
    assert worker._over.wait(20)
    with pytest.raises(sluice.ConnectionFailed, match="gpu0 is another worker's"):
        worker.run()


def test_a_worker_with_devices_drains_as_any_other(daemon, serve, client):
    daemon.lend("gpu0")
    worker = serve(device="any")
    worker.function("f")(lambda: 1)
    worker.start()
    assert client.predict("f") == 1
    worker.drain()
    assert worker.join(20)


def test_the_same_for_asyncio(daemon):
    async def main():
        worker = sluice.aio.Worker(daemon.directory, device="any", bind_timeout=20)
        assert worker.devices == []
        with pytest.raises(TimeoutError, match="1 device: not to be had in 0.01 seconds"):
            await worker.bind(0.01)
        asyncio.get_running_loop().call_later(0.01, daemon.lend, "gpu0")
        assert await worker.bind() == ["gpu0"]
        assert os.environ["SLUICE_DEVICES"] == "gpu0"

        @worker.function("where")
        async def where():
            return sluice.devices()

        task = asyncio.ensure_future(worker.run())
        async with sluice.aio.Client(daemon.directory) as client:
            assert await client.predict("where") == ["gpu0"]
        worker.drain()
        await task

    asyncio.run(asyncio.wait_for(main(), 30))


def test_an_asyncio_worker_that_nobody_bound_is_bound_by_run(daemon):
    async def main():
        worker = sluice.aio.Worker(daemon.directory, device="gpu0")
        worker.function("f")(lambda: None)
        daemon.refuses_leases = "there is no gpu0"
        with pytest.raises(sluice.ConnectionFailed, match="there is no gpu0"):
            await worker.run()

    asyncio.run(asyncio.wait_for(main(), 30))


# Those of a batch


def test_a_function_is_told_the_devices_of_its_batch(daemon, serve, client):
    daemon.grants_on = {"plain": ["gpu1"], "coroutine": ["gpu0", "gpu2"]}
    worker = serve()

    @worker.function("plain")
    def plain():
        return sluice.devices()

    @worker.function("coroutine")
    async def coroutine():
        await asyncio.sleep(0)
        return sluice.devices()

    @worker.function("nowhere")
    def nowhere():
        return sluice.devices()

    worker.start()
    assert client.predict("plain") == ["gpu1"]
    assert client.predict("coroutine") == ["gpu0", "gpu2"]
    assert client.predict("nowhere") == []
    assert sluice.devices() == []


def test_a_daemon_after_a_restart_hears_on_which_devices_a_batch_runs(daemon, serve, client):
    daemon.grants_on = {"wait": ["gpu1"]}
    began, end = threading.Event(), threading.Event()
    worker = serve()

    @worker.function("wait")
    def wait():
        began.set()
        assert end.wait(20)
        return sluice.devices()

    worker.start()
    job = client.submit("wait")
    assert began.wait(20)
    daemon.restart()
    daemon.until(lambda: daemon.count(m.Holding))
    end.set()
    assert job.result(20) == ["gpu1"]
    (holding,) = [message for message in daemon.seen if isinstance(message, m.Holding)]
    assert holding.attributes == {"devices": ("gpu1",)}


# What functions say


SAID = {"memory": "6GiB", "memory_per_item": "300MiB", "device_count": 2, "exclusive": True}
TOLD = {"memory": 6 << 30, "memory_per_item": 300 << 20, "device_count": 2, "exclusive": 1}


def declared(daemon, serve):
    worker = serve()
    worker.function("f", **SAID)(lambda: None)
    worker.start()
    daemon.until(lambda: daemon.count(m.Ready))
    (message,) = [message for message in daemon.seen if isinstance(message, m.Declare)]
    return {name: message.attributes.get(name) for name in SAID}


def test_a_function_says_what_it_takes(daemon, serve, caplog):
    assert declared(daemon, serve) == TOLD
    assert "not heeded" not in caplog.text


def test_an_older_daemon_is_not_told_what_it_would_not_understand(daemon, serve, caplog):
    daemon.devices = None
    assert declared(daemon, serve) == dict.fromkeys(SAID)
    assert "f: what it says of devices is not heeded" in caplog.text


@pytest.mark.parametrize(
    "options, says",
    [
        ({"memory": "6GB"}, "memory is '6GB'"),
        ({"memory_per_item": -1}, "memory_per_item is -1"),
        ({"device_count": 0}, "device_count is 0"),
        ({"exclusive": "yes"}, "exclusive is 'yes'"),
        ({"gpus": 2}, "gpus is an old name: use device_count"),
        ({"gpu": 1}, r"no argument gpu; bind the queue: devices = .* \[queue.X\] in sluiced.toml"),
        ({"devices": "any"}, "no argument devices; bind the queue"),
        ({"device": "any"}, "no argument device; bind the queue"),
    ],
)
def test_what_a_function_cannot_take_is_refused(serve, options, says):
    with pytest.raises((TypeError, ValueError), match=says):
        serve().function("f", **options)(lambda: None)


@pytest.mark.parametrize("option", ["device", "devices", "gpu", "gpus"])
def test_a_request_has_no_say_in_devices(option):
    with pytest.raises(TypeError, match=f"there is no argument {option}; it has caller"):
        _limits.unknown("submit", [option], ["caller"])


# The machine


def welcomed(features=m.DEVICES):
    connection = Connection("worker", m.Hello())
    list(connection.receive(codec.encoded(m.Welcome(features=features))))
    return connection


def test_a_lease_never_changes():
    lease = Lease(Wish(2, ("gpu0", "gpu1", "gpu2")))
    lease.opened(welcomed())
    for wrong in [("gpu0",), ("gpu0", "gpu3")]:
        with pytest.raises(WireError, match="Bound: devices are"):
            lease.take(m.Bound(devices=wrong))
    assert lease.take(m.Bound(devices=("gpu2", "gpu0")))
    lease.opened(welcomed(0))
    assert not lease.take(m.Bound(devices=("gpu0", "gpu2")))
    with pytest.raises(WireError, match="this worker holds gpu2, gpu0"):
        lease.take(m.Bound(devices=("gpu0", "gpu1")))


def test_an_unanswered_wish_needs_a_daemon_that_lends():
    with pytest.raises(NoDevices):
        Lease(Wish()).opened(welcomed(0))


def test_bound_that_nobody_asked_for_breaks_the_protocol(daemon, serve):
    worker = serve()
    worker.function("f")(lambda: None)
    worker.start()
    daemon.until(lambda: daemon.count(m.Ready))
    daemon.send_to_workers(m.Bound(devices=("gpu0",)))
    with pytest.raises(sluice.ProtocolError, match="Bound: kind came without Bind"):
        worker.join(20)
