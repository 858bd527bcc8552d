# SPDX-License-Identifier: 0BSD
"""What the tests of packages share: packages built once a session, and fresh roots."""
from __future__ import annotations

import functools
import os
import pathlib
import shutil
import subprocess
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
REPO = HERE.parents[1]
OUT = pathlib.Path(os.environ.get("PACKAGES_OUT", REPO / "out/testing/packages"))
TREE = ("build.sh", "tools", "debian", "rpm", "patches", "series", "upstream", "doc", "LICENSE")
COMMON = "debconf,adduser,ucspi-tcp,autopkgtest,dpkg-dev,procps,iproute2,openssl"
INCLUDE = {"bookworm": COMMON + ",systemd,runit,s6,daemontools", "trixie": COMMON}


def run(*command: object, **options: object) -> str:
    """What a command that must succeed printed."""
    done = subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors="replace", check=False, **options)  # type: ignore[call-overload]
    assert done.returncode == 0, f"{command}: {done.returncode}\n{done.stdout[-3000:]}"
    return str(done.stdout)


@functools.cache
def built(name: str, call: str, *without: str) -> pathlib.Path:
    """Where the packages are that `build.sh CALL` makes of the stack without the patches
    named, built in a folder of that name. PACKAGES_AGAIN says to take what is there."""
    out = OUT / name
    if not os.environ.get("PACKAGES_AGAIN"):
        shutil.rmtree(out, ignore_errors=True)
        arguments = [word for patch in without for word in ("--without", patch)]
        run(REPO / "build.sh", call, *arguments, cwd=REPO,
            env={**os.environ, "OUT": str(out)})
    return out / "dist"


def debs() -> pathlib.Path:
    return built("first", "deb")


def rpms() -> pathlib.Path:
    return built("first-rpm", "rpm")


def built_elsewhere(call: str) -> pathlib.Path:
    """The same by another user in another place with another umask, locale, zone, home and
    path: where the packages are."""
    kept = OUT / f"elsewhere-{call}"
    shutil.rmtree(kept, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir="/var/tmp") as place:
        tree = pathlib.Path(place) / "a-longer-name"
        tree.mkdir()
        for name in TREE:
            run("cp", "-R", "--no-preserve=timestamps", REPO / name, tree / name)
        run("chown", "-R", "4711:4712", place)
        run("setpriv", "--reuid=4711", "--regid=4712", "--clear-groups",
            tree / "build.sh", call, cwd=tree, umask=0o077,
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin:/opt", "TZ": "Asia/Tokyo",
                 "LC_ALL": "POSIX", "HOME": str(tree), "USER": "somebody"})
        shutil.copytree(tree / "out/dist", kept)
    return kept


def package(place: pathlib.Path, name: str) -> pathlib.Path:
    found = list(place.glob(f"{name}_*.deb"))
    assert len(found) == 1, f"{name} in {place}: {found}"
    return found[0]


class Root:
    """A fresh Debian that things are installed in."""

    def __init__(self, place: pathlib.Path) -> None:
        self.place = place
        self.before: set[str] = set()

    def sh(self, script: str, network: str = "none") -> str:
        return run(HERE / "enter", self.place, "sh", "-euc", script,
                   env={**os.environ, "NETWORK": network})

    def boot(self, script: str) -> str:
        """The same under systemd as the first process."""
        return run(HERE / "boot", self.place, "sh", "-euc", script)

    def put(self, *files: pathlib.Path, folder: str = "tmp") -> None:
        for file in files:
            shutil.copy(file, self.place / folder / file.name)

    def install(self, *packages: pathlib.Path) -> str:
        self.put(*packages)
        names = " ".join(f"/tmp/{file.name}" for file in packages)
        return self.sh(f"apt-get install -y --no-install-recommends {names}", network="host")

    def autopkgtest(self, dist: pathlib.Path) -> str:
        """The tests that come with the package, on the packages in dist, as autopkgtest
        runs them with the null runner; the container that they ask for is this root."""
        source = self.place / "tmp/source/debian"
        shutil.rmtree(source.parent, ignore_errors=True)
        shutil.copytree(REPO / "debian/tests", source / "tests")
        tree = next((dist.parent / "package").glob("quiltmail-*/debian"))
        for name in ("control", "changelog"):
            shutil.copy(tree / name, source / name)
        self.put(*dist.glob("*.deb"))
        try:
            return self.sh("env PYTHONDONTWRITEBYTECODE=1 autopkgtest"
                           " --ignore-restrictions=isolation-container -B /tmp/*.deb /tmp/source/ -- null", network="host")
        finally:
            self.sh("rm -rf /tmp/source /tmp/*.deb")

    def files(self) -> set[str]:
        """Every path, but for those that apt, dpkg and the accounts' tools keep."""
        kept = ("/tmp/", "/var/cache/", "/var/log/", "/var/lib/apt/", "/var/lib/dpkg/",
                "/proc", "/dev", "/run", "/sys", "/home", "/var/mail/", "/var/spool/mail/",
                "/root", "/var/lib/systemd/", "/etc/machine-id", "/var/tmp/")
        found = run("find", self.place, "-printf", "/%P\n").splitlines()
        return {path for path in found if not path.startswith(kept)
                and not path.startswith(("/etc/passwd", "/etc/group", "/etc/shadow",
                                         "/etc/gshadow", "/etc/subuid", "/etc/subgid"))}


def fresh_root(suite: str, name: str) -> Root:
    """A root of its own with scripts in /tmp, of an archive that is made once."""
    archive = OUT / f"root-{suite}.tar"
    OUT.mkdir(parents=True, exist_ok=True)
    if not archive.exists():
        run("mmdebstrap", "--variant=apt", f"--include={INCLUDE[suite]}", suite,
            OUT / "new-root.tar")
        os.rename(OUT / "new-root.tar", archive)
    place = OUT / name
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    run("tar", "-xf", archive, "-C", place)
    root = Root(place)
    # A boot empties /tmp otherwise.
    (place / "etc/tmpfiles.d").mkdir(exist_ok=True)
    (place / "etc/tmpfiles.d/tmp.conf").symlink_to("/dev/null")
    root.put(*(HERE / script for script in ("services", "under", "load.py", "users.py",
                                            "certificates", "checkpassword")))
    root.put(REPO / "debian/tests/delivery")
    root.sh("apt-get update", network="host")
    root.before = root.files()
    return root
