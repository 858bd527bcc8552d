# SPDX-License-Identifier: 0BSD
"""What can be wrong with a queue, one thing at a time."""
from __future__ import annotations

import fcntl
import os
import pathlib
import pty
import re
import shutil
import subprocess
import threading

import pytest

import fixqueue
import queueformat
from fixqueue import (FIX, IN_ORDER, LEGACY, QUARANTINED, TO_DO, TROUBLE, USAGE, Layout, away,
                      counts, fix, fresh, snapshot)
from mailhost import DOMAIN, QUEUE, USER, Mailhost, message
from queueformat import new_mess, new_todo, place, put, records

TEXT = b"Subject: tok1x\n\ntok1x\n"
SENDER = "tok1x@far.test"


def queued(state: str = "todo") -> int:
    """One message, in order."""
    number = new_mess(TEXT)
    if state == "todo":
        new_todo(number, SENDER, f"vecjoe-tok1x@{DOMAIN}")
    else:
        put("info", number, b"F%s\0" % SENDER.encode())
        put("local", number, records("DT", f"tok1x@{DOMAIN}", f"vecjoe-tok1x@{DOMAIN}"))
    return number


def repaired(*options: str, code: int = IN_ORDER, layout: Layout = LEGACY
             ) -> list[fixqueue.Group]:
    """Looks first, and changes nothing by that; repairs; then there is nothing to do."""
    before = snapshot()
    look = fix(*options)
    assert (look.returncode, look.stderr) == (TO_DO, ""), look
    assert snapshot() == before
    done = fix("--repair", *options)
    assert (done.returncode, done.stderr) == (code, ""), done
    now = counts(done.stdout)
    assert now["messages found"] == now["messages kept"] + now["messages put in quarantine"]
    groups = fixqueue.read(layout)
    before = snapshot()
    again = fix("--repair", *options)
    assert again.returncode == IN_ORDER and "the queue is in order" in again.stdout, again
    assert snapshot() == before
    return groups


def recopied() -> None:
    """As after a copy by root: new inodes, names as before, root's files."""
    copy = QUEUE.with_name("queue.copy")
    shutil.copytree(QUEUE, copy, copy_function=lambda a, b: None
                    if os.path.basename(a) == "trigger" else shutil.copy(a, b),
                    ignore=lambda where, names: {"trigger"} & set(names))
    for entry in QUEUE.iterdir():
        shutil.rmtree(entry)
    for entry in copy.iterdir():
        shutil.move(entry, QUEUE)
    copy.rmdir()


def test_a_queue_in_order_is_left_alone(host: Mailhost) -> None:
    queued("todo")
    queued("info")
    before = snapshot()
    for options in ([], ["--test"], ["--repair"], ["-N"], ["-r", "-v"]):
        result = fix(*options)
        assert result.returncode == IN_ORDER, result
        assert "messages found: 2" in result.stdout and "in order" in result.stdout
    assert snapshot() == before


@pytest.mark.parametrize("options", [["--split", "0"], ["-s", "x"], ["-s", "23x"], ["-z"],
                                     ["--split"], ["a", "b"], ["--repai=x"]])
def test_wrong_usage_is_told(options: list[str], host: Mailhost) -> None:
    before = snapshot()
    assert fix(*options).returncode == USAGE
    assert snapshot() == before


def test_a_queue_that_is_not_there_is_told(host: Mailhost) -> None:
    result = fix("--repair", "/nonexistent")
    assert result.returncode == TROUBLE and "/nonexistent" in result.stderr


def test_a_reader_that_leaves_does_not_leave_the_queue_closed(host: Mailhost) -> None:
    numbers = [queued() for _ in range(40)]
    for number in numbers:
        place("todo", number).unlink()
        put("info", number, b"")  # for the quarantine: a line each
    reader, writer = os.pipe()
    os.close(reader)
    result = subprocess.run([FIX, "--repair", "--verbose"], stdin=subprocess.DEVNULL,
                            stdout=writer, stderr=subprocess.PIPE, check=False)
    os.close(writer)
    assert result.returncode == TROUBLE and b"unable to write" in result.stderr
    assert fixqueue.read() == [] and len(away()) == 120


def test_without_descriptors_nothing_is_written_into_the_queue(host: Mailhost) -> None:
    put("info", 999999, b"x")
    result = subprocess.run(["sh", "-c", f"exec {FIX} --repair <&- >&- 2>&-"], check=False)
    assert result.returncode == IN_ORDER
    assert fixqueue.read() == []


def test_a_directory_that_is_no_queue_is_refused(host: Mailhost, tmp_path: pathlib.Path
                                                 ) -> None:
    for name in ("bin", "mess", "lock"):
        (tmp_path / name).mkdir()
    before = tmp_path.stat()
    result = fix("--repair", str(tmp_path))
    assert result.returncode == TROUBLE and "no queue" in result.stderr
    after = tmp_path.stat()
    assert (after.st_uid, after.st_mode) == (before.st_uid, before.st_mode)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bin", "lock", "mess"]


def test_another_directory_can_be_named(host: Mailhost, tmp_path: pathlib.Path) -> None:
    queued()
    elsewhere = QUEUE.with_name("elsewhere")
    shutil.copytree(QUEUE, elsewhere, ignore=lambda where, names: {"trigger"} & set(names))
    before = snapshot()
    assert fix("--repair", str(elsewhere)).returncode == IN_ORDER
    assert snapshot() == before
    shutil.rmtree(QUEUE)
    elsewhere.rename(QUEUE)
    (group,) = fixqueue.read()
    assert set(group.parts) == {"mess", "intd", "todo"}


@pytest.mark.parametrize("state, parts", [("todo", {"mess", "intd", "todo"}),
                                          ("info", {"mess", "info", "local"})])
def test_a_copied_queue_gets_its_numbers_and_owners(state: str, parts: set[str],
                                                    host: Mailhost) -> None:
    old = queued(state)
    recopied()
    (group,) = repaired()
    assert group.number != old and set(group.parts) == parts
    host.start()
    host.wait_mail()
    host.wait_done()


def test_what_is_missing_is_made(host: Mailhost) -> None:
    queued()
    for name in ("bounce", "pid", "lock"):
        shutil.rmtree(QUEUE / name)
    for name in ("mess/0", "info/22", "remote/7"):
        if not any((QUEUE / name).iterdir()):
            (QUEUE / name).rmdir()
    repaired()
    assert fixqueue.by_token(fixqueue.read()).keys() == {"tok1x"}


def test_an_empty_directory_becomes_a_queue(host: Mailhost) -> None:
    for entry in QUEUE.iterdir():
        shutil.rmtree(entry)
    assert repaired() == []
    assert host.submit() == 0


@pytest.mark.parametrize("layout", [Layout(1), Layout(7), Layout(101), Layout(23, True),
                                    Layout(5, True)])
def test_split_and_todo_are_converted_both_ways(layout: Layout, host: Mailhost) -> None:
    numbers = {queued("todo"), queued("info")}
    groups = repaired(*layout.options(), layout=layout)
    assert {group.number for group in groups} == numbers
    assert not [name for name in ("quarantine",) if (QUEUE / name).exists()]
    groups = repaired("--no-bigtodo")
    assert {group.number for group in groups} == numbers
    host.start()
    host.wait_mail(2)
    host.wait_done()


def test_todo_files_with_the_name_of_a_folder_are_moved_out_of_the_way(host: Mailhost) -> None:
    """Numbers below 23: a name in a flat todo is that of a folder in a hashed one."""
    groups = {}
    for name in ("1", "7", "22"):
        path, number = fixqueue.new_inode(f"tok{name}x")
        path.rename(place("mess", int(name)))
        put("intd", int(name), queueformat.envelope(f"tok{name}x@far.test", USER))
        os.link(place("intd", int(name)), place("todo", int(name)))
        groups[f"tok{name}x"] = number
    there = Layout(23, True)
    for layout in (there, LEGACY, there, LEGACY):
        found = {next(iter(fixqueue.tokens(group.parts["mess"]))): group.number
                 for group in repaired(*layout.options(), layout=layout)}
        assert found == groups


def test_the_layout_of_todo_stays_unless_asked(host: Mailhost) -> None:
    fresh(Layout(23, True))
    number = new_mess(TEXT)
    (QUEUE / "todo" / str(number)).write_bytes(queueformat.envelope(SENDER, USER))
    (group,) = repaired(layout=Layout(23, True))
    assert group.number == number


def test_files_in_the_wrong_folder_are_moved(host: Mailhost) -> None:
    number = queued("info")
    for part in ("info", "local", "mess"):
        place(part, number).rename(QUEUE / part / str((number + 1) % 23) / str(number))
    (group,) = repaired()
    assert group.number == number and set(group.parts) == {"mess", "info", "local"}


@pytest.mark.parametrize("spoil", ["cut", "empty", "no-sender"])
def test_a_damaged_envelope_keeps_the_message_in_quarantine(spoil: str, host: Mailhost) -> None:
    number = queued()
    text = place("todo", number).read_bytes()
    place("todo", number).write_bytes(
        {"cut": text[:-3], "empty": b"", "no-sender": b"u1\0p2\0Tx@y\0"}[spoil])
    spoilt = place("todo", number).read_bytes()
    assert repaired(code=QUARANTINED) == []
    assert [part for part, _ in away()] == ["intd", "mess", "todo"]
    assert spoilt in [content for _, content in away()]


@pytest.mark.parametrize("part, content", [("info", b""), ("info", b"Fx@y"), ("local", b""),
                                           ("local", b"Tx@y\0Tz"), ("local", b"Xx@y\0")])
def test_damaged_records_keep_the_message_in_quarantine(part: str, content: bytes,
                                                        host: Mailhost) -> None:
    number = queued("info")
    place(part, number).write_bytes(content)
    assert repaired(code=QUARANTINED) == []
    assert [name for name, _ in away()] == ["info", "local", "mess"]


def test_a_message_that_lost_its_info_is_kept_from_the_sweep(host: Mailhost) -> None:
    number = queued("info")
    place("info", number).unlink()
    assert repaired(code=QUARANTINED) == []
    assert [name for name, _ in away()] == ["local", "mess"]


@pytest.mark.parametrize("part", ["info", "local", "remote", "bounce", "todo", "intd"])
def test_files_without_a_message_are_put_away(part: str, host: Mailhost) -> None:
    queued()
    put(part, 999999, b"tok9x")
    assert len(repaired()) == 1
    assert away() == [(part, b"tok9x")]


def test_what_preprocessing_left_stays_but_no_bounce(host: Mailhost) -> None:
    number = queued()
    put("info", number, b"Ftok1x@far")
    put("local", number, b"Ttok1x@lo")
    put("bounce", number, b"<tok1x@y>:\nno\n\n")
    (group,) = repaired()
    assert set(group.parts) == {"mess", "intd", "todo", "info", "local"}
    assert [name for name, _ in away()] == ["bounce"]


def test_what_was_never_accepted_stays(host: Mailhost) -> None:
    number = new_mess(TEXT)
    put("intd", number, b"u1000\0p77\0Fs@tok1x")
    before = snapshot()
    result = fix("--repair")
    assert result.returncode == IN_ORDER, result
    assert "arrivals not accepted yet: 1" in result.stdout
    assert snapshot() == before


def test_two_files_for_one_place(host: Mailhost) -> None:
    number = queued("info")
    other = QUEUE / "info" / str((number + 1) % 23) / str(number)
    other.write_bytes(b"Fsecond@tok9x\0")
    copied = QUEUE / "mess" / str((number + 1) % 23) / str(number)
    copied.write_bytes(b"second tok9x\n")
    (group,) = repaired()
    assert group.parts["info"] == b"F%s\0" % SENDER.encode()
    assert away() == [("info", b"Fsecond@tok9x\0"), ("mess", b"second tok9x\n")]


def test_two_names_of_one_file_become_one(host: Mailhost) -> None:
    number = queued()
    for part in ("mess", "todo"):
        os.link(place(part, number), QUEUE / part / "99999999")
    (group,) = repaired()
    assert group.number == number and away() == []
    assert place("mess", number).stat().st_nlink == 1


def test_odd_names_are_put_away_and_odd_folders_left(host: Mailhost) -> None:
    queued()
    (QUEUE / "info/3/core").write_bytes(b"a")
    (QUEUE / "mess/3/0100").write_bytes(b"b")
    (QUEUE / "todo/x\x1b[2Jy").symlink_to("/etc/passwd")
    (QUEUE / "local/5/folder").mkdir()
    look = fix("--test", "--verbose")
    assert "\x1b" not in look.stdout
    done = fix("--repair")
    assert done.returncode == IN_ORDER, done
    assert "left alone: 1" in done.stdout
    assert sorted(path.name for path in fixqueue.QUARANTINE.iterdir()) == [
        "info.core", "mess.0100", "todo.x\x1b[2Jy"]
    (QUEUE / "local/5/folder").rmdir()
    fixqueue.read()


def test_a_message_comes_back_from_quarantine_as_the_manual_says(host: Mailhost) -> None:
    number = queued("info")
    place("info", number).write_bytes(b"")
    assert fix("--repair").returncode == QUARANTINED
    sub = number % 23
    script = f"""cd {QUEUE} && printf 'Fvecjoe@{DOMAIN}\\0' >info/{sub}/{number} &&
        mv quarantine/mess.{number} mess/{sub}/{number} &&
        mv quarantine/local.{number} local/{sub}/{number}"""
    subprocess.run(["sh", "-c", script], check=True)
    assert fix("--repair").returncode == IN_ORDER
    host.start()
    host.wait_mail()
    assert len(host.mail()) == 1


def test_names_in_quarantine_are_not_taken_twice(host: Mailhost) -> None:
    for text in (b"one", b"two", b"three"):
        put("info", 999999, text)
        assert fix("--repair").returncode == IN_ORDER
    assert sorted(path.name for path in fixqueue.QUARANTINE.iterdir()) == [
        "info.999999", "info.999999.1", "info.999999.2"]
    assert len(away()) == 3


@pytest.mark.parametrize("spoil", ["size", "owner", "link", "folder-mode"])
def test_the_lock_folder_is_set_right(spoil: str, host: Mailhost) -> None:
    queued()
    tcpto, trigger = QUEUE / "lock/tcpto", QUEUE / "lock/trigger"
    if spoil == "size":
        tcpto.write_bytes(b"x" * 10)
        trigger.unlink()
        trigger.write_bytes(b"")
    elif spoil == "owner":
        for path in (QUEUE / "lock").iterdir():
            os.chown(path, 0, 0)
            path.chmod(0o666)
    elif spoil == "link":
        trigger.unlink()
        trigger.symlink_to("/dev/zero")
        (QUEUE / "lock/sendmutex").unlink()
    else:
        (QUEUE / "lock").chmod(0o777)
    repaired()


# With others at work

def test_a_running_qmail_send_is_not_disturbed(host: Mailhost) -> None:
    host.start()
    put("info", 999999, b"x")
    before = snapshot()
    for options in ([], ["--repair"]):
        result = fix(*options)
        assert result.returncode == TROUBLE
        assert "stop qmail-send" in result.stderr
    assert snapshot() == before
    host.stop()
    assert fix("--repair").returncode == IN_ORDER


def test_whoever_still_works_on_todo_is_waited_for(host: Mailhost) -> None:
    put("info", 999999, b"x")
    before = snapshot()
    holder = os.open(QUEUE / "info", os.O_RDONLY | os.O_DIRECTORY)
    fcntl.flock(holder, fcntl.LOCK_EX)
    result = fix("--repair")
    assert result.returncode == TROUBLE and "todo" in result.stderr
    assert snapshot() == before
    letting_go = threading.Timer(0.5, os.close, (holder,))
    letting_go.start()
    result = fix("--repair")
    letting_go.join()
    assert result.returncode == IN_ORDER, result


def test_a_closed_queue_takes_nothing_and_opens_again(host: Mailhost) -> None:
    """As a repair that was killed leaves it."""
    queued()
    (QUEUE / "lock/sendmutex").rename(QUEUE / "lock/sendmutex.fix")
    (QUEUE / "pid").chmod(0o500)
    assert host.submit() == 63
    host.start()
    assert host.sender and host.sender.wait(timeout=20) == 111
    assert "unable to open mutex" in host.said()
    look = fix()
    assert look.returncode == TO_DO and "did not end" in look.stdout
    assert fix("--repair").returncode == IN_ORDER
    assert host.submit() == 0
    host.start()
    host.wait_mail(2)


def test_mail_that_arrives_meanwhile_is_not_lost(host: Mailhost) -> None:
    accepted = []
    over = threading.Event()

    def arrive() -> None:
        while not over.is_set():
            token = f"tok{len(accepted)}x"
            if host.submit([USER], message(f"{token}\n")) == 0:
                accepted.append(token)

    threads = [threading.Thread(target=arrive) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        for layout in [Layout(23, True), LEGACY] * 15:
            result = fix("--repair", *layout.options())
            assert result.returncode == IN_ORDER, result
    finally:
        over.set()
        for thread in threads:
            thread.join()
    assert fix("--repair", *LEGACY.options()).returncode == IN_ORDER
    assert accepted
    host.start()
    mail = host.wait_mail(len(accepted), 120)
    assert len(mail) == len(accepted)


@pytest.fixture
def terminals() -> None:
    """The world's /dev has none."""
    if not os.path.exists("/dev/ptmx"):
        os.mkdir("/dev/pts")
        subprocess.run(["mount", "-t", "devpts", "-o", "newinstance,ptmxmode=0666", "devpts",
                        "/dev/pts"], check=True)
        os.symlink("pts/ptmx", "/dev/ptmx")


def test_a_bar_shows_progress_on_a_terminal(terminals: None, host: Mailhost) -> None:
    for _ in range(60):
        queued()
    ours, theirs = pty.openpty()
    with subprocess.Popen([FIX, "--repair", "--split", "7"], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=theirs) as program:
        os.close(theirs)
        shown = b""
        try:
            while more := os.read(ours, 4096):
                shown += more
        except OSError:  # the other end is closed
            pass
        assert program.stdout and b"messages kept: 60" in program.stdout.read()
    os.close(ours)
    assert program.returncode == IN_ORDER
    last = shown.rstrip().rpartition(b"\r")[2]
    assert re.fullmatch(rb"repairing \[#{40}\] (\d+) of \1", last), shown
