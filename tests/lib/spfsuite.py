# SPDX-License-Identifier: 0BSD
"""The published SPF test suites, and qmail-spf through its pipe protocol."""
from __future__ import annotations

import gzip
import pathlib
import subprocess
from dataclasses import dataclass
from typing import Any, Iterator

import yaml

from mailhost import BIN

# where Debian's python3-spf has them
PLACE = pathlib.Path("/usr/share/doc/python3-spf")
PROGRAM = BIN / "qmail-spf"
ALL = "fail softfail neutral none permerror "


@dataclass
class Case:
    name: str
    zone: dict[str, Any]
    ip: str
    helo: str
    sender: str
    results: list[str]
    explanation: str | None


def cases(suite: str) -> list[Case]:
    with gzip.open(PLACE / f"{suite}.yml.gz", "rt", encoding="utf-8") as file:
        return list(_cases(file))


def _cases(file: Any) -> Iterator[Case]:
    for scenario in yaml.safe_load_all(file):
        if not scenario:
            continue
        for name, test in scenario["tests"].items():
            want = test["result"]
            yield Case(name, scenario["zonedata"], str(test["host"]), test["helo"],
                       test["mailfrom"], want if isinstance(want, list) else [want],
                       test.get("explanation"))


def question(ip: str, helo: str, sender: str, receiver: str = "mx.local.test",
             rules: str = "", guess: str = "", explain: str = "", show: str = ALL) -> bytes:
    fields = [("i", ip), ("h", helo), ("s", sender), ("m", receiver), ("l", rules),
              ("g", guess), ("x", explain), ("w", show)]
    return b"".join(letter.encode() + value.encode("utf-8", "surrogateescape") + b"\0"
                    for letter, value in fields if value) + b"\0"


@dataclass
class Reply:
    result: str
    guessed: bool
    domain: str
    comment: str
    explanation: str


def run(data: bytes, program: pathlib.Path = PROGRAM
        ) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run([str(program)], input=data, capture_output=True, timeout=60,
                          check=False, env={})


def ask(ip: str, helo: str, sender: str, program: pathlib.Path = PROGRAM, **more: str) -> Reply:
    done = run(question(ip, helo, sender, **more), program)
    assert done.returncode == 0, (done.returncode, done.stderr)
    assert done.stdout.endswith(b"\0\0"), done.stdout
    found = {field[0]: field[1:] for field in done.stdout[:-2].decode("ascii").split("\0")}
    return Reply(found["r"], "g" in found, found["d"], found["c"], found["x"])
