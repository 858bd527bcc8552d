# SPDX-License-Identifier: 0BSD
"""TLS before the greeting, as on port 995."""
from __future__ import annotations

import pathlib
import poplib
import socket
import subprocess
from typing import Iterator

import pytest

import tlsservice
from certificates import Authority
from mailhost import DOMAIN, PATH, Mailhost
from popserver import LOG, PASSWORD, PopServer, command, context, letter
from tlsservice import Service, put

TEXT = b"Subject: x\n\nthrough TLS\n"


@pytest.fixture
def authority() -> Authority:
    return Authority(pathlib.Path("/tmp/authority"))


@pytest.fixture
def service(host: Mailhost, authority: Authority) -> Iterator[Service]:
    put("servercert.pem", authority.issue(DOMAIN))
    letter(1000, TEXT)
    LOG.write_text("")
    server = Service()
    server.start()
    implicit = PopServer(995, POP3S="1")
    yield server
    implicit.stop()
    server.end()
    tlsservice.clean()


@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
def test_mail_is_fetched_and_stls_is_not_offered(version: str, service: Service,
                                                 authority: Authority) -> None:
    made = poplib.POP3_SSL("127.0.0.1", 995, timeout=60,
                           context=context(authority, version=version))
    assert made.getwelcome().startswith(b"+OK <") and made.getwelcome().endswith(b"@local.test>")
    assert list(made.capa()) == ["USER", "TOP", "UIDL"]
    with pytest.raises(poplib.error_proto, match="TLS is active already"):
        made._shortcmd("STLS")  # type: ignore[attr-defined]
    made.apop("vecjoe", PASSWORD)
    assert made.retr(1)[1] == [*TEXT.splitlines(), b""]
    made.quit()


def test_curl_and_gnutls_on_995(service: Service, authority: Authority) -> None:
    run = subprocess.run(
        ["curl", "--silent", "--show-error", "--max-time", "60", "--no-alpn",
         "--cacert", str(authority.cert), "--user", f"vecjoe:{PASSWORD}",
         "--resolve", f"{DOMAIN}:995:127.0.0.1", f"pop3s://{DOMAIN}/1"],
        capture_output=True, timeout=90, check=False)
    assert run.stdout == TEXT.replace(b"\n", b"\r\n") + b"\r\n", run.stderr
    run = subprocess.run(
        ["gnutls-cli", "--port=995", f"--x509cafile={authority.cert}",
         f"--verify-hostname={DOMAIN}", "--alpn=pop3", "127.0.0.1"],
        input=b"NOOP\r\nQUIT\r\n", capture_output=True, timeout=60, check=False)
    assert b"+OK \r\n+OK \r\n" in run.stdout, run.stdout + run.stderr


def test_a_login_is_possible_where_tls_is_required(host: Mailhost, service: Service) -> None:
    host.control(pop3tlsrequired="1")
    made = poplib.POP3_SSL("127.0.0.1", 995, timeout=60, context=context())
    made.user("vecjoe")
    made.pass_(PASSWORD)
    assert made.stat()[0] == 1


@pytest.mark.parametrize("said", [f"USER vecjoe\r\nPASS {PASSWORD}\r\n".encode(),
                                  b"GET / HTTP/1.1\r\n\r\n", b""])
def test_plain_text_gets_no_word(said: bytes, service: Service) -> None:
    with socket.create_connection(("127.0.0.1", 995), timeout=60) as net:
        net.sendall(said)
        net.shutdown(socket.SHUT_WR)
        told = tlsservice.read_all(net)
    # an alert perhaps (RFC 8446 section 6), but no POP3
    assert told == b"" or told[0] == 21, told
    assert b"+OK" not in told and b"-ERR" not in told


def test_without_the_service_there_is_no_session_and_a_reason(service: Service) -> None:
    service.stop()
    for word in "qmail-tlsd does not answer", "there is no control/servercert.pem":
        with socket.create_connection(("127.0.0.1", 995), timeout=60) as net:
            assert tlsservice.read_all(net) == b""
        assert f"qmail-popup: 127.0.0.1: no TLS: {word}" in LOG.read_text()
        (tlsservice.CONTROL / "servercert.pem").unlink(missing_ok=True)


def test_without_the_variable_nothing_changes(host: Mailhost, service: Service) -> None:
    for value in "", None:
        env = {"PATH": PATH} | ({} if value is None else {"POP3S": value})
        run = subprocess.run(command(), input=b"QUIT\r\n", capture_output=True, timeout=60,
                             check=False, env=env)
        assert run.stdout.startswith(b"+OK <") and run.stdout.endswith(b">\r\n+OK \r\n")
    run = subprocess.run(command(), input=b"QUIT\r\n", capture_output=True, timeout=60,
                         check=False, env={"PATH": PATH, "POP3S": "1"})
    assert (run.stdout, run.returncode) == (b"", 1)
