# SPDX-License-Identifier: 0BSD
"""What was tested and how it ended: progress while it runs, a count at the end."""
from __future__ import annotations

import pathlib
import threading
import time
from dataclasses import dataclass, field


@dataclass
class Outcome:
    """What one part of the suite found. Each failure and skip has a name and why."""

    passed: int = 0
    failures: list[tuple[str, str]] = field(default_factory=list)
    skips: list[tuple[str, str]] = field(default_factory=list)

    def check(self, name: str, good: bool, why: str = "") -> None:
        if good:
            self.passed += 1
        else:
            self.failures.append((name, why))

    def __iadd__(self, other: "Outcome") -> "Outcome":
        self.passed += other.passed
        self.failures += other.failures
        self.skips += other.skips
        return self


class Report:
    """Collects outcomes from several threads."""

    def __init__(self, logs: pathlib.Path) -> None:
        self.logs = logs
        logs.mkdir(parents=True, exist_ok=True)
        self.total = Outcome()
        self._began = time.monotonic()
        self._lock = threading.Lock()

    def say(self, text: str) -> None:
        elapsed = int(time.monotonic() - self._began)
        print(f"[{elapsed // 60:2}:{elapsed % 60:02}] {text}", flush=True)

    def add(self, part: str, outcome: Outcome) -> None:
        """Takes a part's outcome and tells it in a line, failures in full."""
        with self._lock:
            if not outcome.passed and not outcome.failures and not outcome.skips:
                outcome.failures.append((part, "no test ran"))
            self.total += outcome
            skipped = f", {len(outcome.skips)} skipped" if outcome.skips else ""
            self.say(f"{part}: {outcome.passed} passed, {len(outcome.failures)} failed"
                     f"{skipped}")
            for name, why in outcome.failures[:20]:
                print(f"    FAILED {name}")
                for line in why.strip().splitlines()[-12:]:
                    print(f"        {line[:200]}")
            if len(outcome.failures) > 20:
                print(f"    and {len(outcome.failures) - 20} more: {self.logs}")

    def table(self, name: str, head: list[str], rows: list[list[str]]) -> None:
        """Prints a table and leaves it in the logs as NAME.md."""
        lines = [head, ["---"] * len(head), *rows]
        text = "".join("| " + " | ".join(line) + " |\n" for line in lines)
        (self.logs / f"{name}.md").write_text(text)
        with self._lock:
            print(text, end="")

    def finish(self) -> int:
        """Lists what was left out and prints the last line; the exit code."""
        total = self.total
        if total.skips:
            print(f"Left out, {len(total.skips)}:")
            for name, why in total.skips:
                print(f"    {name}: {why}")
        if total.failures:
            print("Failed:")
            for name, _ in total.failures:
                print(f"    {name}")
            print(f"Logs: {self.logs}")
        if not total.passed and not total.failures:
            total.failures.append(("everything", "no test ran"))
        print(f"{total.passed} passed, {len(total.failures)} failed", flush=True)
        return 1 if total.failures else 0
