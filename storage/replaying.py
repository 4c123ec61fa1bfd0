"""Replaying the ledger: what the facts of a SKU come to, from its newest carry or from nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Table, select

from storage.closing import without_acts
from storage.dialect import Link
from storage.past import carried_states
from storage.repositories.facts import fact_of
from storage.repositories.kits import recipes_of, ties_of
from storage.repositories.state_rows import line_of
from storage.repositories.whole import load_wholes, told_to
from storage.store import SqlStore
from storage.tables.facts import confirmations, coverage, facts, fresh
from storage.tables.stock import order_lines, stock
from sync.ledger import confirm, cover, fold
from sync.model.facts import Fact
from sync.model.ids import LocationId, SkuId, SystemId
from sync.model.kits import EXPLODED, Recipes
from sync.model.stock import OrderLine, Position, SkuState
from sync.model.time import AsOf
from sync.policy.schema import Policy

BATCH = 500
"""SKUs per reading."""


async def replay_problems(store: SqlStore, policy: Policy, now: datetime) -> list[str]:
    """Every SKU whose live state is not what its facts come to, with the part that differs. Replayed by the policy in force: a
    past policy that listed other deciders or channels may have released a count that this one would not."""
    problems: list[str] = []
    after = ""
    while True:
        async with store.reading() as uow:
            query = select(stock.c.sku).where(stock.c.sku > after).order_by(stock.c.sku).limit(BATCH)
            batch = [SkuId(sku) for sku in (await uow.link.execute(query)).scalars()]
            if not batch:
                return problems
            live = await live_states(uow.link, batch, now)
            replayed = await replayed_states(uow.link, batch, policy)
        for sku in batch:
            problems += differing(live[sku], replayed[sku])
        after = batch[-1]


async def live_states(link: Link, batch: Sequence[SkuId], now: datetime) -> dict[SkuId, SkuState]:
    """The folded states as they are stored, lines that were put aside included."""
    wholes = await load_wholes(link, batch, now)
    aside = await _lines_aside(link, batch)
    return {
        sku: replace(
            whole.state, lines=tuple({one.key: one for one in (*whole.state.lines, *aside.get(sku, ()))}.values())
        )
        for sku, whole in wholes.items()
    }


async def replayed_states(link: Link, batch: Sequence[SkuId], policy: Policy) -> dict[SkuId, SkuState]:
    """What the folded facts of these SKUs come to, order facts of kits that they are parts of included."""
    begun = await carried_states(link, batch)
    aside = await _lines_aside(link, batch)
    told: dict[SkuId, list[Fact]] = {sku: [] for sku in batch}
    ties = [(kit, part) for kit, part in await ties_of(link, batch) if part in told]
    hears: dict[SkuId, list[SkuId]] = {sku: [sku] for sku in batch}
    for kit, part in ties:
        hears.setdefault(kit, []).append(part)
    unfolded = select(fresh.c.sku, fresh.c.fact).where(link.among(fresh.c.sku, batch))
    waiting = {(sku, fact) for sku, fact in await link.execute(unfolded)}
    held = select(facts).where(facts.c.state == "recorded", link.among(facts.c.sku, sorted(hears)))
    for row in await link.execute(held.order_by(facts.c.received_at, facts.c.id)):
        for sku in hears[SkuId(row.sku)]:
            if (sku, row.id) not in waiting and (sku == row.sku or row.kind in EXPLODED):
                told[sku].append(told_to(fact_of(row), sku))
    recipes = Recipes(await recipes_of(link, {*batch, *(kit for kit, _ in ties)}))
    read, compared = await _read_whole(link, coverage), await _read_whole(link, confirmations)
    states = {}
    for sku in batch:
        state = begun.get(sku) or SkuState(sku)
        if sku in begun:
            known = {line.key for line in state.lines}
            state = replace(state, lines=(*state.lines, *(one for one in aside.get(sku, ()) if one.key not in known)))
        state = fold(state, told[sku], policy, recipes)
        for system, location, as_of in read:
            state = cover(state, system, location, as_of, policy)
        for system, location, as_of in compared:
            state = confirm(state, system, location, as_of, policy)
        states[sku] = state
    return states


async def _read_whole(link: Link, table: Table) -> list[tuple[SystemId, LocationId, AsOf]]:
    """The newest of each place, of full readings or of snapshots that were compared."""
    return [
        (SystemId(row.system), LocationId(row.location), AsOf(row.as_of_start, row.as_of_end))
        for row in await link.execute(select(table))
    ]


async def _lines_aside(link: Link, batch: Sequence[SkuId]) -> dict[SkuId, list[OrderLine]]:
    """Lines that were put aside: they are kept whole, and carry themselves."""
    query = select(order_lines).where(order_lines.c.closed.is_(True), link.among(order_lines.c.sku, batch))
    found: dict[SkuId, list[OrderLine]] = {}
    for row in await link.execute(query):
        found.setdefault(SkuId(row.sku), []).append(line_of(row))
    return found


def differing(live: SkuState, replayed: SkuState) -> list[str]:
    """In which parts two states of a SKU differ, as sentences. Movements that are certainly in a number are no part of it."""
    one, other = without_acts(live), without_acts(replayed)
    parts = (
        ("positions", {_place(p): _bare(p) for p in one.positions}, {_place(p): _bare(p) for p in other.positions}),
        ("order lines", {line.key: line for line in one.lines}, {line.key: line for line in other.lines}),
        (
            "listings",
            {listing.id: listing for listing in one.listings},
            {listing.id: listing for listing in other.listings},
        ),
    )
    told = []
    for name, held, come in parts:
        keys = [key for key in sorted({*held, *come}, key=str) if held.get(key) != come.get(key)]
        if keys:
            told.append(f"{live.sku}: {name} {', '.join(map(str, keys[:3]))} are not what its facts come to")
    return told


def _place(position: Position) -> tuple[SystemId, LocationId]:
    return position.system, position.location


def _bare(position: Position) -> Position:
    position, as_of = replace(position, confirmed_before=None), position.as_of
    if as_of is None:
        return position
    later = tuple(one for one in position.movements if not one.at.certainly_before(as_of))
    return replace(position, movements=later)
