# SPDX-License-Identifier: 0BSD
"""Whole mail servers of other makers, in a test's world: Postfix, Exim and OpenSMTPD, out
of their packages unpacked. Each listens at an address of its own, on a port a kind of
certificate; keeps mail for its domain in vecjoe's Maildir; and hands all other mail to
127.0.0.1:25, through STARTTLS or not at all. It knows one version of TLS."""
from __future__ import annotations

import os
import pathlib
import pwd
import shutil
import smtplib
import subprocess
from typing import Iterator, Sequence

import pytest

from certificates import Authority
from mailhost import answers, wait_for
from peers import PEERS

PORTS = {"rsa": 2501, "ecdsa": 2502}
PLACES = ("/run", "/var/spool", "/var/lib")
ACCOUNTS = {  # uid, group; no account of any world has such a uid
    "postfix": (60011, "postfix"), "Debian-exim": (60012, "Debian-exim"),
    "opensmtpd": (60013, "opensmtpd"), "opensmtpq": (60014, "opensmtpq")}
GROUPS = {"postfix": 60011, "postdrop": 60015, "Debian-exim": 60012, "opensmtpd": 60013,
          "opensmtpq": 60014}


def run(*argv: object) -> None:
    subprocess.run([str(word) for word in argv], check=True, stdin=subprocess.DEVNULL,
                   stdout=subprocess.DEVNULL, timeout=60)


def add_accounts() -> None:
    have = {entry.pw_name for entry in pwd.getpwall()}
    if set(ACCOUNTS) <= have:
        return
    with open("/etc/group", "a", encoding="utf-8") as groups:
        groups.writelines(f"{name}:x:{gid}:\n" for name, gid in GROUPS.items())
    with open("/etc/passwd", "a", encoding="utf-8") as users:
        users.writelines(f"{name}:x:{uid}:{GROUPS[group]}::/nonexistent:/bin/false\n"
                         for name, (uid, group) in ACCOUNTS.items() if name not in have)


class Maker:
    """One maker's server. `top` is its folder, which goes away with it."""

    name = ""
    package = PEERS  # where it is unpacked
    program = ""
    address = ""

    def __init__(self, version: str, certs: "dict[str, str]") -> None:
        """version: TLSv1.2 or TLSv1.3. certs: by kind, a certificate, its issuer's, and
        its key, as one text."""
        if not (self.package / self.program.lstrip("/")).exists():
            pytest.skip(f"the package of {self.name} could not be fetched")
        self.version = version
        self.domain = f"{self.name}.test"
        self.host = f"mx.{self.domain}"
        self.top = pathlib.Path(f"/tmp/{self.name}")
        self.log = self.top / "log"
        self.child: "subprocess.Popen[bytes] | None" = None
        shutil.rmtree(self.top, ignore_errors=True)
        self.top.mkdir(mode=0o755)
        for kind, text in certs.items():
            cut = text.index("-----BEGIN PRIVATE KEY")
            (self.top / f"{PORTS[kind]}.crt").write_text(text[:cut])
            (self.top / f"{PORTS[kind]}.key").write_text(text[cut:])
            (self.top / f"{PORTS[kind]}.key").chmod(0o600)

    def configure(self) -> None:
        raise NotImplementedError

    def argv(self) -> Sequence[object]:
        raise NotImplementedError

    def says_how(self) -> str:
        """What its Received field says of a message that came through TLS."""
        raise NotImplementedError

    def start(self) -> None:
        """Its package is laid over /usr, as if it were installed."""
        add_accounts()
        run("mount", "-t", "overlay", "maker", "-o", f"lowerdir={self.package}/usr:/usr",
            "/usr")
        for path in PLACES:
            run("mount", "-t", "tmpfs", "-o", "mode=0755", "maker", path)
        self.configure()
        self.launch()

    def launch(self) -> None:
        with open(self.log, "ab") as log:
            self.child = subprocess.Popen(
                [str(word) for word in self.argv()], stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, cwd="/", start_new_session=True,
                env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", **self.environment()})
        child = self.child
        wait_for(lambda: child.poll() is not None
                 or all(answers(self.address, port) for port in PORTS.values()),
                 60, f"{self.name} to greet")
        assert child.poll() is None, self.said()

    def end(self) -> None:
        if self.child:
            self.child.terminate()
            try:
                self.child.wait(timeout=30)
            except subprocess.TimeoutExpired:
                os.killpg(self.child.pid, 9)
                self.child.wait()
            self.child = None

    def forget(self) -> None:
        """It shall not go on with a connection that it has."""

    def environment(self) -> "dict[str, str]":
        return {}

    def said(self) -> str:
        """The ends of all that it wrote to logs."""
        return "\n".join(path.read_text(errors="replace")[-3000:]
                         for path in self.top.rglob("*log") if path.is_file())

    def stop(self) -> None:
        self.end()
        for path in (*PLACES, "/usr"):
            subprocess.run(["umount", "-l", path], check=False, stderr=subprocess.DEVNULL)
        shutil.rmtree(self.top, ignore_errors=True)

    def give(self, recipient: str, text: str) -> None:
        """Hands it a message, in plain text."""
        with smtplib.SMTP(self.address, PORTS["rsa"], "client.test", timeout=60) as smtp:
            smtp.sendmail(f"s@{self.domain}", [recipient], text)


class Postfix(Maker):
    name = "postfix"
    program = "/usr/lib/postfix/sbin/master"
    address = "127.0.0.11"

    def configure(self) -> None:
        # it wants an address that it finds at an interface, and not that of our server
        subprocess.run(["ip", "address", "add", f"{self.address}/8", "dev", "lo"], check=False,
                       stderr=subprocess.DEVNULL, timeout=60)
        etc, spool, data = (self.top / part for part in ("etc", "spool", "data"))
        for path in (etc, spool, data):
            path.mkdir()
        shutil.chown(data, "postfix")
        here = self.package / "usr/share/postfix"
        for file in ("dynamicmaps.cf", "makedefs.out"):
            shutil.copy(here / file, etc)
        for file in ("postfix-files", "post-install", "postfix-script"):
            shutil.copy(self.package / "etc/postfix" / file, etc)
        for folder in ("postfix-files.d", "dynamicmaps.cf.d"):
            (etc / folder).mkdir()
        (etc / "main.cf").write_text(self.main_cf(etc, spool, data))
        (etc / "master.cf").write_text(self.master_cf(here))
        for part in ("active", "bounce", "corrupt", "defer", "deferred", "flush", "hold",
                     "incoming", "private", "saved", "trace", "maildrop", "public", "pid"):
            path = spool / part
            path.mkdir()
            shutil.chown(path, "root" if part == "pid" else "postfix",
                         "postdrop" if part in ("maildrop", "public") else "root")
            path.chmod({"maildrop": 0o730, "public": 0o710, "pid": 0o755}.get(part, 0o700))

    def main_cf(self, etc: pathlib.Path, spool: pathlib.Path, data: pathlib.Path) -> str:
        return f"""compatibility_level = 3.6
queue_directory = {spool}
data_directory = {data}
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
shlib_directory = /usr/lib/postfix
meta_directory = {etc}
mail_owner = postfix
setgid_group = postdrop
maillog_file = {self.top}/maillog
maillog_file_prefixes = /
inet_interfaces = {self.address}
inet_protocols = ipv4
myhostname = {self.host}
mydestination = {self.domain}
mynetworks = 127.0.0.0/8
home_mailbox = Maildir/
alias_maps =
alias_database =
biff = no
relayhost = [127.0.0.1]:25
smtp_dns_support_level = disabled
smtpd_peername_lookup = no
smtp_tls_security_level = encrypt
smtp_tls_mandatory_protocols = {self.version}
smtp_tls_loglevel = 1
smtpd_tls_security_level = may
smtpd_tls_protocols = {self.version}
smtpd_tls_received_header = yes
"""

    def master_cf(self, here: pathlib.Path) -> str:
        lines = []
        for line in (here / "master.cf.dist").read_text().splitlines():
            word = line.split()
            if not word or line[0] in "# \t" or word[7] == "pipe":
                continue
            word[4] = "n"  # not in a jail, which would need its own libraries
            if word[:2] != ["smtp", "inet"]:
                lines.append("\t".join(word))
                continue
            for port in PORTS.values():
                word[0] = f"{self.address}:{port}"
                lines.append("\t".join(word))
                lines += [f"\t-o smtpd_tls_{what}_file={self.top}/{port}.{end}"
                          for what, end in (("cert", "crt"), ("key", "key"))]
        return "\n".join(lines) + "\n"

    def argv(self) -> Sequence[object]:
        return [self.program, "-c", self.top / "etc", "-d"]

    def environment(self) -> "dict[str, str]":
        return {"MAIL_CONFIG": str(self.top / "etc")}

    def says_how(self) -> str:
        return f"(using {self.version} with cipher"


class Exim(Maker):
    name = "exim"
    package = PEERS / "exim"
    program = "/usr/sbin/exim4"
    address = "127.0.0.12"

    def configure(self) -> None:
        for part in ("spool", "logs"):
            (self.top / part).mkdir()
            shutil.chown(self.top / part, "Debian-exim", "Debian-exim")
        for port in PORTS.values():  # it reads them as its own user
            shutil.chown(self.top / f"{port}.key", "Debian-exim")
        only = f"NORMAL:-VERS-ALL:+VERS-{self.version.replace('v', '')}"
        # where the package looks by itself; with another one it would drop its rights
        config = pathlib.Path("/var/lib/exim4/config.autogenerated")
        config.parent.mkdir()
        config.write_text(f"""primary_hostname = {self.host}
exim_user = Debian-exim
exim_group = Debian-exim
spool_directory = {self.top}/spool
log_file_path = {self.top}/logs/%slog
pid_file_path = {self.top}/exim.pid
daemon_smtp_ports = {" : ".join(map(str, PORTS.values()))}
local_interfaces = {self.address}
domainlist local_domains = {self.domain}
tls_advertise_hosts = *
tls_certificate = {self.top}/${{received_port}}.crt
tls_privatekey = {self.top}/${{received_port}}.key
tls_require_ciphers = {only}
host_lookup =
rfc1413_hosts =
keep_environment =
acl_smtp_rcpt = accept
acl_smtp_data = accept
prdr_enable = false
never_users = root
begin routers
local:
  driver = accept
  domains = +local_domains
  check_local_user
  transport = maildir
remote:
  driver = manualroute
  route_list = * 127.0.0.1::25
  self = send
  transport = away
begin transports
maildir:
  driver = appendfile
  directory = $home/Maildir
  maildir_format
away:
  driver = smtp
  allow_localhost
  hosts_require_tls = *
  tls_require_ciphers = {only}
begin retry
* * F,1h,1m
""")

    def argv(self) -> Sequence[object]:
        return [self.program, "-bdf", "-q30m"]

    def says_how(self) -> str:
        return f"with esmtps ({self.version.replace('v', '')}) tls"


class OpenSMTPD(Maker):
    name = "opensmtpd"
    package = PEERS / "opensmtpd"
    program = "/usr/sbin/smtpd"
    address = "127.0.0.13"

    def configure(self) -> None:
        spool = pathlib.Path("/var/spool/smtpd")
        pathlib.Path("/var/lib/opensmtpd/empty").mkdir(parents=True)
        spool.mkdir(mode=0o711)
        for part, owner, mode in (
                ("offline", "root", 0o770), ("purge", "opensmtpq", 0o700),
                ("queue", "opensmtpq", 0o700), ("incoming", "opensmtpq", 0o700),
                ("temporary", "opensmtpq", 0o700), ("corrupt", "opensmtpq", 0o700)):
            path = spool / part
            path.mkdir()
            shutil.chown(path, owner, "opensmtpq" if part == "offline" else "root")
            path.chmod(mode)
        # Its resolver asks the DNS about every client unless told not to.
        with open("/etc/resolv.conf", "r+", encoding="utf-8") as resolver:
            if "lookup file" not in resolver.read():
                resolver.write("lookup file\n")
        # It has no setting of its own for versions; its library's has a say.
        (self.top / "openssl.cnf").write_text(
            "openssl_conf = all\n[all]\nssl_conf = ssl\n[ssl]\nsystem_default = ours\n[ours]\n"
            f"MinProtocol = {self.version}\nMaxProtocol = {self.version}\n")
        pkis = "".join(f"pki mx{port}.test cert \"{self.top}/{port}.crt\"\n"
                       f"pki mx{port}.test key \"{self.top}/{port}.key\"\n"
                       for port in PORTS.values())
        doors = "".join(f"listen on {self.address} port {port} tls pki mx{port}.test "
                        f"hostname {self.host}\n" for port in PORTS.values())
        (self.top / "smtpd.conf").write_text(pkis + doors + f"""action "local" maildir
action "away" relay helo {self.host} host smtp+tls://127.0.0.1:25 tls no-verify
match from any for domain "{self.domain}" action "local"
match from any for any action "away"
""")

    def argv(self) -> Sequence[object]:
        return [self.program, "-d", "-f", self.top / "smtpd.conf"]

    def environment(self) -> "dict[str, str]":
        return {"OPENSSL_CONF": str(self.top / "openssl.cnf")}

    def says_how(self) -> str:
        return f"with ESMTPS ({self.version}:"

    def forget(self) -> None:
        self.end()
        self.launch()


MAKERS: "list[type[Maker]]" = [Postfix, Exim, OpenSMTPD]
VERSIONS = ("TLSv1.2", "TLSv1.3")
# Of a cipher of TLS 1.2: the key that it was signed with. In 1.3 no cipher says so.
SIGNED = {"TLSv1.2": {"rsa": "ECDHE-RSA-", "ecdsa": "ECDHE-ECDSA-"},
          "TLSv1.3": {"rsa": "TLS_", "ecdsa": "TLS_"}}

CELLS = [(maker, version) for maker in MAKERS for version in VERSIONS]
NAMES = [f"{maker.name}-{version}" for maker, version in CELLS]


def started(cell: "tuple[type[Maker], str]", authority: Authority) -> Iterator[Maker]:
    """For a fixture: the maker's server at work, with both kinds of certificate."""
    maker, version = cell
    server = maker(version, {kind: authority.issue("mx.maker.test", kind) for kind in PORTS})
    try:
        server.start()
        yield server
    finally:
        server.stop()
