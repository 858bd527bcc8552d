# SPDX-License-Identifier: 0BSD
"""Each fault is found, told with its remedy and its level; a sound installation is not
blamed."""
from __future__ import annotations

import os
import pathlib
import subprocess
import time

import pytest

import queueformat
from doctor import FINE, TROUBLE, USAGE, WRONG, Report, ask, run
from mailhost import BIN, PREFIX, QUEUE, Mailhost

DAY = 86400


def test_a_sound_installation_has_nothing(host: Mailhost) -> None:
    report = ask()
    assert report.worst() == [] and report.some("unseen") == []
    assert report.code == FINE


def test_so_has_a_running_one_with_mail(running: Mailhost) -> None:
    running.control(concurrencylocal="0")
    running.stop()
    running.start()
    assert running.submit() == 0
    report = ask()
    assert report.worst() == []
    assert report.some("note", "queue", "messages: 1; ")


def test_the_text_has_the_worst_first(host: Mailhost) -> None:
    host.control(rcpthosts=None, misspelt="x")
    (PREFIX / "alias/.qmail-root").unlink()
    lines = run("--no-dns").stdout.decode().splitlines()
    levels = [line.split(":")[0] for line in lines[:-1] if not line.startswith(" ")]
    order = ["wrong", "warning", "note", "unseen"]
    assert levels == sorted(levels, key=order.index) and levels[0] == "wrong"
    assert "wrong: control/rcpthosts: is missing" in lines[0]
    assert lines[1].startswith("    ")
    assert lines[-1].startswith("/var/qmail: 1 wrong, 1 warning, ")


@pytest.mark.parametrize("files, level, place, what", [
    ({"rcpthosts": None}, "wrong", "control/rcpthosts", "open relay"),
    ({"percenthack": "local.test"}, "wrong", "control/percenthack", "everywhere"),
    ({"me": ""}, "wrong", "control/me", "missing or empty"),
    ({"me": None}, "wrong", "control/me", "missing or empty"),
    ({"locals": "local.test\nother.test\n"}, "warning", "control/locals", "other.test"),
    ({"virtualdomains": "v.test:vecjoe"}, "warning", "control/virtualdomains", "v.test"),
    ({"virtualdomains": "a@v.test:vecjoe"}, "warning", "control/virtualdomains", "v.test"),
    ({"virtualdomains": "local.test:vecjoe", "locals": "local.test"}, "warning",
     "control/virtualdomains", "too, which counts"),
    ({"rcpthosts": "local.test\nfar.test\n"}, "note", "control/rcpthosts", "far.test"),
    ({"morercpthosts": "m.test"}, "warning", "control/morercpthosts", "not compiled"),
    ({"badmailfrom": "*@spam.test"}, "warning", "control/badmailfrom", "*@spam.test"),
    ({"badmailfrom": "!good"}, "warning", "control/badmailfrom", "!good"),
    ({"smtproutes": ":relay.test|joe|secret"}, "wrong", "control/smtproutes", "passwords"),
    ({"tlsserverciphers": "HIGH:RC4:!aNULL"}, "warning", "control/tlsserverciphers", "RC4"),
])
def test_a_setting_that_harms_is_told(files: dict[str, "str | None"], level: str, place: str,
                                      what: str, host: Mailhost) -> None:
    host.control(**files)
    hits = ask().some(level, place, what)
    assert len(hits) == 1 and hits[0].remedy, ask().findings


@pytest.mark.parametrize("files", [
    {"locals": "local.test\nlocalhost\nlocalhost.localdomain\n"},
    {"locals": "a.local.test", "rcpthosts": ".local.test"},
    {"virtualdomains": "LOCAL.test:v", "locals": "", "rcpthosts": "local.TEST"},
    {"virtualdomains": ".v.test:vecjoe", "rcpthosts": "local.test\n.v.test\n"},
    {"badmailfrom": "joe@spam.test\n@bad.test\n# a comment!\n"},
    {"smtproutes": "far.test:relay.test:26"},
    {"tlsserverciphers": "HIGH:!RC4:!aNULL:-DES"},
])
def test_a_sound_setting_is_not_blamed(files: dict[str, str], host: Mailhost) -> None:
    host.control(**files)
    assert ask().worst() == []


def test_a_domain_with_a_route_may_be_accepted(host: Mailhost) -> None:
    host.control(rcpthosts="local.test\nfar.test\n", smtproutes="far.test:10.0.0.1")
    assert not ask().some("note", "control/rcpthosts")


def test_an_old_compilation_is_told(host: Mailhost) -> None:
    host.control(morercpthosts="m.test")
    subprocess.run([BIN / "qmail-newmrh"], check=True)
    assert ask().worst() == []
    later = time.time() + 10
    os.utime(PREFIX / "control/morercpthosts", (later, later))
    assert ask().some("warning", "control/morercpthosts", "younger")


def test_users_assign(host: Mailhost) -> None:
    assign = PREFIX / "users/assign"
    assign.write_text("=joe:vecjoe:1:1:/home/vecjoe:::\n")
    report = ask()
    assert report.some("wrong", "users/assign", "no end")
    assert report.some("warning", "users/assign", "not compiled")
    with open(assign, "a") as more:
        more.write(".\n")
    subprocess.run([BIN / "qmail-newu"], check=True)
    assert ask().worst() == []
    later = time.time() + 10
    os.utime(assign, (later, later))
    assert ask().some("warning", "users/assign", "younger")


def test_a_missing_alias_is_told_unless_there_is_a_default(host: Mailhost) -> None:
    (PREFIX / "alias/.qmail-postmaster").unlink()
    assert ask().some("warning", "alias", ".qmail-postmaster")
    (PREFIX / "alias/.qmail-default").write_text("&vecjoe\n")
    assert ask().worst() == []


@pytest.mark.parametrize("name, user, mode", [
    ("bin/qmail-queue", "root", 0o4711), ("bin/qmail-queue", "qmailq", 0o755),
    ("bin/qmail-lspawn", "root", 0o777), ("queue/info/3", "qmailq", 0o700),
    ("queue/lock/trigger", "qmails", 0o600), ("queue/todo", "qmailq", 0o777),
    ("alias", "root", 0o2755)])
def test_a_wrong_owner_or_mode_is_told(name: str, user: str, mode: int, host: Mailhost) -> None:
    path = PREFIX / name
    before = path.stat()
    subprocess.run(["chown", user, str(path)], check=True)
    path.chmod(mode)
    try:
        report = ask()
    finally:
        os.chown(path, before.st_uid, before.st_gid)
        path.chmod(before.st_mode & 0o7777)
    assert report.code == WRONG and report.some("wrong", name)
    assert ask().worst() == []


def test_a_missing_program_is_told(host: Mailhost) -> None:
    (BIN / "qmail-clean").rename(BIN / "away")
    try:
        assert ask().some("wrong", "bin/qmail-clean", "missing")
    finally:
        (BIN / "away").rename(BIN / "qmail-clean")


@pytest.mark.parametrize("text, found", [
    (':allow,RELAYCLIENT=""', True), ("127.:allow,RELAYCLIENT=\"\"\n:allow", False),
    ("10.:allow,RELAYCLIENT=\"\"\n:deny", False), ("# :allow,RELAYCLIENT=''", False)])
def test_rules_that_let_everybody_relay(text: str, found: bool, host: Mailhost) -> None:
    (PREFIX / "control/tcp.smtp").write_text(text + "\n")
    hits = ask().some("wrong", what="open relay")
    assert bool(hits) == found
    assert not found or hits[0].place == "control/tcp.smtp:1"


# The queue

def test_another_split_is_told(legacy: pathlib.Path) -> None:
    for part in ("mess", "info", "local", "remote"):
        for number in range(23, 47):
            (legacy / "queue" / part / str(number)).mkdir()
    assert ask(legacy).some("wrong", "queue/mess", "split in 47")


def test_a_copied_queue_is_told(host: Mailhost) -> None:
    numbers = [queueformat.new_mess(b"Subject: x\n\n") for _ in range(3)]
    for number in numbers:
        queueformat.put("info", number, b"Fs@far.test\0")
        queueformat.put("local", number, b"Tvecjoe@local.test\0")
    assert not ask().some("wrong")
    for number in numbers:
        path = queueformat.place("mess", number)
        text = path.read_bytes()
        (QUEUE / "mess/copy").write_bytes(text)
        (QUEUE / "mess/copy").rename(path)
        queueformat.finish(path, "mess", None)
    (one,) = ask().some("wrong", what="inode")
    assert "in all: 3" in one.what and one.remedy and "qmail-queue-fix" in one.remedy


def test_a_wrong_owner_in_the_queue_is_told(host: Mailhost) -> None:
    number = queueformat.new_mess(b"Subject: x\n\n")
    queueformat.put("info", number, b"Fs@far.test\0")
    os.chown(queueformat.place("mess", number), 0, 0)
    assert ask().some("wrong", what="does not belong to qmailq")


def test_files_without_their_message_are_told(host: Mailhost) -> None:
    queueformat.put("info", 4711, b"Fs@far.test\0")
    queueformat.put("remote", 4712, b"Ts@far.test\0")
    (QUEUE / "mess/5/core").write_text("")
    (QUEUE / "mess/5/24").write_text("")
    report = ask()
    assert report.some("wrong", f"queue/info/{4711 % 23}/4711")
    assert report.some("warning", f"queue/remote/{4712 % 23}/4712")
    assert report.some("warning", "queue/mess/5/core")
    assert report.some("wrong", "queue/mess/5/24", "another subdirectory")


def test_mail_that_does_not_get_on_is_told(host: Mailhost) -> None:
    now = time.time()
    old = queueformat.new_mess(b"Subject: x\n\n")
    queueformat.put("info", old, b"Fs@far.test\0", now - 9 * DAY)
    broken = queueformat.new_mess(b"", now - 2 * DAY)
    fresh = queueformat.new_mess(b"")
    queueformat.new_todo(queueformat.new_mess(b"x"), "s@far.test", "vecjoe@local.test")
    waiting = queueformat.new_mess(b"x")
    queueformat.new_todo(waiting, "s@far.test", "vecjoe@local.test")
    os.utime(QUEUE / f"todo/{waiting}", (now - 7200, now - 7200))
    report = ask()
    places = {one.place for one in report.some("warning")}
    assert f"queue/info/{old % 23}/{old}" in places
    assert f"queue/mess/{broken % 23}/{broken}" in places
    assert f"queue/mess/{fresh % 23}/{fresh}" not in places
    assert f"queue/todo/{waiting}" in places
    assert report.some("note", "queue", "messages: 5; not preprocessed: 2; ")
    host.control(queuelifetime=str(30 * DAY))
    assert f"queue/info/{old % 23}/{old}" not in {one.place for one in ask().findings}


def test_mail_in_a_queue_that_nobody_runs_is_told(host: Mailhost) -> None:
    assert not ask().some("warning", "queue")
    assert host.submit() == 0
    assert ask().some("warning", "queue", "qmail-send does not run")
    host.start()
    assert not ask().some("warning", "queue")


# Another qmail

def test_another_qmail_is_judged_as_such(legacy: pathlib.Path) -> None:
    report = ask(legacy)
    assert report.some("note", None, "another qmail's")
    assert report.worst() == []


def test_a_filter_in_the_place_of_qmail_queue_is_told(legacy: pathlib.Path) -> None:
    (legacy / "bin/qmail-queue").unlink()
    (legacy / "bin/qmail-queue").symlink_to("qmail-dk")
    assert ask(legacy).some("warning", "bin/qmail-queue", "symbolic link")


def test_a_hashed_todo_is_told(legacy: pathlib.Path) -> None:
    for part in ("todo", "intd"):
        for number in range(23):
            (legacy / f"queue/{part}/{number}").mkdir()
    reads = pathlib.Path("/mnt/out/src/queue/layout-todo.h").exists()
    report = ask(legacy)
    assert report.some("note" if reads else "wrong", "queue/todo", "hashed")


# Calling it

def test_wrong_calls() -> None:
    assert run("--repair").returncode == USAGE
    assert run("/nonexistent").returncode == TROUBLE


def test_who_is_not_root_is_told_what_was_not_seen(host: Mailhost) -> None:
    done = host.as_user(["/bin/sh", "-c", f"{BIN}/qmail-doctor -n; echo $?"],
                        capture_output=True, timeout=60)
    text = done.stdout.decode()
    assert "\nunseen: it was not run by root" in text
    assert "\nunseen: queue/mess: cannot be " in text
    assert text.splitlines()[-1] == "0", text


def test_output_that_cannot_be_written_is_trouble(host: Mailhost) -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run([BIN / "qmail-doctor", "-n"], stdout=full, stderr=subprocess.PIPE,
                              check=False, timeout=60)
    assert done.returncode == TROUBLE and b"unable to write" in done.stderr


def test_a_report_can_be_read_by_programs(host: Mailhost) -> None:
    host.control(**{'odd"name\\': "x"})
    report: Report = ask()
    assert report.some("note", 'control/odd"name\\')
