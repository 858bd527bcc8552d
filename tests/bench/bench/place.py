# SPDX-License-Identifier: 0BSD
"""Inside a world: where a measurement's things are, and how they get there."""
from __future__ import annotations

import os
import pathlib
import pwd
import re
import shutil
import subprocess

PREFIX = pathlib.Path("/var/qmail")
SHARED = pathlib.Path("/mnt/peers")  # what the bench put beside the world
DISK = SHARED / "disk"
TOOLS = SHARED / "bin"
USER = "vecjoe"
HOME = pathlib.Path("/home") / USER
MAILDIR = HOME / "Maildir"
LOCAL, REMOTE, DEAD = "bench.test", "remote.test", "dead.test"
PORT, SINK_PORT, DEAD_PORT = 2525, 2526, 2527  # nobody ever listens on the last

ACCOUNTS = {  # those that the other servers want: uid, group
    "postfix": (8811, "postfix"), "Debian-exim": (8812, "Debian-exim"),
    "opensmtpd": (8813, "opensmtpd"), "opensmtpq": (8814, "opensmtpq")}
GROUPS = {"postfix": 8811, "postdrop": 8815, "Debian-exim": 8812, "opensmtpd": 8813,
          "opensmtpq": 8814}


def run(*argv: object) -> None:
    subprocess.run([str(word) for word in argv], check=True, stdin=subprocess.DEVNULL,
                   stdout=subprocess.DEVNULL, timeout=300)


def in_a_world() -> bool:
    """Whether /var/qmail, /etc/passwd and the rest are private copies."""
    return all(os.path.ismount(path) for path in
               ("/mnt", "/mnt/repo", "/var/qmail", "/home", "/etc/passwd"))


def add_accounts() -> None:
    have = {line.split(":")[0] for line in open("/etc/group", encoding="utf-8")}
    with open("/etc/group", "a", encoding="utf-8") as groups:
        groups.writelines(f"{name}:x:{gid}:\n" for name, gid in GROUPS.items()
                          if name not in have)
    have = {entry.pw_name for entry in pwd.getpwall()}
    with open("/etc/passwd", "a", encoding="utf-8") as users:
        users.writelines(f"{name}:x:{uid}:{GROUPS[group]}::/nonexistent:/bin/false\n"
                         for name, (uid, group) in ACCOUNTS.items() if name not in have)


def to_disk(path: pathlib.Path) -> None:
    """Moves a directory of the world to the disk that is measured."""
    place = DISK / str(path).strip("/").replace("/", "-")
    run("cp", "-a", path, place)
    run("mount", "--bind", place, path)


def programs_of(peer: str) -> pathlib.Path:
    """Lays a server's unpacked package over /usr. Ours gets the same with nothing in
    it, so that looking a file up costs everybody alike."""
    top = SHARED / (peer or "nothing") / "usr"
    top.mkdir(parents=True, exist_ok=True)
    run("mount", "-t", "overlay", "bench", "-o", f"lowerdir={top}:/usr", "/usr")
    return SHARED / peer


def clean_maildir() -> None:
    shutil.rmtree(MAILDIR, ignore_errors=True)
    entry = pwd.getpwnam(USER)
    for name in ("", "tmp", "new", "cur"):
        path = MAILDIR / name
        path.mkdir(mode=0o700)
        os.chown(path, entry.pw_uid, entry.pw_gid)


def prepare() -> None:
    assert in_a_world(), "not in a world: this would change the machine"
    add_accounts()
    to_disk(PREFIX / "queue")
    to_disk(HOME)
    clean_maildir()
    for path in ("/run", "/var/spool", "/var/lib"):
        run("mount", "-t", "tmpfs", "-o", "mode=0755", "bench", path)


def file_system(path: pathlib.Path = PREFIX / "queue") -> str:
    """What the queue is on, for the head of a table."""
    best = ("", "")
    for line in open("/proc/self/mounts", encoding="utf-8"):
        device, where, kind, options = line.split()[:4]
        if f"{path}/".startswith(where.rstrip("/") + "/") and len(where) >= len(best[0]):
            best = (where, f"{kind} ({options}) on {device}")
    return re.sub(r"/dev/loop\d+", "a loop device, direct I/O", best[1])


def count_files(*tops: pathlib.Path) -> int:
    return sum(len(names) for top in tops for _, _, names in os.walk(top))


def write(path: pathlib.Path, text: str, mode: int = 0o644) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)
