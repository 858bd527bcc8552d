# SPDX-License-Identifier: 0BSD
"""qmail-dkim built with libdkim: Debian's is refused and mail waits; what it would answer;
and what an engine that does as it is told comes to."""
from __future__ import annotations

import pathlib
import shutil
import subprocess
import tempfile
import time
from typing import Iterator

import pytest

import dkim_cases as cases
from dkim_cases import PLAIN, Keys
from dkimrun import PROGRAM, Filter
from dkimsigner import sign
from dns_server import Server

HERE = pathlib.Path(__file__).parent
SOURCE = pathlib.Path("/mnt/out/src")
QMAIL = pathlib.Path("/var/qmail")
KNOWN = dict(line.rsplit(": ", 1) for line in
             (HERE / "known-failures.txt").read_text().splitlines()
             if not line.startswith("#"))


@pytest.fixture(scope="module")
def built() -> Iterator[pathlib.Path]:
    """A build with the library: OBJECTS/bin/qmail-dkim."""
    assert (SOURCE / "dkim/libdkim.mk").exists(), "this tree has no such engine"
    if not pathlib.Path("/usr/include/dkim.h").exists():
        pytest.skip("libdkim-dev is not to be had")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="engine."))
    folder.chmod(0o755)
    # as packagers do it, with flags of their own
    done = make(folder, "DKIM_ENGINE=libdkim", "LDFLAGS=-Wl,-z,now", "bin/qmail-dkim")
    assert done.returncode == 0, done.stderr[-2000:]
    yield folder
    shutil.rmtree(folder)


def make(folder: pathlib.Path, *words: str) -> "subprocess.CompletedProcess[str]":
    settings = [word for word in words if "=" in word]
    return subprocess.run(
        ["make", "-s", "-j2", "-C", str(SOURCE), f"BUILD={folder}", "CFLAGS=-O0", *settings,
         *(f"{folder}/{word}" for word in words if "=" not in word)],
        capture_output=True, text=True, timeout=900, check=False)


def link(folder: pathlib.Path, name: str, *parts: object) -> pathlib.Path:
    """A program of parts of a build (NAME.o) and of files here (NAME.c)."""
    program = folder / name
    words = [str(HERE / str(part)) if str(part).endswith(".c") else
             str(folder / str(part)) if str(part).endswith(".o") else str(part)
             for part in parts]
    done = subprocess.run(
        ["gcc", "-std=c11", "-D_DEFAULT_SOURCE", "-D_POSIX_C_SOURCE=200809L", "-Wall",
         "-Wextra", "-O0", f"-I{SOURCE}", f"-I{folder}", "-o", program, *words,
         folder / "base.a", folder / "dkim.a", folder / "base.a", "-lcrypto"],
        capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return program


MAIN = ("dkim/qmail-dkim.o", "dkim/engine/libdkim.o", "dkim/engine/vectors.o")


@pytest.fixture(scope="module")
def trusting(built: pathlib.Path) -> pathlib.Path:
    return link(built, "trusting", *MAIN, "trusted.c", "-ldkim")


@pytest.fixture(scope="module")
def faked(built: pathlib.Path) -> pathlib.Path:
    return link(built, "faked", *MAIN, "dkim/engine/check.o", "fake.c")


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return cases.keys_in(tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="module")
def dns(keys: Keys) -> Iterator[Server]:
    with Server(cases.zone_of(keys)) as server:
        yield server


@pytest.fixture(scope="module")
def judge() -> Filter:
    (QMAIL / "control/me").write_text("local.test\n")
    return Filter()


def linked(program: pathlib.Path) -> str:
    return subprocess.run(["ldd", program], capture_output=True, text=True, timeout=60,
                          check=True).stdout


def test_only_a_build_that_asks_links_the_library(
        built: pathlib.Path, tmp_path: pathlib.Path) -> None:
    assert "libdkim" in linked(built / "bin/qmail-dkim")
    assert "libdkim" not in linked(PROGRAM)
    done = make(tmp_path, "DKIM_ENGINE=other", "bin/qmail-dkim")
    assert done.returncode and "DKIM_ENGINE is own or libdkim" in done.stderr


def test_our_own_engine_would_be_trusted(built: pathlib.Path) -> None:
    program = link(built, "ours", "dkim/engine/check.o", "dkim/engine/vectors.o", "ours.c")
    run = subprocess.run([program], capture_output=True, text=True, timeout=60, check=False)
    assert (run.returncode, run.stdout) == (0, "fit\n")


def test_debians_library_is_refused_and_mail_waits(
        built: pathlib.Path, keys: Keys, dns: Server, judge: Filter) -> None:
    program = built / "bin/qmail-dkim"
    for message in (sign(PLAIN, keys.rsa), PLAIN):
        told = judge(message, program=program, DKIMVERIFY="")
        assert (told.code, told.message, told.envelope) == (81, None, b""), told
        assert told.log == ("qmail-dkim: fatal: libdkim cannot be trusted: of RFC 6376 A.2 "
                            "it says permerror (there is no such key)\n")
    session = (b"HELO x\r\nMAIL FROM:<s@x.test>\r\nRCPT TO:<r@y.test>\r\nDATA\r\n"
               + PLAIN.replace(b"\n", b"\r\n") + b".\r\nQUIT\r\n")
    run = subprocess.run([QMAIL / "bin/qmail-smtpd"], input=session, capture_output=True,
                         timeout=60, check=False, env={"RELAYCLIENT": "", **judge.env,
                                                       "QMAILQUEUE": str(program)})
    assert run.stdout.split(b"\r\n354 ")[1].split(b"\r\n")[1].startswith(b"451 "), run
    assert not (judge.folder / "envelope").exists()


@pytest.mark.parametrize("case", cases.CASES, ids=lambda case: case.name)
def test_the_corpus_but_for_the_known_failures(
        case: cases.Case, trusting: pathlib.Path, keys: Keys, dns: Server,
        judge: Filter) -> None:
    outcome = judge(case.make(keys), program=trusting)
    assert outcome.code == 0, outcome
    results = [result for result, _ in outcome.results()]
    right = case.result in results and (case.result == "pass" or "pass" not in results)
    assert (case.name in KNOWN) == (not right), results
    assert right or ",".join(results) == KNOWN[case.name]
    assert case.result == "pass" or "pass" not in results, "it must not pass what is not valid"


def test_the_known_failures_are_of_the_corpus() -> None:
    assert set(KNOWN) <= {case.name for case in cases.CASES}
    assert (SOURCE / "dkim/engine/libdkim.c").exists()


def test_an_engine_that_is_right_verifies(
        faked: pathlib.Path, keys: Keys, dns: Server, judge: Filter) -> None:
    told = judge(sign(PLAIN, keys.rsa), program=faked, FAKE="right")
    assert told.code == 0 and told.envelope, told
    assert told.results()[0][0] == "pass" and "2048-bit key" in told.results()[0][1]
    unsigned = judge(PLAIN, program=faked, FAKE="right")
    assert unsigned.results()[0][0] == "none"


def case_of(name: str, keys: Keys) -> bytes:
    return next(case.make(keys) for case in cases.CASES if case.name == name)


REFUSED = ["512 bits", "sha1", "From not signed", "expired", "key revoked", "two keys",
           "key for another service", "strict identity below", "identity elsewhere",
           "no such key", "ed25519 key for RSA", "tag twice", "version 2", "label too long"]


@pytest.mark.parametrize("name", REFUSED)
def test_what_our_reader_refuses_no_engine_passes(
        name: str, faked: pathlib.Path, keys: Keys, dns: Server, judge: Filter) -> None:
    told = judge(case_of(name, keys), program=faked, FAKE="right")
    assert told.code == 0, told
    wanted = next(case.result for case in cases.CASES if case.name == name)
    assert [result for result, _ in told.results()] == [wanted]


def test_signatures_that_the_library_does_not_see_do_not_shift_the_others(
        faked: pathlib.Path, keys: Keys, dns: Server, judge: Filter) -> None:
    message = sign(sign(sign(PLAIN, keys.rsa), keys.ed, s="ed"), keys.tiny, s="tiny")
    told = judge(b"DKIM-Signature: nonsense\n" + message, program=faked, FAKE="right")
    assert [result for result, _ in told.results()] == [
        "permerror", "permerror", "permerror", "pass"]
    assert "header.s=r " in told.results()[3][1]


@pytest.mark.parametrize("mode, says", [
    ("pass", "of RFC 6376 A.2 with another body it says pass"),
    ("fail", "of RFC 6376 A.2 it says fail (signature does not match)"),
    ("none", "of RFC 6376 A.2 it says temperror (trouble on this side)")])
def test_an_engine_that_is_wrong_is_refused(
        mode: str, says: str, faked: pathlib.Path, judge: Filter) -> None:
    told = judge(PLAIN, program=faked, FAKE=mode)
    assert (told.code, told.message) == (81, None), told
    assert told.log == f"qmail-dkim: fatal: libdkim cannot be trusted: {says}\n"


def test_an_engine_that_crashes_queues_nothing(
        faked: pathlib.Path, keys: Keys, dns: Server, judge: Filter) -> None:
    message = sign(PLAIN, keys.rsa)
    for mode in "crash", "after-crash":
        told = judge(message, program=faked, FAKE=mode)
        assert told.code == -6 and told.message is None and not told.envelope, told


def test_an_engine_that_hangs_ends_by_an_alarm(
        faked: pathlib.Path, keys: Keys, dns: Server, judge: Filter) -> None:
    begun = time.monotonic()
    told = judge(PLAIN, program=faked, FAKE="hang")
    assert (told.code, told.message) == (52, None) and time.monotonic() - begun < 60
    limit = QMAIL / "control/timeoutdkim"
    limit.write_text("1\n")
    told = judge(sign(PLAIN, keys.rsa), program=faked, FAKE="after-hang")
    limit.unlink()
    assert (told.code, told.message) == (52, None), told


def test_a_dead_dns_makes_mail_wait(
        faked: pathlib.Path, keys: Keys, dns: Server, judge: Filter) -> None:
    message = sign(PLAIN, keys.rsa)
    usual, dns.trick = dns.trick, lambda query, whole: []
    try:
        told = judge(message, program=faked, FAKE="right")
    finally:
        dns.trick = usual
    assert told.code == 82 and told.reason.endswith(b" (#4.4.3)"), told
