"""Bulk acts and their frozen lists. Every method is a fixed number of statements, whatever the length of a list."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, and_, delete, func, insert, or_, select, update

from storage.codecs import from_json, to_json
from storage.dialect import Link
from storage.tables.bulk import IN_WORK, UNSENT, WAITING_ITEM, bulk_acts, bulk_items
from storage.tables.cases import UNRESOLVED, exceptions
from sync.bulk.bulk import Bulk, BulkItem, BulkState, ItemState, Left, LeftCount, Why
from sync.model.ids import BulkId, ExceptionId, SkuId

_ITEM = ("bulk", "exception", "version", "sku", "state", "why", "who", "said", "units_now", "units_then")
_SETTLED = ("state", "why", "who", "said")


class SqlBulks:
    """Implements ``sync.bulk.port.Bulks``."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def skus_of(self, cases: Collection[ExceptionId]) -> Mapping[ExceptionId, SkuId | None]:
        """What unresolved exceptions are about; those that ended are left out."""
        held = exceptions.c
        query = select(held.id, held.sku).where(UNRESOLVED, self._link.among(held.id, sorted(cases)))
        return {ExceptionId(id_): sku for id_, sku in await self._link.execute(query)}

    async def create(self, bulk: Bulk, items: Sequence[BulkItem]) -> Bulk:
        """Freeze a list: two statements. The bulk act comes back with its id."""
        row = {"actor": bulk.actor, "state": bulk.state.value, "until": bulk.until, "turn": bulk.frozen_at}
        creating = insert(bulk_acts).values(**row, body=to_json(bulk)).returning(bulk_acts.c.id)
        created = BulkId((await self._link.execute(creating)).scalar_one())
        rows = [_item_row(created, one) for one in sorted(items, key=lambda one: one.case)]
        if rows:
            await self._link.execute(self._link.insert_rows(bulk_items, _ITEM, rows))
        return replace(bulk, id=created)

    async def get(self, bulk: BulkId, *, lock: bool = False) -> Bulk | None:
        """One bulk act; ``lock`` holds its row until this unit of work ends."""
        query = select(bulk_acts.c.id, bulk_acts.c.body).where(bulk_acts.c.id == bulk)
        row = (await self._link.execute(query.with_for_update() if lock else query)).one_or_none()
        return None if row is None else _bulk(row)

    async def save(self, bulk: Bulk, now: datetime) -> None:
        """Write one that is locked; its turn comes after all others that wait."""
        values = {"state": bulk.state.value, "until": bulk.until, "turn": now, "body": to_json(bulk)}
        await self._link.execute(update(bulk_acts).where(bulk_acts.c.id == bulk.id).values(values))

    async def claim(self) -> Bulk | None:
        """Lock the accepted one whose turn it is, passing over those that others hold."""
        held = bulk_acts.c
        query = _locked(BulkState.ACCEPTED).order_by(held.turn, held.id).limit(1)
        row = (await self._link.execute(query)).one_or_none()
        return None if row is None else _bulk(row)

    async def waiting(self, bulk: BulkId, limit: int) -> Sequence[BulkItem]:
        """Items that are to be done, those of one SKU together."""
        held = bulk_items.c
        query = select(bulk_items).where(WAITING_ITEM, held.bulk == bulk).order_by(held.sku, held.exception)
        return [_item(row) for row in await self._link.execute(query.limit(limit))]

    async def settle(self, bulk: BulkId, items: Sequence[BulkItem]) -> None:
        """Write what became of items. Found by their key one by one: an update from rows would read the whole list for each."""
        rows = [_item_row(bulk, one) for one in sorted(items, key=lambda one: one.case)]
        settling = self._link.insert_rows(bulk_items, _ITEM, rows)
        values = {name: settling.excluded[name] for name in _SETTLED}
        await self._link.execute(settling.on_conflict_do_update(index_elements=["bulk", "exception"], set_=values))

    async def unchanged(self, bulk: BulkId) -> int:
        """How many of those that wait are still as they were shown."""
        held, case = bulk_items.c, exceptions.c
        same = bulk_items.join(exceptions, and_(case.id == held.exception, case.version == held.version))
        query = select(func.count()).select_from(same).where(WAITING_ITEM, held.bulk == bulk, UNRESOLVED)
        return int((await self._link.execute(query)).scalar_one())

    async def counts(self, bulk: BulkId) -> tuple[int, Sequence[LeftCount]]:
        """How many are done, and how many were left out when their turn came, by reason."""
        held = bulk_items.c
        parts = (held.state, held.why, held.who)
        query = select(*parts, func.count()).where(held.bulk == bulk).group_by(*parts).order_by(held.why, held.who)
        rows = (await self._link.execute(query)).all()
        done = sum(count for state, _, _, count in rows if state == ItemState.DONE.value)
        left = [LeftCount(Why(why), who, count) for state, why, who, count in rows if state == ItemState.APART.value]
        return done, left

    async def page(self, bulk: BulkId, after: ExceptionId, limit: int, *, apart: bool = False) -> Sequence[BulkItem]:
        """A page of the list in the order of exceptions; ``apart``: only what was left out when its turn came."""
        held = bulk_items.c
        query = select(bulk_items).where(held.bulk == bulk, held.exception > after)
        if apart:
            query = query.where(held.state == ItemState.APART.value)
        return [_item(row) for row in await self._link.execute(query.order_by(held.exception).limit(limit))]

    async def due(self, now: datetime) -> bool:
        """Whether any is to be carried out, or waits for a second person beyond its time."""
        held = bulk_acts.c
        ready = or_(held.state == BulkState.ACCEPTED.value, held.until < now)
        query = select(held.id).where(IN_WORK, ready).limit(1)
        return (await self._link.execute(query)).first() is not None

    async def overdue(self, now: datetime) -> Sequence[Bulk]:
        """Lock those that wait for a second person beyond their time, passing over those that others hold."""
        query = _locked(BulkState.ASKED).where(bulk_acts.c.until < now).order_by(bulk_acts.c.id)
        return [_bulk(row) for row in await self._link.execute(query)]

    async def drop_unsent(self, before: datetime) -> int:
        """Delete lists that were shown, never sent, and could be sent until then; returns how many."""
        held = bulk_acts.c
        found = await self._link.execute(select(held.id).where(UNSENT, held.until < before).with_for_update())
        ids = sorted(found.scalars())
        if ids:
            await self._link.execute(delete(bulk_items).where(self._link.among(bulk_items.c.bulk, ids)))
            await self._link.execute(delete(bulk_acts).where(self._link.among(held.id, ids)))
        return len(ids)


def _locked(state: BulkState) -> Select[Any]:
    query = select(bulk_acts.c.id, bulk_acts.c.body).where(IN_WORK, bulk_acts.c.state == state.value)
    return query.with_for_update(skip_locked=True)


def _bulk(row: Row[Any]) -> Bulk:
    return from_json(Bulk, {**row.body, "id": row.id})


def _item_row(bulk: BulkId, one: BulkItem) -> tuple[Any, ...]:
    return (bulk, one.case, one.version, one.sku, *_state_row(one), one.units_now, one.units_then)


def _state_row(one: BulkItem) -> tuple[str, str, str, str]:
    left = one.left
    return (one.state.value, *((left.why.value, left.who, left.said) if left is not None else ("", "", "")))


def _item(row: Row[Any]) -> BulkItem:
    left = Left(Why(row.why), row.who, row.said) if row.why else None
    state = ItemState(row.state)
    return BulkItem(ExceptionId(row.exception), row.version, row.sku, state, left, row.units_now, row.units_then)
