# SPDX-License-Identifier: 0BSD
"""Mail through STARTTLS from Postfix, Exim and OpenSMTPD, by either version of TLS, to a
server with either kind of certificate. What they send would wait if there were no TLS."""
from __future__ import annotations

import pathlib
import re
from typing import Iterator

import pytest

import mtas
import tlsservice
from certificates import Authority
from mailhost import DOMAIN, USER, Mailhost, converse
from tlsservice import Service, put


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority(pathlib.Path("/tmp/authority"))


@pytest.fixture(scope="module", params=mtas.CELLS, ids=mtas.NAMES)
def maker(request: pytest.FixtureRequest, authority: Authority) -> Iterator[mtas.Maker]:
    yield from mtas.started(request.param, authority)


@pytest.fixture
def service(host: Mailhost) -> Iterator[Service]:
    server = Service()
    yield server
    server.end()
    tlsservice.clean()


@pytest.mark.parametrize("kind", list(mtas.PORTS))
def test_mail_comes_through_tls(kind: str, maker: mtas.Maker, host: Mailhost,
                                service: Service, authority: Authority) -> None:
    put("servercert.pem", authority.issue(DOMAIN, kind))
    service.start()
    host.start()
    host.serve_smtp()
    assert b"STARTTLS\r\n" in converse(b"EHLO x\r\nQUIT\r\n")
    maker.forget()
    maker.give(USER, f"Subject: from {maker.name}\r\n\r\nthrough TLS\r\n")
    try:
        text = host.wait_mail(1, 60)[0].decode()
    except AssertionError as late:
        raise AssertionError(f"{late}\n{maker.said()}\n{service.said()}") from late
    assert f"Subject: from {maker.name}\n" in text and text.endswith("\n\nthrough TLS\n")
    field = re.sub(r"\s+", " ", text.partition("Received: from ")[2].partition("; ")[0])
    assert f"(HELO {maker.host})" in field
    cipher = re.search(r"with ESMTPS \((\S+) (\S+) encrypted\)", field)
    assert cipher and cipher[1] == maker.version, field
    assert cipher[2].startswith(mtas.SIGNED[maker.version][kind]), field
