# SPDX-License-Identifier: 0BSD
"""Thousands of messages in every state, moved, converted, and drained by the real server."""
from __future__ import annotations

import os
import re
import time

import pytest

import fixqueue
import peers
from fixqueue import IN_ORDER, LEGACY, QUEUE, Layout, counts, fix, fresh
from mailhost import DOMAIN, HOME, Mailhost, wait_for
from queueformat import envelope, finish, records

# the files beside mess, in turn
STATES = ["todo intd", "todo info local", "info local", "info local remote", "info remote",
          "info local bounce", "info bounce", "info", "intd", "", "info local-done remote-done"]
ACCEPTED = len([state for state in STATES if state not in ("intd", "")])


def local(token: str) -> str:
    return f"vecjoe-{token}@{DOMAIN}"


def remote(token: str) -> str:
    return f"{token}@remote.test"


def owner(token: str) -> str:
    return f"vecjoe-owner-{token}@{DOMAIN}"


def contents(token: str, part: str, state: str) -> bytes:
    if part == "todo":
        return envelope(owner(token), local(token), *([remote(token)] if "intd" in state else []))
    return {"intd": envelope(owner(token), local(token)),
            "info": f"F{owner(token)}\0".encode() if "todo" not in state else
            f"Fstale-{token}@far.test\0".encode(),
            "local": (records("DT", local("done"), local(token)) if "todo" not in state
                      else records("T", local(f"stale-{token}"))),
            "remote": records("TD", remote(token), remote("done")),
            "bounce": f"<{remote('gone')}>:\nno such user {token}\n\n".encode(),
            "local-done": records("D", local(f"done-{token}")),
            "remote-done": records("D", remote(f"done-{token}"))}[part]


def expected(n: int) -> set[str]:
    """Who gets the message number n."""
    token, state = f"tok{n}x", STATES[n % len(STATES)].split()
    if "todo" in state:
        return {local(token)} | ({remote(token)} if "intd" in state else set())
    people = set()
    for part, person in (("local", local), ("remote", remote), ("bounce", owner)):
        if part in state:
            people.add(person(token))
    return people


def build(layout: Layout, count: int) -> None:
    """As root copied it from another machine: each message's number is another's inode, and
    everything is root's; beside them stand files that have no message."""
    fresh(layout)
    made = [fixqueue.new_inode(f"tok{n}x") for n in range(count)]
    past = time.time() - 3600
    for n, (path, _) in enumerate(made):
        state, token = STATES[n % len(STATES)], f"tok{n}x"
        number = made[(n + 7) % count][1]
        path.rename(layout.place("mess", number))
        for part in state.split():
            if part == "intd" and "todo" in state:
                os.link(layout.place("todo", number), layout.place("intd", number))
                continue
            path = layout.place(part.partition("-")[0], number)
            path.write_bytes(contents(token, part, state))
            finish(path, part.partition("-")[0], past)
    for n in range(count // 20):
        for part in ("info", "local", "bounce", "todo"):
            layout.place(part, 10_000_000 + n).write_bytes(b"Fnobody@far.test\0")
    for where, folders, names in os.walk(QUEUE):
        for name in [*folders, *names]:
            os.chown(f"{where}/{name}", 0, 0)


def delivered(host: Mailhost, sink: peers.Sink) -> list[tuple[str, str]]:
    """(token, recipient) of each delivery."""
    found = []
    for text in host.mail():
        head = re.search(rb"^Delivered-To: (.*)$", text, re.MULTILINE)
        tokens = {hit.decode() for hit in re.findall(rb"^(?:Subject: )?(tok[0-9]+x)$", text,
                                                     re.MULTILINE)}
        assert head and len(tokens) == 1, text
        found.append((tokens.pop(), head[1].decode()))
    for text in sink.messages():
        tokens = {hit.decode() for hit in re.findall(rb"^(tok[0-9]+x)\r?$", text, re.MULTILINE)}
        people = re.findall(rb"^X-Rcpt-Args: <([^>]*)>", text, re.MULTILINE)
        assert len(tokens) == 1 and people, text
        found += [(next(iter(tokens)), person.decode()) for person in people]
    return found


@pytest.mark.parametrize("count, way", [
    (5000, [(LEGACY, LEGACY)]),
    (1000, [(Layout(47), Layout(47, True)), (Layout(47, True), Layout(23, True)),
            (Layout(23, True), LEGACY)])])
def test_nothing_is_lost(count: int, way: list[tuple[Layout, Layout]], host: Mailhost,
                         names: None, sink: peers.Sink) -> None:
    build(way[0][0], count)
    accepted = sum(1 for n in range(count) if STATES[n % len(STATES)] not in ("intd", ""))
    for step, (_, after) in enumerate(way):
        done = fix("--repair", *after.options())
        assert done.returncode == IN_ORDER, done
        now = counts(done.stdout)
        assert (now["messages found"], now["messages kept"], now["messages put in quarantine"]
                ) == (accepted, accepted, 0)
        assert now["of them renumbered"] == (accepted if step == 0 else 0)
        assert now["files put in quarantine"] == (count // 20 * 4 if step == 0 else 0)
    assert len(fixqueue.read(LEGACY)) == count
    host.control(concurrencylocal="100", concurrencyremote="60")
    host.start()
    never = count - accepted
    wait_for(lambda: len(host.queue_files()) - never - len(
        [name for name in host.queue_files() if name.startswith("intd")]) <= 0, 240,
        "the queue to drain")
    people = [(f"tok{n}x", person) for n in range(count) for person in expected(n)]
    assert sorted(delivered(host, sink)) == sorted(people)
    assert host.said().count("end msg") == accepted + sum(
        1 for n in range(count) if "bounce" in STATES[n % len(STATES)])
    assert "warning" not in host.said() and "alert" not in host.said()
