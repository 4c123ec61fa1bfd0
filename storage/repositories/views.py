"""Read-only questions: recent facts, the week's figures, totals, what could not be used."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select

from storage.codecs import from_json
from storage.dialect import Link
from storage.repositories.deliveries import problem_row
from storage.repositories.facts import fact_of
from storage.tables.cases import UNRESOLVED, exceptions
from storage.tables.deliveries import deliveries, problems, raw_keys
from storage.tables.facts import facts
from storage.tables.outbox import UNSENT, posts
from storage.tables.stock import due, order_lines
from storage.tables.work import counters
from sync.model.exceptions import Case, Life
from sync.model.facts import Change, Count, LineStated, LineStep
from sync.model.ids import LocationId, SkuId, SystemId
from sync.ports import RecentFact, WeekFigures

COUNTED = ("deliveries", "repeats", "facts", "kept", "duplicates", "conflicts", "opened", "ended")


class SqlViews:
    """Implements ``sync.ports.Views``."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def recent_facts(self, sku: SkuId, limit: int = 8) -> Sequence[RecentFact]:
        """The newest facts about a SKU, newest first."""
        query = select(facts).where(facts.c.sku == sku).order_by(facts.c.received_at.desc(), facts.c.id.desc())
        return [_recent(row) for row in await self._link.execute(query.limit(limit))]

    async def week(self, start: datetime, end: datetime) -> WeekFigures:
        """Figures of [start, end), from cases and order lines."""
        held = exceptions.c
        opened = (await self._link.execute(_within(select(held.cls, held.cause, held.opening_risk), held.opened_at, start, end))).all()
        owned = (await self._link.execute(_within(select(held.opened_at, held.owned_at), held.owned_at, start, end))).all()
        ended_query = _within(select(held.body, held.opened_at, held.ended_at, held.resolve_by), held.ended_at, start, end)
        ended = (await self._link.execute(ended_query)).all()
        cases = [from_json(Case, row.body) for row in ended]
        standing = (await self._link.execute(select(func.sum(held.risk)).where(UNRESOLVED))).scalar()
        lines = _within(select(func.count(order_lines.c.order.distinct())), order_lines.c.placed_at, start, end)
        recorded = _within(select(func.count()).select_from(facts), facts.c.received_at, start, end)
        repeats = _within(select(func.coalesce(func.sum(deliveries.c.repeats), 0)), deliveries.c.received_at, start, end)
        return WeekFigures(
            opened=dict(Counter(row.cls for row in opened)),
            resolved=dict(Counter(case.fingerprint.cls.value for case in cases if case.life is Life.RESOLVED)),
            cleared=dict(Counter(case.fingerprint.cls.value for case in cases if case.life is Life.CLEARED)),
            seconds_to_owner=[(row.owned_at - row.opened_at).total_seconds() for row in owned],
            seconds_to_end=[(row.ended_at - row.opened_at).total_seconds() for row in ended],
            within_limit=sum(row.resolve_by is None or row.ended_at <= row.resolve_by for row in ended),
            ended=len(ended),
            risk_opened=sum((Decimal(row.opening_risk) for row in opened), Decimal(0)),
            risk_ended=sum((case.opening_risk for case in cases), Decimal(0)),
            risk_standing=Decimal(standing or 0),
            orders=int((await self._link.execute(lines)).scalar_one()),
            facts=int((await self._link.execute(recorded)).scalar_one()),
            repeats=int((await self._link.execute(repeats)).scalar_one()),
            top_causes=Counter(row.cause for row in opened if row.cause).most_common(3),
        )

    async def totals(self) -> Mapping[str, int]:
        """Running totals, due rows and posts waiting."""
        summed = select(counters.c.name, func.sum(counters.c.value)).group_by(counters.c.name)
        found = {name: int(value) for name, value in await self._link.execute(summed)}
        waiting = (await self._link.execute(select(func.count()).select_from(posts).where(UNSENT))).scalar_one()
        marked = (await self._link.execute(select(func.count()).select_from(due))).scalar_one()
        return {name: found.get(name, 0) for name in COUNTED} | {"due": int(marked), "posts_waiting": int(waiting)}

    async def problems(self, system: SystemId, limit: int = 20) -> Sequence[tuple[datetime, str, str, str]]:
        """(received, where, why, row) of unusable parts, newest first; the row is empty once its key was dropped."""
        query = (
            select(deliveries.c.received_at, problems, raw_keys.c.key.label("opens"))
            .join(deliveries, deliveries.c.id == problems.c.delivery)
            .outerjoin(raw_keys, raw_keys.c.delivery == problems.c.delivery)
            .where(deliveries.c.system == system)
            .order_by(deliveries.c.received_at.desc(), problems.c.delivery.desc(), problems.c.number)
            .limit(limit)
        )
        return [
            (row.received_at, row.place, row.why, problem_row(row.opens, row.row_nonce, row.row_ciphertext))
            for row in await self._link.execute(query)
        ]


def _within(query: Any, column: Any, start: datetime, end: datetime) -> Any:
    return query.where(column >= start, column < end)


def _recent(row: Any) -> RecentFact:
    fact = fact_of(row)
    location = LocationId(row.location) if row.location is not None else None
    return RecentFact(fact.system, fact.kind, fact.key, location, fact.as_of.start, _told(fact.body))


def _told(body: object) -> str:
    match body:
        case Count():
            number = body.on_hand if body.on_hand is not None else body.available
            return "no number" if number is None else f"{number} units"
        case Change():
            return f"{body.on_hand or body.quarantined:+d} units"
        case LineStated():
            return f"order {body.order.order}: {body.units} units"
        case LineStep():
            return f"order {body.order.order}: {body.units} units"
        case _:
            return ""
