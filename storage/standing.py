"""How safe a database keeps what was acknowledged, and what its catalogue lacks: for preflight."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import distinct, exists, func, select, text, union

from storage.dialect import Link
from storage.migrations.migrate import newest_revision, revision_of
from storage.store import SqlStore
from storage.tables.catalogue import listings, skus
from storage.tables.deliveries import deliveries, problems
from storage.tables.facts import KEPT, facts
from storage.tables.stock import order_lines
from sync.model.ids import SkuId, SystemId


@dataclass(frozen=True, slots=True)
class Standing:
    """``revision`` of the tables (None: none yet) and ``newest`` of this version. ``durable``: a commit that was acknowledged
    survives a crash of the machine. ``standbys``: synchronous ones connected now; None where the database has no such thing."""

    revision: str | None
    newest: str
    durable: bool
    standbys: int | None


@dataclass(frozen=True, slots=True)
class Kept:
    """What was recorded so far. ``unstamped``: deliveries held, or with rows that say no time. Numbers of SKUs: all, those
    ``without`` title, price, cost, GTIN or family, and those ``listed`` on each channel. ``unmapped``: codes that a system names
    and nobody knows. ``currencies``: of prices and costs."""

    facts: int
    deliveries: int
    unstamped: int
    skus: int
    without: Mapping[str, int]
    listed: Mapping[SystemId, int]
    unmapped: Mapping[SystemId, int]
    currencies: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Seller:
    """A SKU that sold in the last days: units, price (None: not known) and family as the catalogue has it."""

    sku: SkuId
    units: int
    price: Decimal | None
    family: str


async def standing(store: SqlStore) -> Standing:
    """Ask the database. Raises what the driver raises when it does not answer."""
    async with store.reading() as uow:
        link = uow.link
        revision = await revision_of(link.connection)
        if not link.postgres:
            level = (await link.execute(text("PRAGMA synchronous"))).scalar_one()
            return Standing(revision, newest_revision(), durable=int(level) >= 2, standbys=None)
        commit = (await link.execute(text("SHOW synchronous_commit"))).scalar_one()
        sync = (await link.execute(text("SHOW fsync"))).scalar_one()
        waited = text("SELECT count(*) FROM pg_stat_replication WHERE sync_state IN ('sync', 'quorum')")
        standbys = int((await link.execute(waited)).scalar_one())
        return Standing(revision, newest_revision(), durable=commit != "off" and sync == "on", standbys=standbys)


async def kept(link: Link) -> Kept | None:
    """What was recorded so far; None when nothing was."""
    count = select(func.count())
    recorded = int((await link.execute(count.select_from(facts))).scalar_one())
    taken = int((await link.execute(count.select_from(deliveries))).scalar_one())
    if not taken:
        return None
    timeless = exists().where(problems.c.delivery == deliveries.c.id, problems.c.place.contains("as_of"))
    unstamped = count.select_from(deliveries).where((deliveries.c.state == "held") | timeless)
    there = {
        "title": func.count().filter(skus.c.title != ""),
        "price": func.count(skus.c.price),
        "cost": func.count(skus.c.unit_cost),
        "GTIN": func.count(skus.c.gtin),
        "family": func.count().filter(skus.c.family != ""),
    }
    total, *have = (await link.execute(select(func.count(), *there.values()).select_from(skus))).one()
    without = {name: int(total) - int(number) for name, number in zip(there, have, strict=True)}
    codes = (
        select(facts.c.system, func.count(distinct(facts.c.value)))
        .where(KEPT, facts.c.sku.is_(None), facts.c.value.is_not(None))
        .group_by(facts.c.system)
    )
    on = select(listings.c.system, func.count(distinct(listings.c.sku))).group_by(listings.c.system)
    money = union(select(skus.c.price_currency), select(skus.c.unit_cost_currency))
    return Kept(
        facts=recorded,
        deliveries=taken,
        unstamped=int((await link.execute(unstamped)).scalar_one()),
        skus=int(total),
        without={name: missing for name, missing in without.items() if missing},
        listed={SystemId(system): int(number) for system, number in await link.execute(on)},
        unmapped={SystemId(system): int(number) for system, number in await link.execute(codes)},
        currencies=frozenset(code for (code,) in await link.execute(money) if code),
    )


async def sellers(link: Link, since: datetime) -> list[Seller]:
    """Every SKU with an order placed since."""
    held = order_lines.c
    sold = (
        select(held.sku, func.sum(held.units).label("units"))
        .where(held.placed_at > since)
        .group_by(held.sku)
        .subquery()
    )
    query = select(sold.c.sku, sold.c.units, skus.c.price, skus.c.family).outerjoin(skus, skus.c.id == sold.c.sku)
    return [
        Seller(SkuId(row.sku), int(row.units), row.price, row.family or "")
        for row in await link.execute(query.order_by(sold.c.sku))
    ]
