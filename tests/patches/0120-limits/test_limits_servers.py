# SPDX-License-Identifier: 0BSD
"""Space in the queue, what processes may use, wrong control files, the other servers."""
import os
import pathlib
import re
import subprocess

import pytest

from mailhost import BIN, DOMAIN, HOME, USER, Mailhost, wait_for
from limits_talk import ENV, Session, answers, require_limits

BEGIN = f"MAIL FROM:<s@far.test>\r\nRCPT TO:<vecjoe@{DOMAIN}>\r\n".encode()
ALL = str(10**15 - 1)
NUMBERS = ["brtlimit", "maxcmdlen", "maxcmdtime", "maxcommands", "maxerrors",
           "maxheaderbytes", "maxheaderlines", "maxlinelen", "maxrcpt", "maxrecipients",
           "maxsessiontime", "minfreebytes", "minfreeinodes"]
NO_CONTROLS = [b"421 unable to read controls (#4.3.0)"]


def netstring(text: bytes) -> bytes:
    return b"%d:%s," % (len(text), text)


def qmtp(*recipients: str) -> bytes:
    return (netstring(b"\nSubject: x\n\nx\n") + netstring(b"s@far.test")
            + netstring(b"".join(netstring(name.encode()) for name in recipients)))


QMQP = netstring(netstring(b"x\n") + netstring(b"s@far.test") + netstring(USER.encode()))


# Space

@pytest.mark.parametrize("name", ["minfreebytes", "minfreeinodes"])
def test_with_less_free_than_the_floor_nothing_is_taken_and_all_is_temporary(
        name: str, host: Mailhost) -> None:
    host.control(**{name: ALL})
    lines, log, _ = answers(BEGIN)
    assert lines[1:] == [b"452 sorry, my queue is short of space, try again later (#4.3.1)",
                         b"503 MAIL first (#5.5.1)"]
    assert b"queue has less free than minfreebytes or minfreeinodes" in log
    assert host.submit() == 53
    inject = subprocess.run([BIN / "qmail-inject", USER], input=b"x\n", env=ENV,
                            capture_output=True, timeout=60, check=False)
    assert inject.returncode == 111 and b"disk full" in inject.stderr
    full = b"Zqq write error or disk full (#4.3.0)"
    assert answers(qmtp(USER), "qmail-qmtpd")[0] == [netstring(full)]
    assert answers(QMQP, "qmail-qmqpd")[0] == [netstring(full)]
    assert host.queue_files() == []


def test_with_enough_free_mail_is_taken(host: Mailhost) -> None:
    host.control(minfreebytes="4096", minfreeinodes="1")
    lines, log, _ = answers(BEGIN + b"DATA\r\n\r\nx\r\n.\r\n")
    assert lines[-1].startswith(b"250 ok ") and log == b""
    assert host.submit() == 0


def test_the_floor_is_held_against_what_the_file_system_tells(host: Mailhost) -> None:
    """With a quarter on both sides: others write there meanwhile."""
    now = os.statvfs("/var/qmail/queue")
    for blocks, code in (now.f_bavail * 3 // 4, 0), (now.f_bavail * 5 // 4, 53):
        host.control(minfreebytes=str(blocks * now.f_frsize))
        assert host.submit() == code


def test_what_is_queued_is_delivered_below_the_floor_and_a_bounce_waits(
        host: Mailhost) -> None:
    assert host.submit() == 0
    assert host.submit([f"nobody-here@{DOMAIN}"], sender=USER) == 0
    host.control(minfreebytes=ALL)
    require_limits()
    host.start()
    assert len(host.wait_mail(1)) == 1
    wait_for(lambda: "no_mailbox_here" in host.said(), what=host.said())
    wait_for(lambda: "trouble injecting bounce" in host.said(), what=host.said())
    assert any(path.startswith("bounce/") for path in host.queue_files())
    assert len(host.mail()) == 1


# Processes

SERVERS = {
    "qmail-smtpd": ((), b"220 "),
    "qmail-qmtpd": ((), b""),
    "qmail-qmqpd": ((), b""),
    "qmail-popup": ((DOMAIN, "false"), b"+OK "),
    "qmail-pop3d": ((str(HOME / "Maildir"),), b"+OK "),
}
LIMITS = {"memory": "address space", "cpu": "cpu time", "filesize": "file size",
          "processes": "processes", "descriptors": "open files"}


def soft_limits(session: Session) -> dict[str, str]:
    text = pathlib.Path(f"/proc/{session.process.pid}/limits").read_text()
    return {name.lower(): value for name, value in
            re.findall(r"^Max (.*?)  +(\S+) ", text, re.M)}


@pytest.mark.parametrize("program", SERVERS)
def test_a_server_is_limited_as_its_lines_say_and_others_are_not(
        program: str, host: Mailhost) -> None:
    require_limits()
    wanted = {"memory": 70_000_000, "cpu": 77, "filesize": 7_000_001, "processes": 770,
              "descriptors": 77}
    other = next(name for name in SERVERS if name != program)
    arguments, greeting = SERVERS[program]
    host.control(processlimits="".join(
        f":{kind}:{number // 2}\n{program}:{kind}:{number}\n{other}:{kind}:1\n"
        for kind, number in wanted.items()))
    session = Session(program, *arguments)
    if greeting:
        session.wait(greeting)
    wait_for(lambda: soft_limits(session)["cpu time"] == "77", what="the limits")
    found = soft_limits(session)
    _, log = session.close()
    assert {kind: found[name] for kind, name in LIMITS.items()} == {
        kind: str(number) for kind, number in wanted.items()}
    assert log == b""


def test_a_client_cannot_have_more_memory_than_the_limit(host: Mailhost) -> None:
    host.control(processlimits=":memory:50000000")
    lines, log, code = answers(b"HELO " + b"x" * 90_000_000 + b"\r\n")
    assert lines[1:] == [b"421 out of memory (#4.3.0)"] and code == 1
    assert log.startswith(b"qmail-smtpd: pid ")
    assert log.endswith(b" from 192.0.2.7: out of memory\n") and log.count(b"\n") == 1


def test_a_message_over_the_file_size_is_refused_for_now(host: Mailhost) -> None:
    host.control(processlimits="qmail-smtpd:filesize:100000")
    lines, _, _ = answers(BEGIN + b"DATA\r\n\r\n" + b"x\r\n" * 100000 + b".\r\nNOOP\r\n")
    assert lines[-2] == b"451 qq write error or disk full (#4.3.0)"
    assert lines[-1] == b"250 ok"
    assert host.queue_files() == []


# What is wrong is not taken for no limit

@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("text", ["\n", "many", "10x", "-1", " 5", "0x10", "1" * 16, "1,000"])
def test_a_file_without_a_plain_number_turns_clients_away(
        name: str, text: str, host: Mailhost) -> None:
    host.control(**{name: text})
    lines, log, code = answers(b"NOOP\r\n")
    assert lines == NO_CONTROLS and code == 1
    assert f"unable to use control/{name}: not a number\n".encode() in log


@pytest.mark.parametrize("text", ["5 \t", "5\n7\n", "000000000000005"])
def test_blanks_behind_a_number_and_further_lines_do_no_harm(
        text: str, host: Mailhost) -> None:
    host.control(maxcommands=text)
    assert answers(b"NOOP\r\n" * 6)[0][-1] == b"421 too many commands (#4.7.0)"


@pytest.mark.parametrize("name", NUMBERS)
def test_a_file_that_cannot_be_read_turns_clients_away(name: str, host: Mailhost) -> None:
    place = pathlib.Path("/var/qmail/control") / name
    place.mkdir()
    lines, log, _ = answers(b"NOOP\r\n")
    place.rmdir()
    assert lines == NO_CONTROLS
    assert f"unable to use control/{name}: ".encode() in log


@pytest.mark.parametrize("env", ["MAXRCPT", "MAXRECIPIENTS", "BRTLIMIT"])
@pytest.mark.parametrize("text", ["", "many", "5 "])
def test_a_variable_without_a_plain_number_turns_clients_away(
        env: str, text: str, host: Mailhost) -> None:
    assert answers(b"NOOP\r\n", **{env: text})[0] == NO_CONTROLS


@pytest.mark.parametrize("name", ["minfreebytes", "minfreeinodes"])
def test_the_queue_takes_nothing_while_its_floor_is_wrong(name: str, host: Mailhost) -> None:
    host.control(**{name: "much"})
    assert host.submit() == 55
    assert host.queue_files() == []


@pytest.mark.parametrize("line", [
    "qmail-smptd:memory:5", "qmail-smtpd:memroy:5", "qmail-smtpd:memory", "memory:5",
    "qmail-smtpd:memory:", "qmail-smtpd:memory:5M", "qmail-smtpd:memory:5:", ":", "x"])
def test_a_wrong_line_about_processes_stops_every_server(line: str, host: Mailhost) -> None:
    host.control(processlimits=f"# first\n:cpu:600\n{line}\n")
    want = f": unable to follow control/processlimits: {line}: ".encode()
    lines, log, _ = answers(b"NOOP\r\n")
    assert lines == NO_CONTROLS and want in log and log.count(b"\n") == 1
    for program in "qmail-qmtpd", "qmail-qmqpd":
        lines, log, code = answers(b"", program)
        assert lines == [] and code == 111 and want in log
    for program in "qmail-popup", "qmail-pop3d":
        lines, log, _ = answers(b"NOOP\r\n", program, *SERVERS[program][0])
        assert lines == [b"-ERR unable to read controls"] and want in log


# The other servers

def test_qmtp_recipients_beyond_the_limit_are_told_to_come_back(host: Mailhost) -> None:
    host.control(maxrcpt="2", processlimits=":cpu:600")
    again = netstring(b"Zsorry, too many recipients (#4.5.3)")
    lines, log, code = answers(qmtp(USER, "u@far.test", USER, USER, "u@far.test", USER)
                               + qmtp(USER), "qmail-qmtpd")
    text = b"".join(lines)
    told = re.findall(rb"(?:Kok|Zsorry|Dsorry)", text)
    assert told == [b"Kok", b"Dsorry", b"Kok", b"Zsorry", b"Dsorry", b"Zsorry", b"Kok"]
    assert text.count(again) == 2 and code == 0
    assert log.count(b"\n") == 1 and b"qmail-qmtpd: pid " in log
    assert b"more recipients than maxrcpt: sorry, too many" in log


def test_qmtp_takes_no_mail_while_the_limit_is_wrong(host: Mailhost) -> None:
    host.control(maxrcpt="many")
    lines, log, code = answers(qmtp(USER), "qmail-qmtpd")
    assert lines == [] and code == 111
    assert b"qmail-qmtpd: pid " in log and b"control/maxrcpt: not a number" in log


@pytest.mark.parametrize("program, code", [("qmail-popup", 1), ("qmail-pop3d", 0)])
def test_a_long_line_over_pop_is_refused_and_no_part_of_it_is_a_command(
        program: str, code: int, host: Mailhost) -> None:
    host.control(maxcmdlen="255")
    arguments = SERVERS[program][0]
    for fill in 0, 7000, 8192 - 5 - 250, 70000:
        line = b"NOOP " + b"x" * 250 + b"y" * fill + b"QUIT\r\n"
        lines, log, exit_code = answers(line + b"NOOP\r\n" + line, program, *arguments)
        assert [text[:4] for text in lines] == [b"+OK ", b"-ERR", b"+OK ", b"-ERR"], lines
        assert lines[1] == b"-ERR line too long"
        assert log.count(b"\n") == 1 and f"{program}: pid ".encode() in log
        assert exit_code == code
    lines, log, _ = answers(b"NOOP " + b"x" * 248 + b"\r\n", program, *arguments)
    assert len(lines) == 2 and lines[1].startswith(b"+OK") and log == b""


@pytest.mark.parametrize("program", ["qmail-popup", "qmail-pop3d"])
def test_pop_clients_are_turned_away_while_the_limit_is_wrong(
        program: str, host: Mailhost) -> None:
    host.control(maxcmdlen="many")
    lines, log, _ = answers(b"NOOP\r\n", program, *SERVERS[program][0])
    assert lines == [b"-ERR unable to read controls"]
    assert b"control/maxcmdlen: not a number" in log


# What the administrator sees

def test_qmail_showctl_knows_every_limit(host: Mailhost) -> None:
    def shown() -> str:
        return subprocess.run([BIN / "qmail-showctl"], capture_output=True, text=True,
                              env=ENV, timeout=60, check=True).stdout
    for name in NUMBERS:
        assert re.search(rf"^ *{name}: \(Default\.\) .* 0 \(0: no limit\)\.$", shown(), re.M)
    assert "processlimits: (Default.) No process is limited." in shown()
    for name in "me", "badmailfrom", "concurrencyremote", "rcpthosts", "virtualdomains":
        assert f"\n{name}: " in shown()
    host.control(**{name: "many" for name in NUMBERS}, processlimits=":cpu:5\n:memory:6\n")
    for name in NUMBERS:
        assert re.search(rf"^ *{name}: [A-Z].*: many \(0: no limit\)\.$", shown(), re.M)
    assert re.search(r"^ *Process limit: :cpu:5\.\n *Process limit: :memory:6\.$", shown(),
                     re.M)
    assert "No program of this server" not in shown()
