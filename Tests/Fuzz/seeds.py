"""Where fuzzing begins: the vectors and the configuration files, as inputs of each target.

    python3 seeds.py FOLDER        writes FOLDER/TARGET/...
"""

import json
import pathlib
import re
import struct
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
VECTORS = ROOT / "Tests/Vectors"
CUT, CLOSED, OPEN = b"\x05", b"\x00", b"\x01"

# One call of each method, and one with everything; the fuzzer finds the rest.
CALLS = {
    "Status": {},
    "ListQueues": {},
    "GetQueue": {"concurrency_id": "gpu_queue"},
    "ListFunctions": {},
    "ListWorkers": {},
    "ListDevices": {"device": "gpu0", "after": None},
    "ListRequests": {"limit": 10, "offset": 3, "function": "caption"},
    "GetRequest": {"id": 7},
    "Explain": {"id": 7},
    "Set": {
        "target": {"queue": "gpu_queue"},
        "values": {"concurrency_limit": 2, "max_wait": "none", "batch": None, "x": 1.5e3},
        "runtime": True,
    },
    "Revert": {"target": {"function": "caption"}},
    "Pause": {"target": {"worker": 3}},
    "Resume": {"target": {"daemon": True}, "runtime": False},
    "Drain": {"target": {"queue": "q\u00e9\U0001f600"}},
    "Cordon": {"device": "gpu0", "reason": "a new fan", "runtime": True},
    "Uncordon": {"device": "gpu0"},
    "Cancel": {"id": 18446744073709551615},
    "Forget": {"function": "caption"},
    "StartWorker": {"name": "caption"},
    "StopWorker": {"name": "caption"},
    "ListDetached": {"state": "finished", "function": None, "user": 4294967295, "after": 3},
    "GetDetached": {"id": 7},
    "Retry": {"id": 7},
    "Discard": {"id": 7},
    "Monitor": {"requests": True},
    "Reload": {},
}
# Shown by sluicectl as the daemon says it; by the target's number of the reply.
REPLIES = {0: "top-once.json", 1: "queues.json", 5: "queue.json", 7: "monitor.json"}


def streams():
    by_sender = {}
    for name in ("opening", "client", "worker", "invalid"):
        for vector in json.loads((VECTORS / f"wire/{name}.json").read_text()):
            opening = vector.get("stage") == "opening" or vector.get("kind") in ("HELLO", "WELCOME")
            frame = bytes.fromhex(vector["hex"])
            yield vector["from"], CUT + (CLOSED if opening else OPEN) + frame
            if name in ("client", "worker"):
                by_sender.setdefault(vector["from"], []).append(frame)
    for sender, frames in by_sender.items():
        yield sender, CUT + OPEN + b"".join(frames)


def varlink():
    for method, parameters in CALLS.items():
        call = {"method": f"io.sluice.Control.{method}", "parameters": parameters}
        if method == "Monitor":
            call["more"] = True
        yield "varlink-calls", CUT + json.dumps(call).encode() + b"\0"
    for method in ("GetInfo", "GetInterfaceDescription"):
        call = {"method": f"org.varlink.service.{method}", "parameters": {"interface": "io.sluice"}}
        yield "varlink-calls", CUT + json.dumps(call, ensure_ascii=False).encode() + b"\0"
    yield "varlink-calls", CUT + b'{"method":"a.b","oneway":true}\0{"method":"io.sluice.Control.X"}\0'
    for number, name in REPLIES.items():
        text = (VECTORS / "ctl-output" / name).read_text()
        for line in [text] if name != "monitor.json" else text.splitlines():
            try:
                reply = {"parameters": json.loads(line)}
            except ValueError:
                continue
            message = json.dumps(reply, separators=(",", ":")).encode()[:2040]
            yield "varlink-replies", bytes([number]) + message + b"\0"
    for number in range(8):
        for error, parameters in (
            ("org.varlink.service.InvalidParameter", {"parameter": "id"}),
            ("io.sluice.Control.UnknownQueue", {"concurrency_id": "a", "nearest": None}),
            ("io.sluice.Control.NotAKey", {"key": "x", "target": {"worker": 1}, "keys": ["y"]}),
            (
                "io.sluice.Control.ConfigurationInvalid",
                {"errors": [{"file": "a", "line": 1, "key": None, "message": "b"}]},
            ),
        ):
            reply = {"error": error, "parameters": parameters}
            yield "varlink-replies", bytes([number]) + json.dumps(reply).encode() + b"\0"
        yield "varlink-replies", bytes([number]) + b'{"parameters":{"queues":[]}}\0'


def files():
    paths = [*VECTORS.glob("config/*/*.toml"), *ROOT.glob("config/**/*.toml")]
    for path in sorted(paths):
        text = path.read_bytes()
        # Without what is only for people; and each table by itself, which mutates better.
        bare = re.sub(rb"(?m)^#(?! ?[a-z_]+ *=).*\n|^\n", b"", text)
        yield "configuration", bare
        uncommented = re.sub(rb"(?m)^# ?", b"", bare)
        for table in re.split(rb"(?m)^(?=\[)", uncommented):
            if len(table) > 10:
                yield "configuration", table
    yield "configuration", b"[daemon]\nmax_running = 1\n\x1c[daemon]\nmax_running = 2\n"


def tickets():
    # Issued by the daemon under the key of the target; Tests/SluiceDaemonTests has its layout.
    claim = struct.pack("<BQQQ", 1, 0x0102030405060708, 0x1112131415161718, 0x2122232425262728)
    tag = bytes.fromhex("098546896b3631c9a90c141dcf16a3b3")
    yield "tickets", claim + tag
    yield "tickets", claim + tag[:-1] + b"\0"
    yield "tickets", b"\x02" + claim[1:] + tag
    for size in (0, 1, 25, 40, 42, 64, 65):
        yield "tickets", b"\x01" * size


def forms():
    head = b'Content-Disposition: form-data; name="files"; filename="cat.png"\r\n'
    part = b"--b\r\n" + head + b"Content-Type: image/png\r\n\r\nPNG\r\n-\r\n--\r\r\n\r\n"
    field = b"--b  \r\ncontent-disposition: form-data;name=a\r\n\r\n\r\n"
    yield "multipart", CUT + part + field + part + b"--b--\r\nepilogue"
    yield "multipart", CUT + b"preamble\r\n" + field + b"--b--"
    yield "multipart", CUT + part.replace(b"cat.png", b"../\\\"%22a\\\\.tar.gz") + b"--b--"
    yield "multipart", CUT + part + b"\r\n--bc\r\n"
    yield "multipart", CUT + b"--b\r\n" + head + head + b"\r\n"
    yield "multipart", CUT + b"--b\n"


def inferences():
    words = '"' + 'a\\u00e9\\ud83d\\ude00\\n' + '"'
    tensors = {
        "BOOL": ([2], "[true, false]"),
        "UINT8": ([2, 2], "[[1, 255], [0e9, 2.50e1]]"),
        "INT64": ([3], "[-9223372036854775808, 9007199254740993.0, 1e3]"),
        "UINT64": ([1, 1], "[18446744073709551615]"),
        "FP16": ([2], "[65504, -1.5e-3]"),
        "FP32": ([1, 2, 2], "[[[0.1, -0], [1e22, 3.4e38]]]"),
        "FP64": ([2], "[5e-324, 1.7976931348623157e308]"),
        "BYTES": ([2], f'[{words}, ""]'),
    }
    inputs = []
    for datatype, (shape, data) in tensors.items():
        one = f'{{"name":"x","datatype":"{datatype}","shape":{shape},"data":{data}}}'
        inputs.append(one)
        yield "inference", f'{{"inputs":[{one}]}}'.encode()
        wrong = one.replace(data, data[:-1] + ",null]")
        yield "inference", f'{{"inputs":[{wrong}]}}'.encode()
    more = '"parameters":{"scale":1.5,"binary_data_output":true},"outputs":[{"name":"y"}],"id":"7"'
    yield "inference", f'{{"what":[{{}}],{more},"inputs":[{",".join(inputs)}]}}'.encode()
    yield "inference", b'{"inputs":[{"data":[],"shape":[2.0,0],"datatype":"FP32","name":"x"}]}'
    yield "inference", b'{"id":null,"outputs":null,"parameters":null,"inputs":[],"inputs":[]} '


def main():
    folder = pathlib.Path(sys.argv[1])
    count = 0
    for source in (streams, varlink, files, tickets, forms, inferences):
        for target, seed in source():
            place = folder / target
            place.mkdir(parents=True, exist_ok=True)
            (place / f"seed-{count:04}").write_bytes(seed)
            count += 1
    print(f"{count} seeds in {folder}")


main()
