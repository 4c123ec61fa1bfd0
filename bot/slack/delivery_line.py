"""The delivery lane as one process holds it, and whether Slack can be reached."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.outage import HOLDS, TOLD_FROM, clocks_go_on, tell_queues
from bot.slack.outcomes import CALL_ERRORS, Failure, failure_of, told
from sync.policy.holder import PolicyInForce
from sync.ports import Clock, Store

LANE = "slack"
LEASE = timedelta(seconds=12)
RENEWED_BELOW = timedelta(seconds=9)
"""Longer than the longest call, so that the lease outlives every call made under it."""
OF_SLACK = 3
"""So many failures one after the other are Slack's and not those of single messages."""
FORGOTTEN = timedelta(minutes=3)
"""A failure so long after the last one begins anew: in between there was nothing to send."""

_log = structlog.get_logger(__name__)


class Line:
    """A lease on posting, one process at a time, and the pauses after Slack could not be reached."""

    def __init__(
        self,
        store: Store,
        client: AsyncWebClient,
        policy: PolicyInForce,
        clock: Clock,
        holder: str,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        """``seconds`` only rise; pauses are measured by them."""
        self._store = store
        self._client = client
        self._policy = policy
        self._clock = clock
        self._holder = holder
        self._seconds = seconds
        self._leased_until: datetime | None = None
        self._away_until = -math.inf
        self._failures = self._asked = 0
        self._failed_at = clock.now()
        self._away_since: datetime | None = None
        self._gone = False

    async def held(self) -> bool:
        """Hold the lane, for longer than one call can take. Whoever takes it over goes on with an outage that the one before
        noticed."""
        now = self._clock.now()
        if self._leased_until is not None and self._leased_until - now > RENEWED_BELOW:
            return True
        async with self._store.unit_of_work() as uow:
            held = await uow.posts.lease(LANE, self._holder, now, now + LEASE)
            away = await uow.posts.away_since(now) if held and self._leased_until is None else None
        self._leased_until = now + LEASE if held else None
        if away is not None and self._away_since is None:
            self._failures, self._away_since, self._failed_at = 1, away, now
        return held

    async def release(self) -> None:
        """Give the lane back, so that the next process need not wait for the lease to end."""
        if self._leased_until is None:
            return
        now = self._clock.now()
        async with self._store.unit_of_work() as uow:
            await uow.posts.lease(LANE, self._holder, now, now)
        self._leased_until = None

    @property
    def pause(self) -> float:
        """Seconds for which nothing is tried, because Slack could not be reached; 0 when it may be tried now."""
        return max(0.0, self._away_until - self._seconds())

    async def reached(self) -> None:
        """A message went through. What was delayed by failures that were not its own is due at once, in its order."""
        if self._failures >= OF_SLACK:
            await self._due_again()
        await self._clocks_go_on(self._clock.now())
        self._clear()

    def _clear(self) -> None:
        self._failures = self._asked = 0
        self._away_since, self._gone = None, False

    async def back(self) -> bool:
        """Whether Slack can be reached. After a failure it is asked first, so that no message is risked on it; after a long
        absence the queues are told before the rest."""
        since, now = self._away_since, self._clock.now()
        if since is None or self._asked == self._failures:
            return True
        try:
            await self._client.auth_test()
        except CALL_ERRORS as error:
            if failure_of(error) is not Failure.LIMITED:
                self._gone = True
                self.not_reached(error)
                await self._said_away(now)
                return False
        if not await self.held():
            return False
        self._asked = self._failures
        if now - since >= TOLD_FROM:
            told_queues = await tell_queues(self._store, self._policy.current, since, now)
            _log.warning("slack_is_back", away_since=since.isoformat(), told=told_queues)
        if self._gone:
            await self._due_again()
            await self._clocks_go_on(now)
            self._clear()
        else:
            await self._said_away(now)
        return True

    async def _clocks_go_on(self, now: datetime) -> None:
        """Those of people, after an absence that was no mere hiccup."""
        since = self._away_since
        if since is None or now - since < TOLD_FROM:
            return
        moved = await clocks_go_on(self._store, self._policy.current, since, now, self.held)
        _log.warning("clocks_of_people_go_on", away_since=since.isoformat(), exceptions=moved)

    async def _said_away(self, now: datetime) -> None:
        """Every process hears that people cannot be reached, once that is no mere hiccup."""
        since = self._away_since
        if since is not None and now - since >= TOLD_FROM and await self.held():
            async with self._store.unit_of_work() as uow:
                await uow.posts.keep_away(since, now + HOLDS)

    async def _due_again(self) -> None:
        async with self._store.unit_of_work() as uow:
            await uow.posts.due_again(self._clock.now())

    def not_reached(self, error: BaseException) -> None:
        """Nothing more is tried for a growing while."""
        now = self._clock.now()
        if self._away_since is None or now - self._failed_at > FORGOTTEN:
            self._failures, self._away_since = 0, now
        self._failures, self._failed_at = self._failures + 1, now
        self._away_until = self._seconds() + min(30.0, 0.25 * 2 ** min(self._failures, 7))
        if failure_of(error) is Failure.ACCOUNT:
            _log.error("slack_refuses_us", error=told(error), needed=needed_scope(error))


def needed_scope(error: BaseException) -> str:
    """The scope that Slack misses, when it says so."""
    return str(error.response.get("needed", "")) if isinstance(error, SlackApiError) else ""
