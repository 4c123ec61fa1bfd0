"""Files that were held whole: which of them may still be counted, and which are to be read again."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import and_, exists, func, or_, select, update

from storage.codecs import from_json, to_json
from storage.dialect import Link
from storage.repositories.written import SKUS_OF
from storage.tables.deliveries import deliveries, raw_keys
from storage.tables.held_files import TO_READ, held_files
from storage.tables.stock import positions
from storage.tables.work import counters
from sync.landing.held_file import HeldFile, Release
from sync.model.ids import ExceptionId, LocationId, SkuId, SystemId, UserId

_READABLE = exists(select(raw_keys.c.delivery).where(raw_keys.c.delivery == held_files.c.delivery))


class SqlHeldFiles:
    """Implements ``sync.ports.HeldFiles``."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def keep(self, held: HeldFile) -> None:
        """Note a file that is held whole; one that is noted already stays as it is."""
        row = (held.delivery, held.system, held.content_at, to_json(held))
        keeping = self._link.insert_rows(held_files, ("delivery", "system", "content_at", "body"), [row])
        await self._link.execute(keeping.on_conflict_do_nothing(index_elements=["delivery"]))

    async def newest(self, systems: Collection[SystemId]) -> Mapping[SystemId, HeldFile]:
        """Of each system the held file that may still be counted: nothing came through its door after it that was taken or held,
        and nothing newer counts."""
        if not systems:
            return {}
        came, later, newer = deliveries.c, deliveries.alias("later"), deliveries.alias("newer")
        followed = exists(
            select(later.c.id).where(
                later.c.system == came.system,
                later.c.door == came.door,
                or_(
                    later.c.received_at > came.received_at,
                    and_(later.c.received_at == came.received_at, later.c.id > came.id),
                ),
                later.c.state.in_(["recorded", "held"]),
            )
        )
        older = exists(
            select(newer.c.id).where(
                newer.c.system == came.system,
                newer.c.state == "recorded",
                newer.c.content_at > held_files.c.content_at,
            )
        )
        query = (
            select(held_files.c.system, held_files.c.body, _READABLE.label("readable"))
            .join(deliveries, came.id == held_files.c.delivery)
            .where(self._link.among(held_files.c.system, sorted(systems)))
            .where(held_files.c.taken_at.is_(None), came.state == "held", ~followed, ~older)
        )
        return {SystemId(row.system): _held(row) for row in await self._link.execute(query)}

    async def release(self, delivery: int, by: UserId, by_name: str, case: ExceptionId, now: datetime) -> bool:
        """It is to be read again and counted; False when a person said so already, or it counts."""
        return await self._release(delivery, now, released_by=by, released_name=by_name, exception=case)

    async def admit(self, system: SystemId, key: str, now: datetime) -> bool:
        """The same bytes came again and are plausible by now: they are to be read again and counted. False when none is held."""
        same = select(deliveries.c.id).where(deliveries.c.system == system, deliveries.c.key == key)
        found = (await self._link.execute(same.where(deliveries.c.state == "held"))).scalars().all()
        return any([await self._release(one, now) for one in found])

    async def _release(self, delivery: int, now: datetime, **by: Any) -> bool:
        held = held_files.c
        free = and_(held.delivery == delivery, held.released_by.is_(None), held.taken_at.is_(None))
        return bool(await self._link.changed(update(held_files).where(free).values(released_at=now, **by)))

    async def to_read(self) -> Sequence[Release]:
        """What is to be read again, the oldest first."""
        query = (
            select(held_files, deliveries.c.key, _READABLE.label("readable"))
            .join(deliveries, deliveries.c.id == held_files.c.delivery)
            .where(TO_READ)
            .order_by(held_files.c.delivery)
        )
        return [
            Release(
                _held(row),
                row.key,
                UserId(row.released_by) if row.released_by is not None else None,
                row.released_name or "",
                ExceptionId(row.exception) if row.exception is not None else None,
            )
            for row in await self._link.execute(query)
        ]

    async def take(self, delivery: int, content_at: datetime, now: datetime) -> bool:
        """Its rows are recorded: from now on it is a delivery like any other. False when somebody else did it."""
        taking = update(held_files).where(TO_READ, held_files.c.delivery == delivery).values(taken_at=now)
        if not await self._link.changed(taking):
            return False
        heard = update(deliveries).where(deliveries.c.id == delivery)
        await self._link.execute(heard.values(state="recorded", content_at=content_at))
        return True

    async def give_back(self, delivery: int) -> bool:
        """It could not be read: it is held as before. False when somebody else settled it."""
        free = {"released_at": None, "released_by": None, "released_name": None, "exception": None}
        giving = update(held_files).where(TO_READ, held_files.c.delivery == delivery).values(**free)
        return bool(await self._link.changed(giving))

    async def stated(
        self, system: SystemId, skus: Sequence[SkuId]
    ) -> Mapping[tuple[SkuId, LocationId], tuple[int | None, int | None]]:
        """What is known of these SKUs by a system: (on hand, available) per place, one query."""
        held = positions.c
        query = select(held.sku, held.location, held.on_hand, held.available)
        query = query.where(held.system == system, self._link.among(held.sku, skus))
        return {
            (SkuId(row.sku), LocationId(row.location)): (row.on_hand, row.available)
            for row in await self._link.execute(query)
        }

    async def skus_of(self, system: SystemId) -> int:
        """How many SKUs a system states numbers for: a running total."""
        total = select(func.coalesce(func.sum(counters.c.value), 0)).where(counters.c.name == SKUS_OF + system)
        return int((await self._link.execute(total)).scalar_one())


def _held(row: Any) -> HeldFile:
    return replace(from_json(HeldFile, row.body), readable=bool(row.readable))
