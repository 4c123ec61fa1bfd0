"""What measures are counted from: a fixed number of queries for any period."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, and_, case, func, literal, literal_column, or_, select, union_all

from storage.dialect import Link, inserting
from storage.repositories.pressure import lane_standings, pressure
from storage.tables.cases import exception_actions, exceptions
from storage.tables.catalogue import skus
from storage.tables.columns import Instant
from storage.tables.deliveries import deliveries
from storage.tables.facts import CONFLICT, facts
from storage.tables.measured import DONE, episodes, risk_steps, update_outcomes
from storage.tables.proofs import OPINIONS, chain_entries
from storage.tables.stock import order_lines
from sync.measures.pressure import LaneStanding, Pressure
from sync.measures.records import (
    CHECKED_FOR,
    LONGEST_COMPARED,
    PACE_FROM,
    CheckTally,
    Episode,
    Lowering,
    Recorded,
    SettledUpdate,
    UpdateOutcome,
    UpdateTally,
)
from sync.model.exceptions import ExceptionClass
from sync.model.ids import ExceptionId, ListingId, LocationId, QueueId, SkuId, SystemId, UserId

OUTCOME = (
    "at",
    "system",
    "kind",
    "target",
    "sku",
    "listing",
    "exception",
    "wanted",
    "shown",
    "outcome",
    "fault",
    "wanted_at",
)
_SECOND = 1_000_000
_TAIL_TIMES, _TAIL_PLUS = 4, 12
"""Beyond so many times the expected demand, and so many units more, demand is not worth looking for (below one in 10^5)."""


class SqlMeasured:
    """Implements ``sync.ports.Measured``."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def settled(self, updates: Sequence[SettledUpdate]) -> None:
        """Record what came of writes, in the transaction that settles them."""
        if updates:
            rows = [tuple(getattr(one, name) for name in OUTCOME) for one in updates]
            await self._link.run(inserting(update_outcomes, OUTCOME), rows=rows)

    async def recorded(self, start: datetime, end: datetime, now: datetime, families: Mapping[SkuId, str]) -> Recorded:
        """Everything about [start, end) as it is known at ``now``; ``families`` go before those of the catalogue."""
        named = _Named(self._link, families)
        placed, by_family = await self._orders(start, end, named)
        known, repeats = await self._volumes(start, end)
        return Recorded(
            start=start,
            end=end,
            now=now,
            episodes=await self._episodes(start, end, named),
            updates=await self._updates(start, end, named),
            lowerings=await self._lowerings(start, end, named),
            orders=placed,
            orders_by_family=by_family,
            checks=await self._checks(end - CHECKED_FOR, end),
            facts=known,
            repeats=repeats,
            opinions=await self._opinions(start, end),
        )

    async def lanes(self, now: datetime) -> Sequence[LaneStanding]:
        """What waits to be sent to each system, and at what pace it goes: three queries."""
        return await lane_standings(self._link, now)

    async def pressure(self, now: datetime) -> Pressure:
        """What waits at this instant, and since when."""
        return await pressure(self._link, now)

    async def _opinions(self, start: datetime, end: datetime) -> tuple[int, int]:
        """Who agreed and who disagreed with what shadow only names: of one person and exception the newest word."""
        held = chain_entries.c
        query = select(held.chain, held.actor, held.kind).where(OPINIONS, held.at >= start, held.at < end)
        newest = {
            (row.chain, row.actor): row.kind for row in await self._link.execute(query.order_by(held.at, held.seq))
        }
        agreed = sum(kind == "agreed" for kind in newest.values())
        return agreed, len(newest) - agreed

    async def _episodes(self, start: datetime, end: datetime, named: _Named) -> list[Episode]:
        held = episodes.c
        stood = and_(held.opened_at < end, or_(held.ended_at.is_(None), held.ended_at >= start))
        moved = (
            select(risk_steps)
            .join(episodes, and_(held.exception == risk_steps.c.exception, held.number == risk_steps.c.number))
            .where(stood)
            .order_by(risk_steps.c.exception, risk_steps.c.version)
        )
        changes: dict[tuple[int, int], list[tuple[datetime, Decimal]]] = defaultdict(list)
        for row in await self._link.execute(moved):
            changes[row.exception, row.number].append((row.at, row.change))
        query = named.joined(select(episodes, named.family), held.sku).where(stood)
        return [
            Episode(
                exception=ExceptionId(row.exception),
                number=row.number,
                cls=ExceptionClass(row.cls),
                sku=SkuId(row.sku) if row.sku is not None else None,
                family=row.family,
                systems=tuple(SystemId(one) for one in row.systems.split("+") if one),
                queue=QueueId(row.queue),
                owner=UserId(row.owner) if row.owner is not None else None,
                cause=row.cause,
                recurrences=row.recurrences,
                since=row.since,
                opened_at=row.opened_at,
                owned_at=row.owned_at,
                assign_by=row.assign_by,
                resolve_by=row.resolve_by,
                ended_at=row.ended_at,
                outcome=row.outcome,
                opening_risk=row.opening_risk,
                snoozes=row.snoozes,
                escalated=row.escalated,
                changes=tuple(changes.get((row.exception, row.number), ())),
            )
            for row in await self._link.execute(query.order_by(held.opened_at, held.exception, held.number))
        ]

    async def _updates(self, start: datetime, end: datetime, named: _Named) -> list[UpdateTally]:
        held = update_outcomes.c
        took = func.sum((_micros(held.at) - _micros(held.wanted_at)) / _SECOND)
        keys = (held.system, named.family, held.outcome, held.fault)
        query = (
            named.joined(select(*keys, func.count().label("times"), took.label("seconds")), held.sku)
            .where(_within(held.at, start, end))
            .group_by(*keys)
            .order_by(*keys)
        )
        return [
            UpdateTally(
                SystemId(row.system),
                row.family,
                UpdateOutcome(row.outcome),
                row.fault,
                row.times,
                int(row.seconds),
            )
            for row in await self._link.execute(query)
        ]

    async def _lowerings(self, start: datetime, end: datetime, named: _Named) -> list[Lowering]:
        """Lowerings that demand could have outrun, with the pace of their SKU on their channel."""
        lines = order_lines.c
        pace = (
            select(lines.sku, lines.channel, func.sum(lines.units).label("ordered"))
            .where(_within(lines.placed_at, start - PACE_FROM, end))
            .group_by(lines.sku, lines.channel)
            .subquery()
        )
        measured = end - (start - PACE_FROM)
        lowered = _lowered(start, end).subquery()
        later = update_outcomes.alias("later")
        done_later = and_(
            later.c.target == lowered.c.target, later.c.at > lowered.c.at, later.c.outcome == literal_column("'done'")
        )
        until = select(func.min(later.c.at)).where(done_later).scalar_subquery()
        reach = pace.c.ordered * literal(int(LONGEST_COMPARED.total_seconds()) * _TAIL_TIMES)
        seconds = int(measured.total_seconds())
        money = (skus.c.price, skus.c.price_currency)
        query = (
            named.joined(
                select(lowered, pace.c.ordered, until.label("until"), *money, named.family).join(
                    pace, and_(pace.c.sku == lowered.c.sku, pace.c.channel == lowered.c.system)
                ),
                lowered.c.sku,
            )
            .where(pace.c.ordered > 0, (lowered.c.can_sell - _TAIL_PLUS) * literal(seconds) <= reach)
            .order_by(lowered.c.at, lowered.c.target)
        )
        return [
            Lowering(
                listing=ListingId(row.listing) if row.listing is not None else None,
                sku=SkuId(row.sku),
                family=row.family,
                system=SystemId(row.system),
                at=row.at,
                until=row.until,
                shown=row.shown,
                can_sell=row.can_sell,
                ordered=int(row.ordered),
                price=row.price,
                currency=row.price_currency or "",
                paused=bool(row.paused),
            )
            for row in await self._link.execute(query)
        ]

    async def _orders(
        self, start: datetime, end: datetime, named: _Named
    ) -> tuple[Mapping[SystemId, int], Mapping[str, int]]:
        held = order_lines.c
        lines = (
            named.joined(select(held.channel, held.order, named.family), held.sku)
            .where(_within(held.placed_at, start, end))
            .distinct()
            .subquery()
        )
        whole = select(lines.c.channel, lines.c.order).distinct().subquery()
        channels = select(whole.c.channel, func.count()).group_by(whole.c.channel).order_by(whole.c.channel)
        families = select(lines.c.family, func.count().label("times")).group_by(lines.c.family).order_by(lines.c.family)
        placed = {SystemId(channel): count for channel, count in await self._link.execute(channels)}
        return placed, {row.family: row.times for row in await self._link.execute(families)}

    async def _checks(self, start: datetime, end: datetime) -> list[CheckTally]:
        """Counts that were entered, and whether their exception was corrected afterwards."""
        held, cases = exception_actions.c, exceptions.c
        fix = exception_actions.alias("fix")
        corrected = (
            select(fix.c.id)
            .where(
                fix.c.exception == held.exception,
                fix.c.kind == literal_column("'correction'"),
                fix.c.at >= held.at,
                fix.c.state != literal_column("'refused'"),
            )
            .exists()
        )
        keys = (held.location, cases.cls)
        query = (
            select(*keys, func.count().label("done"), func.sum(case((corrected, 1), else_=0)).label("differed"))
            .join(exceptions, cases.id == held.exception)
            .where(
                held.kind == literal_column("'count'"), held.state.in_(["done", "seen"]), _within(held.at, start, end)
            )
            .group_by(*keys)
            .order_by(*keys)
        )
        return [
            CheckTally(
                LocationId(row.location) if row.location is not None else None,
                ExceptionClass(row.cls),
                row.done,
                int(row.differed),
            )
            for row in await self._link.execute(query)
        ]

    async def _volumes(self, start: datetime, end: datetime) -> tuple[int, int]:
        """Facts received, and repeats of the deliveries received."""
        came = deliveries.c
        known = select(func.count()).select_from(facts).where(_within(facts.c.received_at, start, end), ~CONFLICT)
        again = select(func.coalesce(func.sum(came.repeats), 0)).where(_within(came.received_at, start, end))
        recorded, repeats = (await self._link.execute(select(known.scalar_subquery(), again.scalar_subquery()))).one()
        return recorded, int(repeats)


def _lowered(start: datetime, end: datetime) -> Any:
    """Quantities set below what was shown, and pauses of what was shown too high when their exception opened."""
    held, life = update_outcomes.c, episodes.c
    inside = and_(DONE, _within(held.at, start, end))
    columns = (held.target, held.listing, held.sku, held.system, held.at)
    quantities = select(
        *columns, held.shown.label("shown"), held.wanted.label("can_sell"), literal_column("0").label("paused")
    ).where(inside, held.kind == "quantity", held.wanted < held.shown)
    of_life = and_(
        life.exception == held.exception,
        life.opened_at <= held.at,
        or_(life.ended_at.is_(None), life.ended_at >= held.at),
        life.can_sell < life.shows,
    )
    pauses = (
        select(
            *columns, life.shows.label("shown"), life.can_sell.label("can_sell"), literal_column("1").label("paused")
        )
        .join(episodes, of_life)
        .where(inside, held.kind == "doors", held.wanted == 0)
    )
    return union_all(quantities, pauses)


class _Named:
    """The family of a SKU: as it is given, else the catalogue's, else empty."""

    def __init__(self, link: Link, families: Mapping[SkuId, str]) -> None:
        self._own = link.rows({"sku": Text(), "own": Text()}, sorted(families.items())) if families else None
        known = [self._own.c.own] if self._own is not None else []
        self.family: ColumnElement[str] = func.coalesce(*known, skus.c.family, literal_column("''")).label("family")

    def joined(self, query: Select[Any], sku: ColumnElement[Any]) -> Select[Any]:
        """The query with what ``family`` is read from, by its column ``sku``."""
        query = query.outerjoin(skus, skus.c.id == sku)
        return query if self._own is None else query.outerjoin(self._own, self._own.c.sku == sku)


def _micros(column: ColumnElement[datetime]) -> ColumnElement[int]:
    """An instant as the number it is stored as."""
    return func.coalesce(column, literal_column("0", Instant()), type_=update_outcomes.c.wanted.type)


def _within(column: ColumnElement[datetime | None], start: datetime, end: datetime) -> ColumnElement[bool]:
    return and_(column >= start, column < end)
