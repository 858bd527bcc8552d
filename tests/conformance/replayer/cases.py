# SPDX-License-Identifier: 0BSD
"""Cases: reading them, and deciding whether an answer is alike.

In memory a byte string is a str whose characters are its bytes (latin-1), so that
cases and answers compare as plain JSON values.
"""
from __future__ import annotations

import base64
import gzip
import json
import pathlib
import re
from dataclasses import dataclass
from typing import Any, Iterator

WHERE = pathlib.Path(__file__).resolve().parent.parent / "cases"
PATCHES = WHERE.parents[1] / "patches"

Case = dict[str, Any]

# Fields that say what a case does; every other field is an observation.
GIVEN = set(
    "id program argv env control stdin fs user cwd note fd0 fd1 signals sent_while"
    " homemode files_before home_vecjoe alias assign path_qmail_remote mode records"
    " users_files morercpthosts maildir checkpassword_exit mbox_before files messages"
    " signal_sent spawn_hello control_after_start_then_SIGHUP recips age channel"
    " queue_before dns injected racy from_lspawn from_rspawn".split()
)

# Wording that no program depends on.
FREE = [
    ("", r"(Hi\. This is the qmail-send program at [^\n]*\n)(?:[^\n<][^\n]*\n)*",
     r"\1<words>\n"),
    ("", r"[a-z0-9-]+: usage: [^\n]*", "<usage>"),
    ("users", r"/var/qmail\b", "<PREFIX>"),
    ("smtpd", r"214 [^\r]*", "214 <help>"),
    ("smtpd", r"451 See [^\r]*", "451 <bare LF>"),
]
# What the recorded program itself did not do the same way each time.
UNSTEADY = {("remote", "greet-rst")}


@dataclass
class Meant:
    """A case that a patch means to answer otherwise, in these fields (none: in any)."""

    patch: str
    fields: tuple[str, ...]

    def judge(self, places: list[Any]) -> list[Any]:
        """What is wrong: a field that is alike, or differs and was not named."""
        if not self.fields:
            return [] if places else [self.alike("")]
        found = {re.split(r"[.[]", place[0].lstrip("."))[0] for place in places}
        wrong = [place for place in places
                 if re.split(r"[.[]", place[0].lstrip("."))[0] not in self.fields]
        return wrong + [self.alike(f".{name}") for name in self.fields if name not in found]

    def alike(self, path: str) -> tuple[str, str, str]:
        return f"{path} ({self.patch}/differs.txt)", "another answer", "the recorded one"


def meant(series: pathlib.Path) -> dict[tuple[str, str], Meant]:
    """The cases, by kind and id, that a patch of the series means to answer otherwise:
    tests/patches/NNNN-name/differs.txt has a line for each: kind, id, perhaps a colon
    and the fields, and the reason."""
    found = {}
    names = series.read_text().split() if series.exists() else []
    for name in (name.removesuffix(".patch") for name in names):
        path = PATCHES / name / "differs.txt"
        for line in path.read_text().splitlines() if path.exists() else []:
            if line.strip() and not line.startswith("#"):
                kind, case, reason = line.split(None, 2)
                assert reason
                case, _, fields = case.partition(":")
                found[kind, case] = Meant(name, tuple(fields.split(",")) if fields else ())
    return found


def plain(value: Any) -> Any:
    """A value as it stands in a case file, with base64 undone."""
    if isinstance(value, list):
        return [plain(item) for item in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"b64"}:
        return base64.b64decode(value["b64"]).decode("latin-1")
    out = {}
    for key, item in value.items():
        if key.endswith("_b64") and isinstance(item, str):
            name = key[:-4] if key[:-4] not in value else key[:-4] + "_raw"
            out[name] = base64.b64decode(item).decode("latin-1")
        else:
            out[key] = plain(item)
    return out


def load(kind: str) -> list[Case]:
    """The cases of a kind that have one right answer, in their order."""
    with gzip.open(WHERE / f"{kind}.jsonl.gz", "rt", encoding="ascii") as lines:
        cases = [plain(json.loads(line)) for line in lines]
    return [case for case in cases if (kind, case["id"]) not in UNSTEADY]


def kinds() -> list[str]:
    return sorted(path.name.split(".")[0] for path in WHERE.glob("*.jsonl.gz"))


def loose(kind: str, value: Any) -> Any:
    """The value without the words that are free."""
    if isinstance(value, dict):
        return {key: loose(kind, item) for key, item in value.items()}
    if isinstance(value, list):
        return [loose(kind, item) for item in value]
    if isinstance(value, str):
        for where, pattern, instead in FREE:
            if where in ("", kind):
                value = re.sub(pattern, instead, value)
    return value


def judged(kind: str, case: Case, answer: Case) -> Case:
    """The part of an answer (or of the case itself) that counts."""
    if case.get("racy"):
        return {"log_by_msg": loose(kind, answer.get("log_by_msg"))}
    if case.get("program") == "qmail-showctl":
        shown = re.findall(r"^([a-z.]+): ", answer.get("stdout", ""), re.M)
        return {"files shown": sorted(shown)}
    return {key: loose(kind, item) for key, item in answer.items() if key not in GIVEN}


def differences(kind: str, case: Case, answer: Case) -> list[tuple[str, str, str]]:
    """(where, expected, got) for each place in which the answer is another one."""
    want, got = judged(kind, case, case), judged(kind, case, answer)
    return [(path, *excerpts(a, b)) for path, a, b in walk("", want, got)]


def walk(path: str, want: Any, got: Any) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(want, dict) and isinstance(got, dict):
        for key in sorted(set(want) | set(got)):
            yield from walk(f"{path}.{key}", want.get(key), got.get(key))
    elif isinstance(want, list) and isinstance(got, list) and len(want) == len(got):
        for index, (a, b) in enumerate(zip(want, got)):
            yield from walk(f"{path}[{index}]", a, b)
    elif want != got:
        yield path, want, got


def excerpts(want: Any, got: Any) -> tuple[str, str]:
    """Both values as text, from a little before they part."""
    if isinstance(want, str) and isinstance(got, str):
        same = 0
        while same < min(len(want), len(got)) and want[same] == got[same]:
            same += 1
        begin = max(0, same - 40)
        want, got = want[begin:same + 120], got[begin:same + 120]
    return json.dumps(want)[:400], json.dumps(got)[:400]
