# SPDX-License-Identifier: 0BSD
"""qmail-showctl shows what patches brought apart from what qmail 1.03 has."""
import pathlib
import re
import subprocess

from mailhost import BIN, Mailhost

SOURCE = pathlib.Path("/mnt/out/src/admin")
HEADING = "Beyond qmail 1.03:"


def shown() -> tuple[list[str], list[str]]:
    """The lines above and below the heading."""
    lines = subprocess.run([BIN / "qmail-showctl"], capture_output=True, text=True,
                           check=True).stdout.splitlines()
    at = lines.index(HEADING) if HEADING in lines else len(lines)
    return lines[:at], lines[at + 1:]


def names(lines: list[str], indent: str) -> list[str]:
    return [found[1] for line in lines if (found := re.match(rf"{indent}([^ :]+): ", line))]


def tables(own: bool) -> list[str]:
    """The names in the base's table, or in all others, as the source has them."""
    found: list[str] = []
    for path in sorted(SOURCE.glob("showctl-*.c")):
        if (path.name == "showctl-base.c") == own:
            found += re.findall(r'^\t\{"([^"]+)"', path.read_text(), re.M)
    return found


def test_the_settings_of_qmail_come_first_and_nothing_is_between(host: Mailhost) -> None:
    above, _ = shown()
    settings = [name for name in names(above, "") if not name.startswith("queue/")]
    assert settings == tables(own=True)
    assert names(above, "  ") == []


def test_the_settings_of_patches_are_below_the_heading_and_indented(host: Mailhost) -> None:
    _, below = shown()
    assert names(below, "  ") == tables(own=False)
    assert names(below, "") == []
    assert all(line.startswith("  ") for line in below if line)
    assert bool(below) == bool(tables(own=False))


def test_a_name_that_no_program_reads_is_not_among_them(host: Mailhost) -> None:
    host.control(misspelt="x")
    _, below = shown()
    assert [line for line in below if line.startswith("misspelt: ")]
