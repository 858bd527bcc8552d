# SPDX-License-Identifier: 0BSD
"""An installation is what qmail-instcheck and the interface say it is."""
from __future__ import annotations

import grp
import os
import pathlib
import pwd
import shutil
import stat
import subprocess

import pytest

from mailhost import BIN, PREFIX, QUEUE, Mailhost

pytestmark = pytest.mark.every_prefix

ROOT_ONLY = {"qmail-lspawn", "qmail-start", "qmail-newu", "qmail-newmrh",
             "qmail-queue-fix"}
NOT_READABLE = {"qmail-getpw", "qmail-local", "qmail-remote", "qmail-rspawn", "qmail-clean",
                "qmail-send", "qmail-todo", "splogger", "qmail-pw2u", "qmail-popup"}
QUEUE_PLACES = {
    "pid": "qmailq 700", "intd": "qmailq 700", "todo": "qmailq 750", "mess": "qmailq 750",
    "info": "qmails 700", "local": "qmails 700", "remote": "qmails 700",
    "bounce": "qmails 700", "lock": "qmailq 750", "lock/sendmutex": "qmails 600",
    "lock/trigger": "qmails 622", "lock/tcpto": "qmailr 644",
}


def state(path: pathlib.Path) -> str:
    entry = path.lstat()
    return f"{pwd.getpwuid(entry.st_uid).pw_name} {stat.S_IMODE(entry.st_mode):o}"


def test_only_qmail_queue_is_set_uid() -> None:
    special = {path.name: state(path) for path in BIN.iterdir()
               if not path.is_symlink() and path.stat().st_mode & 0o6000}
    assert special == {"qmail-queue": "qmailq 4711"}


def test_every_program_belongs_to_root_and_has_its_mode() -> None:
    for path in BIN.iterdir():
        if path.name == "qmail-queue" or path.is_symlink():
            continue
        mode = ("700" if path.name in ROOT_ONLY else
                "711" if path.name in NOT_READABLE else "755")
        assert state(path) == f"root {mode}", path.name


def test_the_queue_has_its_owners_and_modes(host: Mailhost) -> None:
    assert state(QUEUE) == "qmailq 750"
    for name, expected in QUEUE_PLACES.items():
        assert state(QUEUE / name) == expected, name
        assert grp.getgrgid((QUEUE / name).stat().st_gid).gr_name == "qmail"
    for part in ("mess", "info", "local", "remote"):
        assert sorted(os.listdir(QUEUE / part), key=int) == [str(n) for n in range(23)]
    assert stat.S_ISFIFO((QUEUE / "lock/trigger").stat().st_mode)
    assert (QUEUE / "lock/tcpto").stat().st_size == 1024


def test_the_install_check_finds_nothing(host: Mailhost) -> None:
    run = subprocess.run([BIN / "qmail-instcheck"], capture_output=True, text=True, check=False)
    assert run.returncode == 0 and run.stdout.endswith(" checked, 0 wrong\n"), run


@pytest.mark.parametrize("path, spoil", [
    ("bin/qmail-queue", lambda path: path.chmod(0o755)),
    ("queue/lock/trigger", lambda path: os.chown(path, 0, 0)),
    ("queue/intd", lambda path: path.chmod(0o777)),
    ("queue/mess/22", lambda path: path.chmod(0o755)),
])
def test_the_install_check_names_what_is_wrong(path: str, spoil, host: Mailhost) -> None:
    place = PREFIX / path
    before = place.stat()
    spoil(place)
    try:
        run = subprocess.run([BIN / "qmail-instcheck"], capture_output=True, text=True,
                             check=False)
    finally:
        os.chown(place, before.st_uid, before.st_gid)
        place.chmod(stat.S_IMODE(before.st_mode))
    assert path in run.stdout + run.stderr


@pytest.mark.parametrize("user, open_to", [
    ("qmaild", []), ("qmaill", []), ("qmailp", []), ("vecjoe", []), ("alias", []),
    ("qmailr", ["mess", "todo"]), ("qmails", ["mess", "todo", "info", "local", "remote", "bounce"]),
])
def test_each_account_reads_no_more_of_the_queue_than_it_must(
        user: str, open_to: list[str], host: Mailhost) -> None:
    entry = pwd.getpwnam(user)
    for part in ("mess", "intd", "todo", "pid", "info", "local", "remote", "bounce"):
        run = subprocess.run(["ls", QUEUE / part], user=entry.pw_uid, group=entry.pw_gid,
                             extra_groups=[], capture_output=True, check=False)
        assert (run.returncode == 0) == (part in open_to), part


def install(build: pathlib.Path, destdir: pathlib.Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["./install-tree", build, destdir, PREFIX], cwd="/mnt/out/src",
                          capture_output=True, text=True, check=False)


def test_an_installation_whose_owners_are_not_set_has_no_set_uid_program() -> None:
    dest = pathlib.Path("/home/vecjoe/dest")
    subprocess.run(["./install-tree", "/mnt/out/obj", dest, PREFIX], user="vecjoe",
                   group="vecjoe", extra_groups=[], cwd="/mnt/out/src", capture_output=True,
                   check=True)
    installed = dest / PREFIX.relative_to("/") / "bin"
    assert (installed / "qmail-queue").is_file()
    assert not [path.name for path in installed.iterdir() if path.stat().st_mode & 0o6000]
    shutil.rmtree(dest)


def test_installing_does_not_follow_links_that_a_mail_account_could_have_put(
        tmp_path: pathlib.Path) -> None:
    """queue/lock is qmailq's; what root does there must not reach other files."""
    assert install(pathlib.Path("/mnt/out/obj"), tmp_path).returncode == 0
    victim = tmp_path / "victim"
    victim.write_text("x")
    table = tmp_path / PREFIX.relative_to("/") / "queue/lock/tcpto"
    table.unlink()
    table.symlink_to(victim)
    run = install(pathlib.Path("/mnt/out/obj"), tmp_path)
    assert run.returncode == 1 and "is a symbolic link" in run.stderr
    assert (victim.stat().st_uid, victim.read_text()) == (0, "x")
