"""What a full comparison reads and writes: whole snapshots page by page, what is on its way, and what was found."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Integer,
    Subquery,
    and_,
    func,
    insert,
    literal,
    literal_column,
    select,
    tuple_,
    type_coerce,
    union,
)

from storage.codecs import from_json, to_json
from storage.dialect import Link
from storage.repositories.facts import BULK
from storage.tables.cases import UNRESOLVED, exceptions, suspicions
from storage.tables.catalogue import listings
from storage.tables.deliveries import deliveries
from storage.tables.facts import facts
from storage.tables.outbox import targets
from storage.tables.reconciled import reconciliations
from storage.tables.stock import due, movements, order_lines, positions, raise_memos
from sync.model.exceptions import ExceptionClass
from sync.model.facts import FactKind
from sync.model.ids import ExceptionId, SkuId, SystemId
from sync.policy.schema import COUNT_SYSTEM
from sync.reconciliation.frames import BUCKETS, KEY
from sync.reconciliation.report import Ended, Report

CAUSE = "reconcile"
ORDERS = (FactKind.ORDER_LINE, FactKind.ORDER_CANCELLED, FactKind.ORDER_SHIPPED, FactKind.RETURNED)
"""Kinds of facts that a webhook tells under the same key as a reading."""

EXAMPLES = 3


class SqlReconciling:
    """Implements ``sync.ports.Reconciling``."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def positions_page(self, system: SystemId, after: tuple[str, str], limit: int) -> Sequence[Sequence[Any]]:
        """Rows (sku, location, buckets) of one system behind (location, sku), in that order."""
        held = positions.c
        order = (held.location, held.sku)
        page = select(*(held[name] for name in (*KEY, *BUCKETS))).where(held.system == system)
        page = page.where(tuple_(*order) > tuple_(*(literal(one) for one in after))).order_by(*order).limit(limit)
        return [tuple(row) for row in await self._link.execute(page)]

    async def wanted_page(self, system: SystemId, after: str, limit: int) -> tuple[Sequence[tuple[str, int]], str]:
        """Rows (sku, wanted) of what a channel should show, behind a target's key, and the last key."""
        held = targets.c
        page = select(held.key, held.sku, held.wanted).where(
            held.lane == system, held.kind == literal_column("'quantity'")
        )
        rows = (await self._link.execute(page.where(held.key > after).order_by(held.key).limit(limit))).all()
        return [(row.sku, row.wanted) for row in rows], rows[-1].key if rows else after

    async def mark_candidates(self, skus: Sequence[SkuId], now: datetime) -> None:
        """They are judged after whatever single facts marked."""
        rows = [(BULK, sku, now, CAUSE) for sku in skus]
        if rows:
            await self._link.execute(self._link.insert_rows(due, ("rank", "sku", "at", "cause"), rows))

    async def mark_moving(self, now: datetime) -> int:
        """Mark due every SKU of which something is on its way or standing, in one statement: a comparison of bare numbers says
        nothing about it. Returns how many."""
        sku = moving().c.sku
        marks = select(literal(BULK, Integer()), sku, literal(now, due.c.at.type), literal(CAUSE))
        return await self._link.changed(insert(due).from_select(["rank", "sku", "at", "cause"], marks))

    async def undecided(self) -> int:
        """How many candidates are still to be judged."""
        query = select(func.count()).select_from(due).where(due.c.cause == CAUSE)
        return int((await self._link.execute(query)).scalar_one())

    async def missed(
        self, system: SystemId, since: datetime, late: int, until: datetime
    ) -> tuple[int, tuple[str, ...]]:
        """Facts of orders that a reading told first, more than ``late`` microseconds after they happened: (how many, their keys'
        first examples). What was received before ``since`` or after ``until`` is left out."""
        held, came = facts.c, deliveries.c
        told = (
            select(held.key, held.as_of_end)
            .join(deliveries, came.id == held.delivery)
            .where(held.system == system, held.received_at >= since, held.received_at <= until)
            .where(held.kind.in_([kind.value for kind in ORDERS]), came.door == literal_column("'poll'"))
            .where(held.as_of_end >= since, _micros(held.received_at) - _micros(held.as_of_end) > late)
        ).subquery()
        count = int((await self._link.execute(select(func.count()).select_from(told))).scalar_one())
        if not count:
            return 0, ()
        first = select(told.c.key).order_by(told.c.as_of_end, told.c.key).limit(EXAMPLES)
        return count, tuple((await self._link.execute(first)).scalars())

    async def ended(self, since: datetime) -> Ended:
        """What stands of SKUs now, and what changed since then."""
        held = exceptions.c
        opened = select(held.cls, func.count()).where(held.opened_at >= since, held.sku.is_not(None)).group_by(held.cls)
        by_class = {ExceptionClass(cls): int(count) for cls, count in await self._link.execute(opened)}
        standing = select(func.count()).select_from(exceptions).where(UNRESOLVED, held.sku.is_not(None))
        standing = standing.where(held.opened_at < since)
        cleared = select(func.count()).select_from(exceptions).where(held.ended_at >= since, held.sku.is_not(None))
        settling = select(func.count()).select_from(suspicions).where(suspicions.c.sku.is_not(None))
        worst = select(held.id).where(UNRESOLVED, held.sku.is_not(None), held.opened_at >= since)
        worst = worst.order_by(held.risk.desc(), held.id).limit(EXAMPLES)
        numbers = [int((await self._link.execute(query)).scalar_one()) for query in (standing, cleared, settling)]
        named = tuple(ExceptionId(one) for one in (await self._link.execute(worst)).scalars())
        return Ended(by_class, standing=numbers[0], cleared=numbers[1], settling=numbers[2], worst=named)

    async def last(self) -> Report | None:
        """The newest comparison."""
        newest = select(reconciliations.c.body).order_by(reconciliations.c.id.desc()).limit(1)
        body = (await self._link.execute(newest)).scalar_one_or_none()
        return None if body is None else from_json(Report, body)

    async def save(self, report: Report) -> None:
        """Keep what a comparison came to."""
        row = {"began_at": report.began, "ended_at": report.ended, "cause": report.cause, "body": to_json(report)}
        await self._link.execute(insert(reconciliations).values(**row))


def moving() -> Subquery:
    """SKUs of which something is on its way or standing: one column, each once."""
    body = listings.c.body
    unlimited = body["tracked"].as_string().is_not(None) | body["sells_below_zero"].as_string().is_not(None)
    counted = and_(positions.c.system == COUNT_SYSTEM, positions.c.released.is_(False))
    return union(
        select(order_lines.c.sku.label("sku")).where(order_lines.c.closed.is_(False)),
        select(movements.c.sku),
        select(exceptions.c.sku).where(UNRESOLVED, exceptions.c.sku.is_not(None)),
        select(suspicions.c.sku).where(suspicions.c.sku.is_not(None)),
        select(raise_memos.c.sku).where(raise_memos.c.body["candidate"].as_string().is_not(None)),
        select(targets.c.sku).where(targets.c.state != literal_column("'idle'")),
        select(positions.c.sku).where(positions.c.conflicting.is_(True) | counted),
        select(listings.c.sku).where(unlimited),
    ).subquery()


def _micros(instant: Any) -> Any:
    """An instant as the whole number that is stored."""
    return type_coerce(instant, BigInteger)
