"""Scheduled work runs in the process that wins the row (job, period)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select, update

from storage.dialect import Link
from storage.tables.work import jobs


class SqlJobs:
    """Implements ``sync.ports.Jobs``."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def free(self, job: str, period: str, lost_before: datetime | None = None) -> bool:
        """Whether somebody may win it: nobody has, or who has did so before then and never finished. A read, for all who ask
        every minute."""
        held = (await self._link.execute(select(jobs).where(jobs.c.job == job, jobs.c.period == period))).one_or_none()
        if held is None:
            return True
        return lost_before is not None and held.finished_at is None and held.won_at < lost_before

    async def win(self, job: str, period: str, holder: str, now: datetime) -> bool:
        """True for exactly one caller."""
        winning = self._link.insert(jobs).values(job=job, period=period, holder=holder, won_at=now)
        return await self._link.changed(winning.on_conflict_do_nothing(index_elements=["job", "period"])) == 1

    async def finish(self, job: str, period: str, now: datetime) -> None:
        """The run is done."""
        await self._link.execute(update(jobs).where(jobs.c.job == job, jobs.c.period == period).values(finished_at=now))

    async def lost(self, job: str, before: datetime) -> Sequence[str]:
        """Periods won before then and never finished; each is released to be won again."""
        held = jobs.c
        releasing = delete(jobs).where(held.job == job, held.won_at < before, held.finished_at.is_(None))
        return sorted((await self._link.execute(releasing.returning(held.period))).scalars())
