"""Where the daemon's sockets are, and what would help where one of them cannot be used.

The advice depends on the machine, as that of sluicectl does: whether the socket is there at all,
which group it opens for, whether the user joined that group after logging in. It is looked up only
when connecting failed.
"""

from __future__ import annotations

import errno
import grp
import os
import pwd
import stat
from typing import Optional, Union

from .errors import ConnectionFailed

_STANDARD = "/run/sluice"
_GROUPS = {"client": "sluice", "worker": "sluice-worker"}


class Place:
    """Where a socket is, and who said so."""

    def __init__(self, kind: str, runtime_directory: Union[str, os.PathLike[str], None]) -> None:
        self.kind = kind
        if runtime_directory is not None:
            directory, self.source = os.fspath(runtime_directory), "the argument runtime_directory"
        elif os.environ.get("SLUICE_RUNTIME_DIRECTORY"):
            directory = os.environ["SLUICE_RUNTIME_DIRECTORY"]
            self.source = "$SLUICE_RUNTIME_DIRECTORY"
        else:
            directory, self.source = _STANDARD, "the default directory"
        self.directory = directory
        self.path = os.path.join(directory, f"{kind}.sock")

    def failure(self, error: OSError) -> ConnectionFailed:
        """What happened and what to do about it."""
        text = (
            f"cannot connect to sluiced at {self.path} ({self.source}): {error.strerror or error}."
        )
        if error.errno in (errno.EACCES, errno.EPERM):
            advice = self._how_to_get_in()
        elif error.errno in (errno.ENOENT, errno.ECONNREFUSED, errno.ENOTDIR):
            advice = self._how_to_start(os.path.exists(self.path))
        else:
            advice = self.where_to_look
        return ConnectionFailed(f"{text} {advice}")

    @property
    def where_to_look(self) -> str:
        """What tells more of a daemon that is there and does not serve."""
        if self._is_service:
            return "See `systemctl status sluiced` and `journalctl -u sluiced`."
        return f"See the log of the sluiced that serves {self.directory}."

    @property
    def _is_service(self) -> bool:
        return os.path.normpath(self.directory) == _STANDARD

    def _how_to_start(self, is_there: bool) -> str:
        state = "Nobody listens there any more" if is_there else "sluiced is not running"
        if self._is_service:
            return (
                f"{state}: start it with `sudo systemctl start sluiced`. `systemctl status "
                "sluiced` says how it is. A daemon with another directory is found with "
                "runtime_directory= or $SLUICE_RUNTIME_DIRECTORY."
            )
        return (
            f"{state}: start it with `sluiced --runtime-directory {self.directory}`. One that "
            f"runs as a service is in {_STANDARD}."
        )

    def _how_to_get_in(self) -> str:
        """Who is kept out of the socket, or of its directory, by its group."""
        try:
            found = os.stat(self.path)
        except OSError:
            found = None
        opens = found is None or found.st_mode & stat.S_IWGRP
        if found is not None and not opens:
            return (
                f"It is for the user {_user(found.st_uid)} alone: without the group "
                f"{_GROUPS[self.kind]} when it started, sluiced opens it to nobody else."
            )
        group = _GROUPS[self.kind] if found is None else _group(found.st_gid)
        user = _user(os.geteuid())
        if _joined_since_login(user, group):
            return f"{user} joined the group {group} after logging in: log in again."
        return f"Join the group {group}: `sudo usermod -aG {group} {user}`, then log in again."


def _user(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _group(gid: int) -> str:
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(gid)


def _joined_since_login(user: str, group: str) -> bool:
    """Whether the databases list the user in a group that this process does not have."""
    entry: Optional[grp.struct_group]
    try:
        entry = grp.getgrnam(group)
    except KeyError:
        return False
    return user in entry.gr_mem and entry.gr_gid not in (*os.getgroups(), os.getegid())
