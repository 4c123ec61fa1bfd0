"""Raise slowly, lower at once: what an increase of a promise needs before it may go out (F46).

Either facts that explain it (a receipt, a return, a cancellation, a count by a person, a changed policy), and then by no more
than they explain; or a second number of every decider that may have raised it, as of at least ``learns_within`` after the first.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from sync.counting.numbers import content_as_of, source_of
from sync.counting.pool import Pool
from sync.model.facts import Change, Fact, FactKind, LineStep
from sync.model.ids import LocationId, SystemId
from sync.model.picture import RaiseMemo
from sync.model.stock import Position
from sync.policy.schema import COUNT_SYSTEM, Policy

ANY = 1_000_000_000
"""More units than any promise holds: what a count by a person explains."""

Content = tuple[tuple[LocationId, SystemId, datetime], ...]


def explaining_increase(facts: Iterable[Fact]) -> tuple[int, str]:
    """How many units of an increase these facts explain, and in what words. (0, "") when they explain nothing."""
    units, words = 0, []
    for fact in facts:
        body = fact.body
        if fact.kind is FactKind.COUNTED and fact.system == COUNT_SYSTEM:
            units, word = ANY, "counted by a person"
        elif fact.kind is FactKind.RECEIVED and isinstance(body, Change) and body.on_hand > 0:
            units, word = units + body.on_hand, f"{body.on_hand} received"
        elif fact.kind is FactKind.RETURNED and isinstance(body, Change) and body.on_hand > 0:
            units, word = units + body.on_hand, f"{body.on_hand} returned"
        elif fact.kind is FactKind.ORDER_CANCELLED and isinstance(body, LineStep) and body.units > 0:
            units, word = units + body.units, f"{body.units} cancelled"
        else:
            continue
        words.append(word)
    return min(units, ANY), ", ".join(words)


def may_rise(
    previous: RaiseMemo | None,
    wanted: int,
    drawn: Pool,
    facts: Iterable[Fact],
    policy: Policy,
    now: datetime,
    *,
    by_word: bool = False,
) -> tuple[bool, RaiseMemo, str]:
    """Whether ``wanted`` units may be shown now, what to remember for next time, and why.

    ``drawn`` is the pool behind it, ``facts`` those that led to it; ``by_word``: a person said that more of a source counts. When
    the answer is no, the memo's ``allowed`` is what may be shown meanwhile (it rises as far as facts explain, or as far as two
    numbers agree).
    """
    content = content_of(drawn.decided_by, policy)
    if previous is None:
        return True, _settled(wanted, content, policy), "first promise"
    if wanted <= previous.allowed:
        word = "unchanged" if wanted == previous.allowed else "lower"
        return True, _settled(wanted, content, policy), word
    if previous.policy and previous.policy != policy.version:
        return True, _settled(wanted, content, policy), "policy changed"
    if by_word:
        return True, _settled(wanted, content, policy), "said by a person"
    explained, word = explaining_increase(facts)
    base = previous.allowed + explained
    if wanted <= base:
        return True, _settled(wanted, content, policy), word
    if previous.candidate is None:
        waiting = _candidate(previous, wanted, content, now)
        return False, replace(waiting, allowed=base), _waits(wanted, waiting)
    agreed = min(previous.candidate, wanted)
    if not _second(previous, drawn.decided_by, policy):
        kept = replace(previous, allowed=min(base, wanted), candidate=max(agreed, base))
        return False, kept, _waits(wanted, kept)
    if wanted <= max(agreed, base):
        return True, _settled(wanted, content, policy), "two numbers agree"
    risen = replace(_settled(max(agreed, base), content, policy), candidate=wanted, first_seen=now)
    return False, replace(risen, content_at=_newest(content)), _waits(wanted, risen)


def content_of(positions: Iterable[Position], policy: Policy) -> Content:
    """As of when each deciding number holds: (place, system, end of its content's interval), in order."""
    found = []
    for position in positions:
        source = source_of(policy, position.system, position.location)
        as_of = content_as_of(position, source) if source is not None else None
        if as_of is not None:
            found.append((position.location, position.system, as_of.end))
    return tuple(sorted(found))


def _settled(units: int, content: Content, policy: Policy) -> RaiseMemo:
    return RaiseMemo(allowed=units, numbers=content, policy=policy.version)


def _candidate(previous: RaiseMemo, wanted: int, content: Content, now: datetime) -> RaiseMemo:
    """The first sight of a higher number: only deciders that said something since the last promise can have raised it."""
    changed = tuple(one for one in content if one not in previous.numbers) or content
    return replace(previous, candidate=wanted, content_at=_newest(changed), first_seen=now, numbers=changed)


def _newest(content: Content) -> datetime | None:
    return max((at for _, _, at in content), default=None)


def _second(previous: RaiseMemo, positions: Iterable[Position], policy: Policy) -> bool:
    """Every decider that may have raised it has stated again, as of at least ``learns_within`` after its first number."""
    first = {place: at for place, _, at in previous.numbers}
    for position in positions:
        source = source_of(policy, position.system, position.location)
        as_of = content_as_of(position, source) if source is not None else None
        at = first.get(position.location) if first else previous.content_at
        if at is None:
            continue
        if source is None or as_of is None or as_of.start <= at or as_of.start < at + source.learns_within:
            return False
    return True


def _waits(wanted: int, memo: RaiseMemo) -> str:
    who = ", ".join(sorted({system for _, system, _ in memo.numbers})) or "the source"
    return f"{wanted} waits for a second number of {who}"
