# SPDX-License-Identifier: 0BSD
"""The crash rig by hand, in a world: tests/crash/run OUT [options]."""
from __future__ import annotations

import argparse
import sys
import time

import kills
from drain import Verdict, try_all
from mailhost import Mailhost
from scenes import SCENES, cases, record


def kill_all(host: Mailhost, every: bool) -> Verdict:
    total = Verdict()
    verdict, calls = kills.kill_queue(host, every)
    print(f"qmail-queue, called: killed at {calls} calls; {verdict}", flush=True)
    total += verdict
    for program in kills.SERVER:
        verdict, calls = kills.kill_server(host, program, every)
        print(f"{program}: killed at {calls} calls; {verdict}", flush=True)
        total += verdict
    return total


def cut_all(host: Mailhost, args: argparse.Namespace) -> Verdict:
    total = Verdict()
    for scene in SCENES:
        if args.scene and scene.name not in args.scene:
            continue
        began = time.monotonic()
        lines = record(scene, host)
        if args.recording:
            print("\n".join(line[:150] for line in lines))
        verdict = try_all(host, list(cases(
            scene, lines, args.limit, args.seed, args.orderly)))
        print(f"{scene.name}: {verdict}; {time.monotonic() - began:.1f} s", flush=True)
        total += verdict
    return total


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests/crash/run OUT")
    parser.add_argument("--limit", type=int, default=200,
                        help="the most states of one moment; beyond it, a sample")
    parser.add_argument("--seed", type=int, default=1, help="of the sample")
    parser.add_argument("--scene", action="append", help="only this one; may be repeated")
    parser.add_argument("--show", type=int, default=3, help="findings to print of each sort")
    parser.add_argument("--recording", action="store_true", help="print what was recorded")
    parser.add_argument("--orderly", action="store_true",
                        help="a disk that does everything at once, in order")
    parser.add_argument("--kill", action="store_true",
                        help="instead: kill -9 of each program at each visible call")
    parser.add_argument("--every", action="store_true", help="at every call")
    args = parser.parse_args()
    host = Mailhost()
    total = kill_all(host, args.every) if args.kill else cut_all(host, args)
    for sort in (total.lost, total.wrong, total.broken):
        for text in sort[:args.show]:
            print(f"    {text}")
    print(f"total: {total}")
    return 0 if total.good() else 1


if __name__ == "__main__":
    sys.exit(main())
