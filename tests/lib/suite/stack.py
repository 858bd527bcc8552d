# SPDX-License-Identifier: 0BSD
"""The stack's prefixes: which there are, and a build of each."""
from __future__ import annotations

import hashlib
import os
import pathlib
import re
import shutil
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[3]
OUT = ROOT / os.environ.get("OUT", "out")
TESTING = OUT / "test"
FLAGS = "-O2 -g -Wall -Wextra -Wconversion -Werror"
BASE = "0000-base"


class BuildFailed(Exception):
    """A build that did not come off; the text is the end of its log."""


def patches() -> list[str]:
    """All patches in order, by name without ".patch"."""
    names = []
    for line in (ROOT / "series").read_text().splitlines():
        found = re.match(r"(\d{4}-[a-z0-9_-]+)\.patch\s*$", line)
        if found:
            names.append(found[1])
    return names


def named(words: list[str]) -> list[str]:
    """The patches that the words (numbers or names) stand for."""
    chosen = []
    for word in words:
        match = [name for name in patches() if name == word or name[:4] == word]
        if not match:
            raise SystemExit(f"tests/run: there is no patch {word}; see series")
        chosen += match
    return chosen


def build(log: pathlib.Path, out: pathlib.Path, *arguments: str, **env: str) -> None:
    """./build.sh with its output in a log."""
    with open(log, "wb") as told:
        done = subprocess.run(["./build.sh", *arguments], cwd=ROOT, stdout=told,
                              stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                              check=False, env=os.environ | {"OUT": str(out)} | env)
    if done.returncode:
        raise BuildFailed(log.read_text(errors="replace")[-1500:])


def prefix(name: str, log: pathlib.Path) -> pathlib.Path:
    """A build of the stack up to a patch."""
    return _built(name, log, "--upto", name[:4])


def without(name: str, log: pathlib.Path) -> pathlib.Path:
    """A build of the whole stack less a patch and those that need it."""
    return _built(f"without-{name}", log, "--without", name[:4])


def _built(name: str, log: pathlib.Path, *choice: str) -> pathlib.Path:
    """A build in a directory of its own. All are compiled in one place, one after the
    other, so that only what a patch changes is compiled anew, and equal programs are
    equal byte for byte."""
    shared = TESTING / "prefix"
    build(log, shared, *choice, CFLAGS=FLAGS)
    place = TESTING / name
    shutil.rmtree(place, ignore_errors=True)
    (place / "obj").mkdir(parents=True)
    shutil.copytree(shared / "obj/bin", place / "obj/bin")
    for path in [shared / "obj/install.tab", *(shared / "obj").glob("*.a")]:
        shutil.copy(path, place / "obj")
    shutil.copy(shared / "series", place)
    shutil.copytree(shared / "src", place / "src", symlinks=True,
                    ignore=shutil.ignore_patterns(".pc"))
    return place


def held(place: pathlib.Path) -> list[str]:
    """The patches that a build holds."""
    return [name.removesuffix(".patch") for name in (place / "series").read_text().split()]


def digest(*tops: pathlib.Path) -> str:
    """A hash of files' names, modes and contents."""
    total = hashlib.sha256()
    for top in tops:
        files = sorted(top.rglob("*")) if top.is_dir() else [top]
        for path in files:
            if path.is_file() and "__pycache__" not in path.parts:
                mode = path.stat().st_mode & 0o777
                total.update(f"{path.relative_to(top)} {mode:o}\n".encode())
                total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()
