# SPDX-License-Identifier: 0BSD
"""Mail through STARTTLS to Postfix, Exim and OpenSMTPD, by either version of TLS, where
they have either kind of certificate. OpenSMTPD 6.8 built with OpenSSL 3 is no server of TLS
at all: nobody gets a handshake of it, openssl(1) neither. Its cells are left out with that
reason then, and what becomes of the mail is tested in their place."""
from __future__ import annotations

import pathlib
import re
import signal
import subprocess
from typing import Iterator

import pytest

import mtas
import tlsservice
from certificates import Authority
from mailhost import Mailhost, wait_for
from tlsservice import Service


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority(pathlib.Path("/tmp/authority"))


@pytest.fixture(scope="module", params=mtas.CELLS, ids=mtas.NAMES)
def maker(request: pytest.FixtureRequest, authority: Authority) -> Iterator[mtas.Maker]:
    yield from mtas.started(request.param, authority)


@pytest.fixture
def service(host: Mailhost) -> Iterator[Service]:
    server = Service()
    server.start()
    yield server
    server.end()
    tlsservice.clean()


def shakes_hands(maker: mtas.Maker, kind: str) -> bool:
    """With openssl(1)."""
    run = subprocess.run(
        ["openssl", "s_client", "-brief", "-starttls", "smtp", "-connect",
         f"{maker.address}:{mtas.PORTS[kind]}"], input=b"QUIT\r\n", capture_output=True,
        timeout=60, check=False)
    return b"CONNECTION ESTABLISHED" in run.stderr


def submit(maker: mtas.Maker, kind: str, host: Mailhost) -> None:
    """A message, which was tried once."""
    host.control(smtproutes=f":{maker.address}:{mtas.PORTS[kind]}")
    host.start()
    assert host.submit([f"vecjoe@{maker.domain}"]) == 0
    wait_for(lambda: re.search(r"delivery 1: \w+: ", host.said()), 60, "the delivery")


def arrived(maker: mtas.Maker, host: Mailhost) -> str:
    """The header of the message in its mailbox, in one line."""
    try:
        text = host.wait_mail(1, 60)[0].decode()
    except AssertionError as late:
        raise AssertionError(f"{late}\n{maker.said()}") from late
    assert text.rstrip("\n").endswith("hello")
    host.wait_done()
    return re.sub(r"\s+", " ", text.partition("\n\n")[0])


def it_waits_or_goes_as_allowed(maker: mtas.Maker, kind: str, host: Mailhost) -> None:
    """Mail for a server whose handshakes fail."""
    submit(maker, kind, host)
    assert "deferral: TLS_connect_failed:" in host.said(), host.said()
    assert not host.mail()
    host.control(tlsfallback="1")
    assert host.sender
    host.sender.send_signal(signal.SIGALRM)
    fields = arrived(maker, host)
    assert "with ESMTPS" not in fields
    assert ";_sent_in_plain_text./" in host.said()


@pytest.mark.parametrize("kind", list(mtas.PORTS))
def test_mail_goes_through_tls(kind: str, maker: mtas.Maker, host: Mailhost, service: Service
                               ) -> None:
    if maker.name == "opensmtpd" and not shakes_hands(maker, kind):
        it_waits_or_goes_as_allowed(maker, kind, host)
        pytest.skip("this OpenSMTPD has no TLS as a server: openssl(1) gets no handshake either")
    submit(maker, kind, host)
    how = re.search(r"success: \S+_accepted_message\./STARTTLS_proto=(\S+?);_cipher=(\S+?);",
                    host.said())
    assert how and how[1] == maker.version, f"{host.said()}\n{maker.said()}"
    assert how[2].startswith(mtas.SIGNED[maker.version][kind]), host.said()
    fields = arrived(maker, host)
    assert maker.says_how() in fields, fields
