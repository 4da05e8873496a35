"""Speaks to the control socket with PyPI's varlink, which knows nothing of Sluice."""

import sys

import varlink

with varlink.Client(address="unix:" + sys.argv[1]) as client:
    with client.open("org.varlink.service") as service:
        info = service.GetInfo()
        print("vendor", info["vendor"])
        assert "io.sluice.Control" in info["interfaces"]
    # Fetches and parses the description of every interface.
    assert "io.sluice.Control" in client.get_interfaces()
    assert "Monitor" in client.get_interface("io.sluice.Control").members
    with client.open("io.sluice.Control") as control:
        print("running", control.Status()["running"])
        try:
            control.GetQueue("q")
        except varlink.VarlinkError as error:
            assert error.error() == "io.sluice.Control.UnknownQueue", error.error()
            print("refused", error.parameters()["concurrency_id"])
    with client.open("io.sluice.Control") as control:
        for reply in control.Monitor(_more=True):
            event = reply["event"]
            change = event.get("change") or {}
            print(event["kind"], change.get("key", ""), flush=True)
            if event["kind"] == "changed":
                break
