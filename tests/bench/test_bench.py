# SPDX-License-Identifier: 0BSD
"""./build.sh bench: that it works and that its tables say what was counted.

BENCH_BUILD is the build that is measured, BENCH_OUT where results go. Outside of any
world: the bench makes its own. Nothing here looks at how fast anything is."""
from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys
import xml.etree.ElementTree as xml

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = os.environ.get("BENCH_BUILD", str(ROOT / "out"))
OUT = pathlib.Path(os.environ.get("BENCH_OUT", ROOT / "out/test/bench"))
sys.path[:0] = [str(ROOT / "tests/bench"), str(ROOT / "tests/lib")]

from bench import plan, plot, report  # noqa: E402  pylint: disable=C0413

SVG = "{http://www.w3.org/2000/svg}"


def run(name: str, *arguments: str) -> tuple["subprocess.CompletedProcess[str]",
                                              list[dict[str, object]]]:
    for old in OUT.glob(f"{name}.*"):
        old.unlink()
    done = subprocess.run(
        [ROOT / "tests/bench/run", "--quick", "--build", BUILD, "--out", OUT, "--name", name,
         *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=900,
        stderr=subprocess.STDOUT, text=True, check=False)
    found = OUT / f"{name}.jsonl"
    lines = found.read_text().splitlines() if found.exists() else []
    return done, [json.loads(line) for line in lines]


@pytest.fixture(scope="module")
def two() -> tuple["subprocess.CompletedProcess[str]", list[dict[str, object]]]:
    """Two scenarios, ours and Postfix."""
    return run("two", "--peers", "postfix", "accept:c=10:n=100", "local:n=100")


def test_every_message_is_counted_on_its_whole_way(two: tuple) -> None:
    done, found = two
    assert done.returncode == 0, done.stdout[-3000:]
    if len(found) < 4:
        assert "postfix cannot be had" in done.stdout, done.stdout[-3000:]
    assert {(one["name"], one["job"]) for one in found} >= {
        ("ours", "accept c=10 n=100"), ("ours", "local n=100")}
    for one in found:
        assert one["ok"] and one["acked"] == 100, one
        assert one["queued" if "accept" in str(one["job"]) else "delivered"] == 100, one


def test_a_peer_is_measured_beside_ours(two: tuple) -> None:
    done, found = two
    if "postfix cannot be had" in done.stdout:
        pytest.skip("Postfix's package could not be fetched")
    assert [one["name"] for one in found] == ["ours", "postfix"] * 2, found
    assert {str(one["version"]).split()[0] for one in found} == {"Quiltmail", "Postfix"}


def test_the_table_holds_the_rates_and_their_ratio(two: tuple) -> None:
    _, found = two
    text = (OUT / "two.md").read_text()
    rates = {(one["name"], one["job"]): float(str(one["rate"])) for one in found}
    for (name, job), rate in rates.items():
        section = text.split(f"## {job}\n")[1].split("\n## ")[0]
        row = next(line for line in section.splitlines() if line.startswith(f"| {name} |"))
        cell = row.split("|")[3].split()
        assert cell[0] == report.figure(rate), row
        if name == "ours" and ("postfix", job) in rates:
            assert cell[1] == f"×{rate / rates['postfix', job]:.2f}", row
    assert "queue on " in text and "processors" in text and "quick" in text


def test_the_plot_is_well_formed_and_has_a_bar_for_each_rate(two: tuple) -> None:
    _, found = two
    picture = xml.parse(OUT / "two.svg").getroot()
    assert picture.tag == f"{SVG}svg"
    bars = [one for one in picture.iter(f"{SVG}rect") if one.get("x")]
    assert len(bars) == len(found)
    widths = sorted(float(one.get("width", 0)) for one in bars)
    assert widths[0] > 0 and widths[-1] <= plot.ROOM


def test_open_deliveries_and_latencies_are_measured() -> None:
    done, found = run("more", "--peers", "none", "hold:n=40:still=1",
                      "latency:n=20:to=remote")
    assert done.returncode == 0, done.stdout[-3000:]
    hold, latency = found
    assert hold["held"] == hold["most_held"] == hold["delivered"] == 40, hold
    assert hold["processes"]["qmail-remote"] == 40, hold  # type: ignore[index]
    assert float(str(hold["fds"])) > 80 and float(str(hold["pss_mb"])) > 0, hold
    assert latency["got"] == 20 and float(str(latency["p50"])) > 0, latency


def test_a_server_that_loses_mail_is_said_to_have_failed() -> None:
    broken = "mv bin/qmail-queue bin/real; printf '#!/bin/sh\\ncat >/dev/null\\n' " \
        ">bin/qmail-queue; chmod 755 bin/qmail-queue"
    done, found = run("broken", "--peers", "none", "--variant", f"liar={broken}",
                      "accept:c=5:n=50")
    assert done.returncode == 1, done.stdout[-3000:]
    assert [one["ok"] for one in found] == [True, False], found
    text = (OUT / "broken.md").read_text()
    assert "| liar | 0, 1 failed | - |" in text
    assert "Failed, liar: n 50, acked 50, queued 0" in text


def test_what_checks_and_signatures_cost_is_measured() -> None:
    done, found = run("auth", "--peers", "none", "auth:what=spf+dkim:n=20",
                      "auth:what=sign:n=20")
    assert done.returncode == 0, done.stdout[-3000:]
    for one in found:
        assert one["ok"] and float(str(one["cpu_ms"])) > 0, one
        assert one["added_ms"] == round(
            float(str(one["cpu_ms"])) - float(str(one["plain_ms"])), 3), one


def test_checks_that_are_not_made_are_said_to_have_failed() -> None:
    done, found = run("blind", "--peers", "none", "--variant",
                      "blind=cp -p bin/qmail-queue bin/qmail-dkim", "auth:what=dkim:n=20")
    assert done.returncode == 1, done.stdout[-3000:]
    assert [one["ok"] for one in found] == [True, False], found


# What needs no server

JOB = plan.Job("local", {})


def results(**rates: list[float]) -> list[report.Found]:
    return [{"name": name, "job": JOB.title, "ok": rate > 0, "rate": rate, "round": number}
            for name, values in rates.items() for number, rate in enumerate(values)]


def test_a_cell_is_the_median_the_range_and_the_ratios_round_by_round() -> None:
    found = results(ours=[90, 120, 100], postfix=[50, 200, 40])
    rows = report.table(JOB, found, ["ours", "postfix"], []).rows
    assert str(rows["ours"][0]) == "100 [90–120] ×1.80 [0.60–2.50]"
    assert str(rows["postfix"][0]) == "50 [40–200]"


def test_a_prefix_is_compared_with_the_one_before() -> None:
    chain = ["0000-base", "0110-x", "0200-y"]
    found = results(**{"0000-base": [100], "0110-x": [95], "0200-y": [190], "exim": [50],
                       "postfix": [200]})
    rows = report.table(JOB, found, [*chain, "exim", "postfix"], chain).rows
    assert [rows[name][0].ratios for name in rows] == [[], [0.95], [2.0], [0.25], []]


def test_failed_rounds_do_not_count() -> None:
    found = results(ours=[100, 0, 110], postfix=[50, 1, 0])
    one = report.table(JOB, found, ["ours", "postfix"], [])
    assert one.rounds == {"ours": 2, "postfix": 2} and len(one.failed["ours"]) == 1
    assert str(one.rows["ours"][0]) == "105 [100–110] ×2.00"


def test_all_failed_still_makes_a_table_and_a_plot() -> None:
    one = report.table(JOB, results(ours=[0]), ["ours"], [])
    assert "| ours | 0, 1 failed |" in report.markdown([one], ["head"])
    assert "not measured" in plot.svg([one])
    xml.fromstring(plot.svg([one]))


def test_names_in_a_plot_are_escaped() -> None:
    one = report.table(JOB, results(**{"a<b&c": [1.0]}), ["a<b&c"], [])
    assert "a<b&c" in "".join(xml.fromstring(plot.svg([one])).itertext())


def test_a_scenario_without_options_stands_for_its_variants() -> None:
    assert [job.title for job in plan.jobs(["accept"], False)] == [
        "accept c=1 n=600", "accept c=10", "accept c=50 lasting=1"]
    assert [job.title for job in plan.jobs(["backlog:pre=100000:again=0"], False)] == [
        "backlog pre=100000 again=0"]
    with pytest.raises(SystemExit):
        plan.jobs(["nothing"], False)
