"""Reading a slice whole: a fixed number of queries, whatever its size."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import Row, Select, Text, and_, bindparam, func, literal_column, or_, select, union

from storage.codecs import from_json
from storage.dialect import Drawing, Link
from storage.repositories.case_rows import cases_of
from storage.repositories.catalogue import sku_of
from storage.repositories.facts import fact_of
from storage.repositories.freezes import standing_freezes
from storage.repositories.kits import pools_of, recipes_of, ties_of
from storage.repositories.source_words import standing_words
from storage.repositories.state_rows import line_of, movement_of, position_of
from storage.repositories.target_rows import target_of
from storage.tables.cases import UNRESOLVED, exceptions, suspicions
from storage.tables.catalogue import listings, skus
from storage.tables.facts import confirmations, coverage, facts, fresh
from storage.tables.outbox import lanes, targets
from storage.tables.stock import movements, order_lines, positions, raise_memos
from sync.model.exceptions import Case
from sync.model.facts import Change, Fact, LineStated, LineStep
from sync.model.gtins import gtin_forms
from sync.model.ids import ListingId, SkuId, SystemId
from sync.model.kits import EXPLODED, Recipes
from sync.model.outbox import Target
from sync.model.picture import NO_KIN, Kinship, Pace, Part, RaiseMemo, Suspicion, Whole
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
    kin = await _kin(link, wanted, unfolded, lines)
    twins = await _same_gtin(link, entries)
    freezes = await standing_freezes(link)
    words = await standing_words(link)
    return {
        sku: Whole(
            sku=entries.get(sku) or Sku(sku),
            state=SkuState(
                sku,
                tuple(held.get(sku, ())),
                tuple(lines.get(sku, ())),
                tuple(listed.get(sku, ())),
                kin.get(sku, NO_KIN).recipes.versions.get(sku, ()),
            ),
            fresh=tuple(unfolded.get(sku, ())),
            memos=tuple(memos.get(sku, ())),
            targets=tuple(desired.get(sku, ())),
            cases=tuple(cases.get(sku, ())),
            suspicions=tuple(suspected.get(sku, ())),
            paces=tuple(paces.get(sku, ())),
            kin=kin.get(sku, NO_KIN),
            same_gtin=twins.get(sku, ()),
            freezes=freezes,
            words=words,
        )
        for sku in wanted
    }


async def load_standing_on(link: Link, system: SystemId, after: SkuId, limit: int, now: datetime) -> dict[SkuId, Whole]:
    """The next SKUs with a position of a system, behind ``after``: of each only what its promises and their worth rest on, of its
    listings which they are."""
    held = positions.c
    page = select(held.sku).where(held.system == system, held.sku > after).distinct().order_by(held.sku).limit(limit)
    wanted = [SkuId(sku) for sku in (await link.execute(page)).scalars()]
    if not wanted:
        return {}
    entries, stated = await _entries(link, wanted), await _positions(link, wanted)
    lines = await _lines(link, wanted, {})
    listed = _grouped(
        (row.sku, Listing(ListingId(row.id), SystemId(row.system), SkuId(row.sku)))
        for row in await link.run(_draw_listed, skus=wanted)
    )
    paces, kin = await _paces(link, wanted, now - PACE), await _kin(link, wanted, {}, lines)
    return {
        sku: Whole(
            sku=entries.get(sku) or Sku(sku),
            state=SkuState(sku, tuple(stated.get(sku, ())), tuple(lines.get(sku, ())), tuple(listed.get(sku, ()))),
            paces=tuple(paces.get(sku, ())),
            kin=kin.get(sku, NO_KIN),
        )
        for sku in wanted
    }


async def _same_gtin(link: Link, entries: Mapping[SkuId, Sku]) -> dict[SkuId, tuple[SkuId, ...]]:
    """Other SKUs with the GTIN of these, whatever zeros lead it."""
    ways = {sku: gtin_forms(entry.gtin) for sku, entry in entries.items() if entry.gtin}
    asked = sorted({form for forms in ways.values() for form in forms})
    if not asked:
        return {}
    by_form: dict[str, list[SkuId]] = defaultdict(list)
    for row in await link.run(_draw_gtins, gtins=asked):
        by_form[row.gtin].append(SkuId(row.id))
    return {
        sku: tuple(sorted({one for form in forms for one in by_form.get(form, ()) if one != sku}))
        for sku, forms in ways.items()
    }


def _draw_gtins(draw: Drawing) -> Select[Any]:
    return select(skus.c.id, skus.c.gtin).where(draw.among(skus.c.gtin, "gtins"))


async def _kin(
    link: Link,
    wanted: Sequence[SkuId],
    unfolded: Grouped[Fact],
    lines: Grouped[OrderLine],
) -> dict[SkuId, Kinship]:
    """What ties these SKUs to kits: for most nothing, and that takes two queries."""
    ties = await ties_of(link, wanted)
    sold = {fact.kit for own in unfolded.values() for fact in own} | {one.kit for own in lines.values() for one in own}
    told = await recipes_of(link, {*wanted, *(kit for kit in sold if kit is not None)})
    if not ties and not told:
        return {}
    mine = set(wanted)
    parts = sorted({part for kit, part in ties if kit in mine})
    passed = {kit: [fact for fact in unfolded.get(kit, ()) if fact.kind in EXPLODED] for kit, _ in ties}
    named = {part: [fact for kit, one in ties if one == part for fact in passed[kit]] for part in parts}
    read = await _parts(link, parts, named)
    kits = {line.kit for part in read.values() for line in part.state.lines if line.kit is not None}
    kits |= {fact.kit for part in read.values() for fact in part.fresh if fact.kit is not None}
    told |= await recipes_of(link, kits - told.keys())
    held = await pools_of(link, sorted({*wanted, *parts}))
    return {
        sku: Kinship(
            recipes=Recipes(told),
            parts=tuple(replace(read[part], pools=held.get(part, ())) for kit, part in ties if kit == sku),
            fed=frozenset(part for kit, part in ties if kit == sku),
            pools=held.get(sku, ()),
            kits=tuple(kit for kit, part in ties if part == sku),
        )
        for sku in wanted
    }


async def _parts(link: Link, parts: Sequence[SkuId], named: Mapping[SkuId, Sequence[Fact]]) -> dict[SkuId, Part]:
    """Counted parts of kits as they are recorded. ``named`` are facts of the kits: lines of their orders are read, too."""
    if not parts:
        return {}
    unfolded = await _fresh(link, parts)
    held = await _positions(link, parts)
    lines = await _lines(link, parts, {part: [*unfolded.get(part, ()), *named.get(part, ())] for part in parts})
    return {
        part: Part(
            state=SkuState(part, tuple(held.get(part, ())), tuple(lines.get(part, ()))),
            fresh=tuple(unfolded.get(part, ())),
        )
        for part in parts
    }


def _grouped(pairs: Iterable[tuple[str, T]]) -> dict[SkuId, list[T]]:
    groups: dict[SkuId, list[T]] = defaultdict(list)
    for sku, one in pairs:
        groups[SkuId(sku)].append(one)
    return groups


async def _entries(link: Link, wanted: Sequence[SkuId]) -> dict[SkuId, Sku]:
    return {SkuId(row.id): sku_of(row) for row in await link.run(_draw_entries, skus=wanted)}


def _draw_entries(draw: Drawing) -> Select[Any]:
    return select(skus).where(draw.among(skus.c.id, "skus"))


async def _fresh(link: Link, wanted: Sequence[SkuId]) -> Grouped[Fact]:
    """Oldest received first; of those received at once, in the order they were recorded."""
    return _grouped(
        (row.counted, told_to(fact_of(row), row.counted)) for row in await link.run(_draw_fresh, skus=wanted)
    )


def told_to(fact: Fact, sku: SkuId) -> Fact:
    """A fact as a SKU hears it: one of a kit that it is a part of, or its own."""
    return fact if fact.sku == sku else replace(fact, sku=sku, kit=fact.sku)


def _draw_fresh(draw: Drawing) -> Select[Any]:
    query = (
        select(facts, fresh.c.sku.label("counted"))
        .join(fresh, fresh.c.fact == facts.c.id)
        .where(draw.among(fresh.c.sku, "skus"))
    )
    return query.order_by(facts.c.received_at, facts.c.id)


async def _positions(link: Link, wanted: Sequence[SkuId]) -> Grouped[Position]:
    moves: dict[tuple[str, str, str], list[Movement]] = defaultdict(list)
    for row in await link.run(_draw_movements, skus=wanted):
        moves[row.sku, row.system, row.location].append(movement_of(row))
    result = await link.run(_draw_positions, skus=wanted)
    return _grouped((row.sku, position_of(row, moves.get((row.sku, row.system, row.location), ()))) for row in result)


def _draw_movements(draw: Drawing) -> Select[Any]:
    held = movements.c
    query = select(movements).where(draw.among(held.sku, "skus"))
    return query.order_by(held.as_of_start, held.as_of_end, held.key)


def _draw_positions(draw: Drawing) -> Select[Any]:
    held, covered, confirmed = positions.c, coverage.c, confirmations.c
    read = (covered.as_of_start.label("covered_start"), covered.as_of_end.label("covered_end"))
    newest = (confirmed.as_of_start.label("confirmed_start"), confirmed.as_of_end.label("confirmed_end"))
    stood = (*newest, confirmed.before_start, confirmed.before_end)
    return (
        select(positions, *read, *stood)
        .outerjoin(coverage, and_(covered.system == held.system, covered.location == held.location))
        .outerjoin(confirmations, and_(confirmed.system == held.system, confirmed.location == held.location))
        .where(draw.among(held.sku, "skus"))
        .order_by(held.sku, held.system, held.location)
    )


async def _lines(link: Link, wanted: Sequence[SkuId], unfolded: Grouped[Fact]) -> Grouped[OrderLine]:
    """Live lines, and every line of an order that a fresh fact names, closed ones too."""
    named = {(sku, *order) for sku, own in unfolded.items() for fact in own if (order := _order_of(fact)) is not None}
    result = await link.run(_draw_lines, skus=wanted, named=sorted(named))
    return _grouped((row.sku, line_of(row)) for row in result)


def _draw_lines(draw: Drawing) -> Select[Any]:
    held = order_lines.c
    key = (held.sku, held.channel, held.order, held.line)
    live = select(*key).where(held.closed.is_(False), draw.among(held.sku, "skus"))
    given = draw.rows({"sku": Text(), "channel": Text(), "order": Text()}, "named")
    spoken = select(*key).join(
        given, (held.sku == given.c.sku) & (held.channel == given.c.channel) & (held.order == given.c.order)
    )
    chosen = union(live, spoken).subquery()
    same = and_(*(column == chosen.c[column.name] for column in key))
    return select(order_lines).join(chosen, same).order_by(*key)


def _order_of(fact: Fact) -> tuple[str, str] | None:
    body = fact.body
    order = body.order if isinstance(body, LineStated | LineStep | Change) else None
    return None if order is None else (order.channel, order.order)


async def _listings(link: Link, wanted: Sequence[SkuId]) -> Grouped[Listing]:
    return _grouped((row.sku, from_json(Listing, row.body)) for row in await link.run(_draw_listings, skus=wanted))


def _draw_listings(draw: Drawing) -> Select[Any]:
    query = select(listings.c.sku, listings.c.body).where(draw.among(listings.c.sku, "skus"))
    return query.order_by(listings.c.id)


def _draw_listed(draw: Drawing) -> Select[Any]:
    query = select(listings.c.id, listings.c.system, listings.c.sku).where(draw.among(listings.c.sku, "skus"))
    return query.order_by(listings.c.id)


async def _memos(link: Link, wanted: Sequence[SkuId]) -> Grouped[tuple[ListingId, RaiseMemo]]:
    result = await link.run(_draw_memos, skus=wanted)
    return _grouped((row.sku, (ListingId(row.listing), from_json(RaiseMemo, row.body))) for row in result)


def _draw_memos(draw: Drawing) -> Select[Any]:
    return select(raise_memos).where(draw.among(raise_memos.c.sku, "skus")).order_by(raise_memos.c.listing)


async def _targets(link: Link, wanted: Sequence[SkuId]) -> Grouped[Target]:
    """All desired state, but of the corrections that are done only those of unresolved cases."""
    return _grouped((row.sku, _waiting(row)) for row in await link.run(_draw_targets, skus=wanted))


def _waiting(row: Row[Any]) -> Target:
    """A target, with the fault of its whole lane where that has one."""
    target = target_of(row)
    return replace(target, lane_fault=row.lane_fault) if row.lane_fault else target


def _draw_targets(draw: Drawing) -> Select[Any]:
    held = targets.c
    unresolved = select(exceptions.c.id).where(UNRESOLVED, draw.among(exceptions.c.sku, "skus"))
    standing = or_(
        held.kind != literal_column("'correction'"),
        held.state != literal_column("'idle'"),
        held.exception.in_(unresolved),
    )
    query = select(targets, lanes.c.fault.label("lane_fault")).outerjoin(lanes, lanes.c.system == held.lane)
    return query.where(draw.among(held.sku, "skus"), standing).order_by(held.key)


async def _cases(link: Link, wanted: Sequence[SkuId]) -> Grouped[Case]:
    """Unresolved ones, and of each fingerprint the one that ended last: it may open again, or be named by the next."""
    found = await cases_of(link, (await link.run(_draw_cases, skus=wanted)).all())
    return _grouped((case.fingerprint.sku, case) for case in found if case.fingerprint.sku is not None)


def _draw_cases(draw: Drawing) -> Select[Any]:
    held = exceptions.c
    mine = draw.among(held.sku, "skus")
    ended = select(func.max(held.id)).where(held.ended_at.is_not(None), mine).group_by(held.fingerprint)
    return select(held.id, held.body).where(mine, or_(UNRESOLVED, held.id.in_(ended))).order_by(held.id)


async def _suspicions(link: Link, wanted: Sequence[SkuId]) -> Grouped[Suspicion]:
    found = [from_json(Suspicion, row.body) for row in await link.run(_draw_suspicions, skus=wanted)]
    return _grouped((one.finding.fingerprint.sku, one) for one in found if one.finding.fingerprint.sku is not None)


def _draw_suspicions(draw: Drawing) -> Select[Any]:
    query = select(suspicions.c.body).where(draw.among(suspicions.c.sku, "skus"))
    return query.order_by(suspicions.c.fingerprint)


async def _paces(link: Link, wanted: Sequence[SkuId], since: datetime) -> Grouped[Pace]:
    result = await link.run(_draw_paces, skus=wanted, since=since)
    return _grouped((row.sku, Pace(SystemId(row.channel), int(row.units))) for row in result)


def _draw_paces(draw: Drawing) -> Select[Any]:
    held = order_lines.c
    return (
        select(held.sku, held.channel, func.sum(held.units).label("units"))
        .where(draw.among(held.sku, "skus"), held.placed_at > bindparam("since"))
        .group_by(held.sku, held.channel)
        .order_by(held.sku, held.channel)
    )
