# SPDX-License-Identifier: 0BSD
"""qmail-local, run as the user it delivers for."""
from __future__ import annotations

import os
import re
import subprocess

from . import place
from .cases import Case

_RULES = [
    (rf"(new|tmp|cur)/\d{{10}}\.\d+\.{re.escape(place.HOST)}", r"\1/<TIME>.<PID>.<HOST>"),
    (r"\nqp \d+\n", "\nqp <PID>\n"),
]


def local(case: Case) -> Case:
    home = place.TMP + "/home"
    place.fresh(0o777)
    os.makedirs(home)
    for name, what in case["fs"].items():
        place.lay({name: what})
    for where, folders, names in os.walk(home):
        for path in [where] + [f"{where}/{name}" for name in folders + names]:
            place.give(path, "vecjoe")
    os.chmod(home, int(case["homemode"], 8))
    if "FQ_OUT" in case["env"]:
        place.keeper()
    place.write(place.TMP + "/stdin", case["stdin"])
    with open(place.TMP + "/stdin", "rb") as stdin:
        code, out, _ = place.run(
            [b"qmail-local"] + place.arguments(case["argv"]), stdin,
            place.environment(case["env"]), executable=place.BIN + "/qmail-local",
            stderr=subprocess.STDOUT, cwd="/", **place.become("vecjoe"))
    os.chmod(home, 0o700)
    answer: Case = {"exit": code, "output": place.mask(out, _RULES)}
    given = {f"<TMP>/{name}" for name, what in case["fs"].items()
             if name.startswith("home/.qmail") and "symlink" not in what}
    answer["home_after"] = [item for item in place.tree(home, _RULES)
                            if item["path"] not in given]
    strays = [item for item in place.tree(place.TMP, _RULES)
              if not item["path"].startswith(("<TMP>/home/", "<TMP>/fq/"))
              and item["path"] not in ("<TMP>/fakeq", "<TMP>/stdin")]
    if strays:
        answer["tmp_after"] = strays
    if "FQ_OUT" in case["env"]:
        answer["queue"] = place.kept(_RULES)
    return answer
