# SPDX-License-Identifier: 0BSD
"""A corpus of signed messages, judged by ours and by three verifiers of others."""
from __future__ import annotations

import pathlib
from typing import Iterator

import pytest

import dkim_cases as cases
from dkimrun import Filter, by_dkimpy, by_opendkim, by_perl
from dns_server import Server, Zone

SIGNED = [case for case in cases.CASES if case.result != "none"]


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> cases.Keys:
    return cases.keys_in(tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="module")
def zone(keys: cases.Keys) -> Iterator[Zone]:
    zone = cases.zone_of(keys)
    with Server(zone):
        yield zone


@pytest.fixture(scope="module")
def judge() -> Filter:
    pathlib.Path("/var/qmail/control/me").write_text("local.test\n")
    return Filter()


@pytest.mark.parametrize("case", cases.CASES, ids=lambda case: case.name)
def test_ours(case: cases.Case, keys: cases.Keys, zone: Zone, judge: Filter) -> None:
    message = case.make(keys)
    outcome = judge(message)
    assert outcome.code == 0, outcome
    results = outcome.results()
    assert outcome.message is not None and outcome.message.endswith(message)
    found = [text for result, text in results if result == case.result]
    assert found and case.text in found[0], results
    assert case.result == "pass" or not any(result == "pass" for result, _ in results)


def verdicts(case: cases.Case, keys: cases.Keys, zone: Zone) -> dict[str, str]:
    message = case.make(keys)
    return {cases.DKIMPY: by_dkimpy(message, zone), cases.PERL: by_perl(message),
            cases.OPENDKIM: by_opendkim(message)}


@pytest.mark.parametrize("case", SIGNED, ids=lambda case: case.name)
def test_others_agree_but_where_the_corpus_says_why(
        case: cases.Case, keys: cases.Keys, zone: Zone) -> None:
    said = verdicts(case, keys, zone)
    otherwise = {name for name, verdict in said.items()
                 if (verdict == "pass") != (case.result == "pass")}
    assert otherwise == set(case.peers), said
