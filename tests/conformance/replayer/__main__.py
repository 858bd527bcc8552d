# SPDX-License-Identifier: 0BSD
"""replayer OUT [--kinds A,B] [--only ID]... [--worlds N] [--show N]

Plays the cases against the build in OUT, several at a time, each in a world of its
own. Prints a line a kind, the first differences, and at the end a count. With
--worker it plays what it is told on standard input (that is what runs in a world).
"""
from __future__ import annotations

import argparse
import json
import os
import pathlib
import queue
import signal
import subprocess
import sys
import threading
import time
import traceback

from . import cases, players

HERE = pathlib.Path(__file__).resolve()
ROOT = HERE.parents[3]


def worker() -> None:
    """Plays the cases named on standard input, a JSON line each."""
    # The programs begin with the usual signals, even under nohup.
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    loaded: dict[str, dict[str, cases.Case]] = {}
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    for line in sys.stdin:
        kind, name = json.loads(line)
        if kind not in loaded:
            loaded[kind] = {case["id"]: case for case in cases.load(kind)}
        case = loaded[kind][name]
        try:
            answer = players.play(kind, case)
            print(json.dumps(cases.differences(kind, case, answer)), file=answers)
        except Exception:  # a case that cannot be played has failed
            trouble = traceback.format_exc()[-600:]
            print(json.dumps([("replayer", "to play the case", trouble)]), file=answers)


class World(threading.Thread):
    """A world with a worker in it, which takes cases from a common queue."""

    def __init__(self, out: pathlib.Path, todo: "queue.Queue[tuple[str, str]]",
                 done: "queue.Queue[tuple[str, str, list]]") -> None:
        super().__init__(daemon=True)
        self.todo, self.done = todo, done
        self.child = subprocess.Popen(
            [ROOT / "tests/lib/world", out, "env",
             "PYTHONPATH=/mnt/repo/tests/conformance", "PYTHONDONTWRITEBYTECODE=1",
             sys.executable, "-m", "replayer", "--worker", "-"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def run(self) -> None:
        assert self.child.stdin and self.child.stdout
        while True:
            try:
                job = self.todo.get_nowait()
            except queue.Empty:
                break
            try:
                self.child.stdin.write(json.dumps(job) + "\n")
                self.child.stdin.flush()
                reply = json.loads(self.child.stdout.readline())
            except (OSError, ValueError):
                reply = [["replayer", "an answer", "the world ended"]]
            self.done.put((*job, reply))
            if self.child.poll() is not None:
                break
        self.child.stdin.close()
        self.child.wait()


def report(kind: str, total: int, failed: list[tuple[str, list]], show: int) -> None:
    for name, places in failed[:show]:
        print(f"  {kind} {name}")
        for where, want, got in places[:3]:
            print(f"    {where}\n      expected {want}\n      got      {got}")
    if len(failed) > show:
        print("  also", kind + ":", " ".join(name for name, _ in failed[show:][:40]))
    print(f"{kind}: {total - len(failed)} of {total} alike", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="replayer", description=__doc__)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--kinds", default=",".join(players.PLAYERS))
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--worlds", type=int, default=0)
    parser.add_argument("--show", type=int, default=3)
    parser.add_argument("--worker", action="store_true")
    args = parser.parse_args()
    if args.worker:
        worker()
        return 0
    todo: "queue.Queue[tuple[str, str]]" = queue.Queue()
    done: "queue.Queue[tuple[str, str, list]]" = queue.Queue()
    left: dict[str, int] = {}
    count: dict[str, int] = {}
    for kind in args.kinds.split(","):
        names = [case["id"] for case in cases.load(kind)
                 if not args.only or case["id"] in args.only]
        count[kind] = left[kind] = len(names)
        for name in names:
            todo.put((kind, name))
    began, number = time.monotonic(), args.worlds or 3 * (os.cpu_count() or 2)
    number = max(1, min(number, sum(count.values())))
    worlds = [World(args.out, todo, done) for _ in range(number)]
    for world in worlds:
        world.start()
    meant = cases.meant(args.out / "series")
    failed: dict[str, list[tuple[str, list]]] = {kind: [] for kind in count}
    good = 0
    while any(left.values()) and (any(w.is_alive() for w in worlds) or not done.empty()):
        try:
            kind, name, places = done.get(timeout=1)
        except queue.Empty:
            continue
        left[kind] -= 1
        if (kind, name) in meant:
            places = meant[kind, name].judge(places)
        if places:
            failed[kind].append((name, places))
        else:
            good += 1
        if not left[kind]:
            report(kind, count[kind], sorted(failed[kind]), args.show)
    for kind in (kind for kind in left if left[kind]):
        failed[kind] += [("(not played)", [])] * left[kind]
        report(kind, count[kind], failed[kind], args.show)
    bad = sum(count.values()) - good
    played = [(kind, name) for kind, name in meant
              if kind in count and (not args.only or name in args.only)]
    if played:
        print(f"{len(played)} of them meant to differ: see the patches' differs.txt")
    print(f"{good} passed, {bad} failed ({time.monotonic() - began:.0f} s)")
    return 0 if good and not bad else 1


if __name__ == "__main__":
    sys.exit(main())
