# SPDX-License-Identifier: 0BSD
"""A POP3 server as an admin starts it, and a checker of passwords."""
from __future__ import annotations

import os
import pathlib
import pwd
import socket
import ssl
import subprocess

from certificates import Authority
from mailhost import BIN, DOMAIN, HOME, PATH, answers, wait_for

CHECKER = pathlib.Path("/tmp/checker")
LOG = pathlib.Path("/tmp/pop3.log")
PASSWORD = "open sesame"

# What any checkpassword does: takes on the user's rights or exits with 1.
_CHECKER = f"""#!/usr/bin/python3
import hashlib, os, pwd, sys
name, proof, stamp = os.fdopen(3, "rb").read().split(b"\\0")[:3]
digest = hashlib.md5(stamp + b"{PASSWORD}").hexdigest().encode()
if name != b"vecjoe" or proof not in (b"{PASSWORD}", digest):
    print("checker: no", file=sys.stderr, flush=True)
    sys.exit(1)
entry = pwd.getpwnam("vecjoe")
os.setgroups([])
os.setgid(entry.pw_gid)
os.setuid(entry.pw_uid)
os.chdir(entry.pw_dir)
os.execv(sys.argv[1], sys.argv[1:])
"""


def command() -> list[str]:
    """qmail-popup and what it is to run."""
    CHECKER.write_text(_CHECKER)
    CHECKER.chmod(0o755)
    return [str(BIN / "qmail-popup"), DOMAIN, str(CHECKER), str(BIN / "qmail-pop3d"), "Maildir"]


def listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
        return True
    except OSError:
        return False


class PopServer:
    """tcpserver and qmail-popup on a port of 127.0.0.1, as root."""

    def __init__(self, port: int = 110, before: tuple[str, ...] = (), **env: str) -> None:
        if "POP3S" in env:  # or every client would wait for TLS that never comes
            words = subprocess.run(command(), input=b"QUIT\r\n", capture_output=True,
                                   timeout=60, check=False, env={"PATH": PATH, **env}).stdout
            assert not words, f"without TLS there is a word: {words!r}"
        LOG.touch()
        with open(LOG, "ab") as log:
            self.process = subprocess.Popen(
                [*before, "tcpserver", "-H", "-R", "-l", DOMAIN, "127.0.0.1", str(port),
                 *command()], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=log,
                env={"PATH": PATH, **env}, cwd="/")
        wait_for(lambda: listens(port) if "POP3S" in env else answers("127.0.0.1", port),
                 what=f"the server on {port}")

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()


def letter(number: int, text: bytes) -> None:
    """A message that has been in vecjoe's Maildir for a while."""
    entry = pwd.getpwnam("vecjoe")
    path = HOME / f"Maildir/new/{number}.x"
    path.write_bytes(text)
    os.chown(path, entry.pw_uid, entry.pw_gid)
    os.utime(path, (number, number))


def letters() -> set[str]:
    """The names of what is there."""
    return {path.name.partition(":")[0] for folder in ("new", "cur")
            for path in (HOME / "Maildir" / folder).iterdir()}


def context(authority: Authority | None = None, alpn: str = "", version: str = ""
            ) -> ssl.SSLContext:
    made = ssl.create_default_context(cafile=str(authority.cert) if authority else None)
    made.check_hostname = False
    if not authority:
        made.verify_mode = ssl.CERT_NONE
    if alpn:
        made.set_alpn_protocols([alpn])
    if version:
        made.minimum_version = made.maximum_version = ssl.TLSVersion[version]
    return made


def read_until(net: socket.socket, end: bytes) -> bytes:
    """What comes up to some bytes, or until nothing more does."""
    data = b""
    while end not in data:
        more = net.recv(4096)
        if not more:
            break
        data += more
    return data
