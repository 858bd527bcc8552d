# SPDX-License-Identifier: 0BSD
"""What is recorded, and the states that a cut in it may leave."""
from __future__ import annotations

import random
import re
import subprocess
from dataclasses import dataclass
from typing import Iterator

import rig
from mailhost import BIN, QUEUE, Mailhost
from model import Disk, State
from rig import Letter

# Files of a message: where the queue keeps them, hashed or not.
PLACE = re.compile(rf"{QUEUE}/(mess|intd|todo|info|local|remote|bounce)/(?:(\d+)/)?(\d+)$")
PART = re.compile(rf"{QUEUE}/(mess|intd|todo|info|local|remote)/(\d+)$")
SCRIPT = """
PATH={bin}:$PATH
wait_empty() {{
	n=0
	while [ -n "$(find {queue}/mess {queue}/todo {queue}/info -type f)" ] && [ $n -lt 600 ]
	do
		sleep 0.05
		n=$((n + 1))
	done
}}
start() {{
	qmail-start ./Mailbox >>/tmp/crash/log 2>&1 &
	sender=$!
}}
stale() {{
	for file in {queue}/mess/*/*
	do
		id=${{file##*/}}
	done
	place=$((id % 23))/$id
	printf 'Fsomebody@else.test\000' >{queue}/info/$place
	printf 'D%s\000' "$@" >{queue}/local/$place
	chown qmails:qmail {queue}/info/$place {queue}/local/$place
}}
put() {{
	qmail-queue <"$1.0" 1<"$1.1" || exit
}}
cd /tmp/crash
{what}
kill $sender
wait
"""


@dataclass(frozen=True)
class Scene:
    """Letters, and a script that sends them: `start`, `put LABEL`, `wait_empty`, and
    `stale RECIPIENT...`, which leaves what an earlier start left of a letter in todo."""

    name: str
    letters: tuple[Letter, ...]
    script: str
    reused: bool = False  # messages get the numbers of those that are gone


A = Letter("a", ("vecjoe-a",), 40)
SEVERAL = Letter("b", ("vecjoe-b", "x@remote.test", "vecjoe-c", "none-d"), 200)
BOUNCED = Letter("c", ("bad-e@remote.test", "vecjoe-f", "none-g", "none-h"), 5)
TO_MBOX = Letter("m", ("vecjoe-m",), 30)
FIRST = Letter("i", ("vecjoe-i", "bad-i@remote.test"), 20)
SECOND = Letter("j", ("vecjoe-j", "y@remote.test"), 60)
WIDE = Letter("w", ("vecjoe-w", "v@remote.test", "w@remote.test", "x@remote.test",
                    "y@remote.test", "z@remote.test", "u@remote.test", "t@remote.test"), 3)
PAIR = (Letter("n", ("vecjoe-n", "y@remote.test", "z@remote.test"), 3),
        Letter("o", ("vecjoe-o", "x@remote.test"), 3))
LONG = Letter("l", ("vecjoe-l",), 4000)

SCENES = (
    Scene("accept", (SEVERAL,), "put b; start"),
    Scene("local", (A,), "start; sleep 0.2; put a; wait_empty"),
    Scene("several", (SEVERAL,), "put b; start; wait_empty"),
    Scene("bounce", (BOUNCED,), "put c; start; wait_empty"),
    Scene("wide", (WIDE,), "put w; start; wait_empty"),
    Scene("pair", PAIR, "put n; put o; start; wait_empty"),
    Scene("live", PAIR, "start; sleep 0.2; put n; put o; wait_empty"),
    Scene("long", (LONG,), "start; sleep 0.2; put l; wait_empty"),
    Scene("again", (A,), f"put a; stale vecjoe-a-{rig.TOKEN}@local.test; start; wait_empty"),
    Scene("mbox", (TO_MBOX,), "put m; start; wait_empty"),
    Scene("reused", (FIRST, SECOND),
          "put i; start; wait_empty; put j; wait_empty", reused=True),
)


def record(scene: Scene, host: Mailhost) -> list[str]:
    """What the programs did to the disk, from the first letter to the last."""
    rig.prepare(host)
    for letter in scene.letters:
        letter.write(rig.TOKEN, rig.WORK / letter.label)
    script = rig.WORK / "script"
    script.write_text(SCRIPT.format(bin=BIN, queue=QUEUE, what=scene.script))
    log = rig.WORK / "recording"
    subprocess.run([rig.tools() / "trace", "record", log, *rig.TOPS, "--", "sh", script],
                   check=True, timeout=120)
    lines = log.read_text().splitlines()
    host.kill_all()
    return renumbered(lines) if scene.reused else lines


def renumbered(lines: list[str]) -> list[str]:
    """As if the file system gave a message's file the inode number of one that is gone,
    whenever there is one: which it may, at once."""
    given: dict[str, str] = {}
    free: list[str] = []
    alive: set[str] = set()

    def rename(path: str) -> str:
        found = PLACE.match(path)
        if not found or found[3] not in given:
            return path
        number = given[found[3]]
        split = f"{int(number) % 23}/" if found[2] else ""
        return f"{QUEUE}/{found[1]}/{split}{number}"

    def synced(path: str) -> list[str]:
        """A part of a split folder is synced for the sake of the messages in it."""
        found = PART.match(path)
        if not found:
            return [path]
        return [f"{QUEUE}/{found[1]}/{int(given[number]) % 23}" for number in alive
                if int(number) % 23 == int(found[2])]

    changed = []
    for line in lines:
        words = line.split()
        if words[0] == "link" and f"{QUEUE}/mess/" in words[2]:
            number = words[2].rpartition("/")[2]
            given[number] = free.pop(0) if free else number
            alive.add(number)
        if words[0] == "syncdir":
            changed += [f"syncdir {path}" for path in synced(words[1])]
            continue
        changed.append(" ".join([rename(word) for word in words]))
        if words[0] == "gone" and f"{QUEUE}/mess/" in words[1]:
            number = words[1].rpartition("/")[2]
            alive.remove(number)
            free.append(given[number])
    assert len(set(given.values())) < len(given), "no number was used twice"
    return changed


@dataclass
class Case:
    """A state to be tried, and who was promised what."""

    scene: Scene
    state: State
    promised: frozenset[str]  # labels of letters that were accepted


def matters(path: str) -> bool:
    """A server that starts does not read pid, intd and lock, nor a Maildir's tmp."""
    return "/queue/pid/" not in path and "/queue/intd/" not in path \
        and "/queue/lock/" not in path and "/Maildir/tmp/" not in path \
        and "/remote/." not in path


def accepted(scene: Scene, lines: list[str]) -> dict[int, str]:
    """Which letter each process of qmail-queue took; bounces are nobody's letter."""
    found = {}
    owner: dict[str, int] = {}
    written: dict[str, bytes] = {}
    for line in lines:
        words = line.split()
        if words[0] == "new" and "/pid/" in words[2]:
            owner[words[1]] = int(words[2].rpartition("/")[2].split(".")[0])
        if words[0] == "put" and words[1] in owner:
            written[words[1]] = written.get(words[1], b"") + bytes.fromhex(words[3])
    for inode, text in written.items():
        for letter in scene.letters:
            if text.partition(b"\n")[2] == letter.text(rig.TOKEN):
                found[owner[inode]] = letter.label
    assert sorted(found.values()) == sorted(letter.label for letter in scene.letters)
    return found


def cases(scene: Scene, lines: list[str], limit: int, seed: int = 1,
          orderly: bool = False) -> Iterator[Case]:
    """All states that differ in something that a server reads, each once, with the most
    that was promised before it. On an orderly disk everything is done at once, and a cut
    leaves what was there."""
    takers = accepted(scene, lines)
    disk = Disk(durable=("/" if orderly else str(rig.REMOTE),))
    rng = random.Random(seed)
    known: dict[object, Case] = {}
    for line in lines:
        if not disk.follow(line):
            continue
        for state in disk.states(limit, rng):
            promised = frozenset(takers[pid] for pid in state.acknowledged if pid in takers)
            known[state.key(matters)] = Case(scene, state, promised)
    yield from known.values()
