# SPDX-License-Identifier: 0BSD
"""Long DNS answers, servers that do not know EDNS, no ANY, aliases left alone, null MX."""
from __future__ import annotations

import math
import socket
import struct
import subprocess
import time
from pathlib import Path
from typing import Iterator, Sequence

import pytest

from dns_server import A, ANY, CNAME, MX, PTR, Query, Server, TRUNCATED, Zone, answer, honest
from mailhost import BIN, PATH, Mailhost, wait_for
from smtpserver import SmtpServer

EXCHANGER = "127.0.0.2"
LIMIT = 40  # seconds, for what takes about two


@pytest.fixture
def exchanger() -> Iterator[SmtpServer]:
    server = SmtpServer(EXCHANGER)
    yield server
    server.close()


@pytest.fixture(autouse=True)
def resolv_conf(host: Mailhost) -> Iterator[Path]:
    path = Path("/etc/resolv.conf")
    before = path.read_text()
    path.write_text("nameserver 127.0.0.1\noptions timeout:5 attempts:1\n")
    yield path
    path.write_text(before)


def remote(recipient: str = "r@d.test", host: str = "d.test") -> bytes:
    return subprocess.run(
        [str(BIN / "qmail-remote"), host, "s@x.test", recipient], input=b"\nx\n",
        stdout=subprocess.PIPE, timeout=LIMIT, check=True).stdout


def delivered(report: bytes) -> bool:
    return report.startswith(b"r\0K" + EXCHANGER.encode())


def many(count: int, best: str = "good.test") -> Zone:
    """A domain with so many exchangers, of which the last one listed is the best."""
    names = [f"a-host-with-rather-a-long-name-{i}.of.the.domain.test" for i in range(count)]
    zone: Zone = {"d.test": [("d.test", MX, (20 + i, name)) for i, name in enumerate(names)]
                  + [("d.test", MX, (5, best))]}
    zone["good.test"] = [("good.test", A, EXCHANGER)]
    return zone


def size(zone: Zone) -> int:
    return len(answer(Query("d.test", MX, 0, True, b"xx", b"\1d\4test\0\0\17\0\1"),
                      zone["d.test"]))


# -- long answers

def test_an_answer_that_fits_a_datagram_with_edns_needs_no_tcp(exchanger: SmtpServer) -> None:
    zone = many(15)
    assert 700 < size(zone) < 1232
    with Server(zone) as dns:
        assert delivered(remote())
    assert not [query for query in dns.asked if query.tcp]
    assert {query.edns for query in dns.asked} == {1232}


@pytest.mark.parametrize("count", [30, 300, 940])
def test_a_longer_answer_is_fetched_by_tcp(count: int, exchanger: SmtpServer) -> None:
    zone = many(count)
    assert size(zone) < 65536
    with Server(zone) as dns:
        assert delivered(remote())
    assert [query.tcp for query in dns.asked if query.kind == MX] == [False, True]


def test_an_answer_of_64_kb_but_one_byte_is_read_to_its_end(exchanger: SmtpServer) -> None:
    zone = many(900)
    rest = 65535 - size(zone)
    while rest > 300:  # 16 + 63 at most fill it up
        zone["d.test"].insert(0, ("d.test", MX, (900, "x" * 60 + ".fill.test")))
        rest = 65535 - size(zone)
    for length in (rest // 5, rest // 5, rest // 5, rest // 5, rest - 4 * (rest // 5)):
        if length > 16:
            zone["d.test"].insert(0, ("d.test", MX, (901, "x" * (length - 16))))
    assert size(zone) == 65535
    with Server(zone):
        assert delivered(remote())


def test_a_tcp_answer_may_come_in_any_pieces(exchanger: SmtpServer) -> None:
    def pieces(query: Query, whole: "bytes | None") -> "Sequence[bytes] | None":
        if not query.tcp:
            return honest(query, whole)
        assert whole
        stream = struct.pack(">H", len(whole)) + whole
        parts: list = []
        for piece in (stream[:1], stream[1:3], stream[3:14], stream[14:700], stream[700:]):
            parts += [piece, 0.05]
        return parts

    with Server(many(30), pieces):
        assert delivered(remote())


def test_dnsmasq_gives_a_long_answer(exchanger: SmtpServer) -> None:
    server = subprocess.Popen(
        ["dnsmasq", "--keep-in-foreground", "--no-resolv", "--no-hosts",
         "--conf-file=/dev/null", "--listen-address=127.0.0.1", "--bind-interfaces",
         "--user=root", "--pid-file=", "--local=/test/", f"--host-record=good.test,{EXCHANGER}",
         *(f"--mx-host=d.test,mail-exchanger-number-{i}.a-domain.test,{20 + i}"
           for i in range(60)), "--mx-host=d.test,good.test,5"],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(lambda: tcp_open("127.0.0.1"), what="dnsmasq")
        assert delivered(remote())
    finally:
        server.terminate()
        server.wait()


def tcp_open(address: str) -> bool:
    try:
        socket.create_connection((address, 53), timeout=5).close()
    except OSError:
        return False
    return True


def test_tcp_env_reads_a_long_name_by_tcp() -> None:
    zone: Zone = {"1.0.0.127.in-addr.arpa": [
        ("1.0.0.127.in-addr.arpa", PTR, f"host-{i:03}.with-a-name.d.test") for i in range(60)]}
    with Server(zone) as dns, socket.create_server(("127.0.0.1", 2525)) as listener:
        with socket.create_connection(listener.getsockname()) as client:
            peer, _ = listener.accept()
            with peer:
                run = subprocess.run(
                    [str(BIN / "tcp-env"), "-R", "env"], stdin=peer, stdout=subprocess.PIPE,
                    env={"PATH": PATH}, timeout=LIMIT, check=True)
            client.close()
    assert b"TCPREMOTEHOST=host-000.with-a-name.d.test\n" in run.stdout
    assert [query.tcp for query in dns.asked if query.kind == PTR][:2] == [False, True]


# -- servers that do not know EDNS

def complaint(rcode: int, question: bool = True, opt: bytes = b"") -> "object":
    def trick(query: Query, whole: "bytes | None") -> "Sequence[bytes] | None":
        if query.edns:
            full = answer(query, [], rcode=rcode, opt=opt)
            return [full if question else full[:4] + bytes(8)]
        return honest(query, whole)
    return trick


# BADVERS is 16: 1 in the OPT record's upper bits, 0 in the header
BADVERS = b"\0\0\x29\x04\xd0\x01\0\0\0\0\0"


@pytest.mark.parametrize("trick", [
    complaint(1), complaint(1, question=False), complaint(4), complaint(4, question=False),
    complaint(0, opt=BADVERS)],
    ids=["FORMERR", "bare FORMERR", "NOTIMP", "bare NOTIMP", "BADVERS"])
def test_a_server_that_does_not_take_edns_is_asked_without(
        trick, exchanger: SmtpServer) -> None:  # type: ignore[no-untyped-def]
    began = time.monotonic()
    with Server(many(30), trick) as dns:
        assert delivered(remote())
    assert [bool(query.edns) for query in dns.asked if query.kind == MX] == [
        True, False, False]  # the last by TCP
    assert time.monotonic() - began < LIMIT / 2


@pytest.mark.parametrize("count", [0, 30])
@pytest.mark.parametrize("options", ["timeout:2 attempts:1", "timeout:1 attempts:1",
                                     "timeout:2 attempts:2"])
def test_where_edns_is_swallowed_the_same_try_does_without(
        options: str, count: int, exchanger: SmtpServer, resolv_conf: Path) -> None:
    resolv_conf.write_text(f"nameserver 127.0.0.1\noptions {options}\n")
    with Server(many(count), lambda query, whole: None if query.edns
                else honest(query, whole)) as dns:
        assert delivered(remote())
    assert [(bool(query.edns), query.tcp) for query in dns.asked if query.kind == MX] == [
        (True, False), (False, False), (False, True)][:3 if count else 2]
    assert not [query for query in dns.asked if query.kind == A and query.edns]


def test_a_complaint_that_comes_behind_the_plain_query_is_not_its_answer(
        exchanger: SmtpServer) -> None:
    def late(query: Query, whole: "bytes | None") -> "Sequence[bytes] | None":
        assert whole
        if query.kind != MX:
            return [whole]
        return None if query.edns else [answer(query, [], rcode=1), whole]

    with Server(many(0), late):
        assert delivered(remote())


# -- hostile servers

def forgeries(query: Query, whole: "bytes | None") -> "Sequence[bytes] | None":
    """Answers to other questions, cut and broken ones; then the right one."""
    assert whole
    wrong = answer(query, [("d.test", MX, (1, "evil.test"))])
    number = bytes([wrong[0] ^ 0x80]) + wrong[1:]
    name = wrong.replace(b"\1d\4test\0", b"\1e\4test\0", 1)
    kind = wrong[:12] + wrong[12:].replace(b"\0\x0f", b"\0\x10", 1)
    asking = wrong[:2] + b"\1" + wrong[3:]
    return [b"", wrong[:2], wrong[:11], number, name, kind, asking, number[:12], whole]


def test_only_an_answer_to_the_question_counts(exchanger: SmtpServer) -> None:
    zone = many(2)
    zone["evil.test"] = [("evil.test", A, "127.0.0.66")]
    with Server(zone, lambda query, whole: forgeries(query, whole) if query.kind == MX
                else honest(query, whole)) as dns:
        assert delivered(remote())
    assert "evil.test" not in [query.name for query in dns.asked]


def test_an_answer_from_another_port_is_not_seen(exchanger: SmtpServer) -> None:
    other = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    zone = many(2)
    zone["evil.test"] = [("evil.test", A, "127.0.0.66")]

    def trick(query: Query, whole: "bytes | None") -> "Sequence[bytes] | None":
        if query.kind == MX:
            for line in Path("/proc/net/udp").read_text().splitlines()[1:]:
                local, peer = line.split()[1:3]
                if peer == "0100007F:0035":  # whoever asks 127.0.0.1:53
                    forged = answer(query, [("d.test", MX, (1, "evil.test"))])
                    other.sendto(forged, ("127.0.0.1", int(local[-4:], 16)))
            time.sleep(0.1)
        return honest(query, whole)

    with other, Server(zone, trick) as dns:
        assert delivered(remote())
    assert "evil.test" not in [query.name for query in dns.asked]


def stream(*pieces: object) -> object:
    """Cuts every datagram, and says this by TCP; callables are given the whole answer."""
    def trick(query: Query, whole: "bytes | None") -> object:
        assert whole
        if not query.tcp:
            return honest(query, whole + bytes(2000))
        return [piece(whole) if callable(piece) else piece for piece in pieces]
    return trick


def length(whole: bytes) -> bytes:
    return struct.pack(">H", len(whole))


BROKEN_STREAMS = {
    "hangs up": stream(b"", b""),
    "half a length": stream(b"\0", b""),
    "no bytes": stream(b"\0\0", b""),
    "one byte": stream(b"\0\1", b"x"),
    "a header": stream(b"\0\x0c", lambda whole: whole[:12]),
    "less than it says": stream(b"\xff\xff", lambda whole: whole),
    "less, then silence": stream(b"\xff\xff", lambda whole: whole[:50], math.inf),
    "a byte now and then": stream(*[b"\xff", b"\xff"] + [b"x", 0.3] * 90),
    "another number": stream(length, lambda whole: b"##" + whole[2:]),
    "another question": stream(length, lambda whole: whole.replace(b"test", b"tesu", 1)),
    "still cut": stream(length, lambda whole: whole[:2] + bytes([whole[2] | TRUNCATED])
                        + whole[3:]),
    "server failure": stream(length, lambda whole: whole[:3] + b"\x82" + whole[4:]),
    "more records than there are": stream(
        length, lambda whole: whole[:6] + b"\xff\xff" + whole[8:]),
}


@pytest.mark.parametrize("kind", BROKEN_STREAMS)
def test_a_broken_tcp_answer_makes_mail_wait_and_does_not_hold_it_up(
        kind: str, exchanger: SmtpServer, resolv_conf: Path) -> None:
    resolv_conf.write_text("nameserver 127.0.0.1\noptions timeout:2 attempts:1\n")
    began = time.monotonic()
    with Server(many(3), BROKEN_STREAMS[kind]) as dns:  # type: ignore[arg-type]
        report = remote()
        took = time.monotonic() - began
    assert report.startswith(b"Z") and b"(#4.1.2)" in report, report
    assert [query for query in dns.asked if query.tcp]
    assert took < LIMIT / 2


def test_where_tcp_is_refused_mail_waits(exchanger: SmtpServer) -> None:
    with Server(many(30), tcp=False):
        assert remote().startswith(b"Z")


@pytest.mark.parametrize("trouble", ["SERVFAIL", "REFUSED", "silence", "TCP refused",
                                     "TCP breaks off", "nobody there"])
def test_another_name_server_helps(trouble: str, exchanger: SmtpServer,
                                   resolv_conf: Path) -> None:
    resolv_conf.write_text("nameserver 127.0.0.53\nnameserver 127.0.0.1\n"
                           "options timeout:2 attempts:1\n")
    bad = {"SERVFAIL": lambda query, whole: [answer(query, [], rcode=2)],
           "REFUSED": lambda query, whole: [answer(query, [], rcode=5)],
           "silence": lambda query, whole: None if query.kind == MX else [whole],
           "TCP refused": honest,
           "TCP breaks off": stream(b"\xff\xff", b"x")}
    with Server(many(30)) as good:
        if trouble == "nobody there":
            assert delivered(remote())
        else:
            with Server(many(30), bad[trouble], "127.0.0.53",  # type: ignore[arg-type]
                        tcp=trouble != "TCP refused") as first:
                assert delivered(remote())
            assert MX in first.types("d.test")
        assert MX in good.types("d.test")


def test_thousands_of_exchangers_cost_a_hundred_queries(exchanger: SmtpServer) -> None:
    zone: Zone = {"d.test": [("d.test", MX, (2000 - i, f"h{i}.test")) for i in range(1900)],
                  "h1899.test": [("h1899.test", A, EXCHANGER)]}
    with Server(zone) as dns:
        assert delivered(remote())
    asked = [query.name for query in dns.asked if query.kind == A]
    assert asked == [f"h{i}.test" for i in range(1899, 1799, -1)]


def test_of_thousands_of_addresses_a_hundred_count(exchanger: SmtpServer) -> None:
    zone: Zone = {"d.test": [("d.test", A, "127.0.0.9")] * 99 + [("d.test", A, EXCHANGER)]}
    with Server(zone):
        assert delivered(remote())
    zone["d.test"] = [("d.test", A, "127.0.0.9")] * 100 + zone["d.test"]
    with Server(zone):
        assert remote().startswith(b"Z")


def test_exchangers_beyond_a_hundred_addresses_are_not_asked_for(exchanger: SmtpServer) -> None:
    zone: Zone = {"d.test": [("d.test", MX, (i, f"h{i}.test")) for i in range(5)]}
    for i in range(5):
        zone[f"h{i}.test"] = [(f"h{i}.test", A, EXCHANGER)] * 40
    with Server(zone) as dns:
        assert delivered(remote())
    assert [query.name for query in dns.asked if query.kind == A] == [
        "h0.test", "h1.test", "h2.test"]


# -- the time for all look-ups

OUT_OF_TIME = (b"ZSorry, the DNS gave no address in the time that timeoutdns allows. (#4.4.3)\n\0")
# A clock on which each second is forty.
FAST = """
#define _GNU_SOURCE
#include <time.h>
#include <unistd.h>
#include <sys/syscall.h>
int clock_gettime(clockid_t id, struct timespec *at)
{
	long r = syscall(SYS_clock_gettime, id, at);
	long long all = (at->tv_sec * 1000000000LL + at->tv_nsec) * 40;
	at->tv_sec = all / 1000000000;
	at->tv_nsec = all % 1000000000;
	return (int)r;
}
"""


def without_addresses(query: Query, whole: "bytes | None") -> "Sequence[bytes] | None":
    """But for the one of good.test."""
    return None if query.kind == A and query.name != "good.test" else honest(query, whole)


def test_a_hundred_dead_exchangers_take_no_more_than_the_time_for_all(
        host: Mailhost, resolv_conf: Path) -> None:
    resolv_conf.write_text("nameserver 127.0.0.1\noptions timeout:1 attempts:1\n")
    host.control(timeoutdns="3")
    zone: Zone = {"d.test": [("d.test", MX, (i, f"h{i}.test")) for i in range(100)]}
    began = time.monotonic()
    with Server(zone, without_addresses) as dns:
        report = remote()
    assert report == OUT_OF_TIME
    assert 2 < time.monotonic() - began < LIMIT / 2
    assert 1 <= len({query.name for query in dns.asked if query.kind == A}) <= 5


@pytest.mark.parametrize("way", ["MX", "A", "stream"])
def test_one_look_up_takes_no_more_than_the_time_for_all(
        way: str, host: Mailhost, resolv_conf: Path) -> None:
    resolv_conf.write_text("nameserver 127.0.0.1\noptions timeout:30 attempts:1\n")
    host.control(timeoutdns="2", smtproutes=":good.test" if way == "A" else "")
    silent = {"MX": lambda query, whole: None, "A": lambda query, whole: None,
              "stream": stream(b"\xff", math.inf)}[way]
    began = time.monotonic()
    with Server(many(0), silent):  # type: ignore[arg-type]
        report = remote()
    # by TCP the seconds are whole ones of the clock, and one less may pass
    assert report == OUT_OF_TIME or (way == "stream" and report.startswith(b"Z")), report
    assert 1 < time.monotonic() - began < 25


def test_the_exchangers_that_were_found_in_time_are_used(
        host: Mailhost, exchanger: SmtpServer, resolv_conf: Path) -> None:
    resolv_conf.write_text("nameserver 127.0.0.1\noptions timeout:1 attempts:1\n")
    host.control(timeoutdns="2")
    began = time.monotonic()
    with Server(many(90), without_addresses):
        assert delivered(remote())
    assert time.monotonic() - began < LIMIT / 2


def test_without_the_file_it_is_two_minutes(tmp_path: Path, resolv_conf: Path) -> None:
    """A clock that runs fast: a question that nobody answers takes about 1 s, that is 40."""
    library = tmp_path / "fast.so"
    (tmp_path / "fast.c").write_text(FAST)
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", library, tmp_path / "fast.c"], check=True)
    resolv_conf.write_text("nameserver 127.0.0.1\noptions timeout:30 attempts:1\n")
    with Server({"d.test": [("d.test", MX, (i, f"h{i}.test")) for i in range(100)]},
                without_addresses) as dns:
        report = subprocess.run(
            [str(BIN / "qmail-remote"), "d.test", "s@x.test", "r@d.test"], input=b"\nx\n",
            stdout=subprocess.PIPE, timeout=LIMIT, check=True,
            env={"LD_PRELOAD": str(library)}).stdout
    assert report == OUT_OF_TIME
    assert 1 <= len({query.name for query in dns.asked if query.kind == A}) <= 6


def test_0_is_any_time(host: Mailhost, resolv_conf: Path) -> None:
    resolv_conf.write_text("nameserver 127.0.0.1\noptions timeout:1 attempts:1\n")
    host.control(timeoutdns="0")
    with Server(many(3), lambda query, whole: None if query.kind == A else [whole]) as dns:
        report = remote()
    assert report.startswith(b"Z") and b"(#4.1.2)" in report, report
    assert len({query.name for query in dns.asked if query.kind == A}) == 4


def test_a_time_that_cannot_be_read_makes_mail_wait(host: Mailhost) -> None:
    (Path("/var/qmail/control") / "timeoutdns").mkdir()
    with Server(many(0)) as dns:
        assert remote() == b"ZUnable to read control files. (#4.3.0)\n\0"
    assert dns.asked == []


@pytest.mark.parametrize("setting, told", [(None, "120"), ("7", "7")])
def test_showctl_tells_the_time(setting: "str | None", told: str, host: Mailhost) -> None:
    host.control(timeoutdns=setting)
    said = subprocess.run([str(BIN / "qmail-showctl")], stdout=subprocess.PIPE, text=True,
                          timeout=60, check=True).stdout
    assert f"Look-ups for a delivery may take {told} seconds (0: any time)." in said


# -- aliases

def test_an_alias_in_an_address_stays_and_its_targets_exchanger_is_used(
        exchanger: SmtpServer) -> None:
    zone: Zone = {"d.test": [("d.test", CNAME, "real.test")],
                  "real.test": [("real.test", MX, (10, "good.test"))],
                  "good.test": [("good.test", A, EXCHANGER)]}
    with Server(zone) as dns:
        assert delivered(remote("R@d.test"))
    assert b"RCPT TO:<R@d.test>\r\n" in exchanger.said
    assert [(query.name, query.kind) for query in dns.asked] == [
        ("d.test", MX), ("good.test", A)]


def test_no_query_is_of_the_type_any_whatever_the_recipients_are(
        exchanger: SmtpServer) -> None:
    with Server(many(30)) as dns:
        assert delivered(remote("r@elsewhere.test"))
        assert delivered(remote("r@d.test."))
        assert delivered(remote("nobody"))
    assert ANY not in dns.types() and CNAME not in dns.types()
    assert dns.types("elsewhere.test") == []
    assert [line for line in exchanger.said if line.startswith(b"RCPT")] == [
        b"RCPT TO:<r@elsewhere.test>\r\n", b"RCPT TO:<r@d.test>\r\n", b"RCPT TO:<nobody>\r\n"]


def test_an_alias_of_this_host_that_locals_does_not_have_does_not_loop() -> None:
    own = SmtpServer("127.0.0.1")
    zone: Zone = {"d.test": [("d.test", CNAME, "me.test")],
                  "me.test": [("me.test", A, "127.0.0.1")]}
    try:
        with Server(zone):
            report = remote()
    finally:
        own.close()
    assert report.startswith(b"D") and b"(#5.4.6)" in report, report
    assert own.said == []


def test_an_alias_that_leads_nowhere_fails_for_good() -> None:
    with Server({"d.test": [("d.test", CNAME, "gone.test")]}):
        report = remote()
    assert report.startswith(b"D") and b"host named d.test. (#5.1.2)" in report, report


# -- null MX

@pytest.mark.parametrize("preference", [0, 10])
def test_a_null_mx_fails_at_once_and_asks_no_more(
        preference: int, exchanger: SmtpServer) -> None:
    zone: Zone = {"d.test": [("d.test", MX, (preference, ".")), ("d.test", A, EXCHANGER)]}
    with Server(zone) as dns:
        report = remote()
    assert report.startswith(b"D") and b" d.test takes no mail" in report, report
    assert b"(#5.1.10)" in report
    assert [query.kind for query in dns.asked] == [MX]


def test_a_root_beside_a_real_exchanger_is_left_out(exchanger: SmtpServer) -> None:
    zone = many(0)
    zone["d.test"].insert(0, ("d.test", MX, (0, ".")))
    with Server(zone) as dns:
        assert delivered(remote())
    assert "" not in [query.name for query in dns.asked]


def test_a_route_does_not_ask_about_the_null_mx(exchanger: SmtpServer, host: Mailhost) -> None:
    host.control(smtproutes=f"d.test:{EXCHANGER}")
    with Server({"d.test": [("d.test", MX, (0, "."))]}) as dns:
        assert delivered(remote())
    assert dns.asked == []
