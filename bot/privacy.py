"""People's data by the clock: erasure requests of platforms are answered, raw bytes older than policy keeps them dropped."""

from __future__ import annotations

from datetime import datetime

from storage.erasure import Eraser
from storage.store import SqlStore
from sync.connectors.registry import privacy_of
from sync.landing.folder import DataFolder, sweep
from sync.policy.holder import PolicyInForce
from sync.ports import Clock


class Privacy:
    """Work of each tick of the scheduler."""

    def __init__(self, store: SqlStore, policy: PolicyInForce, clock: Clock, holder: str, folder: DataFolder) -> None:
        self._store = store
        self._policy = policy
        self._clock = clock
        self._holder = holder
        self._folder = folder
        self._swept = ""

    async def tick(self) -> None:
        """Answer requests as they come; once a day, by whichever process wins it, drop what is too old."""
        policy, now = self._policy.current, self._clock.now()
        eraser = Eraser(self._store, self._clock, privacy_of(policy))
        await eraser.answer_requests()
        period = now.date().isoformat()
        won = await self._won(period, now)
        if won:
            await eraser.drop_old(policy.raw_kept)
            async with self._store.unit_of_work() as uow:
                await uow.jobs.finish("raw_kept", period, now)
        if won or self._swept != period:
            self._swept = period
            await sweep(self._folder, self._store, now)

    async def _won(self, day: str, now: datetime) -> bool:
        """Whether this process wins the day; only looked at once somebody has."""
        async with self._store.reading() as uow:
            if not await uow.jobs.free("raw_kept", day):
                return False
        async with self._store.unit_of_work() as uow:
            return await uow.jobs.win("raw_kept", day, self._holder, now)
