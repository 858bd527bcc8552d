# SPDX-License-Identifier: 0BSD
"""POP3, and the tools that read maildirs."""
from __future__ import annotations

import os
import pathlib
from typing import Any, Mapping

from . import place
from .cases import Case

_STAMP = [(r"<\d+\.\d+@", "<<PID>.<TIME>@")]

# Stands in for checkpassword: keeps what it is given, then runs the rest or refuses.
CHECKER = """#!/bin/sh
cat <&3 >"$CPOUT"
echo "argv:$*" >>"$CPOUT"
[ "$CPEXIT" = 0 ] || exit "$CPEXIT"
exec "$@"
"""
CRASHING_CHECKER = "#!/bin/sh\nkill -9 $$\n"


def maildir(files: Mapping[str, Mapping[str, Any]], without: str = "") -> str:
    """A maildir in the scratch directory, with these files and times."""
    top = place.TMP + "/Maildir"
    os.mkdir(top)
    for part in ("tmp", "new", "cur"):
        if part != without:
            os.mkdir(f"{top}/{part}")
    for name, what in files.items():
        place.write(f"{top}/{name}", place.utf8(what["content"]))
        os.utime(f"{top}/{name}", (what["mtime"], what["mtime"]))
    return top


def pop3(case: Case) -> Case:
    place.fresh()
    return _popup(case) if case["program"] == "qmail-popup" else _pop3d(case)


def _pop3d(case: Case) -> Case:
    name = case["id"]
    top = maildir(case["maildir"], without=name[2:] if name[:2] == "no" else "")
    if name == "vanish":
        os.symlink("nowhere", top + "/new/999.z")
    for where, folders, names in os.walk(top):
        for path in [where] + [f"{where}/{item}" for item in names]:
            place.give(path, "vecjoe")
    code, out, err = place.run([place.BIN.encode() + b"/qmail-pop3d"] +
                               place.arguments(case["argv"]), place.fill(case["stdin"]),
                               place.environment({}), **place.become("vecjoe"))
    after = [item["path"].replace("<TMP>/Maildir/", "")
             for item in place.tree(top, content=False)]
    return {"exit": code, "stdout": place.mask(out), "stderr": place.mask(err),
            "maildir_after": after}


def _popup(case: Case) -> Case:
    crash = case["id"] == "popup-crash"
    place.write(place.TMP + "/cp", CRASHING_CHECKER if crash else CHECKER, 0o755)
    env = {"CPOUT": "<TMP>/out", "CPEXIT": str(case["checkpassword_exit"])}
    code, out, err = place.run([place.BIN.encode() + b"/qmail-popup"] +
                               place.arguments(case["argv"]), place.fill(case["stdin"]),
                               place.environment(env))
    answer: Case = {"exit": code, "stdout": place.mask(out, _STAMP),
                    "stderr": place.mask(err)}
    given = pathlib.Path(place.TMP, "out")
    if given.exists():
        answer["fd3_then_argv"] = place.mask(given.read_bytes(), _STAMP)
    return answer


def maildir_tool(case: Case) -> Case:
    """maildir2mbox, and maildirwatch, which has to be stopped."""
    place.fresh()
    maildir(case["maildir"])
    if case["mbox_before"] is not None:
        place.write(place.TMP + "/mbox", case["mbox_before"])
    endless = case["exit"] is None
    code, out, err = place.run([f"{place.BIN}/{case['program']}".encode()], b"",
                               place.environment(case["env"]), 1.5 if endless else 20)
    return {"exit": code, "stdout": place.mask(out), "stderr": place.mask(err),
            "files_after": place.tree(place.TMP)}
