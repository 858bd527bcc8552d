# SPDX-License-Identifier: 0BSD
"""Measures servers side by side and writes a table and a plot."""
from __future__ import annotations

import argparse
import json
import os
import pathlib
import platform
import sys
import time

from suite import parts, stack
from suite.__main__ import mount_point

from . import plan, plot, report
from .worlds import PACKAGES, Bench, Entry


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="./build.sh bench", description=__doc__,
        epilog="Scenarios: " + "; ".join(f"{name}: {one.about}" for name, one
                                         in plan.SCENARIOS.items()))
    parser.add_argument("scenario", nargs="*", help="NAME[:key=value...]; without any: "
                        + ", ".join(plan.USUAL) + "; stack: accept and local on every prefix")
    parser.add_argument("--prefix", help="measure prefixes of the stack, NNNN,NNNN,... "
                        "(0000: the base; all: each), each against the one before")
    parser.add_argument("--peers", help="of " + ", ".join(PACKAGES) + ", separated by "
                        "commas, or none (default: all, with --prefix none)")
    parser.add_argument("--variant", action="append", default=[], metavar="NAME=COMMANDS",
                        help="measure our build a second time, after these shell commands"
                        " in its /var/qmail")
    parser.add_argument("--rounds", type=int, help="how often each is measured, in turn"
                        " (3; 1 if quick)")
    parser.add_argument("--quick", action="store_true", default=bool(os.environ.get("QUICK")),
                        help="few messages: does it work, not how fast it is")
    parser.add_argument("--build", type=pathlib.Path,
                        help="a build of ours (obj/ and src/ in it); default: the whole "
                        "stack is built in OUT")
    parser.add_argument("--out", type=pathlib.Path, default=stack.OUT / "bench",
                        help="where results go; default: OUT/bench")
    parser.add_argument("--name", help="of the results' files; default: the scenarios'")
    given = parser.parse_args()
    if given.scenario == ["stack"]:
        given.scenario, given.name = plan.STACK, given.name or "stack"
        given.prefix = given.prefix or "all"
    return given


def prefixes(words: str, bench: Bench) -> list[Entry]:
    every = [stack.BASE, *stack.patches()]
    names = [name for word in words.split(",") for name in
             (every if word == "all" else [stack.BASE] if word == "0000"
              else stack.named([word]))]
    entries = []
    for name in sorted(set(names)):
        print(f"bench: building the stack up to {name}", flush=True)
        entries.append(Entry(name, stack.prefix(name, bench.top / f"build-{name}.log")))
    return entries


def peers_of(words: str | None, given: argparse.Namespace, bench: Bench,
             build: pathlib.Path) -> list[Entry]:
    if words is None:
        usual = [name for name in PACKAGES
                 if any(name in job.peers for job in plan.jobs(given.scenario, given.quick))]
        words = "none" if given.prefix or given.variant else ",".join(usual)
    entries = []
    for name in words.split(",") if words != "none" else []:
        if name not in PACKAGES:
            raise SystemExit(f"bench: there is no peer {name}")
        if bench.fetch(name):
            entries.append(Entry(name, build, name))
        else:
            print(f"bench: {name} cannot be had, it is left out: see "
                  f"{bench.top}/fetch-{name}.log", flush=True)
    return entries


def entries_of(given: argparse.Namespace, bench: Bench) -> tuple[list[Entry], list[str]]:
    """Who is measured, and which of them are a chain of prefixes."""
    chain = prefixes(given.prefix, bench) if given.prefix else []
    if not chain and not given.build:
        print(f"bench: building the stack in {stack.OUT}", flush=True)
        stack.build(bench.top / "build.log", stack.OUT)
    ours = chain or [Entry("ours", (given.build or stack.OUT).resolve())]
    for text in given.variant:
        name, _, commands = text.partition("=")
        ours.append(Entry(name, ours[len(chain) - 1 if chain else 0].build, "", commands))
    return (ours + peers_of(given.peers, given, bench, ours[0].build),
            [entry.name for entry in chain])


def head(results: list[dict[str, object]], entries: list[Entry], rounds: int,
         quick: bool) -> list[str]:
    disks = sorted({str(found["disk"]) for found in results if "disk" in found})
    loads = [float(str(found["load"])) for found in results if "load" in found]
    lines = [
        f"{time.strftime('%Y-%m-%d %H:%M')}, {rounds} round"
        + ("s, each server in turn" if rounds > 1 else "")
        + (", quick: too few messages to compare anything" if quick else ""),
        f"Linux {platform.release()} {platform.machine()}, {os.cpu_count()} processors",
        "queue on " + "; ".join(disks),
        f"load average before a measurement: up to {report.figure(max(loads or [0.0]))}"]
    for entry in entries:
        version = next((found["version"] for found in results
                        if found["name"] == entry.name and "version" in found), "not measured")
        lines.append(f"{entry.name}: {version}"
                     + (f", after: {entry.commands}" if entry.commands else ""))
    return lines


class Run:
    """Measures, and writes what it has after each round: what was broken off is kept."""

    def __init__(self, bench: Bench, given: argparse.Namespace) -> None:
        self.bench, self.quick = bench, given.quick
        self.rounds = given.rounds or (1 if given.quick else 3)
        self.jobs = plan.jobs(given.scenario, given.quick)
        self.entries, self.chain = entries_of(given, bench)
        words = given.scenario or ["usual"]
        name = given.name or "+".join(word.replace(":", "-") for word in words)
        prefix = "prefix-" if given.prefix and not given.name else ""
        self.file = bench.top / (prefix + name)[:100]
        self.results: list[dict[str, object]] = []

    def path(self, kind: str) -> pathlib.Path:
        return self.file.parent / f"{self.file.name}.{kind}"

    def measure(self) -> None:
        for job in self.jobs:
            for number in range(1, self.rounds + 1):
                # There and back, so that no one is always after the same other.
                for entry in self.who(job)[::1 if number % 2 else -1]:
                    found = self.bench.measure(entry, job)
                    self.results.append({"name": entry.name, "job": job.title,
                                         "round": number, **found})
                    self.tell(job, number, entry, found)
                self.write()

    def who(self, job: plan.Job) -> list[Entry]:
        return [entry for entry in self.entries if entry.peer in ("", *job.peers)]

    @staticmethod
    def tell(job: plan.Job, number: int, entry: Entry, found: dict[str, object]) -> None:
        told = [f"{column.title} {found[column.key]}" for column
                in plan.SCENARIOS[job.scenario].columns[:4] if column.key in found]
        state = ", ".join(told) if found["ok"] else f"FAILED: {found.get('wrong', '')}"
        print(f"bench: {job.title}, round {number}, {entry.name}: {state}", flush=True)

    def write(self) -> str:
        done = [job for job in self.jobs
                if any(found["job"] == job.title for found in self.results)]
        tables = [report.table(job, self.results, [entry.name for entry in self.who(job)],
                               self.chain) for job in done]
        text = report.markdown(tables, head(self.results, self.entries, self.rounds,
                                            self.quick))
        self.path("md").write_text(text)
        self.path("svg").write_text(plot.svg(tables))
        self.path("jsonl").write_text("".join(
            json.dumps(found) + "\n" for found in self.results))
        return text


def main() -> int:
    given = arguments()
    if parts.CANNOT:
        print(f"bench: cannot measure here: {parts.CANNOT}", file=sys.stderr)
        return 1
    bench = Bench(given.out.resolve())
    bench.log.unlink(missing_ok=True)
    bench.compile()
    try:
        with mount_point():
            run = Run(bench, given)
            run.measure()
        print("\n" + run.write())
    except stack.BuildFailed as trouble:
        print(f"bench: a build failed; the end of its log:\n{trouble}", file=sys.stderr)
        return 1
    finally:
        bench.close()
    print(f"bench: written: {run.path('md')}, .svg and .jsonl; log: {bench.log}")
    return 0 if all(found["ok"] for found in run.results) else 1


if __name__ == "__main__":
    sys.exit(main())
