# SPDX-License-Identifier: 0BSD
"""Inside a world: a Postfix with a filter that checks and signs, as milters do it."""
from __future__ import annotations

import subprocess
import time

from . import place, tools
from .others import Postfix, output
from .servers import finish

PORT = 2528


class Filtered(Postfix):
    def __init__(self, remote: int) -> None:
        super().__init__(remote)
        self.filter: "subprocess.Popen[bytes] | None" = None
        self.home = self.top / "filter"
        self.home.mkdir()

    def more_settings(self) -> str:
        if not self.checks:
            return ""
        return (f"smtpd_milters = inet:127.0.0.1:{PORT}\nmilter_default_action = tempfail\n"
                "milter_protocol = 6\n")

    def launch_filter(self) -> "subprocess.Popen[bytes]":
        raise NotImplementedError

    def start(self, mode: str) -> None:
        if self.checks:
            self.filter = self.launch_filter()
            end = time.monotonic() + 60
            while not tools.listening(PORT):
                if self.filter.poll() is not None:
                    raise RuntimeError(f"{self.peer} ended with {self.filter.poll()}")
                if time.monotonic() > end:
                    raise RuntimeError(f"{self.peer} does not listen")
                time.sleep(0.05)
        super().start(mode)

    def stop(self) -> None:
        super().stop()
        finish(self.filter)
        self.filter = None


class OpenDKIM(Filtered):
    """Checks DKIM alone."""

    peer = "opendkim"

    def launch_filter(self) -> "subprocess.Popen[bytes]":
        strangers, config = self.home / "inside", self.home / "opendkim.conf"
        place.write(strangers, "192.0.2.1\n")
        lines = ["Syslog no", f"Socket inet:{PORT}@127.0.0.1", "RequireSafeKeys no",
                 "Nameservers 127.0.0.1", "AuthservID mx.bench.test"]
        if self.checks == "sign":
            lines += ["Mode s", "Canonicalization relaxed/relaxed", "Domain load.example",
                      "Selector bench", f"KeyFile {self.key}", "OversignHeaders From"]
        else:
            lines += ["Mode v", f"InternalHosts {strangers}"]
        place.write(config, "\n".join(lines) + "\n")
        return self.launch(["/usr/sbin/opendkim", "-f", "-x", config])

    def version(self) -> str:
        words = output("/usr/sbin/opendkim", "-V").split()
        return f"{super().version()} with OpenDKIM {words[2] if len(words) > 2 else ''}"


class Rspamd(Filtered):
    """Only what is measured is turned on."""

    peer = "rspamd"

    def launch_filter(self) -> "subprocess.Popen[bytes]":
        share = "/usr/share/rspamd"
        plugins = {"sign": ["dkim_signing"], "dkim": ["milter_headers"],
                   "spf+dkim": ["spf", "milter_headers"]}[self.checks]
        config, suffixes = self.home / "rspamd.conf", self.home / "suffixes"
        place.write(suffixes, "com\nexample\n")  # the whole list takes minutes to start
        place.write(config, f"""
options {{ pidfile = "{self.home}/pid"; filters = "dkim"; cores_dir = "{self.home}";
  dns {{ nameserver = ["127.0.0.1:53:1"]; timeout = 5s; retransmits = 2; }}
  local_addrs = ["192.0.2.1"]; hs_cache_dir = "{self.home}"; url_tld = "{suffixes}";
  control_socket = "{self.home}/control mode=0600"; }}
logging {{ type = "file"; filename = "{self.home}/log"; level = "warning"; }}
actions {{ reject = 1000; add_header = 900; greylist = 800; }}
modules {{ {" ".join(f'path = "{share}/plugins/{name}.lua";' for name in plugins)} }}
worker "rspamd_proxy" {{ bind_socket = "127.0.0.1:{PORT}"; milter = yes; timeout = 60s;
  count = 2; upstream "local" {{ default = yes; self_scan = yes; }} }}
spf {{ check_local = true; check_authed = true; }}
dkim {{ check_local = true; check_authed = true; trusted_only = false; }}
milter_headers {{ use = ["authentication-results"]; skip_local = false; skip_authenticated = false; }}
dkim_signing {{ sign_local = true; check_pubkey = false; use_domain = "header";
  domain {{ load.example {{ path = "{self.key}"; selector = "bench"; }} }} }}
""")
        return self.launch(["/usr/bin/rspamd", "-f", "-i", "-c", config])

    def version(self) -> str:
        words = output("/usr/bin/rspamd", "--version").split()
        return f"{super().version()} with Rspamd {words[-1] if words else ''}"


KINDS = {"opendkim": OpenDKIM, "rspamd": Rspamd}
