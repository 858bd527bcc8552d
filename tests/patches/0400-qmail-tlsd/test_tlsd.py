# SPDX-License-Identifier: 0BSD
"""qmail-tlsd: sessions of both sides, the other end's proof, files, faults."""
from __future__ import annotations

import os
import pathlib
import pwd
import re
import signal
import socket
import ssl
import struct
import subprocess
import threading
import time
from typing import Callable

import pytest

import tlsservice
from certificates import Authority, self_signed
from mailhost import BIN, PREFIX, Mailhost, wait_for
from tlsservice import CONTROL, Service, ask, call, pair, put, read_all, request, send

NAME = "mx.far.test"


@pytest.fixture
def serving(service: Service, authority: Authority) -> Service:
    """With an RSA and an ECDSA certificate."""
    put("servercert.pem", authority.issue("rsa.test", "rsa"))
    put("servercert-ecdsa.pem", authority.issue("ecdsa.test"))
    service.start()
    return service


def client_context(**how: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if "ciphers" in how:
        context.set_ciphers(how["ciphers"])
    if "alpn" in how:
        context.set_alpn_protocols(how["alpn"].split())
    if how.get("version") == "1.2":
        context.maximum_version = ssl.TLSVersion.TLSv1_2
    if how.get("version") == "1.3":
        context.minimum_version = ssl.TLSVersion.TLSv1_3
    if "cert" in how:
        context.load_cert_chain(how["cert"])
    return context


class Other:
    """The other end of a connection, at work in a thread."""

    def __init__(self, work: Callable[[], object]) -> None:
        self.result: object = None
        self.error: BaseException | None = None
        self.thread = threading.Thread(target=self.run, args=(work,), daemon=True)
        self.thread.start()

    def run(self, work: Callable[[], object]) -> None:
        try:
            self.result = work()
        except BaseException as error:  # whatever it was, the test judges it
            self.error = error

    def join(self) -> object:
        self.thread.join(60)
        assert not self.thread.is_alive(), "the other end hangs"
        if self.error:
            raise self.error
        return self.result


def as_server(name: str | None = None, session: ssl.SSLSession | None = None,
              context: ssl.SSLContext | None = None, fields: dict[str, str] | None = None,
              **how: str) -> tuple[dict[str, str], socket.socket | None, Other]:
    """A client connects; the service is asked to be the server for it."""
    net, ours = pair()
    context = context or client_context(**how)

    def connect() -> ssl.SSLSocket:
        return context.wrap_socket(net, server_hostname=name, session=session)
    other = Other(connect)
    verdict, plain = ask("server", ours, **(fields or {}))
    return verdict, plain, other


def server_context(cert: str, where: pathlib.Path = pathlib.Path("/tmp/other.pem"),
                   **how: str) -> ssl.SSLContext:
    where.write_text(cert)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(where)
    if how.get("version") == "1.2":
        context.maximum_version = ssl.TLSVersion.TLSv1_2
    if "alpn" in how:
        context.set_alpn_protocols(how["alpn"].split())
    if "ask" in how:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(how["ask"])
    return context


def as_client(context: ssl.SSLContext, **fields: str
              ) -> tuple[dict[str, str], socket.socket | None, Other]:
    """A server listens; the service is asked to be the client for it."""
    net, ours = pair()
    other = Other(lambda: context.wrap_socket(net, server_side=True))
    verdict, plain = ask("client", ours, **fields)
    return verdict, plain, other


def exchange(plain: socket.socket | None, other: Other) -> None:
    """Each end says something, and the session ends."""
    tls = other.join()
    assert plain and isinstance(tls, ssl.SSLSocket)
    tls.settimeout(60)
    tls.sendall(b"from the network")
    assert plain.recv(100) == b"from the network"
    plain.sendall(b"from the program")
    assert tls.recv(100) == b"from the program"
    plain.close()
    assert tls.recv(100) == b""
    tls.close()


@pytest.mark.parametrize("version", ["1.2", "1.3"])
@pytest.mark.parametrize("kind", ["rsa", "ecdsa"])
def test_a_server_session_of_either_version_and_kind(
        version: str, kind: str, serving: Service, authority: Authority) -> None:
    net, ours = pair()
    context = client_context(version=version)
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(authority.cert)
    if version == "1.2":
        context.set_ciphers(f"ECDHE-{kind.upper()}-AES256-GCM-SHA384")
        name = f"{kind}.test"
    else:
        name = "ecdsa.test"
    if kind == "rsa" and version == "1.3":
        put("servercert-ecdsa.pem", "").unlink()
        assert "again" in serving.reload()
        name = "rsa.test"
    other = Other(lambda: context.wrap_socket(net, server_hostname=name))
    verdict, plain = ask("server", ours, alpn="smtp")
    tls = other.join()
    assert isinstance(tls, ssl.SSLSocket)
    assert ("DNS", name) in tls.getpeercert()["subjectAltName"]  # type: ignore[index]
    assert verdict["result"] == "done"
    assert verdict["protocol"] == tls.version() == f"TLSv{version}"
    assert verdict["cipher"] == tls.cipher()[0]  # type: ignore[index]
    assert verdict["group"] == "x25519"
    assert verdict["name"] == name
    assert (verdict["bits"], verdict["resumed"], verdict["peer"]) == ("256", "no", "none")
    exchange(plain, other)


def test_both_pairs_may_be_in_one_file(service: Service, authority: Authority) -> None:
    put("servercert.pem", authority.issue("rsa.test", "rsa") + authority.issue("ecdsa.test"))
    service.start()
    for kind in "RSA", "ECDSA":
        verdict, plain, other = as_server(version="1.2",
                                          ciphers=f"ECDHE-{kind}-AES128-GCM-SHA256")
        assert verdict["cipher"] == f"ECDHE-{kind}-AES128-GCM-SHA256"
        exchange(plain, other)


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_a_client_session_tells_the_name_and_checks_nothing_unasked(
        version: str, serving: Service) -> None:
    asked: list[str | None] = []
    context = server_context(self_signed(pathlib.Path("/tmp/self"), "other.test"),
                             version=version, alpn="smtp")
    context.sni_callback = lambda _, name, __: asked.append(name)
    verdict, plain, other = as_client(context, name=NAME, alpn="smtp")
    assert verdict["result"] == "done", verdict
    assert verdict["protocol"] == f"TLSv{version}"
    assert (verdict["peer"], verdict["alpn"]) == ("unchecked", "smtp")
    assert verdict["subject"] == "/CN=other.test"
    assert asked == [NAME]
    exchange(plain, other)


def test_a_host_gets_the_certificate_of_its_name(serving: Service, authority: Authority
                                                 ) -> None:
    put("servercerts/Mail.Site.test/servercert.pem", authority.issue("mail.site.test"))
    serving.reload()
    for name, subject in (("mail.site.TEST", "mail.site.test"), ("x.test", "ecdsa.test")):
        context = client_context()
        context.load_verify_locations(authority.cert)
        context.verify_mode = ssl.CERT_REQUIRED
        verdict, plain, other = as_server(name=name, context=context)
        tls = other.join()
        assert verdict["result"] == "done"
        assert tls.getpeercert()["subject"] == ((("commonName", subject),),)  # type: ignore
        exchange(plain, other)


@pytest.mark.parametrize("offered, good", [
    ("smtp", True), ("http/1.1 smtp", True), ("", True), ("http/1.1", False), ("smtps", False)])
def test_a_client_that_offers_other_protocols_only_is_sent_away(
        offered: str, good: bool, serving: Service) -> None:
    how = {"alpn": offered} if offered else {}
    verdict, plain, other = as_server(fields={"alpn": "smtp"}, **how)
    if good:
        assert verdict.get("alpn", "") == ("smtp" if offered else "")
        exchange(plain, other)
    else:
        assert (verdict["result"], verdict["fault"]) == ("failed", "handshake")
        assert plain is None
        with pytest.raises(ssl.SSLError, match="no application protocol"):
            other.join()


def dates(**ago: int) -> tuple[str, str]:
    return tuple(time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() + day * 86400))
                 for day in ago.values())  # type: ignore[return-value]


def test_a_server_that_must_prove_its_name(serving: Service, authority: Authority) -> None:
    elsewhere = Authority(pathlib.Path("/tmp/elsewhere"), "Another")
    begin, end = dates(begin=-20, end=-10)
    later, still = dates(begin=10, end=20)
    put(f"tlshosts/{NAME}.pem", authority.cert.read_text(), 0o644)
    serving.reload()
    for cert, why in (
            (authority.issue(NAME), None),
            (authority.issue("*.far.test"), None),
            (authority.issue(NAME, "rsa"), None),
            (authority.issue("other.test"), "hostname mismatch"),
            (authority.issue("*.test"), "hostname mismatch"),
            # a subject of that name, and no alternative name that is a host's
            (authority.issue(NAME, email="post@far.test"), "hostname mismatch"),
            (authority.issue(NAME, start=begin, end=end), "expired"),
            (authority.issue(NAME, start=later, end=still), "not yet valid"),
            (self_signed(pathlib.Path("/tmp/self"), NAME), "self-signed"),
            (elsewhere.issue(NAME), "certificate")):
        verdict, plain, other = as_client(server_context(cert), name=NAME, verify="yes")
        if why is None:
            assert verdict["peer"] == "verified", verdict
            exchange(plain, other)
        else:
            assert (verdict["result"], verdict["fault"]) == ("failed", "verify"), (why, verdict)
            assert why in verdict["why"]
            assert plain is None


def test_a_certificate_no_longer_listed_is_refused_after_a_hangup(
        serving: Service, authority: Authority) -> None:
    cert = self_signed(pathlib.Path("/tmp/self"), NAME)
    put(f"tlshosts/{NAME.upper()}.pem", cert, 0o644)
    serving.reload()
    verdict, plain, other = as_client(server_context(cert), name=NAME, verify="yes")
    assert verdict["peer"] == "verified"
    exchange(plain, other)
    put(f"tlshosts/{NAME.upper()}.pem", authority.cert.read_text(), 0o644)
    serving.reload()
    verdict, plain, _ = as_client(server_context(cert), name=NAME, verify="yes")
    assert (verdict["fault"], plain) == ("verify", None)


def test_verification_without_a_list_is_no_session(serving: Service, authority: Authority
                                                   ) -> None:
    verdict, plain, _ = as_client(server_context(authority.issue(NAME)), name=NAME, verify="yes")
    assert (verdict["fault"], plain) == ("config", None)
    put(f"tlshosts/{NAME}.pem", "no certificate\n", 0o644)
    serving.reload()
    verdict, plain, _ = as_client(server_context(authority.issue(NAME)), name=NAME, verify="yes")
    assert (verdict["fault"], plain) == ("config", None)
    # a name is looked up in a list, never in the file system
    for name in "../servercert", "/etc/passwd", ".", "a/b":
        verdict, plain, _ = as_client(server_context(authority.issue(NAME)), name=name,
                                      verify="yes")
        assert (verdict["fault"], plain) == ("config", None)


def certificate(text: str, name: str = "/tmp/client.pem") -> str:
    pathlib.Path(name).write_text(text)
    return name


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_a_client_is_judged_by_its_certificate(version: str, serving: Service,
                                               authority: Authority) -> None:
    fields = {"verify": "yes"}
    # nobody to judge by: it is not asked
    verdict, plain, other = as_server(fields=fields, version=version,
                                      cert=certificate(authority.issue("c", email="a@b.test")))
    assert verdict["peer"] == "none"
    exchange(plain, other)
    put("clientca.pem", authority.cert.read_text(), 0o644)
    serving.reload()
    good = authority.issue("c", email="joe@client.test")
    verdict, plain, other = as_server(fields=fields, version=version, cert=certificate(good))
    assert (verdict["peer"], verdict["email"]) == ("verified", "joe@client.test")
    exchange(plain, other)
    verdict, plain, other = as_server(version=version, cert=certificate(good))
    assert (verdict["peer"], verdict.get("email")) == ("none", None)
    exchange(plain, other)
    elsewhere = Authority(pathlib.Path("/tmp/elsewhere"), "Another")
    for stranger in (elsewhere.issue("c", email="joe@client.test"),
                     self_signed(pathlib.Path("/tmp/self"), "c")):
        verdict, plain, other = as_server(fields=fields, version=version,
                                          cert=certificate(stranger))
        assert verdict["peer"].startswith("refused "), verdict
        assert "email" not in verdict
        exchange(plain, other)
    put("clientcrl.pem", authority.withdraw(good), 0o644)
    serving.reload()
    verdict, plain, other = as_server(fields=fields, version=version, cert=certificate(good))
    assert verdict["peer"] == "refused certificate revoked"
    exchange(plain, other)
    verdict, plain, other = as_server(fields=fields, version=version)
    assert verdict["peer"] == "none"
    exchange(plain, other)


def test_a_server_that_asks_is_shown_our_certificate(serving: Service, authority: Authority
                                                     ) -> None:
    put("clientcert.pem", authority.issue("us.test"))
    serving.reload()
    context = server_context(authority.issue(NAME), ask=str(authority.cert))
    verdict, plain, other = as_client(context, name=NAME)
    assert verdict["result"] == "done"
    tls = other.join()
    assert tls.getpeercert()["subject"] == ((("commonName", "us.test"),),)  # type: ignore
    exchange(plain, other)


# Files


def test_without_a_certificate_the_server_side_cannot_be_asked(service: Service,
                                                               authority: Authority) -> None:
    service.start()
    assert not (PREFIX / "tls/server").exists()
    verdict, plain, other = as_client(server_context(authority.issue(NAME)), name=NAME)
    exchange(plain, other)
    put("servercert.pem", authority.issue("late.test"))
    assert "read everything again" in service.reload()
    verdict, plain, other = as_server()
    exchange(plain, other)
    (CONTROL / "servercert.pem").unlink()
    service.reload()
    with pytest.raises(OSError):
        call("server")


@pytest.mark.parametrize("what, word", [
    ("owner", "belongs to somebody else"), ("mode", "others can read"),
    ("no key", "no private key"), ("other key", "no key here fits"), ("empty", "no private key"),
    ("folder", "is no file"), ("passphrase", "no private key"), ("broken", "is broken")])
def test_a_key_file_that_is_not_as_it_must_be(what: str, word: str, service: Service,
                                              authority: Authority) -> None:
    good = authority.issue("good.test")
    key = good[good.index("-----BEGIN PRIVATE"):]
    path = put("servercert.pem", good)
    if what == "owner":
        os.chown(path, pwd.getpwnam("qmaild").pw_uid, 0)
    elif what == "mode":
        path.chmod(0o640)
    elif what == "no key":
        path.write_text(good[:good.index("-----BEGIN PRIVATE")])
    elif what == "other key":
        path.write_text(good.replace(key, authority.issue("x").partition("-----BEGIN PRIVATE")[0]
                                     + key).replace(good.partition(key)[0], ""))
    elif what == "empty":
        path.write_text("")
    elif what == "broken":  # the issuer's, of which a server would say nothing otherwise
        second = good.index("-----BEGIN CERT", 10)
        path.write_text(good[:second + 100] + "#" + good[second + 100:])
    elif what == "folder":
        path.unlink()
        path.mkdir()
    else:
        plain = pathlib.Path("/tmp/plain.key")
        plain.write_text(key)
        sealed = subprocess.run(["openssl", "pkey", "-in", plain, "-aes256", "-passout",
                                 "pass:secret"], capture_output=True, check=True).stdout
        path.write_text(good.replace(key, sealed.decode()))
    service.start()
    assert service.process
    assert service.process.wait(timeout=60) == 111
    assert word in service.said()
    assert "control/servercert.pem" in service.said()
    assert not list((PREFIX / "tls").glob("[sc]*"))
    # the same while it runs: it goes on with what it has
    if path.is_dir():
        path.rmdir()
    put("servercert.pem", good)
    service.start()
    os.chown(path, pwd.getpwnam("qmaild").pw_uid, 0)
    assert "going on as before" in service.reload()
    _, plain_end, other = as_server()
    exchange(plain_end, other)


@pytest.mark.parametrize("name, text", [
    ("tlsserverciphers", "NOSUCH"), ("tlsclientciphers", "TLS_NO_SUCH"), ("tlsgroups", "P-12"),
    ("clientca.pem", "none"), ("tlsusers", "nosuchuser")])
def test_a_setting_that_is_not_understood_is_said(name: str, text: str, service: Service,
                                                  authority: Authority) -> None:
    put("servercert.pem", authority.issue("x.test"))
    put(name, text + "\n", 0o644)
    service.start()
    assert service.process
    assert service.process.wait(timeout=60) == 111
    assert name.partition(".")[0][-5:] in service.said() or text in service.said()


def test_ciphers_and_groups_by_control_file_and_request(serving: Service, authority: Authority
                                                        ) -> None:
    put("tlsserverciphers", "ECDHE-ECDSA-AES128-GCM-SHA256\n# one\n"
        "ECDHE-ECDSA-CHACHA20-POLY1305\nTLS_CHACHA20_POLY1305_SHA256\n", 0o644)
    put("tlsclientciphers", "TLS_AES_128_GCM_SHA256\n", 0o644)
    put("tlsgroups", "P-384\nX25519\n", 0o644)
    serving.reload()
    verdict, plain, other = as_server(version="1.2")
    assert verdict["cipher"] == "ECDHE-ECDSA-AES128-GCM-SHA256"
    assert verdict["group"] == "secp384r1"
    exchange(plain, other)
    verdict, plain, other = as_server(version="1.3")
    assert verdict["cipher"] == "TLS_CHACHA20_POLY1305_SHA256"
    exchange(plain, other)
    verdict, plain, other = as_client(server_context(authority.issue(NAME)))
    assert verdict["cipher"] == "TLS_AES_128_GCM_SHA256"
    exchange(plain, other)
    verdict, plain, other = as_server(
        version="1.2", fields={"ciphers": "ECDHE-RSA-AES256-GCM-SHA384"})
    assert verdict["cipher"] == "ECDHE-RSA-AES256-GCM-SHA384"
    exchange(plain, other)
    verdict, plain, other = as_server(fields={"ciphers": "NOSUCH"})
    assert (verdict["fault"], plain) == ("config", None)
    # words for TLS 1.3 alone do not open what is closed by default in 1.2
    put("tlsserverciphers", "TLS_AES_256_GCM_SHA384\n", 0o644)
    serving.reload()
    verdict, plain, other = as_server(version="1.2", ciphers="AES256-GCM-SHA384")
    assert (verdict.get("fault"), plain) == ("handshake", None)


def test_a_certificate_that_ends_soon_or_has_is_warned_of(service: Service, authority: Authority
                                                          ) -> None:
    begin, end = dates(begin=-20, end=-10)
    put("servercert.pem", authority.issue("x.test", days=5))
    put("servercert-ecdsa.pem", authority.issue("x.test", start=begin, end=end))
    put("clientcert.pem", authority.issue("x.test", days=30))
    service.start()
    assert re.search("warning: the certificate in control/servercert.pem ends in [45] days",
                     service.said())
    assert "warning: the certificate in control/servercert-ecdsa.pem has expired" in service.said()
    assert "clientcert" not in service.said()


# Sessions are resumed by whichever child


def resumed(verdict_and_other: tuple[dict[str, str], socket.socket | None, Other]
            ) -> tuple[str, ssl.SSLSession]:
    verdict, plain, other = verdict_and_other
    tls = other.join()
    assert isinstance(tls, ssl.SSLSocket) and plain
    plain.sendall(b"x")
    assert tls.recv(1) == b"x"
    session = tls.session
    plain.close()
    tls.close()
    return verdict["resumed"], session  # type: ignore[return-value]


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_tickets_are_good_in_another_process_until_a_hangup(version: str, serving: Service
                                                            ) -> None:
    context = client_context(version=version)
    was, session = resumed(as_server(context=context))
    assert was == "no"
    was, session = resumed(as_server(context=context, session=session))
    assert was == "yes"
    serving.reload()
    was, session = resumed(as_server(context=context, session=session))
    assert was == "no"


def test_ticket_keys_change_every_hour_and_are_good_for_two(tmp_path: pathlib.Path) -> None:
    program = tmp_path / "tickets"
    subprocess.run(["gcc", "-I/mnt/out/src", "-o", program,
                    pathlib.Path(__file__).parent / "tickets.c", "/mnt/out/obj/tlsd.a",
                    "/mnt/out/obj/base.a", "-lssl", "-lcrypto"], check=True, timeout=120)
    run = subprocess.run([program], capture_output=True, text=True, timeout=60, check=True)
    assert run.stdout.splitlines() == ["now 1", "an hour later 2", "two hours later 0"]


# Requests


GOOD = request("server")


@pytest.mark.parametrize("text", [
    b"\n", b"version 1\n\n", request("both"), request("client"), GOOD.replace(b"1", b"2"),
    GOOD[:-1], GOOD[:-2] + b"\r\n\n", GOOD + GOOD, b"x" * 4096, b"x" * 5000,
    request("server", verify="perhaps"), request("server", nosuch="x"),
    request("server", alpn="a" * 256), request("server", name="n" * 254),
    GOOD[:-1] + b"side server\n\n", GOOD[:-1] + b"name a\0b\n\n", GOOD[:-1] + b"name\n\n",
    GOOD[:-1] + b" name x\n\n", GOOD[:-1] + "name ü\n\n".encode()])
def test_what_is_no_request_is_answered_so(text: bytes, serving: Service) -> None:
    net, ours = pair()
    with net, call("server") as caller:
        send(caller, text, ours.fileno())
        verdict, plain = tlsservice.answer(caller)
        assert (verdict["result"], verdict["fault"]) == ("failed", "request")
        assert plain is None
        ours.close()
        assert net.recv(10) == b""


def test_a_request_has_one_descriptor_and_that_of_a_socket(serving: Service) -> None:
    net, ours = pair()
    pipe = os.pipe()
    for fds in (), (ours.fileno(),) * 2, (ours.fileno(),) * 9, (pipe[0],):
        with call("server") as caller:
            send(caller, GOOD, *fds)
            verdict, plain = tlsservice.answer(caller)
            assert (verdict["fault"], plain) == ("request", None), fds
    ours.close()
    assert net.recv(1) == b""
    os.close(pipe[1])
    assert os.read(pipe[0], 1) == b""
    worker = serving.worker()
    wait_for(lambda: len(os.listdir(f"/proc/{worker}/fd")) == 5, what="no descriptor left")


def test_a_descriptor_that_lingers_holds_nobody_up(serving: Service) -> None:
    """Closing it would wait until the other end has taken all of it, if it was told to."""
    net, ours = pair()
    ours.setblocking(False)
    with pytest.raises(BlockingIOError):
        while True:
            ours.send(b"x" * 100_000)
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 50))
    worker = serving.worker()
    os.kill(worker, signal.SIGSTOP)  # so that its copy is the last one
    with call("server") as caller:
        send(caller, GOOD, ours.fileno(), ours.fileno())
        ours.close()
        os.kill(worker, signal.SIGCONT)
        began = time.monotonic()
        verdict, _ = tlsservice.answer(caller)
        assert verdict["fault"] == "request"
    _, plain, other = as_server()
    exchange(plain, other)
    assert time.monotonic() - began < 40
    net.close()


CALLER = """import socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
s.sendall(b"\\n")
sys.stdout.write(s.recv(100).decode())
"""


def calls_as(host: Mailhost, user: str, side: str) -> bool:
    """Is a user that calls at a socket answered?"""
    run = subprocess.run(["python3", "-c", CALLER, PREFIX / "tls" / side],
                         user=pwd.getpwnam(user).pw_uid, group=8791, extra_groups=[],
                         capture_output=True, timeout=60, check=False)
    return b"version 1" in run.stdout


def test_who_may_ask(host: Mailhost, serving: Service) -> None:
    def table() -> set[tuple[str, str]]:
        return {(user, side) for side in ("server", "client")
                for user in ("root", "qmaild", "qmailr", "qmails", "vecjoe", "qmailt")
                if calls_as(host, user, side)}
    usual = {("root", "server"), ("root", "client"), ("qmaild", "server"), ("qmailr", "client")}
    assert table() == usual
    # the mode is one bar, the uid another
    for side in "server", "client":
        (PREFIX / "tls" / side).chmod(0o666)
    assert table() == usual
    assert "may not ask at tls/server" in serving.said()
    serving.stop()
    put("tlsusers", "vecjoe\n", 0o644)
    serving.start()
    assert table() == usual | {("vecjoe", "server"), ("vecjoe", "client")}


def test_who_may_ask_is_read_again(host: Mailhost, serving: Service) -> None:
    put("tlsusers", "vecjoe\n", 0o644)
    serving.reload()
    assert calls_as(host, "vecjoe", "server")
    (CONTROL / "tlsusers").unlink()
    serving.reload()
    assert not calls_as(host, "vecjoe", "server")


# Faults of the other end, and crowds


@pytest.mark.parametrize("data, shut", [
    (b"EHLO x\r\n" * 10, False), (os.urandom(5000), False), (b"GET / HTTP/1.0\r\n\r\n", False),
    (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", True), (b"", True)])
def test_garbage_and_hanging_up_end_one_child(data: bytes, shut: bool, serving: Service) -> None:
    net, ours = pair()
    net.sendall(data)
    if shut:
        net.shutdown(socket.SHUT_WR)
    verdict, plain = ask("server", ours)
    assert (verdict["fault"], plain) == ("handshake", None)
    assert "qmail-tlsd: server 127.0.0.1: handshake: " in serving.said()
    wait_for(lambda: not serving.sessions(), what="the child to end")
    net.close()
    _, end, other = as_server()
    exchange(end, other)


def test_a_stalled_handshake_is_ended_in_time(service: Service, authority: Authority) -> None:
    put("servercert.pem", authority.issue("x.test"))
    put("tlstimeout", "1\n", 0o644)
    service.start()
    net, ours = pair()
    verdict, plain = ask("server", ours)
    assert (verdict["fault"], verdict["why"]) == ("handshake", "the handshake took too long")
    net.close()


def test_a_caller_that_goes_away_ends_its_handshake(serving: Service) -> None:
    net, ours = pair()
    caller = call("server")
    send(caller, GOOD, ours.fileno())
    ours.close()
    wait_for(serving.sessions, what="a child")
    caller.close()
    wait_for(lambda: not serving.sessions(), what="the child to end")
    assert net.recv(1) == b""


def test_callers_without_a_request_are_dropped_and_others_served(serving: Service) -> None:
    idle = [call("server") for _ in range(150)]
    _, plain, other = as_server()
    exchange(plain, other)
    assert idle[0].recv(1) == b""
    for caller in idle:
        caller.close()


def test_the_last_place_for_a_caller_is_given_once(serving: Service) -> None:
    """Two that come at the same time, at either door, when there is one place left."""
    idle = [call("server") for _ in range(96)] + [call("client") for _ in range(31)]
    worker = serving.worker()
    wait_for(lambda: len(os.listdir(f"/proc/{worker}/fd")) >= 127, what="them to be seen")
    os.kill(worker, signal.SIGSTOP)
    idle += [call("server"), call("client")]
    os.kill(worker, signal.SIGCONT)
    _, plain, other = as_server()
    exchange(plain, other)
    for caller in idle:
        assert caller.recv(1) == b""  # too slow
        caller.close()
    assert serving.worker() == worker
    _, plain, other = as_server()
    exchange(plain, other)


def test_five_hundred_half_open_handshakes_leave_others_alone(serving: Service) -> None:
    crowd = []
    for _ in range(500):
        net, ours = pair()
        caller = call("server")
        send(caller, GOOD, ours.fileno())
        ours.close()
        net.sendall(b"\x16\x03\x01\x02\x00")
        crowd += [net, caller]
    wait_for(lambda: len(serving.sessions()) == 500, 120, "500 children")
    began = time.monotonic()
    verdict, plain, other = as_server()
    exchange(plain, other)
    took = time.monotonic() - began
    print(f"a session beside 500 half-open ones took {took * 1000:.0f} ms")
    for each in crowd:
        each.close()
    wait_for(lambda: not serving.sessions(), 120, "all children to end")


def test_there_is_an_end_to_how_many_sessions_there_are(service: Service, authority: Authority
                                                        ) -> None:
    put("servercert.pem", authority.issue("x.test"))
    put("tlschildren", "2\n", 0o644)
    service.start()
    held = [as_server() for _ in range(2)]
    net, ours = pair()
    verdict, plain = ask("server", ours)
    assert (verdict["fault"], plain) == ("busy", None)
    wait_for(lambda: "too many sessions" in service.said(), what="a line in the log")
    for _, end, other in held:
        exchange(end, other)
    wait_for(lambda: not service.sessions(), what="children to end")
    _, end, other = as_server()
    exchange(end, other)


def test_each_side_keeps_a_share_of_the_sessions(service: Service, authority: Authority
                                                 ) -> None:
    put("servercert.pem", authority.issue("x.test"))
    put("tlschildren", "4\n", 0o644)
    service.start()
    held = [as_server() for _ in range(3)]
    net, ours = pair()
    assert ask("server", ours)[0]["fault"] == "busy"
    _, plain, other = as_client(server_context(authority.issue(NAME)), name=NAME)
    exchange(plain, other)
    for _, end, another in held:
        exchange(end, another)


def test_each_side_keeps_a_share_of_those_who_wait(serving: Service, authority: Authority) -> None:
    idle = [call("server") for _ in range(200)]
    began = time.monotonic()
    _, plain, other = as_client(server_context(authority.issue(NAME)), name=NAME)
    assert time.monotonic() - began < 4, "it waited for others to be dropped"
    exchange(plain, other)
    for caller in idle:
        caller.close()


def test_renegotiation_is_refused(serving: Service) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        client = subprocess.Popen(
            ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-tls1_2", "-quiet",
             "-no_ign_eof"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE)
        ours, _ = server.accept()
    assert client.stdin
    verdict, plain = ask("server", ours)
    assert verdict["protocol"] == "TLSv1.2" and plain
    client.stdin.write(b"first\n")
    client.stdin.flush()
    assert plain.recv(100) == b"first\n"
    client.stdin.write(b"R\n")
    client.stdin.flush()
    _, told = client.communicate(timeout=60)
    assert b"no renegotiation" in told
    assert read_all(plain) == b""


# Bytes


def test_a_flood_both_ways_at_once_neither_blocks_nor_is_held(serving: Service) -> None:
    size = 20_000_000
    _, plain, other = as_server()
    tls = other.join()
    assert plain and isinstance(tls, ssl.SSLSocket)
    child = serving.sessions()[0]
    block = os.urandom(65536)
    # the program does not read yet: what the network sends must wait there
    tls.settimeout(2)
    sent = 0
    try:
        while sent < size:
            sent += tls.send(block)
    except TimeoutError:
        pass
    assert sent < size / 2, "it holds what nobody takes"
    status = pathlib.Path(f"/proc/{child}/status").read_text()
    resident = int(status.partition("VmRSS:")[2].split()[0])
    assert resident < 20_000, f"{resident} KB"
    reader = Other(lambda: len(read_all(plain)))
    tls.settimeout(60)
    writer = Other(lambda: plain.sendall(bytes(size)))
    got = 0
    while got < size:
        got += len(tls.recv(65536))
    writer.join()
    plain.shutdown(socket.SHUT_WR)
    assert tls.recv(1) == b""
    tls.unwrap()
    assert reader.join() == pytest.approx(sent, abs=65536)


def test_a_reply_behind_a_ticket_does_not_wait(serving: Service) -> None:
    """For the ticket's acknowledgement, that is: 40 ms each time."""
    took = []
    for _ in range(10):
        _, plain, other = as_server(version="1.3")
        tls = other.join()
        assert plain and isinstance(tls, ssl.SSLSocket)
        began = time.monotonic()
        plain.sendall(b"first")
        assert tls.recv(100) == b"first"
        plain.sendall(b"second")
        assert tls.recv(100) == b"second"
        took.append(time.monotonic() - began)
        plain.close()
        tls.close()
    assert min(took) < 0.03, took


def test_each_direction_ends_by_itself(serving: Service) -> None:
    """Raw TLS by openssl(1): Python's cannot close one direction."""
    _, plain, other = as_server(version="1.3")
    tls = other.join()
    assert plain and isinstance(tls, ssl.SSLSocket)
    plain.shutdown(socket.SHUT_WR)
    assert tls.recv(10) == b""
    tls.sendall(b"still here")
    assert plain.recv(100) == b"still here"
    tls.shutdown(socket.SHUT_RDWR)
    assert plain.recv(100) == b""
    plain.close()
    wait_for(lambda: not serving.sessions(), what="the child to end")


def test_the_last_words_of_the_program_arrive(serving: Service) -> None:
    for _ in range(20):
        _, plain, other = as_server()
        tls = other.join()
        assert plain and isinstance(tls, ssl.SSLSocket)
        tls.sendall(b"QUIT\r\n" * 100)
        plain.recv(4)
        plain.sendall(b"221 goodbye\r\n" * 1000)
        plain.close()
        tls.settimeout(60)
        assert read_all(tls) == b"221 goodbye\r\n" * 1000
        tls.close()


def test_a_reader_that_stopped_when_the_program_has_gone_costs_no_time(serving: Service) -> None:
    """The program's end of a session whose network side takes nothing more."""
    net, ours = pair()
    # of a set size: otherwise the system may make room for everything in time
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 20000)
    net.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 20000)
    other = Other(lambda: client_context().wrap_socket(net))
    _, plain = ask("server", ours)
    tls = other.join()
    assert plain and isinstance(tls, ssl.SSLSocket)
    session = serving.sessions()[0]
    plain.setblocking(False)
    full = 0
    while full < 20:
        try:
            plain.send(b"x" * 10000)
        except BlockingIOError:
            full += 1
            time.sleep(0.05)
    plain.close()
    time.sleep(0.5)

    def ticks() -> int:
        stat = pathlib.Path(f"/proc/{session}/stat").read_text()
        return sum(map(int, stat.rpartition(")")[2].split()[11:13]))
    before = ticks()
    time.sleep(3)
    assert ticks() - before < 2, "it spins"
    tls.close()


# Its processes


def test_a_killed_session_is_the_only_one_lost(serving: Service) -> None:
    _, one, other = as_server()
    victim = serving.sessions()[0]
    _, two, another = as_server()
    lost = other.join()
    assert one and isinstance(lost, ssl.SSLSocket)
    os.kill(victim, signal.SIGKILL)
    assert one.recv(1) == b""
    lost.settimeout(60)
    assert lost.recv(1) == b""
    exchange(two, another)
    wait_for(lambda: "was ended by signal 9" in serving.said(), what="a line in the log")


def test_a_killed_worker_is_replaced_and_its_sessions_go_on(serving: Service) -> None:
    _, plain, other = as_server()
    old = serving.worker()
    os.kill(old, signal.SIGKILL)
    wait_for(lambda: serving.process and [pid for pid in serving.children(serving.process.pid)
                                          if pid != old], what="another worker")
    _, two, another = as_server()
    exchange(two, another)
    exchange(plain, other)


def test_without_a_worker_nobody_is_asked_in_vain(serving: Service) -> None:
    """A key that became unusable shows when the worker has to be replaced."""
    key = CONTROL / "servercert.pem"
    key.chmod(0o644)
    os.kill(serving.worker(), signal.SIGKILL)
    wait_for(lambda: not (PREFIX / "tls/server").exists(), what="the server side to be closed")
    with pytest.raises(ConnectionRefusedError):
        call("client")
    key.chmod(0o600)
    wait_for(lambda: (PREFIX / "tls/server").exists(), 60, "it to try again")
    wait_for(lambda: serving.process and serving.children(serving.process.pid), 60, "a worker")
    _, plain, other = as_server()
    exchange(plain, other)


def refused(side: str = "server") -> bool:
    """Whether nobody takes requests. A process is gone a moment before its sockets."""
    try:
        call(side)
    except OSError:
        return True
    return False


def test_a_killed_first_process_takes_the_worker_along(serving: Service) -> None:
    _, plain, other = as_server()
    other.join()
    worker = serving.worker()
    assert serving.process
    serving.process.kill()
    serving.process.wait()
    wait_for(lambda: worker not in serving.processes(), what="the worker to end")
    wait_for(refused, what="its socket to be closed")
    serving.start()
    _, two, another = as_server()
    exchange(two, another)
    exchange(plain, other)


def test_a_hangup_and_the_end_let_sessions_finish(serving: Service) -> None:
    _, one, first = as_server()
    serving.reload()
    _, two, second = as_server()
    assert serving.stop() == 0
    exchange(one, first)
    exchange(two, second)


@pytest.mark.parametrize("how", ["stop", "kill", "stop, then a start that fails"])
def test_the_client_sides_name_stays_when_it_ends(how: str, serving: Service) -> None:
    """So that mail waits (0430), and is not sent in the clear because of a restart."""
    if how == "kill":
        serving.end()
    else:
        assert serving.stop() == 0
        assert not (PREFIX / "tls/server").exists()
    if "fails" in how:
        (CONTROL / "servercert.pem").write_text("no key")
        serving.start()
        assert serving.process and serving.process.wait(timeout=60) == 111
    assert (PREFIX / "tls/client").is_socket()
    for side in "server", "client":
        wait_for(lambda side=side: refused(side), what="its socket to be closed")


def test_there_is_one_of_it(serving: Service) -> None:
    run = subprocess.run([BIN / "qmail-tlsd"], capture_output=True, timeout=60, check=False)
    assert run.returncode == 111
    assert b"another qmail-tlsd is running" in run.stderr
    _, plain, other = as_server()
    exchange(plain, other)


def test_many_at_once_all_get_their_session(serving: Service) -> None:
    """Descriptors under way between processes of a uid have a limit of their own."""
    def one() -> str:
        context = client_context()
        for _ in range(10):
            net, ours = pair()
            other = Other(lambda net=net: context.wrap_socket(net))
            verdict, plain = ask("server", ours)
            if verdict["result"] != "done":
                return str(verdict)
            exchange(plain, other)
        return "fine"
    crowd = [Other(one) for _ in range(30)]
    assert {each.join() for each in crowd} == {"fine"}
