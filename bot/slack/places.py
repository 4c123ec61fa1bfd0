"""Where a message goes: its queue's channel, a person, the thread of a card, or the ops channel when a channel is unusable."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack import texts as t
from bot.slack.queues import QueueChannels
from sync.model.ids import UserId
from sync.model.outbox import Post, PostKind
from sync.policy.holder import PolicyInForce
from sync.ports import Clock, Store

CHANNEL_BAD_FOR = timedelta(minutes=5)
OPS_AGAIN = timedelta(minutes=1)
URGENT = 0
NOT_FOUND = "channel_not_found"

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Place:
    """A channel, and the thread in it."""

    channel: str
    thread_ts: str = ""


@dataclass(frozen=True, slots=True)
class _Bad:
    """A channel that could not be used, and until when not to try again."""

    error: str
    until: datetime


class Places:
    """Finds places. Remembers direct channels and unusable channels, to spare calls."""

    def __init__(
        self, store: Store, client: AsyncWebClient, channels: QueueChannels, policy: PolicyInForce, clock: Clock
    ) -> None:
        self._store = store
        self._client = client
        self._channels = channels
        self._policy = policy
        self._clock = clock
        self._bad: dict[str, _Bad] = {}
        self._directs: dict[str, str] = {}

    def expected(self, post: Post) -> str:
        """The channel as far as it is known without asking, for pacing."""
        return post.slack_channel or self._channels.id_of(post.channel) or post.channel

    async def of(self, post: Post, under: str) -> Place | None:
        """Where a post goes now. None: the message it stands under is not posted yet, or there is no place at all.

        Raises what the Web API raises.
        """
        if under:
            async with self._store.reading() as uow:
                root = await uow.posts.get(under)
            return Place(root.slack_channel, root.ts) if root is not None and root.ts else None
        if post.slack_channel and post.ts:
            return Place(post.slack_channel)
        if post.channel.startswith(("U", "W")):
            return Place(await self.direct(post.channel))
        channel = await self.found(post.channel)
        bad = self._standing(channel or post.channel)
        if channel is None or bad is not None:
            return await self._rerouted(post, bad.error if bad else NOT_FOUND)
        return Place(channel)

    async def found(self, name: str) -> str | None:
        """The id of a queue's or a named channel. What was not found is not looked for in every round: a list of all channels is
        long."""
        known = self._channels.id_of(name)
        if known is None and self._standing(name) is None:
            known = await self._channels.find(name)
            if known is None:
                self.mark(name, NOT_FOUND)
        return known

    def _standing(self, channel: str) -> _Bad | None:
        """Why a channel cannot be used now, as far as is known."""
        bad = self._bad.get(channel)
        return bad if bad is not None and bad.until > self._clock.now() else None

    async def direct(self, user: str) -> str:
        """The direct messages with a person."""
        if user not in self._directs:
            opened = await self._client.conversations_open(users=user)
            self._directs[user] = str(opened["channel"]["id"])
        return self._directs[user]

    def unusable(self, post: Post, error: str) -> Post:
        """Note that the post's channel cannot be used; the post as it goes on: to the ops channel, in the next round."""
        channel, now = self.expected(post), self._clock.now()
        if error:
            self.mark(channel, error)
        ops = self._channels.id_of(self._policy.current.digest.channel)
        later = now + OPS_AGAIN if channel == ops else now
        return replace(
            post,
            ts="",
            sent=0,
            slack_channel="",
            attempted_at=None,
            attempts=post.attempts + 1,
            error=error,
            next_at=later,
        )

    def again(self, post: Post) -> Post:
        """The post as it is to be posted anew, wherever its place is now."""
        return replace(post, ts="", sent=0, slack_channel="", attempted_at=None, attempts=0, next_at=self._clock.now())

    def mark(self, channel: str, error: str) -> None:
        """A channel takes nothing for the time being, and Slack's word for why; empty: it does again."""
        if error:
            self._bad[channel] = _Bad(error, self._clock.now() + CHANNEL_BAD_FOR)
        else:
            self._bad.pop(channel, None)

    @property
    def marked(self) -> frozenset[str]:
        """Channels, or names of channels, that could not be used, whether or not they are tried again by now."""
        return frozenset(self._bad)

    async def _rerouted(self, post: Post, error: str) -> Place | None:
        """The ops channel, with one note a day on what is wrong with the queue's own."""
        policy = self._policy.current
        ops = await self.found(policy.digest.channel)
        if ops is None or post.channel == policy.digest.channel or self._standing(ops) is not None:
            _log.error("ops_channel_unusable", channel=policy.digest.channel, post=post.key, error=error)
            async with self._store.unit_of_work() as uow:
                await uow.posts.save(replace(post, error=error, next_at=self._clock.now() + OPS_AGAIN))
            return None
        if post.channel in policy.queues:
            await self._noted(post.channel, ops, error)
        return Place(ops)

    async def unreachable(self, post: Post, error: str) -> None:
        """A person to whom Slack takes no direct message, as if they had left: the message is given up, and the ops channel hears
        of the person once a day."""
        now, policy = self._clock.now(), self._policy.current
        person = policy.person_of(UserId(post.channel))
        name = person.name if person is not None else f"<@{post.channel}>"
        note = Post(
            key=f"unreachable:{post.channel}:{now:%Y-%m-%d}",
            kind=PostKind.PRIVATE,
            channel=policy.digest.channel,
            wanted=1,
            priority=URGENT,
            body=t.PERSON_GONE.format(name=name, trouble=error.replace("_", " ")),
            next_at=now,
        )
        given_up = replace(
            post, sent=post.wanted, ts="", slack_channel="", attempts=0, attempted_at=None, error=error, next_at=now
        )
        async with self._store.unit_of_work() as uow:
            await uow.posts.save(given_up)
            await uow.posts.want([note])

    async def cannot_pin(self, channel: str, right: str) -> None:
        """The ops lead hears once per channel that the summary cannot stand at its top; all else goes on."""
        now = self._clock.now()
        ops = self._policy.current.people[self._policy.current.ops_lead].slack
        queue = self._channels.queue_of(channel)
        name = policy_channel(self._policy, queue) if queue is not None else channel
        body = t.NO_RIGHT.format(channel=name, right=right)
        async with self._store.unit_of_work() as uow:
            await uow.posts.want(
                [Post(f"right:pins:{channel}", PostKind.PRIVATE, ops, wanted=1, body=body, next_at=now)]
            )

    async def _noted(self, queue: str, ops: str, error: str) -> None:
        name = policy_channel(self._policy, queue)
        body = t.CHANNEL_GONE.format(channel=name, trouble=t.CHANNEL_TROUBLE.get(error, error), queue=queue)
        note = Post(
            key=f"note:{queue}:{error}:{self._clock.now():%Y-%m-%d}",
            kind=PostKind.PRIVATE,
            channel=ops,
            wanted=1,
            priority=URGENT,
            body=body,
            next_at=self._clock.now(),
        )
        async with self._store.unit_of_work() as uow:
            await uow.posts.want([note])


def policy_channel(policy: PolicyInForce, queue: str) -> str:
    """``#inv-catalog``, as policy names the channel of a queue."""
    return f"#{policy.current.queues[queue].channel.removeprefix('#')}"
