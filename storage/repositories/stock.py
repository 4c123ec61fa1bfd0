"""The slice: due SKUs claimed and locked, read whole, written back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from datetime import datetime
from typing import Any

from sqlalchemy import Text, delete, select, tuple_, update

from storage.codecs import to_json
from storage.dialect import Link
from storage.repositories.whole import load_wholes
from storage.repositories.written import save_states
from storage.tables.columns import Instant
from storage.tables.stock import due, raise_memos, stock
from sync.model.ids import ListingId, SkuId
from sync.model.picture import RaiseMemo, SliceClaim, Whole
from sync.model.stock import SkuState

_RANKS = (0, 1)


class SqlStockRows:
    """Implements ``sync.ports.StockRows``."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def mark_due(self, skus: Iterable[SkuId], at: datetime, cause: str = "") -> None:
        """Insert due rows; waits for no lock."""
        rows = [(0, sku, at, cause) for sku in dict.fromkeys(skus)]
        if rows:
            await self._link.execute(self._link.insert_rows(due, ("rank", "sku", "at", "cause"), rows))

    async def claim(self, now: datetime, limit: int) -> SliceClaim:
        """Lock up to ``limit`` due SKUs in key order, skipping those that others hold.

        First what single facts marked, oldest mark first; then what whole readings marked; then SKUs whose own time has
        come. The marks are dropped here, under the lock and before anything is read: one that arrives later stays, and
        if this transaction fails all of them stay.
        """
        locked: list[SkuId] = []
        for rank in _RANKS:
            await self._claim_marked(locked, rank, now, limit)
        await self._claim_passed(locked, now, limit)
        seen = await self._drop_marks(locked, now)
        return SliceClaim(tuple(sorted(locked)), seen)

    async def _claim_marked(self, locked: list[SkuId], rank: int, now: datetime, limit: int) -> None:
        """Page through the marks of a rank in order, until enough SKUs are locked or there are no more marks."""
        after = 0
        while room := limit - len(locked):
            page = select(due.c.id, due.c.sku).where(due.c.rank == rank, due.c.id > after, due.c.at <= now)
            marks = (await self._link.execute(page.order_by(due.c.id).limit(room))).all()
            await self._lock_free(locked, {mark.sku for mark in marks} - set(locked), create=True)
            if len(marks) < room:
                return
            after = marks[-1].id

    async def _claim_passed(self, locked: list[SkuId], now: datetime, limit: int) -> None:
        """SKUs whose verdict changes by time alone."""
        after: tuple[datetime, str] | None = None
        while room := limit - len(locked):
            page = select(stock.c.due_at, stock.c.sku).where(stock.c.due_at <= now)
            if after is not None:
                page = page.where(tuple_(stock.c.due_at, stock.c.sku) > after)
            rows = (await self._link.execute(page.order_by(stock.c.due_at, stock.c.sku).limit(room))).all()
            await self._lock_free(locked, {row.sku for row in rows} - set(locked), create=False)
            if len(rows) < room:
                return
            after = (rows[-1].due_at, rows[-1].sku)

    async def _lock_free(self, locked: list[SkuId], skus: Set[str], *, create: bool) -> None:
        """Lock those of ``skus`` that nobody holds, in key order. A mark may name a SKU that has no row yet: whoever
        creates it holds its lock."""
        if not skus:
            return
        wanted = select(stock.c.sku).where(self._link.among(stock.c.sku, sorted(skus))).order_by(stock.c.sku)
        free = {SkuId(sku) for sku in (await self._link.execute(wanted.with_for_update(skip_locked=True))).scalars()}
        locked.extend(free)
        if not create or len(free) == len(skus):
            return
        missing = sorted(skus - set((await self._link.execute(wanted)).scalars()))
        if missing:
            creating = self._link.insert_rows(stock, ("sku",), [(sku,) for sku in missing])
            created = creating.on_conflict_do_nothing(index_elements=["sku"]).returning(stock.c.sku)
            locked.extend(SkuId(sku) for sku in (await self._link.execute(created)).scalars())

    async def _drop_marks(self, skus: Sequence[SkuId], now: datetime) -> int:
        if not skus:
            return 0
        dropping = delete(due).where(self._link.among(due.c.sku, skus), due.c.at <= now).returning(due.c.id)
        return max((await self._link.execute(dropping)).scalars(), default=0)

    async def lock(self, skus: Sequence[SkuId]) -> None:
        """Lock these SKUs' rows in key order, created when missing, waiting for them."""
        wanted = sorted(set(skus))
        if not wanted:
            return
        locking = select(stock.c.sku).where(self._link.among(stock.c.sku, wanted)).order_by(stock.c.sku)
        found = set((await self._link.execute(locking.with_for_update())).scalars())
        missing = [sku for sku in wanted if sku not in found]
        if missing:
            creating = self._link.insert_rows(stock, ("sku",), [(sku,) for sku in missing])
            await self._link.execute(creating.on_conflict_do_nothing(index_elements=["sku"]))
            await self._link.execute(locking.with_for_update())

    async def load(self, skus: Sequence[SkuId], now: datetime) -> Mapping[SkuId, Whole]:
        """Everything about these SKUs in a fixed number of queries."""
        return await load_wholes(self._link, sorted(set(skus)), now) if skus else {}

    async def save_states(self, wholes: Sequence[tuple[Whole, SkuState, frozenset[tuple[str, str, str, str]]]]) -> None:
        """Write what differs between the loaded state and the new one; the fresh facts that were loaded are folded."""
        await save_states(self._link, wholes)

    async def save_memos(self, memos: Sequence[tuple[ListingId, SkuId, RaiseMemo]]) -> None:
        """Insert or replace raise memos."""
        newest = {listing: (sku, memo) for listing, sku, memo in memos}
        if not newest:
            return
        rows: list[tuple[Any, ...]] = [(listing, sku, to_json(memo)) for listing, (sku, memo) in sorted(newest.items())]
        names = ("listing", "sku", "body")
        saving = self._link.insert_rows(raise_memos, names, rows)
        kept = {name: saving.excluded[name] for name in names[1:]}
        await self._link.execute(saving.on_conflict_do_update(index_elements=["listing"], set_=kept))

    async def finish(self, claim: SliceClaim, next_due: Mapping[SkuId, datetime | None], now: datetime) -> None:
        """Set each SKU's ``due_at`` (the marks that the claim saw went with the claim)."""
        rows = [(sku, next_due.get(sku)) for sku in claim.skus]
        if not rows:
            return
        given = self._link.rows({"sku": Text(), "due_at": Instant()}, rows)
        setting = update(stock).where(stock.c.sku == given.c.sku)
        await self._link.execute(setting.values(due_at=given.c.due_at, version=stock.c.version + 1))
