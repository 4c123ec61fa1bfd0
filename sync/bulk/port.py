"""What bulk acts need of the store."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from sync.bulk.bulk import Bulk, BulkItem, LeftCount
from sync.model.ids import BulkId, ExceptionId, SkuId


class Bulks(Protocol):
    """Bulk acts and their frozen lists; every method a fixed number of statements, whatever the length of a list."""

    async def skus_of(self, cases: Collection[ExceptionId]) -> Mapping[ExceptionId, SkuId | None]:
        """What unresolved exceptions are about; those that ended are left out."""

    async def create(self, bulk: Bulk, items: Sequence[BulkItem]) -> Bulk:
        """Freeze a list. The bulk act comes back with its id."""

    async def get(self, bulk: BulkId, *, lock: bool = False) -> Bulk | None:
        """One bulk act; ``lock`` holds its row until this unit of work ends."""

    async def save(self, bulk: Bulk, now: datetime) -> None:
        """Write one that is locked; its turn comes after all others that wait."""

    async def claim(self) -> Bulk | None:
        """Lock the accepted one whose turn it is, passing over those that others hold."""

    async def waiting(self, bulk: BulkId, limit: int) -> Sequence[BulkItem]:
        """Items that are to be done, those of one SKU together."""

    async def settle(self, bulk: BulkId, items: Sequence[BulkItem]) -> None:
        """Write what became of items."""

    async def unchanged(self, bulk: BulkId) -> int:
        """How many of those that wait are still as they were shown."""

    async def counts(self, bulk: BulkId) -> tuple[int, Sequence[LeftCount]]:
        """How many are done, and how many were left out when their turn came, by reason."""

    async def page(self, bulk: BulkId, after: ExceptionId, limit: int, *, apart: bool = False) -> Sequence[BulkItem]:
        """A page of the list in the order of exceptions; ``apart``: only what was left out when its turn came."""

    async def due(self, now: datetime) -> bool:
        """Whether any is to be carried out, or waits for a second person beyond its time."""

    async def overdue(self, now: datetime) -> Sequence[Bulk]:
        """Lock those that wait for a second person beyond their time, passing over those that others hold."""

    async def drop_unsent(self, before: datetime) -> int:
        """Delete lists that were shown, never sent, and could be sent until then; returns how many."""
