# SPDX-License-Identifier: 0BSD
"""Signing what leaves: others accept it, keys stay secret, mail waits when it fails."""
from __future__ import annotations

import os
import pathlib
import pwd
import random
import re
import shutil
import subprocess
import tempfile
from typing import Iterator

import pytest

from dkimrun import Filter, by_dkimpy, by_opendkim, by_perl
from dns_server import TXT, Server, Zone
from mailhost import Mailhost, wait_for
from smtpserver import SmtpServer

QMAIL = pathlib.Path("/var/qmail")
BIN = QMAIL / "bin"
DKIM = QMAIL / "control/dkim"
LEGACY = QMAIL / "control/domainkeys"
PLAIN = (b"From: Me <me@A.test>\nTo: you@b.test\nSubject: hello\n"
         b"Date: Tue, 24 Nov 2026 10:00:00 +0000\n\nthis is it.\n")


def keygen(*words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([BIN / "qmail-dkim-keygen", *words], capture_output=True, text=True,
                          timeout=120, check=False)


def publish(record: str, zone: Zone) -> None:
    name = record.split(". IN TXT")[0]
    strings = re.findall(r'"([^"]*)"', record)
    assert all(len(text) <= 255 for text in strings)
    zone[name] = [(name, TXT, [text.encode() for text in strings])]


def make(domain: str, selector: str, zone: Zone, *options: str) -> pathlib.Path:
    made = keygen(*options, domain, selector)
    assert made.returncode == 0, made
    publish(made.stdout, zone)
    key = DKIM / domain / selector
    key.with_name(selector + ".new").rename(key)
    return key


@pytest.fixture(autouse=True)
def clean() -> Iterator[None]:
    (QMAIL / "control/me").write_text("local.test\n")
    yield
    for folder in DKIM, LEGACY:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def folder() -> Iterator[pathlib.Path]:
    """Where a qmail-remote is that keeps what it would send."""
    place = pathlib.Path(tempfile.mkdtemp(prefix="sign."))
    place.chmod(0o777)
    remote = place / "qmail-remote"
    remote.write_text(f'#!/bin/sh\nprintf "%s" "$QMAILREMOTEHEADER" >{place}/fields\n'
                      f'printf "%s|" "$0" "$@" >{place}/words\ncat >{place}/message\n')
    remote.chmod(0o755)
    yield place
    shutil.rmtree(place)


def sign(message: bytes, folder: pathlib.Path, **env: str) -> "tuple[bytes | None, bytes]":
    """What the signer would have qmail-remote send, if it came to that; its report."""
    for name in "fields", "message":
        (folder / name).unlink(missing_ok=True)
    user = pwd.getpwnam("qmailr")
    with tempfile.TemporaryFile() as file:
        file.write(message)
        file.seek(0)
        run = subprocess.run(
            [BIN / "qmail-dkim-sign", "host.test", "s@a.test", "r@b.test"], stdin=file,
            stdout=subprocess.PIPE, user=user.pw_uid, group=user.pw_gid, extra_groups=[],
            env={"PATH": f"{folder}:/usr/bin:/bin", **env}, timeout=60, check=False)
    assert run.returncode == 0, run
    if not (folder / "message").exists():
        return None, run.stdout
    assert (folder / "message").read_bytes() == message
    assert b"host.test|s@a.test|r@b.test|" in (folder / "words").read_bytes()
    fields = (folder / "fields").read_bytes()
    return fields + message, run.stdout


def texts(signed: bytes) -> list[bytes]:
    return re.findall(rb"DKIM-Signature: (?:[^\n]*\n[ \t])*[^\n]*\n", signed)


def test_a_key_pair_is_made_with_safe_modes() -> None:
    for options, words in (((), "v=DKIM1; k=rsa; p="), (("-e",), "v=DKIM1; k=ed25519; p=")):
        selector = "ed" if options else "rsa"
        made = keygen(*options, "a.test", selector)
        assert made.returncode == 0, made
        assert made.stdout.startswith(f"{selector}._domainkey.a.test. IN TXT (\n\t\"{words}")
        new, pub = (DKIM / f"a.test/{selector}{end}" for end in (".new", ".pub"))
        assert new.stat().st_mode & 0o7777 == 0o640 and new.stat().st_uid == 0
        assert new.group() == "qmail" and pub.read_text() == made.stdout
        assert (DKIM / "a.test").stat().st_mode & 0o7777 == 0o750
        assert keygen(*options, "a.test", selector).returncode == 111
        new.rename(DKIM / "a.test" / selector)
        pub.unlink()
        assert keygen(*options, "a.test", selector).returncode == 100
    for user in "qmaild", "vecjoe", "alias":
        entry = pwd.getpwnam(user)
        for name in "rsa", "ed":
            read = subprocess.run(["cat", DKIM / "a.test" / name], user=entry.pw_uid,
                                  group=entry.pw_gid, extra_groups=[], capture_output=True,
                                  check=False)
            assert read.returncode and not read.stdout


@pytest.mark.parametrize("words", [(), ("a.test",), ("../x", "s"), ("a.test", ".s"),
                                   ("a.test", "a/b"), ("-b", "512", "a.test", "s"),
                                   ("-b", "99999", "a.test", "s"), ("-z", "a.test", "s")])
def test_wrong_words_make_nothing(words: tuple[str, ...]) -> None:
    assert keygen(*words).returncode == 100
    assert not DKIM.exists()


def random_message(chance: random.Random) -> bytes:
    """Folded fields, 8-bit, blanks, lone CR, long lines, with and without a final LF."""
    parts = [b"word", b" ", b"\t", b"  ", b"\r", "ü".encode(), b"\xff", b"=20", b".", b";",
             b"x" * 1100, b"<a@b>", b":", b"--"]

    def text(most: int) -> bytes:
        return b"".join(chance.choice(parts) for _ in range(chance.randrange(most)))
    fields = [b"From: Me <me@a.test>\n", b"Date: Tue, 24 Nov 2026 10:00:00 +0000\n"]
    for _ in range(chance.randrange(8)):
        name = chance.choice([b"To", b"SUBJECT", b"Cc", b"X-Odd", b"Content-type", b"Received"])
        lines = [text(6).replace(b"\r", b"") + b"x" for _ in range(chance.randrange(1, 4))]
        fields.append(name + b":" + b"\n ".join(lines) + b"\n")
    chance.shuffle(fields)
    if chance.random() < 0.1:
        return b"".join(fields)
    lines = [b"" if chance.random() < 0.3 else text(5) for _ in range(chance.randrange(8))]
    body = b"\n".join(lines) + chance.choice([b"", b"\n", b"\n\n \n", b" ", b"\r\n"])
    return b"".join(fields) + b"\n" + body


def can_opendkim(message: bytes) -> bool:
    """It takes a CR alone for a line end, and no header with two fields of some names."""
    header = message.partition(b"\n\n")[0].lower()
    return b"\r" not in message and all(
        len(re.findall(rb"^" + name + rb":", header, re.M)) < 2
        for name in (b"to", b"cc", b"subject"))


@pytest.mark.parametrize("seed", range(40))
def test_all_who_know_the_algorithm_accept_what_we_sign(
        seed: int, folder: pathlib.Path) -> None:
    zone: Zone = {}
    make("a.test", "rsa", zone)
    make("a.test", "ed", zone, "-e")
    message = random_message(random.Random(seed))
    signed, _ = sign(message, folder)
    assert signed is not None and len(texts(signed)) == 2
    with Server(zone):
        both = Filter()(signed)
        assert [result for result, _ in both.results()] == ["pass", "pass"], both.results()
        for field in texts(signed):
            alone = field + message
            if not alone.endswith(b"\n"):
                alone += b"\n"  # as qmail-remote does
            if b"\n\n" not in alone:
                alone += b"\n"  # the others want an empty line
            assert by_dkimpy(alone, zone) == "pass", alone
            if b"a=rsa" in field:
                assert by_perl(alone) == "pass", alone
            if can_opendkim(message):
                assert by_opendkim(alone) == "pass", alone


def test_no_field_can_be_added(folder: pathlib.Path) -> None:
    zone: Zone = {}
    make("a.test", "rsa", zone)
    signed, _ = sign(PLAIN, folder)
    assert signed
    with Server(zone):
        for added in (b"From: x@y.test", b"To: x@y.test", b"Subject: x", b"Date: x", b"Cc: x",
                      b"Content-Type: text/html", b"Reply-To: x@y.test", b"Sender: x@y.test"):
            assert Filter()(added + b"\n" + signed).results()[0][0] == "fail", added
        assert Filter()(b"X-New: x\n" + signed).results()[0][0] == "pass"


@pytest.mark.parametrize("message", [
    PLAIN.replace(b"me@A.test", b"me@other.test"), PLAIN.replace(b"From", b"X-From"),
    b"From: me@a.test\n" + PLAIN, PLAIN.replace(b"Me <me@A.test>", b"me@a.test, x@b.test"),
    PLAIN.replace(b"me@A.test", b"me@../a.test"), b"X: " + b"y" * (1 << 20) + b"\n" + PLAIN,
    b"", b"\n"], ids=["other domain", "no From", "two", "two authors", "dots", "large", "empty",
                      "no header"])
def test_without_a_key_or_one_author_it_goes_unsigned(
        message: bytes, folder: pathlib.Path) -> None:
    make("a.test", "rsa", {})
    assert sign(message, folder)[0] == message


def test_legacy_places(folder: pathlib.Path) -> None:
    key = make("a.test", "rsa", {})
    pem = key.read_bytes()
    shutil.rmtree(DKIM)

    def place(name: str) -> pathlib.Path:
        path = LEGACY / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(pem)
        return path

    def selector(**env: str) -> "bytes | None":
        signed, report = sign(PLAIN, folder, **env)
        assert signed is not None, report
        found = re.search(rb"; s=(\w+);", b"".join(texts(signed)))
        return found.group(1) if found else None
    assert selector() is None
    place("a.test/private")
    assert selector() == b"private"
    place("a.test/default")
    assert selector() == b"default"
    place("mine")
    assert selector(DKIMSIGN="control/domainkeys/%/mine") == b"mine"
    place("a.test/mine")
    assert selector(DKIMSIGN=f"{LEGACY}/%/mine") == b"mine"
    assert selector(DKIMSIGN="control/domainkeys/%/absent") is None


def test_a_key_that_is_not_safe_or_none_makes_mail_wait(folder: pathlib.Path) -> None:
    key = make("a.test", "rsa", {})
    good = key.read_bytes()
    for mode, pem in ((0o644, good), (0o600, good), (0o640, b"junk\n"), (0o640, good[:300])):
        key.write_bytes(pem)
        key.chmod(mode)
        signed, report = sign(PLAIN, folder)
        assert signed is None and report.startswith(b"ZUnable to sign: ")
        assert b"control/dkim/a.test/rsa" in report and report.endswith(b"(#4.3.5)\n\0")
    key.chmod(0o640)
    key.write_bytes(good)
    for number in range(4):
        shutil.copy(key, key.with_name(f"more{number}"))
    assert sign(PLAIN, folder)[1].startswith(b"ZUnable to sign: ")


def test_a_header_of_as_many_fields_as_can_be_goes_signed_or_unsigned(
        folder: pathlib.Path) -> None:
    make("a.test", "rsa", {})
    for count, times in ((3999, 1), (4000, 0), (4001, 0)):
        signed, report = sign(b"X: y\n" * (count - 4) + PLAIN, folder)
        assert signed is not None, report
        assert len(texts(signed)) == times, count


def test_signing_for_too_long_makes_mail_wait(folder: pathlib.Path) -> None:
    make("a.test", "rsa", {})
    (QMAIL / "control/timeoutdkimsign").write_text("1\n")
    (folder / "message").unlink(missing_ok=True)
    user = pwd.getpwnam("qmailr")
    try:
        signer = subprocess.Popen(
            [BIN / "qmail-dkim-sign", "host.test", "s@a.test", "r@b.test"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, user=user.pw_uid, group=user.pw_gid,
            extra_groups=[], env={"PATH": f"{folder}:/usr/bin:/bin"})
        assert signer.stdin and signer.stdout
        signer.stdin.write(PLAIN[:50])
        signer.stdin.flush()  # and no more
        assert signer.stdout.read() == b"ZUnable to sign: it took too long. (#4.3.5)\n\0"
        assert signer.wait(60) == 0
        signer.stdin.close()
    finally:
        (QMAIL / "control/timeoutdkimsign").unlink()
    assert not (folder / "message").exists()


@pytest.fixture
def remote() -> Iterator[SmtpServer]:
    server = SmtpServer("127.0.0.2")
    yield server
    server.close()


def test_end_to_end_a_bounce_is_signed_and_mail_waits_for_a_missing_signer(
        host: Mailhost, remote: SmtpServer) -> None:
    host.control(smtproutes=":127.0.0.2")
    key = make("local.test", "rsa", {})
    signer = BIN / "qmail-dkim-sign"
    away = BIN / "qmail-dkim-sign.away"
    signer.rename(away)
    try:
        host.start()
        assert host.submit(["r@remote.test"], PLAIN.replace(b"A.test", b"local.test")) == 0
        host_waits(host)
    finally:
        away.rename(signer)
    key.chmod(0o644)
    os.kill(host.sender.pid, 14) if host.sender else None
    host_says(host, "everybody_can_read_control/dkim/local.test/rsa")
    assert host.queue_files()
    key.chmod(0o640)
    assert host.submit(["no-such-user@local.test"], PLAIN, sender="s@remote.test") == 0
    host_says(host, "success: ")
    said = b"".join(remote.said)
    assert b"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;\r\n\td=local.test; s=rsa;" in said
    assert b"\r\nFrom: MAILER-DAEMON@local.test\r\n" in said


@pytest.mark.parametrize("code", [127, 1])
def test_end_to_end_mail_waits_for_a_signer_that_cannot_be_loaded(
        code: int, host: Mailhost, remote: SmtpServer) -> None:
    """127 is what the loader ends with if libcrypto is gone or there is no memory for it."""
    host.control(smtproutes=":127.0.0.2")
    make("local.test", "rsa", {})
    signer = BIN / "qmail-dkim-sign"
    away = BIN / "qmail-dkim-sign.away"
    signer.rename(away)
    try:
        signer.write_text(f"#!/bin/sh\nexit {code}\n")
        signer.chmod(0o755)
        host.start()
        assert host.submit(["r@remote.test"], PLAIN.replace(b"A.test", b"local.test")) == 0
        wait_for(lambda: "delivery 1: " in host.said(), 60, "a report")
        host_waits(host)
        assert "Unable_to_run_qmail-dkim-sign." in host.said()
    finally:
        away.rename(signer)


def test_end_to_end_without_keys_exit_codes_mean_what_they_did(
        host: Mailhost, remote: SmtpServer) -> None:
    host.control(smtproutes=":127.0.0.2")
    program = BIN / "qmail-remote"
    away = BIN / "qmail-remote.away"
    program.rename(away)
    try:
        program.write_text("#!/bin/sh\nexit 127\n")
        program.chmod(0o755)
        host.start()
        assert host.submit(["r@remote.test"], PLAIN, sender="s@local.test") == 0
        host_says(host, "delivery 1: failure: Unable_to_run_qmail-remote./")
    finally:
        away.rename(program)


def host_waits(host: Mailhost) -> None:
    host_says(host, "deferral: ")
    assert "failure: " not in host.said() and host.queue_files()


def host_says(host: Mailhost, words: str) -> None:
    wait_for(lambda: words in host.said(), 60, words + "\n" + host.said())


def test_showctl_tells_where_keys_are() -> None:
    make("a.test", "rsa", {})
    said = subprocess.run([BIN / "qmail-showctl"], capture_output=True, text=True,
                          check=True).stdout
    lines = [line.strip() for line in said.splitlines()]
    assert "dkim: Mail of domains with keys here is signed." in lines
    assert "domainkeys: (Default.) No keys." in lines
    assert "timeoutdkimsign: (Default.) Signing a message may take 300 seconds." in lines
