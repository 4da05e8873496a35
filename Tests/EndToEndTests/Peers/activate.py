"""Becomes a program with listening sockets passed to it, as systemd does.

    activate.py DIRECTORY NAME... /PROGRAM ARGUMENT...
"""

import os
import socket
import sys

directory, *rest = sys.argv[1:]
program = next(index for index, word in enumerate(rest) if word.startswith("/"))
names, words = rest[:program], rest[program:]
listeners = []
for name in names:
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(f"{directory}/{name}.sock")
    listener.listen()
    # Out of the way of the numbers that they are to have.
    listeners.append(os.dup(listener.detach()))
high = [os.dup2(number, 100 + index, inheritable=False) for index, number in enumerate(listeners)]
for index, number in enumerate(high):
    os.dup2(number, 3 + index, inheritable=True)
os.environ.update(
    LISTEN_FDS=str(len(names)), LISTEN_PID=str(os.getpid()), LISTEN_FDNAMES=":".join(names)
)
os.execv(words[0], words)
