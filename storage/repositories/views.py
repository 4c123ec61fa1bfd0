"""Read-only questions, each a fixed number of queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from sqlalchemy import func, literal, select

from storage.dialect import Link
from storage.repositories.deliveries import problem_row
from storage.repositories.facts import fact_of
from storage.tables.cases import UNRESOLVED, exceptions
from storage.tables.columns import Millionths
from storage.tables.deliveries import deliveries, problems, raw_keys
from storage.tables.facts import CONFLICT, facts
from storage.tables.outbox import UNSENT, posts
from storage.tables.stock import due, order_lines, positions
from storage.tables.work import counters
from sync.model.facts import (
    Acknowledged,
    Change,
    Count,
    FactBody,
    LeftOut,
    LineStated,
    LineStep,
    ListingStated,
    RecipeStated,
    SnapshotConfirmed,
    SnapshotRead,
)
from sync.model.ids import SkuId, SystemId
from sync.ports import Ranked, RecentFact

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

    async def on_source(self, system: SystemId, since: datetime, limit: int) -> tuple[int, Sequence[Ranked]]:
        """How many SKUs have a number of this system, and the first of them: most at risk, then most sold, then by code."""
        on = select(positions.c.sku).where(positions.c.system == system).distinct().subquery()
        held, lines = exceptions.c, order_lines.c
        risk = (
            select(held.sku, func.sum(held.risk).label("risk"))
            .where(UNRESOLVED, held.sku.in_(select(on.c.sku)))
            .group_by(held.sku)
            .subquery()
        )
        sold = (
            select(lines.sku, func.sum(lines.units).label("units"))
            .where(lines.placed_at > since, lines.sku.in_(select(on.c.sku)))
            .group_by(lines.sku)
            .subquery()
        )
        at_risk = func.coalesce(risk.c.risk, literal(Decimal(0), Millionths()), type_=Millionths())
        units = func.coalesce(sold.c.units, 0)
        query = (
            select(on.c.sku, at_risk.label("risk"), units.label("units"))
            .outerjoin(risk, risk.c.sku == on.c.sku)
            .outerjoin(sold, sold.c.sku == on.c.sku)
            .order_by(at_risk.desc(), units.desc(), on.c.sku)
            .limit(limit)
        )
        rows = [Ranked(SkuId(row.sku), row.risk, int(row.units)) for row in await self._link.execute(query)]
        every = (await self._link.execute(select(func.count()).select_from(on))).scalar_one()
        return int(every), rows

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
        case SnapshotConfirmed():
            return f"snapshot, {body.rows} numbers unchanged"
        case LeftOut():
            return "no longer confirmed by snapshots"
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
