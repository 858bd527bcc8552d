# SPDX-License-Identifier: 0BSD
"""Running qmail-doctor and reading what it finds."""
from __future__ import annotations

import json
import pathlib
import subprocess
from dataclasses import dataclass

from mailhost import BIN, PREFIX

DOCTOR = BIN / "qmail-doctor"
FINE, WARNING, WRONG, USAGE, TROUBLE = 0, 1, 2, 100, 111


@dataclass(frozen=True)
class Finding:
    level: str
    area: str
    place: "str | None"
    what: str
    remedy: "str | None"


@dataclass
class Report:
    code: int
    findings: list[Finding]

    def some(self, level: str, place: "str | None" = "any", what: str = "") -> list[Finding]:
        return [one for one in self.findings if one.level == level and what in one.what
                and (place == "any" or one.place == place)]

    def worst(self) -> list[Finding]:
        return [one for one in self.findings if one.level in ("wrong", "warning")]


def run(*arguments: object, **how: object) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run([str(DOCTOR), *map(str, arguments)], stdin=subprocess.DEVNULL,
                          capture_output=True, timeout=120, check=False,
                          **how)  # type: ignore[call-overload]


def ask(*arguments: object, dns: bool = False, **how: object) -> Report:
    """What it finds; without the DNS unless that is asked for."""
    done = run("--json", *([] if dns else ["--no-dns"]), *arguments, **how)
    assert not done.stderr, done.stderr
    whole = json.loads(done.stdout)
    findings = [Finding(**one) for one in whole["findings"]]
    for level in ("wrong", "warning", "note", "unseen"):
        assert whole[level] == sum(one.level == level for one in findings), level
    assert done.returncode == (WRONG if whole["wrong"] else WARNING if whole["warning"]
                               else FINE)
    return Report(done.returncode, findings)


def aliases(home: pathlib.Path = PREFIX) -> None:
    """Those that every host needs."""
    for name in ("postmaster", "mailer-daemon", "root"):
        path = home / f"alias/.qmail-{name}"
        path.write_text("&vecjoe\n")
        path.chmod(0o644)


def table() -> list[list[str]]:
    """The lines of the table of names, as fields."""
    text = run("--names").stdout.decode()
    return [line.split("\t") for line in text.splitlines() if line and line[0] != "#"]
