"""The week of a digest, read from the records once for the message, its thread and its files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.slack.digest.week import WEEKS, DigestWeek, digest_week
from sync.measures.grouping import families_of
from sync.measures.period import midnight
from sync.policy.holder import PolicyInForce
from sync.ports import Clock, Store

KEPT_FOR = timedelta(minutes=10)
"""All parts of a digest that are sent within this say the same."""
LATE = "late"


@dataclass(frozen=True, slots=True)
class Asked:
    """Which week a post of a digest is about, as its body says; ``late``: it was due long before it was wanted."""

    start: datetime
    late: bool = False

    @classmethod
    def of(cls, body: str) -> Asked:
        """Read from a post's body."""
        start, _, word = body.partition(" ")
        return cls(datetime.fromisoformat(start), word == LATE)

    @property
    def body(self) -> str:
        """As a post carries it."""
        return f"{self.start.isoformat()} {LATE}" if self.late else self.start.isoformat()


class WeekReader:
    """Reads weeks; the newest is kept for a while."""

    def __init__(self, store: Store, policy: PolicyInForce, clock: Clock) -> None:
        self._store = store
        self._policy = policy
        self._clock = clock
        self._kept: tuple[datetime, int, datetime, DigestWeek] | None = None

    async def week(self, start: datetime) -> DigestWeek:
        """The week that begins at ``start``, the beginning of a day in the digest's zone."""
        policy, now = self._policy.current, self._clock.now()
        if self._kept is not None:
            begins, version, at, kept = self._kept
            if (begins, version) == (start, policy.version) and now - at < KEPT_FOR:
                return kept
        first = start.astimezone(ZoneInfo(policy.digest.timezone)).date()
        week = await self._read(first, now)
        self._kept = (start, policy.version, now, week)
        return week

    async def so_far(self) -> DigestWeek:
        """The last seven days, today with them, until now."""
        zone = ZoneInfo(self._policy.current.digest.timezone)
        return await self._read(self._clock.now().astimezone(zone).date() - timedelta(days=6), self._clock.now())

    async def _read(self, first: date, now: datetime) -> DigestWeek:
        policy = self._policy.current
        zone, families = policy.digest.timezone, families_of(policy)
        start, before = midnight(first, zone), midnight(first - timedelta(days=7), zone)
        end = min(midnight(first + timedelta(days=7), zone), now.astimezone(UTC))
        long_ago = midnight(first - timedelta(weeks=WEEKS), zone)
        async with self._store.reading() as uow:
            this = await uow.measured.recorded(start, end, now, families)
            # A week that is not over is compared with as much of the one before.
            past = await uow.measured.recorded(before, before + (end - start), now, families)
            history = await uow.measured.recorded(long_ago, start, now, families)
        return digest_week(this, past, history, policy, first)
