# SPDX-License-Identifier: 0BSD
"""A name server for the zones of the SPF test suites: a name has a list of records as
{type: value}; the word TIMEOUT in it stands for silence about every type of which the
name has no record."""
from __future__ import annotations

from typing import Any, Iterator, Mapping, Sequence

from dns_server import A, AAAA, CNAME, MX, PTR, SPF, TXT, Query, Record, Server, answer

TYPES = {"A": A, "CNAME": CNAME, "PTR": PTR, "MX": MX, "TXT": TXT, "AAAA": AAAA, "SPF": SPF}
SERVFAIL, NXDOMAIN = 2, 3
Listed = Mapping[str, Sequence[Any]]


def records(listed: Sequence[Any]) -> Iterator[tuple[str, Any]]:
    """The suites' records: those of type SPF stand for TXT, too, unless there is one."""
    pairs = [pair for one in listed if isinstance(one, dict) for pair in one.items()]
    own = any(kind == "TXT" for kind, _ in pairs)
    for kind, value in pairs:
        if value != "NONE":
            yield kind, value
            if kind == "SPF" and not own:
                yield "TXT", value


class Zones(Server):
    """What it answers from may be changed. Names in self.failing get SERVFAIL."""

    def __init__(self, listed: Listed, address: str = "127.0.0.1") -> None:
        self.change(listed)
        self.failing: set[str] = set()
        self.silent = False
        super().__init__({}, address=address)

    def change(self, listed: Listed) -> None:
        self.listed = {name.lower().rstrip("."): list(its) for name, its in listed.items()}

    def questions(self) -> list[tuple[str, int]]:
        return [(query.name, query.kind) for query in self.asked]

    def found(self, name: str, kind: int) -> "tuple[list[Record], int] | None":
        """Records, and the response code; None for silence."""
        chain: list[Record] = []
        for _ in range(9):
            listed = self.listed.get(name)
            if listed is None:
                below = any(other.endswith("." + name) for other in self.listed)
                return (chain, 0 if below else NXDOMAIN) if name else (chain, 0)
            pairs = list(records(listed))
            good = [(name, kind, value) for word, value in pairs if TYPES[word] == kind]
            if good:
                return chain + good, 0
            if "TIMEOUT" in listed:
                return None
            alias = [value for word, value in pairs if word == "CNAME"]
            if not alias:
                return chain, 0
            chain.append((name, CNAME, alias[0]))
            name = alias[0].lower().rstrip(".")
        return chain, 0

    def whole(self, query: Query) -> "bytes | None":
        found = ([], SERVFAIL) if query.name in self.failing else self.found(
            query.name, query.kind)
        if found is None or self.silent:
            return None
        return answer(query, found[0], rcode=found[1])
