# SPDX-License-Identifier: 0BSD
"""In a world: testssl.sh against ports 25 and 465; see the script testssl beside this."""
from __future__ import annotations

import json
import pathlib
import pwd
import subprocess
import sys

from certificates import Authority
from mailhost import BIN, DOMAIN, PATH, Mailhost
from tlsservice import Service, put

GOOD = ("OK", "INFO", "LOW", "DEBUG", "WARN")  # WARN: what could not be looked at


def look(port: int, authority: Authority) -> list[str]:
    found = pathlib.Path(f"/tmp/testssl-{port}.json")
    way = ["-t", "smtp"] if port == 25 else []
    subprocess.run(
        ["testssl", "--quiet", "--color", "0", "--ip", "127.0.0.1", "--nodns", "min",
         "--add-ca", authority.cert, "--warnings", "off", "--jsonfile", found, *way,
         f"{DOMAIN}:{port}"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, timeout=1800, check=False)
    items = json.loads(found.read_text())
    print(f"port {port}: {len(items)} findings")
    return [f"{port} {item['severity']} {item['id']}: {item['finding']}" for item in items
            if item["severity"] not in GOOD]


def main() -> int:
    host, service = Mailhost(), Service()
    host.reset()
    authority = Authority(pathlib.Path("/tmp/authority"))
    put("servercert.pem", authority.issue(DOMAIN, "rsa", days=80))
    put("servercert-ecdsa.pem", authority.issue(DOMAIN, days=80))
    service.start()
    host.start()
    host.serve_smtp()
    entry = pwd.getpwnam("qmaild")
    implicit = subprocess.Popen(
        ["tcpserver", "-H", "-R", "-l", DOMAIN, "-u", str(entry.pw_uid), "-g",
         str(entry.pw_gid), "127.0.0.1", "465", BIN / "qmail-smtpd"],
        stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={"PATH": PATH, "SMTPS": "1"})
    hosts = pathlib.Path("/tmp/hosts")
    hosts.write_text(f"127.0.0.1 localhost {DOMAIN}\n")
    subprocess.run(["mount", "--bind", hosts, "/etc/hosts"], check=True)
    wrong = look(465, authority) + look(25, authority)
    implicit.kill()
    service.end()
    host.kill_all()
    print("\n".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
