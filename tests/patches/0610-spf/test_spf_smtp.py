# SPDX-License-Identifier: 0BSD
"""What qmail-smtpd does with SPF: replies, fields, variables; and without a qmail-spf that
works."""
from __future__ import annotations

import contextlib
import os
import pathlib
import re
import subprocess
import time
from typing import Iterator

import pytest

import spfsuite
from mailhost import BIN, DOMAIN, PATH, PREFIX, QUEUE, USER, Mailhost
from zones import Zones

IP = "192.0.2.7"
ENV = {"PATH": PATH, "TCPREMOTEIP": IP, "TCPREMOTEHOST": "mail.far.test"}
LATER = b"451 SPF lookup failure (#4.3.0)"

ZONE = {
    "pass.test": [{"TXT": f"v=spf1 ip4:{IP} -all"}],
    "fail.test": [{"TXT": "v=spf1 -all"}],
    "exp.test": [{"TXT": "v=spf1 -all exp=why.exp.test"}],
    "why.exp.test": [{"TXT": "%{i} is not %{o}, ask %{r}"}],
    "evil.test": [{"TXT": "v=spf1 -all exp=why.evil.test"}],
    "why.evil.test": [{"TXT": "%{l} " + "x" * 600}],
    "softfail.test": [{"TXT": "v=spf1 ~all"}],
    "neutral.test": [{"TXT": "v=spf1 ?all"}],
    "none.test": [{"A": "192.0.2.1"}],
    "permerror.test": [{"TXT": "v=spf1 foo:bar"}],
    "temperror.test": [{"TXT": "never seen"}],
    "six.test": [{"TXT": "v=spf1 ip6:2001:db8::/32 -all"}],
    "lists.test": [{"TXT": "v=spf1 ip4:192.0.2.0/24 ~all"}],
}
# from which number of spfbehavior on mail with this result is refused
FROM = {"pass": 9, "none": 6, "neutral": 5, "softfail": 4, "fail": 3, "permerror": 6,
        "temperror": 2}


@pytest.fixture(scope="module")
def server() -> Iterator[Zones]:
    with Zones(ZONE) as one:
        one.failing.add("temperror.test")
        yield one


@pytest.fixture
def dns(server: Zones) -> Iterator[Zones]:
    server.change(ZONE)
    server.asked.clear()
    server.silent = False
    yield server
    server.silent = False


def session(*commands: "str | bytes", seconds: float = 60, **env: str
            ) -> tuple[list[bytes], bytes]:
    """The replies behind the greeting, and the log."""
    data = b"".join((one.encode() if isinstance(one, str) else one) + b"\r\n"
                    for one in commands)
    run = subprocess.run([BIN / "qmail-smtpd"], input=data, capture_output=True,
                         timeout=seconds, check=False, env={**ENV, **env})
    return run.stdout.splitlines()[1:], run.stderr


def rcpt(sender: str, helo: str = "mail.far.test", **env: str) -> tuple[bytes, bytes]:
    """The reply to a recipient, and the log."""
    replies, log = session(f"HELO {helo}", f"MAIL FROM:<{sender}>", f"RCPT TO:<{USER}>",
                           **env)
    assert replies[1] == b"250 ok", replies
    return replies[2], log


def deliver(host: Mailhost, sender: str, text: str = "Subject: x\n\nbody\n",
            helo: str = "mail.far.test", **env: str) -> str:
    """What is queued of a message that must be accepted, without the queue's own line."""
    for path in host.queue_files():
        if not path.startswith("lock"):
            (QUEUE / path).unlink()
    replies, _ = session(f"HELO {helo}", f"MAIL FROM:<{sender}>", f"RCPT TO:<{USER}>", "DATA",
                         *text.splitlines(), ".", **env)
    assert replies[4].startswith(b"250 ok "), replies
    [path] = [path for path in host.queue_files() if path.startswith("mess/")]
    return (QUEUE / path).read_bytes().decode().partition("\n")[2]


# What is refused

@pytest.mark.parametrize("result", FROM)
def test_each_number_refuses_what_it_says(result: str, host: Mailhost, dns: Zones) -> None:
    for behavior in range(8):
        host.control(spfbehavior=str(behavior))
        reply, log = rcpt(f"joe@{result}.test")
        if behavior < FROM[result]:
            assert (reply, log) == (b"250 ok", b""), behavior
        elif result == "temperror":
            assert reply == LATER
        else:
            assert reply == (b"550 sorry, %s.test does not say that %s may send its mail "
                             b"(#5.7.1)" % (result.encode(), IP.encode()))
        if behavior >= FROM[result]:
            assert log.count(b"\n") == 1
            assert f"qmail-smtpd: pid ".encode() in log and f": spf {result} for".encode() in log


def test_the_variable_goes_before_the_file(host: Mailhost, dns: Zones) -> None:
    assert rcpt("joe@fail.test", SPFBEHAVIOR="3")[0].startswith(b"550 ")
    host.control(spfbehavior="6")
    assert rcpt("joe@fail.test", SPFBEHAVIOR="0")[0] == b"250 ok"
    assert rcpt("joe@fail.test", SPFBEHAVIOR="2")[0] == b"250 ok"


def test_nothing_is_asked_without_the_file_or_for_relay_clients(
        host: Mailhost, dns: Zones) -> None:
    assert rcpt("joe@fail.test")[0] == b"250 ok"
    assert "SPF" not in deliver(host, "joe@fail.test")
    host.control(spfbehavior="6")
    assert rcpt("joe@fail.test", RELAYCLIENT="")[0] == b"250 ok"
    text = deliver(host, "joe@fail.test", RELAYCLIENT="")
    assert "SPF" not in text and "Authentication-Results" not in text
    assert dns.asked == []


def test_a_forbidden_relay_hears_of_that_first(host: Mailhost, dns: Zones) -> None:
    host.control(spfbehavior="3")
    replies, _ = session("MAIL FROM:<joe@fail.test>", "RCPT TO:<u@other.test>")
    assert replies[1].startswith(b"553 ")


def test_each_transaction_has_its_own_answer(host: Mailhost, dns: Zones) -> None:
    host.control(spfbehavior="3")
    to = f"RCPT TO:<{USER}>"
    replies, _ = session(
        "MAIL FROM:<joe@fail.test>", to, "MAIL FROM:<joe@pass.test>", to, "RSET",
        "MAIL FROM:<joe@fail.test>", to, to, "EHLO pass.test", "MAIL FROM:<>", to, "HELO fail.test",
        "MAIL FROM:<>", to)
    codes = [line[:3] for line in replies]
    assert codes == [b"250", b"550", b"250", b"250", b"250", b"250", b"550", b"550",
                     *[b"250"] * 3, b"250", b"250", b"250", b"250", b"550"]
    assert sum(name == "pass.test" for name, kind in dns.questions() if kind == 16) == 2


def test_a_mail_command_that_is_refused_changes_nothing(host: Mailhost, dns: Zones) -> None:
    """The transaction before it goes on, with its own sender's answer."""
    host.control(spfbehavior="3")
    replies, _ = session("MAIL FROM:<joe@fail.test>", f"MAIL FROM:<{'j' * 900}@pass.test>",
                         f"RCPT TO:<{USER}>")
    assert [line[:3] for line in replies] == [b"250", b"555", b"550"]


# What is added

def test_fields_of_a_pass(host: Mailhost, dns: Zones) -> None:
    host.control(spfbehavior="1", authservid="mx.local.test")
    text = deliver(host, "joe@pass.test")
    assert text.startswith(
        f"Received-SPF: pass ({DOMAIN}: by ip4:{IP})\n"
        f"  client-ip={IP}; envelope-from=\"joe@pass.test\";\n  helo=mail.far.test;\n"
        "Authentication-Results: mx.local.test;\n  spf=pass smtp.mailfrom=joe@pass.test\n"
        "Received: from mail.far.test ("), text


@pytest.mark.parametrize("result", FROM)
def test_every_result_is_noted(result: str, host: Mailhost, dns: Zones) -> None:
    host.control(spfbehavior="1")
    text = deliver(host, f"joe@{result}.test")
    assert text.startswith(f"Received-SPF: {result} ({DOMAIN}: ")
    assert (f"\nAuthentication-Results: {DOMAIN};\n  spf={result} "
            f"smtp.mailfrom=joe@{result}.test\n") in text


def test_a_bounce_is_judged_by_its_helo(host: Mailhost, dns: Zones) -> None:
    host.control(spfbehavior="3")
    text = deliver(host, "", helo="pass.test")
    assert text.startswith(f"Received-SPF: pass ({DOMAIN}: by ip4:{IP})\n  client-ip={IP};\n"
                           "  helo=pass.test;\n")
    assert "spf=pass smtp.helo=pass.test\n" in text
    assert rcpt("", helo="fail.test")[0].startswith(b"550 ")
    assert "Received-SPF: none " in deliver(host, "", helo="x" * 5000)


def test_forged_results_go_when_spf_is_on(host: Mailhost, dns: Zones) -> None:
    host.control(spfbehavior="1")
    forged = f"Authentication-Results: {DOMAIN}; spf=pass smtp.mailfrom=ceo@bank.test"
    text = deliver(host, "joe@softfail.test", f"{forged}\nSubject: x\n\nbody\n")
    assert forged not in text and text.count("Authentication-Results") == 1


def test_hostile_names_stay_in_their_fields(host: Mailhost, dns: Zones) -> None:
    host.control(spfbehavior="1")
    text = deliver(host, 'a"b\\\\;) (\x1b\x80x@none.test', helo='x;\x1b") (\\y\x7f')
    head = text[:text.index("Received: ")]
    assert re.fullmatch(r"[\n -~]*", head)
    assert len(head.splitlines()) == 5
    assert all(line.startswith(("  ", "Received-SPF: none (", "Authentication-Results: "))
               for line in head.splitlines())


@pytest.mark.parametrize("local", ["x" * 390, "ceo@bank.test", '"ceo@bank.test, "'])
def test_no_sender_makes_the_result_one_of_another_domain(
        local: str, host: Mailhost, dns: Zones) -> None:
    """What does not fit, or has two at signs, is shown as the domain that was asked about."""
    dns.change({**ZONE, "bank.test.far.test": [{"TXT": "v=spf1 +all"}]})
    host.control(spfbehavior="1")
    head = deliver(host, f"{local}@bank.test.far.test").partition("Received: ")[0]
    assert "\n  spf=pass smtp.mailfrom=bank.test.far.test\n" in head, head
    assert '@bank.test"' not in head


@contextlib.contextmanager
def instead(name: str, script: str) -> Iterator[pathlib.Path]:
    """A program of the installation replaced; the path of the real one."""
    path, real = BIN / name, BIN / f"{name}.real"
    path.rename(real)
    try:
        if script:
            path.write_text("#!/bin/sh\n" + script)
            path.chmod(0o755)
        yield real
    finally:
        path.unlink(missing_ok=True)
        real.rename(path)


@pytest.mark.parametrize("result, word", [
    ("pass", "pass"), ("none", "none"), ("permerror", "unknown"), ("neutral", "neutral"),
    ("softfail", "softfail"), ("fail", "fail"), ("temperror", "error")])
def test_the_next_programs_are_told(result: str, word: str, host: Mailhost, dns: Zones) -> None:
    host.control(spfbehavior="1")
    told = pathlib.Path("/tmp/told")
    told.write_text("")
    told.chmod(0o666)
    with instead("qmail-queue", f'echo "$SPFRESULT $SPFDOMAIN" >>{told}\n'
                 "/bin/cat >/dev/null; /bin/cat <&1 >/dev/null\n"):
        end = ["DATA", "", "x", "."]
        to = f"RCPT TO:<{USER}>"
        replies, _ = session(f"MAIL FROM:<joe@{result}.test>", to, *end,
                             SPFRESULT="pass", SPFDOMAIN="bank.test")
        assert replies[-1].startswith(b"250 ok "), replies
        session("MAIL FROM:<>", to, *end, RELAYCLIENT="", SPFRESULT="pass", SPFDOMAIN="x")
    assert told.read_text() == f"{word} {result}.test\n \n"


# spfexp, spfrules, spfguess

def test_a_domain_explains_itself(host: Mailhost, dns: Zones) -> None:
    host.control(spfbehavior="3", spfexp="go away, %{i} of %{h}")
    assert rcpt("joe@exp.test")[0] == f"550 {IP} is not exp.test, ask {DOMAIN} (#5.7.1)".encode()
    assert rcpt("joe@fail.test")[0] == f"550 go away, {IP} of mail.far.test (#5.7.1)".encode()


def test_no_explanation_is_fetched_that_nobody_sees(host: Mailhost, dns: Zones) -> None:
    for behavior in ("1", "2"):
        host.control(spfbehavior=behavior)
        assert rcpt("joe@exp.test")[0] == b"250 ok"
    assert {name for name, _ in dns.questions()} == {"exp.test"}
    host.control(spfbehavior="3")
    rcpt("joe@exp.test")
    assert ("why.exp.test", 16) in dns.questions()


def test_an_explanation_is_one_short_line(host: Mailhost, dns: Zones) -> None:
    host.control(spfbehavior="3")
    reply, log = rcpt('"\x1b[2J\t"@evil.test')
    assert re.fullmatch(rb"550 [ -~]{400} \(#5\.7\.1\)", reply), reply
    assert len(log) <= 300 and re.fullmatch(rb"[ -~]+\n", log)


def test_a_wrong_spfexp_is_not_used(host: Mailhost, dns: Zones) -> None:
    host.control(spfbehavior="3", spfexp="%{z}")
    assert rcpt("joe@fail.test")[0].startswith(b"550 sorry, fail.test does not say")


@pytest.mark.parametrize("rules, result", [
    (f"ip4:{IP}", "pass"), (f"v=spf1 ?ip4:{IP}", "neutral"), ("include:lists.test", "pass"),
    ("ip4:192.0.2.8", "fail"), (f"-ip4:{IP}", "fail"), ("foo:", "temperror"),
    ("include:temperror.test", "temperror"), ("include:none.test", "temperror")])
def test_rules_stand_before_a_fail(rules: str, result: str, host: Mailhost, dns: Zones) -> None:
    host.control(spfbehavior="1", spfrules=rules)
    assert f"spf={result} " in deliver(host, "joe@fail.test")
    assert "spf=softfail " in deliver(host, "joe@softfail.test")
    assert "spf=none " in deliver(host, "joe@none.test")


def test_a_guess_is_for_domains_without_a_record(host: Mailhost, dns: Zones) -> None:
    host.control(spfbehavior="1", spfguess=f"v=spf1 ip4:{IP} -all")
    text = deliver(host, "joe@none.test")
    assert f"Received-SPF: pass ({DOMAIN}: by ip4:{IP}, guessed)\n" in text
    assert "  spf=none (guessed) smtp.mailfrom=joe@none.test\n" in text
    assert "spf=softfail " in deliver(host, "joe@softfail.test")
    host.control(spfbehavior="3", spfguess="-all")
    assert rcpt("joe@none.test")[0].startswith(b"550 ")
    host.control(spfguess="wrong:")
    assert rcpt("joe@none.test")[0] == LATER


# Addresses of both families

@pytest.mark.parametrize("ip, domain, result", [
    ("2001:db8::7", "six.test", "pass"), ("2001:db9::7", "six.test", "fail"),
    (f"::ffff:{IP}", "pass.test", "pass"), ("::ffff:192.0.2.9", "pass.test", "fail"),
    ("unknown", "pass.test", "none")])
def test_the_clients_address(
        ip: str, domain: str, result: str, host: Mailhost, dns: Zones) -> None:
    host.control(spfbehavior="1")
    assert f"spf={result} " in deliver(host, f"joe@{domain}", TCPREMOTEIP=ip)


@pytest.mark.parametrize("domain", ["b\u00fccher.test", "a..test", "test", "[192.0.2.1]",
                                    "x" * 64 + ".test", "x." * 127 + "test"])
def test_a_sender_whose_domain_is_none_has_no_result(
        domain: str, host: Mailhost, dns: Zones) -> None:
    host.control(spfbehavior="1")
    assert "spf=none " in deliver(host, f"joe@{domain}")
    assert dns.asked == []


def test_the_a_label_of_a_domain_is_looked_up(host: Mailhost, dns: Zones) -> None:
    dns.change({"xn--bcher-kva.test": ZONE["pass.test"]})
    host.control(spfbehavior="1")
    assert "spf=pass " in deliver(host, "joe@xn--bcher-kva.test")


# When it fails

BROKEN = {
    "missing": "",
    "killed": "kill -9 $$\n",
    "an exit code": "printf 'rpass\\0d\\0c\\0x\\0\\0'; exit 1\n",
    "silent": "exit 0\n",
    "no result": "printf 'dx.test\\0c\\0x\\0\\0'\n",
    "an unknown word": "printf 'rgood\\0d\\0c\\0x\\0\\0'\n",
    "cut short": "printf 'rpass\\0d\\0c\\0x\\0'\n",
    "more behind the end": "printf 'rpass\\0\\0x'\n",
    "twice": "printf 'rpass\\0rpass\\0\\0'\n",
    "a line break": "printf 'rfail\\0xa\\r\\nb\\0\\0'\n",
    "an escape": "printf 'rfail\\0x\\033[2J\\0\\0'\n",
    "endless": "exec /bin/cat /dev/zero\n",
    "a long explanation": "printf 'rfail\\0x'; /usr/bin/head -c 401 /dev/zero | "
                          "/usr/bin/tr '\\0' x; printf '\\0\\0'\n",
    "without memory": "exec /usr/bin/prlimit --as=900000 /var/qmail/bin/qmail-spf.real\n",
}


@pytest.mark.parametrize("how", BROKEN)
def test_a_helper_that_fails_defers_mail(how: str, host: Mailhost, dns: Zones) -> None:
    for behavior in ("2", "6"):
        host.control(spfbehavior=behavior)
        with instead("qmail-spf", BROKEN[how]):
            reply, log = rcpt("joe@pass.test")
        assert reply == LATER
        assert re.search(rb": unable to use qmail-spf: it (failed|said something that is no "
                         rb"reply)\n", log), log
    assert not host.queue_files()
    host.control(spfbehavior="1")
    with instead("qmail-spf", BROKEN[how]):
        text = deliver(host, "joe@pass.test")
    assert text.startswith("Received-SPF: temperror (") and "  spf=temperror " in text


def test_what_hangs_is_given_up(host: Mailhost, dns: Zones) -> None:
    """qmail-smtpd kills a helper after 30 seconds; a helper gives up after 21."""
    host.control(spfbehavior="2")
    alone = subprocess.Popen([BIN / "qmail-spf"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    began = time.monotonic()
    pid = pathlib.Path("/tmp/spf-pid")
    pid.write_text("")
    pid.chmod(0o666)
    with instead("qmail-spf", f"echo $$ >{pid}; exec /bin/sleep 1000 >&-\n"):
        closed = subprocess.Popen(
            [BIN / "qmail-smtpd"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, env=ENV)
        said, log = closed.communicate(
            f"MAIL FROM:<joe@pass.test>\r\nRCPT TO:<{USER}>\r\n".encode(), timeout=120)
    assert said.splitlines()[-1] == LATER and b": it took too long\n" in log
    assert 25 < time.monotonic() - began < 100
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)
    assert alone.wait(timeout=60) == 0
    assert alone.stdout and alone.stdout.read() == b"rtemperror\0cit took too long\0\0"


def test_a_dns_that_is_dead_defers_mail(host: Mailhost, dns: Zones) -> None:
    host.control(spfbehavior="2")
    dns.silent = True
    assert rcpt("joe@pass.test")[0] == LATER
    host.control(spfbehavior="1")
    assert "spf=temperror " in deliver(host, "joe@pass.test")


@pytest.mark.parametrize("behavior", ["x", "3x", "-1", "", "1" * 40])
def test_a_number_that_is_none_turns_clients_away(behavior: str, host: Mailhost) -> None:
    host.control(spfbehavior=behavior)
    run = subprocess.run([BIN / "qmail-smtpd"], input=b"QUIT\r\n", capture_output=True,
                         timeout=60, check=False, env=ENV)
    assert run.stdout == b"421 unable to read controls (#4.3.0)\r\n"
    assert b"control/spfbehavior: not a number\n" in run.stderr


@pytest.mark.parametrize("name", ["spfbehavior", "spfrules", "spfguess", "spfexp"])
def test_a_file_that_cannot_be_read_turns_clients_away(name: str, host: Mailhost) -> None:
    host.control(spfbehavior="1")
    path = PREFIX / "control" / name
    path.unlink(missing_ok=True)
    path.mkdir()
    run = subprocess.run([BIN / "qmail-smtpd"], input=b"QUIT\r\n", capture_output=True,
                         timeout=60, check=False, env=ENV)
    assert run.stdout == b"421 unable to read controls (#4.3.0)\r\n"
    assert f"control/{name}: ".encode() in run.stderr


# The program itself

def test_limits_hold_against_a_hostile_zone(dns: Zones) -> None:
    """However much a record asks for, few questions are sent."""
    many = " ".join(f"mx:m{number}.hostile.test" for number in range(11))
    zone = {"hostile.test": [{"TXT": f"v=spf1 {many} -all"}]}
    for number in range(11):
        zone[f"m{number}.hostile.test"] = [
            {"MX": [9, f"h{host}.hostile.test"]} for host in range(10)]
    for one in range(10):
        zone[f"h{one}.hostile.test"] = [{"A": "192.0.2.200"}]
    dns.change(zone)
    reply = spfsuite.ask(IP, "x.test", "joe@hostile.test")
    assert reply.result == "permerror" and "more than 10 terms" in reply.comment
    assert len(dns.asked) == 1 + 10 * 11


def test_long_records_and_macros_are_bounded(dns: Zones) -> None:
    """Of 60 KB by TCP; macros that grow; names that are too long."""
    macros = "%{s}" * 2000
    dns.change({
        "long.test": [{"TXT": "v=spf1 " + "ip4:192.0.2.1 " * 4000 + f"ip4:{IP} -all"}],
        "macros.test": [{"TXT": f"v=spf1 exists:{macros}.x.test -all"}]})
    assert spfsuite.ask(IP, "x.test", "joe@long.test").result == "pass"
    reply = spfsuite.ask(IP, "x.test", "j" * 60 + "@macros.test")
    assert reply.result == "permerror" and reply.comment.startswith("too long: exists:%{s}")


@pytest.mark.parametrize("data", [b"", b"\0", b"i192.0.2.1\0", b"i192.0.2.1\0\0\0", b"q\0\0",
                                  b"ix\0ix\0\0", b"s" + b"x" * 70000 + b"\0\0"])
def test_a_question_that_is_none_gets_no_reply(data: bytes) -> None:
    done = spfsuite.run(data)
    assert done.stdout == (b"" if data != b"\0" else done.stdout)
    assert done.returncode == (100 if data != b"\0" else 0)


def test_people_can_ask_it(host: Mailhost, dns: Zones) -> None:
    host.control(spfexp="no")
    run = subprocess.run([BIN / "qmail-spf", IP, "helo.test", "joe@fail.test"], timeout=60,
                         capture_output=True, text=True, check=True)
    assert run.stdout == ("result: fail\ndomain: fail.test\ncomment: by -all\n"
                          "explanation: no\n")
    assert subprocess.run([BIN / "qmail-spf", IP], capture_output=True, timeout=60,
                          check=False).returncode == 100


def test_showctl_tells_the_settings(host: Mailhost) -> None:
    host.control(spfbehavior="3", spfexp="no", spfguess="a -all", spfrules="ip4:192.0.2.1")
    shown = subprocess.run([BIN / "qmail-showctl"], stdout=subprocess.PIPE, text=True,
                           timeout=60, check=True).stdout
    lines = [line.strip() for line in shown.splitlines() if line.strip().startswith("spf")]
    assert lines == [
        "spfbehavior: SPF of senders over SMTP: 3 (0: not looked at).",
        "spfexp: Explanation for mail refused by SPF: no.",
        "spfguess: SPF record of domains without one: a -all.",
        "spfrules: SPF terms before a fail: ip4:192.0.2.1."]


def test_a_child_that_the_server_began_with_disturbs_nothing(host: Mailhost, dns: Zones) -> None:
    host.control(spfbehavior="2")
    data = (f"MAIL FROM:<joe@pass.test>\r\nRCPT TO:<{USER}>\r\n" * 2).encode()
    run = subprocess.run(["sh", "-c", f"true & exec {BIN}/qmail-smtpd"], input=data,
                         capture_output=True, timeout=60, check=False, env=ENV)
    assert [line[:3] for line in run.stdout.splitlines()] == [b"220"] + [b"250"] * 4, run
