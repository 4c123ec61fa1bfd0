"""Scheduled work: a row per (job, period), won by one process."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, update

from storage.dialect import Link
from storage.tables.work import jobs


class SqlJobs:
    """Implements ``sync.ports.Jobs``."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def win(self, job: str, period: str, holder: str, now: datetime) -> bool:
        """True for exactly one caller."""
        winning = self._link.insert_rows(jobs, ("job", "period", "holder", "won_at"), [(job, period, holder, now)])
        winning = winning.on_conflict_do_nothing(index_elements=["job", "period"])
        return (await self._link.execute(winning.returning(jobs.c.job))).one_or_none() is not None

    async def finish(self, job: str, period: str, now: datetime) -> None:
        """The run is done."""
        writing = update(jobs).where(jobs.c.job == job, jobs.c.period == period)
        await self._link.execute(writing.values(finished_at=now))

    async def lost(self, job: str, before: datetime) -> Sequence[str]:
        """Periods won before then and never finished; each is released to be won again."""
        gone = delete(jobs).where(jobs.c.job == job, jobs.c.finished_at.is_(None), jobs.c.won_at < before)
        return sorted((await self._link.execute(gone.returning(jobs.c.period))).scalars())
