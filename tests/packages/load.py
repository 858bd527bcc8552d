# SPDX-License-Identifier: 0BSD
"""load.py: inside a root: sends mail to the user mover in turn by every way that there
is, until /tmp/enough appears. /tmp/accepted holds the numbers of messages that were
accepted. A service that is away right now is no failure."""
from __future__ import annotations

import pathlib
import smtplib
import ssl
import subprocess
import time
from typing import Callable

CERTIFICATE = pathlib.Path("/tmp/client.pem")
ENOUGH = pathlib.Path("/tmp/enough")
ME = pathlib.Path("/etc/qmail/me").read_text().split()[0]


def tls() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.load_cert_chain(CERTIFICATE)
    return context


def sendmail(text: str) -> None:
    subprocess.run(["/usr/sbin/sendmail", "mover"], input=text, text=True, check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def deliver(client: smtplib.SMTP, text: str) -> None:
    """What counts is the reply to the message, not that to QUIT."""
    client.sendmail(f"s@{ME}", f"mover@{ME}", text)
    client.close()


def plain(text: str) -> None:
    deliver(smtplib.SMTP("127.0.0.1", 25, timeout=20), text)


def submission(text: str) -> None:
    client = smtplib.SMTP("127.0.0.1", 587, timeout=20)
    client.starttls(context=tls())
    deliver(client, text)


def smtps(text: str) -> None:
    deliver(smtplib.SMTP_SSL("127.0.0.1", 465, timeout=20, context=tls()), text)


def main() -> None:
    ways: list[Callable[[str], None]] = [sendmail, plain]
    if CERTIFICATE.exists():
        ways += [submission, smtps]
    number = 0
    with open("/tmp/accepted", "w", buffering=1, encoding="ascii") as accepted:
        while not ENOUGH.exists():
            number += 1
            way = ways[number % len(ways)]
            try:
                way(f"Subject: load-{number}-{way.__name__}\n\nx\n")
                accepted.write(f"{number}-{way.__name__}\n")
            except (OSError, smtplib.SMTPException, subprocess.CalledProcessError):
                pass
            time.sleep(0.03)


main()
