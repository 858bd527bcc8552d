# SPDX-License-Identifier: 0BSD
"""doc/legacy-names.md is what the table and the patches say, and what the programs do."""
from __future__ import annotations

import pathlib
import re
import subprocess

from doctor import table
from mailhost import BIN

REPO = pathlib.Path("/mnt/repo")
DOCUMENT = REPO / "doc/legacy-names.md"


def rows() -> list[list[str]]:
    return [[cell.strip() for cell in line.strip("|").split(" | ")]
            for line in DOCUMENT.read_text().splitlines() if line.startswith("| `")]


def test_it_is_up_to_date() -> None:
    made = subprocess.run([REPO / "tools/legacy-names"], capture_output=True, check=True,
                          text=True).stdout
    assert made == DOCUMENT.read_text(), "./build.sh audit --facts writes it anew"


def test_it_has_a_row_for_each_name_that_is_not_of_qmail_itself() -> None:
    assert len(rows()) == sum(line[0] != "remedy" and line[3] != "-" for line in table())


def test_every_patch_it_names_is_in_the_series_and_has_the_name_in_it() -> None:
    series = re.findall(r"^(\d{4})-(\S+)\.patch$", (REPO / "series").read_text(), re.M)
    files = {number: f"{number}-{name}.patch" for number, name in series}
    served = [row for row in rows() if row[3] != "no"]
    assert len(served) > 40
    for row in served:
        name = row[0].strip("`")
        assert name in (REPO / "patches" / files[row[3]]).read_text(), row


def test_control_files_it_calls_read_are_those_of_qmail_showctl() -> None:
    """On a build of a part of the stack fewer may be read, never more."""
    shown = subprocess.run([BIN / "qmail-showctl"], capture_output=True, text=True,
                           check=True).stdout
    known = set(re.findall(r"^ *([^ :]+): (?!No program of)", shown, re.M))
    text = DOCUMENT.read_text()
    control = text[text.index("## Files in control"):text.index("## Files in users")]
    unread = set(re.findall(r"^\| `([^`]+)` \|.*\| no \| [a-z-]+ \|$", control, re.M))
    assert len(unread) > 200 and not unread & known
