# SPDX-License-Identifier: 0BSD
"""The Debian packages: built alike twice, installed in a fresh root, used, upgraded with
mail in the queue, removed, purged. Scenes share one root and run in the order written."""
from __future__ import annotations

import filecmp
import json
import os
import pathlib
import shutil
import subprocess
from typing import Iterator

import pytest

HERE = pathlib.Path(__file__).resolve().parent
REPO = HERE.parents[1]
OUT = pathlib.Path(os.environ.get("PACKAGES_OUT", REPO / "out/testing/packages"))
SUITE = os.environ.get("PACKAGES_SUITE", "bookworm")
ROUNDS = os.environ.get("PACKAGES_ROUNDS", "12")
MESSAGES = 20


def run(*command: object, **options: object) -> str:
    """What a command that must succeed printed."""
    done = subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors="replace", check=False, **options)  # type: ignore[call-overload]
    assert done.returncode == 0, f"{command}: {done.returncode}\n{done.stdout[-3000:]}"
    return str(done.stdout)


def build(tree: pathlib.Path, out: pathlib.Path, *arguments: str, umask: int = 0o22,
          **env: str) -> pathlib.Path:
    """Builds the packages, unless PACKAGES_AGAIN says to take what is there; where they
    are."""
    if os.environ.get("PACKAGES_AGAIN"):
        return out / "dist"
    shutil.rmtree(out, ignore_errors=True)
    run(tree / "build.sh", "deb", *arguments, cwd=tree, umask=umask,
        env={**os.environ, "OUT": str(out), **env})
    return out / "dist"


@pytest.fixture(scope="session")
def dist() -> pathlib.Path:
    return build(REPO, OUT / "first")


@pytest.fixture(scope="session")
def later() -> pathlib.Path:
    """A later version, of a part of the stack: without TLS and DKIM."""
    return build(REPO, OUT / "later", "--without", "0400", "--without", "0620")


def package(place: pathlib.Path, name: str) -> pathlib.Path:
    found = list(place.glob(f"{name}_*.deb"))
    assert len(found) == 1, f"{name} in {place}: {found}"
    return found[0]


class Root:
    """A fresh Debian that things are installed in."""

    def __init__(self, place: pathlib.Path) -> None:
        self.place = place

    def sh(self, script: str, network: str = "none") -> str:
        return run(HERE / "enter", self.place, "sh", "-euc", script,
                   env={**os.environ, "NETWORK": network})

    def put(self, *files: pathlib.Path) -> None:
        for file in files:
            shutil.copy(file, self.place / "tmp" / file.name)

    def install(self, deb: pathlib.Path) -> str:
        self.put(deb)
        return self.sh(f"apt-get install -y --no-install-recommends /tmp/{deb.name}",
                       network="host")

    def files(self) -> set[str]:
        """Every path, but for those that apt, dpkg and the accounts' tools keep."""
        kept = ("/tmp/", "/var/cache/", "/var/log/", "/var/lib/apt/", "/var/lib/dpkg/",
                "/proc", "/dev", "/run", "/home", "/var/mail/", "/var/spool/mail/",
                "/root")
        found = run("find", self.place, "-printf", "/%P\n").splitlines()
        return {path for path in found if not path.startswith(kept)
                and not path.startswith(("/etc/passwd", "/etc/group", "/etc/shadow",
                                         "/etc/gshadow", "/etc/subuid", "/etc/subgid"))}


@pytest.fixture(scope="session")
def root() -> Iterator[Root]:
    archive = OUT / f"root-{SUITE}.tar"
    OUT.mkdir(parents=True, exist_ok=True)
    if not archive.exists():
        run("mmdebstrap", "--variant=apt", "--include=debconf,adduser,ucspi-tcp",
            SUITE, OUT / "new-root.tar")
        os.rename(OUT / "new-root.tar", archive)
    place = OUT / "root"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    run("tar", "-xf", archive, "-C", place)
    fresh = Root(place)
    fresh.put(HERE / "services", HERE / "rounds", REPO / "debian/tests/delivery")
    fresh.sh("apt-get update", network="host")
    yield fresh
    shutil.rmtree(place, ignore_errors=True)


def test_two_builds_in_other_places_times_umasks_and_locales_are_alike(
        dist: pathlib.Path) -> None:
    tree = OUT / "elsewhere" / "a-longer-name"
    shutil.rmtree(tree.parent, ignore_errors=True)
    tree.mkdir(parents=True)
    for name in ("build.sh", "tools", "debian", "rpm", "patches", "series", "upstream", "doc",
                 "LICENSE"):
        run("cp", "-R", "--no-preserve=timestamps", REPO / name, tree / name)
    again = build(tree, tree / "out", umask=0o077, TZ="Asia/Tokyo", LC_ALL="POSIX",
                  HOME="/nonexistent")
    names = sorted(path.name for path in dist.iterdir() if path.is_file()
                   and path.suffix not in (".buildinfo", ".changes"))
    _, differ, missing = filecmp.cmpfiles(dist, again, names, shallow=False)
    assert len(names) >= 7 and not differ and not missing


def test_source_holds_the_very_patches_in_their_order(dist: pathlib.Path) -> None:
    series = [line for line in (REPO / "series").read_text().splitlines()
              if line and not line.startswith("#")]
    debian = next(dist.glob("*.debian.tar.xz"))
    listed = run("tar", "-xOf", debian, "debian/patches/series").split()
    assert listed == series
    for name in series:
        assert run("tar", "-xOf", debian, f"debian/patches/{name}") == (
            REPO / "patches" / name).read_text()


def test_only_a_part_depends_on_a_library(dist: pathlib.Path) -> None:
    needs = {deb.name.split("_")[0]: run("dpkg-deb", "-f", deb, "Depends")
             for deb in dist.glob("*.deb")}
    assert "libssl" not in needs["quiltmail"] and "libssl" in needs["quiltmail-tls"]
    assert run("dpkg-deb", "-f", package(dist, "quiltmail"), "Provides"
               ).strip() == "mail-transport-agent"


def test_left_out_patches_leave_out_their_packages_and_libraries(
        later: pathlib.Path) -> None:
    assert [deb.name.split("_")[0] for deb in later.glob("*.deb")] == ["quiltmail"]
    assert "libssl" not in run("dpkg-deb", "-f", package(later, "quiltmail"), "Depends")


def test_bill_of_materials_names_each_patch_and_library(dist: pathlib.Path) -> None:
    bill = json.loads(pathlib.Path(f"{package(dist, 'quiltmail-tls')}.spdx.json").read_text())
    names = {entry["name"] for entry in bill["packages"]}
    assert {path.name for path in (REPO / "patches").iterdir()} <= names
    assert {"libssl3", "libc6", "quiltmail-base"} <= names


def test_lintian_finds_no_error_and_no_warning(dist: pathlib.Path) -> None:
    said = run("lintian", "--fail-on", "error,warning", next(dist.glob("*.changes")))
    assert not [line for line in said.splitlines() if line.startswith(("E:", "W:"))]


def test_installs_and_delivers(root: Root, dist: pathlib.Path) -> None:
    root.before = root.files()  # type: ignore[attr-defined]
    root.install(package(dist, "quiltmail"))
    assert "all is well" in root.sh("sh /tmp/delivery")


def test_aliases_become_files_of_the_alias_user(root: Root) -> None:
    said = root.sh(r"""
        useradd -m ann; useradd -m ben
        cp /etc/aliases /tmp/aliases.kept
        newaliases && newaliases && ls -a /var/qmail/alias | grep .qmail-root
        printf '%s\n' 'list: ann,' '  ben@there.example, "|cat >/dev/null, x"' \
            'Sales.Team: :include:/tmp/members' 'ann: ben' 'ben: \ben, ann' \
            'nul: /dev/null' 'odd: :fail: no' 'root: ann' >>/etc/aliases
        printf '# who\nann, ben\n' >/tmp/members
        echo '&by-hand@here.example' >/var/qmail/alias/.qmail-list2
        printf 'list2: ann\n' >>/etc/aliases
        newaliases && exit 1
        cd /var/qmail/alias
        for file in .qmail-list .qmail-sales:team .qmail-nul .qmail-list2 .qmail-root; do
            echo "[$file] $(grep -v '^# newal' $file | tr '\n' ' ')"
        done
        cat /var/qmail/users/assign
        mv /tmp/aliases.kept /etc/aliases
        newaliases
        ls -a; ls /var/qmail/users
        rm .qmail-list2
        """)
    assert "[.qmail-list] &ann &ben@there.example |cat >/dev/null, x" in said
    assert "[.qmail-sales:team] &ann &ben " in said
    assert "[.qmail-nul] # " in said
    assert "[.qmail-list2] &by-hand@here.example" in said
    assert "[.qmail-root] &ann" in said
    assert "=ann:alias:" in said and "=ben:" not in said
    assert "odd: cannot deliver to: :fail: no" in said and "~ben/.qmail" in said
    rest = said[said.rindex("\n..\n"):]
    assert ".qmail-list\n" not in rest and "assign" not in rest and ".qmail-root" in rest


def test_services_start_reload_and_stop_under_load(root: Root) -> None:
    assert "each arrived once" in root.sh(f"sh /tmp/rounds {ROUNDS}")


def test_upgrade_with_mail_in_the_queue_loses_none(root: Root, later: pathlib.Path) -> None:
    root.sh(f"""
        useradd -m ups
        for n in $(seq {MESSAGES}); do
            printf 'Subject: up-%s\\n\\nx\\n' $n | sendmail ups
        done
        printf 'Subject: waits\\n\\nx\\n' | sendmail someone@elsewhere.example""")
    root.install(package(later, "quiltmail"))
    root.sh(f"""
        . /tmp/services
        qmail-instcheck
        qmail-doctor --no-dns || [ $? = 1 ]
        unit_start qmail
        until_true 'mail of before the upgrade did not arrive' arrived ups {MESSAGES}
        unit_stop $pid
        [ "$(cat /home/ups/Maildir/new/* | grep '^Subject: up-' | sort -u | wc -l)" = {MESSAGES} ]
        qmail-qread | grep someone@elsewhere.example""")


def test_conffiles_keep_the_admins_words(root: Root, dist: pathlib.Path) -> None:
    root.sh("echo '# mine' >>/etc/quiltmail/smtp.rules; echo mine.example >>/etc/qmail/locals")
    root.put(package(dist, "quiltmail"))
    root.sh(f"dpkg --force-confdef --force-confold -i /tmp/{package(dist, 'quiltmail').name}")
    assert "# mine" in root.sh("cat /etc/quiltmail/smtp.rules")
    assert "mine.example" in root.sh("cat /etc/qmail/locals")


def test_remove_keeps_the_queue_and_purge_keeps_mail_that_is_left(root: Root) -> None:
    root.sh("""
        dpkg -r quiltmail
        [ ! -e /var/qmail/bin/qmail-send ] && [ ! -e /usr/sbin/sendmail ]
        [ -s /etc/qmail/me ]
        dpkg --purge quiltmail
        [ -n "$(find /var/spool/quiltmail/mess -type f)" ]""")


def test_purge_leaves_nothing_once_that_is_said(root: Root, dist: pathlib.Path) -> None:
    root.install(package(dist, "quiltmail"))
    assert "elsewhere.example" in root.sh("qmail-qread")
    root.sh("""
        echo quiltmail quiltmail/purge boolean true | debconf-set-selections
        dpkg --purge quiltmail""")
    left = root.files() - root.before  # type: ignore[attr-defined]
    shared = {"/etc/aliases", "/etc/mailname"}
    assert left - shared == set()


def test_an_earlier_qmails_tree_is_taken_over_with_its_queue(
        root: Root, dist: pathlib.Path) -> None:
    old = root.place / "tmp/old"
    shutil.copytree(REPO / "upstream", old, dirs_exist_ok=True)
    run("make", "-C", old, "-j2", "programs")
    root.sh("""
        cd /tmp/old && ./install-tree build '' /var/qmail
        /var/qmail/bin/qmail-config old.example
        echo '&keeper' >/var/qmail/alias/.qmail-legacy
        useradd -m keeper
        printf 'To: keeper\\nSubject: from-before\\n\\nx\\n' | /var/qmail/bin/qmail-inject
        """)
    root.install(package(dist, "quiltmail"))
    root.sh("""
        . /tmp/services
        qmail-instcheck
        qmail-doctor --no-dns || [ $? = 1 ]
        [ "$(head -n 1 /etc/qmail/me)" = old.example ]
        [ -x /var/qmail/bin.before-quiltmail/qmail-send ]
        unit_start qmail
        until_true 'mail of the earlier qmail did not arrive' arrived keeper 1
        printf 'Subject: by-old-alias\\n\\nx\\n' | sendmail legacy
        until_true 'the alias of the earlier qmail is not heeded' arrived keeper 2
        unit_stop $pid
        dpkg --purge quiltmail
        [ -s /var/qmail/control/me ] && [ -p /var/qmail/queue/lock/trigger ]""")
