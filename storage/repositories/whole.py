"""Reading a slice whole: a fixed number of queries, whatever its size."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import Text, and_, func, literal_column, or_, select, union

from storage.codecs import from_json
from storage.dialect import Link
from storage.repositories.case_rows import cases_where, suspicions_where
from storage.repositories.catalogue import sku_of
from storage.repositories.facts import fact_of
from storage.repositories.state_rows import line_of, movement_of, position_of
from storage.repositories.target_rows import target_of
from storage.tables.cases import UNRESOLVED, exceptions, suspicions
from storage.tables.catalogue import listings, skus
from storage.tables.facts import coverage, facts, fresh
from storage.tables.outbox import targets
from storage.tables.stock import movements, order_lines, positions, raise_memos
from sync.model.exceptions import Case
from sync.model.facts import Change, Fact, LineStated, LineStep
from sync.model.ids import ListingId, SkuId, SystemId
from sync.model.outbox import Target
from sync.model.picture import Pace, RaiseMemo, Suspicion, Whole
from sync.model.stock import Listing, Movement, OrderLine, Position, Sku, SkuState

T = TypeVar("T")
Grouped = Mapping[SkuId, list[T]]

PACE = timedelta(days=7)
"""How far back the pace of sales looks."""


async def load_wholes(link: Link, wanted: Sequence[SkuId], now: datetime) -> dict[SkuId, Whole]:
    """Everything about these SKUs, each in its fixed order. A SKU without a catalogue entry has an empty one."""
    entries = await _entries(link, wanted)
    unfolded = await _fresh(link, wanted)
    held = await _positions(link, wanted)
    lines = await _lines(link, wanted, unfolded)
    listed = await _listings(link, wanted)
    memos = await _memos(link, wanted)
    desired = await _targets(link, wanted)
    cases = await _cases(link, wanted)
    suspected = await _suspicions(link, wanted)
    paces = await _paces(link, wanted, now - PACE)
    return {
        sku: Whole(
            sku=entries.get(sku) or Sku(sku),
            state=SkuState(sku, tuple(held.get(sku, ())), tuple(lines.get(sku, ())), tuple(listed.get(sku, ()))),
            fresh=tuple(unfolded.get(sku, ())),
            memos=tuple(memos.get(sku, ())),
            targets=tuple(desired.get(sku, ())),
            cases=tuple(cases.get(sku, ())),
            suspicions=tuple(suspected.get(sku, ())),
            paces=tuple(paces.get(sku, ())),
        )
        for sku in wanted
    }


def _grouped(pairs: Iterable[tuple[str, T]]) -> dict[SkuId, list[T]]:
    groups: dict[SkuId, list[T]] = defaultdict(list)
    for sku, one in pairs:
        groups[SkuId(sku)].append(one)
    return groups


async def _entries(link: Link, wanted: Sequence[SkuId]) -> dict[SkuId, Sku]:
    result = await link.execute(select(skus).where(link.among(skus.c.id, wanted)))
    return {SkuId(row.id): sku_of(row) for row in result}


async def _fresh(link: Link, wanted: Sequence[SkuId]) -> Grouped[Fact]:
    """Oldest received first; of those received at once, in the order they were recorded."""
    query = select(facts).join(fresh, fresh.c.fact == facts.c.id).where(link.among(fresh.c.sku, wanted))
    result = await link.execute(query.order_by(facts.c.received_at, facts.c.id))
    return _grouped((row.sku, fact_of(row)) for row in result)


async def _positions(link: Link, wanted: Sequence[SkuId]) -> Grouped[Position]:
    moved = select(movements).where(link.among(movements.c.sku, wanted))
    moves: dict[tuple[str, str, str], list[Movement]] = defaultdict(list)
    for row in await link.execute(moved.order_by(movements.c.as_of_start, movements.c.as_of_end, movements.c.key)):
        moves[row.sku, row.system, row.location].append(movement_of(row))
    held, covered = positions.c, coverage.c
    query = (
        select(positions, covered.as_of_start.label("covered_start"), covered.as_of_end.label("covered_end"))
        .outerjoin(coverage, and_(covered.system == held.system, covered.location == held.location))
        .where(link.among(held.sku, wanted))
        .order_by(held.sku, held.system, held.location)
    )
    result = await link.execute(query)
    return _grouped((row.sku, position_of(row, moves.get((row.sku, row.system, row.location), ()))) for row in result)


async def _lines(link: Link, wanted: Sequence[SkuId], unfolded: Grouped[Fact]) -> Grouped[OrderLine]:
    """Live lines, and every line of an order that a fresh fact names, closed ones too."""
    held = order_lines.c
    live = select(held.sku, held.channel, held.order, held.line).where(
        held.closed.is_(False), link.among(held.sku, wanted)
    )
    named = {(fact.sku, *order) for own in unfolded.values() for fact in own if (order := _order_of(fact)) is not None}
    given = link.rows({"sku": Text(), "channel": Text(), "order": Text()}, sorted(named))
    spoken = select(held.sku, held.channel, held.order, held.line).join(
        given, (held.sku == given.c.sku) & (held.channel == given.c.channel) & (held.order == given.c.order)
    )
    keys = union(live, spoken).subquery()
    query = select(order_lines).join(
        keys,
        (held.sku == keys.c.sku)
        & (held.channel == keys.c.channel)
        & (held.order == keys.c.order)
        & (held.line == keys.c.line),
    )
    result = await link.execute(query.order_by(held.sku, held.channel, held.order, held.line))
    return _grouped((row.sku, line_of(row)) for row in result)


def _order_of(fact: Fact) -> tuple[str, str] | None:
    body = fact.body
    order = body.order if isinstance(body, LineStated | LineStep | Change) else None
    return None if order is None else (order.channel, order.order)


async def _listings(link: Link, wanted: Sequence[SkuId]) -> Grouped[Listing]:
    query = select(listings.c.sku, listings.c.body).where(link.among(listings.c.sku, wanted))
    result = await link.execute(query.order_by(listings.c.id))
    return _grouped((row.sku, from_json(Listing, row.body)) for row in result)


async def _memos(link: Link, wanted: Sequence[SkuId]) -> Grouped[tuple[ListingId, RaiseMemo]]:
    query = select(raise_memos).where(link.among(raise_memos.c.sku, wanted)).order_by(raise_memos.c.listing)
    return _grouped(
        (
            row.sku,
            (ListingId(row.listing), from_json(RaiseMemo, row.body)),
        )
        for row in await link.execute(query)
    )


async def _targets(link: Link, wanted: Sequence[SkuId]) -> Grouped[Target]:
    """All desired state, but of the corrections that are done only those of unresolved cases."""
    held = targets.c
    unresolved = select(exceptions.c.id).where(UNRESOLVED, link.among(exceptions.c.sku, wanted))
    standing = or_(
        held.kind != literal_column("'correction'"),
        held.state != literal_column("'idle'"),
        held.exception.in_(unresolved),
    )
    query = select(targets).where(link.among(held.sku, wanted), standing).order_by(held.key)
    return _grouped((row.sku, target_of(row)) for row in await link.execute(query))


async def _cases(link: Link, wanted: Sequence[SkuId]) -> Grouped[Case]:
    """Unresolved ones, and of each fingerprint the one that ended last: it may open again, or be named by the next."""
    held = exceptions.c
    ended = (
        select(func.max(held.id))
        .where(held.ended_at.is_not(None), link.among(held.sku, wanted))
        .group_by(held.fingerprint)
    )
    found = await cases_where(link, link.among(held.sku, wanted), or_(UNRESOLVED, held.id.in_(ended)))
    return _grouped((case.fingerprint.sku, case) for case in found if case.fingerprint.sku is not None)


async def _suspicions(link: Link, wanted: Sequence[SkuId]) -> Grouped[Suspicion]:
    found = await suspicions_where(link, link.among(suspicions.c.sku, wanted))
    return _grouped((one.finding.fingerprint.sku, one) for one in found if one.finding.fingerprint.sku is not None)


async def _paces(link: Link, wanted: Sequence[SkuId], since: datetime) -> Grouped[Pace]:
    held = order_lines.c
    query = (
        select(held.sku, held.channel, func.sum(held.units).label("units"))
        .where(link.among(held.sku, wanted), held.placed_at > since)
        .group_by(held.sku, held.channel)
        .order_by(held.sku, held.channel)
    )
    return _grouped((row.sku, Pace(SystemId(row.channel), int(row.units))) for row in await link.execute(query))
