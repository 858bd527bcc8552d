# SPDX-License-Identifier: 0BSD
"""What a power cut may leave on a disk: the weakest promises that POSIX makes.

A file's bytes are on the disk once the file was synced; each write since then is there,
or is not, or is there in part, whatever became of the others; where it is not, the file
ends before it or has zeros. A name (made, linked, removed, replaced) is on the disk once
its directory was synced; each name that changed since then has any one of the values it
had, whatever became of the others, and syncing the file does not help it. Only rename is
one step: the old name does not go without the new one being there.

Real file systems keep more order than that; what survives here survives there.
"""
from __future__ import annotations

import itertools
import random
from dataclasses import dataclass, field
from typing import Callable, Iterator

Content = bytes
BLOCK = 4096
DIRECTORY = -1


@dataclass
class File:
    """An inode: what of it is certain, and what was done since."""

    certain: bytes = b""
    since: list[tuple[int, bytes | None]] = field(default_factory=list)

    def versions(self) -> list[bytes]:
        """What may be found in it; the last is all that was written."""
        if not self.since:
            return [self.certain]
        found = {self.certain: None}
        count = len(self.since)
        if count <= 4:
            picks = list(itertools.product((False, True), repeat=count))
        else:
            picks = [tuple(i < n for i in range(count)) for n in range(count + 1)]
            picks += [tuple(i != n for i in range(count)) for n in range(count)]
        for pick in picks:
            found[self._with(pick)] = None
        everything = self._with((True,) * count)
        if len(everything) > len(self.certain):
            start = len(self.certain)
            found[self.certain + bytes(len(everything) - start)] = None
            for end in {start + (len(everything) - start) // 2, len(everything) - 1,
                        *range(start // BLOCK * BLOCK + BLOCK, len(everything), BLOCK)}:
                found[everything[:end]] = None
        found.pop(everything, None)
        return [*found, everything]

    def _with(self, pick: tuple[bool, ...]) -> bytes:
        content = bytearray(self.certain)
        for chosen, (at, data) in zip(pick, self.since):
            if not chosen:
                continue
            if data is None:
                del content[at:]
                content.extend(bytes(at - len(content)))
            else:
                content.extend(bytes(max(0, at - len(content))))
                content[at:at + len(data)] = data
        return bytes(content)

    def sync(self) -> None:
        self.certain = self._with((True,) * len(self.since))
        self.since = []


@dataclass
class State:
    """A disk after the power came back."""

    files: dict[str, bytes]
    acknowledged: frozenset[int]  # processes of qmail-queue that had said yes
    ended: frozenset[str]         # programs that had ended well

    def key(self, matters: Callable[[str], bool]) -> tuple[tuple[str, bytes], ...]:
        return tuple(sorted((path, text) for path, text in self.files.items()
                            if matters(path)))


class Disk:
    """Follows a recording."""

    def __init__(self, durable: tuple[str, ...] = (),
                 there: dict[str, bytes] | None = None) -> None:
        self.files: dict[int, File] = {}
        # of each name, the values it may have: (when it got it, which inode)
        self.names: dict[str, list[tuple[int, int | None]]] = {}
        self.moves: list[tuple[int, str, str]] = []
        self.durable = durable
        self.acknowledged: set[int] = set()
        self.ended: set[str] = set()
        self.now = 0
        for number, (path, text) in enumerate((there or {}).items()):
            self.files[-2 - number] = File(text)
            self.names[path] = [(0, -2 - number)]

    def _set(self, path: str, inode: int | None) -> None:
        self.names.setdefault(path, [(0, None)]).append((self.now, inode))
        if path.startswith(self.durable):
            self._settle(path)

    def _settle(self, path: str) -> None:
        self.names[path] = self.names[path][-1:]

    def _inode(self, path: str) -> int:
        inode = self.names[path][-1][1]
        assert inode is not None, path
        return inode

    def follow(self, line: str) -> bool:
        """Takes one line of a recording. Whether it may change what a cut leaves."""
        self.now += 1
        word, *rest = line.split()
        if word == "end":
            if rest[2] == "0":
                self.ended.add(rest[0])
                if rest[0] == "qmail-queue":
                    self.acknowledged.add(int(rest[1]))
            return rest[0] == "qmail-queue"
        assert word != "lost", f"the recorder did not understand: {line}"
        if word in ("put", "cut"):
            inode = int(rest[0])
            if inode not in self.files:
                return False  # from before the recording: lock files
            self.files[inode].since.append(
                (int(rest[1]), bytes.fromhex(rest[2]) if word == "put" else None))
            if any(path.startswith(self.durable) and values[-1][1] == inode
                   for path, values in self.names.items() if self.durable):
                self.files[inode].sync()
        elif word == "sync":
            if int(rest[0]) in self.files:
                self.files[int(rest[0])].sync()
        else:
            self._names(word, *rest)
        return True

    def _names(self, word: str, path: str = "", new: str = "") -> None:
        if word == "new":
            self.files[int(path)] = File()
            self._set(new, int(path))
        elif word == "dir":
            self._set(path, DIRECTORY)
        elif word == "link":
            self._set(new, self._inode(path))
        elif word == "gone":
            if path in self.names:
                self._set(path, None)
        elif word == "move":
            inode = self._inode(path)
            self.moves.append((self.now, path, new))
            self._set(path, None)
            self._set(new, inode)
        elif word == "syncdir":
            for name in self.names:
                if name.rpartition("/")[0] == path:
                    self._settle(name)
        else:
            assert word == "syncall", word
            for name in self.names:
                self._settle(name)
            for file in self.files.values():
                file.sync()

    def states(self, limit: int, rng: random.Random) -> Iterator[State]:
        """What may be there if the power goes now; beyond the limit, a sample: the
        extremes, what differs from them in one place, and any others."""
        paths = [path for path, values in self.names.items()
                 if len({inode for _, inode in values}) > 1]
        fixed = {path: values[-1] for path, values in self.names.items()
                 if path not in paths}
        named = {inode for values in self.names.values() for _, inode in values}
        inodes = [inode for inode, file in self.files.items()
                  if file.since and inode in named]
        versions = {inode: self.files[inode].versions() for inode in inodes}
        sizes = [len(self.names[path]) for path in paths]
        sizes += [len(versions[inode]) for inode in inodes]
        for pick in picks(sizes, limit, rng):
            chosen = dict(fixed)
            for path, index in zip(paths, pick):
                chosen[path] = self.names[path][index]
            if not self._possible(chosen):
                continue
            texts = {inode: versions[inode][index]
                     for inode, index in zip(inodes, pick[len(paths):])}
            yield State(self._render(chosen, texts), frozenset(self.acknowledged),
                        frozenset(self.ended))

    def _possible(self, chosen: dict[str, tuple[int, int | None]]) -> bool:
        return not any(chosen[old][0] >= when > chosen[new][0]
                       for when, old, new in self.moves)

    def _render(self, chosen: dict[str, tuple[int, int | None]],
                texts: dict[int, bytes]) -> dict[str, bytes]:
        missing = tuple(f"{path}/" for path, values in self.names.items()
                        if any(inode == DIRECTORY for _, inode in values)
                        and chosen[path][1] is None)
        return {path: texts.get(inode, self.files[inode].certain)
                for path, (_, inode) in chosen.items()
                if inode is not None and inode != DIRECTORY
                and not (missing and path.startswith(missing))}


def picks(sizes: list[int], limit: int, rng: random.Random) -> Iterator[tuple[int, ...]]:
    """Combinations of one index for each size: all, or a sample of them."""
    total = 1
    for size in sizes:
        total *= size
    if total <= limit:
        yield from itertools.product(*map(range, sizes))
        return
    first = tuple(0 for _ in sizes)
    last = tuple(size - 1 for size in sizes)
    yield first
    yield last
    for at, size in enumerate(sizes):
        for index in range(size):
            yield first[:at] + (index,) + first[at + 1:]
            yield last[:at] + (index,) + last[at + 1:]
    for _ in range(limit):
        yield tuple(rng.randrange(size) for size in sizes)
