# SPDX-License-Identifier: 0BSD
"""STLS and CAPA in the POP3 server, with clients of several makers."""
from __future__ import annotations

import hashlib
import os
import pathlib
import poplib
import re
import signal
import socket
import ssl
import subprocess
from typing import Iterator

import pytest

import tlsservice
from certificates import Authority
from mailhost import BIN, DOMAIN, PATH, Mailhost, converse, wait_for
from popserver import (LOG, PASSWORD, PopServer, command, context, letter, letters,
                       read_until)
from tlsservice import Service, put

TEXT = b"Subject: x\n\nthrough TLS\n.dot\n"
LOGIN = f"USER vecjoe\r\nPASS {PASSWORD}\r\n".encode()
AWAY = b"-ERR TLS not available for now\r\n"
FIRST = b"-ERR must issue STLS first\r\n"


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority(pathlib.Path("/tmp/authority"))


@pytest.fixture
def service(host: Mailhost, authority: Authority) -> Iterator[Service]:
    """qmail-tlsd with two certificates, and one message that waits."""
    put("servercert.pem", authority.issue(DOMAIN, "rsa"))
    put("servercert-ecdsa.pem", authority.issue(DOMAIN))
    letter(1000, TEXT)
    LOG.write_text("")
    server = Service()
    server.start()
    yield server
    server.end()
    tlsservice.clean()


@pytest.fixture
def pop(service: Service) -> Iterator[PopServer]:
    server = PopServer()
    assert b"STLS" in converse(b"CAPA\r\nQUIT\r\n", 110)  # or clients wait in vain
    yield server
    server.stop()


def client(tls: ssl.SSLContext | None = None) -> poplib.POP3:
    made = poplib.POP3("127.0.0.1", 110, timeout=60)
    if tls:
        made.host = DOMAIN
        made.stls(tls)
    return made


def login(made: poplib.POP3) -> poplib.POP3:
    made.user("vecjoe")
    made.pass_(PASSWORD)
    return made


def talk(*lines: bytes) -> list[bytes]:
    """The replies to commands that arrive together, without the greeting."""
    answer = converse(b"".join(line + b"\r\n" for line in (*lines, b"QUIT")), 110)
    return answer.split(b"\r\n")[1:-1]


@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
@pytest.mark.parametrize("kind", ["RSA", "ECDSA"])
def test_mail_is_fetched_through_tls(version: str, kind: str, pop: PopServer, service: Service,
                                     authority: Authority) -> None:
    tls = context(authority, version=version)
    if version == "TLSv1_2":
        tls.set_ciphers(f"ECDHE-{kind}-AES256-GCM-SHA384")
    elif kind == "RSA":
        (tlsservice.CONTROL / "servercert-ecdsa.pem").unlink()
        service.reload()
    made = login(client(tls))
    assert made.sock.version() == version.replace("_", ".")  # type: ignore
    assert made.stat() == (1, len(TEXT))
    assert made.retr(1)[1] == [*TEXT.splitlines(), b""]
    made.dele(1)
    made.quit()
    wait_for(lambda: not letters(), what="the message to be deleted")


def test_openssl_and_gnutls_fetch_through_tls(pop: PopServer, authority: Authority) -> None:
    dialogue = LOGIN + b"RETR 1\r\n"
    for argv in (
            ["openssl", "s_client", "-starttls", "pop3", "-connect", "127.0.0.1:110", "-quiet",
             "-CAfile", authority.cert, "-verify_return_error", "-verify_hostname", DOMAIN],
            ["gnutls-cli", "--starttls-proto=pop3", "--port=110",
             f"--x509cafile={authority.cert}", f"--verify-hostname={DOMAIN}",
             f"--sni-hostname={DOMAIN}", "127.0.0.1"]):
        with subprocess.Popen([str(word) for word in argv], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as run:
            assert run.stdin and run.stdout
            # a password and what comes behind it must not arrive together
            for line in dialogue.splitlines(keepends=True):
                run.stdin.write(line)
                run.stdin.flush()
                told = b""
                while not told.startswith((b"+OK", b"-ERR")):
                    told = run.stdout.readline()
                    assert told, f"{argv[0]} ended after {line!r}"
                assert told.startswith(b"+OK"), (argv[0], line, told)
            assert run.stdout.readline() == b"Subject: x\r\n"
            run.kill()


def curl(url: str, *options: str) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(
        ["curl", "--silent", "--show-error", "--max-time", "60", "--user", f"vecjoe:{PASSWORD}",
         "--resolve", f"{DOMAIN}:110:127.0.0.1", *options, url], capture_output=True,
        timeout=90, check=False)


def test_curl_asks_for_capabilities_and_fetches_through_tls(pop: PopServer, service: Service,
                                                            authority: Authority) -> None:
    options = ["--ssl-reqd", "--cacert", str(authority.cert), "--no-alpn", "--verbose"]
    run = curl(f"pop3://{DOMAIN}/1", *options)
    assert run.returncode == 0, run.stderr
    assert run.stdout == TEXT.replace(b"\n", b"\r\n") + b"\r\n"
    assert b"> STLS" in run.stderr and b"SSL certificate verify ok" in run.stderr
    service.stop()
    run = curl(f"pop3://{DOMAIN}/1", *options)
    assert (run.returncode, run.stdout) == (64, b""), run.stderr  # it insists on TLS


def test_what_can_be_done_is_told_in_each_state(pop: PopServer, host: Mailhost,
                                                service: Service) -> None:
    def told() -> list[str]:
        made = client()
        words = list(made.capa())
        made.quit()
        return words
    assert told() == ["USER", "STLS", "TOP", "UIDL"]
    made = client(context())
    assert list(made.capa()) == ["USER", "TOP", "UIDL"]
    login(made)
    assert list(made.capa()) == ["USER", "TOP", "UIDL"]
    with pytest.raises(poplib.error_proto, match="unimplemented"):
        made._shortcmd("STLS")  # type: ignore[attr-defined]
    made.quit()
    host.control(pop3tlsrequired="1")
    assert told() == ["STLS", "TOP", "UIDL"]
    service.stop()
    assert told() == ["TOP", "UIDL"]
    host.control(pop3tlsrequired=None)
    assert told() == ["USER", "TOP", "UIDL"]


def test_without_a_certificate_all_is_as_ever(pop: PopServer) -> None:
    for name in "servercert.pem", "servercert-ecdsa.pem":
        (tlsservice.CONTROL / name).unlink()
    assert talk(b"CAPA", b"STLS", b"GET / HTTP/1.1", b"NOOP") == [
        *[b"-ERR authorization first"] * 3, b"+OK ", b"+OK "]
    made = login(client())
    for word in "CAPA", "STLS":
        with pytest.raises(poplib.error_proto, match="unimplemented"):
            made._shortcmd(word)  # type: ignore[attr-defined]
    assert made.retr(1)[1] == [*TEXT.splitlines(), b""]


def test_what_came_before_tls_counts_no_longer(pop: PopServer) -> None:
    """An attacker's commands, before STLS and in one piece with it."""
    with socket.create_connection(("127.0.0.1", 110), timeout=60) as net:
        read_until(net, b"\r\n")
        net.sendall(b"NOOP\r\nUSER vecjoe\r\nSTLS\r\nNOOP\r\nUSER vecjoe\r\nCAPA\r\n")
        assert read_until(net, b"ready for tls\r\n") == b"+OK \r\n+OK \r\n+OK ready for tls\r\n"
        with context().wrap_socket(net) as tls:
            tls.sendall(f"PASS {PASSWORD}\r\nSTLS\r\nNOOP\r\n".encode())
            # no reply to what was injected, and no name
            assert read_until(tls, b"+OK \r\n") == (
                b"-ERR USER first\r\n-ERR TLS is active already\r\n+OK \r\n")
            tls.sendall(b"USER vecjoe\r\n")
            assert read_until(tls, b"\r\n") == b"+OK \r\n"
            tls.sendall(f"PASS {PASSWORD}\r\n".encode())
            assert read_until(tls, b"\r\n") == b"+OK \r\n"
            tls.sendall(b"STAT\r\n")
            assert read_until(tls, b"\r\n") == f"+OK 1 {len(TEXT)}\r\n".encode()


def test_bytes_that_come_after_the_reply_and_are_no_tls_end_the_session(pop: PopServer,
                                                                        service: Service
                                                                        ) -> None:
    with socket.create_connection(("127.0.0.1", 110), timeout=60) as net:
        read_until(net, b"\r\n")
        net.sendall(b"STLS\r\n")
        read_until(net, b"ready for tls\r\n")
        net.sendall(LOGIN + b"STAT\r\n")
        told = tlsservice.read_all(net)
    # an alert perhaps (RFC 8446 section 6), but no word of POP3
    assert told == b"" or told[0] == 21, told
    assert b"+OK" not in told and b"-ERR" not in told
    wait_for(lambda: "no TLS" in LOG.read_text(), what="a line in the log")
    assert re.search(r"^qmail-popup: 127\.0\.0\.1: no TLS: [ -~]+$", LOG.read_text(), re.M)
    assert "handshake" in service.said()


def test_apop_goes_on_with_the_time_stamp_of_the_greeting(pop: PopServer) -> None:
    made = client(context())
    made.apop("vecjoe", PASSWORD)
    assert made.stat()[0] == 1
    made.quit()


def test_stls_takes_no_argument_and_is_answered_on_a_pipe(pop: PopServer) -> None:
    assert talk(b"STLS now", b"NOOP") == [b"-ERR syntax error", b"+OK ", b"+OK "]
    run = subprocess.run(command(), input=b"STLS\r\nCAPA\r\nQUIT\r\n", capture_output=True,
                         timeout=60, check=False, env={"PATH": PATH})
    assert run.stdout.partition(b"\r\n")[2] == (
        AWAY + b"+OK \r\nUSER\r\nTOP\r\nUIDL\r\n.\r\n+OK \r\n")


def test_the_session_goes_on_where_there_is_no_tls(pop: PopServer, service: Service) -> None:
    def goes_on() -> None:
        made = client()
        with pytest.raises(poplib.error_proto, match="TLS not available for now"):
            made._shortcmd("STLS")  # type: ignore[attr-defined]
        assert login(made).stat()[0] == 1
        made.quit()
    service.stop()
    goes_on()
    # as after a kill, when the socket's name is still there
    service.start()
    service.end()
    goes_on()
    (tlsservice.CONTROL / "servercert.pem").chmod(0o644)
    service.start()
    assert "others can read" in service.said()
    goes_on()


def test_a_service_that_comes_back_is_used_by_the_same_session(pop: PopServer,
                                                               service: Service) -> None:
    service.stop()
    made = client()
    with pytest.raises(poplib.error_proto, match="TLS not available for now"):
        made._shortcmd("STLS")  # type: ignore[attr-defined]
    service.start()
    made.stls(context())
    assert login(made).stat()[0] == 1


@pytest.mark.parametrize("how", ["file", "no number", "empty", "TLSREQUIRED", "FORCE_TLS",
                                 "EMPTY"])
def test_tls_may_have_to_come_first(how: str, host: Mailhost, service: Service) -> None:
    names = {"file": "1", "no number": "yes", "empty": ""}
    if how in names:
        host.control(pop3tlsrequired=names[how])
    pop = PopServer(**({} if how in names else {"TLSREQUIRED": ""} if how == "EMPTY" else
                       {how: "1"}))
    try:
        tried = (b"USER vecjoe", f"PASS {PASSWORD}".encode(), b"APOP vecjoe x", b"NOOP")
        assert talk(*tried) == [FIRST[:-2]] * 3 + [b"+OK ", b"+OK "]
        assert login(client(context())).stat()[0] == 1
        service.stop()
        assert talk(*tried) == [AWAY[:-2]] * 3 + [b"+OK ", b"+OK "]
    finally:
        pop.stop()


def test_nobody_logs_in_without_tls_if_that_cannot_be_read(pop: PopServer) -> None:
    (tlsservice.CONTROL / "pop3tlsrequired").mkdir()
    assert talk(b"USER vecjoe", b"APOP vecjoe x") == [
        *[b"-ERR unable to read controls"] * 2, b"+OK "]
    assert login(client(context())).stat()[0] == 1


@pytest.mark.parametrize("value", ["0", "00"])
def test_a_variable_overrides_the_file(value: str, host: Mailhost, service: Service) -> None:
    host.control(pop3tlsrequired="1")
    pop = PopServer(TLSREQUIRED=value)
    try:
        assert login(client()).stat()[0] == 1
    finally:
        pop.stop()


@pytest.mark.parametrize("value", ["0", "00"])
def test_zero_requires_nothing(value: str, pop: PopServer, host: Mailhost) -> None:
    host.control(pop3tlsrequired=value)
    assert login(client()).stat()[0] == 1


def test_switched_off_by_a_variable(host: Mailhost, service: Service) -> None:
    pop = PopServer(DISABLETLS="1")
    try:
        assert talk(b"STLS", b"CAPA") == [
            b"-ERR authorization first", b"+OK ", b"USER", b"TOP", b"UIDL", b".", b"+OK "]
        host.control(pop3tlsrequired="1")
        assert talk(b"USER vecjoe") == [AWAY[:-2], b"+OK "]
    finally:
        pop.stop()


def test_ciphers_by_a_variable(service: Service) -> None:
    pop = PopServer(TLSCIPHERS="ECDHE-RSA-CHACHA20-POLY1305")
    try:
        made = client(context(version="TLSv1_2"))
        assert made.sock.cipher()[0] == "ECDHE-RSA-CHACHA20-POLY1305"  # type: ignore
    finally:
        pop.stop()


def test_another_protocol_gets_no_session(pop: PopServer) -> None:
    with pytest.raises(ssl.SSLError, match="no application protocol"):
        client(context(alpn="http/1.1"))
    with pytest.raises(ssl.SSLError, match="no application protocol"):
        client(context(alpn="smtp"))
    made = client(context(alpn="pop3"))
    assert made.sock.selected_alpn_protocol() == "pop3"  # type: ignore
    for request in (b"GET / HTTP/1.1", b"post /x HTTP/1.1", b"DELETE /x HTTP/1.1",
                    b"CONNECT x:1 HTTP/1.1", b"TRACE / HTTP/1.1", b"PATCH /x HTTP/1.1",
                    b"PRI * HTTP/2.0"):
        made = client(context())
        made.sock.sendall(request + b"\r\nHost: x\r\n\r\n" + LOGIN)
        assert tlsservice.read_all(made.sock) == b"-ERR authorization first\r\n"


def test_a_session_that_is_killed_deletes_nothing(pop: PopServer, service: Service) -> None:
    letter(2000, TEXT)
    first = login(client(context()))
    victims = service.sessions()
    second = login(client(context()))
    first.dele(1)
    second.dele(2)
    assert len(victims) == 1
    os.kill(victims[0], signal.SIGKILL)
    with pytest.raises((OSError, EOFError, poplib.error_proto)):
        for _ in range(3):
            first.noop()
    second.quit()
    wait_for(lambda: letters() == {"1000.x"}, what="what the other session said")
    assert login(client(context())).stat()[0] == 1


def test_a_worker_that_is_killed_ends_no_session(pop: PopServer, service: Service) -> None:
    made = login(client(context()))
    worker = service.worker()
    os.kill(worker, signal.SIGKILL)
    wait_for(lambda: worker not in service.processes(), what="its end")
    wait_for(lambda: b"STLS" in converse(b"CAPA\r\nQUIT\r\n", 110), 60, "another worker")
    assert made.retr(1)[1] == [*TEXT.splitlines(), b""]
    assert login(client(context())).stat()[0] == 1


def test_a_client_that_says_nothing_in_the_handshake_holds_up_nobody(pop: PopServer) -> None:
    with socket.create_connection(("127.0.0.1", 110), timeout=60) as net:
        read_until(net, b"\r\n")
        net.sendall(b"STLS\r\n")
        read_until(net, b"ready for tls\r\n")
        assert login(client(context())).stat()[0] == 1


def test_a_long_message_comes_through_whole(pop: PopServer) -> None:
    text = b"Subject: x\n\n" + b"line of text, and another one\n" * 100_000
    letter(1000, text)
    made = login(client(context()))
    lines = made.retr(1)[1]
    made.quit()
    assert b"\n".join(lines) == text


def test_plain_sessions_are_as_ever(pop: PopServer) -> None:
    made = login(client())
    assert made.retr(1)[1] == [*TEXT.splitlines(), b""]
    made = client()
    made.apop("vecjoe", PASSWORD)
    made.quit()
    made = client()
    made.user("vecjoe")
    with pytest.raises(poplib.error_proto, match="authorization failed"):
        made.pass_("wrong")
    # plain text on a port without TLS may be of HTTP, as ever
    assert talk(b"GET / HTTP/1.1") == [b"-ERR authorization first", b"+OK "]


def under_inetd() -> tuple["subprocess.Popen[bytes]", socket.socket]:
    """A session with all three descriptors on the connection, asked for TLS."""
    ours, its = tlsservice.pair()
    run = subprocess.Popen(command(), stdin=its, stdout=its, stderr=its, env={"PATH": PATH})
    its.close()
    read_until(ours, b"\r\n")
    ours.sendall(b"STLS\r\n")
    assert read_until(ours, b"\r\n") == b"+OK ready for tls\r\n"
    return run, ours


def test_under_inetd_the_log_is_the_client_and_gets_tls_too(service: Service) -> None:
    """Descriptor 2 is the connection: nothing is written past TLS."""
    run, ours = under_inetd()
    with context().wrap_socket(ours) as tls:
        tls.sendall(b"USER vecjoe\r\nPASS wrong\r\n")
        told = tlsservice.read_all(tls)
    assert told == b"+OK \r\nchecker: no\n-ERR authorization failed\r\n"
    assert run.wait(timeout=60) == 1
    run, ours = under_inetd()
    with ours:
        ours.sendall(b"no TLS, no TLS, no TLS\r\n")
        assert b"qmail-popup" not in tlsservice.read_all(ours)
    assert run.wait(timeout=60) == 1


def test_apop_and_the_digest_are_of_the_first_greeting(pop: PopServer) -> None:
    """Nothing greets again inside TLS: the first bytes there answer a command."""
    with socket.create_connection(("127.0.0.1", 110), timeout=60) as net:
        stamp = read_until(net, b"\r\n").split()[1]
        net.sendall(b"STLS\r\n")
        read_until(net, b"ready for tls\r\n")
        with context().wrap_socket(net) as tls:
            digest = hashlib.md5(stamp + PASSWORD.encode()).hexdigest()
            tls.sendall(f"NOOP\r\nAPOP vecjoe {digest}\r\n".encode())
            assert read_until(tls, b"+OK \r\n+OK \r\n") == b"+OK \r\n+OK \r\n"


def test_the_packages_unit_may_reach_the_service(service: Service) -> None:
    """With the capabilities that a service manager leaves to root."""
    unit = pathlib.Path("/mnt/repo/tools/system/units/qmail-pop3d.service").read_text()
    line = re.search(r"^CapabilityBoundingSet=(.*)$", unit, re.M)
    assert line
    bounds = "".join(f",+{name[4:].lower()}" for name in line[1].split())
    pop = PopServer(before=("setpriv", "--bounding-set", "-all" + bounds, "--inh-caps", "-all"))
    try:
        assert login(client(context())).stat()[0] == 1
    finally:
        pop.stop()


def test_qmail_showctl_knows_the_file(host: Mailhost) -> None:
    host.control(pop3tlsrequired="1")
    told = subprocess.run([BIN / "qmail-showctl"], capture_output=True, text=True, timeout=60,
                          check=True).stdout
    lines = [line.strip() for line in told.splitlines()]
    assert "pop3tlsrequired: TLS before a login over POP3 is required: 1 (0: no)." in lines


