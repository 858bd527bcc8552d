# SPDX-License-Identifier: 0BSD
"""The users tables and what is made of them; morercpthosts.cdb."""
from __future__ import annotations

import os
import pathlib
import pwd
import re
import stat
import struct
from typing import Any

from . import place
from .cases import Case

USERS = place.PREFIX + "/users"


def _accounts(text: str) -> str:
    """Pairs of uid and gid that belong to the world's accounts, by name."""
    for name in ("vecjoe", "alias"):
        entry = pwd.getpwnam(name)
        text = re.sub(rf"(?<=[:\0]){entry.pw_uid}([:\0]){entry.pw_gid}(?=[:\0])",
                      rf"<{name.upper()}_UID>\1<{name.upper()}_GID>", text)
    return text


def _table(path: str) -> dict[str, Any]:
    """A cdb file's size, mode and records in their order."""
    data = pathlib.Path(path).read_bytes()
    if len(data) < 2048:
        return {"size": len(data)}
    end = min(struct.unpack_from("<I", data, 8 * slot)[0] for slot in range(256))
    at, records = 2048, []
    while at < end:
        key, value = struct.unpack_from("<II", data, at)
        at += 8
        record = data[at:at + key], data[at + key:at + key + value]
        records.append([record[0].decode("latin-1"), _accounts(record[1].decode("latin-1"))])
        at += key + value
    return {"size": len(data), "records": records,
            "mode": f"{stat.S_IMODE(os.stat(path).st_mode):o}"}


def _add_table(answer: Case, path: str, case: Case) -> Case:
    if os.path.exists(path):
        answer["cdb"] = _table(path)
        if "cdb_raw" in case:
            answer["cdb_raw"] = pathlib.Path(path).read_bytes().decode("latin-1")
        elif "cdb_b64" in case:
            answer["cdb_b64"] = None
    return answer


def _run(case: Case, stdin: str = "", streams: tuple[str, ...] = ("stdout", "stderr")) -> Case:
    code, out, err = place.run(
        [f"{place.BIN}/{case['program']}".encode()] + place.arguments(case.get("argv", [])),
        place.fill(stdin), place.environment({}))
    texts = {"stdout": place.mask(_accounts(out.decode("latin-1"))),
             "stderr": place.mask(err)}
    return {"exit": code, **{name: texts[name] for name in streams}}


def _newu(case: Case) -> Case:
    place.empty(USERS)
    if "assign" in case:
        place.write(USERS + "/assign", case["assign"])
    answer = _run(case)
    answer["files_after"] = sorted(os.listdir(USERS))
    return _add_table(answer, USERS + "/cdb", case)


def _pw2u(case: Case) -> Case:
    place.empty(USERS)
    for name, text in case["users_files"].items():
        place.write(f"{USERS}/{name}", text)
    return _run(case, case["stdin"])


def _newmrh(case: Case) -> Case:
    control = place.PREFIX + "/control"
    place.controls({})
    if "morercpthosts" in case:
        place.write(control + "/morercpthosts", case["morercpthosts"])
    answer = _run(case, streams=("stderr",))
    answer["files_after"] = sorted(os.listdir(control))
    return _add_table(answer, control + "/morercpthosts.cdb", case)


def _getpw(case: Case) -> Case:
    return _run(case, streams=("stdout", "stderr") if "stderr" in case else ("stdout",))


_BY_PROGRAM = {"qmail-newu": _newu, "qmail-pw2u": _pw2u, "qmail-newmrh": _newmrh,
               "qmail-getpw": _getpw}


def users(case: Case) -> Case:
    place.fresh()
    try:
        return _BY_PROGRAM[case["program"]](case)
    finally:
        place.empty(USERS)
