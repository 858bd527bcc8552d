# SPDX-License-Identifier: 0BSD
"""Signed messages, what they come to, and where other verifiers judge otherwise."""
from __future__ import annotations

import pathlib
import re
from dataclasses import dataclass, field
from typing import Callable

from dkimsigner import Key, make_key, sign
from dns_server import CNAME, TXT, Zone

DKIMPY, PERL, OPENDKIM = "dkimpy", "Mail::DKIM", "opendkim"
OLD_PERL = {PERL: "knows no Ed25519"}
CR = {OPENDKIM: "takes a CR alone for a line end"}
LENGTH = {DKIMPY: "honours l=", PERL: "honours l=", OPENDKIM: "honours l="}
NONE_LEFT = {OPENDKIM: "its program is content when every signature was passed over"}

PLAIN = (b"From: Author <me@a.test>\nTo: you@b.test\nSubject: hello  there\n"
         b"Date: Tue, 24 Nov 2026 10:00:00 +0000\nMessage-ID: <1@a.test>\n\n"
         b"Hello,\n\nthis is it.\n")
HEAD, BODY = PLAIN.split(b"\n\n", 1)


def body(text: bytes) -> bytes:
    return HEAD + b"\n\n" + text


def more(*lines: bytes) -> bytes:
    return b"".join(line + b"\n" for line in lines) + PLAIN


@dataclass
class Keys:
    rsa: Key
    small: Key  # 1024 bits
    tiny: Key   # 512
    ed: Key
    other: Key


@dataclass
class Case:
    name: str
    make: Callable[[Keys], bytes]
    result: str = "pass"
    text: str = ""
    peers: dict[str, str] = field(default_factory=dict)  # who judges otherwise, and why


def keys_in(folder: pathlib.Path) -> Keys:
    return Keys(make_key(folder, "rsa", 2048), make_key(folder, "small", 1024),
                make_key(folder, "tiny", 512), make_key(folder, "ed"),
                make_key(folder, "other", 2048))


def zone_of(keys: Keys) -> Zone:
    rsa = keys.rsa.record()
    public = keys.rsa.public()
    records: dict[str, list[object]] = {
        "r": [rsa], "small": [keys.small.record()], "tiny": [keys.tiny.record()],
        "ed": [keys.ed.record()], "revoked": [keys.rsa.record(p="")],
        "bare": [f"p={public}"], "sha1": [keys.rsa.record(h="sha1")],
        "sha256": [keys.rsa.record(h="sha1 : sha256")],
        "service": [keys.rsa.record(s="other")], "email": [keys.rsa.record(s="other:email")],
        "testing": [keys.rsa.record(t="y")], "strict": [keys.rsa.record(t="s")],
        "version": [rsa.replace("DKIM1", "DKIM2")], "late": [f"k=rsa; v=DKIM1; p={public}"],
        "twice": [rsa, keys.other.record()], "junk": ["this is no key"],
        "broken": [keys.rsa.record(p=public[:100])], "notb64": [keys.rsa.record(p="!!!")],
        "wrong": [keys.other.record()], "edrsa": [keys.rsa.record(k="ed25519")],
        "notes": [keys.rsa.record(n="for=20now", zz="new")],
        "edshort": [keys.ed.record(p="AAAA")], "nop": ["v=DKIM1; k=rsa"],
        "folded": [f"v=DKIM1;\t k = rsa ; p = {public[:40]} {public[40:]} ;"],
        "parts": [[rsa[at:at + 50].encode() for at in range(0, len(rsa), 50)]],
        "dup": [rsa + f"; p={public}"], "edk": [keys.ed.record(k="rsa")],
    }
    zone: Zone = {f"{name}._domainkey.a.test": [(f"{name}._domainkey.a.test", TXT, text)
                                                for text in texts]
                  for name, texts in records.items()}
    for where in ("r._domainkey.list.test", "r._domainkey.sub.a.test"):
        zone[where] = [(where, TXT, rsa)]
    zone["alias._domainkey.a.test"] = [("alias._domainkey.a.test", CNAME, "r._domainkey.a.test")]
    zone["brisbane._domainkey.example.com"] = [
        ("brisbane._domainkey.example.com", TXT, RFC6376_KEY)]
    for name, text in RFC8463_KEYS.items():
        zone[f"{name}._domainkey.football.example.com"] = [
            (f"{name}._domainkey.football.example.com", TXT, text)]
    return zone


def changed(old: bytes, new: bytes, message: bytes) -> bytes:
    assert old in message, (old, message)
    return message.replace(old, new, 1)


def swapped(message: bytes) -> bytes:
    """Its first two body lines in the other order."""
    head, _, text = message.partition(b"\n\n")
    one, two, rest = text.split(b"\n", 2)
    return head + b"\n\n" + b"\n".join([two, one, rest])


def unfolded(message: bytes) -> bytes:
    return re.sub(rb"\n[ \t]+", b" ", message)


def simple(text: bytes = PLAIN, **how: str) -> Callable[[Keys], bytes]:
    return lambda keys: sign(text, keys.rsa, c="simple/simple", **how)


def relaxed(text: bytes = PLAIN, **how: str) -> Callable[[Keys], bytes]:
    return lambda keys: sign(text, keys.rsa, **how)


def then(make: Callable[[Keys], bytes], old: bytes, new: bytes) -> Callable[[Keys], bytes]:
    return lambda keys: changed(old, new, make(keys))


ODD = body(b"  two  blanks \t \n\ttab\nlone \r return\nend \n\n \n\n")
BYTES = body("Grüße, 8 bit\n".encode() + bytes(range(128, 256)) + b"\n")

VALID = [
    Case("simple", simple()),
    Case("relaxed", relaxed()),
    Case("simple header", relaxed(c="simple/relaxed")),
    Case("relaxed header", relaxed(c="relaxed/simple")),
    Case("header form alone", relaxed(c="relaxed")),
    Case("ed25519", lambda keys: sign(PLAIN, keys.ed, s="ed"), peers=OLD_PERL),
    Case("ed25519 simple", lambda keys: sign(PLAIN, keys.ed, s="ed", c="simple/simple"),
         peers=OLD_PERL),
    Case("1024 bits", lambda keys: sign(PLAIN, keys.small, s="small")),
    Case("no body, simple", simple(body(b""))),
    Case("no body, relaxed", relaxed(body(b""))),
    Case("blank lines, simple", simple(body(b"\n\n\n"))),
    Case("blank lines, relaxed", relaxed(body(b" \n\t\n\n"))),
    Case("trailing lines, simple", simple(body(b"text\n\n\n\n"))),
    Case("trailing lines, relaxed", relaxed(body(b"text \n \n\n"))),
    Case("odd blanks, simple", simple(ODD), peers=CR),
    Case("odd blanks, relaxed", relaxed(ODD), peers=CR),
    Case("8 bit", relaxed(BYTES)),
    Case("8 bit in a field", relaxed(PLAIN.replace(b"hello", "hällo".encode()))),
    Case("dots", relaxed(body(b".\n..\n.x\n"))),
    Case("long line", relaxed(body(b"x" * 70000 + b"\n"))),
    Case("folded field", relaxed(PLAIN.replace(b"hello ", b"hello\n \t"))),
    Case("refolded", lambda keys: unfolded(sign(
        PLAIN.replace(b"hello ", b"hello\n\t"), keys.rsa))),
    Case("blanks changed", then(relaxed(), b"hello  there", b"hello there ")),
    Case("name in capitals", then(relaxed(), b"Subject:", b"SUBJECT:")),
    Case("blanks before the colon", then(relaxed(), b"Subject:", b"Subject \t:"),
         peers={DKIMPY: "takes no such header", OPENDKIM: "takes no such header"}),
    Case("lines appended", lambda keys: relaxed()(keys) + b"\n\n\n"),
    Case("other fields added", lambda keys: b"Received: from x\n\tby y; now\n" + relaxed()(keys)),
    Case("oversigned", relaxed(h="from:from:to:to:subject:subject:date:date:cc")),
    Case("the lower of two", lambda keys: b"X-A: 2\n" + sign(more(b"X-A: 1"), keys.rsa,
                                                          h="from:x-a")),
    Case("both of two", relaxed(more(b"X-A: 1", b"X-A: 2"), h="from:x-a:x-a:x-a")),
    Case("blanks in h", relaxed(h="from : to :\n\t subject:date")),
    Case("identity", relaxed(i="me@a.test")),
    Case("identity below", relaxed(i="@sub.a.test")),
    Case("identity quoted", relaxed(i="a=3Db=20c@a.test")),
    Case("strict identity", relaxed(s="strict", i="me@a.test")),
    Case("times", relaxed(t="1500000000", x="4000000000")),
    Case("query", relaxed(q="dns/txt")),
    Case("unknown tag", relaxed(zz="what")),
    Case("copied fields", relaxed(z="From:me=40a.test|Subject:x")),
    Case("semicolon at the end", relaxed(tail=";")),
    Case("semicolon at the end, simple", simple(tail=";")),
    Case("whole length", relaxed(l=str(len(BODY) + 2 + 1))),
    Case("domain in capitals", relaxed(d="A.Test")),
    Case("bare key", relaxed(s="bare")),
    Case("key with hashes", relaxed(s="sha256"),
         peers={PERL: "takes no blanks in h="}),
    Case("key for mail", relaxed(s="email"),
         peers={DKIMPY: "takes one word in s= only"}),
    Case("key with notes", relaxed(s="notes")),
    Case("key with blanks", relaxed(s="folded")),
    Case("key in parts", relaxed(s="parts")),
    Case("key by alias", relaxed(s="alias")),
    Case("key in testing", relaxed(s="testing"), text="in testing"),
    Case("third party", relaxed(d="list.test")),
    Case("no date", lambda keys: sign(PLAIN.replace(b"Date:", b"X:"), keys.rsa),
         peers={OPENDKIM: "takes no header without Date"}),
    Case("two signatures", lambda keys: sign(sign(PLAIN, keys.rsa), keys.ed, s="ed")),
    Case("first one broken", lambda keys: sign(sign(PLAIN, keys.rsa), keys.other, s="r")),
    Case("first one malformed", lambda keys: b"DKIM-Signature: v=1; nonsense\n"
         + relaxed()(keys), peers={OPENDKIM: "looks at none when one is malformed"}),
    Case("signature signs a signature", lambda keys: sign(
        sign(PLAIN, keys.rsa), keys.rsa, h="from:dkim-signature")),
]

HOSTILE = [
    Case("not signed", lambda keys: PLAIN, "none", "message not signed"),
    Case("body changed", then(relaxed(), b"this is", b"that is"), "fail", "body hash"),
    Case("lines swapped", lambda keys: swapped(relaxed()(keys)), "fail", "body hash"),
    Case("line added", lambda keys: relaxed()(keys) + b"spam\n", "fail", "body hash"),
    Case("blank added, simple", then(simple(), b"Hello,", b"Hello, "), "fail", "body hash"),
    Case("subject changed", then(relaxed(), b"hello", b"spam"), "fail",
         "signature does not match"),
    Case("subject refolded, simple", then(simple(), b"hello  there", b"hello there"), "fail",
         "signature does not match"),
    Case("From added above", lambda keys: b"From: evil@b.test\n" + relaxed(
        h="from:from:to:subject")(keys), "fail", "signature does not match"),
    Case("From added above, where it is signed once", lambda keys: b"From: evil@b.test\n" + relaxed(
        h="from:to:subject")(keys), "permerror", "several From fields",
         {PERL: "does not count From"}),
    Case("From added below", lambda keys: changed(b"\nTo:", b"\nFrom: evil@b.test\nTo:",
                                                  relaxed()(keys)), "fail",
         "signature does not match"),
    Case("field added that was not there", lambda keys: b"Cc: x@b.test\n" + relaxed(
        h="from:cc")(keys), "fail", "signature does not match"),
    Case("date of signature changed", then(relaxed(t="1500000000"), b"t=15", b"t=16"), "fail",
         "signature does not match"),
    Case("another key", relaxed(s="wrong"), "fail", "signature does not match"),
    Case("cut signature", relaxed(spoil="AAAA"), "fail", "signature does not match"),
    Case("empty signature", relaxed(spoil=" "), "permerror", "malformed"),
    Case("signature no base64", relaxed(spoil="!abc"), "permerror", "malformed"),
    Case("sha1", relaxed(a="rsa-sha1"), "fail", "rsa-sha1",
         {PERL: "takes SHA-1", DKIMPY: "takes SHA-1", OPENDKIM: "takes SHA-1"}),
    Case("512 bits", lambda keys: sign(PLAIN, keys.tiny, s="tiny"), "permerror", "short",
         {PERL: "has no floor"}),
    Case("short length", relaxed(l="5"), "fail", "not signed", LENGTH),
    Case("text behind the length", lambda keys: sign(PLAIN, keys.rsa, l=str(len(BODY) + 3))
         + b"buy\n", "fail", "not signed", LENGTH),
    Case("length zero", relaxed(l="0"), "fail", "not signed",  # Mail::DKIM: a mismatch
         {DKIMPY: "honours l=", OPENDKIM: "honours l="}),
    Case("length beyond the body", relaxed(l="9999"), "permerror", "malformed",
         {DKIMPY: "takes it", PERL: "takes it"}),
    Case("length no number", relaxed(l="-1"), "permerror", "malformed"),
    Case("expired", relaxed(t="1400000000", x="1500000000"), "fail", "not valid now"),
    Case("ends before it begins", relaxed(t="1500000000", x="1400000000"), "permerror",
         "malformed"),
    Case("from the future", relaxed(t="4000000000"), "fail", "not valid now",
         {PERL: "does not look at t="}),
    Case("From not signed", relaxed(h="to:subject"), "permerror", "From is not signed",
         {DKIMPY: "does not ask for From", PERL: "does not ask for From"}),
    Case("empty h", relaxed(h=" "), "permerror", "malformed",
         {DKIMPY: "does not ask for From", PERL: "does not ask for From"}),
    Case("identity elsewhere", relaxed(i="me@b.test"), "permerror", "outside"),
    Case("identity that ends alike", relaxed(i="me@xa.test"), "permerror", "outside"),
    Case("identity quoted elsewhere", relaxed(i="me=40b.test"), "permerror", "outside"),
    Case("identity without at", relaxed(i="a.test"), "permerror", "outside"),
    Case("strict identity below", relaxed(s="strict", i="me@sub.a.test"), "permerror", "outside",
         {DKIMPY: "does not look at t=s"}),
    Case("version 2", relaxed(v="2"), "permerror", "unknown kind"),
    Case("no version", relaxed(v=""), "permerror", "malformed",
         {PERL: "does not ask for v="}),
    Case("algorithm unknown", relaxed(algorithm="rsa-md5"), "permerror", "algorithm"),
    Case("form unknown", relaxed(c="relaxed/strange"), "permerror", "unknown kind"),
    Case("query unknown", relaxed(q="http/get"), "permerror", "unknown kind"),
    Case("tag twice", relaxed(tail="; d=a.test"), "permerror", "malformed",
         {PERL: "takes the first", OPENDKIM: "takes one"}),
    Case("no domain", relaxed(d=""), "permerror", "malformed"),
    Case("no selector", relaxed(s=""), "permerror", "malformed"),
    Case("domain with a blank", relaxed(d="a .test"), "permerror", "no valid name",
         NONE_LEFT),
    Case("domain with two dots", relaxed(d="a..test"), "permerror", "no valid name"),
    Case("label too long", relaxed(d="x" * 64 + ".test"), "permerror", "no valid name"),
    Case("8 bit in the signature", relaxed(d="\xe4.test"), "permerror", "malformed"),
    Case("no such key", relaxed(s="absent"), "permerror", "no such key"),
    Case("key revoked", relaxed(s="revoked"), "permerror", "revoked"),
    Case("key for sha1 alone", relaxed(s="sha1"), "permerror", "algorithm",
         {DKIMPY: "does not look at the key's h="}),
    Case("key for another service", relaxed(s="service"), "permerror", "no such key"),
    Case("key of version 2", relaxed(s="version"), "permerror", "malformed"),
    Case("version not first", relaxed(s="late"), "permerror", "malformed",
         {DKIMPY: "takes it anywhere", PERL: "takes it anywhere",
          OPENDKIM: "takes it anywhere"}),
    Case("two keys", relaxed(s="twice"), "permerror", "malformed",
         {DKIMPY: "takes the first", PERL: "takes the first"}),
    Case("key is junk", relaxed(s="junk"), "permerror", "malformed"),
    Case("key without p", relaxed(s="nop"), "permerror", "malformed"),
    Case("key cut", relaxed(s="broken"), "permerror", "cannot be used"),
    Case("key no base64", relaxed(s="notb64"), "permerror", "malformed"),
    Case("key with a tag twice", relaxed(s="dup"), "permerror", "malformed",
         {PERL: "takes one", OPENDKIM: "takes one"}),
    Case("RSA key for ed25519", relaxed(s="edrsa"), "permerror", "algorithm", NONE_LEFT),
    Case("ed25519 key for RSA", lambda keys: sign(PLAIN, keys.ed, s="edk"), "permerror",
         "algorithm", NONE_LEFT),
    Case("ed25519 key too short", lambda keys: sign(PLAIN, keys.ed, s="edshort"), "permerror",
         "cannot be used"),
    Case("ed25519 another text", lambda keys: changed(b"hello", b"spam", sign(
        PLAIN, keys.ed, s="ed")), "fail", "signature does not match"),
]

RFC6376_KEY = (
    "v=DKIM1; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDwIRP/UC3SBsEmGqZ9ZJW3/DkMoGeLnQg1fWn7"
    "/zYtIxN2SnFCjxOCKG9v3b4jYfcTNh5ijSsq631uBItLa7od+v/RtdC2UzJ1lWT947qR+Rcac2gbto/NMqJ0fzfV"
    "jH4OuKhitdY9tf6mcwGjaNBcWToIMmPSPDdQPNUYckcQ2QIDAQAB")
RFC8463_KEYS = {
    "brisbane": "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
    "test": "v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6"
            "Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6l"
            "HvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB",
}
FIELDS = b"""From: Joe SixPack <joe@football.example.com>
To: Suzie Q <suzie@shopping.example.net>
Subject: Is dinner ready?
Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)
Message-ID: <20030712040037.46341.5F8J@football.example.com>

Hi.

We lost the game. Are you hungry yet?

Joe.
"""
# RFC 6376 appendix A.2, with its errata
RFC6376 = b"""DKIM-Signature: v=1; a=rsa-sha256; s=brisbane; d=example.com;
      c=simple/simple; q=dns/txt; i=joe@football.example.com;
      h=Received : From : To : Subject : Date : Message-ID;
      bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
      b=AuUoFEfDxTDkHlLXSZEpZj79LICEps6eda7W3deTVFOk4yAUoqOB
      4nujc7YopdG5dWLSdNg6xNAZpOPr+kHxt1IrE+NahM6L/LbvaHut
      KVdkLLkpVaVVQPzeRDI009SO2Il5Lu7rDNH6mZckBdrIx0orEtZV
      4bmp/YzhwvcubU4=;
Received: from client1.football.example.com  [192.0.2.1]
      by submitserver.example.com with SUBMISSION;
      Fri, 11 Jul 2003 21:01:54 -0700 (PDT)
""" + FIELDS
# RFC 8463 appendix A.3
RFC8463_ED = b"""DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;
 d=football.example.com; i=@football.example.com;
 q=dns/txt; s=brisbane; t=1528637909; h=from : to :
 subject : date : message-id : from : subject : date;
 bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
 b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus
 Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==
"""
RFC8463_RSA = b"""DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;
 d=football.example.com; i=@football.example.com;
 q=dns/txt; s=test; t=1528637909; h=from : to : subject :
 date : message-id : from : subject : date;
 bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
 b=F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3
 DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz
 dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=
"""

VECTORS = [
    Case("RFC 6376 A.2", lambda keys: RFC6376),
    Case("RFC 8463 A.3 Ed25519", lambda keys: RFC8463_ED + FIELDS, peers=OLD_PERL),
    Case("RFC 8463 A.3 RSA", lambda keys: RFC8463_RSA + FIELDS),
    Case("RFC 8463 A.3", lambda keys: RFC8463_ED + RFC8463_RSA + FIELDS),
]

CASES = VECTORS + VALID + HOSTILE
