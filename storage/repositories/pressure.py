"""What waits at one instant: six queries, each over rows that wait or that came lately."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, and_, case, func, or_, select

from storage.dialect import Link
from storage.tables.cases import UNRESOLVED, exceptions
from storage.tables.deliveries import deliveries
from storage.tables.measured import DONE, update_outcomes
from storage.tables.outbox import UNSENT, WAITING, lanes, posts, targets
from storage.tables.stock import due
from sync.measures.pressure import DRAINED_FROM, LATELY, LaneStanding, Lately, Pressure, QueueStanding, Waiting


async def pressure(link: Link, now: datetime) -> Pressure:
    """How things stand."""
    marks, oldest = (await link.execute(select(func.count(), func.min(due.c.at)))).one()
    waiting = select(posts.c.kind, func.count(), func.min(posts.c.next_at)).where(UNSENT)
    came = deliveries.c
    received = select(came.system, came.state, func.count()).where(came.received_at >= now - LATELY)
    wrote = update_outcomes.c
    written = select(wrote.system, wrote.outcome, func.count()).where(wrote.at >= now - LATELY)
    return Pressure(
        queues=await _queues(link, now),
        lanes=await lane_standings(link, now),
        due=Waiting("due", marks, oldest),
        posts=[Waiting(*row) for row in await link.execute(_sorted(waiting, posts.c.kind))],
        deliveries=[Lately(*row) for row in await link.execute(_sorted(received, came.system, came.state))],
        updates=[Lately(*row) for row in await link.execute(_sorted(written, wrote.system, wrote.outcome))],
    )


def _sorted(query: Select[Any], *columns: Any) -> Select[Any]:
    return query.group_by(*columns).order_by(*columns)


async def _queues(link: Link, now: datetime) -> list[QueueStanding]:
    held = exceptions.c
    late = or_(and_(held.owner.is_(None), held.assign_by < now), held.resolve_by < now)
    query = select(
        held.queue,
        held.cls,
        func.count(),
        func.sum(case((late, 1), else_=0)),
        func.sum(case((held.owner.is_(None), 1), else_=0)),
        func.min(held.opened_at),
        func.sum(held.risk),
    ).where(UNRESOLVED)
    return [
        QueueStanding(queue, cls, count, int(overdue), int(free), oldest, risk or Decimal(0))
        for queue, cls, count, overdue, free, oldest, risk in await link.execute(_sorted(query, held.queue, held.cls))
    ]


async def lane_standings(link: Link, now: datetime) -> list[LaneStanding]:
    """Each lane: what waits, since when, and how many were done lately."""
    held = targets.c
    waits = _sorted(select(held.lane, func.count(), func.min(held.wanted_at)).where(WAITING), held.lane)
    wrote = update_outcomes.c
    done = _sorted(select(wrote.system, func.count()).where(DONE, wrote.at >= now - DRAINED_FROM), wrote.system)
    waiting = {system: (count, oldest) for system, count, oldest in await link.execute(waits)}
    lately = {system: count for system, count in await link.execute(done)}  # noqa: C416 - rows are no pairs to mypy
    known = {row.system: row.blocked_until for row in await link.execute(select(lanes.c.system, lanes.c.blocked_until))}
    nothing: tuple[int, datetime | None] = (0, None)
    return [
        LaneStanding(system, *waiting.get(system, nothing), lately.get(system, 0), known.get(system))
        for system in sorted({*waiting, *known})
    ]
