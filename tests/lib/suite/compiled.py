# SPDX-License-Identifier: 0BSD
"""The parts of the suite about compiling: unit tests, corpora, sanitizers, compilers."""
from __future__ import annotations

import os
import pathlib
import re
import subprocess

from . import parts, stack
from .report import Outcome

STRICT = "-std=c11 -D_DEFAULT_SOURCE -D_POSIX_C_SOURCE=200809L -Wall -Wextra"
SANITIZE = ("-O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined"
            " -fno-sanitize-recover=all")


def run(log: pathlib.Path, *command: str, **how: object) -> bool:
    """Runs a command, adds its output to a log; whether it did well."""
    how.setdefault("env", os.environ)
    with open(log, "ab") as told:
        told.write((" ".join(command) + "\n").encode())
        told.flush()
        try:
            done = subprocess.run(command, stdout=told, stderr=subprocess.STDOUT,
                                  stdin=subprocess.DEVNULL, timeout=600,
                                  check=False, **how)  # type: ignore[call-overload]
        except subprocess.TimeoutExpired:
            told.write(b"took too long\n")
            return False
    return done.returncode == 0


def end_of(log: pathlib.Path) -> str:
    return log.read_text(errors="replace")[-1500:] if log.exists() else ""


def archive(source: pathlib.Path, build: pathlib.Path, flags: str, log: pathlib.Path,
            compiler: str = "gcc") -> pathlib.Path:
    """The archive of all modules, compiled with these flags."""
    if not run(log, "make", "-s", "-j2", "-C", str(source), f"BUILD={build}",
               f"CC={compiler}", f"CFLAGS={flags}", f"{build}/base.a"):
        raise stack.BuildFailed(end_of(log))
    return build / "base.a"


def fresh(log: pathlib.Path) -> pathlib.Path:
    log.unlink(missing_ok=True)
    return log


def units(logs: pathlib.Path, tree: pathlib.Path, name: str,
          tests: pathlib.Path = stack.ROOT / "tests/unit") -> Outcome:
    """Unit tests against a source tree, as they are and with sanitizers: tests/unit/run
    tells how."""
    outcome = Outcome()
    log = fresh(logs / f"unit-{name}.log")
    good = run(log, str(stack.ROOT / "tests/unit/run"), str(tree),
               str(stack.TESTING / f"unit-{name}"), str(tests))
    text = log.read_text(errors="replace")
    for build, program, passed, failed in re.findall(
            r"^(plain|sanitized) +(\S+) +(\d+) passed, (\d+) failed$", text, re.MULTILINE):
        outcome.passed += int(passed)
        outcome.failures += [(f"{build} {program} ({name})", f"see {log}")] * int(failed)
    if not good and not outcome.failures:
        outcome.failures.append((f"unit tests ({name})", end_of(log)))
    return outcome


def corpora(logs: pathlib.Path, tree: pathlib.Path) -> Outcome:
    """Each fuzz target over its corpus, on the full stack; a target counts once."""
    outcome = Outcome()
    log = fresh(logs / "corpora.log")
    fuzz = stack.ROOT / "tests/fuzz"
    where = stack.TESTING / "corpora"
    base = archive(tree, where, SANITIZE, log)
    for source in sorted(fuzz.glob("*.c")):
        program = where / f"fuzz-{source.stem}"
        inputs = sorted(str(path) for path in (fuzz / "corpus" / source.stem).glob("*"))
        mine = fresh(logs / f"corpus-{source.stem}.log")
        good = bool(inputs) and run(
            mine, "gcc", *STRICT.split(), *SANITIZE.split(), f"-I{tree}", f"-I{where}", f"-I{fuzz}",
            "-o", str(program), str(source), str(stack.ROOT / "tests/lib/replay.c"), str(base))
        good = good and run(mine, str(program), *inputs, env=os.environ | {
            "ASAN_OPTIONS": "detect_leaks=1"})
        outcome.check(f"corpus of {source.stem}", good,
                      end_of(mine) if inputs else "it has no corpus")
    return outcome


def sanitized(logs: pathlib.Path) -> Outcome:
    """The base's tests on programs built with sanitizers."""
    where = stack.TESTING / "sanitized"
    where.mkdir(parents=True, exist_ok=True)
    log = fresh(logs / "build-sanitized.log")
    options = where / "sanitize.o"
    if not run(log, "gcc", "-c", "-o", str(options), str(stack.ROOT / "tests/lib/sanitize.c")):
        raise stack.BuildFailed(end_of(log))
    stack.build(log, where, CFLAGS=SANITIZE, LDFLAGS=str(options))
    return parts.pytest(where, logs / "sanitized.log", "/mnt/repo/tests/base",
                        SANITIZED="yes")


def compilers(logs: pathlib.Path, tree: pathlib.Path) -> Outcome:
    """The full stack with each compiler and C library, every warning an error."""
    outcome = Outcome()
    log = fresh(logs / "builds.log")
    run(log, str(stack.ROOT / "tests/builds"), str(tree),
        env=os.environ | {"OUT": str(stack.TESTING)})
    text = log.read_text(errors="replace")
    for line in text.splitlines():
        missing = re.match(r"FAIL build (\S+): (\S+) is not there", line)
        failed = re.match(r"FAIL build (\S+), see (.*)", line)
        if missing:
            outcome.skips.append((f"compile: {missing[1]}", f"{missing[2]} is not installed"))
        elif failed:
            outcome.failures.append((f"compile: {failed[1]}", end_of(pathlib.Path(failed[2]))))
    count = re.search(r"^(\d+) passed", text, re.M)
    outcome.passed = int(count[1]) if count else 0
    return outcome
