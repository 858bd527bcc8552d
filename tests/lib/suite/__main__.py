# SPDX-License-Identifier: 0BSD
"""tests/run [--leave-one-out] [NNNN...]"""
from __future__ import annotations

import argparse
import contextlib
import os
import pathlib
import shutil
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

    def __init__(self, chosen: list[str], leave_one_out: bool) -> None:
        self.all = stack.patches()
        self.chosen = chosen or self.all
        self.everything = not chosen and not leave_one_out
        self.leave_one_out = leave_one_out
        self.law = not leave_one_out
        self.rows: dict[str, list[str]] = {}
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

    def build_without(self) -> None:
        """The stack less each of the chosen patches and those that need it."""
        outcome = Outcome()
        for patch in self.chosen:
            try:
                name = f"without-{patch}"
                self.built[name] = stack.without(patch, self.report.logs / f"build-{name}.log")
                outcome.passed += 1
            except stack.BuildFailed as trouble:
                outcome.failures.append((f"build without {patch}", str(trouble)))
                self.rows[patch] = [patch, "", "does not build", ""]
        self.report.add("the rest without each patch applies and compiles", outcome)

    def run(self) -> int:
        report = self.report
        report.say(f"the suite of {len(self.chosen)} patches; logs: {report.logs}")
        if self.everything:
            self.part("unit tests, on the base", lambda: compiled.units(
                report.logs, stack.ROOT / "upstream", stack.BASE))
        with mount_point():
            os.environ["TEST_PEERS"] = peers.fetch(report.logs / "peers.log")
            if self.law and self.build():
                self.test()
            self.wait()
            if self.law:
                self.tell_law()
            if self.leave_one_out:
                self.test_without()
            elif self.everything:
                self.build_without()
        return report.finish()

    def wait(self) -> None:
        for part in self.waiting:
            part.result()
        self.waiting = []

    def tell_law(self) -> None:
        rows = [self.rows[patch] for patch in self.chosen if patch in self.rows]
        self.report.table("prefixes", ["tests of", "on its prefix", "on the full stack",
                                       "one patch earlier"], rows)

    def test_without(self) -> None:
        """Leave one out: for each patch, the rest."""
        self.rows = {}
        self.build_without()
        if parts.CANNOT:
            self.report.total.skips.append(("leave one out", parts.CANNOT))
            return
        for patch in self.chosen:
            if f"without-{patch}" in self.built:
                self.part(f"without {patch}", lambda patch=patch: self.subset(patch))
        self.wait()
        self.report.table("without", ["left out", "went with it", "base and patches left",
                                      "tests"],
                          [self.rows[patch] for patch in self.chosen if patch in self.rows])

    def subset(self, patch: str) -> Outcome:
        build = self.built[f"without-{patch}"]
        left = stack.held(build)
        gone = [name for name in self.all if name not in left and name != patch]
        outcome = parts.subset(build, self.report.logs)
        self.rows[patch] = [patch, ", ".join(gone) or "none", str(len(left)),
                            parts.counts(outcome)]
        return outcome

    def judge(self, patch: str, full: pathlib.Path) -> Outcome:
        names = [stack.BASE] + self.all
        judged = parts.law(patch, self.built[names[names.index(patch) - 1]],
                           self.built[patch], full, self.report.logs)
        self.rows[patch] = judged.row
        return judged.outcome

    def test_compiled(self, full: pathlib.Path) -> None:
        """What needs the full stack's source."""
        logs, tree = self.report.logs, full / "src"
        for patch in self.chosen:
            tests = parts.folder(patch) / "unit"
            if tests.is_dir():
                self.part(f"unit tests of {patch}", lambda patch=patch, tests=tests:
                          compiled.units(logs, tree, patch, tests))
        if self.everything:
            self.part("unit tests, on the full stack",
                      lambda: compiled.units(logs, tree, "full"))
            self.part("corpora of the fuzz targets", lambda: compiled.corpora(logs, tree))
            self.part("build.sh run", lambda: parts.trial(logs))
            self.part("other compilers", lambda: compiled.compilers(logs, tree))

    def test(self) -> None:
        logs, full = self.report.logs, self.built[self.needed()[-1]]
        self.test_compiled(full)
        if parts.CANNOT:
            left = ["conformance", "base", "build.sh bench", "packages"] if self.everything else []
            for name in left + [f"patch {patch}" for patch in self.chosen]:
                self.report.total.skips.append((name, parts.CANNOT))
            return
        if self.everything:
            self.part("conformance", lambda: parts.conformance(
                full, logs / "conformance.log"))
            self.part("base, on the full stack", lambda: parts.pytest(
                full, logs / "base.log", "/mnt/repo/tests/base"))
            self.part("base, with sanitizers", lambda: compiled.sanitized(logs))
            self.part("build.sh bench", lambda: parts.bench(full, logs))
            if shutil.which("apt-get"):
                self.part("packages", lambda: parts.packages(logs))
            else:
                self.report.total.skips.append(("packages", "this is no Debian"))
            for name in ([stack.BASE] + self.all)[:-1]:
                self.part(f"base, on {name}", lambda name=name: parts.base_on_prefix(
                    self.built[name], logs))
        for patch in self.chosen:
            self.part(f"patch {patch}", lambda patch=patch: self.judge(patch, full))


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests/run")
    parser.add_argument("patch", nargs="*", help="only these patches, by number")
    parser.add_argument("--leave-one-out", action="store_true",
                        help="the stack without each patch in turn, and nothing else")
    args = parser.parse_args()
    return Suite(stack.named(args.patch), args.leave_one_out).run()


if __name__ == "__main__":
    sys.exit(main())
