"""Refusals that are kept: who tried what and might not, once in ten minutes, in the thread and in the proof. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from sync.inbox.acts import Actor
from sync.model.ids import UserId
from sync.model.proof import ChainedEntry, Entry
from sync.policy.schema import Policy
from sync.sentences import one_stop

AGAIN_AFTER = timedelta(minutes=10)
TRIED = {
    "pause": "pause",
    "resume": "resume",
    "cap": "show less",
    "uncap": "show all again",
    "hold": "hold orders",
    "release": "release orders",
    "byhand": "tick off what is done by hand",
    "override": "override",
    "endoverride": "end the override",
    "free": "release units",
    "askfeed": "ask for a feed",
    "askreason": "ask for the reason",
    "givereason": "give the reason",
    "publish": "publish over it",
    "senddata": "send the data again",
    "countfile": "count the held file",
    "reopen": "open it again",
    "count": "ask for a count",
    "entercount": "enter the count",
    "correct": "correct the books",
    "decide": "decide on the request",
    "withdraw": "withdraw the request",
    "retry": "try again",
    "close": "close it",
    "handover": "hand it over",
    "undo": "undo it",
}
"""Acts whose refusal is kept, as the end of *tried to*: those that touch stock, money or who answers for it."""

_MENTION = re.compile(r"<@([A-Z0-9]+)>")


def refusal(
    verb: str, actor: Actor, why: str, history: Sequence[ChainedEntry], policy: Policy, now: datetime
) -> Entry | None:
    """The entry that keeps a refusal; None for acts of no weight, and while the same one was kept a moment ago."""
    tried = TRIED.get(verb)
    if tried is None or any(_same(one.entry, verb, actor, now) for one in history):
        return None
    sentence = one_stop(f"{actor.name} tried to {tried} and may not: {_plain(why, policy)}")
    return Entry("refused", now, actor.user, sentence, (("by", actor.name), ("act", verb), ("team", actor.team)))


def _same(entry: Entry, verb: str, actor: Actor, now: datetime) -> bool:
    recent = now - entry.at < AGAIN_AFTER
    return recent and entry.kind == "refused" and entry.actor == actor.user and ("act", verb) in entry.figures


def _plain(why: str, policy: Policy) -> str:
    """People by name: a thread notifies nobody."""
    known = {person.slack: person.name for person in policy.people.values()}

    def named(found: re.Match[str]) -> str:
        user = UserId(found.group(1))
        return known.get(user, user)

    return _MENTION.sub(named, why)
