"""The slice: due SKUs claimed and locked, read whole, written back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Integer, Select, Text, Update, bindparam, delete, func, select, tuple_, update
from sqlalchemy.sql.dml import ReturningDelete

from storage.codecs import to_json
from storage.dialect import Drawing, Link, claiming, inserting, upserting
from storage.repositories.claiming import CLAIM, Marks
from storage.repositories.readings import readings_in
from storage.repositories.whole import load_standing_on, load_wholes
from storage.repositories.written import save_states
from storage.tables.columns import Instant
from storage.tables.stock import due, raise_memos, stock
from sync.model.ids import ListingId, SkuId, SystemId
from sync.model.picture import RaiseMemo, SliceClaim, Whole
from sync.model.stock import SkuState

ENOUGH = 50
"""SKUs for which nobody looks further where others hold the rest of what is due: a slice of so many is worth its statements."""
WIDEST = 20_000
"""Marks looked at in one statement."""

_RANKS = (0, 1)
_FIRST = datetime(1970, 1, 1, tzinfo=UTC)


class SqlStockRows:
    """Implements ``sync.ports.StockRows``."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def mark_due(self, skus: Iterable[SkuId], at: datetime, cause: str = "") -> None:
        """Insert due rows; waits for no lock."""
        rows = [(0, sku, at, cause) for sku in dict.fromkeys(skus)]
        if rows:
            self._link.later(inserting(due, ("rank", "sku", "at", "cause")), rows=rows)

    async def claim(self, now: datetime, limit: int) -> SliceClaim:
        """Lock up to ``limit`` due SKUs in key order, skipping those that others hold.

        First what single facts marked, oldest mark first; then what whole readings marked; then SKUs whose own time has
        come. The marks are dropped here, under the lock and before anything is read: one that arrives later stays, and
        if this transaction fails all of them stay. One round trip where nobody else holds what is due.
        """
        made, wanted, free, dropped, told, systems = await self._link.read(CLAIM, now=now, room=limit)
        locked = sorted({SkuId(row.sku) for row in (*made, *free)})
        marks = Marks.of(dropped)
        others_hold = len(locked) < len(wanted)
        if others_hold and len(locked) < min(limit, ENOUGH):
            before = set(locked)
            for rank in _RANKS:
                await self._claim_marked(locked, rank, now, limit)
            await self._claim_passed(locked, now, limit)
            also = [sku for sku in locked if sku not in before]
            if also:
                marks = marks.and_of((await self._link.run(_drop, skus=also, now=now)).all())
        # A SKU may have many marks, so full of marks is full, too.
        more = others_hold or max(len(wanted), len(dropped)) >= limit
        skus = tuple(sorted(locked))
        return SliceClaim(
            skus,
            marks.newest,
            marks.confirmed,
            by_word=marks.by_word,
            readings=readings_in(told),
            more=more,
            systems=bool(systems),
        )

    async def _claim_marked(self, locked: list[SkuId], rank: int, now: datetime, limit: int) -> None:
        """Look through the marks of a rank in order, in windows that grow where others hold what they name, until there are
        enough SKUs or no more marks. A SKU with many marks is tried once."""
        after, window, tried = 0, limit - len(locked), set[str](locked)
        while window and (
            marks := (await self._link.run(_marks, rank=rank, after=after, now=now, window=window)).all()
        ):
            missing = {mark.sku for mark in marks if not mark.there}
            fresh = [mark.sku for mark in marks if mark.sku not in tried]
            begin = 0
            while begin < len(fresh) and (room := limit - len(locked)):
                await self._lock_free(locked, set(fresh[begin : begin + room]), missing)
                begin += room
            if len(locked) >= min(limit, ENOUGH) or marks[0].looked < window:
                return
            tried.update(fresh)
            after, window = marks[0].last, min(2 * window, WIDEST)

    async def _claim_passed(self, locked: list[SkuId], now: datetime, limit: int) -> None:
        """SKUs whose verdict changes by time alone."""
        at, sku = _FIRST, ""
        while room := limit - len(locked):
            rows = (await self._link.run(_passed, now=now, at=at, sku=sku, room=room)).all()
            await self._lock_free(locked, {row.sku for row in rows} - set(locked))
            if len(rows) < room or len(locked) >= ENOUGH:
                return
            at, sku = rows[-1].due_at, rows[-1].sku

    async def _lock_free(self, locked: list[SkuId], skus: Set[str], missing: Set[str] = frozenset()) -> None:
        """Lock those of ``skus`` that nobody holds, in key order. A mark may name a SKU that has no row yet (``missing``):
        whoever creates it holds its lock."""
        if there := sorted(skus - missing):
            locked.extend(SkuId(sku) for sku in (await self._link.run(_lock_free, skus=there)).scalars())
        if new := sorted(skus & missing):
            creating = claiming(stock, ("sku",), ("sku",), "sku")
            created = await self._link.run(creating, rows=[(sku,) for sku in new])
            locked.extend(SkuId(sku) for sku in created.scalars())

    async def lock(self, skus: Sequence[SkuId]) -> None:
        """Lock these SKUs' rows in key order, created when missing, waiting for them."""
        wanted = sorted(set(skus))
        if not wanted:
            return
        found = set((await self._link.run(_lock, skus=wanted)).scalars())
        missing = [sku for sku in wanted if sku not in found]
        if missing:
            await self._link.run(claiming(stock, ("sku",), ("sku",)), rows=[(sku,) for sku in missing])
            await self._link.run(_lock, skus=wanted)

    async def load(self, skus: Sequence[SkuId], now: datetime) -> Mapping[SkuId, Whole]:
        """Everything about these SKUs in a fixed number of queries."""
        return await load_wholes(self._link, sorted(set(skus)), now) if skus else {}

    async def standing_on(self, system: SystemId, after: SkuId, limit: int, now: datetime) -> Mapping[SkuId, Whole]:
        """The next SKUs with a position of a system: of each only what its promises and their worth rest on."""
        return await load_standing_on(self._link, system, after, limit, now)

    async def save_states(self, wholes: Sequence[tuple[Whole, SkuState, frozenset[tuple[str, str, str, str]]]]) -> None:
        """Write what differs between the loaded state and the new one; the fresh facts that were loaded are folded."""
        save_states(self._link, wholes)

    async def save_memos(self, memos: Sequence[tuple[ListingId, SkuId, RaiseMemo]]) -> None:
        """Insert or replace raise memos."""
        newest = {listing: (sku, memo) for listing, sku, memo in memos}
        if not newest:
            return
        rows: list[tuple[Any, ...]] = [(listing, sku, to_json(memo)) for listing, (sku, memo) in sorted(newest.items())]
        self._link.later(upserting(raise_memos, ("listing", "sku", "body"), ("listing",)), rows=rows)

    async def finish(self, claim: SliceClaim, next_due: Mapping[SkuId, datetime | None], now: datetime) -> None:
        """Set each SKU's ``due_at`` (the marks that the claim saw went with the claim)."""
        if claim.skus:
            self._link.later(_finish, rows=[(sku, next_due.get(sku)) for sku in claim.skus])


def _marks(_draw: Drawing) -> Select[Any]:
    """The SKUs of the next marks, oldest first, and whether each has a row; with every row how many marks were looked at and the
    last of them."""
    page = select(due.c.id, due.c.sku).where(due.c.rank == bindparam("rank"), due.c.id > bindparam("after"))
    window = page.where(due.c.at <= bindparam("now")).order_by(due.c.id)
    seen = window.limit(bindparam("window", type_=Integer())).subquery()
    looked, last = func.sum(func.count()).over(), func.max(func.max(seen.c.id)).over()
    each = select(seen.c.sku, func.count(stock.c.sku).label("there"), looked.label("looked"), last.label("last"))
    joined = each.select_from(seen.outerjoin(stock, stock.c.sku == seen.c.sku))
    return joined.group_by(seen.c.sku).order_by(func.min(seen.c.id))


def _passed(_draw: Drawing) -> Select[Any]:
    """In pages: behind the last (due_at, sku) seen."""
    key, behind = (stock.c.due_at, stock.c.sku), (bindparam("at", type_=Instant()), bindparam("sku", type_=Text()))
    page = select(*key).where(stock.c.due_at <= bindparam("now"), tuple_(*key) > tuple_(*behind))
    return page.order_by(*key).limit(bindparam("room", type_=Integer()))


def _there(draw: Drawing) -> Select[Any]:
    return select(stock.c.sku).where(draw.among(stock.c.sku, "skus")).order_by(stock.c.sku)


def _lock(draw: Drawing) -> Select[Any]:
    return _there(draw).with_for_update()


def _lock_free(draw: Drawing) -> Select[Any]:
    return _there(draw).with_for_update(skip_locked=True)


def _drop(draw: Drawing) -> ReturningDelete[Any]:
    return (
        delete(due)
        .where(draw.among(due.c.sku, "skus"), due.c.at <= bindparam("now"))
        .returning(due.c.id, due.c.sku, due.c.cause)
    )


def _finish(draw: Drawing) -> Update:
    given = draw.rows({"sku": Text(), "due_at": Instant()})
    setting = update(stock).where(stock.c.sku == given.c.sku)
    return setting.values(due_at=given.c.due_at, version=stock.c.version + 1)
