"""Large snapshots: what landed and how far it got, what a comparison must know of a system, and what it marks due."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, case, func, insert, literal_column, null, or_, select, union, update

from storage.bulk import write_csv
from storage.codecs import from_json, to_json
from storage.dialect import Link
from storage.repositories.facts import CONFIRMED, mark_in_bulk
from storage.repositories.reconciling import moving
from storage.tables.catalogue import identities, turns
from storage.tables.deliveries import deliveries, problems, raw_keys
from storage.tables.facts import confirmations, facts, fresh, seen
from storage.tables.landings import landings
from storage.tables.stock import positions
from sync.connectors.base import Problem
from sync.landing.difference import KNOWN
from sync.landing.landing import Landing, Told
from sync.model.ids import LocationId, SkuId, SystemId
from sync.model.time import AsOf
from sync.policy.schema import COUNT_SYSTEM
from sync.reconciliation.basis import Side


class SqlLandings:
    """Implements ``sync.ports.Landings``."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def begin(self, landing: Landing) -> None:
        """A snapshot lies in the data folder, and its delivery is recorded."""
        row = {
            "delivery": landing.delivery,
            "system": landing.system,
            "file": landing.file,
            "digest": landing.digest,
            "received_at": landing.received_at,
            "body": to_json(landing.told),
        }
        await self._link.execute(insert(landings).values(**row))

    async def open(self, system: SystemId) -> Sequence[Landing]:
        """Those of a system that are not recorded whole yet, oldest first."""
        held = landings.c
        query = select(landings).where(held.system == system, held.ended_at.is_(None)).order_by(held.delivery)
        return [_landing(row) for row in await self._link.execute(query)]

    async def of(self, delivery: int) -> tuple[Landing, bool] | None:
        """What landed of a delivery, and whether all of it is recorded."""
        row = (await self._link.execute(select(landings).where(landings.c.delivery == delivery))).one_or_none()
        return None if row is None else (_landing(row), row.ended_at is not None)

    async def end(self, landing: Landing, content_at: datetime | None, now: datetime) -> None:
        """All of it is recorded: from now on its content counts as heard."""
        ending = update(landings).where(landings.c.delivery == landing.delivery, landings.c.ended_at.is_(None))
        await self._link.execute(ending.values(ended_at=now))
        heard = update(deliveries).where(deliveries.c.id == landing.delivery)
        await self._link.execute(heard.values(content_at=content_at))

    async def kept(self, files: Sequence[str]) -> frozenset[str]:
        """Those of these files whose deliveries' bytes are kept."""
        held = landings.c
        query = select(held.file).join(raw_keys, raw_keys.c.delivery == held.delivery)
        return frozenset((await self._link.execute(query.where(self._link.among(held.file, files)))).scalars())

    async def blame(self, delivery: int, told: Sequence[Problem]) -> None:
        """Add what could not be recorded of it to the problems of a delivery."""
        parts = problems.c
        known = select(func.coalesce(func.max(parts.number) + 1, 0)).where(parts.delivery == delivery)
        first = int((await self._link.execute(known)).scalar_one())
        rows = [
            {
                "delivery": delivery,
                "number": first + place,
                "place": one.where,
                "why": one.why,
                "kind": one.kind,
            }
            for place, one in enumerate(told)
        ]
        await self._link.execute(insert(problems), rows)
        counting = update(deliveries).where(deliveries.c.id == delivery)
        await self._link.execute(counting.values(problems=deliveries.c.problems + len(rows)))

    async def confirmed(self, system: SystemId) -> dict[LocationId, AsOf]:
        """The newest confirmation of each place of a system."""
        held = confirmations.c
        query = select(held.location, held.as_of_start, held.as_of_end).where(held.system == system)
        return {
            LocationId(row.location): AsOf(row.as_of_start, row.as_of_end) for row in await self._link.execute(query)
        }

    async def unfolded(self, system: SystemId) -> frozenset[str]:
        """SKUs with facts of a system that no slice has folded yet."""
        query = select(fresh.c.sku).join(facts, facts.c.id == fresh.c.fact).where(facts.c.system == system).distinct()
        return frozenset((await self._link.execute(query)).scalars())

    async def counted(self) -> frozenset[tuple[str, str]]:
        """(SKU, place) where a count by a person stands."""
        held = positions.c
        query = select(held.sku, held.location).where(held.system == COUNT_SYSTEM, held.released.is_(False))
        return frozenset((sku, place) for sku, place in await self._link.execute(query))

    async def write_known(self, system: SystemId, path: Path) -> None:
        """What is known of a system as CSV (``sync.landing.difference.KNOWN``)."""
        held = positions.c
        columns = [
            case((held.conflicting.is_(True), 1), else_=0) if name == "conflicting" else held[name] for name in KNOWN
        ]
        await write_csv(self._link, select(*columns).where(held.system == system), path)

    async def write_names(self, system: SystemId, path: Path) -> None:
        """The system's own codes and the SKUs that they mean, as CSV."""
        held = identities.c
        named = select(held.value, held.sku).where(held.system == system, held.namespace == literal_column("'sku'"))
        await write_csv(self._link, named, path)

    async def turned(self, system: SystemId) -> frozenset[str]:
        """Codes of a system whose meaning changed at a time."""
        held = turns.c
        query = select(held.value).where(held.system == system, held.namespace == literal_column("'sku'")).distinct()
        return frozenset((await self._link.execute(query)).scalars())

    async def words(
        self, system: SystemId, pairs: Sequence[tuple[SkuId, LocationId]]
    ) -> dict[tuple[SkuId, LocationId], tuple[str, str]]:
        """(code, place) in the system's own words, of the facts that its numbers rest on; those whose facts are archived are
        not among them."""
        held = positions.c
        given = self._link.rows({"sku": Text(), "location": Text()}, pairs)
        query = (
            select(held.sku, held.location, facts.c.value, facts.c.place)
            .join(given, (given.c.sku == held.sku) & (given.c.location == held.location))
            .join(seen, (seen.c.system == held.system) & (seen.c.key == held.fact))
            .join(facts, facts.c.id == seen.c.fact)
            .where(held.system == system, facts.c.value.is_not(None), facts.c.place.is_not(None))
        )
        return {
            (SkuId(row.sku), LocationId(row.location)): (row.value, row.place)
            for row in await self._link.execute(query)
        }

    async def mark_confirmed(self, system: SystemId, location: LocationId, sides: Sequence[Side], now: datetime) -> int:
        """Mark due what a new confirmation of a place may change although the number stands: SKUs of which something is on its
        way or standing, and those of which another source says something else there, since the two can now be of one time. One
        statement; returns how many."""
        held = positions.c
        mine = next((side for side in sides if side.system == system), None)
        others = [side for side in sides if mine is not None and mine.compared and side.compared and side is not mine]
        about = [select(moving().c.sku), *(_differing(mine, side, location) for side in others if mine is not None)]
        where = held.sku.in_(union(*about)) & (held.system == system) & (held.location == location)
        return await mark_in_bulk(self._link, held.sku, now, f"{CONFIRMED}{location}:{system}", where)


def _landing(row: Any) -> Landing:
    told = from_json(Told, row.body)
    return Landing(row.delivery, SystemId(row.system), row.file, row.digest, row.received_at, told)


def _differing(mine: Side, other: Side, location: LocationId) -> Select[Any]:
    """SKUs of which two sources do not say the same at a place; as ``sync.reconciliation.frames.candidates`` has it."""
    one, two = positions.alias(), positions.alias()
    free, theirs = _free(mine, one), _free(other, two)
    unsure = [func.coalesce(held.c.incoming, 0) > 0 for side, held in ((mine, one), (other, two)) if side.incoming]
    same = (one.c.sku == two.c.sku) & (two.c.system == other.system) & (two.c.location == location)
    query = select(one.c.sku).join(two, same).where(one.c.system == mine.system, one.c.location == location)
    return query.where(free.is_not(None), theirs.is_not(None), or_(free != theirs, *unsure))


def _free(side: Side, held: Any) -> ColumnElement[Any]:
    """What can be sold by a source alone; nothing where it does not say."""
    if side.stated is None:
        return null()
    free: ColumnElement[Any] = held.c[side.stated]
    for bucket in side.off:
        free = free - case((held.c[bucket] < 0, 0), else_=held.c[bucket])
    return free
