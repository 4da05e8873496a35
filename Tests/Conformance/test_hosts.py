"""By which names a gateway without tokens may be called, over real sockets."""

import socket

import pytest


def status(gateway, path, *headers, version="1.1"):
    """Of the answer to a GET with these headers alone."""
    head = "\r\n".join([f"GET {path} HTTP/{version}", *headers, "Connection: close", "", ""])
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=30) as client:
        client.sendall(head.encode())
        return int(client.makefile("rb").readline().split()[1])


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "LOCALHOST."])
def test_it_answers_to_the_names_of_the_loopback(gateway, host):
    assert status(gateway, "/gradio_api/startup-events", f"Host: {host}:{gateway.port}") == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "10.0.0.1"])
def test_a_name_that_was_made_to_lead_here_is_turned_away(gateway, host):
    assert status(gateway, "/gradio_api/startup-events", f"Host: {host}:{gateway.port}") == 403


def test_a_load_balancer_needs_no_name(gateway):
    assert status(gateway, "/healthz", version="1.0") == 200
    assert status(gateway, "/readyz", "Host: backend-7") == 200
    assert status(gateway, "/gradio_api/startup-events", version="1.0") == 403
