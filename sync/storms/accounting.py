"""Moves the figures of storms by what a transaction changed of their members: never a recount."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from sync.exceptions.lifecycle import Step
from sync.model.exceptions import Case
from sync.model.ids import ExceptionId, StormId
from sync.model.outbox import Post, PostKind, storm_key
from sync.ports import UnitOfWork
from sync.storms.storm import Moved, Storm, moved

FIRST, CHANGED = 0, 2
"""Priority of a storm's card: a new one explains what follows; an update waits its turn."""

Members = Mapping[ExceptionId, tuple[StormId, Decimal]]
_MILLIONTH = Decimal("0.000001")


async def members_before(uow: UnitOfWork, known: Sequence[Step]) -> Members:
    """Which of these cases are members of a storm as stored, before they are written."""
    concerned = [step.case.id for step in known if step.case.storm is not None or step.case.left_storm is not None]
    return await uow.storms.among(concerned) if concerned else {}


async def account(uow: UnitOfWork, before: Members, written: Sequence[Step], now: datetime) -> None:
    """Bring the storms' figures to what was written, end those without members, and want their cards."""
    moves = movements(before, [step.case for step in written])
    if not moves:
        return
    changed = [moved(storm, moves[storm.id], now) for storm in await uow.storms.lock(list(moves))]
    await uow.storms.save(changed)
    await uow.posts.want([storm_post(storm, now) for storm in changed])


def movements(before: Members, after: Sequence[Case]) -> dict[StormId, Moved]:
    """By how much each storm moves. ``before``: the members among the written cases as they were stored."""
    moves: defaultdict[StormId, Moved] = defaultdict(Moved)
    for case in after:
        was, had = before.get(case.id, (None, Decimal(0)))
        storm = None if case.life.ended else case.storm
        risk = case.risk_now.amount.quantize(_MILLIONTH) if storm is not None else Decimal(0)
        if was is not None and was != storm:
            gone = Moved(ended=1) if case.life.ended else Moved(left=1)
            moves[was] += gone + Moved(exposed=-_exposed(had), risk=-had)
        if storm is not None and was == storm:
            moves[storm] += Moved(exposed=_exposed(risk) - _exposed(had), risk=risk - had)
        elif storm is not None:
            moves[storm] += Moved(joined=1, exposed=_exposed(risk), risk=risk)
    return dict(moves)


def storm_post(storm: Storm, now: datetime) -> Post:
    """The wanted card of a storm."""
    return Post(
        key=storm_key(storm.name),
        kind=PostKind.STORM,
        channel=storm.queue,
        wanted=storm.version,
        priority=FIRST if storm.version == 1 else CHANGED,
        next_at=now,
    )


def _exposed(risk: Decimal) -> int:
    return 1 if risk > 0 else 0
