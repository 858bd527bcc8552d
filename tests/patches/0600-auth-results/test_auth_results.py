# SPDX-License-Identifier: 0BSD
"""Forged Authentication-Results fields are taken out of what strangers bring, and nothing
else is."""
from __future__ import annotations

import email
import email.policy
import random
import subprocess

import pytest

from mailhost import BIN, DOMAIN, PATH, PREFIX, QUEUE, USER, Mailhost

ID = "mx.local.test"
ENV = {"PATH": PATH, "TCPREMOTEIP": "192.0.2.7"}

FORGED = {
    "plain": f"Authentication-Results: {ID}; spf=pass",
    "name in another case": f"aUTHENTICATION-rESULTS: {ID}; spf=pass",
    "id in another case": "Authentication-Results: MX.Local.TEST; spf=pass",
    "no blank": f"Authentication-Results:{ID};spf=pass",
    "none": f"Authentication-Results: {ID}",
    "blank before the colon": f"Authentication-Results : {ID}; spf=pass",
    "tabs": f"Authentication-Results\t \t:\t{ID}\t;\tspf=pass",
    "folded before the id": f"Authentication-Results:\n {ID}; spf=pass",
    "folded twice": f"Authentication-Results: \n\t\n {ID}\n ; spf=pass",
    "folded before the colon": f"Authentication-Results\n : {ID}; spf=pass",
    "comment before the colon": f"Authentication-Results (a): {ID}; spf=pass",
    "comment before": f"Authentication-Results: (x) {ID}; spf=pass",
    "nested comments": f"Authentication-Results: (a(b\\)c)d\n (e))(f){ID}(g); spf=pass",
    "comment in the id": "Authentication-Results: mx.(x)local.test; spf=pass",
    "version": f"Authentication-Results: {ID} 1; spf=pass",
    "comment and version": f"Authentication-Results: {ID} (a) 1 (b); spf=pass",
    "quoted": f'Authentication-Results: "{ID}"; spf=pass',
    "quoted pairs": 'Authentication-Results: "m\\x.\\l\\o\\c\\a\\l.test"; spf=pass',
    "quoted, version": f'Authentication-Results: "{ID}" 1; spf=pass',
    "quoted with a blank": f'Authentication-Results: " {ID}"; spf=pass',
    "quoted and more": 'Authentication-Results: "mx".local.test; spf=pass',
    "dot at the end": f"Authentication-Results: {ID}.; spf=pass",
    "NUL": "Authentication-Results: mx.lo\0cal.test; spf=pass",
    "NUL in the name": f"Authentication-\0Results: {ID}; spf=pass",
    "encoded word": "Authentication-Results: =?us-ascii?q?mx.local.test?=; spf=pass",
    "wide letters": "Authentication-Results: ｍｘ.local.test; spf=pass",
    "ideographic full stop": "Authentication-Results: mx。local。test; spf=pass",
    "no id": "Authentication-Results: spf=pass smtp.mailfrom=a@b.test",
    "empty": "Authentication-Results:",
    "semicolon only": "Authentication-Results: ; spf=pass",
    "open quote": f'Authentication-Results: "{ID}; spf=pass',
    "open comment": f"Authentication-Results: {ID} (; spf=pass",
    "comments without end": "Authentication-Results: " + "(" * 1000 + f"{ID}; spf=pass",
    "a long comment": f"Authentication-Results: ({'x' * 20000}) {ID}; spf=pass",
    "a blank line that is none": f"Authentication-Results:\n   \n {ID}; spf=pass",
}

KEPT = {
    "another server": "Authentication-Results: mx.far.test; spf=pass",
    "a longer name": f"Authentication-Results: x{ID}; spf=pass",
    "a longer domain": f"Authentication-Results: {ID}.far.test; spf=pass",
    "another, quoted": 'Authentication-Results: "mx.far.test" 1; spf=fail',
    "ours in a result": f"Authentication-Results: far.test; spf=pass (by {ID})",
    "ours in a comment": f"Authentication-Results: ({ID}) far.test; none",
    "an id of 300 bytes": f"Authentication-Results: {'m' * 300}; none",
    "another field": f"X-Authentication-Results: {ID}; spf=pass",
    "a longer field name": f"Authentication-Results-Old: {ID}; spf=pass",
    "ARC": f"ARC-Authentication-Results: i=1; {ID}; spf=pass",
    "a shorter name": f"Authentication-Result: {ID}; spf=pass",
    "inside another field": f"Subject: Authentication-Results: {ID}; spf=pass",
    "a continuation": f"Subject: x\n Authentication-Results: {ID}; spf=pass",
    "no field": f"Authentication-Results {ID}; spf=pass",
}


def smtp(host: Mailhost, text: str, **env: str) -> bytes:
    """Brings a message by SMTP; what is in the queue, without our Received field."""
    for path in host.queue_files():
        if not path.startswith("lock"):
            (QUEUE / path).unlink()
    data = text.encode("utf-8", "surrogateescape").replace(b"\n", b"\r\n")
    data = b"".join(b"." * line.startswith(b".") + line for line in data.splitlines(True)
                    ) if b"\n." in data else data
    run = subprocess.run(
        [BIN / "qmail-smtpd"], env={**ENV, **env}, stdout=subprocess.PIPE, timeout=60, check=True,
        input=f"MAIL FROM:<s@far.test>\r\nRCPT TO:<{USER}>\r\nDATA\r\n".encode() + data
        + b".\r\nQUIT\r\n")
    assert b"250 ok " in run.stdout, run.stdout
    return body_queued(host)


def body_queued(host: Mailhost) -> bytes:
    [path] = [path for path in host.queue_files() if path.startswith("mess/")]
    whole = (QUEUE / path).read_bytes()
    lines = whole.split(b"\n")
    at = next(i for i, line in enumerate(lines) if line.startswith(b"  by "))
    return b"\n".join(lines[at + 1:])


def around(field: str) -> tuple[str, str]:
    """A message with the field and one without."""
    head, tail = "From: s@far.test\nSubject: x\n", "To: a@b.test\n\nbody\n"
    return f"{head}{field}\n{tail}", head + tail


@pytest.mark.parametrize("how", FORGED)
def test_a_forged_field_goes_whatever_its_spelling(how: str, host: Mailhost) -> None:
    host.control(authservid=ID)
    text, without = around(FORGED[how])
    assert smtp(host, text) == without.encode()


@pytest.mark.parametrize("how", ["plain", "quoted pairs", "nested comments", "open quote"])
def test_also_first_and_last_and_with_lines_that_continue_it(how: str, host: Mailhost) -> None:
    host.control(authservid=ID)
    field = FORGED[how] + ";\n dkim=pass\n\t(x)\n"
    rest = "Subject: x\n\nbody\n"
    assert smtp(host, field + rest) == rest.encode()
    assert smtp(host, field * 3 + rest) == rest.encode()
    assert smtp(host, "Subject: x\n" + field + "\nbody\n") == rest.encode()
    assert smtp(host, "Subject: x\n" + field) == b"Subject: x\n"


@pytest.mark.parametrize("how", KEPT)
def test_what_is_not_ours_stays_byte_for_byte(how: str, host: Mailhost) -> None:
    host.control(authservid=ID)
    text, _ = around(KEPT[how])
    assert smtp(host, text) == text.encode()


def test_a_bare_cr_hides_nothing(host: Mailhost) -> None:
    """Readers that take it for the end of a line find no field of ours."""
    host.control(authservid=ID)
    field = f"Authentication-Results: {ID}; spf=pass"
    assert smtp(host, f"Subject: x\r{field}\nTo: a\n\nb\n") == b"Subject: x\r\nTo: a\n\nb\n"
    assert smtp(host, f"Subject: x\r{field}\rTo: a\n\nb\n") == b"Subject: x\rTo: a\n\nb\n"
    assert smtp(host, f"Subject: x\n\r{field}\n\nb\n") == b"Subject: x\n\r\n\nb\n"
    assert smtp(host, f"{field}\r x\nTo: a\n\nb\n") == b"To: a\n\nb\n"
    # some readers drop it
    for hidden in f"Authentication-Results: m\r{ID[1:]}; spf=pass\n", \
            f"Authentication-\rResults: {ID}; spf=pass\n", \
            f"Authentication-Results\r: {ID}; spf=pass\n", \
            f"Authentication-Results:\r{ID}; spf=pass\n":
        got = smtp(host, f"Subject: x\n{hidden}To: a\n\nb\n").replace(b"\r", b"")
        assert b"Authentication" not in got and got.startswith(b"Subject: x\n"), hidden
        assert got.endswith(b"spf=pass\nTo: a\n\nb\n"), hidden
    assert smtp(host, "A\r\nB: c\r\n\nb\n") == b"A\r\nB: c\r\n\nb\n"
    # an empty line to some, none to others: what follows is still looked at
    assert smtp(host, f"Subject: x\n\r\n{field}\n\nb\n") == b"Subject: x\n\r\n\nb\n"


def test_the_body_is_left_alone(host: Mailhost) -> None:
    host.control(authservid=ID)
    text = "Subject: x\n\n" + "\n".join(FORGED.values()) + "\n"
    assert smtp(host, text) == text.encode()


def test_off_without_the_file_even_if_me_is_named(host: Mailhost) -> None:
    host.control(me=ID)
    text, _ = around(FORGED["plain"])
    assert smtp(host, text) == text.encode()


@pytest.mark.parametrize("me", ["two words", "x" * 300])
def test_without_the_file_a_name_that_would_not_do_does_no_harm(me: str, host: Mailhost) -> None:
    host.control(me=me)
    text, _ = around(FORGED["plain"])
    assert smtp(host, text) == text.encode()


@pytest.mark.parametrize("relay", [{}, {"RELAYCLIENT": ""}])
def test_own_clients_cannot_forge_either(relay: dict[str, str], host: Mailhost) -> None:
    host.control(authservid=ID)
    text, without = around(FORGED["plain"])
    assert smtp(host, text, **relay) == without.encode()


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_same_by_qmtp(end: str, host: Mailhost) -> None:
    host.control(authservid=ID)
    text, without = around(FORGED["nested comments"])

    def netstring(data: bytes) -> bytes:
        return b"%d:%s," % (len(data), data)

    kind = b"\n" if end == "\n" else b"\r"
    run = subprocess.run(
        [BIN / "qmail-qmtpd"], env=ENV, stdout=subprocess.PIPE, timeout=60, check=False,
        input=netstring(kind + text.replace("\n", end).encode()) + netstring(b"s@far.test")
        + netstring(netstring(USER.encode())))
    assert b"Kok " in run.stdout
    assert body_queued(host) == without.encode()


def test_what_goes_does_not_count_for_databytes(host: Mailhost) -> None:
    text, without = around(FORGED["a long comment"])
    host.control(authservid=ID, databytes=str(len(without)))
    assert smtp(host, text) == without.encode()


@pytest.mark.parametrize("wrong", ["two words", "b\u00fccher.test", "x" * 256, None])
def test_a_name_that_is_none_defers_mail(wrong: "str | None", host: Mailhost) -> None:
    if wrong is None:
        (PREFIX / "control/authservid").mkdir()
    else:
        host.control(authservid=wrong)
    run = subprocess.run(
        [BIN / "qmail-smtpd"], env=ENV, stdout=subprocess.PIPE, timeout=60, check=True,
        input=f"MAIL FROM:<>\r\nRCPT TO:<{USER}>\r\nDATA\r\nQUIT\r\n".encode())
    assert b"\r\n451 qqt failure (#4.3.0)\r\n" in run.stdout, run.stdout
    assert not host.queue_files()


def test_memory_does_not_grow_with_a_field(host: Mailhost) -> None:
    """60 MB of forged field pass through a process that may have 40 MB."""
    host.control(authservid=ID)
    long = "x" * 997 + "\n "
    data = (f"Subject: x\nAuthentication-Results: {ID};\n " + long * 60000 + "\n\nbody\n")
    run = subprocess.run(
        ["prlimit", "--as=40000000", BIN / "qmail-smtpd"], env=ENV, stdout=subprocess.PIPE,
        timeout=120, check=True,
        input=f"MAIL FROM:<>\r\nRCPT TO:<{USER}>\r\nDATA\r\n".encode()
        + data.replace("\n", "\r\n").encode() + b".\r\nQUIT\r\n")
    assert b"250 ok " in run.stdout
    assert body_queued(host) == b"Subject: x\n\nbody\n"


def test_python_reads_no_field_of_ours_in_random_headers(host: Mailhost) -> None:
    """Another parser's view: pieces of fields in any order, 60 messages."""
    host.control(authservid=ID)
    pieces = ["Authentication-Results", ":", ID, ID.upper(), ";", " ", "\n", "\n ", "\t", '"',
              "\\", "(", ")", " spf=pass", "\r", "Subject: x\n", "far.test", ".", "1", "\0"]
    seed = 4711
    for count in range(60):
        source = random.Random(seed + count)
        text = "".join(
            source.choice(["Authentication-Results: ", "\n", ""])
            + "".join(source.choices(pieces, k=source.randrange(1, 12))) for _ in range(12))
        text = text.replace("\n\n", "\n") + "\n\nbody\n"
        text = text.lstrip("\n")
        got = smtp(host, text)
        parsed = email.message_from_bytes(got, policy=email.policy.compat32)
        for value in parsed.get_all("Authentication-Results", []):
            plain = "".join(value.replace("\0", "").split()).lower()
            assert not plain.strip('"').startswith(ID), (seed + count, text, got)


def test_showctl_tells_the_name(host: Mailhost) -> None:
    def shown() -> list[str]:
        run = subprocess.run([BIN / "qmail-showctl"], stdout=subprocess.PIPE, text=True,
                             timeout=60, check=True)
        return [line.strip() for line in run.stdout.splitlines() if "authservid: " in line]

    assert shown() == [f"authservid: (Default.) Name in Authentication-Results: {DOMAIN}."]
    host.control(authservid=ID)
    assert shown() == [f"authservid: Name in Authentication-Results: {ID}."]
