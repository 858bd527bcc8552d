# SPDX-License-Identifier: 0BSD
"""Keys that others can read, certificates that expire, as openssl(1) makes them."""
from __future__ import annotations

import datetime
import os
import pathlib
import pwd

import pytest

from certificates import Authority
from doctor import ask
from mailhost import PREFIX, Mailhost

CERT = PREFIX / "control/servercert.pem"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


def install(text: str) -> None:
    CERT.write_text(text)
    CERT.chmod(0o600)


def stamp(days: float) -> str:
    when = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days)
    return when.strftime("%Y%m%d%H%M%SZ")


def about() -> list[tuple[str, str]]:
    return [(one.level, one.what) for one in ask().findings
            if one.place == "control/servercert.pem" and one.area == "tls"
            and "TLS" not in one.what]


@pytest.mark.parametrize("kind", ["ecdsa", "rsa"])
def test_a_sound_certificate_is_not_blamed(kind: str, host: Mailhost,
                                           authority: Authority) -> None:
    install(authority.issue("mail.local.test", kind))
    assert about() == []


@pytest.mark.parametrize("days, level, what", [
    (-3.5, "wrong", "the certificate expired, days ago: 3"),
    (5.5, "warning", "the certificate expires soon, in days: 5"),
    (15.5, None, ""), (365 * 40, None, "")])
def test_the_end_of_a_certificate(days: float, level: "str | None", what: str, host: Mailhost,
                                  authority: Authority) -> None:
    """Beyond 2050 the time has another form."""
    install(authority.issue("mail.local.test", start=stamp(-10), end=stamp(days)))
    assert about() == ([(level, what)] if level else [])


@pytest.mark.parametrize("user, mode", [("root", 0o644), ("root", 0o640), ("qmaild", 0o600)])
def test_a_key_that_accounts_can_read_is_told(user: str, mode: int, host: Mailhost,
                                              authority: Authority) -> None:
    install(authority.issue("mail.local.test"))
    os.chown(CERT, pwd.getpwnam(user).pw_uid, 0)
    CERT.chmod(mode)
    assert [level for level, what in about()] == ["warning"]


@pytest.mark.parametrize("text", ["", "x\n", "-----BEGIN CERTIFICATE-----\n",
                                  "-----BEGIN CERTIFICATE-----\nMIIB\n"
                                  "-----END CERTIFICATE-----\n"])
def test_what_is_no_certificate_is_unseen(text: str, host: Mailhost) -> None:
    install(text)
    assert about() == [("unseen", "when it expires could not be read")]


def test_certificates_of_names_are_looked_at(host: Mailhost, authority: Authority) -> None:
    folder = PREFIX / "control/servercerts/x.test"
    folder.mkdir(parents=True)
    path: pathlib.Path = folder / "servercert.pem"
    path.write_text(authority.issue("x.test", start=stamp(-10), end=stamp(-2)))
    path.chmod(0o600)
    assert ask().some("wrong", "control/servercerts/x.test/servercert.pem", "expired")
