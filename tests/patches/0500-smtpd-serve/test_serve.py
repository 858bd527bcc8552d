# SPDX-License-Identifier: 0BSD
"""qmail-smtpserve: sessions without a program's start, and nothing else changes."""
from __future__ import annotations

import os
import pathlib
import pwd
import re
import signal
import smtplib
import socket
import subprocess
import time
from typing import Callable, Iterator

import pytest

from mailhost import BIN, DOMAIN, PATH, USER, Mailhost, converse, wait_for

LOG = pathlib.Path("/tmp/smtpserve.log")
RULES = pathlib.Path("/tmp/rules.cdb")
LETTER = "Subject: x\r\n\r\nhello\r\n"


class Serve:
    """qmail-smtpserve on port 2500, or on a socket that it is given."""

    port = 2500

    def __init__(self) -> None:
        self.process: "subprocess.Popen[bytes] | None" = None

    def start(self, *options: str, listener: "socket.socket | None" = None, user: str = "root",
              before: tuple[str, ...] = (), **env: str) -> None:
        LOG.write_text("")
        where = [] if listener else ["127.0.0.1", str(self.port)]
        with open(LOG, "ab") as log:
            self.process = subprocess.Popen(
                [*before, BIN / "qmail-smtpserve", *options, *where], user=user,
                stdin=listener or subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=log,
                env={"PATH": PATH, **env}, cwd="/", start_new_session=True)
        process = self.process
        wait_for(lambda: "ready" in LOG.read_text() or process.poll() is not None, 60,
                 "qmail-smtpserve to begin")

    def stop(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None

    def children(self) -> list[int]:
        assert self.process
        found = []
        for name in filter(str.isdigit, os.listdir("/proc")):
            try:
                stat = pathlib.Path(f"/proc/{name}/stat").read_text().rpartition(")")[2]
            except OSError:
                continue
            if int(stat.split()[1]) == self.process.pid:
                found.append(int(name))
        return found


@pytest.fixture
def serve(host: Mailhost) -> Iterator[Serve]:
    server = Serve()
    yield server
    server.stop()


def client(port: int = Serve.port) -> smtplib.SMTP:
    return smtplib.SMTP("127.0.0.1", port, "client.test", timeout=60)


def send(port: int = Serve.port) -> None:
    with client(port) as smtp:
        smtp.sendmail("s@far.test", [USER], LETTER)


def state_of(pid: int) -> str:
    stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
    return stat.rpartition(")")[2].split()[0]


def received(text: bytes) -> str:
    field = re.sub(r"\s+", " ", text.decode().partition("Received: from ")[2])
    return field.partition("; ")[0]


def rules(text: str) -> None:
    subprocess.run(["tcprules", RULES, f"{RULES}.tmp"], input=text.encode(), check=True,
                   timeout=60)
    RULES.chmod(0o644)


def greeting() -> bytes:
    """What a client hears that says nothing; nothing if it is turned away."""
    with socket.create_connection(("127.0.0.1", Serve.port), timeout=60) as net:
        return net.recv(100)


def relays(port: int = Serve.port) -> int:
    with client(port) as smtp:
        smtp.mail("s@far.test")
        return smtp.rcpt("r@elsewhere.test")[0]


def test_mail_comes_in_as_it_does_by_tcpserver(host: Mailhost, serve: Serve) -> None:
    host.start()
    host.serve_smtp()
    send(25)
    serve.start("-l", DOMAIN)
    host.wait_mail(1)
    send()
    one, other = host.wait_mail(2)
    assert received(one) == received(other) != ""
    assert "(HELO client.test) (127.0.0.1) by local.test with SMTP" in received(other)


def test_without_a_name_the_address_is_told(host: Mailhost, serve: Serve) -> None:
    host.start()
    serve.start()
    send()
    assert "by 127.0.0.1 with SMTP" in received(host.wait_mail()[0])


@pytest.mark.parametrize("data", [
    b"HELO x\r\nNOOP\r\nVRFY x\r\nHELP\r\nx\r\nRCPT TO:<x>\r\nMAIL FROM:<>\r\nDATA\r\nQUIT\r\n",
    b"EHLO x\r\nMAIL FROM:<s@far.test>\r\nRCPT TO:<r@elsewhere.test>\r\nRSET\r\nDATA\r\n",
    b"MAIL FROM:<s@far.test>\r\nRCPT TO:<a@local.test>\r\nDATA\r\nbare\nlf\r\n.\r\n", b""])
def test_it_answers_as_qmail_smtpd_does(data: bytes, host: Mailhost, serve: Serve) -> None:
    host.serve_smtp()
    serve.start()
    assert converse(data, Serve.port) == converse(data)


def test_sessions_are_processes_of_qmaild(host: Mailhost, serve: Serve) -> None:
    serve.start()
    with client() as one, client() as other:
        one.noop()
        other.noop()
        assert serve.process
        pids = serve.children()
        assert len(pids) == 2
        uid = pwd.getpwnam("qmaild").pw_uid
        for pid in [serve.process.pid, *pids]:
            status = pathlib.Path(f"/proc/{pid}/status").read_text()
            assert re.search(rf"^Uid:\t{uid}\t{uid}\t{uid}\t{uid}$", status, re.M), status
            assert re.search(r"^CapEff:\t0+$", status, re.M), status
        # a session has the connection, and not the listening socket
        for pid in pids:
            fds = {fd: os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(
                f"/proc/{pid}/fd")}
            assert set(fds) == {"0", "1", "2"} and fds["0"] == fds["1"], fds
        # one that is killed costs the other nothing
        os.kill(pids[0], signal.SIGKILL)
        alive = []
        for smtp in (one, other):
            try:
                alive.append(smtp.noop()[0] == 250)
            except (smtplib.SMTPServerDisconnected, OSError):
                alive.append(False)
        assert sorted(alive) == [False, True]
    wait_for(lambda: not serve.children(), what="sessions to end, and nothing left of them")
    assert client().noop()[0] == 250


def test_a_session_knows_nothing_of_another(host: Mailhost, serve: Serve) -> None:
    serve.start()
    begin = b"HELO x\r\nMAIL FROM:<s@far.test>\r\nRCPT TO:<a@local.test>\r\n"
    assert converse(begin, Serve.port).count(b"250") == 3
    assert b"503" in converse(b"DATA\r\n", Serve.port)


def test_control_files_are_read_for_each_session(host: Mailhost, serve: Serve) -> None:
    serve.start()
    assert relays() == 553
    host.control(rcpthosts="elsewhere.test")
    assert relays() == 250
    host.control(rcpthosts=DOMAIN, smtpgreeting="other.test hello")
    assert converse(b"QUIT\r\n", Serve.port).startswith(b"220 other.test hello")


def waits_until(waiting: socket.socket, there_is_room: Callable[[], object]) -> None:
    waiting.settimeout(0.5)
    with pytest.raises(TimeoutError):
        waiting.recv(100)
    there_is_room()
    waiting.settimeout(60)
    assert waiting.recv(100).startswith(b"220 ")


def test_there_is_a_limit_and_who_is_beyond_it_waits(host: Mailhost, serve: Serve) -> None:
    serve.start("-c", "2")
    one, other = client(), client()
    third = socket.create_connection(("127.0.0.1", Serve.port), timeout=60)
    wait_for(lambda: "the next ones wait" in LOG.read_text(), what="the limit")
    waits_until(third, one.quit)
    third.close()
    other.quit()
    for _ in range(5):
        assert b"221" in converse(b"QUIT\r\n", Serve.port)
    assert LOG.read_text().count("the next ones wait") <= 3


def test_children_of_what_it_was_before_are_no_sessions(host: Mailhost, serve: Serve) -> None:
    """A start script's helpers; orphans, too, where it is a container's first process."""
    serve.start("-v", "-c", "2", before=("sh", "-c", 'sleep 1 & sleep 600 & exec "$@"', "sh"))
    wait_for(lambda: len(serve.children()) == 1, what="the end of one helper")
    helper = serve.children()[0]
    try:
        for _ in range(3):
            assert greeting().startswith(b"220 ")
        wait_for(lambda: LOG.read_text().count("end ") == 3 and
                 LOG.read_text().endswith(": status: 0/2\n"), what="three ends, of sessions")
        assert set(re.findall(r"status: (\d+)/2", LOG.read_text())) <= {"0", "1", "2"}
        # at the limit, too, it is a session's end that makes room
        LOG.write_text("")
        one, other = client(), client()
        with socket.create_connection(("127.0.0.1", Serve.port), timeout=60) as third:
            wait_for(lambda: "the next ones wait" in LOG.read_text(), what="the limit")
            os.kill(helper, signal.SIGKILL)
            wait_for(lambda: helper not in serve.children(), what="the other helper's end")
            waits_until(third, one.quit)
        other.quit()
    finally:
        if helper in serve.children():
            os.kill(helper, signal.SIGKILL)


def test_the_log_tells_of_connections_if_asked(host: Mailhost, serve: Serve) -> None:
    """In tcpserver's words, but for the name in front."""
    serve.start("-v", "-c", "3")
    converse(b"QUIT\r\n", Serve.port)
    wait_for(lambda: "status: 0/3\n" in LOG.read_text(), what="the end to be told")
    found = re.sub(r"\b\d{2,}\b(?!\.)", "N", LOG.read_text()).splitlines()
    assert sorted(found) == sorted(f"qmail-smtpserve: {line}" for line in (
        "ready", "pid N from 127.0.0.1", "status: 1/3", "end N status 0", "status: 0/3"))
    serve.stop()
    serve.start()
    converse(b"QUIT\r\n", Serve.port)
    assert LOG.read_text() == "qmail-smtpserve: ready\n"


def test_rules_of_tcprules_are_heeded(host: Mailhost, serve: Serve) -> None:
    rules('127.0.0.1:allow,RELAYCLIENT=""\n:deny\n')
    serve.start("-x", str(RULES))
    assert relays() == 250
    # at once, without a restart
    rules('127.0.1.:allow,RELAYCLIENT=""\n127.:allow\n')
    assert relays() == 553
    rules("127.0.0.:deny\n:allow\n")
    assert greeting() == b""
    rules('10.:deny\n:allow,DATABYTES="7"\n')
    assert b"552" in converse(
        b"MAIL FROM:<s@far.test>\r\nRCPT TO:<a@local.test>\r\nDATA\r\n\r\n"
        b"12345678\r\n.\r\nQUIT\r\n", Serve.port)
    # without the file nobody comes in
    RULES.unlink()
    assert greeting() == b""
    assert "unable to use /tmp/rules.cdb: " in LOG.read_text()


def test_a_rule_is_of_one_session_only(host: Mailhost, serve: Serve) -> None:
    rules('127.0.0.1:allow,RELAYCLIENT=""\n')
    serve.start("-x", str(RULES))
    assert relays() == 250
    rules(":allow\n")
    assert relays() == 553


@pytest.mark.parametrize("user", ["root", "qmaild"])
def test_a_socket_that_listens_may_be_given(user: str, host: Mailhost, serve: Serve) -> None:
    with socket.create_server(("127.0.0.1", 2600)) as listener:
        listener.setblocking(False)
        serve.start(listener=listener, user=user)
        host.start()
        send(2600)
        host.wait_mail()
        assert serve.process
        status = pathlib.Path(f"/proc/{serve.process.pid}/status").read_text()
        assert f"Uid:\t{pwd.getpwnam('qmaild').pw_uid}\t" in status
        states = ""
        for _ in range(20):
            time.sleep(0.02)
            states += state_of(serve.process.pid)
        assert states.count("S") > 10, f"it spins: {states}"


def test_under_inetd_no_session_has_the_listening_socket(host: Mailhost, serve: Serve) -> None:
    """It is passed as all three descriptors, the log among them."""
    with socket.create_server(("127.0.0.1", Serve.port)) as listener:
        serve.process = subprocess.Popen([BIN / "qmail-smtpserve"], stdin=listener,
                                         stdout=listener, stderr=listener, env={"PATH": PATH})
    with client() as smtp:
        smtp.noop()
        fds = {fd: os.readlink(f"/proc/{serve.children()[0]}/fd/{fd}") for fd in "012"}
    assert fds["0"] == fds["1"] and fds["2"] == "/dev/null", fds


def test_the_end_lets_sessions_finish(host: Mailhost, serve: Serve) -> None:
    serve.start()
    smtp = client()
    assert serve.process
    serve.process.terminate()
    serve.process.wait(timeout=60)
    with pytest.raises(OSError):
        client()
    assert smtp.sendmail("s@far.test", [USER], LETTER) == {}
    smtp.quit()
    serve.start()
    assert client().noop()[0] == 250


@pytest.mark.parametrize("words, code, said", [
    (["-z"], 100, "illegal option"), (["-c", "0"], 100, "usage: "), (["-c", "x"], 100, "usage: "),
    (["127.0.0.1"], 100, "usage: "), (["127.0.0.1", "25", "x"], 100, "usage: "),
    (["localhost", "25"], 111, "unable to listen at localhost"),
    (["127.0.0.1", "smtp"], 111, "unable to listen"), (["127.0.0.1", "0"], 111, "unable to"),
    (["127.0.0.1", "65536"], 111, "unable to"), (["10.1.2.3", "25"], 111, "unable to listen"),
    ([], 111, "descriptor 0 is no listening socket")])
def test_what_it_cannot_begin_with(words: list[str], code: int, said: str, host: Mailhost
                                   ) -> None:
    run = subprocess.run([BIN / "qmail-smtpserve", *words], stdin=subprocess.DEVNULL,
                         capture_output=True, timeout=60, check=False)
    assert run.returncode == code
    assert said in run.stderr.decode()


@pytest.mark.parametrize("family, address", [(socket.AF_INET6, ("::", 0)),
                                             (socket.AF_UNIX, "/tmp/smtpserve.socket")])
def test_a_socket_whose_clients_have_no_address_of_ipv4(
        family: int, address: "str | tuple[str, int]", host: Mailhost) -> None:
    """It would turn all of them away, and systemd's sockets are such if not told otherwise."""
    with socket.socket(family) as listener:
        listener.bind(address)
        listener.listen()
        run = subprocess.run([BIN / "qmail-smtpserve"], stdin=listener, capture_output=True,
                             timeout=60, check=False)
    assert run.returncode == 111
    assert "descriptor 0 is no listening socket of IPv4" in run.stderr.decode()
