"""What of the deciding numbers may not be promised: of one that is silent, one whose vendor does not stand behind it, and units
beyond those that the vendor acknowledged. It takes off only what is free: growing old alone oversells nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sync.counting.acknowledging import acknowledged_through, told_by
from sync.counting.numbers import Deciding, margin_between
from sync.counting.terms import MINUS, Term, clock
from sync.counting.weights import drawable, owed
from sync.model.ids import LocationId
from sync.model.made import quickly
from sync.model.source_word import WordKind
from sync.model.stock import OrderLine
from sync.policy.schema import Policy


@quickly
@dataclass(frozen=True, slots=True)
class Withheld:
    """The lines of arithmetic, and how many units that go on counting rest on stock that no acknowledgement stands behind."""

    terms: tuple[Term, ...]
    unacknowledged: int


def withheld(
    deciders: Mapping[LocationId, Deciding],
    weight_at: Mapping[LocationId | None, int],
    lines: Sequence[OrderLine],
    free: int,
    policy: Policy,
    now: datetime,
) -> Withheld:
    """What may not be promised of what is free at the places of these numbers, and of what is ``free`` in all."""
    terms = []
    resting = 0
    for place, one in deciders.items():
        if free <= 0:
            break
        there = max(0, one.number.units - weight_at.get(place, 0))
        worth = one.worth(there)
        left = units_left(one, lines, policy)
        beyond = left is not None and left < worth
        worth = left if left is not None and beyond else worth
        lost = min(there - worth, free)
        if lost > 0:
            terms.append(Term(f"{MINUS} {_why(one, policy.locations[place].name, now, beyond=beyond)} {lost}", -lost))
            free -= lost
        if not one.acknowledged:
            resting += min(worth, free)
    return Withheld(tuple(terms), resting)


def _why(one: Deciding, place: str, now: datetime, *, beyond: bool) -> str:
    if beyond:
        return f"beyond what {place} acknowledged"
    if one.word is not None and one.word.kind is WordKind.NOTHING:
        return f"{place} counts as 0 since {clock(one.word.since, now)}, says {one.word.by_name}"
    if not one.fresh and not one.vouched:
        return f"{place} has said nothing since {clock(one.number.as_of.end, now)}"
    through = acknowledged_through(one.position, one.source)
    if through is None:
        return f"{place} never acknowledged its stock"
    return f"{place}'s acknowledgement ended {clock(through, now)}"


def units_left(one: Deciding, lines: Iterable[OrderLine], policy: Policy) -> int | None:
    """Units that the acknowledgement still covers: those it named, less what was ordered since; None: it named no number.

    Orders are known to the vendor ``learns_within`` after they were placed; those younger when it spoke come out of its word.
    """
    word = one.position.acknowledged
    if word is None or word.units is None or one.source.acknowledged_for is None or not one.acknowledged:
        return None
    place, left = one.position.location, word.units
    for line in lines:
        drawn = drawable(line, policy)
        if line.location != place and (line.location is not None or (drawn is not None and place not in drawn)):
            continue
        since = told_by(word, one.source, margin_between(policy, one.position.system, line.channel))
        known = [statement.units for statement in line.statements if statement.at.end < since]
        left -= max(0, owed(line) - (known[-1] if known else 0))
    return max(0, left)
