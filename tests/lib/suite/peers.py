# SPDX-License-Identifier: 0BSD
"""Other people's servers that the tests talk to, fetched but not installed."""
from __future__ import annotations

import pathlib
import shutil
import subprocess

from . import stack

PLACE = stack.OUT / "peers"

# The package with whatever of its dependencies this machine lacks.
SCRIPT = """fetch() {
	names=$(apt-get -s -o Debug::NoLocking=1 install --no-install-recommends "$1" |
		sed -n 's/^Inst \\([^ ]*\\) .*/\\1/p')
	apt-get download ${names:-"$1"}
}
fetch "$1" || { apt-get update && fetch "$1"; } || exit
for file in *.deb; do
	dpkg -x "$file" . || exit
done
rm ./*.deb
"""


def there(place: pathlib.Path) -> bool:
    return (place / ".unpacked").exists()


def unpack(package: str, place: pathlib.Path, log: pathlib.Path) -> bool:
    """Unpacks a Debian package into PLACE, unless it is there; whether it is now."""
    if there(place):
        return True
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    with open(log, "wb") as told:
        script = subprocess.run(["sh", "-c", SCRIPT, "sh", package], cwd=place, stdout=told,
                                stderr=subprocess.STDOUT, check=False)
    if script.returncode == 0:
        (place / ".unpacked").touch()
    return there(place)


def fetch(log: pathlib.Path) -> str:
    """Where Postfix's programs are, as seen in a world; "" if they cannot be had."""
    return str(PLACE) if unpack("postfix", PLACE, log) else ""
