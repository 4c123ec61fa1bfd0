"""Cards whose channel was archived or lost stand in the ops channel meanwhile, and go home when it is back.

Only the process that holds the delivery lane looks: once a minute where something is astray, and at once when Slack says that
a channel changed. While all is well no call is made.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack import texts as t
from bot.slack.delivery_record import Record
from bot.slack.outcomes import Failure, failure_by
from bot.slack.pacing import UPDATE, Pacing
from bot.slack.places import Places, policy_channel
from bot.slack.queues import QueueChannels
from sync.model.outbox import Post
from sync.policy.holder import PolicyInForce
from sync.ports import Clock, Store

LOOK = timedelta(minutes=1)
AT_ONCE = 10
"""Cards that are brought home, or away, in one look."""

_log = structlog.get_logger(__name__)


class Strays:
    """Moves what stands in the wrong channel."""

    def __init__(
        self,
        store: Store,
        client: AsyncWebClient,
        channels: QueueChannels,
        places: Places,
        record: Record,
        policy: PolicyInForce,
        clock: Clock,
        pacing: Pacing,
    ) -> None:
        self._store = store
        self._client = client
        self._channels = channels
        self._places = places
        self._record = record
        self._policy = policy
        self._clock = clock
        self._pacing = pacing
        self._looked: datetime | None = None

    @property
    def due(self) -> bool:
        """Whether it is time to look again."""
        return self._channels.changed or self._looked is None or self._clock.now() - self._looked >= LOOK

    async def look(self) -> None:
        """Send away what an unusable channel holds, and bring home what stands in the ops channel for one that is usable again.
        Raises what the Web API raises."""
        self._looked, everywhere, self._channels.changed = self._clock.now(), self._channels.changed, False
        ops = self._channels.id_of(self._policy.current.digest.channel)
        if ops is None:
            return
        async with self._store.reading() as uow:
            guests = [one for one in await uow.posts.standing_in(ops, 200) if self._away(one, ops)]
        for queue in self._suspected({one.channel for one in guests}, everywhere):
            channel = await self._places.found(queue)
            if channel is None or channel == ops:
                continue
            error = await self._channels.ready(queue)
            if error and failure_by(error) is not Failure.CHANNEL:
                continue
            self._places.mark(channel, error)
            if error:
                await self._send_away(channel)
            else:
                self._places.mark(queue, "")
                await self._bring_home(queue, [one for one in guests if one.channel == queue])

    def _away(self, post: Post, ops: str) -> bool:
        return post.channel in self._policy.current.queues and self._channels.id_of(post.channel) != ops

    def _suspected(self, queues: set[str], everywhere: bool) -> Iterable[str]:
        marked = self._places.marked
        for queue in self._policy.current.queues:
            if everywhere or queue in queues or queue in marked or self._channels.id_of(queue) in marked:
                yield queue

    async def _send_away(self, channel: str) -> None:
        async with self._store.reading() as uow:
            left = await uow.posts.standing_in(channel, AT_ONCE)
        for post in left:
            await self._record.anew(post, self._places.unusable(post, post.error))
        self._channels.changed = self._channels.changed or len(left) == AT_ONCE

    async def _bring_home(self, queue: str, guests: list[Post]) -> None:
        home = policy_channel(self._policy, queue)
        for post in guests[:AT_ONCE]:
            if self._pacing.wait(UPDATE):
                break
            self._pacing.take(UPDATE)
            name = post.key.partition(":")[2]
            await self._client.chat_update(
                channel=post.slack_channel, ts=post.ts, text=t.WENT_HOME.format(name=name, channel=home)
            )
            await self._record.anew(post, self._places.again(post))
            _log.info("went_home", post=post.key, channel=home)
        self._channels.changed = self._channels.changed or len(guests) > AT_ONCE
