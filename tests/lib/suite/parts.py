# SPDX-License-Identifier: 0BSD
"""The parts of the suite that run in a world: pytest, conformance, the prefix law."""
from __future__ import annotations

import os
import pathlib
import re
import subprocess
import sys
import threading
import xml.etree.ElementTree as xml
from dataclasses import dataclass
from typing import Mapping, Sequence

from . import stack
from .report import Outcome

WORLD = stack.ROOT / "tests/lib/world"
LIMIT = 1800  # seconds for one run of pytest


def hindrance() -> str:
    """Why this machine cannot make worlds; empty if it can."""
    if os.getuid():
        return "needs root: private mounts and network, real accounts"
    try:
        probe = subprocess.run(["unshare", "--mount", "--net", "--pid", "--ipc", "--fork",
                                "--mount-proc", "true"], capture_output=True, text=True,
                               check=False)
    except OSError as error:
        return str(error)
    return "" if probe.returncode == 0 else "no namespaces here: " + probe.stderr.strip()


CANNOT = hindrance()


def pytest(build: pathlib.Path, log: pathlib.Path, *arguments: str,
           **env: str) -> Outcome:
    """pytest in a world with this build installed."""
    result = build / f"{log.stem}.xml"
    command = [WORLD, build, "env", "PYTHONPATH=/mnt/repo/tests/lib",
               sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q",
               "-rs", "--tb=short", f"--junitxml=/mnt/out/{result.name}",
               "--rootdir=/mnt/repo/tests", *arguments]
    result.unlink(missing_ok=True)
    outcome = Outcome()
    _run_pytest(command, log, outcome, env)
    return _results(result, log, outcome, arguments)


def outside(logs: pathlib.Path, name: str, *arguments: str, **env: str) -> Outcome:
    """The tests in tests/NAME, which are run outside of any world."""
    result = stack.TESTING / f"{name}.xml"
    result.unlink(missing_ok=True)
    outcome = Outcome()
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", "-rs",
               "--tb=short", f"--junitxml={result}", "--noconftest", *arguments,
               str(stack.ROOT / "tests" / name)]
    _run_pytest(command, logs / f"{name}.log", outcome, env)
    return _results(result, logs / f"{name}.log", outcome, (name,))


def trial(logs: pathlib.Path) -> Outcome:
    """./build.sh run."""
    return outside(logs, "trial", "-x", TRIAL_OUT=str(stack.TESTING / "trial"))


def bench(full: pathlib.Path, logs: pathlib.Path) -> Outcome:
    """./build.sh bench: whether it works; nothing is compared."""
    return outside(logs, "bench", BENCH_BUILD=str(full),
                   BENCH_OUT=str(stack.TESTING / "bench"))


def packages(logs: pathlib.Path) -> Outcome:
    """debian/: built twice, installed in a fresh root, upgraded, purged."""
    return outside(logs, "packages", PACKAGES_OUT=str(stack.TESTING / "packages"))


def _run_pytest(command: Sequence[object], log: pathlib.Path, outcome: Outcome,
                env: Mapping[str, str]) -> None:
    with open(log, "wb") as told:
        try:
            subprocess.run([str(word) for word in command], stdout=told, stderr=subprocess.STDOUT,
                           stdin=subprocess.DEVNULL, timeout=LIMIT, check=False,
                           env={**os.environ, **env})
        except subprocess.TimeoutExpired:
            outcome.failures.append((log.stem, "took too long"))


def _results(result: pathlib.Path, log: pathlib.Path, outcome: Outcome,
             arguments: Sequence[str]) -> Outcome:
    """Adds what pytest wrote down."""
    if not result.exists():
        tail = log.read_text(errors="replace")[-1500:]
        outcome.failures.append((f"pytest {' '.join(arguments)}", tail))
        return outcome
    for case in xml.parse(result).iter("testcase"):
        name = f"{case.get('classname', '')}.{case.get('name', '')}".replace("tests.", "")
        skipped = case.find("skipped")
        wrong = [item for tag in ("failure", "error") for item in case.iter(tag)]
        if wrong:
            outcome.failures.append((name, wrong[0].text or wrong[0].get("message", "")))
        elif skipped is not None:
            outcome.skips.append((name, skipped.get("message", "")))
        else:
            outcome.passed += 1
    return outcome


@dataclass
class Known:
    """What tests said, and of which files of the installation that depends."""

    outcome: Outcome
    read: list[str]
    digest: str


_known: dict[str, list[Known]] = {}
_knowing = threading.Lock()


def installed(build: pathlib.Path, names: Sequence[str]) -> str:
    """A hash of files by the name under which they are installed, and of how they and
    the places that are no files are installed."""
    table = [line for line in (build / "obj/install.tab").read_text().splitlines()
             if line.split()[0] in "dpz" or line.split()[4] in names]
    places = [build / "obj" / name if name.startswith("bin/")
              else build / "src/man" / pathlib.Path(name).name for name in names]
    return stack.digest(*places) + str([place.exists() for place in places]) + str(table)


def once(build: pathlib.Path, log: pathlib.Path, tests: pathlib.Path,
         *arguments: str) -> tuple[Outcome, bool]:
    """pytest, unless the same tests were run before and every program and page that they
    used then is the same byte for byte; whether it was run. Tests that look into the
    source or build tree are always run: what they see there may be in no program."""
    key = f"{tests} {arguments}"
    with _knowing:
        for known in _known.get(key, []):
            if installed(build, known.read) == known.digest:
                return known.outcome, False
    read = build / f"{log.stem}.read"
    outcome = pytest(build, log, f"/mnt/repo/{tests.relative_to(stack.ROOT)}", *arguments,
                     TEST_READ=f"/mnt/out/{read.name}")
    names = read.read_text().split() if read.exists() else everything(build)
    if any("/mnt/out" in path.read_text() for path in tests.rglob("*.py")):
        return outcome, True
    with _knowing:
        _known.setdefault(key, []).append(Known(outcome, names, installed(build, names)))
    return outcome, True


def everything(build: pathlib.Path) -> list[str]:
    """Every program and page, by the name under which it is installed."""
    return [f"bin/{path.name}" for path in sorted((build / "obj/bin").iterdir())] + [
        f"man/man{path.suffix[1:]}/{path.name}" for path in sorted((build / "src/man").iterdir())]


def base_on_prefix(build: pathlib.Path, logs: pathlib.Path) -> Outcome:
    """The part of the base's tests that every prefix has to pass."""
    outcome, ran = once(build, logs / f"base-on-{build.name}.log",
                        stack.ROOT / "tests/base", "-m", "every_prefix")
    # The same programs as a prefix before: told by one check, not counted again.
    return outcome if ran else Outcome(passed=int(not outcome.failures),
                                       failures=outcome.failures[:1])


def conformance(build: pathlib.Path, log: pathlib.Path) -> Outcome:
    """All recorded cases; each counts."""
    with open(log, "wb") as told:
        subprocess.run(
            [sys.executable, "-m", "replayer", build, "--show", "50"],
            cwd=stack.ROOT / "tests/conformance", stdout=told, stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL, check=False)
    outcome = Outcome()
    text = log.read_text(errors="replace")
    for line in text.splitlines():
        found = re.match(r"(\w+): (\d+) of (\d+) alike", line)
        if found:
            outcome.passed += int(found[2])
            for _ in range(int(found[3]) - int(found[2])):
                outcome.failures.append((f"conformance {found[1]}", f"see {log}"))
    if not re.search(r"\d+ passed, \d+ failed", text):
        outcome.failures.append(("conformance", text[-1500:]))
    return outcome


def folder(patch: str) -> pathlib.Path:
    return stack.ROOT / "tests/patches" / patch


@dataclass
class Judgement:
    """What a patch's tests say on its prefix, on the full stack and a patch earlier."""

    outcome: Outcome
    row: list[str]


def law(patch: str, before: pathlib.Path, upto: pathlib.Path, full: pathlib.Path,
        logs: pathlib.Path) -> Judgement:
    """A patch's tests pass on the prefix that ends with it and on the full stack, and
    one of them fails one patch earlier."""
    outcome = Outcome()
    row = [patch]
    tests = folder(patch)
    if not any(tests.rglob("test_*.py")):
        outcome.failures.append((f"{patch}: has tests", f"none in {tests}"))
        return Judgement(outcome, [patch, "-", "-", "-"])
    for build in (upto, full):
        there, ran = once(build, logs / f"{patch}-on-{build.name}.log", tests)
        row.append(counts(there))
        if ran:
            outcome += there
        elif upto != full:
            outcome.failures += there.failures[:1]
    earlier, _ = once(before, logs / f"{patch}-on-{before.name}.log", tests)
    row.append(counts(earlier))
    outcome.check(f"{patch}: a test of it fails one patch earlier", bool(earlier.failures),
                  f"all {earlier.passed} pass on {before.name}: they cannot tell")
    return Judgement(outcome, row)


def counts(outcome: Outcome) -> str:
    return f"{outcome.passed} passed, {len(outcome.failures)} failed"


def subset(build: pathlib.Path, logs: pathlib.Path) -> Outcome:
    """The base's core and the tests of every patch that a build holds."""
    outcome = base_on_prefix(build, logs)
    for patch in stack.held(build):
        there, ran = once(build, logs / f"{patch}-on-{build.name}.log", folder(patch))
        if ran:
            outcome += there
        else:
            outcome.failures += there.failures[:1]
    return outcome
