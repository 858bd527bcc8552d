# SPDX-License-Identifier: 0BSD
"""Results to tables: a cell is the median of the rounds, their range, and the ratio to
the row that it is compared with, taken round by round."""
from __future__ import annotations

import statistics
from dataclasses import dataclass, field
from typing import Callable

from .plan import SCENARIOS, Column, Job

Found = dict[str, object]


@dataclass
class Cell:
    values: list[float]
    ratios: list[float] = field(default_factory=list)

    @property
    def middle(self) -> float:
        return statistics.median(self.values)

    def __str__(self) -> str:
        if not self.values:
            return "-"
        text = spread(self.values, figure)
        return text + (" ×" + spread(self.ratios, "{:.2f}".format) if self.ratios else "")


def spread(values: list[float], show: Callable[[float], str]) -> str:
    """The median and, of more than one, the range."""
    text = show(statistics.median(values))
    if len(values) > 1:
        text += f" [{show(min(values))}–{show(max(values))}]"
    return text


def figure(value: float) -> str:
    """Three digits are more than such a number is worth; of a big one, all whole ones."""
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


@dataclass
class Table:
    """One scenario with its options: a row for each who was measured."""

    job: Job
    columns: list[Column]
    rows: dict[str, list[Cell]]
    failed: dict[str, list[str]]
    rounds: dict[str, int]


def numbers(results: list[Found], name: str, key: str) -> dict[int, float]:
    """A number by the round it was found in."""
    return {int(str(found["round"])): float(str(found[key])) for found in results
            if found["name"] == name and found["ok"] and found.get(key) is not None}


def cell(results: list[Found], name: str, base: str | None, column: Column) -> Cell:
    mine = numbers(results, name, column.key)
    other = numbers(results, base, column.key) if base and column.better else {}
    return Cell(list(mine.values()), [value / other[number] for number, value
                                      in mine.items() if other.get(number)])


def compared_with(name: str, names: list[str], chain: list[str]) -> str | None:
    """A prefix with the one before; others with Postfix, or else with the first."""
    if name in chain[1:]:
        return chain[chain.index(name) - 1]
    if len(chain) > 1 and name == chain[0]:
        return None
    base = "postfix" if "postfix" in names else names[0]
    return None if name == base else base


def table(job: Job, results: list[Found], names: list[str], chain: list[str]) -> Table:
    """CHAIN: the names that are prefixes of the stack, in order."""
    mine = [found for found in results if found["job"] == job.title]
    columns = SCENARIOS[job.scenario].columns
    rows: dict[str, list[Cell]] = {}
    for name in names:
        base = compared_with(name, names, chain)
        rows[name] = [cell(mine, name, base, column) for column in columns]
    failed = {name: [str(found.get("wrong") or counts(found)) for found in mine
                     if found["name"] == name and not found["ok"]] for name in names}
    rounds = {name: sum(found["name"] == name and bool(found["ok"]) for found in mine)
              for name in names}
    return Table(job, columns, rows, failed, rounds)


def sentence(words: str) -> str:
    return words[0].upper() + words[1:] + "."


def counts(found: Found) -> str:
    """Of a measurement whose counts do not add up: the counts."""
    keys = ("n", "pre", "acked", "queued", "delivered", "got", "left")
    return ", ".join(f"{key} {found[key]}" for key in keys if key in found)


def markdown(tables: list[Table], head: list[str]) -> str:
    lines = ["# Measured", "", *(f"* {line}" for line in head), "",
             "A cell: median [lowest–highest] ×ratio [lowest–highest]. The ratio is taken "
             "round by round, to the row before for prefixes of the stack, else to "
             "postfix's row, or to the first if that was not measured. How to read it: "
             "doc/performance.md.", ""]
    for one in tables:
        lines += [f"## {one.job.title}", "",
                  sentence(SCENARIOS[one.job.scenario].about), "",
                  "| | rounds | " + " | ".join(column.title for column in one.columns) + " |",
                  "| --- | --- |" + " --- |" * len(one.columns)]
        for name, cells in one.rows.items():
            bad = f", {len(one.failed[name])} failed" if one.failed[name] else ""
            lines.append(f"| {name} | {one.rounds[name]}{bad} | "
                         + " | ".join(map(str, cells)) + " |")
        for name, why in one.failed.items():
            lines += [f"\nFailed, {name}: {reason}" for reason in why]
        lines.append("")
    return "\n".join(lines)
