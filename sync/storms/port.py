"""What storms need of the store."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from sync.model.exceptions import Case
from sync.model.ids import ExceptionId, QueueId, StormId
from sync.storms.storm import Key, Storm


class Storms(Protocol):
    """Storms and their members; every method a fixed number of statements."""

    async def lock(self, ids: Collection[StormId], keys: Collection[Key] = ()) -> Sequence[Storm]:
        """Those with these ids, and those that stand for these causes and queues, locked in the order of their ids."""

    async def open(self, new: Sequence[Storm]) -> None:
        """Insert (their id is 0); one that stands already for the same cause and queue stays the only one."""

    async def save(self, changed: Sequence[Storm]) -> None:
        """Write storms that are locked."""

    async def get(self, storm: StormId) -> Storm | None:
        """One storm."""

    async def standing(self) -> Sequence[Storm]:
        """All storms that have members."""

    async def among(self, cases: Collection[ExceptionId]) -> Mapping[ExceptionId, tuple[StormId, Decimal]]:
        """Of these exceptions those that are members now: of which storm, and with how much at risk."""

    async def loose_counts(
        self, keys: Collection[Key], since: datetime, apart: Collection[ExceptionId] = ()
    ) -> Mapping[Key, int]:
        """Per cause and queue: unresolved exceptions in no storm that nobody has, opened ``since``, without those ``apart``."""

    async def loose(self, keys: Collection[Key], since: datetime, limit: int) -> Sequence[Case]:
        """Unresolved exceptions of these causes and queues in no storm that nobody has, opened ``since``."""

    async def worst(self, storm: StormId, limit: int) -> Sequence[Case]:
        """Unresolved members, most money per hour first."""

    async def versions(
        self, storm: StormId, after: ExceptionId, limit: int
    ) -> Sequence[tuple[ExceptionId, int, str, Decimal]]:
        """A page of unresolved members by id: (id, version, owner or nothing, money at risk)."""

    async def cases(self, storm: StormId, ids: Collection[ExceptionId]) -> Sequence[Case]:
        """Of these exceptions the unresolved members of a storm."""

    async def left_open(self, storm: StormId, queue: QueueId, limit: int) -> Sequence[Case]:
        """What left a storm of a queue and is unresolved, most money per hour first."""

    async def oversold(self, storm: StormId, since: datetime, until: datetime) -> int:
        """How many SKUs that were in a storm were found oversold between two instants."""

    async def members(self, storm: StormId, after: ExceptionId, limit: int) -> Sequence[Case]:
        """A page of unresolved members in the order of their ids."""
