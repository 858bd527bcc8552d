# SPDX-License-Identifier: 0BSD
"""users.py: inside a booted root: the services for users do what they are for, and
nothing for strangers."""
from __future__ import annotations

import pathlib
import poplib
import pwd
import smtplib
import ssl
import subprocess
import time

ME = pathlib.Path("/etc/qmail/me").read_text().split()[0]
UNITS = pathlib.Path("/lib/systemd/system")


def tls(certificate: bool) -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if certificate:
        context.load_cert_chain("/tmp/client.pem")
    return context


def start(*names: str) -> None:
    for name in names:
        subprocess.run(["systemctl", "start", name], check=True)


def again(work):  # type: ignore[no-untyped-def]
    """What work returns, once the service answers."""
    for _ in range(300):
        try:
            return work()
        except (OSError, smtplib.SMTPException, poplib.error_proto) as error:
            last = error
            time.sleep(0.1)
    raise last


def submission(certificate: bool) -> smtplib.SMTP:
    client = smtplib.SMTP("127.0.0.1", 587, timeout=20)
    client.starttls(context=tls(certificate))
    return client


def smtps(certificate: bool) -> smtplib.SMTP:
    return smtplib.SMTP_SSL("127.0.0.1", 465, timeout=20, context=tls(certificate))


def recipient(client: smtplib.SMTP, address: str) -> int:
    with client:
        client.ehlo()
        client.mail(f"ann@{ME}")
        return client.rcpt(address)[0]


def submit() -> None:
    start("qmail-tlsd", "qmail-submission", "qmail-smtps")
    before = again(lambda: smtplib.SMTP("127.0.0.1", 587, timeout=20))
    before.ehlo()
    assert before.mail("a@there.test")[0] == 530, "587 takes mail before TLS"
    for name, connect in (("587", submission), ("465", smtps)):
        client = again(lambda: connect(True))
        assert recipient(client, "x@elsewhere.example") == 250, f"{name}: with certificate"
        assert recipient(connect(False), "x@elsewhere.example") == 553, f"{name}: relays"
        assert recipient(connect(False), f"ann@{ME}") == 250, f"{name}: local mail"
        client = connect(True)
        client.sendmail(f"ann@{ME}", f"ann@{ME}", f"Subject: by-{name}\n\nx\n")
        client.quit()
    print("users submit by certificate, strangers do not relay")


def accept() -> None:
    """The server at port 25, which program it is, and who it has become."""
    start("qmail-smtpd")
    client = again(lambda: smtplib.SMTP("127.0.0.1", 25, timeout=20))
    client.sendmail("a@there.test", f"ann@{ME}", "Subject: by-25\n\nx\n")
    client.quit()
    pid = subprocess.run(["systemctl", "show", "-P", "MainPID", "qmail-smtpd"],
                         capture_output=True, text=True, check=True).stdout.strip()
    proc = pathlib.Path("/proc", pid)
    account = pwd.getpwuid(proc.stat().st_uid).pw_name
    words = proc.joinpath("cmdline").read_text().split("\0")
    print(f"qmail-smtpd: {pathlib.Path(words[0]).name} as {account},"
          f" {words[words.index('-c') + 1]} at once")


def fetch() -> None:
    ways = [("qmail-pop3d", lambda: poplib.POP3("127.0.0.1", 110, timeout=20))]
    if (UNITS / "qmail-pop3s.service").exists():
        ways.append(("qmail-pop3s", lambda: poplib.POP3_SSL("127.0.0.1", 995, timeout=20,
                                                            context=tls(False))))
    for unit, connect in ways:
        start(unit)

        def count() -> int:
            client = connect()
            client.user("ann")
            client.pass_("secret")
            messages, _ = client.stat()
            assert messages, "no message yet"
            text = client.retr(1)[1]
            client.quit()
            assert b"Subject: by-" in b"\n".join(text)
            return messages
        for _ in range(300):
            try:
                print(f"{unit}: {again(count)} messages")
                break
            except AssertionError:
                time.sleep(0.1)
        else:
            raise AssertionError(f"{unit}: no message")
        client = connect()
        client.user("ann")
        try:
            client.pass_("wrong")
        except poplib.error_proto:
            continue
        raise AssertionError(f"{unit}: a wrong password was taken")


start("qmail")
subprocess.run(["/usr/sbin/sendmail", "ann"], input="Subject: by-hand\n\nx\n", text=True,
               check=True)
accept()
if (UNITS / "qmail-smtps.service").exists():
    submit()
fetch()
for unit_file in sorted(UNITS.glob("qmail*.service")):
    told = subprocess.run(["systemctl", "show", "-P", "NRestarts,Result", unit_file.stem],
                          capture_output=True, text=True, check=True).stdout.split()
    print(unit_file.stem, *told)
    security = subprocess.run(["systemd-analyze", "security", "--no-pager", unit_file.name],
                              capture_output=True, text=True, check=False).stdout
    print(security.splitlines()[-1] if security else "no figure of exposure")
