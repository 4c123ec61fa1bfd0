"""Scheduled work. APScheduler only ticks: a job runs in the process that wins the row (job, period)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.slack.digest.reading import Asked
from bot.slack.digest.standup import standup_day, standup_post
from bot.slack.digest.wanted import digest_posts
from sync.model.ids import QueueId
from sync.policy.holder import PolicyInForce
from sync.policy.schema import Digest
from sync.ports import Clock, Store

FORGOTTEN_AFTER = timedelta(days=3)
"""A digest that was missed for longer is not caught up: the next one is near."""
LATE_AFTER = timedelta(hours=1)
"""One that comes later than this says so."""

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_log = structlog.get_logger(__name__)


def digest_period(digest: Digest, now: datetime) -> tuple[datetime, datetime, datetime]:
    """(start, end, due) of the newest week whose digest is due: the seven days before the policy's day, in its zone.

    Computed on local dates, so a change of daylight saving makes a week an hour longer or shorter, never a day off.
    """
    zone = ZoneInfo(digest.timezone)
    local = now.astimezone(zone)
    hour, minute = (int(part) for part in digest.at.split(":"))
    back = (local.weekday() - DAYS.index(digest.day)) % 7
    day = (local - timedelta(days=back)).date()
    due = datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone)
    if due.astimezone(UTC) > now:
        day -= timedelta(days=7)
        due = datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone)
    end = datetime(day.year, day.month, day.day, tzinfo=zone)
    first = day - timedelta(days=7)
    start = datetime(first.year, first.month, first.day, tzinfo=zone)
    return start, end, due


def week_name(start: datetime) -> str:
    """``2026-W47``: the ISO week of the period's beginning."""
    year, week, _ = start.isocalendar()
    return f"{year}-W{week:02d}"


class Jobs:
    """The scheduler of one process. Missed runs are caught up once; many processes never run one twice."""

    def __init__(self, store: Store, policy: PolicyInForce, clock: Clock, holder: str) -> None:
        self._store = store
        self._policy = policy
        self._clock = clock
        self._holder = holder
        self._scheduler = AsyncIOScheduler(timezone="UTC")

    def start(
        self,
        *,
        every: timedelta = timedelta(minutes=1),
        also: Callable[[], Awaitable[None]] | None = None,
        beside: Callable[[], Awaitable[object]] | None = None,
    ) -> None:
        """Tick. ``also`` is called at each tick, for work of the caller's own, and ``beside`` apart from it: it may take long."""
        self._scheduler.add_job(self.tick, "interval", seconds=every.total_seconds(), args=[also], max_instances=1)
        if beside is not None:
            self._scheduler.add_job(beside, "interval", seconds=every.total_seconds(), max_instances=1)
        self._scheduler.start()

    def stop(self) -> None:
        """No more ticks."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    async def tick(self, also: Callable[[], Awaitable[None]] | None = None) -> bool:
        """Post the digest, and notes of the day, if they are due and this process wins them. True when it won the digest."""
        if also is not None:
            await also()
        await self._room()
        await self._standups()
        return await self._digest()

    async def _free(self, job: str, period: str) -> bool:
        """A look before the try: nearly always somebody has won it long ago, and nothing is written then."""
        async with self._store.reading() as uow:
            return await uow.jobs.free(job, period)

    async def _room(self) -> None:
        """Once a day, by one process: room in the ledger for the months to come."""
        now = self._clock.now()
        day = now.date().isoformat()
        if not await self._free("room", day):
            return
        async with self._store.unit_of_work() as uow:
            if not await uow.jobs.win("room", day, self._holder, now):
                return
        await self._store.make_room()
        async with self._store.unit_of_work() as uow:
            await uow.jobs.finish("room", day, now)

    async def _standups(self) -> None:
        """The note of the day of each queue whose policy asks for one."""
        policy, now = self._policy.current, self._clock.now()
        for name, queue in policy.queues.items():
            day = standup_day(policy, queue, now)
            if day is None:
                continue
            period = f"{name}:{day.isoformat()}"
            if not await self._free("standup", period):
                continue
            async with self._store.unit_of_work() as uow:
                if await uow.jobs.win("standup", period, self._holder, now):
                    await uow.posts.want([standup_post(QueueId(name), day, now)])
                    await uow.jobs.finish("standup", period, now)

    async def _digest(self) -> bool:
        """The newest week's, unless it is long past; all of it is wanted in the transaction that wins it."""
        policy, now = self._policy.current, self._clock.now()
        start, _end, due = digest_period(policy.digest, now)
        if now - due > FORGOTTEN_AFTER:
            return False
        period, late = week_name(start), now - due > LATE_AFTER
        if not await self._free("digest", period):
            return False
        async with self._store.unit_of_work() as uow:
            if not await uow.jobs.win("digest", period, self._holder, now):
                return False
            await uow.posts.want(digest_posts(policy, period, Asked(start, late), now))
            await uow.jobs.finish("digest", period, now)
        _log.info("digest_wanted", period=period, late=late)
        return True
