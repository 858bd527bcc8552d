# SPDX-License-Identifier: 0BSD
"""Outside: what has to be there before a measurement, and a world for each."""
from __future__ import annotations

import json
import os
import pathlib
import shutil
import subprocess
from dataclasses import dataclass

from suite import peers, stack

from .plan import SCENARIOS, Job

HERE = stack.ROOT / "tests/bench"
FLAGS = ["-std=c11", "-O2", "-D_DEFAULT_SOURCE", "-D_POSIX_C_SOURCE=200809L"]
PACKAGES = {**peers.PACKAGES, "opendkim": "postfix opendkim", "rspamd": "postfix rspamd"}


@dataclass(frozen=True)
class Entry:
    """Somebody who is measured: ours (a build, and what is done to its installation
    before it starts) or a peer."""

    name: str
    build: pathlib.Path
    peer: str = ""
    commands: str = ""


class Bench:
    """The directory of a run: programs, peers, the disk, logs, results."""

    def __init__(self, top: pathlib.Path) -> None:
        self.top = top
        self.shared = top / "world"
        self.image = top / "disk.img"
        self.log = top / "log"
        (self.shared / "bin").mkdir(parents=True, exist_ok=True)
        self.written = 0

    def compile(self) -> None:
        for name in ("source", "sink", "repeat"):
            self._cc("-o", self.shared / "bin" / name, HERE / f"load/{name}.c")
        if pathlib.Path("/usr/include/openssl/ssl.h").exists():
            self._cc("-o", self.shared / "bin/handshakes", HERE / "load/handshakes.c",
                     "-lssl", "-lcrypto")
        self._cc("-shared", "-fPIC", "-o", self.shared / "bin/backlog.so",
                 HERE / "load/backlog.c", "-ldl")

    @staticmethod
    def _cc(*words: object) -> None:
        subprocess.run([os.environ.get("CC", "gcc"), *FLAGS, *map(str, words)], check=True)

    def fetch(self, name: str) -> bool:
        """A peer's package, unpacked; whether it could be had."""
        tests = peers.place_of(name)
        if not (self.shared / name).exists() and peers.there(tests):
            shutil.copytree(tests, self.shared / name, symlinks=True,
                            ignore=lambda top, _: peers.PACKAGES if top == str(peers.PLACE)
                            else ())
        return peers.unpack(PACKAGES[name], self.shared / name,
                            self.top / f"fetch-{name}.log")

    def disk(self, megabytes: int) -> str:
        """The image, all of its blocks written once; "-" if there is no room for it."""
        if self.written >= megabytes:
            return str(self.image)
        if shutil.disk_usage(self.top).free < (megabytes + 512) << 20:
            return "-"
        block = bytes(1 << 20)
        with open(self.image, "r+b" if self.image.exists() else "wb") as file:
            file.seek(self.written << 20)
            for _ in range(self.written, megabytes):
                file.write(block)
            os.fsync(file.fileno())
        self.written = megabytes
        return str(self.image)

    def close(self) -> None:
        self.image.unlink(missing_ok=True)

    def measure(self, entry: Entry, job: Job) -> dict[str, object]:
        """One measurement in a fresh world on a fresh disk; what was found."""
        scenario = SCENARIOS[job.scenario]
        task = {"server": entry.peer or "ours", "commands": entry.commands,
                "scenario": job.scenario, "options": job.options}
        command = [HERE / "on-disk", self.disk(scenario.megabytes), self.shared / "disk",
                   stack.ROOT / "tests/lib/world", entry.build, "env",
                   "PYTHONPATH=/mnt/repo/tests/bench", os.environ.get("PYTHON", "python3"),
                   "-m", "bench.measure", json.dumps(task)]
        try:
            done = subprocess.run(
                [str(word) for word in command], stdin=subprocess.DEVNULL, text=True,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=scenario.seconds,
                env={**os.environ, "TEST_PEERS": str(self.shared)}, check=False)
            said = done.stdout
        except subprocess.TimeoutExpired as late:
            said = f"{late.stdout!r}\nno end after {scenario.seconds} seconds"
        with open(self.log, "a", encoding="utf-8") as log:
            log.write(f"== {entry.name}: {job.title}\n{said}\n")
        last = (said.strip().splitlines() or [""])[-1]
        try:
            found: dict[str, object] = json.loads(last)
        except json.JSONDecodeError:
            found = {"ok": False, "wrong": last[-200:]}
        return found
