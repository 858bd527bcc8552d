# SPDX-License-Identifier: 0BSD
"""Which player plays which kind of case, in the order of usefulness."""
from __future__ import annotations

from typing import Callable

from . import local, mailbox, oneshot, queueing, remote, send, spawners, tools, users, whole
from .cases import Case

PLAYERS: dict[str, Callable[[Case], Case]] = {
    "smtpd": oneshot.smtpd,
    "inject": oneshot.inject,
    "queue": queueing.queue,
    "local": local.local,
    "clean": queueing.clean,
    "spawn": spawners.spawn,
    "users": users.users,
    "tools": tools.tools,
    "qmtp": oneshot.qmtp,
    "pop3": mailbox.pop3,
    "remote": remote.remote,
    "send": send.send,
    "e2e": whole.e2e,
}


def play(kind: str, case: Case) -> Case:
    return PLAYERS[kind](case)
