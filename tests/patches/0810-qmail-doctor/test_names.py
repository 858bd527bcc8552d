# SPDX-License-Identifier: 0BSD
"""The table of names that patches and forks brought: whole, well formed, and true of what
is installed."""
from __future__ import annotations

import pathlib
import re
import subprocess

import pytest

from doctor import ask, run, table
from mailhost import BIN, PREFIX, Mailhost

KINDS = {"control", "users", "variable", "program", "convention", "build"}
PROTOCOL = {"STARTTLS"}  # a word of SMTP, not read from the environment


def remedies() -> dict[str, tuple[str, str]]:
    return {line[1]: (line[2], line[3]) for line in table() if line[0] == "remedy"}


def names(kind: str) -> list[list[str]]:
    return [line for line in table() if line[0] == kind]


def test_every_line_of_the_table_is_well_formed() -> None:
    known, seen = remedies(), set()
    assert len(known) == sum(line[0] == "remedy" for line in table())
    for line in table():
        assert all(field and field == field.strip() and field.isascii() and field.isprintable()
                   for field in line), line
        if line[0] == "remedy":
            assert len(line) == 4 and line[2].lstrip("+") in ("note", "warning", "wrong"), line
            assert len(line[3]) > 10 and line[3][-1] in ".:", line
            continue
        kind, name, code = line[0], line[1], line[3]
        assert len(line) == 5 and kind in KINDS, line
        assert code == "-" or code in known, line
        assert (kind, name) not in seen, line
        seen.add((kind, name))


def test_the_table_holds_what_was_gathered() -> None:
    """No line gets lost: so many names of each kind are known, of these patches."""
    counts = {kind: len(names(kind)) for kind in KINDS}
    assert counts["control"] >= 300 and counts["variable"] >= 510
    assert counts["program"] >= 150 and counts["users"] == 10
    whose = " ".join(line[2] for line in table() if line[0] != "remedy")
    for fork in ("sagredo", "IndiMail", "jms1", "QMT", "s/qmail", "q-ldap", "Spamcontrol",
                 "Vermeulen", "chkuser", "qmail-spp", "simscan", "eQmail", "Qsmtp"):
        assert fork in whose, fork


def test_every_remedy_is_of_use() -> None:
    used = {line[3] for line in table() if line[0] != "remedy"}
    assert set(remedies()) <= used


def test_control_files_are_judged_as_qmail_showctl_does(host: Mailhost) -> None:
    """All names at once, in control: what is said to be not read is what no program reads,
    and the other way round."""
    control = PREFIX / "control"
    told = {line[1].replace("*", "x"): line for line in names("control") if line[3] != "-"}
    for name in told:
        if not (control / name).exists() and "/" not in name:
            (control / name).write_text("1\n")
    shown = subprocess.run([BIN / "qmail-showctl"], capture_output=True, text=True,
                           check=True).stdout
    unread = set(re.findall(r"^ *(\S+): No program of this server reads it\.$", shown, re.M))
    report = ask()
    said = {one.place.removeprefix("control/") for one in report.findings
            if one.place and one.what.endswith("is not read here")}
    assert said == unread & set(told)
    assert len(said) > 200
    also = [one.what for one in report.findings if "read here as well: " in one.what]
    served = set(also[0].partition(": ")[2].split(", ")) if also else set()
    levels = remedies()
    plain = {name for name, line in told.items()
             if "/" not in name and not levels[line[3]][0].startswith("+")}
    assert served == plain - unread


def test_variables_are_judged_by_what_the_programs_hold(host: Mailhost) -> None:
    """A string may have become the end of a longer one: so what is not read must be no
    string of a program, what is read at least such an end. OpenSSL has names of its own."""
    held: set[str] = set()
    ends: set[str] = set()
    for path in BIN.iterdir():
        if path.name != "qmail-doctor" and not path.is_symlink():
            program = path.read_bytes()
            found = {text.decode() for text in re.findall(rb"[A-Z0-9_]+(?=\0)", program)}
            ends |= {text[at:] for text in found for at in range(len(text))}
            if b"libcrypto" not in program and b"libssl" not in program:
                held |= found
    told = {line[1].replace("*", "X") for line in names("variable") if line[3] != "-"}
    script = pathlib.Path("/tmp/mailhost/run")
    script.write_text("".join(f"export {name}=1\n" for name in sorted(told)))
    report = ask(PREFIX, script)
    said = {one.what.split()[0] for one in report.findings
            if one.what.endswith("is not read here")}
    assert sorted(told - ends - said - PROTOCOL) == []
    assert sorted(said & held - PROTOCOL) == []
    assert len(said) > 350


@pytest.mark.parametrize("name, level, word", [
    ("rsa512.pem", "warning", "512"), ("ldapserver", "wrong", "users/assign"),
    ("authsenders", "warning", "logs in"), ("notlshosts_auto", "warning", "notlshosts"),
    ("concurrencysuppl3", "warning", "channels"), ("morevalidrcptto.cdb", "warning", "bounces"),
    ("concurrencyincoming", "note", "scripts"), ("relayclients", "wrong", "RELAYCLIENT"),
])
def test_a_control_file_of_a_patch_is_told_with_its_remedy(
        name: str, level: str, word: str, legacy: pathlib.Path) -> None:
    (legacy / "control" / name).write_text("x\n")
    (one,) = [one for one in ask(legacy).findings if one.place == f"control/{name}"
              and one.area == "names"]
    assert one.level == level and one.remedy and word in one.remedy


@pytest.mark.parametrize("line, name, level", [
    ("export SMTPAUTH=!", "SMTPAUTH", "warning"),
    ('  exec env QMAILREMOTE="/x/y" qmail-start', "QMAILREMOTE", "warning"),
    ("OPENRELAY=1", "OPENRELAY", "wrong"),
    ('192.0.2.:allow,RBL="",GREETDELAY="5"', "GREETDELAY", "warning"),
    ("CHKUSER_START=ALWAYS; export CHKUSER_START", "CHKUSER_START", "warning"),
    ("AUTH_SET_X=1", "AUTH_SET_X", "warning"),
    ("exec sslserver -e 0 465 qmail-smtpd", "sslserver", "warning"),
    ("OURS=/var/qmail/bin/simscan", None, ""),
    ("# SMTPAUTH=1", None, ""),
    ("echo $SMTPAUTH", None, ""),
])
def test_what_a_script_sets_is_told(line: str, name: "str | None", level: str,
                                    legacy: pathlib.Path) -> None:
    script = legacy / "supervise/smtpd/run"
    script.parent.mkdir(parents=True)
    script.write_text(f"#!/bin/sh\n{line}\n")
    found = [one for one in ask(legacy).findings if one.area == "names" and one.place
             and one.place.startswith("supervise/")]
    if name is None:
        assert found == []
        return
    hits = [one for one in found if one.what.startswith(f"{name} (")]
    assert [(one.level, one.place) for one in hits] == [(level, "supervise/smtpd/run:2")]


def test_variables_of_envdir_are_told(legacy: pathlib.Path) -> None:
    folder = legacy / "supervise/smtpd/env"
    folder.mkdir(parents=True)
    (folder / "REQUIRE_AUTH").write_text("1\n")
    assert ask(legacy).some("warning", "supervise/smtpd/env/REQUIRE_AUTH")


def test_programs_of_a_patch_are_told(legacy: pathlib.Path) -> None:
    for name in ("qmail-remote.orig", "qmail-dk"):
        (legacy / "bin" / name).write_text("")
    report = ask(legacy)
    (wrapper,) = report.some("wrong", "bin/qmail-remote.orig")
    assert wrapper.remedy and "DKIM" in wrapper.remedy
    assert report.some("warning", "bin/qmail-dk")


def test_arguments_of_qmail_smtpd_are_told(legacy: pathlib.Path) -> None:
    (legacy / "rc").write_text("#!/bin/sh\nexec tcpserver 0 25 /var/qmail/bin/qmail-smtpd \\\n")
    assert not ask(legacy).some("warning", "rc:2")
    (legacy / "rc").write_text("#!/bin/sh\nexec tcpserver 0 587 /var/qmail/bin/qmail-smtpd "
                               "mail.local.test checkpassword /bin/true 2>&1\n")
    assert ask(legacy).some("warning", "rc:2", "arguments")


def test_a_control_file_nobody_knows_is_told(host: Mailhost) -> None:
    host.control(rcpthost="x")
    assert ask().some("note", "control/rcpthost", "no program here reads it")


def test_the_table_is_printed_as_it_is() -> None:
    assert run("--names").stdout == pathlib.Path(
        "/mnt/out/src/admin/legacy-names.tab").read_bytes()
