# SPDX-License-Identifier: 0BSD
"""It changes nothing, leaves no tree, and prints nothing that a terminal acts on."""
from __future__ import annotations

import os
import pathlib
import stat

import pytest

from doctor import ask, run
from mailhost import PREFIX, QUEUE, Mailhost


def snapshot() -> dict[str, tuple[object, ...]]:
    """Everything but the times of reading, which count for messages alone."""
    found = {}
    for where, folders, names in os.walk(PREFIX):
        for name in [".", *folders, *names]:
            path = f"{where}/{name}"
            status = os.lstat(path)
            message = "/queue/" in path and stat.S_ISREG(status.st_mode)
            found[path] = (status.st_ino, status.st_mode, status.st_uid, status.st_size,
                           status.st_mtime_ns, status.st_ctime_ns,
                           status.st_atime_ns if message else 0)
    return found


def test_nothing_is_changed(running: Mailhost) -> None:
    running.home_file(".qmail", "|exit 111\n")
    for _ in range(3):
        assert running.submit() == 0
    running.stop()
    before = snapshot()
    ask()
    run()
    assert snapshot() == before


def test_a_link_is_not_followed(legacy: pathlib.Path, tmp_path: pathlib.Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("topsecret.test:x\n")
    (legacy / "control/virtualdomains").symlink_to(secret)
    (legacy / "supervise").symlink_to(tmp_path)
    (tmp_path / "smtpd").mkdir()
    (tmp_path / "smtpd/run").write_text("SMTPAUTH=1\n")
    report = ask(legacy)
    assert "topsecret" not in str(report) and "SMTPAUTH" not in str(report)
    assert report.some("unseen", "control/virtualdomains")


@pytest.mark.parametrize("whole", [True, False])
def test_a_folder_that_is_a_link_is_followed_at_home_alone(
        whole: bool, legacy: pathlib.Path, host: Mailhost) -> None:
    """As packages have it; in a copy it would lead out."""
    home = PREFIX if whole else legacy
    elsewhere = home / "elsewhere"
    (home / "control").rename(elsewhere)
    (home / "control").symlink_to(elsewhere)
    try:
        report = ask(home)
        assert bool(report.some("unseen", "control/me")) == (not whole)
        assert not report.some("wrong", "control/me")
    finally:
        (home / "control").unlink()
        elsewhere.rename(home / "control")


def test_a_link_of_somebody_else_is_not_followed_at_home_either(host: Mailhost) -> None:
    elsewhere = PREFIX / "elsewhere"
    (PREFIX / "users").rename(elsewhere)
    (PREFIX / "users").symlink_to(elsewhere)
    os.lchown(PREFIX / "users", 65534, 65534)
    (elsewhere / "assign").write_text("no end\n")
    try:
        assert not ask().some("wrong", "users/assign")
    finally:
        (PREFIX / "users").unlink()
        (elsewhere / "assign").unlink()
        elsewhere.rename(PREFIX / "users")


def test_fifos_and_devices_do_not_stop_it(legacy: pathlib.Path) -> None:
    for name in ("control/rcpthosts", "users/assign", "rc"):
        (legacy / name).unlink(missing_ok=True)
        os.mkfifo(legacy / name)
    os.mknod(legacy / "control/locals", stat.S_IFCHR | 0o644, os.makedev(1, 5))
    report = ask(legacy)
    assert report.some("unseen", "control/rcpthosts") and report.some("unseen", "rc")
    assert not report.some("wrong", "control/rcpthosts")


def test_only_printable_text_comes_out(legacy: pathlib.Path) -> None:
    evil = "\x1b[2J\x07\x9b\xff\t\r"
    (legacy / "control" / f"a{evil}").write_text("x")
    (legacy / "control/locals").write_text(f"b{evil}.test\n")
    (legacy / "queue/mess/3" / f"c{evil}\n").write_text("")
    for output in (run("-n", legacy).stdout, run("-nj", legacy).stdout):
        assert b"?" in output
        assert all(byte == 10 or 32 <= byte < 127 for byte in output)


def test_a_very_long_file_is_left_alone(legacy: pathlib.Path) -> None:
    with open(legacy / "control/rcpthosts", "wb") as file:
        file.truncate(1 << 30)
    assert ask(legacy).some("unseen", "control/rcpthosts")


def test_a_name_from_the_queue_is_told_once(host: Mailhost) -> None:
    for number in range(500):
        (QUEUE / f"mess/7/x{number}").write_text("")
    report = ask()
    (one,) = report.some("warning", what="nothing that belongs")
    assert "in all: 500" in one.what
