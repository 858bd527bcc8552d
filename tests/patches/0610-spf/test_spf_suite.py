# SPDX-License-Identifier: 0BSD
"""qmail-spf against the published test suites, through a live name server."""
from __future__ import annotations

from typing import Iterator

import pytest

import spfsuite
from zones import Zones

RFC7208 = spfsuite.cases("rfc7208-tests")
RFC4408 = spfsuite.cases("rfc4408-tests")


@pytest.fixture(scope="module")
def server() -> Iterator[Zones]:
    with Zones({}) as one:
        yield one


def judge(server: Zones, case: spfsuite.Case) -> None:
    """The result, and the explanation where the case has one."""
    server.change(case.zone)
    reply = spfsuite.ask(case.ip, case.helo, case.sender, explain="DEFAULT")
    assert reply.result in case.results, reply
    if case.explanation is not None and reply.result == "fail":
        assert reply.explanation == case.explanation, reply


def test_the_suites_are_whole() -> None:
    assert (len(RFC7208), len(RFC4408)) == (203, 191)


@pytest.mark.parametrize("case", RFC7208, ids=lambda case: case.name)
def test_rfc7208(server: Zones, case: spfsuite.Case) -> None:
    judge(server, case)


@pytest.mark.parametrize("case", RFC4408, ids=lambda case: case.name)
def test_rfc4408(server: Zones, case: spfsuite.Case) -> None:
    judge(server, case)
