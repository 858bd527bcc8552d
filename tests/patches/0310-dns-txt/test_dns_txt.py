# SPDX-License-Identifier: 0BSD
"""The texts at a name, asked of a live name server."""
from __future__ import annotations

import pathlib
import subprocess
from typing import Sequence

import pytest

from dns_server import A, CNAME, MX, TXT, Query, Server, Zone, answer, honest

HERE = pathlib.Path(__file__).parent
SOURCE = pathlib.Path("/mnt/out/src")


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    made = tmp_path_factory.mktemp("texts") / "texts"
    subprocess.run(["cc", "-std=c11", "-D_DEFAULT_SOURCE", f"-I{SOURCE}", "-o", made,
                    HERE / "texts.c", *SOURCE.glob("lib/net/dns-*.c"),
                    *SOURCE.glob("lib/io/*.c"), *SOURCE.glob("lib/str/*.c")], check=True)
    return made


def texts(program: pathlib.Path, name: str) -> list[bytes]:
    run = subprocess.run([program, name], capture_output=True, timeout=120, check=True)
    return run.stdout.split(b"\n")[:-1]


ZONE: Zone = {
    "one.test": [("one.test", TXT, "v=spf1 -all")],
    "two.test": [("two.test", TXT, "first"), ("two.test", A, "10.0.0.1"),
                 ("two.test", TXT, "second")],
    "parts.test": [("parts.test", TXT, [b"v=DKIM1; p=", b"", b"abc", b"def"])],
    "empty.test": [("empty.test", TXT, [b""])],
    "bytes.test": [("bytes.test", TXT, [b"\0\xff\x1b"])],
    "alias.test": [("alias.test", CNAME, "one.test")],
    "long.test": [("long.test", TXT, "x" * 9000)],
    "many.test": [("many.test", TXT, f"text {number}") for number in range(40)],
    "other.test": [("other.test", MX, (10, "a.test"))],
}


@pytest.mark.parametrize("name, expected", [
    ("one.test", [b"ok", b"v=spf1 -all"]),
    ("ONE.test", [b"ok", b"v=spf1 -all"]),
    ("two.test", [b"ok", b"first", b"second"]),
    ("parts.test", [b"ok", b"v=DKIM1; p=abcdef"]),
    ("empty.test", [b"ok", b""]),
    ("bytes.test", [b"ok", b"\0\xff\x1b"]),
    ("alias.test", [b"ok", b"v=spf1 -all"]),
    ("long.test", [b"ok", b"x" * 9000]),
    ("many.test", [b"ok more"] + [b"text %d" % number for number in range(32)]),
    ("other.test", [b"none"]),
    ("absent.test", [b"none"]),
])
def test_texts_are_those_of_the_zone(program: pathlib.Path, name: str,
                                     expected: list[bytes]) -> None:
    with Server(ZONE):
        assert texts(program, name) == expected


@pytest.mark.parametrize("strings", [b"\5abc", b"\3abc\1", b"\1"])
def test_strings_that_leave_their_record_are_trouble(
        program: pathlib.Path, strings: bytes) -> None:
    def trick(query: Query, whole: "bytes | None") -> "Sequence[bytes] | None":
        head = answer(query, [])
        return [head[:7] + b"\1" + head[8:] + b"\xc0\x0c\0\x10\0\1\0\0\0\1"
                + len(strings).to_bytes(2, "big") + strings]
    with Server({}, trick):
        assert texts(program, "one.test") == [b"temp"]


def test_a_dead_server_is_trouble(program: pathlib.Path) -> None:
    assert texts(program, "one.test") == [b"temp"]


def test_a_failing_server_is_trouble(program: pathlib.Path) -> None:
    def trick(query: Query, whole: "bytes | None") -> "Sequence[bytes] | None":
        return honest(query, answer(query, [], rcode=2))
    with Server({}, trick):
        assert texts(program, "one.test") == [b"temp"]
