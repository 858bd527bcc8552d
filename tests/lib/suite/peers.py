# SPDX-License-Identifier: 0BSD
"""Other people's servers that the tests talk to, fetched but not installed."""
from __future__ import annotations

import pathlib
import shutil
import subprocess

from . import stack

PLACE = stack.OUT / "peers"
# Postfix lies at the top, where its small programs are looked for.
PACKAGES = {"postfix": "postfix", "exim": "exim4-daemon-light", "opensmtpd": "opensmtpd"}

# The packages with whatever of their dependencies this machine lacks.
SCRIPT = """fetch() {
	names=$(apt-get -s -o Debug::NoLocking=1 install --no-install-recommends "$@" |
		sed -n 's/^Inst \\([^ ]*\\) .*/\\1/p')
	apt-get download ${names:-"$@"}
}
fetch "$@" || { apt-get update && fetch "$@"; } || exit
for file in *.deb; do
	dpkg -x "$file" . || exit
done
rm ./*.deb
"""


def there(place: pathlib.Path) -> bool:
    return (place / ".unpacked").exists()


def unpack(packages: str, place: pathlib.Path, log: pathlib.Path) -> bool:
    """Unpacks Debian packages into PLACE, unless they are there; whether they are now."""
    if there(place):
        return True
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    with open(log, "wb") as told:
        script = subprocess.run(["sh", "-c", SCRIPT, "sh", *packages.split()], cwd=place, stdout=told,
                                stderr=subprocess.STDOUT, check=False)
    if script.returncode == 0:
        (place / ".unpacked").touch()
    return there(place)


def place_of(name: str) -> pathlib.Path:
    return PLACE if name == "postfix" else PLACE / name


def fetch(log: pathlib.Path) -> str:
    """Where the programs of other makers are, as seen in a world: Postfix's there, others'
    in folders of their names; what cannot be had is not there. "" if not even Postfix."""
    there_is_postfix = unpack("postfix", PLACE, log)
    for name, package in PACKAGES.items():
        if name != "postfix" and there_is_postfix:
            unpack(package, place_of(name), log.with_name(f"{log.stem}-{name}.log"))
    return str(PLACE) if there_is_postfix else ""
