# SPDX-License-Identifier: 0BSD
"""STARTTLS in the SMTP server, with clients of several makers."""
from __future__ import annotations

import os
import pathlib
import re
import signal
import smtplib
import socket
import ssl
import subprocess
from typing import Iterator

import pytest

import peers
import tlsservice
from certificates import Authority, self_signed
from mailhost import BIN, DOMAIN, USER, Mailhost, converse
from tlsservice import Service, put

LETTER = "Subject: x\r\n\r\nthrough TLS\r\n"


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority(pathlib.Path("/tmp/authority"))


@pytest.fixture
def service(host: Mailhost, authority: Authority) -> Iterator[Service]:
    """qmail-tlsd with two certificates, an SMTP server, and the queue."""
    put("servercert.pem", authority.issue(DOMAIN, "rsa"))
    put("servercert-ecdsa.pem", authority.issue(DOMAIN))
    server = Service()
    server.start()
    host.start()
    host.serve_smtp()
    yield server
    server.end()
    tlsservice.clean()


def serve_again(host: Mailhost, **env: str) -> None:
    assert host.smtp
    host.smtp.kill()
    host.smtp.wait()
    host.serve_smtp(**env)


def context(authority: Authority | None = None, **how: str) -> ssl.SSLContext:
    made = ssl.create_default_context(cafile=str(authority.cert) if authority else None)
    if not authority:
        made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE
    if "alpn" in how:
        made.set_alpn_protocols([how["alpn"]])
    if "cert" in how:
        pathlib.Path("/tmp/client.pem").write_text(how["cert"])
        made.load_cert_chain("/tmp/client.pem")
    return made


def client(tls: ssl.SSLContext | None = None) -> smtplib.SMTP:
    """Connected to the server by its name; with TLS if there is a context."""
    smtp = smtplib.SMTP("127.0.0.1", 25, "client.test", timeout=60)
    smtp._host = DOMAIN  # type: ignore[attr-defined]
    if tls:
        smtp.starttls(context=tls)
    return smtp


def received(host: Mailhost) -> str:
    """The field of the newest message, in one line."""
    path = max((pathlib.Path("/home/vecjoe/Maildir/new")).iterdir(),
               key=lambda file: file.stat().st_mtime_ns)
    lines = path.read_text().partition("Received: from ")[2]
    return re.sub(r"\s+", " ", lines.partition("; ")[0])


@pytest.mark.parametrize("version", ["tlsv1_2", "tlsv1_3"])
@pytest.mark.parametrize("kind", ["RSA", "ECDSA"])
def test_swaks_sends_through_tls(version: str, kind: str, host: Mailhost, service: Service
                                 ) -> None:
    options = ["--tls", "--tls-protocol", version]
    named = f"ECDHE-{kind}-AES256-GCM-SHA384"
    if version == "tlsv1_2":
        options += ["--tls-cipher", named]
    elif kind == "RSA":
        (tlsservice.CONTROL / "servercert-ecdsa.pem").unlink()
        service.reload()
    sent = peers.swaks(*options, recipients=[USER])
    assert sent.returncode == 0, sent.stdout
    host.wait_mail()
    how = f"TLSv1.2 {named}" if version == "tlsv1_2" else "TLSv1.3 TLS_AES_256_GCM_SHA384"
    assert f"with ESMTPS ({how} encrypted)" in received(host)


def s_client(data: bytes, *options: str) -> bytes:
    run = subprocess.run(
        ["openssl", "s_client", "-starttls", "smtp", "-connect", "127.0.0.1:25", "-quiet",
         *options], input=data, capture_output=True, timeout=60, check=False)
    return run.stdout


DIALOGUE = (f"EHLO c\r\nMAIL FROM:<s@far.test>\r\nrCPT TO:<{USER}>\r\nDATA\r\n{LETTER}.\r\n"
            "qUIT\r\n").encode()


def test_openssl_and_gnutls_send_through_tls(host: Mailhost, service: Service,
                                             authority: Authority) -> None:
    assert b"250 ok " in s_client(DIALOGUE, "-CAfile", str(authority.cert), "-verify_return_error",
                                  "-servername", DOMAIN)
    host.wait_mail(1)
    run = subprocess.run(
        ["gnutls-cli", "--starttls-proto=smtp", "--port=25", f"--x509cafile={authority.cert}",
         f"--verify-hostname={DOMAIN}", f"--sni-hostname={DOMAIN}", "127.0.0.1"],
        input=DIALOGUE, capture_output=True, timeout=60, check=False)
    assert b"250 ok " in run.stdout, run.stdout + run.stderr
    host.wait_mail(2)


def test_postfix_finds_the_certificate_good(host: Mailhost, service: Service,
                                            authority: Authority) -> None:
    program = peers.PEERS / "usr/sbin/posttls-finger"
    if not program.exists():
        pytest.skip("Postfix could not be fetched")
    folder = pathlib.Path("/tmp/postfix")
    folder.mkdir(exist_ok=True)
    (folder / "main.cf").write_text("compatibility_level = 3.6\n"
                                    "mail_owner = qmailt\nsetgid_group = vecjoe\n")
    run = subprocess.run(
        [program, "-c", "-l", "verify", "-F", str(authority.cert), "-o", "inet_protocols=ipv4",
         "[127.0.0.1]", DOMAIN], capture_output=True, text=True, timeout=60, check=False,
        env={"LD_LIBRARY_PATH": str(peers.PEERS / "usr/lib/postfix"), "PATH": "/usr/bin:/bin",
             "MAIL_CONFIG": str(folder)})
    told = run.stdout + run.stderr
    assert "Verified TLS connection established" in told, told
    assert "TLSv1.3" in told


def test_what_came_before_tls_counts_no_longer(host: Mailhost, service: Service) -> None:
    """An attacker's commands, in one piece with STARTTLS and before it."""
    with socket.create_connection(("127.0.0.1", 25), timeout=60) as net:
        net.recv(1000)
        net.sendall(b"EHLO evil.test\r\nMAIL FROM:<evil@far.test>\r\n"
                    b"RCPT TO:<" + USER.encode() + b">\r\nSTARTTLS\r\nNOOP\r\nRSET\r\n"
                    b"MAIL FROM:<evil2@far.test>\r\n")
        told = b""
        while b"220 ready for tls\r\n" not in told:
            told += net.recv(1000)
        assert told.endswith(b"220 ready for tls\r\n")
        with context().wrap_socket(net) as tls:
            tls.sendall(b"RCPT TO:<" + USER.encode() + b">\r\nDATA\r\nEHLO good.test\r\n"
                        b"MAIL FROM:<good@far.test>\r\nRCPT TO:<" + USER.encode()
                        + b">\r\nDATA\r\n")
            answers = b""
            while b"354" not in answers:
                answers += tls.recv(1000)
            lines = answers.splitlines()
            # no reply to what was injected, and no transaction
            assert [line[:3] for line in lines] == [
                b"503", b"503", b"250", b"250", b"250", b"250", b"250", b"354"], answers
            assert b"STARTTLS" not in answers
            tls.sendall(b"Subject: x\r\n\r\nx\r\n.\r\nQUIT\r\n")
            while b"221" not in answers:
                answers += tls.recv(1000)
    text = host.wait_mail()[0].decode()
    assert "evil" not in text
    assert "(HELO good.test)" in received(host)


def ehlo(port: int = 25) -> bytes:
    return converse(b"EHLO x\r\nSTARTTLS\r\nQUIT\r\n", port)


def test_offered_only_where_it_can_be_had(host: Mailhost, service: Service) -> None:
    assert b"250 STARTTLS\r\n220 ready for tls\r\n" in converse(b"EHLO x\r\nSTARTTLS\r\n")
    run = subprocess.run([BIN / "qmail-smtpd"], input=b"EHLO x\r\nSTARTTLS\r\n",
                         capture_output=True, timeout=60, check=False)
    assert b"STARTTLS" not in run.stdout
    assert b"454 TLS not available for now (#4.3.0)" in run.stdout
    assert b"501 Syntax error" in converse(b"STARTTLS now\r\n")
    service.stop()
    assert b"STARTTLS" not in ehlo()
    assert b"454 TLS not available for now (#4.3.0)\r\n221 " in ehlo()
    # as after a kill, when the socket's name is still there
    service.start()
    service.end()
    assert b"STARTTLS" not in ehlo()
    assert b"454 TLS not available for now (#4.3.0)\r\n221 " in ehlo()
    for name in "servercert.pem", "servercert-ecdsa.pem":
        (tlsservice.CONTROL / name).unlink()
    assert b"502 unimplemented (#5.5.1)\r\n221 " in ehlo()


def test_a_key_that_cannot_be_used_is_no_offer(host: Mailhost, service: Service) -> None:
    service.stop()
    (tlsservice.CONTROL / "servercert.pem").chmod(0o644)
    service.start()
    assert "others can read" in service.said()
    assert b"STARTTLS" not in ehlo()
    assert b"454 TLS not available" in ehlo()


def test_switched_off_by_a_variable(host: Mailhost, service: Service) -> None:
    serve_again(host, DISABLETLS="1")
    assert b"STARTTLS" not in ehlo()
    assert b"502 unimplemented" in ehlo()


def test_ciphers_by_a_variable(host: Mailhost, service: Service) -> None:
    serve_again(host, TLSCIPHERS="ECDHE-RSA-CHACHA20-POLY1305")
    made = context()
    made.maximum_version = ssl.TLSVersion.TLSv1_2
    smtp = client(made)
    assert smtp.sock.cipher()[0] == "ECDHE-RSA-CHACHA20-POLY1305"  # type: ignore
    smtp.quit()


BEGIN = f"MAIL FROM:<s@far.test>\r\nRCPT TO:<{USER}>\r\n".encode()


@pytest.mark.parametrize("how", ["file", "TLSREQUIRED", "FORCE_TLS"])
def test_tls_may_have_to_come_first(how: str, host: Mailhost, service: Service) -> None:
    if how == "file":
        host.control(tlsrequired="1")
    else:
        serve_again(host, **{how: "1"})
    answers = converse(b"HELO x\r\nEHLO x\r\nNOOP\r\n" + BEGIN + b"DATA\r\nQUIT\r\n").splitlines()
    assert [line[:3] for line in answers] == [
        b"220", b"530", b"250", b"250", b"250", b"250", b"250", b"530", b"530", b"530", b"221"]
    assert b"530 must issue STARTTLS first (#5.7.0)" in answers
    smtp = client(context())
    smtp.sendmail("s@far.test", [USER], LETTER)
    smtp.quit()
    host.wait_mail()
    # the service is away: mail waits, it does not bounce
    service.stop()
    assert b"454 TLS not available" in converse(BEGIN)
    assert b"530" not in converse(BEGIN)


def test_a_variable_overrides_the_file(host: Mailhost, service: Service) -> None:
    host.control(tlsrequired="1")
    serve_again(host, TLSREQUIRED="0")
    assert converse(BEGIN).count(b"250 ok") == 2


@pytest.mark.parametrize("value", ["yes", ""])
@pytest.mark.parametrize("how", ["file", "TLSREQUIRED", "FORCE_TLS"])
def test_what_is_no_number_requires_tls(how: str, value: str, host: Mailhost, service: Service
                                        ) -> None:
    if how == "file":
        host.control(tlsrequired=value)
    else:
        serve_again(host, **{how: value})
    assert converse(BEGIN).count(b"530 must issue STARTTLS first") == 2


@pytest.mark.parametrize("verb", ["GET", "POST", "pri"])
def test_a_browser_is_hung_up_on_inside_tls_only(verb: str, host: Mailhost, service: Service
                                                 ) -> None:
    lines = f"{verb} / HTTP/1.1\r\nHost: x\r\nNOOP\r\n".encode()
    assert b"250 ok" in converse(lines)
    smtp = client(context())
    assert smtp.sock
    smtp.sock.sendall(lines)
    assert tlsservice.read_all(smtp.sock) == b"502 unimplemented (#5.5.1)\r\n"


def test_a_list_that_cannot_be_read_is_told_before_tls(host: Mailhost, service: Service) -> None:
    path = tlsservice.CONTROL / "tlsclients"
    path.mkdir()
    try:
        answers = converse(b"STARTTLS\r\nNOOP\r\nQUIT\r\n").splitlines()
    finally:
        path.rmdir()
    assert answers[1:3] == [b"454 TLS not available for now (#4.3.0)", b"250 ok"]


def relay(smtp: smtplib.SMTP) -> bytes:
    smtp.ehlo()
    smtp.mail("s@far.test")
    code, text = smtp.rcpt("somebody@elsewhere.test")
    return str(code).encode() + b" " + text


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_listed_certificate_permits_relaying(version: ssl.TLSVersion, host: Mailhost,
                                               service: Service, authority: Authority) -> None:
    host.control(tlsclients="joe@client.test\n")
    put("clientca.pem", authority.cert.read_text(), 0o644)
    service.reload()

    def by(cert: str = "") -> smtplib.SMTP:
        made = context(**({"cert": cert} if cert else {}))
        made.minimum_version = made.maximum_version = version
        return client(made)
    good = authority.issue("c", email="Joe@client.test")
    smtp = by(good)
    assert relay(smtp) == b"250 ok"
    smtp.rset()
    smtp.sendmail("s@far.test", [USER], LETTER)
    smtp.quit()
    host.wait_mail()
    assert "encrypted) (cert Joe@client.test)" in received(host)
    start = (b"553 sorry, that domain isn't in my list of allowed rcpthosts; "
             b"no valid cert for gatewaying: ")
    put("clientcrl.pem", authority.withdraw(good), 0o644)
    other = authority.issue("c", email="jane@client.test")
    service.reload()
    for cert, why in ((other, b"not in tlsclients"), ("", b"none was shown"),
                      (good, b"refused certificate revoked"),
                      (self_signed(pathlib.Path("/tmp/self"), "c"), b"refused self-signed")):
        smtp = by(cert)
        answer = relay(smtp)
        assert answer.startswith(start + why), answer
        assert answer.endswith(b" (#5.7.1)")
        # what anyone may do is not changed
        assert smtp.rcpt(USER)[0] == 250
        smtp.quit()
    assert b"allowed rcpthosts (#5.7.1)" in converse(
        b"MAIL FROM:<s@far.test>\r\nRCPT TO:<x@elsewhere.test>\r\n")


def test_another_protocol_gets_no_session(host: Mailhost, service: Service) -> None:
    with pytest.raises(ssl.SSLError, match="no application protocol"):
        client(context(alpn="http/1.1"))
    smtp = client(context(alpn="smtp"))
    assert smtp.sock.selected_alpn_protocol() == "smtp"  # type: ignore
    smtp.quit()


def test_a_failed_handshake_ends_the_session_with_a_word(host: Mailhost, service: Service
                                                         ) -> None:
    with socket.create_connection(("127.0.0.1", 25), timeout=60) as net:
        net.recv(1000)
        net.sendall(b"STARTTLS\r\n")
        assert net.recv(1000) == b"220 ready for tls\r\n"
        net.sendall(b"MAIL FROM:<x@far.test>\r\n")
        told = tlsservice.read_all(net)
    assert re.search(rb"454 TLS connection failed: [ -~]+ \(#4\.3\.0\)\r\n$", told), told
    assert b"250" not in told


def test_a_session_that_is_killed_loses_no_accepted_mail(host: Mailhost, service: Service
                                                         ) -> None:
    first, second = client(context()), client(context())
    first.mail("s@far.test")
    first.rcpt(USER)
    first.docmd("DATA")
    first.send(b"Subject: x\r\n\r\nhalf\r\n")
    victims = service.sessions()
    os.kill(victims[0], signal.SIGKILL)
    alive = []
    for smtp in (first, second):
        try:
            smtp.send(b".\r\n" if smtp is first else b"NOOP\r\n")
            alive.append(smtp.getreply()[0] == 250)
        except (smtplib.SMTPServerDisconnected, OSError):
            alive.append(False)
    assert sorted(alive) == [False, True]
    smtp = client(context())
    smtp.sendmail("s@far.test", [USER], LETTER)
    smtp.quit()
    host.wait_done()
    texts = [text.decode() for text in host.mail()]
    assert len([text for text in texts if "through TLS" in text]) == 1
    assert len([text for text in texts if "half" in text]) == (1 if alive[0] else 0)


def test_plain_sessions_are_as_ever(host: Mailhost, service: Service) -> None:
    smtp = client()
    smtp.sendmail("s@far.test", [USER], LETTER)
    smtp.quit()
    host.wait_mail()
    assert received(host).endswith("with SMTP")


def test_a_long_message_comes_through_whole(host: Mailhost, service: Service) -> None:
    body = ("line of text " * 6 + "\r\n") * 40_000
    smtp = client(context())
    smtp.sendmail("s@far.test", [USER], "Subject: x\r\n\r\n" + body)
    smtp.quit()
    text = host.wait_mail(1, 60)[0].decode()
    assert text.partition("\n\n")[2] == body.replace("\r\n", "\n")
