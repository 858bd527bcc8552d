# SPDX-License-Identifier: 0BSD
"""Tables to one SVG: a panel a scenario, a bar a row, a line from the lowest to the
highest round."""
from __future__ import annotations

from xml.sax.saxutils import escape

from .report import Cell, Table, figure

WIDTH, LABEL, BAR, HEAD, GAP = 760, 170, 22, 34, 18
ROOM = WIDTH - LABEL - 150
COLOURS = ("#2b6cb0", "#c05621", "#2f855a", "#6b46c1", "#b83280", "#718096")


def text(x: float, y: float, words: str, more: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" {more}>{escape(words)}</text>'


def bar(y: float, name: str, cell: Cell, top: float, colour: str) -> list[str]:
    middle = y + BAR / 2
    parts = [text(LABEL - 8, middle + 4, name, 'text-anchor="end"')]
    if not cell.values:
        return parts + [text(LABEL + 4, middle + 4, "not measured", 'fill="#888"')]
    scale = ROOM / top if top else 0
    low, high = min(cell.values) * scale, max(cell.values) * scale
    parts.append(f'<rect x="{LABEL}" y="{y + 3:.1f}" width="{cell.middle * scale:.1f}" '
                 f'height="{BAR - 6}" fill="{colour}"/>')
    parts.append(f'<line x1="{LABEL + low:.1f}" x2="{LABEL + high:.1f}" y1="{middle:.1f}" '
                 f'y2="{middle:.1f}" stroke="#222" stroke-width="1.5"/>')
    parts.append(text(LABEL + high + 6, middle + 4, figure(cell.middle)))
    return parts


def panel(y: float, one: Table) -> tuple[list[str], float]:
    column = one.columns[0]
    direction = f", {column.better} is better" if column.better else ""
    parts = [text(12, y + 18, f"{one.job.title}: {column.title}{direction}",
                  'font-weight="bold"')]
    top = max((max(cells[0].values) for cells in one.rows.values() if cells[0].values),
              default=0.0)
    y += HEAD
    for number, (name, cells) in enumerate(one.rows.items()):
        parts += bar(y, name, cells[0], top, COLOURS[number % len(COLOURS)])
        y += BAR
    return parts, y + GAP


def svg(tables: list[Table]) -> str:
    parts, y = [], 8.0
    for one in tables:
        more, y = panel(y, one)
        parts += more
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{y:.0f}" '
        f'viewBox="0 0 {WIDTH} {y:.0f}" font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{y:.0f}" fill="#fff"/>', *parts, "</svg>", ""])
