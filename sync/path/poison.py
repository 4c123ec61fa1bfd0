"""Facts that cannot be recorded, found alone, so that their neighbours of the same delivery are recorded all the same (F70)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace

import structlog

from sync.connectors.base import Parsed, Problem
from sync.model.facts import FactDraft, FactKind
from sync.ports import Store, UnitOfWork

Trial = Callable[[Sequence[FactDraft]], Awaitable[Exception | None]]
"""Records these facts in a transaction of its own, undoes it, and says what broke."""

MOST = 25
"""Beyond so many it is no matter of single facts: the delivery is kept whole."""

_log = structlog.get_logger(__name__)


class _Undone(Exception):
    """A trial is over; nothing of it stays."""


async def undone(store: Store, work: Callable[[UnitOfWork], Awaitable[object]]) -> Exception | None:
    """What breaks when ``work`` is done in a transaction of its own, which is undone. Raises what says that the database went
    away: no fact is guilty of that."""
    try:
        async with store.unit_of_work() as uow:
            await work(uow)
            raise _Undone
    except _Undone:
        return None
    except Exception as error:
        if store.away(error):
            raise
        return error


async def poisonous(facts: Sequence[FactDraft], trial: Trial) -> dict[int, Exception]:
    """The facts (by their place) that cannot be recorded, each with what broke; a fact and what follows it stand together.

    Empty when all can be recorded after all, when not even none can (then it is no fact's fault), or when there are too many.
    """
    if await trial(()) is not None:
        return {}
    found: dict[int, Exception] = {}
    waiting = [_units(facts)]
    while waiting:
        units = waiting.pop()
        error = await trial([facts[place] for unit in units for place in unit]) if units else None
        if error is None:
            continue
        if len(units) > 1:
            half = len(units) // 2
            waiting += [units[:half], units[half:]]
            continue
        found |= dict.fromkeys(units[0], error)
        if len(found) > MOST:
            return {}
    for place, error in sorted(found.items()):
        # No traceback: it would hold all the facts of the delivery, once per poisonous one.
        _log.error("fact_not_recorded", key=facts[place].key, error=f"{type(error).__name__}: {error}"[:500])
    return found


def _units(facts: Sequence[FactDraft]) -> list[list[int]]:
    """Places of facts that stand or fall together."""
    units: list[list[int]] = []
    for place, fact in enumerate(facts):
        if fact.follows and units:
            units[-1].append(place)
        else:
            units.append([place])
    return units


def told_of(error: Exception) -> str:
    """What is said of a fact that cannot be recorded."""
    return (
        f"Something broke on our side with this part ({type(error).__name__}). It is kept with its delivery; "
        "everything else of it is recorded."
    )


def without(parsed: Parsed, poison: Mapping[int, Exception]) -> Parsed:
    """The delivery without its poisonous facts, each told as a problem. A full reading of a place of which a part is missing is
    none: what it does not name may be there."""
    places = {parsed.facts[place].place for place in poison}
    facts = [
        fact
        for place, fact in enumerate(parsed.facts)
        if place not in poison and not (fact.kind is FactKind.SNAPSHOT_READ and fact.place in places)
    ]
    problems = [
        Problem(parsed.facts[place].key.encode("ascii", "backslashreplace").decode(), told_of(error), kind="our_fault")
        for place, error in sorted(poison.items())
    ]
    return replace(parsed, facts=tuple(facts), problems=(*parsed.problems, *problems))
