"""GPUs that a machine without any seems to have, down to the file that a program opens."""

import os
import pathlib
import shutil
import stat
import unittest

from machine import run

# systemd looks up here which number a driver has. Of those that are given at run time, some that
# nobody has.
KNOWN = """\
Character devices:
195 nvidia
226 drm
400 kfd
401 nvidia-uvm

Block devices:
"""
# With the modes and groups that drivers and udev give: name, kind, major, minor, mode, group.
NODES = (
    ("nvidia0", stat.S_IFCHR, 195, 0, 0o666, "root"),
    ("nvidia1", stat.S_IFCHR, 195, 1, 0o666, "root"),
    ("nvidiactl", stat.S_IFCHR, 195, 255, 0o666, "root"),
    ("nvidia-uvm", stat.S_IFCHR, 401, 0, 0o666, "root"),
    ("kfd", stat.S_IFCHR, 400, 0, 0o660, "render"),
    ("dri/renderD191", stat.S_IFCHR, 226, 191, 0o660, "render"),
    ("disk", stat.S_IFBLK, 8, 0, 0o666, "root"),
)


def make(test: unittest.TestCase) -> None:
    """They go with the test."""
    known = pathlib.Path("/run/devices")
    known.write_text(KNOWN)
    run("mount", "--bind", str(known), "/proc/devices")
    test.addCleanup(run, "umount", "/proc/devices")
    for name, kind, major, minor, mode, group in NODES:
        path = pathlib.Path("/dev", name)
        path.parent.mkdir(exist_ok=True)
        path.unlink(missing_ok=True)
        os.mknod(path, kind, os.makedev(major, minor))
        os.chmod(path, mode)
        shutil.chown(path, group=group)
        test.addCleanup(path.unlink)
