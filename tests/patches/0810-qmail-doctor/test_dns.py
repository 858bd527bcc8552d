# SPDX-License-Identifier: 0BSD
"""What the DNS says of the host and its domains, from a live name server."""
from __future__ import annotations

import pytest

from dns_server import A, MX, PTR, TXT, Server, Zone
from doctor import Report, ask
from mailhost import PREFIX, Mailhost

GOOD: Zone = {
    "local.test": [("local.test", MX, (10, "mx.local.test")),
                   ("local.test", A, "127.0.0.1"), ("local.test", TXT, "v=spf1 mx -all")],
    "mx.local.test": [("mx.local.test", A, "127.0.0.1")],
    "1.0.0.127.in-addr.arpa": [("1.0.0.127.in-addr.arpa", PTR, "local.test")],
    "one._domainkey.local.test": [("one._domainkey.local.test", TXT, "v=DKIM1; p=abcd")],
}


def examine(zone: Zone) -> Report:
    with Server(zone):
        return ask(dns=True)


def key(name: str = "one") -> None:
    folder = PREFIX / "control/dkim/local.test"
    folder.mkdir(parents=True)
    for end in ("", ".pub", ".new"):
        (folder / f"{name}{end}").write_text("x")


def test_a_sound_zone_is_not_blamed(host: Mailhost) -> None:
    key()
    report = examine(GOOD)
    assert [one for one in report.findings if one.area == "dns"] == []


@pytest.mark.parametrize("change, level, what", [
    ({"local.test": []}, "warning", "local.test has no address"),
    ({"local.test": []}, "warning", "neither MX nor address"),
    ({"1.0.0.127.in-addr.arpa": []}, "warning", "127.0.0.1 has no name"),
    ({"1.0.0.127.in-addr.arpa": [("1.0.0.127.in-addr.arpa", PTR, "x.isp.test")]}, "note",
     "is called x.isp.test, and not local.test"),
    ({"mx.local.test": [("mx.local.test", A, "192.0.2.1")]}, "note",
     "no mail exchanger of local.test is this host"),
    ({"local.test": [("local.test", A, "127.0.0.1")]}, "note", "local.test has no SPF record"),
    ({"local.test": [("local.test", A, "127.0.0.1"), ("local.test", TXT, "v=spf1 -all"),
                     ("local.test", TXT, "v=spf1 mx")]}, "warning", "several SPF records"),
    ({"one._domainkey.local.test": []}, "wrong", "one._domainkey.local.test"),
    ({"one._domainkey.local.test": [("one._domainkey.local.test", TXT, "v=DKIM1")]}, "wrong",
     "there is no key in the text"),
])
def test_what_does_not_match_is_told(change: Zone, level: str, what: str,
                                     host: Mailhost) -> None:
    key()
    zone = {name: records for name, records in {**GOOD, **change}.items() if records}
    hits = examine(zone).some(level, what=what)
    assert len(hits) == 1 and hits[0].area == "dns"


def test_virtual_domains_are_looked_up_once_each(host: Mailhost) -> None:
    host.control(virtualdomains="v.test:joe\njoe@w.test:joe\n.x.test:joe\n",
                 rcpthosts="local.test\nv.test\nw.test\n.x.test\n")
    report = examine(GOOD)
    assert len(report.some("warning", what="v.test is delivered here")) == 1
    assert not [one for one in report.findings if one.area == "dns" and "w.test" in one.what]


def test_a_dead_name_server_is_said_once(host: Mailhost) -> None:
    host.control(locals="local.test\na.test\nb.test\n", rcpthosts="local.test\na.test\nb.test\n")
    report = ask(dns=True)
    assert len([one for one in report.findings if one.area == "dns"]) == 1
    assert report.some("unseen", what="the DNS does not answer")


def test_the_dns_is_left_alone_if_asked(host: Mailhost) -> None:
    with Server(GOOD) as server:
        ask()
        assert server.asked == []
