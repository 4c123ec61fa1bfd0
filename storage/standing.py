"""How safe a database keeps what was acknowledged, and what its catalogue lacks: for preflight."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import distinct, func, select, text

from storage.dialect import Link
from storage.migrations.migrate import newest_revision, revision_of
from storage.store import SqlStore
from storage.tables.catalogue import skus
from storage.tables.facts import KEPT, facts
from sync.model.ids import SystemId


@dataclass(frozen=True, slots=True)
class Standing:
    """``revision`` of the tables (None: none yet) and ``newest`` of this version. ``durable``: a commit that was acknowledged
    survives a crash of the machine. ``standbys``: synchronous ones connected now; None where the database has no such thing."""

    revision: str | None
    newest: str
    durable: bool
    standbys: int | None


@dataclass(frozen=True, slots=True)
class Gaps:
    """Numbers of SKUs: all, and those without title, price, cost, GTIN or family. ``unmapped``: codes that a system names and
    nobody knows, by system."""

    skus: int
    without: Mapping[str, int]
    unmapped: Mapping[SystemId, int]


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


async def gaps(link: Link) -> Gaps:
    """What the catalogue lacks."""
    named = {"title": skus.c.title != "", "family": skus.c.family != ""}
    there = {
        "title": func.count().filter(named["title"]),
        "price": func.count(skus.c.price),
        "cost": func.count(skus.c.unit_cost),
        "GTIN": func.count(skus.c.gtin),
        "family": func.count().filter(named["family"]),
    }
    row = (await link.execute(select(func.count(), *there.values()).select_from(skus))).one()
    codes = (
        select(facts.c.system, func.count(distinct(facts.c.value)))
        .where(KEPT, facts.c.sku.is_(None), facts.c.value.is_not(None))
        .group_by(facts.c.system)
    )
    unmapped = {SystemId(system): int(count) for system, count in await link.execute(codes)}
    total = int(row[0])
    without = {name: total - int(have) for name, have in zip(there, row[1:], strict=True)}
    return Gaps(total, {name: missing for name, missing in without.items() if missing}, unmapped)
