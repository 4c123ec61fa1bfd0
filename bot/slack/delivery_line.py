"""The delivery lane as one process holds it, and whether Slack can be reached."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.outage import TOLD_FROM, tell_queues
from bot.slack.outcomes import CALL_ERRORS, Failure, failure_of, told
from sync.policy.holder import PolicyInForce
from sync.ports import Clock, Store

LANE = "slack"
LEASE = timedelta(seconds=12)
RENEWED_BELOW = timedelta(seconds=9)
"""Longer than the longest call, so that the lease outlives every call made under it."""

_log = structlog.get_logger(__name__)


class Line:
    """A lease on posting, one process at a time, and the pauses after Slack could not be reached."""

    def __init__(self, store: Store, client: AsyncWebClient, policy: PolicyInForce, clock: Clock, holder: str) -> None:
        self._store = store
        self._client = client
        self._policy = policy
        self._clock = clock
        self._holder = holder
        self._leased_until: datetime | None = None
        self._away_until = 0.0
        self._failures = 0
        self._away_since: datetime | None = None

    async def held(self) -> bool:
        """Hold the lane, for longer than one call can take."""
        now = self._clock.now()
        if self._leased_until is not None and self._leased_until - now > RENEWED_BELOW:
            return True
        async with self._store.unit_of_work() as uow:
            held = await uow.posts.lease(LANE, self._holder, now, now + LEASE)
        self._leased_until = now + LEASE if held else None
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
        return max(0.0, self._away_until - time.monotonic())

    def reached(self) -> None:
        """A call went through."""
        self._failures, self._away_since = 0, None

    async def back(self) -> bool:
        """Whether Slack can be reached. After a long absence it is asked first, and the queues are told before the rest."""
        since, now = self._away_since, self._clock.now()
        if since is None or now - since < TOLD_FROM:
            return True
        try:
            await self._client.auth_test()
        except CALL_ERRORS as error:
            if failure_of(error) is not Failure.LIMITED:
                self.not_reached(error)
                return False
        if await self.held():
            told_queues = await tell_queues(self._store, self._policy.current, since, now)
            _log.warning("slack_is_back", away_since=since.isoformat(), told=told_queues)
        self._away_since = None
        return True

    def not_reached(self, error: BaseException) -> None:
        """Nothing more is tried for a growing while."""
        self._failures += 1
        self._away_since = self._away_since or self._clock.now()
        self._away_until = time.monotonic() + min(30.0, 0.25 * 2 ** min(self._failures, 7))
        if failure_of(error) is Failure.ACCOUNT:
            _log.error("slack_refuses_us", error=told(error), needed=needed_scope(error))


def needed_scope(error: BaseException) -> str:
    """The scope that Slack misses, when it says so."""
    return str(error.response.get("needed", "")) if isinstance(error, SlackApiError) else ""
