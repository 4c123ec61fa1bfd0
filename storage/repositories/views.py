"""Read-only questions, each a fixed number of queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from sqlalchemy import ColumnElement, and_, case, func, select

from storage.dialect import Link
from storage.repositories.deliveries import problem_row
from storage.repositories.facts import fact_of
from storage.tables.cases import UNRESOLVED, exceptions
from storage.tables.deliveries import deliveries, problems, raw_keys
from storage.tables.facts import CONFLICT, facts
from storage.tables.outbox import UNSENT, posts
from storage.tables.stock import due, order_lines
from storage.tables.work import counters
from sync.model.facts import (
    Acknowledged,
    Change,
    Count,
    FactBody,
    LineStated,
    LineStep,
    ListingStated,
    RecipeStated,
    SnapshotRead,
)
from sync.model.ids import SkuId, SystemId
from sync.ports import RecentFact, WeekFigures

CAUSES = 5
"""How many causes the digest names."""

COUNTED = ("deliveries", "repeats", "facts", "duplicates", "conflicts", "kept", "opened", "ended")


class SqlViews:
    """Implements ``sync.ports.Views``."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def recent_facts(self, sku: SkuId, limit: int = 8) -> Sequence[RecentFact]:
        """The facts about a SKU that were received last, newest first."""
        held = facts.c
        query = select(facts).where(held.sku == sku, ~CONFLICT).order_by(held.received_at.desc(), held.id.desc())
        recent = [fact_of(row) for row in await self._link.execute(query.limit(limit))]
        return [
            RecentFact(fact.system, fact.kind.value, fact.key, fact.location, fact.as_of.end, body_text(fact.body))
            for fact in recent
        ]

    async def week(self, start: datetime, end: datetime) -> WeekFigures:
        """Figures of [start, end) from recorded facts and cases."""
        held = exceptions.c
        opened = _within(held.opened_at, start, end)
        ended = _within(held.ended_at, start, end)
        by_class = select(held.cls, func.count()).group_by(held.cls).order_by(held.cls)
        spans = select(held.opened_at, held.owned_at, held.ended_at, held.resolve_by)
        sums = select(
            func.sum(case((opened, held.opening_risk))),
            func.sum(case((ended, held.opening_risk))),
            func.sum(case((UNRESOLVED, held.risk))),
        )
        causes = select(held.cause, func.count().label("times")).where(opened, held.cause != "").group_by(held.cause)
        owned = (await self._link.execute(spans.where(_within(held.owned_at, start, end)))).all()
        done = (await self._link.execute(spans.where(ended))).all()
        risk_opened, risk_ended, risk_standing = (await self._link.execute(sums)).one()
        top = await self._link.execute(causes.order_by(func.count().desc(), held.cause).limit(CAUSES))
        orders, recorded, repeats = await self._volumes(start, end)
        return WeekFigures(
            opened=dict((await self._link.execute(by_class.where(opened))).all()),
            resolved=dict((await self._link.execute(by_class.where(ended, held.life == "resolved"))).all()),
            cleared=dict((await self._link.execute(by_class.where(ended, held.life == "cleared"))).all()),
            seconds_to_owner=[(row.owned_at - row.opened_at).total_seconds() for row in owned],
            seconds_to_end=[(row.ended_at - row.opened_at).total_seconds() for row in done],
            within_limit=sum(row.resolve_by is None or row.ended_at <= row.resolve_by for row in done),
            ended=len(done),
            risk_opened=risk_opened or Decimal(0),
            risk_ended=risk_ended or Decimal(0),
            risk_standing=risk_standing or Decimal(0),
            orders=orders,
            facts=recorded,
            repeats=repeats,
            top_causes=[(row.cause, row.times) for row in top],
        )

    async def _volumes(self, start: datetime, end: datetime) -> tuple[int, int, int]:
        """Orders placed, facts received, and repeats of the deliveries received."""
        lines, came = order_lines.c, deliveries.c
        placed = select(lines.channel, lines.order).where(_within(lines.placed_at, start, end)).distinct().subquery()
        query = select(
            select(func.count()).select_from(placed).scalar_subquery(),
            select(func.count())
            .select_from(facts)
            .where(_within(facts.c.received_at, start, end), ~CONFLICT)
            .scalar_subquery(),
            select(func.coalesce(func.sum(came.repeats), 0))
            .where(_within(came.received_at, start, end))
            .scalar_subquery(),
        )
        orders, recorded, repeats = (await self._link.execute(query)).one()
        return orders, recorded, int(repeats)

    async def totals(self) -> Mapping[str, int]:
        """Running totals since the first day (COUNTED), and what stands now: ``due`` rows, ``posts`` waiting."""
        sums = select(counters.c.name, func.sum(counters.c.value)).group_by(counters.c.name)
        known = {name: int(value) for name, value in await self._link.execute(sums)}
        standing = select(
            select(func.count()).select_from(due).scalar_subquery(),
            select(func.count()).select_from(posts).where(UNSENT).scalar_subquery(),
        )
        marks, waiting = (await self._link.execute(standing)).one()
        return {**{name: known.get(name, 0) for name in COUNTED}, "due": marks, "posts": waiting}

    async def problems(self, system: SystemId, limit: int = 20) -> Sequence[tuple[datetime, str, str, str]]:
        """(received, where, why, row) of unusable parts, newest first; the row is empty once its delivery was erased."""
        came, parts = deliveries.c, problems.c
        query = (
            select(came.received_at, parts.place, parts.why, parts.row_nonce, parts.row_ciphertext, raw_keys.c.key)
            .join(deliveries, came.id == parts.delivery)
            .outerjoin(raw_keys, raw_keys.c.delivery == parts.delivery)
            .where(came.system == system)
            .order_by(came.received_at.desc(), came.id.desc(), parts.number)
            .limit(limit)
        )
        return [
            (row.received_at, row.place, row.why, problem_row(row.key, row.row_nonce, row.row_ciphertext))
            for row in await self._link.execute(query)
        ]


def _within(column: ColumnElement[datetime | None], start: datetime, end: datetime) -> ColumnElement[bool]:
    return and_(column >= start, column < end)


def body_text(body: FactBody) -> str:
    """What a fact says, in a few words."""
    match body:
        case Count():
            known = [("available", body.available), *_numbers(body)]
            return ", ".join(f"{name} {units}" for name, units in known if units is not None) or "no number"
        case Change():
            said = ", ".join(f"{name} {units:+d}" for name, units in _numbers(body) if units) or "nothing"
            return f"{said} for order {body.order.order}" if body.order else said
        case LineStated():
            return f"order {body.order.order}: {body.units} ordered"
        case LineStep():
            return f"order {body.order.order}: {body.units}"
        case Acknowledged():
            units = "can be supplied" if body.units is None else f"{body.units} can be supplied"
            return f"{units} until {body.until:%b %d %H:%M} UTC" if body.until is not None else units
        case ListingStated():
            return "listing removed" if body.removed else _listing_text(body)
        case SnapshotRead():
            return f"full reading, {body.rows} rows"
        case RecipeStated():
            return "made of " + (", ".join(f"{units} {sku}" for sku, units in body.parts) or "itself: no kit any more")


def _listing_text(body: ListingStated) -> str:
    if body.doors is None:
        return "listing seen"
    return f"listing seen, {sum(door.open for door in body.doors)} of {len(body.doors)} doors open"


def _numbers(body: Count | Change) -> list[tuple[str, int | None]]:
    return [
        ("on hand", body.on_hand),
        ("reserved", body.reserved),
        ("quarantined", body.quarantined),
        ("held", body.held),
        ("incoming", body.incoming),
    ]
