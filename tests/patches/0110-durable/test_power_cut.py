# SPDX-License-Identifier: 0BSD
"""Whatever a power cut leaves on the weakest disk that POSIX allows: accepted mail is
there, whole, for the right person. See tests/crash."""
from __future__ import annotations

import pathlib
import random
import subprocess
import sys
from typing import Iterator

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "crash"))

import rig  # noqa: E402
from drain import Verdict, try_all  # noqa: E402
from mailhost import BIN, HOME, PATH, PREFIX, QUEUE, Mailhost  # noqa: E402
from model import Disk, State  # noqa: E402
from scenes import SCENES, cases, record  # noqa: E402

AT_LEAST = 10000  # states
A_MOMENT = 3000   # the most of one moment
HASHED = [QUEUE / part / str(n) for part in ("todo", "intd") for n in range(23)]


@pytest.fixture(autouse=True)
def leave(host: Mailhost) -> Iterator[None]:
    yield
    rig.leave(host)
    for path in HASHED:
        if path.is_dir():
            path.rmdir()


def check(verdict: Verdict) -> None:
    assert verdict.good(), "\n".join(
        [str(verdict), *verdict.lost[:3], *verdict.wrong[:3], *verdict.broken[:3]])


def test_no_state_of_many_thousands_loses_or_misdirects_mail(host: Mailhost) -> None:
    total = Verdict()
    for scene in SCENES:
        verdict = try_all(host, list(cases(scene, record(scene, host), A_MOMENT)),
                          enough=True)
        print(f"{scene.name}: {verdict}")
        check(verdict)
        total += verdict
    print(f"total: {total}")
    assert total.states >= AT_LEAST


def test_so_it_is_in_a_queue_whose_todo_is_hashed(host: Mailhost) -> None:
    shown = subprocess.run([BIN / "qmail-showctl"], stdout=subprocess.PIPE, check=False)
    if b"queue/todo: " not in shown.stdout:
        return  # this prefix knows flat queues only
    for path in HASHED:
        path.mkdir(mode=0o750)
        rig.own(path, "qmailq")
    scene = next(scene for scene in SCENES if scene.name == "reused")
    lines = record(scene, host)
    assert any(f"{QUEUE}/todo/{n}/" in line for line in lines for n in range(23))
    check(try_all(host, list(cases(scene, lines, 300)), enough=True))


def test_messages_that_end_together_share_the_syncs_of_their_removal(
        host: Mailhost) -> None:
    rig.prepare(host)
    many = 60
    for number in range(many):
        assert host.submit([f"vecjoe-{number}@local.test"]) == 0
    log = rig.WORK / "recording"
    with open(host.log, "ab") as said:
        child = subprocess.Popen(
            [rig.tools() / "trace", "record", log, str(QUEUE), "--",
             BIN / "qmail-start", "./Mailbox"], stdin=subprocess.DEVNULL, stdout=said,
            env={"PATH": PATH}, cwd="/", start_new_session=True)
    host.wait_mail(many, 120)
    host.wait_done()
    host.kill_all()
    child.wait(timeout=30)
    rounds, synced = 0, False
    for line in log.read_text().splitlines():
        if line in ("syncall", f"syncdir {QUEUE}/todo"):
            synced = True
        elif line.startswith(f"gone {QUEUE}/mess/"):
            rounds, synced = rounds + synced, False
    assert 1 <= rounds <= many // 2


# Tools, and programs that make what mail is delivered to


def states(command: list[str], tops: list[pathlib.Path], there: list[pathlib.Path],
           user: str = "root") -> list[State]:
    """What a cut may leave of these files while the command runs, and after it."""
    log = rig.WORK / "recording"
    rig.WORK.mkdir(exist_ok=True)
    before = {str(path): path.read_bytes() for path in there}
    switch = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"]
    subprocess.run([rig.tools() / "trace", "record", log, *tops, "--",
                    *(switch if user != "root" else []), *command], check=True,
                   env={"PATH": PATH, "MAIL": f"{HOME}/box", "MAILTMP": f"{HOME}/box.tmp",
                        "MAILDIR": f"{HOME}/Maildir"})
    disk = Disk(there=before)
    found: list[State] = []
    for line in log.read_text().splitlines():
        if disk.follow(line) or line.startswith("end "):
            found += disk.states(2000, random.Random(1))
    return found


@pytest.mark.parametrize("program, source, made, old, new", [
    ("qmail-newu", "users/assign", "users/cdb", "=x:vecjoe:8801:8801:/home/vecjoe:::\n.\n",
     "=y:vecjoe:8801:8801:/home/vecjoe:::\n+z:alias:8790:8791:/var/qmail/alias:-::\n.\n"),
    ("qmail-newmrh", "control/morercpthosts", "control/morercpthosts.cdb", "x.test\n",
     "x.test\ny.test\n"),
])
def test_a_compiled_table_is_the_old_or_the_new_one_and_then_the_new(
        program: str, source: str, made: str, old: str, new: str, host: Mailhost) -> None:
    host.reset()
    (PREFIX / source).write_text(old)
    subprocess.run([BIN / program], check=True)
    first = (PREFIX / made).read_bytes()
    (PREFIX / source).write_text(new)
    found = states([str(BIN / program)], [PREFIX / "users", PREFIX / "control"],
                   [PREFIX / made])
    second = (PREFIX / made).read_bytes()
    assert len(found) > 10 and first != second
    for state in found:
        text = state.files.get(str(PREFIX / made))
        assert text in (first, second)
        assert text == second or program not in state.ended


def test_maildir2mbox_leaves_each_message_somewhere(host: Mailhost) -> None:
    host.reset()
    host.home_file("box", "From x\n\nwas there\n\n")
    texts = [b"one\n" * 50, b"two\n" * 50]
    for number, text in enumerate(texts):
        host.home_file(f"Maildir/new/{number}", "\n" + text.decode())
    there = [HOME / "box", HOME / "Maildir/new/0", HOME / "Maildir/new/1"]
    for state in states([str(BIN / "maildir2mbox")], [HOME], there, "vecjoe"):
        box = state.files.get(str(HOME / "box"), b"")
        assert b"was there" in box
        for number, text in enumerate(texts):
            assert text in box or state.files.get(
                f"{HOME}/Maildir/new/{number}", b"").endswith(text)


def test_a_new_maildir_is_there_for_what_is_delivered_to_it(host: Mailhost) -> None:
    host.reset()
    rig.WORK.mkdir(exist_ok=True)
    (rig.WORK / "message").write_text("Subject: x\n\nhello\n")
    script = rig.WORK / "deliver"
    script.write_text(f"{BIN}/maildirmake {HOME}/Other && {BIN}/qmail-local -- vecjoe {HOME}"
                      f" vecjoe-x - x local.test s@x.test ./Other/ <{rig.WORK}/message\n")
    (HOME / ".qmail-default").unlink()
    host.home_file(".qmail-x", "./Other/\n")
    found = states(["sh", str(script)], [HOME], [], "vecjoe")
    after = [state for state in found if "qmail-local" in state.ended]
    assert after
    for state in after:
        assert [text for path, text in state.files.items()
                if path.startswith(f"{HOME}/Other/new/") and text.endswith(b"hello\n")]
