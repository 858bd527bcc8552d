# SPDX-License-Identifier: 0BSD
"""tests/run [NNNN...]"""
from __future__ import annotations

import argparse
import contextlib
import os
import pathlib
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Callable, Iterator

from . import compiled, parts, peers, stack
from .report import Outcome, Report

MOUNT_POINT = pathlib.Path("/var/qmail")


@contextlib.contextmanager
def mount_point() -> Iterator[None]:
    """The place to mount installations on; an empty one that we made goes away."""
    made = not MOUNT_POINT.exists() and not os.getuid()
    if made:
        MOUNT_POINT.mkdir()
    try:
        yield
    finally:
        if made:
            with contextlib.suppress(OSError):
                MOUNT_POINT.rmdir()


class Suite:
    """Builds the prefixes one after the other and tests what is built meanwhile."""

    def __init__(self, chosen: list[str]) -> None:
        self.all = stack.patches()
        self.chosen = chosen or self.all
        self.everything = not chosen
        self.report = Report(stack.OUT / "log" / "test")
        self.pool = ThreadPoolExecutor(max_workers=max(2, os.cpu_count() or 2))
        self.waiting: list[Future[None]] = []
        self.built: dict[str, pathlib.Path] = {}

    def part(self, name: str, work: Callable[[], Outcome]) -> None:
        """Starts a part beside the others."""
        def run() -> None:
            try:
                outcome = work()
            except Exception as error:  # a part that cannot run has failed
                outcome = Outcome(failures=[(name, f"{type(error).__name__}: {error}")])
            self.report.add(name, outcome)
        self.waiting.append(self.pool.submit(run))

    def needed(self) -> list[str]:
        """The prefixes to build, in order."""
        names = [stack.BASE] + self.all
        if self.everything:
            return names
        wanted = {names[-1]}
        for patch in self.chosen:
            wanted |= {patch, names[names.index(patch) - 1]}
        return [name for name in names if name in wanted]

    def build(self) -> bool:
        outcome = Outcome()
        for name in self.needed():
            try:
                self.built[name] = stack.prefix(name, self.report.logs / f"build-{name}.log")
                outcome.passed += 1
            except stack.BuildFailed as trouble:
                outcome.failures.append((f"build of the stack up to {name}", str(trouble)))
                break
        self.report.add("every prefix applies and compiles with -Werror", outcome)
        return not outcome.failures

    def run(self) -> int:
        report = self.report
        report.say(f"the suite of {len(self.chosen)} patches; logs: {report.logs}")
        if self.everything:
            self.part("unit tests", lambda: compiled.units(report.logs))
            self.part("corpora of the fuzz targets", lambda: compiled.corpora(report.logs))
        with mount_point():
            if self.build():
                self.test()
            for part in self.waiting:
                part.result()
        return report.finish()

    def test(self) -> None:
        os.environ["TEST_PEERS"] = peers.fetch(self.report.logs / "peers.log")
        logs, full = self.report.logs, self.built[self.needed()[-1]]
        if parts.CANNOT:
            left = ["conformance", "base"] if self.everything else []
            for name in left + [f"patch {patch}" for patch in self.chosen]:
                self.report.total.skips.append((name, parts.CANNOT))
        else:
            if self.everything:
                self.part("conformance", lambda: parts.conformance(
                    full, logs / "conformance.log"))
                self.part("base, on the full stack", lambda: parts.pytest(
                    full, logs / "base.log", "/mnt/repo/tests/base"))
                self.part("base, with sanitizers", lambda: compiled.sanitized(logs))
            names = [stack.BASE] + self.all
            for name in names[:-1] if self.everything else []:
                self.part(f"base, on {name}", lambda name=name: parts.base_on_prefix(
                    self.built[name], logs))
            for patch in self.chosen:
                before = self.built[names[names.index(patch) - 1]]
                upto = self.built[patch]
                self.part(f"patch {patch}", lambda patch=patch, before=before, upto=upto:
                          parts.law(patch, before, upto, full, logs))
        if self.everything:
            self.part("build.sh run", lambda: parts.trial(logs))
            self.part("other compilers", lambda: compiled.compilers(logs))


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests/run")
    parser.add_argument("patch", nargs="*", help="only these patches, by number")
    args = parser.parse_args()
    return Suite(stack.named(args.patch)).run()


if __name__ == "__main__":
    sys.exit(main())
