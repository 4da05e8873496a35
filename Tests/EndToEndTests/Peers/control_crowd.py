"""Connects to the control socket so often, says nothing, and counts who was turned away."""

import select
import socket
import sys

directory, count = sys.argv[1], int(sys.argv[2])
crowd = []
for _ in range(count):
    peer = socket.socket(socket.AF_UNIX)
    peer.connect(f"{directory}/control.sock")
    crowd.append(peer)
refused = 0
while refused < 2 and select.select(crowd, [], [], 20)[0]:
    for peer in select.select(crowd, [], [], 0)[0]:
        assert b"TooMany" in peer.recv(4096)
        crowd.remove(peer)
        refused += 1
print(f"TooMany for {refused} of {count}", flush=True)
sys.stdin.read() or select.select([], [], [], 30)
