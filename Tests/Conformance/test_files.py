"""Files over HTTP, as raw as a client can be: what goes in, what comes out, and what is refused."""

import http.client
import json
import os
import socket
import urllib.request

import pytest
from conftest import eventually

LARGEST = 3 << 20
ALL = 16 << 20
GATEWAY_OPTIONS = ["--max-upload-bytes", str(LARGEST), "--max-uploads-bytes", str(ALL)]
BOUNDARY = "----conformance"


def form(*files):
    """A form's body of files: ``(name, bytes)`` or ``(name, bytes, content type)``."""
    out = b""
    for name, body, *kind in files:
        head = f'Content-Disposition: form-data; name="files"; filename="{name}"\r\n'
        head += f"Content-Type: {kind[0]}\r\n" if kind else ""
        out += f"--{BOUNDARY}\r\n{head}\r\n".encode() + body + b"\r\n"
    return out + f"--{BOUNDARY}--\r\n".encode()


def ask(gateway, method, path, body=None, **headers):
    """Status, headers and body of an answer."""
    connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=30)
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, body, names)
    answer = connection.getresponse()
    try:
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


def upload(gateway, *files, query=""):
    kind = f"multipart/form-data; boundary={BOUNDARY}"
    status, _, body = ask(
        gateway, "POST", "/gradio_api/upload" + query, form(*files), Content_Type=kind
    )
    return status, json.loads(body)


def code(answer):
    return json.loads(answer)["error"]["code"]


def test_what_is_uploaded_comes_back(gateway):
    large = os.urandom(2 << 20)
    status, paths = upload(gateway, ("a.bin", large), ("b.txt", b"text", "text/plain"), ("c", b""))
    assert status == 200 and len(set(paths)) == 3
    assert [path.rsplit("/", 1)[1] for path in paths] == ["a.bin", "b.txt", "c"]
    for path, content in zip(paths, (large, b"text", b"")):
        status, headers, body = ask(gateway, "GET", "/gradio_api/file=" + path)
        assert (status, body) == (200, content)
        assert headers["X-Content-Type-Options"] == "nosniff"
        status, headers, body = ask(gateway, "HEAD", "/gradio_api/file=" + path)
        assert (status, body, headers["Content-Length"]) == (200, b"", str(len(content)))
    for asked, part in {
        "bytes=5-1048580": large[5:1048581],
        "bytes=-7": large[-7:],
        "bytes=2097000-": large[2097000:],
    }.items():
        status, headers, body = ask(gateway, "GET", "/gradio_api/file=" + paths[0], Range=asked)
        assert (status, body) == (206, part)
    assert ask(gateway, "GET", "/gradio_api/file=" + paths[2], Range="bytes=0-")[0] == 416


def test_only_what_cannot_run_in_a_browser_is_shown(gateway):
    kinds = {
        "image/png": "inline",
        "text/plain": "inline",
        "text/html": "attachment",
        "image/svg+xml": "attachment",
        "text/html; charset=utf-8": "attachment",
        "a b": "attachment",
    }
    for kind, shown in kinds.items():
        _, (path,) = upload(gateway, ("x", b"<script>", kind))
        _, headers, _ = ask(gateway, "GET", "/gradio_api/file=" + path)
        assert headers["Content-Disposition"].startswith(shown + ";")
        assert "sandbox" in headers["Content-Security-Policy"]
    assert headers["Content-Type"] == "application/octet-stream"


@pytest.mark.parametrize(
    "name, kept",
    [
        ("../../etc/passwd", "passwd"),
        ("/etc/shadow", "shadow"),
        ("C:\\dir\\x.txt", "x.txt"),
        ("..", "file"),
        ("", "file"),
        ("a%22; filename=%22b.html", "a filename=b.html"),
        ("x" * 500 + ".png", None),
        ("\u202egnp.exe", "gnp.exe"),
    ],
)
def test_names_mean_nothing(gateway, name, kept):
    _, (path,) = upload(gateway, (name, b"x"))
    empty, sluice, token, last = path.split("/")
    assert (empty, sluice, len(token)) == ("", "sluice", 32)
    assert last == kept or (kept is None and len(last) <= 120 and last.endswith(".png"))


@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd",
        "etc/passwd",
        "//etc/passwd",
        "/proc/self/environ",
        "/sluice/../../etc/passwd",
        "/sluice/%2e%2e/%2e%2e/etc/passwd",
        "%2Fetc%2Fpasswd",
        "file:///etc/passwd",
        "http://127.0.0.1/",
        "/sluice/" + "0" * 32 + "/a",
        "/sluice/" + "0" * 32 + "/../a",
        "",
    ],
)
def test_no_path_of_a_client_is_opened(gateway, path):
    status, _, body = ask(gateway, "GET", "/gradio_api/file=" + path)
    assert status == 404 and b"root:" not in body
    assert ask(gateway, "POST", "/gradio_api/file=" + path)[0] in (404, 405)


def test_a_file_over_the_limit_is_refused_and_one_at_it_is_not(gateway):
    assert upload(gateway, ("a", bytes(LARGEST)))[0] == 200
    status, answer = upload(gateway, ("small", b"x"), ("a", bytes(LARGEST + 1)))
    assert (status, answer["error"]["code"]) == (413, "too_large")
    assert upload(gateway, ("a", bytes(ALL + 1)))[0] == 413


@pytest.mark.parametrize(
    "kind, body",
    [
        ("text/plain", b"x"),
        ("multipart/form-data", b"x"),
        (f"multipart/form-data; boundary={BOUNDARY}", b""),
        (f"multipart/form-data; boundary={BOUNDARY}", b"no form"),
        (f"multipart/form-data; boundary={BOUNDARY}", form(("a", b"x"))[:-6]),
        (f"multipart/form-data; boundary={BOUNDARY}", form()),
        (f"multipart/form-data; boundary={BOUNDARY}", form(('a"b', b"x"))),
        (f"multipart/form-data; boundary={BOUNDARY}", form(("a", b"x")).replace(b"files", b"f")),
    ],
)
def test_what_is_no_form_of_files_is_malformed(gateway, kind, body):
    status, _, answer = ask(gateway, "POST", "/gradio_api/upload", body, Content_Type=kind)
    assert (status, code(answer)) == (400, "malformed")


def test_a_body_may_come_in_chunks_of_any_size(gateway):
    content = os.urandom(5000) + b"\r\n--" + BOUNDARY[:-1].encode() + b"\r\n"
    body = form(("a", content))
    status, _, answer = ask(
        gateway,
        "POST",
        "/gradio_api/upload",
        (body[i : i + 13] for i in range(0, len(body), 13)),
        Content_Type=f"multipart/form-data; boundary={BOUNDARY}",
    )
    assert status == 200
    assert ask(gateway, "GET", "/gradio_api/file=" + json.loads(answer)[0])[2] == content


def test_progress_is_told_to_who_asks_for_it(gateway):
    path = "/gradio_api/upload_progress?upload_id=mine"
    connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=30)
    connection.request("GET", path)
    watching = connection.getresponse()
    assert (watching.status, watching.headers["Content-Type"]) == (200, "text/event-stream")
    status, _, answer = ask(gateway, "GET", path)
    assert (status, code(answer)) == (409, "watched_already")
    assert upload(gateway, ("a.txt", bytes(LARGEST)), query="?upload_id=mine")[0] == 200
    lines = [line for line in watching.read().decode().split("\n") if line]
    connection.close()
    assert all(line.startswith("data: ") for line in lines)
    messages = [json.loads(line[6:]) for line in lines]
    assert messages.pop() == {"msg": "done"}
    assert {message["orig_name"] for message in messages} == {"a.txt"}
    assert sum(message["chunk_size"] for message in messages) == LARGEST


def test_who_breaks_off_leaves_nothing_and_a_full_gateway_says_so(gateway):
    # More than there is room for, if any of it stayed.
    for _ in range(8):
        with socket.create_connection(("127.0.0.1", gateway.port)) as connection:
            head = (
                "POST /gradio_api/upload HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999\r\n"
                f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\n\r\n"
            )
            connection.sendall(head.encode() + form(("a", bytes(LARGEST)))[:-100])
    kept = []

    def is_full():
        status, answer = upload(gateway, ("a", bytes(LARGEST)))
        if status == 200:
            kept.extend(answer)
        return status == 503 and answer

    answer = eventually(is_full, "there is no room for more")
    assert answer["error"]["code"] == "uploads_full" and answer["error"]["retry_after"] > 0
    # What is there can still be read, and the gateway is well.
    status, _, body = ask(gateway, "GET", "/gradio_api/file=" + kept[0])
    assert (status, len(body)) == (200, LARGEST)
    assert urllib.request.urlopen(gateway.url + "/healthz").status == 200
