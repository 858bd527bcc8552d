# SPDX-License-Identifier: 0BSD
"""qmail-spf built with libspf2: the same tests, its known failures told one by one."""
from __future__ import annotations

import pathlib
import subprocess
from typing import Iterator

import pytest

import spfsuite
from mailhost import BIN
from zones import Zones

HERE = pathlib.Path(__file__).parent
SOURCE = pathlib.Path("/mnt/out/src")
IP = "192.0.2.7"
KNOWN = {(f"rfc{suite}-tests", name): result for suite, name, result in (
    line.split() for line in (HERE / "known-failures.txt").read_text().splitlines()
    if not line.startswith("#"))}
# 335 bytes on which bookworm's libspf2 overflows its stack
OVERFLOW = "%{s}x" * 67


def make(folder: pathlib.Path, *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["make", "-s", "-j2", "-C", str(SOURCE), f"BUILD={folder}", "CFLAGS=-O0", *words,
         f"{folder}/bin/qmail-spf"], capture_output=True, text=True, timeout=900, check=False)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """The program, built with the library."""
    assert (SOURCE / "spf/libspf2.mk").exists(), "this tree has no such engine"
    folder = tmp_path_factory.mktemp("engine")
    folder.parent.chmod(0o755)
    # flags of a packager's do not take the engine's place
    done = make(folder, "SPF_ENGINE=libspf2", "LDFLAGS=-Wl,-z,now")
    assert done.returncode == 0, done.stderr[-2000:]
    return folder / "bin/qmail-spf"


@pytest.fixture(scope="module")
def server() -> Iterator[Zones]:
    with Zones({}) as one:
        yield one


@pytest.mark.parametrize("suite, right", [("rfc7208-tests", 152), ("rfc4408-tests", 141)])
def test_the_suites_but_for_the_known_failures(
        suite: str, right: int, engine: pathlib.Path, server: Zones) -> None:
    good, odd = 0, []
    for case in spfsuite.cases(suite):
        server.change(case.zone)
        result = spfsuite.ask(case.ip, case.helo, case.sender, engine).result
        good += result in case.results
        known = KNOWN.get((suite, case.name))
        if result not in case.results if known is None else result != known:
            odd.append((case.name, result, case.results, known))
    assert odd == []
    assert good == right


def linked(program: pathlib.Path) -> str:
    return subprocess.run(["ldd", str(program)], capture_output=True, text=True, timeout=60,
                          check=False).stdout


def test_only_a_build_that_asks_links_the_library(
        engine: pathlib.Path, tmp_path: pathlib.Path) -> None:
    assert "libspf2" in linked(engine)
    assert "libspf2" not in linked(BIN / "qmail-spf")
    done = make(tmp_path, "SPF_ENGINE=other")
    assert done.returncode and "SPF_ENGINE is own or libspf2" in done.stderr


@pytest.mark.parametrize("record", ["v=spf1 -all exp=e.test", "v=spf1 EXP=e.test -all",
                                    "v=spf1 exp=e.test exp=e.test -all",
                                    "v=spf1 redirect=r.test", "v=spf1 ~exp=e.test -all"])
def test_the_library_never_sees_an_explanation(
        record: str, engine: pathlib.Path, server: Zones) -> None:
    server.change({"far.test": [{"TXT": record}], "e.test": [{"TXT": OVERFLOW}],
                   "r.test": [{"TXT": "v=spf1 -all exp=e.test"}]})
    server.asked.clear()
    reply = spfsuite.ask(IP, "x.test", "joe@far.test", engine, explain="go away, %{i}")
    assert reply.result == ("permerror" if "~exp" in record else "fail")
    assert reply.explanation == f"go away, {IP}"
    assert "e.test" not in {name for name, _ in server.questions()}


def test_explanations_in_local_terms_are_not_seen_either(
        engine: pathlib.Path, server: Zones) -> None:
    server.change({"none.test": [{"A": IP}], "e.test": [{"TXT": OVERFLOW}],
                   "fail.test": [{"TXT": "v=spf1 ip4:192.0.2.99 -all"}]})
    server.asked.clear()
    reply = spfsuite.ask(IP, "x.test", "joe@none.test", engine, guess="v=spf1 -all exp=e.test")
    assert (reply.result, reply.guessed) == ("fail", True)
    reply = spfsuite.ask(IP, "x.test", "joe@fail.test", engine, rules=f"ip4:{IP} exp=e.test")
    assert reply.result == "pass"
    assert "e.test" not in {name for name, _ in server.questions()}


@pytest.mark.parametrize("text", [
    "v=spf1 a:\x80\xff%{s}.x.test -all", "v=spf1 " + "a:%{s}%{S}%{l1r-}.x.test " * 300,
    "v=spf1 " + "ip4:192.0.2.1 " * 4000, "v=spf1 \x00 -all", "v=spf1 exists:%{" + "r" * 4000,
    "v=spf1 " + "x" * 60000])
def test_hostile_records_do_no_harm(text: str, engine: pathlib.Path, server: Zones) -> None:
    server.change({"far.test": [{"TXT": text}]})
    for sender in ("joe@far.test", "\x80\xff%{s}" * 100 + "@far.test"):
        assert spfsuite.ask(IP, "\x90[x]%" * 60, sender, engine).result in (
            "permerror", "neutral", "fail")


def test_a_dead_dns_is_temporary(engine: pathlib.Path, server: Zones) -> None:
    server.change({"far.test": [{"TXT": "v=spf1 a:dead.test -all"}], "dead.test": ["TIMEOUT"]})
    assert spfsuite.ask(IP, "x.test", "joe@far.test", engine).result == "temperror"
    server.failing.add("far.test")
    assert spfsuite.ask(IP, "x.test", "joe@far.test", engine).result == "temperror"
    server.failing.clear()
