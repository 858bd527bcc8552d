# SPDX-License-Identifier: 0BSD
"""The packages as files: built alike twice, of the very patches, with libraries only
where they belong, with bills of materials; what lintian and rpmlint say."""
from __future__ import annotations

import filecmp
import json
import pathlib
import re

import pytest

from making import REPO, built, built_elsewhere, debs, package, rpms, run


def needs(dist: pathlib.Path) -> dict[str, str]:
    return {deb.name.split("_")[0]: run("dpkg-deb", "-f", deb, "Depends")
            for deb in dist.glob("*.deb")}


def test_debian_builds_by_two_users_in_other_places_and_locales_are_alike() -> None:
    names = [path.name for path in debs().iterdir() if path.is_file()
             and path.suffix not in (".buildinfo", ".changes")]
    again = built_elsewhere("deb")
    assert len(names) >= 10
    _, differ, missing = filecmp.cmpfiles(debs(), again, names, shallow=False)
    assert (differ, missing) == ([], [])


# rpmbuild writes the spec into the source package as it is after expansion, with the
# place of the build in it; these are that, and what is computed of it.
PLACE = {"Spec", "Sigmd5", "Sha1header", "Sha256header", "Sourcepkgid", "Sigsize"}


def tags(file: pathlib.Path) -> dict[str, str]:
    """What a package's header says, the payload's digest among it."""
    told = run("rpm", "-qp", "--xml", file)
    return {name: value for name, value in re.findall(
        r'<rpmTag name="(\w+)">(.*?)</rpmTag>', told, re.S) if name not in PLACE}


def test_rpm_builds_by_two_users_in_other_places_and_locales_are_alike() -> None:
    again = built_elsewhere("rpm")
    names = [path.name for path in rpms().glob("*.rpm")]
    assert len(names) == 4
    for name in names:
        ours, theirs = tags(rpms() / name), tags(again / name)
        assert "Payloaddigest" in ours and len(ours) > 30
        assert [tag for tag in ours if ours[tag] != theirs.get(tag)] == [], name


def test_source_holds_the_very_patches_in_their_order() -> None:
    series = [line for line in (REPO / "series").read_text().splitlines()
              if line and not line.startswith("#")]
    debian = next(debs().glob("*.debian.tar.xz"))
    listed = run("tar", "-xOf", debian, "debian/patches/series").split()
    assert listed == series
    for name in series:
        assert run("tar", "-xOf", debian, f"debian/patches/{name}") == (
            REPO / "patches" / name).read_text()


def test_only_a_part_depends_on_a_library() -> None:
    found = needs(debs())
    assert set(found) == {"quiltmail", "quiltmail-tls", "quiltmail-dkim"}
    assert "libssl" not in found["quiltmail"]
    assert "libssl" in found["quiltmail-tls"] and "libssl" in found["quiltmail-dkim"]
    assert run("dpkg-deb", "-f", package(debs(), "quiltmail"), "Provides"
               ).strip() == "mail-transport-agent"


def test_a_library_that_a_program_links_stands_in_a_record(tmp_path: pathlib.Path) -> None:
    """So that the page of a patch does not say "none" of what it brings in."""
    linked = set()
    for name in "quiltmail", "quiltmail-tls", "quiltmail-dkim":
        run("dpkg-deb", "-x", package(debs(), name), tmp_path)
    for program in (tmp_path / "usr/lib/quiltmail/bin").iterdir():
        if program.read_bytes()[:4] == b"\x7fELF":
            linked |= set(re.findall(r"NEEDED.*\[lib(\w+)\.so", run("readelf", "-d", program)))
    named = set()
    for record in (REPO / "doc/patches").glob("*.md"):
        line = re.search("^- libraries linked: .*", record.read_text(), re.M)
        named |= set(re.findall(r"`-l(\w+)`", line[0] if line else ""))
    assert {"ssl", "crypto"} <= linked - {"c"} <= named


@pytest.mark.parametrize("name,patch,left", [
    ("later", "0620-dkim-verify", {"quiltmail", "quiltmail-tls"}),
    ("least", "0400-qmail-tlsd", {"quiltmail", "quiltmail-dkim"})])
def test_left_out_patches_leave_out_their_packages_and_libraries(
        name: str, patch: str, left: set[str]) -> None:
    dist = built(name, "deb", patch)
    found = needs(dist)
    assert set(found) == left
    assert "libssl" not in found["quiltmail"]
    names = run("dpkg-deb", "-c", package(dist, "quiltmail"))
    assert ("qmail-smtps.service" in names) == (name == "later")
    version = run("dpkg-deb", "-f", package(dist, "quiltmail"), "Version")
    assert "+part1" in version


@pytest.mark.parametrize("dist,part,library", [
    (debs, "quiltmail-tls_*.deb", "libssl3"), (rpms, "quiltmail-tls-*.rpm", "libssl.so.3")])
def test_bill_of_materials_names_each_patch_and_library(
        dist, part: str, library: str) -> None:  # type: ignore[no-untyped-def]
    file = next(dist().glob(part))
    bill = json.loads(pathlib.Path(f"{file}.spdx.json").read_text())
    names = {entry["name"] for entry in bill["packages"]}
    assert {path.name for path in (REPO / "patches").iterdir()} <= names
    assert {library, "quiltmail-base"} <= names
    assert bill["packages"][0]["checksums"][0]["checksumValue"] == run(
        "sha256sum", file).split()[0]
    ids = [entry["SPDXID"] for entry in bill["packages"]]
    told = {bill["SPDXID"], *ids}
    assert len(told) == len(ids) + 1
    assert all(re.fullmatch(r"SPDXRef-[A-Za-z0-9.-]+", name) for name in told)
    assert all({line["spdxElementId"], line["relatedSpdxElement"]} <= told
               for line in bill["relationships"])


def test_lintian_finds_no_error_and_no_warning() -> None:
    said = run("lintian", "--fail-on", "error,warning", next(debs().glob("*.changes")))
    assert not [line for line in said.splitlines() if line.startswith(("E:", "W:"))]


def test_rpmlint_finds_no_error_and_no_warning() -> None:
    said = run("rpmlint", "-r", REPO / "rpm/quiltmail-rpmlintrc", *rpms().glob("*.rpm"))
    assert re.search(r" 0 errors, 0 warnings", said), said


def test_every_line_of_the_units_is_explained() -> None:
    book = (REPO / "doc/operations.md").read_text()
    told = set(re.findall(r"`([A-Z][A-Za-z]+)[`=]", book))
    starts = tuple(re.findall(r"`([A-Z][A-Za-z]+)…`", book))
    keys = {line.split("=")[0] for unit in (REPO / "tools/system/units").glob("*.service")
            for line in unit.read_text().splitlines() if re.match(r"[A-Z]\w+=", line)}
    usual = {"Description", "Documentation", "ExecStart", "WantedBy"}
    assert len(keys) > 30
    assert [key for key in sorted(keys - told - usual) if not key.startswith(starts)] == []
