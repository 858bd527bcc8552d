# SPDX-License-Identifier: 0BSD
"""Inside a world: other people's servers, from their packages unpacked, each set up to
do what ours does and not slowed down by its limits."""
from __future__ import annotations

import os
import pathlib
import shutil
import subprocess

from . import place
from .servers import CLIENTS, LOCAL_AT_ONCE, REMOTE_AT_ONCE, Server, finish, wait_open


def output(*argv: object) -> str:
    done = subprocess.run([str(word) for word in argv], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=60, check=False)
    return done.stdout.strip()


class Postfix(Server):
    peer = "postfix"
    PARTS = ("maildrop", "incoming", "active", "deferred", "hold")

    def __init__(self, remote: int) -> None:
        self.own = place.SHARED / self.peer / "usr/sbin"
        for name in ("postdrop", "postqueue"):
            shutil.chown(self.own / name, "root", "postdrop")
            (self.own / name).chmod(0o2755)
        super().__init__(remote)
        self.child: "subprocess.Popen[bytes] | None" = None
        self.etc, self.spool = self.top / "etc", self.top / "spool"

    def configure(self, mode: str) -> None:
        data = self.top / "data"
        for path in (self.etc, self.spool, data):
            path.mkdir(exist_ok=True)
        shutil.chown(data, "postfix")
        here = self.unpacked / "usr/share/postfix"
        for name in ("postfix-files", "post-install", "postfix-script"):
            shutil.copy(self.unpacked / "etc/postfix" / name, self.etc)
        for name in ("dynamicmaps.cf", "makedefs.out"):
            shutil.copy(here / name, self.etc)
        for name in ("postfix-files.d", "dynamicmaps.cf.d"):
            (self.etc / name).mkdir(exist_ok=True)
        hold = "header_checks = static:HOLD\n" if mode == "hold" else ""
        hold += self.more_settings()
        if self.pair:
            hold += (f"smtpd_tls_security_level = may\nsmtpd_tls_cert_file = {self.pair[0]}\n"
                     f"smtpd_tls_key_file = {self.pair[1]}\n")
        place.write(self.etc / "main.cf", self.main_cf(data) + hold)
        place.write(self.etc / "master.cf", self.master_cf(here))
        self.directories()

    def more_settings(self) -> str:
        """Lines for main.cf."""
        return ""

    def directories(self) -> None:
        """What its own installation would make."""
        for name in ("active", "bounce", "corrupt", "defer", "deferred", "flush", "hold",
                     "incoming", "private", "saved", "trace", "maildrop", "public", "pid"):
            path = self.spool / name
            path.mkdir(exist_ok=True)
            group = "postdrop" if name in ("maildrop", "public") else "root"
            shutil.chown(path, "root" if name == "pid" else "postfix", group)
            path.chmod({"maildrop": 0o730, "public": 0o710, "pid": 0o755}.get(name, 0o700))

    def main_cf(self, data: pathlib.Path) -> str:
        # It grows with successes only: where none comes, begin with all.
        first = LOCAL_AT_ONCE if self.remote <= REMOTE_AT_ONCE else self.remote
        return f"""compatibility_level = 3.6
queue_directory = {self.spool}
data_directory = {data}
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
shlib_directory = /usr/lib/postfix
meta_directory = {self.etc}
sendmail_path = /usr/sbin/sendmail
mail_owner = postfix
setgid_group = postdrop
maillog_file = {self.top}/maillog
maillog_file_prefixes = /
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.bench.test
mydestination = {place.LOCAL}, mx.bench.test, localhost
mynetworks = 127.0.0.0/8
home_mailbox = Maildir/
mailbox_size_limit = 0
alias_maps =
alias_database =
biff = no
relayhost = [127.0.0.1]:{place.SINK_PORT}
transport_maps = inline:{{{place.DEAD}=smtp:[127.0.0.1]:{place.DEAD_PORT}}}
smtp_dns_support_level = disabled
smtpd_peername_lookup = no
default_process_limit = {max(self.remote, 100)}
in_flow_delay = 0
local_destination_concurrency_limit = {LOCAL_AT_ONCE}
default_destination_concurrency_limit = {self.remote}
initial_destination_concurrency = {first}
smtpd_client_connection_count_limit = 0
"""

    def master_cf(self, here: pathlib.Path) -> str:
        lines = []
        for line in (here / "master.cf.dist").read_text().splitlines():
            if not line.strip() or line[0] in "# \t":
                continue
            word = line.split()
            if word[7] == "pipe":
                continue
            word[4] = "n"  # not in a jail, which would need its own libraries
            if word[:2] == ["smtp", "inet"]:
                word[0] = f"127.0.0.1:{place.PORT}"
            if word[0] == "local":
                word[6] = str(LOCAL_AT_ONCE)
            lines.append("\t".join(word))
        return "\n".join(lines) + "\n"

    def start(self, mode: str) -> None:
        self.configure(mode)
        self.child = self.launch(["/usr/lib/postfix/sbin/master", "-c", self.etc, "-d"],
                                 MAIL_CONFIG=str(self.etc))
        wait_open()

    def stop(self) -> None:
        finish(self.child)

    def queued(self) -> int:
        return place.count_files(*(self.spool / part for part in self.PARTS))

    def submission(self, recipient: str) -> list[str]:
        return ["/usr/sbin/sendmail", "-C", str(self.etc), "-i", "-f", "s@load.test",
                recipient]

    def version(self) -> str:
        return "Postfix " + output("/usr/sbin/postconf", "-c", self.etc, "-h", "mail_version")


class Exim(Server):
    peer = "exim"

    def __init__(self, remote: int) -> None:
        super().__init__(remote)
        self.child: "subprocess.Popen[bytes] | None" = None
        self.spool = self.top / "spool"
        # Where the package looks by itself; with another one it would drop its rights.
        self.config = pathlib.Path("/var/lib/exim4/config.autogenerated")

    def configure(self, mode: str) -> None:
        for path in (self.spool, self.top / "logs"):
            path.mkdir(exist_ok=True)
            shutil.chown(path, "Debian-exim", "Debian-exim")
        place.write(self.config, f"""primary_hostname = mx.bench.test
exim_user = Debian-exim
exim_group = Debian-exim
spool_directory = {self.spool}
log_file_path = {self.top}/logs/%slog
pid_file_path = {self.top}/exim.pid
daemon_smtp_ports = {place.PORT}
local_interfaces = 127.0.0.1
domainlist local_domains = {place.LOCAL}
{self.security()}
host_lookup =
rfc1413_hosts =
keep_environment =
acl_smtp_rcpt = accept
acl_smtp_data = accept
smtp_accept_max = {CLIENTS}
smtp_accept_queue_per_connection = 0
smtp_accept_max_per_connection = 0
smtp_connect_backlog = 1000
split_spool_directory = true
queue_run_max = {self.remote}
prdr_enable = false
never_users = root
{"queue_only = true" if mode == "hold" else ""}
{self.routing()}""")

    def security(self) -> str:
        if not self.pair:
            return "tls_advertise_hosts ="
        for path in self.pair:  # it reads them as its own user
            shutil.chown(path, "Debian-exim")
        return (f"tls_advertise_hosts = *\ntls_certificate = {self.pair[0]}\n"
                f"tls_privatekey = {self.pair[1]}\ntls_resumption_hosts = *")

    @staticmethod
    def routing() -> str:
        return f"""begin routers
local:
  driver = accept
  domains = +local_domains
  check_local_user
  transport = maildir
dead:
  driver = manualroute
  domains = {place.DEAD}
  route_list = * 127.0.0.1::{place.DEAD_PORT}
  self = send
  transport = away
remote:
  driver = manualroute
  route_list = * 127.0.0.1::{place.SINK_PORT}
  self = send
  transport = away
begin transports
maildir:
  driver = appendfile
  directory = $home/Maildir
  maildir_format
  delivery_date_add
  envelope_to_add
  return_path_add
away:
  driver = smtp
  allow_localhost
  hosts_avoid_tls = *
begin retry
* * F,2h,15m; G,16h,1h,1.5; F,4d,6h
"""

    def start(self, mode: str) -> None:
        self.configure(mode)
        self.child = self.launch(["/usr/sbin/exim4", "-bdf", "-q30m"])
        wait_open()

    def stop(self) -> None:
        finish(self.child)

    def queued(self) -> int:
        return sum(name.endswith("-H") for _, _, names in os.walk(self.spool / "input")
                   for name in names)

    def submission(self, recipient: str) -> list[str]:
        return ["/usr/sbin/exim4", "-i", "-f", "s@load.test", recipient]

    def version(self) -> str:
        return " ".join(output("/usr/sbin/exim4", "-bV").split()[:3]).replace("version ", "")


class OpenSMTPD(Server):
    peer = "opensmtpd"
    LIMITS = ("host", "route", "source", "connector", "relay", "domain")

    def __init__(self, remote: int) -> None:
        own = place.SHARED / self.peer / "usr/sbin/smtpctl"  # the sendmail command, too
        shutil.chown(own, "root", "opensmtpq")
        own.chmod(0o2755)
        super().__init__(remote)
        self.child: "subprocess.Popen[bytes] | None" = None
        self.config, self.spool = self.top / "smtpd.conf", pathlib.Path("/var/spool/smtpd")
        self.directories()
        # Its resolver asks the DNS about every client unless told not to.
        with open("/etc/resolv.conf", "a", encoding="utf-8") as resolver:
            resolver.write("lookup file\n")

    def directories(self) -> None:
        pathlib.Path("/var/lib/opensmtpd/empty").mkdir(parents=True)
        self.spool.mkdir()
        place.to_disk(self.spool)
        self.spool.chmod(0o711)
        for name, owner, mode in (
                ("offline", "root", 0o770), ("purge", "opensmtpq", 0o700),
                ("queue", "opensmtpq", 0o700), ("incoming", "opensmtpq", 0o700),
                ("temporary", "opensmtpq", 0o700), ("corrupt", "opensmtpq", 0o700)):
            path = self.spool / name
            path.mkdir()
            shutil.chown(path, owner, "opensmtpq" if name == "offline" else "root")
            path.chmod(mode)

    def configure(self) -> None:
        limits = "".join(f"mta limit max-conn-per-{name} {self.remote}\n"
                         for name in self.LIMITS)
        delays = "".join(f"mta limit conn-delay-{name} 0\n"
                         for name in ("host", "source", "connector", "relay", "domain"))
        pki, offer = "", ""
        if self.pair:
            pki, offer = "".join(f"pki mx.bench.test {what} \"{path}\"\n" for what, path in
                                 zip(("cert", "key"), self.pair)), "tls pki mx.bench.test "
        place.write(self.config, pki + f"""listen on 127.0.0.1 port {place.PORT} {offer}\\
\thostname mx.bench.test
smtp limit max-mails 100000
mda limit max-session {LOCAL_AT_ONCE}
mda limit max-session-per-user {LOCAL_AT_ONCE}
{limits}{delays}mta limit reconn-delay-route 0
mta limit session-transaction-delay 0
action "local" maildir
action "relay" relay host smtp+notls://127.0.0.1:{place.SINK_PORT}
action "dead" relay host smtp+notls://127.0.0.1:{place.DEAD_PORT}
match from any for domain "{place.LOCAL}" action "local"
match from any for domain "{place.DEAD}" action "dead"
match from any for any action "relay"
""")

    def start(self, mode: str) -> None:
        self.configure()
        still = ["-P", "mda", "-P", "mta"] if mode == "hold" else []
        self.child = self.launch(["/usr/sbin/smtpd", "-d", "-f", self.config, *still],
                                 LD_PRELOAD=str(place.TOOLS / "backlog.so"))
        wait_open()

    def stop(self) -> None:
        finish(self.child)

    def queued(self) -> int:
        return place.count_files(self.spool / "queue") // 2

    def submission(self, recipient: str) -> list[str]:
        return ["/usr/sbin/sendmail", "-i", "-f", "s@load.test", recipient]

    def version(self) -> str:
        words = output("/usr/sbin/smtpd", "-h").split()
        return " ".join(words[1:3]) if len(words) > 2 else "OpenSMTPD"


KINDS = {"postfix": Postfix, "exim": Exim, "opensmtpd": OpenSMTPD}
