# SPDX-License-Identifier: 0BSD
"""What is measured when a scenario is named, and what of it goes into tables."""
from __future__ import annotations

from dataclasses import dataclass, field

Options = dict[str, object]


@dataclass(frozen=True)
class Column:
    """A number of a scenario. The first column of a scenario is its plot's."""

    key: str
    title: str
    better: str = ""  # "more", "less", or neither


SERVERS = ("postfix", "exim", "opensmtpd")
FILTERS = ("opendkim", "rspamd")  # each with a Postfix in front


@dataclass(frozen=True)
class Scenario:
    about: str
    variants: list[Options]
    columns: list[Column]
    quick: Options = field(default_factory=dict)
    megabytes: int = 512  # of the disk
    seconds: int = 300  # after which it has failed
    peers: "tuple[str, ...]" = SERVERS  # who can be measured beside ours


RATE = Column("rate", "messages/s", "more")
CPU = Column("cpu_ms", "CPU ms a message", "less")
WAITS = [Column("p50", "p50 ms", "less"), Column("p99", "p99 ms", "less")]

SCENARIOS = {
    "accept": Scenario(
        "SMTP into the queue, nothing is delivered",
        [{"c": 1, "n": 600}, {"c": 10}, {"c": 50, "lasting": 1}],
        [RATE, Column("ack50", "acknowledged p50 ms", "less"),
         Column("ack99", "p99 ms"), CPU], {"n": 200}),
    "local": Scenario(
        "SMTP into a Maildir", [{}],
        [RATE, Column("accept_rate", "accepted/s"), *WAITS, CPU], {"n": 200}),
    "relay": Scenario(
        "SMTP to another SMTP server", [{}],
        [RATE, Column("accept_rate", "accepted/s"), *WAITS, CPU], {"n": 200}),
    "submit": Scenario(
        "the sendmail command into the queue, nothing is delivered",
        [{"par": 1}, {"par": 10, "n": 1000}], [RATE, CPU], {"n": 100}),
    "latency": Scenario(
        "40 messages a second, from the connection to the mailbox or the other server",
        [{"to": "local"}, {"to": "remote"}],
        [*WAITS, Column("max", "max ms"), Column("ack50", "acknowledged p50 ms")],
        {"n": 60}),
    "memory": Scenario(
        "PSS of all processes: idle, after 100 messages, and what an idle client costs",
        [{}], [Column("idle_mb", "idle MB", "less"), Column("warm_mb", "after mail MB", "less"),
               Column("per_connection_kb", "KB a connection", "less")], {"conns": 20}),
    "tls": Scenario(
        "SMTP sessions with STARTTLS and no mail, by 8 clients",
        [{"kind": kind, "version": "1.3", "resume": resume}
         for kind in ("ecdsa", "rsa") for resume in (0, 1)],
        [Column("rate", "sessions/s", "more"),
         Column("cpu_ms", "CPU ms a session", "less"), Column("resumed", "resumed")],
        {"seconds": 1}),
    "auth": Scenario(
        "messages whose SPF and DKIM are checked on their way into a Maildir, or that are "
        "signed on their way to another server; without that, and with it",
        [{"what": "dkim"}, {"what": "spf+dkim"}, {"what": "sign"}],
        [Column("added_ms", "CPU ms a message for it", "less"),
         Column("cpu_ms", "CPU ms with it", "less"), Column("plain_ms", "without"),
         Column("rate", "messages/s with it", "more"), Column("plain_rate", "without")],
        {"n": 60}, peers=FILTERS),
    "backlog": Scenario(
        "a burst of messages that are deferred: a new local message's wait while they "
        "come, just after, and when they lie there; accepting mail then, against the "
        "empty queue; memory",
        [{"pre": 20000}, {"pre": 50000}],
        [Column("after_p50", "just after the burst: p50 ms", "less"),
         Column("after_p95", "p95 ms"),
         Column("during_p50", "during: p50 ms", "less"), Column("during_p95", "p95 ms"),
         Column("empty_p50", "empty queue: p50 ms"),
         Column("full_p50", "full queue: p50 ms"),
         Column("burst_rate", "burst accepted/s"),
         Column("full_share", "accept rate full/empty, %", "more"),
         Column("pss_mb", "memory MB", "less"),
         Column("quiet_s", "seconds to rest"), Column("restart_s", "restart s"),
         Column("restart_max", "first mail after restart, max ms")],
        {"pre": 300, "quiet": 20}, megabytes=3072, seconds=1500),
    "hold": Scenario(
        "deliveries to a host that takes messages and does not say so",
        [{"remote": 1000}],
        [Column("most_held", "open at once", "more"), Column("fill_s", "seconds to get there"),
         Column("fds", "descriptors"), Column("fds_one", "of one process"),
         Column("pss_mb", "memory MB", "less"), Column("per_delivery_kb", "KB a delivery"),
         CPU, Column("still_percent", "CPU % while held"),
         Column("drain_s", "seconds to finish")],
        {"n": 60, "still": 2}, megabytes=1024, seconds=600),
}
STACK = ["accept:c=10:n=1000", "local:n=1000"]  # for every prefix
USUAL = ["accept", "local", "relay", "submit", "latency", "memory"]


@dataclass(frozen=True)
class Job:
    """A scenario with its options."""

    scenario: str
    options: Options

    @property
    def title(self) -> str:
        words = [f"{key}={value}" for key, value in self.options.items()]
        return " ".join([self.scenario, *words])

    @property
    def peers(self) -> "tuple[str, ...]":
        """OpenDKIM does not know SPF."""
        spf = str(self.options.get("what", "")).startswith("spf")
        return tuple(name for name in SCENARIOS[self.scenario].peers
                     if not (spf and name == "opendkim"))


def number(text: str) -> object:
    return int(text) if text.lstrip("-").isdigit() else text


def jobs(words: list[str], quick: bool) -> list[Job]:
    """SCENARIO[:key=value…]… ; without options, the scenario's usual variants."""
    found = []
    for word in words or USUAL:
        name, *settings = word.split(":")
        if name not in SCENARIOS:
            raise SystemExit(f"bench: there is no scenario {name}; see --list")
        chosen = dict(item.partition("=")[::2] for item in settings)
        given = [{key: number(value) for key, value in chosen.items()}]
        small = SCENARIOS[name].quick if quick else {}
        variants = given if settings else SCENARIOS[name].variants
        found += [Job(name, {**variant, **({} if settings else small)})
                  for variant in variants]
    return list({job.title: job for job in found}.values())
