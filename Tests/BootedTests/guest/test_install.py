"""The packages, on a machine that has never seen Sluice."""

import gzip
import os
import pathlib
import re
import stat
import unittest
from typing import Set

import booted
import machine
from machine import run, show, systemctl

MANUAL = "/usr/share/man/man"
PAGES = (
    "sluice.7",
    "sluice-protocol.7",
    "sluice-worker.7",
    "sluice-http.8",
    "sluicectl.1",
    "sluiced.8",
    "sluiced.toml.5",
)


def declared(package: str) -> Set[str]:
    """The packages that ``package`` depends on, and those that they depend on."""
    known: Set[str] = set()
    ask = [package]
    while ask:
        text = run(
            "dpkg-query", "--show", "--showformat=${Pre-Depends},${Depends},", ask.pop(), ok=False
        ).out
        for name in re.findall(r"(?:^|[,|])\s*([a-z0-9][a-z0-9.+-]*)", text):
            if name not in known:
                known.add(name)
                ask.append(name)
    return known


def owner(path: str) -> str:
    """The package that a file is from. dpkg may know it by its name from before /usr was merged."""
    for name in (os.path.realpath(path), path, os.path.realpath(path).replace("/usr", "", 1)):
        found = run("dpkg-query", "--search", name, ok=False)
        if found.status == 0:
            return found.out.split(":")[0]
    raise AssertionError(f"{path} is in no package")


class Install(unittest.TestCase):
    def setUp(self) -> None:
        if not booted.is_installed():
            booted.install()

    def test_1_the_packages_install_with_nothing_but_what_they_declare(self) -> None:
        self.assertTrue(booted.is_installed())
        self.assertEqual(run("dpkg", "--audit").out, "")
        self.assertEqual(run("dpkg", "--verify", *booted.PACKAGES).out, "")

    def test_2_each_library_of_the_programs_is_from_a_declared_package(self) -> None:
        for program, package in (
            ("sluiced", "sluice"),
            ("sluicectl", "sluice"),
            ("sluice-http", "sluice-http"),
        ):
            names = declared(package)
            linked = run("ldd", f"/usr/bin/{program}").out
            self.assertNotIn("not found", linked, program)
            libraries = re.findall(r"=> (/\S+)", linked)
            self.assertTrue(libraries, program)
            for library in libraries:
                self.assertIn(owner(library), names, f"{program} needs {library}")
        self.assertIn("python3", declared("python3-sluice"))

    def test_3_the_three_sockets_listen_and_come_back_at_boot(self) -> None:
        for unit in machine.SOCKET_UNITS:
            self.assertEqual(show("ActiveState", unit), "active", unit)
            self.assertEqual(systemctl("is-enabled", unit).out.strip(), "enabled", unit)
        self.assertEqual(systemctl("is-enabled", "sluiced.service").out.strip(), "enabled")
        for name in machine.SOCKETS:
            self.assertTrue(stat.S_ISSOCK(os.stat(f"/run/sluice/{name}.sock").st_mode), name)

    def test_4_nothing_that_was_installed_failed_or_warned(self) -> None:
        self.assertEqual(systemctl("--failed", "--no-legend").out, "")
        run("journalctl", "--sync")
        warned = run("journalctl", "--quiet", "--priority=warning", "--unit=sluice*").out
        self.assertEqual(warned, "")

    def test_5_systemd_understands_every_line_of_the_units(self) -> None:
        units = run("dpkg-query", "--listfiles", "sluice", "sluice-http").out
        names = re.findall(r"/systemd/system/([\w@-]+\.\w+)$", units, re.MULTILINE)
        names = [name.replace("@.", "@caption.") for name in names]
        self.assertGreaterEqual(len(names), 8, units)
        # Its exit status is 0 even where it did not understand a key.
        found = run("systemd-analyze", "verify", "--man=no", *names)
        self.assertEqual(found.out + found.err, "")

    def test_6_the_manual_and_the_completions_are_there(self) -> None:
        for page in PAGES:
            name, _, section = page.rpartition(".")
            found = gzip.decompress(pathlib.Path(f"{MANUAL}{section}/{page}.gz").read_bytes())
            self.assertIn(f"\n.Dt {name.upper()} {section}\n", found.decode())
        share = pathlib.Path("/usr/share")
        for program in ("sluicectl", "sluice-http"):
            bash = share / f"bash-completion/completions/{program}"
            said = run("bash", "-c", f"source {bash} && complete -p {program}").out
            self.assertRegex(said, rf"^complete .*-F \S+ {program}\n$")
            zsh = (share / f"zsh/vendor-completions/_{program}").read_text()
            self.assertTrue(zsh.startswith(f"#compdef {program}\n"), zsh[:80])
            fish = (share / f"fish/vendor_completions.d/{program}.fish").read_text()
            self.assertIn(f"\ncomplete -c '{program}' ", fish)

    def test_7_the_shipped_configuration_is_right(self) -> None:
        self.assertTrue(pathlib.Path("/etc/sluice/sluiced.toml").exists())
        run("sluiced", "--check-config")
