# SPDX-License-Identifier: 0BSD
"""qmail-remote and TLS: which servers, whose proof, and what a failure costs."""
from __future__ import annotations

import pathlib
import re
import socket
import ssl
import subprocess
import threading
import time
from typing import Iterator

import pytest

import tlsservice
from certificates import Authority, self_signed
from dns_server import A, MX, Server as NameServer, Zone
from mailhost import BIN, PREFIX, Mailhost, wait_for
from tlsservice import CONTROL, Service, put

HERE = pathlib.Path(__file__).resolve().parent
ADDRESS = "127.0.0.2"
NAME = "mx.far.test"
BACK = "back.far.test"
BACK_ADDRESS = "127.0.0.3"
ZONE: Zone = {"far.test": [("far.test", MX, (5, NAME))], NAME: [(NAME, A, ADDRESS)],
              "two.test": [("two.test", MX, (5, NAME)), ("two.test", MX, (10, BACK))],
              BACK: [(BACK, A, BACK_ADDRESS)]}
LISTED = f"control/tlshosts/{NAME}.pem"
REST = ["MAIL FROM:<s@x.test>", "RCPT TO:<r@far.test>", "DATA", ".", "QUIT"]
HOW = re.compile(r"accepted message\.\n(STARTTLS|TLS) proto=(\S+); cipher=(\S+); "
                 r"group=(\S+); peer=(\S+);\n")


class Peer:
    """An SMTP server with TLS. What it says in its lines is marked with '!' in `said` when
    it came through TLS. ready is its answer to STARTTLS."""

    def __init__(self, pem: str, version: str = "", port: int = 25, alpn: str = "",
                 address: str = ADDRESS) -> None:
        cert = pathlib.Path("/tmp/peer.pem")
        cert.write_text(pem)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(cert)
        self.context.sni_callback = lambda _, name, __: self.asked.append(name)
        if version:
            self.context.maximum_version = ssl.TLSVersion[version]
        if alpn:
            self.context.set_alpn_protocols([alpn])
        self.asked: list["str | None"] = []
        self.said: list[str] = []
        self.offer = b"250-STARTTLS\r\n"
        self.ready = b"220 go\r\n"
        self.garbage = b""  # in a handshake's place
        self.silent = False  # in the handshake
        self.connections = self.ended = 0
        self.implicit = port == 465
        self.listener = socket.create_server((address, port))
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self) -> None:
        while True:
            try:
                net, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            net.settimeout(60)
            try:
                self.talk(self.context.wrap_socket(net, server_side=True)
                          if self.implicit else net)
            except OSError as error:
                self.said.append(f"({type(error).__name__})")
            net.close()
            self.ended += 1

    def talk(self, net: socket.socket) -> None:
        net.sendall(b"220 mx\r\n")
        body = False
        while (line := self.line(net)) is not None:
            if body and line != ".":
                continue
            tls = isinstance(net, ssl.SSLSocket)
            self.said.append("!" * tls + line)
            verb = line.partition(" ")[0]
            body = verb == "DATA"
            if verb == "EHLO":
                net.sendall(b"250-mx\r\n" + (b"" if tls else self.offer) + b"250 SIZE\r\n")
            elif verb == "STARTTLS":
                net.sendall(self.ready)
                if not self.ready.startswith(b"220"):
                    continue
                if self.silent:
                    while net.recv(4096):
                        pass
                    return
                if self.garbage:
                    net.recv(1, socket.MSG_PEEK)  # TLS has begun over there
                    net.sendall(self.garbage)
                    return
                net = self.context.wrap_socket(net, server_side=True)
            elif verb == "QUIT":
                net.close()
                return
            else:
                net.sendall(b"354 go\r\n" if body else b"250 ok\r\n")

    @staticmethod
    def line(net: socket.socket) -> "str | None":
        """Byte by byte, so that nothing of TLS is taken for plain text."""
        text = b""
        while not text.endswith(b"\n"):
            c = net.recv(1)
            if not c:
                return None
            text += c
        return text.decode("latin-1").rstrip("\r\n")

    def heard(self) -> list[str]:
        wait_for(lambda: self.ended == self.connections, 60, "the session to end")
        return self.said

    def close(self) -> None:
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority(pathlib.Path("/tmp/authority"))


@pytest.fixture
def names(host: Mailhost) -> Iterator[None]:
    path = pathlib.Path("/etc/resolv.conf")
    before = path.read_text()
    path.write_text("nameserver 127.0.0.1\n")
    with NameServer(ZONE):
        yield
    path.write_text(before)


@pytest.fixture
def service(host: Mailhost, names: None) -> Iterator[Service]:
    host.control(helohost="me.test", timeoutremote="20")
    server = Service()
    server.start()
    yield server
    server.end()
    tlsservice.clean()


@pytest.fixture
def peer(authority: Authority) -> Iterator[Peer]:
    one = Peer(authority.issue(NAME))
    yield one
    one.close()


def remote(domain: str = "far.test") -> str:
    """As qmail-rspawn runs it: as qmailr."""
    return Mailhost().as_user(
        [str(BIN / "qmail-remote"), domain, "s@x.test", f"r@{domain}"], user="qmailr",
        input=b"\nx\n", stdout=subprocess.PIPE, timeout=100).stdout.decode("latin-1")


def through_tls(*more: str) -> list[str]:
    return ["EHLO me.test", "STARTTLS", "!EHLO me.test", *("!" + line for line in REST)]


IN_PLAIN = ["EHLO me.test", *REST]
PLAIN = f"r\0K{ADDRESS} accepted message.\nRemote host said: 250 ok\n\0"


# -- which servers

def test_without_the_service_nothing_changes(host: Mailhost, names: None, peer: Peer) -> None:
    host.control(helohost="me.test")
    assert remote() == PLAIN
    assert peer.heard() == ["HELO me.test", *REST]


@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
@pytest.mark.parametrize("kind", ["rsa", "ecdsa"])
def test_tls_is_used_where_it_is_offered(version: str, kind: str, service: Service,
                                         authority: Authority) -> None:
    peer = Peer(authority.issue("other.test", kind), version, alpn="smtp")
    try:
        report = remote()
        how = HOW.search(report)
        assert how, report
        assert how[1] == "STARTTLS"
        assert how[2] == version.replace("_", ".")
        assert how[5] == "unchecked"
        assert report.startswith(f"r\0K{ADDRESS} accepted message.\nSTARTTLS ")
        assert report.endswith("\nRemote host said: 250 ok\n\0")
        assert peer.heard() == through_tls()
        assert peer.asked == [NAME]
    finally:
        peer.close()


def test_a_server_that_offers_none_gets_plain_text(service: Service, peer: Peer) -> None:
    peer.offer = b""
    assert remote() == PLAIN
    assert peer.heard() == IN_PLAIN


@pytest.mark.parametrize("ready", [b"454 not now\r\n", b"502 no\r\n", b"250 what\r\n"])
def test_a_server_that_refuses_gets_plain_text(ready: bytes, service: Service, peer: Peer
                                               ) -> None:
    peer.ready = ready
    assert remote() == PLAIN
    assert peer.heard() == ["EHLO me.test", "STARTTLS", *REST]


@pytest.mark.parametrize("path", [f"notlshosts/{NAME}", "tlshosts/exhaustivelist"])
def test_a_server_that_is_excepted_is_not_asked(path: str, service: Service, peer: Peer) -> None:
    put(path, "", 0o644)
    assert remote() == PLAIN
    assert peer.heard() == ["HELO me.test", *REST]


def test_a_relay_is_looked_up_by_its_own_name(host: Mailhost, service: Service, peer: Peer
                                              ) -> None:
    host.control(smtproutes=f"far.test:{NAME}")
    put("notlshosts/far.test", "", 0o644)
    assert HOW.search(remote())
    put(f"notlshosts/{NAME}", "", 0o644)
    assert remote() == PLAIN


@pytest.mark.parametrize("on_list", [NAME, BACK])
@pytest.mark.parametrize("first_is_up", [True, False])
def test_each_exchanger_is_looked_up_by_its_own_name(
        first_is_up: bool, on_list: str, service: Service, authority: Authority) -> None:
    listed(authority, service, on_list)
    up = NAME if first_is_up else BACK
    peers = [Peer(authority.issue(BACK), address=BACK_ADDRESS)]
    if first_is_up:
        peers.append(Peer(authority.issue(NAME)))
    try:
        how = HOW.search(remote("two.test"))
        assert how and how[5] == ("verified" if on_list == up else "unchecked")
        assert peers[-1].asked == [up]
        assert sum(peer.connections for peer in peers) == 1
    finally:
        for peer in peers:
            peer.close()


# -- servers that have to prove their name

def listed(authority: Authority, service: Service, name: str = NAME) -> None:
    put(f"tlshosts/{name}.pem", authority.cert.read_text(), 0o644)
    service.reload()


def test_a_listed_server_is_verified(service: Service, authority: Authority, peer: Peer) -> None:
    listed(authority, service)
    how = HOW.search(remote())
    assert how and how[5] == "verified"
    assert peer.heard() == through_tls()


def test_a_file_in_capitals_lists_a_server(service: Service, authority: Authority, peer: Peer
                                           ) -> None:
    put(f"tlshosts/{NAME.upper()}.pem", authority.cert.read_text(), 0o644)
    report = remote()
    assert report.startswith(
        "ZTLS unable to load CAs from control/tlshosts/MX.FAR.TEST.pem: "), report
    service.reload()
    # the worker that was there before may take one more caller
    wait_for(lambda: "; peer=verified;\n" in remote(), 60, "a session that is verified")


def date(days: int) -> str:
    return time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() + days * 86400))


@pytest.mark.parametrize("fault", ["name", "self-signed", "issuer", "expired", "withdrawn"])
def test_a_listed_server_that_proves_nothing_gets_nothing(
        fault: str, service: Service, authority: Authority) -> None:
    elsewhere = Authority(pathlib.Path("/tmp/elsewhere"), "Another")
    pem = {"name": lambda: authority.issue("other.test"),
           "self-signed": lambda: self_signed(pathlib.Path("/tmp/self"), NAME),
           "issuer": lambda: elsewhere.issue(NAME),
           "expired": lambda: authority.issue(NAME, start=date(-20), end=date(-10)),
           "withdrawn": lambda: authority.issue(NAME)}[fault]()
    listed(authority, service)
    if fault == "withdrawn":
        put(f"tlshosts/{NAME}.pem", elsewhere.cert.read_text(), 0o644)
        service.reload()
    put("tlsfallback", "1", 0o644)
    peer = Peer(pem)
    try:
        report = remote()
        assert report.startswith(f"ZTLS unable to verify server with {LISTED}: "), report
        assert f"; connected to {ADDRESS}." in report
        assert peer.heard()[:2] == ["EHLO me.test", "STARTTLS"]
        assert not [line for line in peer.said if "MAIL" in line]
        assert peer.connections == 1
    finally:
        peer.close()


def test_a_listed_server_without_tls_gets_nothing(service: Service, authority: Authority,
                                                  peer: Peer) -> None:
    listed(authority, service)
    put("tlsfallback", "1", 0o644)
    peer.offer = b""
    assert remote() == f"ZNo TLS achieved while {LISTED} exists.\n\0"
    peer.offer = b"250-STARTTLS\r\n"
    peer.ready = b"454 not now\r\n"
    assert remote() == (f"ZSTARTTLS rejected while {LISTED} exists.\n"
                        "Remote host said: 454 not now\n\0")
    assert peer.heard() == ["EHLO me.test", "QUIT", "EHLO me.test", "STARTTLS", "QUIT"]


def test_a_list_that_the_service_has_not_read_makes_mail_wait(
        service: Service, authority: Authority, peer: Peer) -> None:
    path = put(f"tlshosts/{NAME}.pem", authority.cert.read_text(), 0o600)
    assert remote().startswith(f"ZTLS unable to load CAs from {LISTED}: ")
    path.write_text("nonsense")
    service.reload()
    assert remote().startswith("ZTLS ")
    assert not [line for line in peer.heard() if "MAIL" in line]


def test_a_listed_server_gets_nothing_without_the_service(
        host: Mailhost, service: Service, authority: Authority, peer: Peer) -> None:
    listed(authority, service)
    service.stop()
    assert remote().startswith("ZTLS connect failed: qmail-tlsd cannot be reached: ")
    assert not [line for line in peer.heard() if "MAIL" in line]


# -- handshakes that fail

def test_a_handshake_that_fails_makes_mail_wait_and_is_forgotten(service: Service, peer: Peer
                                                                 ) -> None:
    peer.garbage = b"HTTP/1.1 400 no\r\n\r\n"
    report = remote()
    assert report.startswith("ZTLS connect failed: "), report
    assert f"; connected to {ADDRESS}." in report
    assert peer.connections == 1
    before = sorted(str(path) for path in CONTROL.rglob("*"))
    peer.garbage = b""
    assert HOW.search(remote())
    assert sorted(str(path) for path in CONTROL.rglob("*")) == before


def test_no_other_exchanger_is_tried_after_a_handshake_that_failed(
        service: Service, authority: Authority, peer: Peer) -> None:
    """As always once there was a connection. remotetls(7) says what follows."""
    peer.garbage = b"HTTP/1.1 400 no\r\n\r\n"
    back = Peer(authority.issue(BACK), address=BACK_ADDRESS)
    try:
        assert remote("two.test").startswith("ZTLS connect failed: ")
        assert (peer.connections, back.connections) == (1, 0)
    finally:
        back.close()


def test_a_time_limit_of_0_is_a_second_as_without_tls(host: Mailhost, service: Service,
                                                      peer: Peer) -> None:
    """A machine at work may well need longer; then it is tried again."""
    host.control(timeoutremote="0")
    wait_for(lambda: HOW.search(remote()), 60, "a handshake within a second")


def test_plain_text_may_follow_where_that_is_allowed(service: Service, peer: Peer) -> None:
    put("tlsfallback", "1", 0o644)
    peer.garbage = b"HTTP/1.1 400 no\r\n\r\n"
    report = remote()
    assert re.match(f"r\0K{ADDRESS} accepted message.\nTLS connect failed: .*; sent in plain "
                    "text.\nRemote host said: 250 ok\n\0$", report), report
    assert peer.heard() == ["EHLO me.test", "STARTTLS", *IN_PLAIN]
    assert peer.connections == 2
    peer.garbage = b""
    assert HOW.search(remote())


def test_trouble_on_this_host_is_no_reason_for_plain_text(service: Service, peer: Peer,
                                                         tmp_path: pathlib.Path) -> None:
    put("tlsfallback", "1", 0o644)
    library = tmp_path / "nowait.so"
    subprocess.run(["gcc", "-D_GNU_SOURCE", "-shared", "-fPIC", "-O1", "-o", library,
                    HERE / "nowait.c"], check=True)
    assert service.stop() == 0
    service.start(LD_PRELOAD=str(library))
    peer.silent = True  # or an answer might come before the wait for it
    report = remote()
    assert report.startswith("ZTLS connect failed: unable to wait; "), report
    assert peer.connections == 1
    assert not [line for line in peer.heard() if "MAIL" in line]


@pytest.mark.parametrize("fallback", ["0", "1"])
@pytest.mark.parametrize("evil", [b"220 go\r\n250 evil\r\n", b"220-go\r\n220 on\r\n\x16"])
def test_plain_text_behind_the_consent_ends_the_session(
        evil: bytes, fallback: str, service: Service, peer: Peer) -> None:
    put("tlsfallback", fallback, 0o644)
    peer.ready = evil
    report = remote()
    assert report == (f"ZConnected to {ADDRESS} but it went on in plain text after it agreed "
                      "to TLS. (#4.7.5)\n\0")
    assert not [line for line in peer.heard() if "MAIL" in line or line.startswith("!")]


def test_plain_text_in_a_later_piece_is_no_reply_either(service: Service, peer: Peer) -> None:
    peer.garbage = b"250 evil\r\n250 ok\r\n250 ok\r\n"
    assert remote().startswith("ZTLS connect failed: ")
    assert not [line for line in peer.heard() if "MAIL" in line]


@pytest.mark.parametrize("fallback", ["0", "1"])
@pytest.mark.parametrize("how", ["stopped", "killed", "not able to start again"])
def test_a_service_that_is_away_makes_mail_wait(how: str, fallback: str, service: Service,
                                                peer: Peer) -> None:
    """However it ended: mail that else is encrypted does not go out in the clear."""
    put("tlsfallback", fallback, 0o644)
    if how == "killed":
        service.end()
    else:
        assert service.stop() == 0
    if "start" in how:
        broken = put("clientcert.pem", "no certificate")
        service.start()
        assert service.process and service.process.wait(timeout=60) == 111
        broken.unlink()
    report = remote()
    assert report.startswith("ZTLS connect failed: qmail-tlsd cannot be reached: "), report
    assert not [line for line in peer.heard() if "MAIL" in line]
    service.start()
    assert HOW.search(remote())


def test_plain_text_does_not_need_the_service(service: Service, peer: Peer) -> None:
    assert service.stop() == 0
    peer.offer = b""
    assert remote() == PLAIN
    peer.offer = b"250-STARTTLS\r\n"
    put(f"notlshosts/{NAME}", "", 0o644)
    assert remote() == PLAIN


def test_a_service_that_was_given_up_is_not_missed(service: Service, peer: Peer) -> None:
    assert service.stop() == 0
    (PREFIX / "tls/client").unlink()
    assert remote() == PLAIN
    assert peer.heard() == ["HELO me.test", *REST]


def test_files_that_cannot_be_looked_at_make_mail_wait(service: Service, peer: Peer) -> None:
    put("tlshosts/x.pem", "", 0o644)
    (CONTROL / "tlshosts").chmod(0o700)
    assert remote() == "ZUnable to read control files. (#4.3.0)\n\0"
    assert not [line for line in peer.heard() if "MAIL" in line]


# -- TLS from the first byte

@pytest.mark.parametrize("verify", [False, True])
def test_port_465_is_tls_from_the_first_byte(verify: bool, host: Mailhost, service: Service,
                                             authority: Authority) -> None:
    host.control(smtproutes=f":{NAME}:465")
    put(f"notlshosts/{NAME}", "", 0o644)
    if verify:
        listed(authority, service)
    peer = Peer(authority.issue(NAME), port=465)
    try:
        how = HOW.search(remote())
        assert how and how[1] == "TLS"
        assert how[5] == ("verified" if verify else "unchecked")
        assert peer.heard() == [f"!{'EHLO' if verify else 'HELO'} me.test",
                                *("!" + line for line in REST)]
    finally:
        peer.close()


def test_port_465_gets_no_plain_text(host: Mailhost, service: Service, authority: Authority
                                     ) -> None:
    """Not even from who would understand it, and whatever is allowed elsewhere."""
    host.control(smtproutes=f":{NAME}:465")
    put("tlsfallback", "1", 0o644)
    peer = Peer(authority.issue(NAME), port=465)
    peer.implicit = False
    try:
        assert remote().startswith("ZTLS connect failed: ")
        service.end()
        assert remote().startswith("ZTLS connect failed: qmail-tlsd cannot be reached: ")
        wait_for(lambda: peer.connections == 2, 60, "the second connection")
        peer.heard()
        assert not [line for line in peer.said if line[:4] in ("EHLO", "HELO", "MAIL")]
    finally:
        peer.close()


# -- the whole way, and other makers

def test_a_message_waits_for_the_service_and_then_goes(host: Mailhost, service: Service,
                                                       peer: Peer) -> None:
    service.end()
    host.start()
    assert host.submit(["r@far.test"]) == 0
    wait_for(lambda: "\ndelivery 1: " in host.said(), 60, "the first try")
    assert "deferral: TLS_connect_failed" in host.said()
    service.start()
    assert host.sender
    host.sender.send_signal(14)
    wait_for(lambda: "success: " in host.said(), 60, "the second try")
    assert re.search(r"success: 127.0.0.2_accepted_message./STARTTLS_proto=TLSv1.3;_cipher=\S+;"
                     r"_group=\S+;_peer=unchecked;/Remote_host_said:_250_ok/", host.said())
    host.wait_done()


def test_openssl_s_server_is_understood(host: Mailhost, service: Service,
                                        authority: Authority) -> None:
    host.control(smtproutes=f":{NAME}:465")
    cert = pathlib.Path("/tmp/peer.pem")
    cert.write_text(authority.issue(NAME))
    server = subprocess.Popen(
        ["openssl", "s_server", "-quiet", "-accept", f"{ADDRESS}:465", "-cert", cert,
         "-naccept", "1"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL)
    try:
        assert server.stdin
        server.stdin.write(b"554 go away\r\n")
        server.stdin.flush()
        wait_for(lambda: listens(465), 60, "the server")
        assert remote() == (f"ZConnected to {ADDRESS} but greeting failed.\n"
                            "Remote host said: 554 go away\n\0")
    finally:
        server.kill()
        server.wait()


def listens(port: int) -> bool:
    told = subprocess.run(["ss", "-ltn"], stdout=subprocess.PIPE, text=True, timeout=60,
                          check=True).stdout
    return f":{port} " in told


def test_showctl_tells(service: Service) -> None:
    put("tlsfallback", "1", 0o644)
    put("tlshosts/exhaustivelist", "", 0o644)
    told = subprocess.run([BIN / "qmail-showctl"], stdout=subprocess.PIPE, text=True, timeout=60,
                          check=True).stdout
    assert "Plain text after a handshake that failed: 1" in told
    assert "Other servers than those in tlshosts get no TLS." in told
    assert "No server is excepted from TLS." in told
