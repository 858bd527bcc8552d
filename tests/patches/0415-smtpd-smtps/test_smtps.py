# SPDX-License-Identifier: 0BSD
"""TLS before the greeting, as on port 465."""
from __future__ import annotations

import pathlib
import smtplib
import socket
import ssl
import subprocess
from typing import Iterator

import pytest

import tlsservice
from certificates import Authority
from mailhost import BIN, DOMAIN, PATH, USER, Mailhost, wait_for
from tlsservice import Service, put


def answers_with_tls() -> bool:
    try:
        socket.create_connection(("127.0.0.1", 465), timeout=5).close()
        return True
    except OSError:
        return False


@pytest.fixture
def service(host: Mailhost) -> Iterator[Service]:
    put("servercert.pem", Authority(pathlib.Path("/tmp/authority")).issue(DOMAIN))
    server = Service()
    server.start()
    host.start()
    implicit = subprocess.Popen(
        ["tcpserver", "-H", "-R", "-l", DOMAIN, "-u", subprocess.check_output(
            ["id", "-u", "qmaild"], text=True).strip(), "-g", "8791", "127.0.0.1", "465",
         BIN / "qmail-smtpd"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=open("/tmp/smtps.log", "wb"), env={"PATH": PATH, "SMTPS": "1"})
    wait_for(answers_with_tls, what="the server on 465")
    yield server
    implicit.kill()
    implicit.wait()
    server.end()
    tlsservice.clean()


def context() -> ssl.SSLContext:
    made = ssl.create_default_context(cafile="/tmp/authority/ca.pem")
    made.check_hostname = False
    return made


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_mail_comes_in_and_starttls_is_not_offered(version: ssl.TLSVersion, host: Mailhost,
                                                   service: Service) -> None:
    made = context()
    made.minimum_version = made.maximum_version = version
    smtp = smtplib.SMTP_SSL("127.0.0.1", 465, "client.test", timeout=60, context=made)
    smtp.ehlo()
    assert not smtp.has_extn("starttls")
    assert smtp.docmd("STARTTLS") == (503, b"TLS is active already (#5.5.1)")
    smtp.sendmail("s@far.test", [USER], "Subject: x\r\n\r\nthrough TLS\r\n")
    smtp.quit()
    assert b"through TLS" in host.wait_mail()[0]
    path = next(pathlib.Path("/home/vecjoe/Maildir/new").iterdir())
    assert "with ESMTPS (TLSv1." in path.read_text()


def test_swaks_and_gnutls_on_465(host: Mailhost, service: Service) -> None:
    sent = subprocess.run(["swaks", "--server", "127.0.0.1:465", "--tlsc", "--from", "s@far.test",
                           "--to", USER], capture_output=True, text=True, timeout=60,
                          check=False)
    assert sent.returncode == 0, sent.stdout
    host.wait_mail(1)
    run = subprocess.run(
        ["gnutls-cli", "--port=465", "--x509cafile=/tmp/authority/ca.pem",
         f"--verify-hostname={DOMAIN}", "--alpn=smtp", "127.0.0.1"],
        input=f"EHLO c\r\nMAIL FROM:<s@far.test>\r\nRCPT TO:<{USER}>\r\nDATA\r\n\r\nx\r\n"
        ".\r\nQUIT\r\n".encode(), capture_output=True, timeout=60, check=False)
    assert b"250 ok " in run.stdout, run.stdout + run.stderr
    host.wait_mail(2)


@pytest.mark.parametrize("said", [b"EHLO x\r\nMAIL FROM:<x@y.test>\r\n",
                                  b"GET / HTTP/1.1\r\n\r\n", b""])
def test_plain_text_gets_no_word(said: bytes, host: Mailhost, service: Service) -> None:
    with socket.create_connection(("127.0.0.1", 465), timeout=60) as net:
        net.sendall(said)
        net.shutdown(socket.SHUT_WR)
        told = tlsservice.read_all(net)
    # an alert perhaps (RFC 8446 section 6), but no SMTP
    assert told == b"" or told[0] == 21, told
    assert b"220" not in told


def test_without_the_service_there_is_no_session_and_a_reason(host: Mailhost, service: Service
                                                              ) -> None:
    service.stop()
    for word in "qmail-tlsd does not answer", "there is no control/servercert.pem":
        with socket.create_connection(("127.0.0.1", 465), timeout=60) as net:
            assert tlsservice.read_all(net) == b""
        assert word in pathlib.Path("/tmp/smtps.log").read_text()
        (tlsservice.CONTROL / "servercert.pem").unlink(missing_ok=True)


def test_without_the_variable_nothing_changes(host: Mailhost, service: Service) -> None:
    for value in "", None:
        env = {"PATH": PATH} | ({} if value is None else {"SMTPS": value})
        run = subprocess.run([BIN / "qmail-smtpd"], input=b"QUIT\r\n", capture_output=True,
                             timeout=60, check=False, env=env)
        assert run.stdout.startswith(b"220 ")
    run = subprocess.run([BIN / "qmail-smtpd"], input=b"QUIT\r\n", capture_output=True,
                         timeout=60, check=False, env={"PATH": PATH, "SMTPS": "1"})
    assert (run.stdout, run.returncode) == (b"", 1)
