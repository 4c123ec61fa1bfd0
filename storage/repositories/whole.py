"""Reading a slice whole: one round trip, whatever its size."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import Row, select

from storage.codecs import from_json
from storage.dialect import Link
from storage.repositories.case_rows import with_acts
from storage.repositories.catalogue import sku_of
from storage.repositories.facts import fact_of
from storage.repositories.freezes import draw_standing, freezes_in
from storage.repositories.kits import (
    Pools,
    draw_pools,
    draw_recipes,
    draw_ties,
    pools_in,
    recipes_in,
    recipes_of,
    ties_in,
)
from storage.repositories.source_words import draw_words, words_in
from storage.repositories.state_rows import line_of, movement_of, position_of
from storage.repositories.target_rows import target_of
from storage.repositories.whole_reads import (
    draw_acts,
    draw_cases,
    draw_entries,
    draw_fresh,
    draw_lines,
    draw_listed,
    draw_listings,
    draw_live_lines,
    draw_memos,
    draw_movements,
    draw_named_lines,
    draw_paces,
    draw_positions,
    draw_suspicions,
    draw_targets,
    draw_twins,
)
from storage.tables.stock import positions
from storage.together import Rows
from sync.model.facts import Change, Fact, LineStated, LineStep
from sync.model.gtins import gtin_forms
from sync.model.ids import ListingId, SkuId, SystemId
from sync.model.kits import EXPLODED, Recipes
from sync.model.outbox import Target
from sync.model.picture import NO_KIN, Kinship, Pace, Part, RaiseMemo, Suspicion, Whole
from sync.model.stock import Listing, Movement, OrderLine, Position, Recipe, Sku, SkuState

T = TypeVar("T")
Grouped = Mapping[SkuId, list[T]]

PACE = timedelta(days=7)
"""How far back the pace of sales looks."""

_READS = (
    *(draw_entries, draw_fresh, draw_movements, draw_positions, draw_lines, draw_listings, draw_memos, draw_targets),
    *(
        draw_cases,
        draw_acts,
        draw_suspicions,
        draw_paces,
        draw_ties,
        draw_recipes,
        draw_pools,
        draw_twins,
        draw_standing,
        draw_words,
    ),
)
_READS_OF_PROMISES = (
    *(draw_entries, draw_movements, draw_positions, draw_live_lines, draw_listed),
    *(draw_paces, draw_ties, draw_recipes, draw_pools),
)
_READS_OF_PARTS = (draw_fresh, draw_movements, draw_positions, draw_named_lines, draw_pools)


async def load_wholes(link: Link, wanted: Sequence[SkuId], now: datetime) -> dict[SkuId, Whole]:
    """Everything about these SKUs, each in its fixed order. A SKU without a catalogue entry has an empty one. One round trip,
    and some more for what kits tie to others."""
    rows = await link.read(_READS, skus=wanted, since=now - PACE)
    told, heard, moves, held, known, listed, memoed, desired, found, acts = rows[:10]
    suspected, paced, tied, versions, committed, alike, frozen, spoken = rows[10:]
    entries = {SkuId(row.id): sku_of(row) for row in told}
    unfolded = _fresh_of(heard)
    positions_ = _positions_of(moves, held)
    lines = _grouped((row.sku, line_of(row)) for row in known)
    listings_ = _grouped((row.sku, from_json(Listing, row.body)) for row in listed)
    memos = _grouped((row.sku, (ListingId(row.listing), from_json(RaiseMemo, row.body))) for row in memoed)
    targets_ = _grouped((row.sku, _waiting(row)) for row in desired)
    cases = _grouped(
        (case.fingerprint.sku, case) for case in with_acts(found, acts) if case.fingerprint.sku is not None
    )
    suspicions_ = _suspicions_of(suspected)
    paces = _grouped((row.sku, Pace(SystemId(row.channel), int(row.units))) for row in paced)
    kin = await _kin(link, wanted, unfolded, lines, ties_in(tied), recipes_in(versions), pools_in(committed))
    twins = _twins(alike)
    freezes = freezes_in(frozen)
    words = words_in(spoken)
    return {
        sku: Whole(
            sku=entries.get(sku) or Sku(sku),
            state=SkuState(
                sku,
                tuple(positions_.get(sku, ())),
                tuple(lines.get(sku, ())),
                tuple(listings_.get(sku, ())),
                kin.get(sku, NO_KIN).recipes.versions.get(sku, ()),
            ),
            fresh=tuple(unfolded.get(sku, ())),
            memos=tuple(memos.get(sku, ())),
            targets=tuple(targets_.get(sku, ())),
            cases=tuple(cases.get(sku, ())),
            suspicions=tuple(suspicions_.get(sku, ())),
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
    rows = await link.read(_READS_OF_PROMISES, skus=wanted, since=now - PACE)
    told, moves, held_, known, listings_, paced, tied, versions, committed = rows
    entries, stated = {SkuId(row.id): sku_of(row) for row in told}, _positions_of(moves, held_)
    lines = _grouped((row.sku, line_of(row)) for row in known)
    listed = _grouped((row.sku, Listing(ListingId(row.id), SystemId(row.system), SkuId(row.sku))) for row in listings_)
    paces = _grouped((row.sku, Pace(SystemId(row.channel), int(row.units))) for row in paced)
    kin = await _kin(link, wanted, {}, lines, ties_in(tied), recipes_in(versions), pools_in(committed))
    return {
        sku: Whole(
            sku=entries.get(sku) or Sku(sku),
            state=SkuState(sku, tuple(stated.get(sku, ())), tuple(lines.get(sku, ())), tuple(listed.get(sku, ()))),
            paces=tuple(paces.get(sku, ())),
            kin=kin.get(sku, NO_KIN),
        )
        for sku in wanted
    }


def _twins(alike: Rows) -> dict[SkuId, tuple[SkuId, ...]]:
    """Other SKUs with the GTIN of these, whatever zeros lead it."""
    found: dict[SkuId, set[SkuId]] = defaultdict(set)
    for row in alike:
        if row.other_gtin in gtin_forms(row.gtin):
            found[SkuId(row.sku)].add(SkuId(row.other))
    return {sku: tuple(sorted(others)) for sku, others in found.items()}


async def _kin(
    link: Link,
    wanted: Sequence[SkuId],
    unfolded: Grouped[Fact],
    lines: Grouped[OrderLine],
    ties: Sequence[tuple[SkuId, SkuId]],
    told: dict[SkuId, tuple[Recipe, ...]],
    held: Mapping[SkuId, Pools],
) -> dict[SkuId, Kinship]:
    """What ties these SKUs to kits: for most nothing, and then nothing more is read."""
    sold = {fact.kit for own in unfolded.values() for fact in own} | {one.kit for own in lines.values() for one in own}
    inside = {SkuId(part) for versions in told.values() for one in versions for part, _ in one.parts}
    told |= await recipes_of(link, ({kit for kit in sold if kit is not None} | inside) - set(wanted))
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
    return {
        sku: Kinship(
            recipes=Recipes(told),
            parts=tuple(read[part] for kit, part in ties if kit == sku),
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
    orders = {(sku, *order) for sku, own in named.items() for fact in own if (order := _order_of(fact)) is not None}
    heard, moves, held, known, committed = await link.read(_READS_OF_PARTS, skus=parts, named=sorted(orders))
    unfolded, pools = _fresh_of(heard), pools_in(committed)
    stated, lines = _positions_of(moves, held), _grouped((row.sku, line_of(row)) for row in known)
    return {
        part: Part(
            state=SkuState(part, tuple(stated.get(part, ())), tuple(lines.get(part, ()))),
            fresh=tuple(unfolded.get(part, ())),
            pools=pools.get(part, ()),
        )
        for part in parts
    }


def _grouped(pairs: Iterable[tuple[str, T]]) -> dict[SkuId, list[T]]:
    groups: dict[SkuId, list[T]] = defaultdict(list)
    for sku, one in pairs:
        groups[SkuId(sku)].append(one)
    return groups


def _fresh_of(heard: Rows) -> Grouped[Fact]:
    """Oldest received first; of those received at once, in the order they were recorded."""
    return _grouped((row.counted, told_to(fact_of(row), row.counted)) for row in heard)


def told_to(fact: Fact, sku: SkuId) -> Fact:
    """A fact as a SKU hears it: one of a kit that it is a part of, or its own."""
    return fact if fact.sku == sku else replace(fact, sku=sku, kit=fact.sku)


def _positions_of(moves: Rows, held: Rows) -> Grouped[Position]:
    moved: dict[tuple[str, str, str], list[Movement]] = defaultdict(list)
    for row in moves:
        moved[row.sku, row.system, row.location].append(movement_of(row))
    return _grouped((row.sku, position_of(row, moved.get((row.sku, row.system, row.location), ()))) for row in held)


def _order_of(fact: Fact) -> tuple[str, str] | None:
    body = fact.body
    order = body.order if isinstance(body, LineStated | LineStep | Change) else None
    return None if order is None else (order.channel, order.order)


def _waiting(row: Row[Any]) -> Target:
    """A target, with the fault of its whole lane where that has one."""
    target = target_of(row)
    return replace(target, lane_fault=row.lane_fault) if row.lane_fault else target


def _suspicions_of(rows: Rows) -> Grouped[Suspicion]:
    found = [from_json(Suspicion, row.body) for row in rows]
    return _grouped((one.finding.fingerprint.sku, one) for one in found if one.finding.fingerprint.sku is not None)
