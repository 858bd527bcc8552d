# SPDX-License-Identifier: 0BSD
"""qmail-dkim on a message's way into the queue: what it refuses, and when it fails."""
from __future__ import annotations

import os
import pathlib
import signal
import subprocess
import threading
import time
from typing import Callable, Iterator

import pytest

import dkim_cases as cases
from dkim_cases import Keys, PLAIN
from dkimrun import PROGRAM, Filter
from dkimsigner import sign
from dns_server import Query, Server, answer

QMAIL = pathlib.Path("/var/qmail")
CONTROL = QMAIL / "control"


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return cases.keys_in(tmp_path_factory.mktemp("keys"))


@pytest.fixture
def dns(keys: Keys) -> Iterator[Server]:
    with Server(cases.zone_of(keys)) as server:
        yield server


@pytest.fixture
def judge() -> Iterator[Filter]:
    (CONTROL / "me").write_text("local.test\n")
    yield Filter()
    for name in "dkimverify", "authservid":
        (CONTROL / name).unlink(missing_ok=True)


def case(name: str, keys: Keys) -> bytes:
    return next(one for one in cases.CASES if one.name == name).make(keys)


LETTERS = {
    "A": "simple", "E": "short length", "F": "third party", "H": "tag twice",
    "I": "subject changed", "K": "expired", "L": "junk key", "N": "key revoked",
    "O": "domain with two dots", "Q": "no such key", "R": "512 bits", "S": "not signed",
    "U": "body changed", "V": "sha1", "W": "version 2", "X": "From not signed",
    "Y": "identity elsewhere", "G": "body changed", "T": "subject changed",
}


@pytest.mark.parametrize("letter", LETTERS)
def test_a_letter_refuses_for_good_or_for_now(
        letter: str, keys: Keys, dns: Server, judge: Filter) -> None:
    message = case(LETTERS[letter].replace("junk key", "key is junk"), keys)
    for letters, code, first in (letter, 31, b"D"), (letter.lower(), 71, b"Z"):
        told = judge(message, DKIMVERIFY=letters)
        assert (told.code, told.message) == (82, None), told
        assert told.reason.startswith(first + b"DKIM: ") and len(told.reason) < 256
        assert told.reason.endswith((b" (#5.7.20)", b" (#5.7.21)") if first == b"D"
                                    else (b" (#4.7.20)", b" (#4.7.21)")), told
        untold = judge(message, reason=False, DKIMVERIFY=letters)
        assert (untold.code, untold.message) == (code, None), untold
        assert ("refused" if first == b"D" else "deferred") in untold.log
    others = "".join(set("AEFHIKLNOQRSUVWXYGT") - {letter}
                     - set("GT" if letter not in "AFS" else "")
                     - set({"G": "UT", "T": "IG", "F": "A"}.get(letter, "")))
    assert judge(message, DKIMVERIFY=others).code == 0, others


def test_a_key_in_testing_has_its_own_letter(keys: Keys, dns: Server, judge: Filter) -> None:
    message = cases.changed(b"hello", b"spam", sign(PLAIN, keys.rsa, s="testing"))
    assert judge(message, DKIMVERIFY="GIT").code == 0
    assert judge(message, DKIMVERIFY="J").reason.startswith(b"D")


def test_the_control_file_says_it_when_the_variable_does_not(
        keys: Keys, dns: Server, judge: Filter) -> None:
    (CONTROL / "dkimverify").write_text("S\n")
    assert judge(PLAIN).code == 82
    assert judge(PLAIN, DKIMVERIFY="").code == 0
    (CONTROL / "dkimverify").write_text("no, no\n")
    wrong = judge(PLAIN)
    assert (wrong.code, wrong.message) == (55, None) and "dkimverify" in wrong.log


def test_a_valid_signature_outweighs_the_others(keys: Keys, dns: Server, judge: Filter) -> None:
    for name in "first one broken", "first one malformed", "two signatures":
        assert judge(case(name, keys), DKIMVERIFY="BCEFGHIKLNOQRSTUVWXY").code == 0


def test_the_authors_signature_outweighs_a_third_partys(
        keys: Keys, dns: Server, judge: Filter) -> None:
    both = sign(sign(PLAIN, keys.rsa), keys.rsa, d="list.test")
    assert judge(both, DKIMVERIFY="F").code == 0


@pytest.mark.parametrize("server", ["dead", "failing"])
def test_while_the_dns_fails_mail_waits(keys: Keys, judge: Filter, server: str) -> None:
    message = case("simple", keys)

    def check() -> None:
        told = judge(message)
        assert (told.code, told.message) == (82, None), told
        assert told.reason.startswith(b"Z") and told.reason.endswith(b" (#4.4.3)")
        assert judge(message, reason=False).code == 71
        accepted = judge(message, DKIMVERIFY="GTS")
        assert [result for result, _ in accepted.results()] == ["temperror"]
    if server == "dead":
        check()
    else:
        with Server({}, lambda query, whole: [answer(query, [], rcode=2)]):
            check()


@pytest.fixture
def patient() -> Iterator[None]:
    """Two seconds for the filter, and a resolver that waits for longer."""
    resolver = pathlib.Path("/etc/resolv.conf")
    usual = resolver.read_text()
    resolver.write_text("nameserver 127.0.0.1\noptions timeout:30 attempts:2\n")
    (CONTROL / "timeoutdkim").write_text("2\n")
    yield
    resolver.write_text(usual)
    (CONTROL / "timeoutdkim").unlink()


def test_while_the_dns_says_nothing_mail_waits_and_so_does_the_filter_not_for_long(
        keys: Keys, judge: Filter, patient: None) -> None:
    message = case("simple", keys)
    with Server({}, lambda query, whole: []) as silent:
        begun = time.monotonic()
        told = judge(message, DKIMVERIFY="")
        assert (told.code, told.message) == (52, None), told
        assert 1.5 < time.monotonic() - begun < 25 and silent.asked
        reply = smtp(message, **judge.env, QMAILQUEUE="bin/qmail-dkim", DKIMVERIFY="")
        assert reply.startswith(b"451 ") and b"timeout" in reply


@pytest.mark.parametrize("size", [100, 1_000_000])
def test_a_queue_program_that_hangs_makes_mail_wait_and_queues_nothing_later(
        size: int, judge: Filter, dns: Server, patient: None) -> None:
    """Also if message and envelope are in its pipes already: it would come twice."""
    stuck = judge.folder / "stuck"
    pid = judge.folder / "pid"
    stuck.write_text(f"#!/bin/sh\necho $$ >{pid}\nsleep 4\ncat >{judge.folder}/message\n"
                     f"cat <&1 >{judge.folder}/envelope\n")
    stuck.chmod(0o755)
    told = judge(cases.body(b"x" * size), DKIMQUEUE=str(stuck))
    assert (told.code, told.message) == (52, None), told
    wait_for(lambda: not words_of(int(pid.read_text())))
    assert not (judge.folder / "envelope").exists()


def words_of(pid: int) -> bytes:
    """How a process was started; nothing if it has ended."""
    try:
        return pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()
    except FileNotFoundError:
        return b""


def test_a_limit_that_cannot_be_read_makes_mail_wait(dns: Server, judge: Filter) -> None:
    (CONTROL / "timeoutdkim").mkdir()
    try:
        told = judge(PLAIN)
        assert (told.code, told.message) == (55, None) and "timeoutdkim" in told.log
    finally:
        (CONTROL / "timeoutdkim").rmdir()
    said = subprocess.run([QMAIL / "bin/qmail-showctl"], capture_output=True, text=True,
                          check=True).stdout
    assert "timeoutdkim: (Default.) qmail-dkim may take 600 seconds" in said


def test_no_key_is_asked_for_when_the_body_is_another(
        keys: Keys, dns: Server, judge: Filter) -> None:
    judge(case("body changed", keys))
    assert not dns.asked


def test_so_many_signatures_are_verified_and_no_more(
        keys: Keys, dns: Server, judge: Filter) -> None:
    message = PLAIN
    for _ in range(12):
        message = sign(message, keys.small, s="small")
    assert [result for result, _ in judge(message).results()] == ["pass"] * 8
    assert len(dns.asked) == 8


def test_a_length_is_honoured_when_asked_for(keys: Keys, dns: Server, judge: Filter) -> None:
    message = case("text behind the length", keys)
    assert judge(message, HONOR_BODYLENGTHTAG="1").results()[0][0] == "pass"
    assert judge(message, HONOR_BODYLENGTHTAG="0").results()[0][0] == "fail"


def test_relay_clients_may_be_exempt(keys: Keys, judge: Filter) -> None:
    message = case("body changed", keys)
    told = judge(message, RELAYCLIENT="", RELAYCLIENT_NODKIMVERIFY="", DKIMVERIFY="G")
    assert (told.code, told.message) == (0, message)
    assert judge(message, RELAYCLIENT="", DKIMVERIFY="G").code == 82
    assert judge(message, RELAYCLIENT_NODKIMVERIFY="", DKIMVERIFY="G").code == 82


MINE = b"Authentication-Results: local.test; spf=pass smtp.mailfrom=far.test\n"
RECEIVED = b"Received: from far.test\n  by local.test with SMTP; 24 Nov 2026\n"
FORGED = (b"Authentication-Results: local.test; dkim=pass header.d=bank.test\n",
          b"authentication-results:\n\t(x) LOCAL.test.;\n dkim=pass\n")
FOREIGN = b"Authentication-Results: far.test; dkim=pass header.d=a.test\n"


@pytest.mark.parametrize("forged", FORGED)
def test_forged_results_go_and_others_stay(
        keys: Keys, dns: Server, judge: Filter, forged: bytes) -> None:
    told = judge(MINE + RECEIVED + FOREIGN + forged + case("simple", keys) + b"\n" + forged)
    assert told.message is not None
    field, _, rest = told.message.partition(MINE)
    assert field.count(b"\n") == 2 and b"dkim=fail (body hash" in field
    assert rest == RECEIVED + FOREIGN + case("simple", keys) + b"\n" + forged


def test_a_signature_of_a_forged_field_is_verified_with_it(
        keys: Keys, dns: Server, judge: Filter) -> None:
    signed = sign(FORGED[0] + PLAIN, keys.rsa, h="from:authentication-results")
    told = judge(RECEIVED + signed)
    assert told.results()[0][0] == "pass"
    assert told.message is not None and FORGED[0] not in told.message


def test_results_carry_the_authserv_id(keys: Keys, dns: Server, judge: Filter) -> None:
    (CONTROL / "authservid").write_text("mx.site.test\n")
    told = judge(case("simple", keys))
    assert told.message is not None
    assert told.message.startswith(b"Authentication-Results: mx.site.test;\n  dkim=pass ")
    assert b"header.d=a.test header.s=r header.a=rsa-sha256 header.b=" in told.message


def test_bytes_of_a_hostile_signature_do_no_harm(
        keys: Keys, dns: Server, judge: Filter) -> None:
    for evil in (b"x\x1b[2J.test", b"a.test (comment", b'"; spf=pass', b"\xc3\xa4.test"):
        told = judge(case("simple", keys).replace(b"d=a.test", b"d=" + evil, 1))
        assert told.message is not None
        field = told.message.partition(b"DKIM-Signature")[0]
        assert len(told.results()) == 1 and told.results()[0][0] != "pass"
        assert all(32 <= byte < 127 or byte == 10 for byte in field), field
        assert b"spf=" not in field.replace(b'"', b"") or b'"' in field


def test_messages_without_header_end_or_body(dns: Server, judge: Filter) -> None:
    for message in (b"", b"\n", b"x", b"From: a@b.test\n", b"From: a@b.test", b"\n\nx", b"\0\n"):
        told = judge(message)
        assert told.code == 0 and told.message is not None
        assert told.message.endswith(message)
        assert told.message.count(b"\n") == 2 + message.count(b"\n")


@pytest.mark.parametrize("header", [b"X: " + b"y" * (1 << 20) + b"\n", b"X: y\n" * 4001],
                         ids=["long", "many"])
def test_a_header_too_large_is_passed_on_unverified(
        keys: Keys, dns: Server, judge: Filter, header: bytes) -> None:
    message = header + case("simple", keys)
    told = judge(RECEIVED + FORGED[0] + message)
    assert told.results() == [("permerror", "(header is too large)")]
    assert told.message is not None and told.message.endswith(message)
    assert FORGED[0] not in told.message
    assert judge(message, DKIMVERIFY="H").code == 82


def test_a_hundred_megabytes_in_constant_memory(
        keys: Keys, dns: Server, judge: Filter) -> None:
    line = b"x" * 99 + b"\n"
    large = sign(cases.body(line * 1_048_576), keys.rsa, c="simple/relaxed")
    pid_size: list[int] = []
    watch = threading.Thread(target=watch_size, args=(pid_size,), daemon=True)
    watch.start()
    told = judge(large)
    watch.join(30)
    assert told.code == 0 and told.results()[0][0] == "pass"
    assert told.message is not None and told.message.endswith(large)
    assert pid_size and max(pid_size) < 16 * 1024, f"{max(pid_size)} KB"


def watch_size(sizes: list[int]) -> None:
    """How large qmail-dkim gets, in KB, as long as there is one."""
    end = time.monotonic() + 60
    seen = False
    while time.monotonic() < end:
        found = [pid for pid in os.listdir("/proc") if pid.isdigit() and runs(pid)]
        for pid in found:
            try:
                text = pathlib.Path(f"/proc/{pid}/status").read_text()
            except OSError:
                continue
            sizes += [int(line.split()[1]) for line in text.splitlines()
                      if line.startswith("VmHWM")]
        if seen and not found:
            return
        seen = seen or bool(found)
        time.sleep(0.02)


def runs(pid: str) -> bool:
    try:
        return os.readlink(f"/proc/{pid}/exe") == str(PROGRAM)
    except OSError:
        return False


def test_killed_amid_a_message_it_queues_nothing(keys: Keys, dns: Server, judge: Filter) -> None:
    stuck = judge.folder / "stuck"
    stuck.write_text(f"#!/bin/sh\ntouch {judge.folder}/started\nsleep 1\n"
                     f"cat >{judge.folder}/message\ncat <&1 >{judge.folder}/envelope\n"
                     f"touch {judge.folder}/over\n")
    stuck.chmod(0o755)

    def kill() -> None:
        wait_for(lambda: (judge.folder / "started").exists())
        for pid in os.listdir("/proc"):
            if pid.isdigit() and runs(pid):
                os.kill(int(pid), signal.SIGKILL)
    killer = threading.Thread(target=kill)
    killer.start()
    told = judge(cases.body(b"x" * 1_000_000), DKIMQUEUE=str(stuck))
    killer.join()
    wait_for(lambda: (judge.folder / "over").exists())
    assert told.code == -signal.SIGKILL
    assert (judge.folder / "envelope").read_bytes() == b""
    empty = subprocess.run([QMAIL / "bin/qmail-queue"], stdin=subprocess.DEVNULL,
                           stdout=open("/dev/null"), check=False)
    assert empty.returncode == 54  # which is what the queue makes of that


def wait_for(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_short_of_memory_nothing_is_taken_for_verified(
        keys: Keys, dns: Server, judge: Filter) -> None:
    short = judge.folder / "short"
    message = case("body changed", keys) + b"z" * 200_000
    codes = set()
    for kilobytes in range(2000, 30000, 2000):
        short.write_text(f"#!/bin/sh\nulimit -v {kilobytes}\nexec {PROGRAM}\n")
        short.chmod(0o755)
        told = judge(message, program=short, DKIMVERIFY="GT")
        codes.add(told.code)
        assert told.code == 82 or told.code < 0 or told.code > 50, told
        assert not told.envelope
    assert len(codes) > 1 and 82 in codes


@pytest.mark.parametrize("env, code", [
    ({"TMPDIR": "/nonexistent"}, 53), ({"DKIMQUEUE": "/nonexistent"}, 120),
    ({"TAKER_CODE": "31"}, 31), ({"TAKER_CODE": "53"}, 53)])
def test_what_is_missing_is_told_by_the_exit_code(
        dns: Server, judge: Filter, env: dict[str, str], code: int) -> None:
    assert judge(PLAIN, **env).code == code


def test_without_a_name_mail_waits(dns: Server, judge: Filter) -> None:
    (CONTROL / "me").unlink()
    assert judge(PLAIN).code == 55


def smtp(message: bytes, **env: str) -> bytes:
    session = (b"HELO x\r\nMAIL FROM:<s@x.test>\r\nRCPT TO:<r@y.test>\r\nDATA\r\n"
               + message.replace(b"\n", b"\r\n") + b"\r\n.\r\nQUIT\r\n")
    run = subprocess.run([QMAIL / "bin/qmail-smtpd"], input=session, capture_output=True,
                         timeout=60, check=False,
                         env={"PATH": "/usr/bin:/bin", "RELAYCLIENT": "", **env})
    return run.stdout.split(b"\r\n354 ")[1].split(b"\r\n")[1]


def test_the_client_is_told_why(keys: Keys, dns: Server, judge: Filter) -> None:
    env = {**judge.env, "QMAILQUEUE": "bin/qmail-dkim"}
    message = case("body changed", keys)
    assert smtp(message, **env).startswith(b"250 ok ")
    assert smtp(message, **env, DKIMVERIFY="U") == (
        b"554 DKIM: body hash does not match, d=a.test (#5.7.20)")
    assert smtp(message, **env, DKIMVERIFY="u") == (
        b"451 DKIM: body hash does not match, d=a.test (#4.7.20)")
    assert smtp(message, **{**env, "QMAILQUEUE": "bin/qmail-absent"}).startswith(b"451 ")


@pytest.mark.parametrize("code, text, reply", [
    (82, "Dno, thanks", b"554 no, thanks"), (88, "Zlater", b"451 later"),
    (82, "Da\\nb", b"554 a"), (82, "D\\033[1m\\303\\244", b"554 ?[1m??"),
    (82, "", b"451 qq temporary problem (#4.3.0)"), (82, "D", b"451 qq temporary problem"),
    (82, "Xwhat", b"451 qq temporary problem (#4.3.0)"),
    (31, "Dunasked", b"554 mail server permanently rejected message (#5.3.0)"),
    (71, "Dunasked", b"451 mail server temporarily rejected message (#4.3.0)")])
def test_any_queue_program_may_give_a_reason(
        judge: Filter, code: int, text: str, reply: bytes) -> None:
    program = judge.folder / "says"
    program.write_text(f"#!/bin/sh\ncat >/dev/null\nprintf '{text}' >&4\nexit {code}\n")
    program.chmod(0o755)
    assert smtp(PLAIN, QMAILQUEUE=str(program)).startswith(reply)


def test_a_reason_is_cut(judge: Filter) -> None:
    program = judge.folder / "says"
    program.write_text("#!/bin/sh\ncat >/dev/null\nprintf 'D%0999d' 0 >&4\nexit 82\n")
    program.chmod(0o755)
    assert smtp(PLAIN, QMAILQUEUE=str(program)) == b"554 " + b"0" * 254
