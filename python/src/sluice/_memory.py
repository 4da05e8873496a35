"""Payloads in sealed memfds: made once, mapped by whoever reads, never copied by the daemon."""

from __future__ import annotations

import errno
import fcntl
import mmap
import os
from typing import Sequence

from ._wire import Buffer, InDescriptor, WireError

# Payloads of at least this many bytes travel in a memfd rather than in the body.
THRESHOLD = 1 << 20

# fcntl(2); the fcntl module names them from Python 3.10 on.
_F_ADD_SEALS = 1033
_F_GET_SEALS = 1034
_SEALS = 0x0001 | 0x0002 | 0x0004 | 0x0008  # SEAL, SHRINK, GROW, WRITE
# Of sealing, each at least 75 ms after the last.
_TRIES = 24


class MemoryFile:
    """An open memfd; closed when nobody holds this object any more."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor

    def __del__(self) -> None:
        os.close(self.descriptor)


def is_available() -> bool:
    """Whether this system can send memfds (Linux)."""
    return hasattr(os, "memfd_create")


def sealed(pieces: Sequence[Buffer]) -> InDescriptor:
    """A new sealed memfd with these bytes, ready to be sent any number of times."""
    file = MemoryFile(os.memfd_create("sluice-payload", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING))
    size = 0
    for piece in pieces:
        view = memoryview(piece)
        size += len(view)
        while len(view):
            view = view[os.write(file.descriptor, view) :]
    _seal(file.descriptor)
    return InDescriptor(size, file.descriptor, file)


def _seal(descriptor: int) -> None:
    """The kernel refuses while it holds a page of the file itself, for instance to move it, and
    waits some 75 ms before it does. That passes."""
    for _ in range(_TRIES - 1):
        try:
            fcntl.fcntl(descriptor, _F_ADD_SEALS, _SEALS)
            return
        except OSError as error:
            if error.errno != errno.EBUSY:
                raise
    fcntl.fcntl(descriptor, _F_ADD_SEALS, _SEALS)


def opened(payload: InDescriptor) -> memoryview:
    """The content of a received memfd, mapped. Takes over and closes its descriptor.

    Writing into the view changes this process's private copy only. Raises WireError where the
    descriptor is not a memfd, not sealed, or not as large as was said.
    """
    try:
        try:
            seals = fcntl.fcntl(payload.descriptor, _F_GET_SEALS)
        except OSError:
            raise WireError("payload: the descriptor is not a memfd") from None
        if seals & _SEALS != _SEALS:
            raise WireError("payload: the memfd is not sealed")
        size = os.fstat(payload.descriptor).st_size
        if size != payload.size:
            raise WireError(f"payload: the memfd has {size} bytes, not {payload.size}")
        if size == 0:
            return memoryview(b"")
        return memoryview(mmap.mmap(payload.descriptor, size, access=mmap.ACCESS_COPY))
    finally:
        os.close(payload.descriptor)
