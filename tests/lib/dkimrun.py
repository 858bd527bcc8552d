# SPDX-License-Identifier: 0BSD
"""qmail-dkim as who submits mail runs it, and verifiers of others."""
from __future__ import annotations

import os
import pathlib
import pwd
import re
import subprocess
import tempfile
from dataclasses import dataclass

from dns_server import TXT, Zone

QMAIL = pathlib.Path("/var/qmail")
PROGRAM = QMAIL / "bin/qmail-dkim"
ENVELOPE = b"Fs@far.test\0Tr@local.test\0\0"


@dataclass
class Outcome:
    code: int
    message: bytes | None  # what the queue program got; None: it did not run, or not whole
    envelope: bytes
    reason: bytes  # on descriptor 4
    log: str

    def results(self) -> list[tuple[str, str]]:
        """Each signature's result, and its comment with all that follows."""
        assert self.message is not None, self
        field = re.match(rb"Authentication-Results: [^\n]*\n(?:[ \t][^\n]*\n)*", self.message)
        assert field, self.message
        return [(one.group(1).decode(), one.group(2).decode())
                for one in re.finditer(rb"dkim=(\w+) ?([^\n]*)", field.group(0))]


class Filter:
    """Runs the program as qmaild, with a queue program that keeps what it gets."""

    def __init__(self) -> None:
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="dkim."))
        self.folder.chmod(0o777)
        taker = self.folder / "taker"
        taker.write_text(f"#!/bin/sh\ncat >{self.folder}/message\n"
                         f"cat <&1 >{self.folder}/envelope\nexit ${{TAKER_CODE:-0}}\n")
        taker.chmod(0o755)
        self.env = {"PATH": "/usr/bin:/bin", "DKIMQUEUE": str(taker)}

    def __call__(self, message: bytes, envelope: bytes = ENVELOPE, reason: bool = True,
                 program: pathlib.Path = PROGRAM, timeout: float = 120,
                 **env: str) -> Outcome:
        for name in "message", "envelope":
            (self.folder / name).unlink(missing_ok=True)
        ends = os.pipe()
        with tempfile.TemporaryFile() as first, tempfile.TemporaryFile() as second:
            for file, text in (first, message), (second, envelope):
                file.write(text)
                file.seek(0)

            def descriptors() -> None:
                if reason:
                    os.dup2(ends[1], 4)
                user = pwd.getpwnam("qmaild")
                os.setgid(user.pw_gid)
                os.setuid(user.pw_uid)
            run = subprocess.run([program], stdin=first, stdout=second, stderr=subprocess.PIPE,
                                 env={**self.env, **env}, preexec_fn=descriptors,
                                 pass_fds=[4] if reason else [],
                                 timeout=timeout, check=False)
        os.close(ends[1])
        text = os.read(ends[0], 1000)
        os.close(ends[0])
        got = self.folder / "message"
        taken = self.folder / "envelope"
        return Outcome(run.returncode, got.read_bytes() if got.exists() else None,
                       taken.read_bytes() if taken.exists() else b"", text,
                       run.stderr.decode(errors="replace"))


def crlf(message: bytes) -> bytes:
    return message.replace(b"\n", b"\r\n")


def by_dkimpy(message: bytes, zone: Zone) -> str:
    import dkim

    def text(name: bytes, timeout: int = 5) -> bytes | None:
        found = zone.get(name.decode("latin-1").rstrip(".").lower())
        if found and found[0][1] != TXT:
            return text(found[0][2].encode())
        if not found:
            return None
        value = found[0][2]
        return b"".join(value) if isinstance(value, list) else value.encode()
    count = message.partition(b"\n\n")[0].lower().count(b"dkim-signature:")
    said = "no signature"
    for number in range(count):
        try:
            checker = dkim.DKIM(crlf(message), minkey=1024)
            if checker.verify(idx=number, dnsfunc=text):
                return "pass"
            said = "fail"
        except Exception as error:  # it has many
            said = repr(error)
    return said


PERL = r"""
use Mail::DKIM::Verifier; use Mail::DKIM::DNS; use Net::DNS;
Mail::DKIM::DNS::resolver(Net::DNS::Resolver->new(nameservers => ["127.0.0.1"]));
my $dkim = Mail::DKIM::Verifier->new(); binmode STDIN; local $/;
$dkim->PRINT(<STDIN>); $dkim->CLOSE; print $dkim->result_detail;
"""


def by_perl(message: bytes) -> str:
    run = subprocess.run(["/usr/bin/perl", "-e", PERL], input=crlf(message),
                         capture_output=True, timeout=60, check=False)
    said = run.stdout.decode(errors="replace") or run.stderr.decode(errors="replace")
    return "pass" if said.startswith("pass") else said


def by_opendkim(message: bytes) -> str:
    run = subprocess.run(
        ["/usr/sbin/opendkim-testmsg"], input=crlf(message),
                         capture_output=True, timeout=60, check=False)
    return "pass" if run.returncode == 0 else (run.stderr + run.stdout).decode(
        errors="replace").strip() or "fail"
