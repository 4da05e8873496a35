"""Where the socket is, and the advice where it cannot be used."""

import errno
import grp
import os
import pwd
import queue
import socket

import pytest

import sluice
from sluice import _link
from sluice._place import Place

DENIED = PermissionError(errno.EACCES, "Permission denied")
REFUSED = ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused")
ABSENT = FileNotFoundError(errno.ENOENT, "No such file or directory")
ME = pwd.getpwuid(os.geteuid()).pw_name


def test_the_default_place_is_that_of_the_service(monkeypatch):
    monkeypatch.delenv("SLUICE_RUNTIME_DIRECTORY", raising=False)
    place = Place("worker", None)
    assert place.path == "/run/sluice/worker.sock"
    assert "`sudo systemctl start sluiced`" in str(place.failure(ABSENT))
    assert "journalctl -u sluiced" in place.where_to_look


def test_a_socket_that_nobody_listens_on_is_told_from_none(tmp_path):
    place = Place("client", tmp_path)
    assert "sluiced is not running" in str(place.failure(ABSENT))
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(place.path)
    assert "Nobody listens there any more" in str(place.failure(REFUSED))
    assert f"`sluiced --runtime-directory {tmp_path}`" in str(place.failure(REFUSED))


def test_the_group_is_that_of_the_socket_itself(tmp_path, monkeypatch):
    place = Place("client", tmp_path)
    with socket.socket(socket.AF_UNIX) as there:
        there.bind(place.path)
    os.chmod(place.path, 0o600)
    assert f"It is for the user {ME} alone" in str(place.failure(DENIED))
    os.chmod(place.path, 0o660)
    made = grp.struct_group(("gpu-users", "x", os.stat(place.path).st_gid, []))
    monkeypatch.setattr(grp, "getgrgid", lambda gid: made)
    monkeypatch.setattr(grp, "getgrnam", lambda name: made)
    text = str(place.failure(DENIED))
    assert f"Join the group gpu-users: `sudo usermod -aG gpu-users {ME}`" in text


@pytest.mark.parametrize("members, said", [([ME], "log in again."), ([], "Join the group")])
def test_who_joined_after_logging_in_is_told_to_do_so_again(tmp_path, monkeypatch, members, said):
    place = Place("worker", tmp_path / "hidden")
    made = grp.struct_group(("sluice-worker", "x", 4200042, members))
    monkeypatch.setattr(grp, "getgrnam", lambda name: made)
    text = str(place.failure(DENIED))
    assert said in text
    assert ("joined the group sluice-worker after logging in" in text) == bool(members)


def test_a_daemon_that_does_not_answer_is_in_the_log(tmp_path, monkeypatch):
    monkeypatch.setattr(_link, "_SILENCE", 0.01)
    said: "queue.Queue[str]" = queue.Queue()
    monkeypatch.setattr(_link.logger, "warning", lambda text, *words: said.put(text % words))
    with socket.socket(socket.AF_UNIX) as silent, sluice.Client(tmp_path) as client:
        silent.bind(str(tmp_path / "client.sock"))
        silent.listen()
        client.submit("f")
        assert said.get(timeout=20).startswith(f"waiting for sluiced to answer at {tmp_path}")
