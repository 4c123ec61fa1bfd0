"""The recorded past of SKUs, for trying rules on it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import func, select

from storage.codecs import from_json
from storage.dialect import Link
from storage.repositories.catalogue import SqlCatalogue
from storage.repositories.facts import fact_of
from storage.store import SqlStore
from storage.tables.facts import carries, facts
from sync.model.facts import Count, Fact, FactKind
from sync.model.ids import SkuId
from sync.model.stock import Sku, SkuState

BATCH = 200
"""SKUs per reading."""


@dataclass(frozen=True, slots=True)
class Past:
    """One SKU: its newest carry (or nothing yet) and every fact after it, oldest received first."""

    sku: Sku
    carried: SkuState
    facts: tuple[Fact, ...]


async def pasts(store: SqlStore, since: datetime, until: datetime) -> AsyncIterator[Past]:
    """Every SKU of which something was recorded in the period, in the order of their ids."""
    after = ""
    while True:
        async with store.reading() as uow:
            held = facts.c
            spoken = select(held.sku).where(
                held.state == "recorded", held.sku > after, held.received_at >= since, held.received_at < until
            )
            query = spoken.distinct().order_by(held.sku).limit(BATCH)
            batch = [SkuId(sku) for sku in (await uow.link.execute(query)).scalars()]
            found = await _pasts(uow.link, batch, until) if batch else ()
        for past in found:
            yield past
        if not batch:
            return
        after = batch[-1]


async def carried_states(link: Link, skus: Sequence[SkuId]) -> dict[SkuId, SkuState]:
    """The newest carry of each SKU that has one."""
    newest = select(carries.c.sku, func.max(carries.c.entry).label("entry")).where(link.among(carries.c.sku, skus))
    last = newest.group_by(carries.c.sku).subquery()
    chosen = select(carries).join(last, (carries.c.sku == last.c.sku) & (carries.c.entry == last.c.entry))
    return {SkuId(row.sku): from_json(SkuState, row.body) for row in await link.execute(chosen)}


async def _pasts(link: Link, batch: Sequence[SkuId], until: datetime) -> list[Past]:
    entries = await SqlCatalogue(link).skus(batch)
    begun = await carried_states(link, batch)
    told: dict[SkuId, list[Fact]] = {sku: [] for sku in batch}
    held = facts.c
    query = select(facts).where(held.state == "recorded", link.among(held.sku, batch), held.received_at < until)
    for row in await link.execute(query.order_by(held.received_at, held.id)):
        told[SkuId(row.sku)].append(fact_of(row))
    await _confirmed(link, told, until)
    return [Past(entries.get(sku) or Sku(sku), begun.get(sku) or SkuState(sku), tuple(told[sku])) for sku in batch]


async def _confirmed(link: Link, told: dict[SkuId, list[Fact]], until: datetime) -> None:
    """Add what snapshots confirmed of these SKUs' places, where it belongs in time."""
    held = facts.c
    query = select(facts).where(
        held.sku.is_(None), held.kind == FactKind.SNAPSHOT_CONFIRMED.value, held.received_at < until
    )
    confirmed = [fact_of(row) for row in await link.execute(query.order_by(held.received_at, held.id))]
    for sku, own in told.items() if confirmed else ():
        places = {(fact.system, fact.location) for fact in own if fact.kind in Count.kinds}
        about = [replace(fact, sku=sku) for fact in confirmed if (fact.system, fact.location) in places]
        if about:
            told[sku] = sorted((*own, *about), key=lambda fact: fact.received_at)
