# SPDX-License-Identifier: 0BSD
"""The mail programs' side: lib/net/tlsask."""
from __future__ import annotations

import pathlib
import socket
import ssl
import subprocess
import threading
import time
from typing import Iterator

import pytest

from certificates import Authority
from mailhost import PREFIX, Mailhost
from tlsservice import Service, put

HERE = pathlib.Path(__file__).parent
NAME = "mx.far.test"


@pytest.fixture(scope="module")
def program() -> str:
    path = "/tmp/ask"
    subprocess.run(["gcc", "-I/mnt/out/src", "-o", path, HERE / "ask.c", "/mnt/out/obj/base.a"],
                   check=True, timeout=120)
    return path


def run(program: str, *arguments: str) -> str:
    return subprocess.run([program, *arguments], capture_output=True, text=True, timeout=60,
                          check=True).stdout


@pytest.fixture
def tls_server(authority: Authority) -> Iterator[int]:
    """The port of a server that answers a session's hello."""
    cert = pathlib.Path("/tmp/server.pem")
    cert.write_text(authority.issue(NAME))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert)
    context.set_alpn_protocols(["smtp"])
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                peer, _ = server.accept()
                with context.wrap_socket(peer, server_side=True) as tls:
                    tls.sendall(b"you said " + tls.recv(100))
                    tls.recv(1)
            except ssl.SSLError:
                continue
            except OSError:
                return
    threading.Thread(target=serve, daemon=True).start()
    yield server.getsockname()[1]
    server.shutdown(socket.SHUT_RDWR)
    server.close()


def test_a_session_by_the_library(service: Service, program: str, tls_server: int,
                                  authority: Authority) -> None:
    service.start()
    assert run(program, "client", str(tls_server), "30") == (
        "there 1\nfault '' why '' protocol 'TLSv1.3' peer 'unchecked' alpn 'smtp'\n"
        "got you said hello\n")
    told = run(program, "client", str(tls_server), "30", NAME)
    assert "fault 'config' why 'no control/tlshosts file of that name" in told
    put(f"tlshosts/{NAME}.pem", authority.cert.read_text(), 0o644)
    service.reload()
    assert "peer 'verified'" in run(program, "client", str(tls_server), "30", NAME)


def test_a_service_that_is_not_there(service: Service, program: str, tls_server: int) -> None:
    for prepare in (lambda: None, lambda: (service.start(), service.process.kill(),  # type: ignore
                                           service.process.wait())):  # type: ignore
        prepare()
        told = run(program, "server", str(tls_server), "5")
        assert told.startswith("there 0\nfault 'service' why 'qmail-tlsd cannot be reached: ")


def test_a_service_that_does_not_answer_or_answers_nonsense(
        program: str, host: Mailhost, tls_server: int) -> None:
    path = PREFIX / "tls/server"
    path.unlink(missing_ok=True)
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(path))
    server.listen()

    def serve(answer: bytes | None, held: list[socket.socket]) -> None:
        while True:
            caller, _ = server.accept()
            if not caller.recv(5000):
                caller.close()
                continue
            held.append(caller)
            if answer is not None:
                caller.sendall(answer)
                caller.close()
            return
    try:
        for answer, why in (
                (None, "timed out"), (b"", "broke off"), (b"\n", "broke off"),
                (b"x" * 9000, "not known"), (b"version 1\nresult done\n\n", "not known"),
                (b"version 2\nresult failed\nfault a\nwhy b\n\n", "not known"),
                (b"version 1\nresult done\nprotocol a\ncipher b\n\n", "sent no descriptor"),
                (b"version 1\nresult failed\nfault f\nwhy w\n\n", "why 'w'")):
            held: list[socket.socket] = []
            thread = threading.Thread(target=serve, args=(answer, held), daemon=True)
            thread.start()
            assert why in run(program, "server", str(tls_server), "1"), answer
            thread.join(60)
            for caller in held:
                caller.close()
    finally:
        server.close()
        path.unlink()


def test_a_service_that_nobody_minds_costs_seconds_not_the_whole_limit(
        program: str, host: Mailhost, tls_server: int) -> None:
    """Callers wait in the socket's queue while there is no worker."""
    path = PREFIX / "tls/server"
    path.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()
        began = time.monotonic()
        assert "timed out" in run(program, "server", str(tls_server), "50")
        assert 9 < time.monotonic() - began < 40
    path.unlink()


@pytest.mark.parametrize("name", ["n" * 501, "n\x01"])
def test_what_cannot_be_said_is_no_request(name: str, service: Service, program: str,
                                           tls_server: int) -> None:
    """It was cut at 500 bytes, and a list of ciphers meant something else then."""
    service.start()
    assert "fault 'request'" in run(program, "client", str(tls_server), "30", name)
    assert "this is no request" not in service.said()
