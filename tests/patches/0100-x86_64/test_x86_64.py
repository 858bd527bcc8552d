# SPDX-License-Identifier: 0BSD
"""Lengths of more than 31 and 32 bits, and a ceiling for memory.

What is as long as that comes out of `flood` through a pipe. `measure` gives the program
under test 1 GB of address space, so that one without a ceiling takes no more than that,
and tells its peak memory."""
import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Iterator

import pytest

from mailhost import BIN, DOMAIN, HOME, PREFIX, QUEUE, USER, Mailhost, wait_for

HERE = Path(__file__).parent
SOURCE = Path("/mnt/out/src")
CONFORM = "-std=c11 -D_DEFAULT_SOURCE -D_POSIX_C_SOURCE=200809L -O2 -w"
COUNTED = Path("/tmp/counted")
CEILING = 64 << 20
OVERHEAD = 8 << 20  # the program itself and its C library
ROOM = 1 << 30  # of address space
FIVE_GB = 5_000_000_000
ENVELOPE = f"1:MAIL FROM:<s@x.test>\\r\\nRCPT TO:<{USER}>\\r\\n"


@pytest.fixture(scope="session")
def tools() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="wide."))
    folder.chmod(0o755)
    for name in "flood", "measure", "queue":
        subprocess.run(["gcc", *CONFORM.split(), "-o", folder / name, HERE / f"{name}.c"],
                       check=True, timeout=120)
    yield folder
    shutil.rmtree(folder)


@dataclass
class Run:
    code: int
    peak: int  # bytes
    stdout: bytes
    stderr: bytes
    written: int  # how flood ended

    def within(self, ceiling: int) -> None:
        assert self.peak < ceiling + OVERHEAD, \
            f"{self.peak >> 20} MB, the ceiling is {ceiling >> 20} MB"


@dataclass
class Flood:
    tools: Path

    def into(self, argv: list[object], *parts: str, room: int = ROOM, **env: str) -> Run:
        """Runs a program on what flood writes."""
        with tempfile.TemporaryDirectory() as folder:
            result = Path(folder, "result")
            flood = subprocess.Popen([self.tools / "flood", *parts], stdout=subprocess.PIPE)
            program = subprocess.Popen(
                [self.tools / "measure", result, str(room), *map(str, argv)],
                stdin=flood.stdout, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                env={"PATH": f"{BIN}:/usr/bin:/bin", **env})
            assert flood.stdout
            flood.stdout.close()
            try:
                stdout, stderr = program.communicate(timeout=300)
                written = flood.wait(timeout=60)
            finally:
                for child in flood, program:
                    child.kill()
            code, peak = result.read_text().split()
        return Run(int(code), int(peak) << 10, stdout, stderr, written)


@pytest.fixture
def flood(tools: Path) -> Flood:
    return Flood(tools)


@pytest.fixture
def counting_queue(tools: Path) -> Iterator[None]:
    """qmail-queue counts and discards."""
    real = BIN / "qmail-queue"
    kept = real.with_name("qmail-queue.kept")
    real.rename(kept)
    shutil.copy(tools / "queue", real)
    real.chmod(0o755)
    COUNTED.unlink(missing_ok=True)
    yield
    kept.rename(real)
    COUNTED.unlink(missing_ok=True)


def counted() -> int:
    """Bytes of the message that the counting queue has taken."""
    return int(COUNTED.read_text().split()[0])


# Lengths, given to the libraries

def wide_cases() -> list[str]:
    text = (HERE / "wide.c").read_text()
    return [line.split("(")[1].split(")")[0] for line in text.splitlines()
            if line.startswith(("\tCASE(", "\tENDS("))]


@pytest.fixture(scope="session")
def wide(tools: Path) -> Path:
    """wide.c with the libraries of the build under test."""
    built = tools / "built"
    subprocess.run(["make", "-s", "-j2", "-C", SOURCE, f"BUILD={built}", "CC=gcc", "CFLAGS=-O1",
                    built / "base.a"], capture_output=True, timeout=600, check=True)
    done = subprocess.run(
        ["gcc", *CONFORM.split(), f"-I{SOURCE}", "-o", tools / "wide", HERE / "wide.c",
         built / "base.a"],
        capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return tools / "wide"


@pytest.mark.parametrize("case", wide_cases())
def test_lengths_do_not_wrap(case: str, wide: Path) -> None:
    done = subprocess.run([wide, case], capture_output=True, text=True, timeout=120,
                          check=False)
    assert done.returncode == 0, done.stdout + done.stderr


# CVE-2005-1514, CVE-2005-1515 and their kin: what a stranger sends without end

def test_a_5_gb_smtp_command_is_refused_and_takes_no_more_than_the_ceiling(
        host: Mailhost, flood: Flood) -> None:
    host.control(memorymax=str(CEILING))
    run = flood.into([BIN / "qmail-smtpd"], f"{FIVE_GB}:x", "1:\\r\\nQUIT\\r\\n")
    assert run.stdout.endswith(b"ESMTP\r\n421 out of memory (#4.3.0)\r\n"), run.stdout
    assert run.code == 1
    assert run.written == 3
    run.within(CEILING)


def test_recipients_without_end_are_refused_at_the_ceiling(
        host: Mailhost, flood: Flood) -> None:
    host.control(memorymax=str(CEILING))
    name = "r" * 850
    run = flood.into([BIN / "qmail-smtpd"], "1:MAIL FROM:<>\\r\\n",
                     f"{FIVE_GB // 900}:RCPT TO:<{name}@{DOMAIN}>\\r\\n", "1:QUIT\\r\\n")
    assert run.stdout.endswith(b"250 ok\r\n421 out of memory (#4.3.0)\r\n")
    assert run.stdout.count(b"250 ok\r\n") > 40000
    assert run.code == 1
    run.within(CEILING)


def test_qmtp_recipients_without_end_end_the_session_at_the_ceiling(
        host: Mailhost, flood: Flood) -> None:
    small = 4 << 20
    host.control(memorymax=str(small))
    run = flood.into([BIN / "qmail-qmtpd"], "1:3:\\nx\\n,0:,2000000000:",
                     "400000000:2:ab,", room=64 << 20)
    assert run.code == 111
    assert run.stdout == b""
    run.within(small)


@pytest.mark.parametrize("header", [f"{FIVE_GB}:x", f"{FIVE_GB // 70}:Field: {'y' * 62}\\n"],
                         ids=["one line", "many lines"])
def test_a_5_gb_header_is_refused_by_qmail_inject(
        header: str, host: Mailhost, flood: Flood) -> None:
    host.control(memorymax=str(CEILING))
    run = flood.into([BIN / "qmail-inject", USER], "1:Subject: ", header, "1:\\n\\nbody\\n")
    assert (run.code, run.stderr) == (111, b"qmail-inject: fatal: out of memory\n")
    assert not host.queue_files()
    run.within(CEILING)


@pytest.mark.parametrize("argv, code", [
    (["qmail-pop3d", "Maildir"], 0),
    (["qmail-popup", DOMAIN, "/bin/true"], 1),
], ids=["qmail-pop3d", "qmail-popup"])
def test_a_5_gb_pop3_command_is_refused(
        argv: list[str], code: int, host: Mailhost, flood: Flood) -> None:
    host.control(memorymax=str(CEILING))
    os.chdir(HOME)
    run = flood.into([BIN / argv[0], *argv[1:]], f"{FIVE_GB}:x", "1:\\r\\nQUIT\\r\\n")
    assert run.stdout.endswith(b"\r\n-ERR out of memory\r\n"), run.stdout
    assert run.code == code
    run.within(CEILING)


def test_a_5_gb_message_is_too_much_for_qmqpc_and_waits(
        host: Mailhost, flood: Flood) -> None:
    host.control(memorymax=str(CEILING), qmqpservers="127.0.0.1")
    run = flood.into([BIN / "qmail-qmqpc"], f"{FIVE_GB}:x")
    assert run.code == 51
    run.within(CEILING)


def test_a_5_gb_line_waits_and_leaves_the_mbox_as_it_was(
        host: Mailhost, flood: Flood) -> None:
    host.control(memorymax=str(CEILING))
    box = host.home_file("Mailbox", "From a Mon Nov 02 03:04:05 2026\nold\n\n")
    host.home_file(".qmail", "./Mailbox\n")
    before = box.read_bytes()
    message = Path("/tmp/long-line")
    with open(message, "wb") as out:
        out.write(b"Subject: x\n\n")
        out.truncate(FIVE_GB)
    try:
        # the file itself has to be descriptor 0: qmail-local rewinds it
        run = flood.into(["/bin/sh", "-c", f"exec <{message}; exec {BIN}/qmail-local -- "
                          f"vecjoe {HOME} vecjoe '' '' {DOMAIN} s@x.test ./Mailbox"],
                         "1:unused")
    finally:
        message.unlink()
    assert (run.code, run.stderr) == (111, b"Out of memory. (#4.3.0)\n"), run
    assert box.read_bytes() == before
    run.within(CEILING)


# Messages of more than 4 GB

def test_a_5_gb_message_with_a_4_gb_header_line_gets_through_whole(
        host: Mailhost, flood: Flood, counting_queue: None) -> None:
    host.control(databytes="6000000000", memorymax=str(CEILING))
    run = flood.into([BIN / "qmail-smtpd"], ENVELOPE, "1:DATA\\r\\nSubject: ",
                     "4400000000:x", "1:\\r\\n\\r\\n", "8451000:" + "y" * 70 + "\\r\\n",
                     "1:.\\r\\nQUIT\\r\\n")
    assert run.stdout.splitlines()[4].startswith(b"250 ok "), run.stdout
    assert run.code == 0
    sent = len("Subject: ") + 4_400_000_000 + 2 + 8451000 * 71
    received = counted() - sent
    assert sent > FIVE_GB and 60 < received < 250, received
    run.within(CEILING)


def test_a_limit_of_4_gb_is_no_lack_of_one(
        host: Mailhost, flood: Flood, counting_queue: None) -> None:
    limit = 1 << 32
    host.control(databytes=str(limit))
    run = flood.into([BIN / "qmail-smtpd"], ENVELOPE, "1:DATA\\r\\n",
                     f"{(limit >> 10) + 1}:{'x' * 1023}\\r\\n", "1:.\\r\\nQUIT\\r\\n")
    assert run.stdout.splitlines()[4] == \
        b"552 sorry, that message size exceeds my databytes limit (#5.3.4)", run.stdout
    assert not COUNTED.exists()


@pytest.mark.parametrize("way", ["control", "environment"])
@pytest.mark.parametrize("limit", [(1 << 31) + 10, (1 << 32) + 10, (1 << 64) + 10])
def test_a_small_message_is_within_a_great_limit(
        limit: int, way: str, host: Mailhost, flood: Flood, counting_queue: None) -> None:
    env = {}
    if way == "control":
        host.control(databytes=str(limit))
    else:
        env = {"DATABYTES": str(limit)}
    run = flood.into([BIN / "qmail-smtpd"], ENVELOPE,
                     "1:DATA\\r\\nSubject: a short message\\r\\n\\r\\n.\\r\\nQUIT\\r\\n", **env)
    assert run.stdout.splitlines()[4].startswith(b"250 ok "), run.stdout


def test_a_small_qmtp_message_is_within_a_great_limit(
        host: Mailhost, flood: Flood, counting_queue: None) -> None:
    host.control(databytes=str((1 << 32) + 10))
    rcpt = f"{len(USER)}:{USER},"
    run = flood.into([BIN / "qmail-qmtpd"],
                     "1:26:\\nSubject: a short message\\n,8:s@x.test,"
                     f"{len(rcpt)}:{rcpt},")
    assert b":Kok " in run.stdout, run


def test_sizes_over_4_gb_come_out_whole_in_the_log_and_the_queue_list(
        host: Mailhost, tools: Path) -> None:
    assert host.submit(recipients=["nobody@far.invalid"]) == 0
    mess = next((QUEUE / "mess").glob("*/*"))
    os.truncate(mess, FIVE_GB)  # all of it but the beginning is a hole
    host.control(concurrencyremote="0")
    host.start()
    wait_for(lambda: f"bytes {FIVE_GB} from <s@far.test>" in host.said(), what=host.said())
    shown = subprocess.run([BIN / "qmail-qread"], capture_output=True, text=True,
                           check=True, timeout=60).stdout
    assert f"#{mess.name}  {FIVE_GB}  <s@far.test>" in shown
    host.stop()


def test_pop3_tells_sizes_over_4_gb(host: Mailhost, flood: Flood) -> None:
    for name in "a", "b":
        with open(HOME / "Maildir/new" / f"1.{name}", "wb") as out:
            out.truncate(FIVE_GB)
        os.utime(HOME / "Maildir/new" / f"1.{name}", (1, 1))
    os.chdir(HOME)
    run = flood.into([BIN / "qmail-pop3d", "Maildir"], "1:STAT\\r\\nLIST 2\\r\\nQUIT\\r\\n")
    assert run.stdout.splitlines()[1:3] == [b"+OK 2 10000000000", b"+OK 2 5000000000"]


# Numbers

def test_a_pop3_number_of_more_than_64_bits_names_no_message(
        host: Mailhost, flood: Flood) -> None:
    (HOME / "Maildir/new/1.a").write_text("Subject: x\n\nhello\n")
    os.utime(HOME / "Maildir/new/1.a", (1, 1))
    os.chdir(HOME)
    run = flood.into([BIN / "qmail-pop3d", "Maildir"],
                     f"1:DELE {(1 << 64) + 1}\\r\\nTOP 1 {1 << 64}\\r\\nQUIT\\r\\n")
    assert run.stdout.splitlines()[1] == b"-ERR not that many messages"
    assert b"hello" in run.stdout


@pytest.mark.parametrize("seconds", [1 << 31, (1 << 32) - 1, 1 << 32, 1 << 64])
def test_mail_with_a_great_queuelifetime_waits_and_does_not_bounce(
        seconds: int, host: Mailhost) -> None:
    host.control(queuelifetime=str(seconds), smtproutes=":127.0.0.3")
    assert host.submit(["r@far.test"], sender=USER) == 0
    host.start()
    wait_for(lambda: re.search("delivery 1: [a-z]+: ", host.said()), what=host.said())
    assert "delivery 1: deferral: " in host.said()


def showctl() -> list[str]:
    return subprocess.run([BIN / "qmail-showctl"], capture_output=True, text=True,
                          check=True, timeout=60).stdout.splitlines()


def test_showctl_tells_the_sizes_that_programs_see(host: Mailhost) -> None:
    host.control(databytes="6000000000")
    assert any("databytes:" in line and " 6000000000 (" in line for line in showctl())
    assert any("memorymax" in line and "1073741824 (0: no limit)" in line
               for line in showctl())
    host.control(memorymax="5000000000")
    assert any("memorymax:" in line and " 5000000000 (0" in line for line in showctl())
    host.control(queuelifetime=str((1 << 32) + 1))
    assert any("queuelifetime:" in line and " 2147483647 " in line for line in showctl())


# The ceiling

@pytest.mark.parametrize("setting, reply", [
    (None, b"502 unimplemented (#5.5.1)"),
    ("0", b"502 unimplemented (#5.5.1)"),
    ("not a number", b"502 unimplemented (#5.5.1)"),
    ("200000000", b"502 unimplemented (#5.5.1)"),
    (str(CEILING), b"421 out of memory (#4.3.0)"),
])
def test_a_line_of_100_mb_is_a_matter_of_the_ceiling(
        setting: str | None, reply: bytes, host: Mailhost, flood: Flood) -> None:
    host.control(memorymax=setting)
    run = flood.into([BIN / "qmail-smtpd"], "100000000:x", "1:\\r\\nQUIT\\r\\n")
    assert run.stdout.splitlines()[1] == reply


@pytest.mark.parametrize("setting", [None, "0"])
def test_without_the_file_1_gb_is_the_ceiling_and_0_is_none(
        setting: str | None, host: Mailhost, flood: Flood) -> None:
    host.control(memorymax=setting)
    run = flood.into([BIN / "qmail-smtpd"], "1000000000:x", "1:\\r\\nQUIT\\r\\n",
                     room=ROOM * 2)
    want = b"421 out of memory (#4.3.0)" if setting is None else b"502 unimplemented (#5.5.1)"
    assert run.stdout.splitlines()[1] == want
    if setting is None:
        run.within(1 << 30)


UNREADABLE = {
    "qmail-smtpd": ([], 1, b"421 unable to read controls (#4.3.0)\r\n"),
    "qmail-qmtpd": ([], 111, b""),
    "qmail-qmqpd": ([], 111, b""),
    "qmail-qmqpc": ([], 55, b""),
    "qmail-remote": (["far.invalid", "s@x.test", "r@far.invalid"], 0,
                     b"ZUnable to read control files. (#4.3.0)\n\0"),
    "qmail-popup": ([DOMAIN, "true"], 1, b"-ERR unable to read controls\r\n"),
    "qmail-pop3d": (["Maildir"], 0, b"-ERR unable to read controls\r\n"),
    "qmail-inject": ([USER], 111, b"qmail-inject: fatal: unable to read "
                     b"control/memorymax: is a directory\n"),
    "qmail-local": (["--", "vecjoe", str(HOME), "vecjoe", "", "", DOMAIN, "s@x.test",
                     "./Mailbox"], 111,
                    b"Unable to read control/memorymax. (#4.3.0)\n"),
}


@pytest.mark.parametrize("program", UNREADABLE)
def test_a_ceiling_that_cannot_be_read_is_temporary_trouble(
        program: str, host: Mailhost, flood: Flood) -> None:
    arguments, code, said = UNREADABLE[program]
    host.control(memorymax="1000000000", qmqpservers="127.0.0.1")
    (PREFIX / "control/memorymax").unlink()
    (PREFIX / "control/memorymax").mkdir()  # not readable as a file, not even for root
    run = flood.into([BIN / program, *arguments], "1:4:from,")
    assert (run.code, run.stdout + run.stderr) == (code, said)


def test_programs_that_are_started_do_not_inherit_the_ceiling(
        host: Mailhost, flood: Flood) -> None:
    """A .qmail program may take what its own limits allow."""
    host.control(memorymax="4000000")
    host.home_file(".qmail", "|test $(head -c 30000000 /dev/zero | tr '\\0' x | "
                   "sed 's/^//' | wc -c) = 30000000 || exit 111\n")
    assert host.submit() == 0
    host.start()
    wait_for(lambda: "success: did_0+0+1" in host.said(), what=host.said())
    host.stop()
