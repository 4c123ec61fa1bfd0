"""Deliveries and facts: append-only, exactly once by key."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select

from storage.dialect import Link
from storage.repositories import deliveries as recording
from storage.repositories import facts as ledger
from storage.tables.deliveries import figures, idempotency
from sync.errors import AlreadyHandled
from sync.model.ids import LocationId, SystemId
from sync.model.time import AsOf
from sync.ports import Clock, FactOutcome, NewDelivery, NewFact, RecordedDelivery

KEYS_LIVE = timedelta(days=7)
"""A key of this age is new again."""


class SqlLedger:
    """Implements ``sync.ports.Ledger``."""

    def __init__(self, link: Link, clock: Clock) -> None:
        self._link = link
        self._clock = clock

    async def record_deliveries(self, deliveries: Sequence[NewDelivery]) -> Sequence[RecordedDelivery]:
        """Insert deliveries, one outcome each in the order given; repeats are counted."""
        return await recording.record_deliveries(self._link, deliveries) if deliveries else ()

    async def raw(self, delivery: int) -> bytes | None:
        """The bytes of a delivery, decrypted; None when they were erased."""
        return await recording.raw_bytes(self._link, delivery)

    async def record_facts(self, facts: Sequence[NewFact], due_at: datetime | None = None) -> Sequence[FactOutcome]:
        """Claim keys and insert the new facts, one outcome each in the order given; mark due whose fold waits for them."""
        return await ledger.record_facts(self._link, facts, due_at) if facts else ()

    async def record_coverage(self, rows: Sequence[tuple[SystemId, LocationId, AsOf]]) -> None:
        """Keep the newest full reading of each (system, location)."""
        if rows:
            await ledger.record_coverage(self._link, rows)

    async def record_confirmations(self, rows: Sequence[tuple[SystemId, LocationId, AsOf]]) -> None:
        """Keep the newest snapshot of each (system, location) that was compared whole."""
        if rows:
            await ledger.record_confirmations(self._link, rows)

    async def covered_skus_due(self, system: SystemId, location: LocationId, now: datetime) -> int:
        """Mark due every SKU with a position of (system, location); returns how many."""
        return await ledger.mark_positions_due(self._link, system, location, now)

    async def remember(
        self, scope: str, key: str, fingerprint: str, status: int, content_type: str, body: bytes
    ) -> None:
        """Store the answer to an Idempotency-Key. Raises AlreadyHandled when the key has one that still counts."""
        now = self._clock.now()
        answer = {"fingerprint": fingerprint, "status": status, "content_type": content_type, "body": body}
        answer["created_at"] = now
        claiming = self._link.insert(idempotency).values(scope=scope, key=key, **answer)
        claiming = claiming.on_conflict_do_update(
            index_elements=["scope", "key"], set_=answer, where=idempotency.c.created_at <= now - KEYS_LIVE
        )
        if await self._link.changed(claiming) == 0:
            raise AlreadyHandled(f"The Idempotency-Key {key!r} was answered already; its answer is repeated as it was.")

    async def remembered(self, scope: str, key: str) -> tuple[str, int, str, bytes, datetime] | None:
        """(fingerprint, status, content type, body, created) of a key, or None."""
        held = idempotency.c
        row = (
            await self._link.execute(
                select(held.fingerprint, held.status, held.content_type, held.body, held.created_at).where(
                    held.scope == scope, held.key == key
                )
            )
        ).one_or_none()
        return None if row is None else (row.fingerprint, row.status, row.content_type, row.body, row.created_at)

    async def last_figures(self, system: SystemId) -> tuple[int, int, int] | None:
        """(rows, zeros, total) of the last recorded file or snapshot of a system."""
        held = figures.c
        row = (
            await self._link.execute(select(held.rows, held.zeros, held.total).where(held.system == system))
        ).one_or_none()
        return None if row is None else (row.rows, row.zeros, row.total)

    async def save_figures(self, system: SystemId, rows: int, zeros: int, total: int) -> None:
        """Remember the figures of the newest recorded file or snapshot."""
        values = {"rows": rows, "zeros": zeros, "total": total}
        saving = self._link.insert(figures).values(system=system, **values)
        await self._link.execute(saving.on_conflict_do_update(index_elements=["system"], set_=values))
