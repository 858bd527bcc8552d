# SPDX-License-Identifier: 0BSD
"""qmail-todo preprocesses what arrives; qmail-send delivers meanwhile."""
from __future__ import annotations

import collections
import contextlib
import grp
import os
import pwd
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest

from mailhost import BIN, DOMAIN, PATH, QUEUE, USER, WORK, Mailhost, processes, program_of, \
    wait_for
from queueformat import new_mess, new_todo, place

TEXT = b"Subject: x\n\nhello\n"
NO_INOTIFY = """
#include <errno.h>
int inotify_init1(int flags) { (void)flags; errno = EMFILE; return -1; }
"""
# A file system of the kind MAGIC; each sync of all that is in it leaves a file in FOLDER.
OTHER_KIND = """
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/statfs.h>
#include <unistd.h>
int fstatfs(int fd, struct statfs *fs) { (void)fd; fs->f_type = MAGIC; return 0; }
int syncfs(int fd) { (void)fd; return close(open("FOLDER/x", O_CREAT | O_WRONLY, 0600)); }
"""
EXT4, FUSE = 0xEF53, 0x65735546


def to(name: object) -> str:
    return f"vecjoe-{name}@{DOMAIN}"


def pids(name: str) -> list[int]:
    found = []
    for pid in processes():
        with contextlib.suppress(OSError):  # it ended meanwhile
            if program_of(pid) == name:
                found.append(pid)
    return found


def todo_pid() -> int:
    found = pids("qmail-todo")
    assert len(found) == 1, found
    return found[0]


def cleaner_of(pid: int) -> int:
    """The qmail-clean whose commands come from descriptor 3 of the process."""
    pipe = os.readlink(f"/proc/{pid}/fd/3")
    found: list[int] = []

    def there() -> list[int]:
        found[:] = [other for other in pids("qmail-clean")
                    if os.readlink(f"/proc/{other}/fd/0") == pipe]
        return found
    wait_for(there, what="qmail-todo's qmail-clean")
    return found[0]


def delivered(host: Mailhost) -> "collections.Counter[str]":
    """How often each recipient got mail."""
    found = [re.search(rb"^Delivered-To: (.*)$", text, re.MULTILINE) for text in host.mail()]
    return collections.Counter(hit[1].decode() for hit in found if hit)


def start_again(host: Mailhost) -> None:
    assert host.sender
    host.sender.wait(timeout=60)
    wait_for(lambda: not processes(), 60, "the helpers to end")
    host.start()


def test_qmail_todo_runs_beside_the_others(host: Mailhost) -> None:
    host.start()
    status = Path(f"/proc/{todo_pid()}/status").read_text()
    uid, gid = pwd.getpwnam("qmails").pw_uid, grp.getgrnam("qmail").gr_gid
    assert re.search(rf"^Uid:\t{uid}\t{uid}\t{uid}\t{uid}$", status, re.MULTILINE)
    assert re.search(rf"^Gid:\t{gid}\t{gid}\t{gid}\t{gid}$", status, re.MULTILINE)
    cleaner = Path(f"/proc/{cleaner_of(todo_pid())}/status").read_text()
    assert f"Uid:\t{pwd.getpwnam('qmailq').pw_uid}\t" in cleaner
    wait_for(lambda: len(pids("qmail-clean")) == 2, what="the other qmail-clean")


def test_every_helper_has_its_own_descriptors_only(host: Mailhost) -> None:
    host.start()
    assert host.sender
    def fds(pid: int) -> set[int]:
        return {int(name) for name in os.listdir(f"/proc/{pid}/fd")}
    assert {0, 1, 2, 3, 4, 5} <= fds(todo_pid())
    assert fds(cleaner_of(todo_pid())) == {0, 1, 2, 5}
    assert {*range(9)} <= fds(host.sender.pid)
    lock = (QUEUE / "info").stat()
    for name in ("qmail-lspawn", "qmail-rspawn"):
        open_files = [os.stat(f"/proc/{pids(name)[0]}/fd/{fd}") for fd in fds(pids(name)[0])]
        assert not any(os.path.samestat(lock, entry) for entry in open_files), name


def test_the_log_says_what_it_always_said(host: Mailhost) -> None:
    host.start()
    assert host.submit([USER, to("b")]) == 0
    host.wait_done()
    text = re.sub(r"\d+", "N", host.said())
    assert text.startswith(
        "status: local N/N remote N/N\nnew msg N\ninfo msg N: bytes N from <s@far.test> qp N uid N\n"
        f"starting delivery N: msg N to local {USER}\n"), text
    assert "end msg N\n" in text and "alert" not in text


def test_every_mixture_of_recipients_is_entered(host: Mailhost) -> None:
    host.control(smtproutes=":127.0.0.1:9")
    host.start()
    assert host.submit([]) == 0
    assert host.submit([USER]) == 0
    assert host.submit(["x@remote.test"]) == 0
    assert host.submit([to("both"), "y@remote.test"]) == 0
    host.wait_mail(2)
    wait_for(lambda: host.said().count("deferral") == 2 and host.said().count("end msg") == 2)
    assert delivered(host) == {USER: 1, to("both"): 1}
    wait_for(lambda: [path.split("/")[0] for path in host.queue_files()
                      if not path.startswith(("mess", "info"))] == ["remote", "remote"],
             what="only those to be left that wait")


def test_deliveries_go_on_while_qmail_todo_is_held_up(host: Mailhost) -> None:
    host.home_file(".qmail-later", "|test -e $HOME/now || exit 111\n./Maildir/\n")
    host.start()
    assert host.submit([to("later")]) == 0
    wait_for(lambda: "deferral" in host.said())
    os.kill(todo_pid(), signal.SIGSTOP)
    for number in range(5):
        assert host.submit([to(number)]) == 0
    host.home_file("now", "")
    assert host.sender
    host.sender.send_signal(signal.SIGALRM)
    host.wait_mail()
    assert delivered(host) == {to("later"): 1}
    os.kill(todo_pid(), signal.SIGCONT)
    host.wait_done()
    assert len(host.mail()) == 6


def lay_backlog(count: int) -> None:
    for _ in range(count):
        new_todo(new_mess(TEXT), "s@far.test", "x@remote.test")


def test_a_new_message_does_not_wait_for_a_backlog(host: Mailhost) -> None:
    """It comes last, while qmail-todo is stopped, and is among the first to be read."""
    host.control(smtproutes=":127.0.0.1:9", concurrencyremote="1")
    lay_backlog(1500)
    (QUEUE / "todo").rename(QUEUE / "kept")
    (QUEUE / "todo").mkdir(0o750)
    os.chown(QUEUE / "todo", pwd.getpwnam("qmailq").pw_uid, grp.getgrnam("qmail").gr_gid)
    host.start()
    os.kill(todo_pid(), signal.SIGSTOP)
    for path in (QUEUE / "kept").iterdir():
        path.rename(QUEUE / "todo" / path.name)
    (QUEUE / "kept").rmdir()
    assert host.submit() == 0
    os.kill(todo_pid(), signal.SIGCONT)
    host.wait_mail()
    wait_for(lambda: host.said().count("info msg") == 1501, 60, "the backlog's end")
    text = host.said()
    at = re.search(r"starting delivery \d+: msg \d+ to local", text)
    assert at and text.count("info msg", 0, at.start()) < 750, text.count("info msg")
    wait_for(lambda: not [path for path in host.queue_files() if path.startswith(
        ("todo", "intd"))], what="the envelopes to go")


def test_mail_that_comes_while_it_starts_is_delivered_once(host: Mailhost) -> None:
    for number in range(60):
        assert host.submit([to(number)]) == 0
    host.start()
    for number in range(60, 120):
        assert host.submit([to(number)]) == 0
    host.wait_done()
    assert delivered(host) == {to(number): 1 for number in range(120)}


def start_with(host: Mailhost, name: str, text: str) -> None:
    """With functions of the C library replaced."""
    source = WORK / f"{name}.c"
    source.write_text(text)
    library = WORK / f"{name}.so"
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", library, source], check=True)
    library.chmod(0o755)
    host.start(LD_PRELOAD=str(library))
    assert library.name in Path(f"/proc/{todo_pid()}/maps").read_text()


def test_without_inotify_the_trigger_does(host: Mailhost) -> None:
    start_with(host, "no-inotify", NO_INOTIFY)
    for number in range(20):
        assert host.submit([to(number)]) == 0
        host.wait_mail(number + 1)
    host.wait_done()
    assert len(host.mail()) == 20


@pytest.mark.parametrize("kind, all_at_once", [(EXT4, True), (FUSE, False)])
def test_where_syncfs_does_not_reach_the_disk_each_file_is_synced(
        kind: int, all_at_once: bool, host: Mailhost) -> None:
    folder = WORK / "syncs"
    folder.mkdir()
    folder.chmod(0o777)
    for number in range(5):
        assert host.submit([to(number)]) == 0
    start_with(host, "kind", OTHER_KIND.replace("MAGIC", hex(kind)).replace(
        "FOLDER", str(folder)))
    host.wait_mail(5)
    assert bool(list(folder.iterdir())) == all_at_once


def test_a_message_in_trouble_is_tried_again_when_the_trigger_is_pulled(host: Mailhost) -> None:
    host.start()
    number = new_mess(TEXT)
    place("mess", number).rename(QUEUE / "pid/away")
    new_todo(number, "s@far.test", USER)
    wait_for(lambda: "warning: unable to stat mess/" in host.said())
    (QUEUE / "pid/away").rename(place("mess", number))
    (QUEUE / "lock/trigger").open("wb", buffering=0).write(b"\0")
    host.wait_mail()
    host.wait_done()


def test_sighup_reaches_qmail_todo(host: Mailhost) -> None:
    host.control(smtproutes=":127.0.0.1:9")
    host.start()
    assert host.submit(["one@virtual.test"]) == 0
    wait_for(lambda: "to remote one@virtual.test" in host.said())
    host.control(virtualdomains="virtual.test:vecjoe")
    assert host.sender
    host.sender.send_signal(signal.SIGHUP)

    def taken() -> bool:
        assert host.submit(["two@virtual.test"]) == 0
        return "to local vecjoe-two@virtual.test" in host.said()
    wait_for(taken, what="the new rule")
    host.wait_mail()


def test_a_stop_is_heard_behind_any_number_of_commands(host: Mailhost) -> None:
    """The pipe to qmail-todo is full when qmail-send is told to stop."""
    host.start()
    assert host.sender
    todo = todo_pid()
    os.kill(todo, signal.SIGSTOP)
    pipe = os.open(f"/proc/{host.sender.pid}/fd/7", os.O_WRONLY | os.O_NONBLOCK)
    with contextlib.suppress(BlockingIOError):
        while os.write(pipe, b"?" * 4096):
            pass
    with contextlib.suppress(BlockingIOError):
        while os.write(pipe, b"?"):
            pass
    os.close(pipe)
    host.sender.send_signal(signal.SIGTERM)
    wait_for(lambda: host.sender and not os.path.exists(f"/proc/{host.sender.pid}/fd/7"),
             what="qmail-send to pass the word on")
    os.kill(todo, signal.SIGCONT)
    assert host.sender.wait(timeout=60) == 0


def test_a_stop_leaves_the_rest_for_the_next_start(host: Mailhost) -> None:
    for number in range(400):
        assert host.submit([to(number)]) == 0
    host.start()
    wait_for(lambda: "info msg" in host.said())
    assert host.stop() == 0
    assert host.said().endswith("status: exiting\n")
    wait_for(lambda: not processes(), what="the helpers to end")
    before = sum(delivered(host).values())
    host.start()
    host.wait_done(120)
    assert delivered(host) == {to(number): 1 for number in range(400)}, before


@pytest.mark.parametrize("victim", ["qmail-todo", "its qmail-clean"])
def test_a_lost_helper_ends_the_server_and_loses_nothing(victim: str, host: Mailhost) -> None:
    host.start()
    for turn in range(3):
        for number in range(40):
            assert host.submit([to(turn * 40 + number)]) == 0
            if number == 20:
                pid = todo_pid()
                os.kill(pid if victim == "qmail-todo" else cleaner_of(pid), signal.SIGKILL)
        start_again(host)
    host.wait_done()
    assert delivered(host) == {to(number): 1 for number in range(120)}
    assert "alert: oh no! lost qmail-todo connection! dying...\n" in host.said()


def test_it_is_killed_again_and_again(host: Mailhost) -> None:
    for turn in range(12):
        for number in range(25):
            assert host.submit([to(turn * 25 + number)]) == 0
        host.start()
        time.sleep(0.004 * turn)
        for pid in pids("qmail-todo") if turn % 2 else processes():
            with contextlib.suppress(ProcessLookupError):  # a delivery that ended
                os.kill(pid, signal.SIGKILL)
        assert host.sender
        host.sender.wait(timeout=60)
        wait_for(lambda: not processes(), what="the processes to end")
    host.start()
    # a qmail-send that is killed between the two leaves mess without info, as ever
    wait_for(lambda: not [path for path in host.queue_files() if "mess/" not in path], 120,
             what=f"an empty queue; log:\n{host.said()[-500:]}")
    assert set(delivered(host)) == {to(number) for number in range(300)}


WAITING = "alert: an earlier qmail-todo is still at work, waiting\n"


def test_a_new_server_waits_for_the_old_qmail_todo(host: Mailhost) -> None:
    """qmail-send alone is killed while qmail-todo is in the middle of something."""
    host.start()
    old = todo_pid()
    cleaner = cleaner_of(old)
    os.kill(cleaner, signal.SIGSTOP)
    assert host.submit() == 0
    wait_for(lambda: any(path.startswith("info/") for path in host.queue_files()))
    assert host.sender
    host.sender.kill()
    host.sender.wait(timeout=30)
    os.kill(old, signal.SIGKILL)  # its request is still with qmail-clean
    before = host.said()
    with open(host.log, "ab") as log:
        host.sender = subprocess.Popen(
            [BIN / "qmail-start", "./Mailbox"], stdin=subprocess.DEVNULL, stdout=log,
            stderr=log, env={"PATH": PATH}, cwd="/", start_new_session=True)
    wait_for(lambda: host.said() != before, 60, "a word about the wait")
    time.sleep(0.5)
    assert host.said() == before + WAITING, "the queue was read with an old qmail-clean at work"
    os.kill(cleaner, signal.SIGCONT)
    host.wait_mail()
    host.wait_done()
    assert len(host.mail()) == 1


def test_only_qmails_can_hold_it_up(host: Mailhost) -> None:
    """Others of group qmail, like qmail-remote, can open folders of the queue, too."""
    tries = "\n".join(("import fcntl, os, sys", f"os.chdir({str(QUEUE)!r})",
                       "for name in '.', *sorted(os.listdir('.')):",
                       "    try: fcntl.flock(os.open(name, os.O_RDONLY), fcntl.LOCK_EX)",
                       "    except OSError: continue", "    print(name, end=' ')",
                       "print(flush=True)", "sys.stdin.read()"))
    account = pwd.getpwnam("qmailr")
    with subprocess.Popen(["python3", "-c", tries], stdin=subprocess.PIPE, text=True,
                          stdout=subprocess.PIPE, user=account.pw_uid, group=account.pw_gid,
                          extra_groups=[]) as holder:
        assert holder.stdin and holder.stdout
        assert "todo" in holder.stdout.readline().split()
        host.start()
        assert host.submit() == 0
        host.wait_mail()
        assert "waiting" not in host.said()
        holder.stdin.close()


@pytest.mark.parametrize("folder", ["todo", "info"])
def test_a_folder_may_be_a_link(folder: str, host: Mailhost) -> None:
    place, real = QUEUE / folder, QUEUE / f"{folder}.real"
    place.rename(real)
    place.symlink_to(real.name)
    try:
        host.start()
        assert host.submit() == 0
        host.wait_mail()
        host.wait_done()
        host.stop()
        wait_for(lambda: not processes(), what="the helpers to end")
    finally:
        host.kill_all()
        place.unlink()
        real.rename(place)


def test_a_link_to_what_is_not_qmails_own_is_refused(host: Mailhost) -> None:
    secret = WORK / "secret"
    secret.mkdir(0o700)
    (QUEUE / "info").rename(QUEUE / "info.real")
    (QUEUE / "info").symlink_to(secret)
    try:
        with open(host.log, "ab") as log:
            run = subprocess.run([BIN / "qmail-start", "./Mailbox"], stdin=subprocess.DEVNULL,
                                 stdout=log, env={"PATH": PATH}, cwd="/", timeout=30, check=False)
        assert run.returncode == 111
        assert host.said() == (
            "alert: qmail-todo cannot start: unable to lock info, which has to be a directory of "
            "qmails\nalert: cannot start: hath the daemon spawn no fire?\n")
    finally:
        (QUEUE / "info").unlink()
        (QUEUE / "info.real").rename(QUEUE / "info")


def test_without_the_program_mail_waits(host: Mailhost) -> None:
    program = BIN / "qmail-todo"
    away = program.rename(BIN / "away")
    try:
        with open(host.log, "ab") as log:
            run = subprocess.run([BIN / "qmail-start", "./Mailbox"], stdin=subprocess.DEVNULL,
                                 stdout=log, env={"PATH": PATH}, cwd="/", timeout=30, check=False)
        assert run.returncode == 111
        assert "alert: cannot start: hath the daemon spawn no fire?\n" in host.said()
        assert host.submit() == 0
    finally:
        away.rename(program)
    wait_for(lambda: not processes(), what="the helpers to end")
    host.start()
    host.wait_mail()


def test_controls_that_cannot_be_read_are_named(host: Mailhost) -> None:
    """By qmail-todo, even if qmail-send has read them."""
    host.control(me=None)
    commands, ours = os.pipe()
    theirs, records = os.pipe()
    uid, gid = pwd.getpwnam("qmails").pw_uid, grp.getgrnam("qmail").gr_gid
    child = subprocess.Popen([BIN / "qmail-todo"], stdin=commands, stdout=records, user=uid,
                             group=gid, extra_groups=[])
    os.close(records)
    assert child.wait(timeout=30) == 111
    assert os.read(theirs, 1000) == b"Lalert: qmail-todo cannot start: unable to read controls\0"
    for fd in (commands, ours, theirs):
        os.close(fd)
