"""Who clicked, as the workspace knows them: never a guest, a bot or somebody of another team; and of which queues they are.

Rights that come from membership hold for *private* queue channels and for user groups that policy names. Membership is kept
from events, read again when it is older than five minutes, and older than fifteen it allows nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.groups import UserGroups
from bot.slack.languages import is_zone, reader_of, speaks
from bot.slack.outcomes import CALL_ERRORS, told
from bot.slack.profiles import FRESH, PATIENCE_SECONDS, Profiles
from bot.slack.queues import QueueChannels
from bot.slack.speaking import Reader
from sync.inbox.acts import Actor
from sync.model.groups import USABLE
from sync.model.ids import QueueId, UserId
from sync.policy.holder import PolicyInForce
from sync.ports import Clock, Store

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Members:
    """Who is in a private queue channel, and as of when."""

    users: set[UserId] = field(default_factory=set)
    at: datetime | None = None


class Directory:
    """Builds the :class:`Actor` of a click."""

    def __init__(
        self,
        client: AsyncWebClient,
        policy: PolicyInForce,
        channels: QueueChannels,
        clock: Clock,
        team: str,
        store: Store,
    ) -> None:
        """``team``: the id of our own workspace; ``store`` keeps who is in user groups."""
        self._client = client
        self._policy = policy
        self._channels = channels
        self._clock = clock
        self._team = team
        self.profiles = Profiles(client, clock, team)
        self.groups = UserGroups(client, policy, clock, store, self.profiles)
        self._members: dict[QueueId, Members] = {}
        self._reading = asyncio.Lock()
        self._read_at: datetime | None = None
        self._rereading: asyncio.Future[None] | None = None

    async def actor(self, user: UserId, team: str) -> Actor:
        """Who this is and what they may be counted as; what cannot be learned in time counts against them."""
        profile = await self.profiles.of(user)
        await self._fresh_members()
        await self.groups.seen(user, profile)
        foreign = team != "" and team != self._team
        return Actor(
            user=user,
            name=self.name_of(user) or (profile.name if profile else user),
            team=team or self._team,
            member_of=frozenset((*self._queues_of(user, usable=True), *self.groups.queues_of(user))),
            unsure_of=frozenset(self._queues_of(user, usable=False)),
            restricted=foreign or profile is None or profile.restricted,
        )

    async def reaches(self, user: UserId) -> bool:
        """Whether a direct message would find somebody in the workspace, as far as Slack says so in time."""
        profile = await self.profiles.of(user)
        return profile is not None and profile.reachable

    def name_of(self, user: UserId) -> str:
        """The name that policy gives a person, else the one last seen; empty when unknown."""
        person = self._policy.current.person_of(user)
        if person is not None:
            return person.name
        known = self.profiles.known(user)
        return known.name if known else ""

    def names(self) -> dict[UserId, str]:
        """All names that are known without asking."""
        policy = self._policy.current
        named = {person.slack: person.name for person in policy.people.values()}
        return {**policy.groups.names, **self.profiles.names(), **named}

    def reader(self, user: UserId) -> Reader:
        """For whom a private answer is written: a person in their own language where there are texts in it, and in their own
        time zone; somebody not known yet like the workspace."""
        policy, known = self._policy.current, self.profiles.known(user)
        if known is None:
            return reader_of(policy.language, policy.timezone)
        return reader_of(
            known.locale if speaks(known.locale) else policy.language,
            known.zone if is_zone(known.zone) else policy.timezone,
        )

    # -- membership of private queue channels and user groups ------------------------------------------------------------

    async def refresh(self) -> None:
        """Read the members of every private queue channel, and of every user group that policy names, again."""
        async with self._reading:
            self._read_at = self._clock.now()
            for name in self._policy.current.queues:
                await self._read_members(QueueId(name))
            await self.groups.refresh()

    async def _read_members(self, queue: QueueId) -> None:
        channel = self._channels.id_of(queue)
        if channel is None:
            return
        try:
            if not await self._channels.is_private(channel):
                self._members.pop(queue, None)
                return
            users: set[UserId] = set()
            cursor = ""
            while True:
                page = await self._client.conversations_members(channel=channel, limit=1000, cursor=cursor)
                users.update(UserId(user) for user in page["members"])
                cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
                if not cursor:
                    break
        except CALL_ERRORS as error:
            _log.warning("members_not_read", queue=queue, error=told(error))
            return
        self._members[queue] = Members(users, self._clock.now())

    async def _fresh_members(self) -> None:
        now = self._clock.now()
        if self._read_at is not None and now - self._read_at <= FRESH and not self.groups.unread:
            return
        if self._rereading is None or self._rereading.done():
            self._rereading = asyncio.ensure_future(self.refresh())
        done, _ = await asyncio.wait({self._rereading}, timeout=PATIENCE_SECONDS)
        if not done:
            _log.info("members_read_later")

    def _queues_of(self, user: UserId, *, usable: bool) -> list[QueueId]:
        """Queues of whose private channels somebody is a member, as far as that was read lately enough to count, or not."""
        now = self._clock.now()
        return [
            queue
            for queue, members in self._members.items()
            if user in members.users and members.at is not None and (now - members.at <= USABLE) is usable
        ]

    # -- events --------------------------------------------------------------------------------------------------------

    def joined(self, channel: str, user: UserId) -> None:
        """Somebody came into a channel."""
        queue = self._channels.queue_of(channel)
        if queue in self._members:
            self._members[queue].users.add(user)

    def changed(self, user: UserId, found: Mapping[str, Any]) -> None:
        """Somebody's profile changed: their name, rights, language or time zone."""
        if self.profiles.known(user) is not None:
            self.profiles.learnt(user, found)

    def left(self, channel: str, user: UserId) -> None:
        """Somebody left a channel, or was removed from it."""
        queue = self._channels.queue_of(channel)
        if queue in self._members:
            self._members[queue].users.discard(user)
