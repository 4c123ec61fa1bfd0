"""History lines below a card: a burst within ten seconds becomes one message, which is edited and notifies nobody."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.blocks import Message
from bot.slack.cards import thread_text
from bot.slack.client import arguments
from bot.slack.finding import find_posted
from bot.slack.inbox_port import InboxPort
from bot.slack.outcomes import Failure, failure_of
from bot.slack.pacing import DELETE, POST, REPLIES, UPDATE, Pacing
from sync.errors import OurBug
from sync.model.ids import ExceptionId
from sync.model.outbox import Post
from sync.ports import Clock, Store

BURST = timedelta(seconds=10)

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Lines:
    """The last message with lines: below which root, from which entry on, and when it was first posted."""

    root_ts: str
    ts: str
    after: int
    at: datetime


class HistoryLines:
    """Posts the entries of a chain that are not in the thread yet; ``sent`` of the post is the last one that is."""

    def __init__(self, store: Store, inbox: InboxPort, client: AsyncWebClient, clock: Clock, pacing: Pacing) -> None:
        self._store = store
        self._inbox = inbox
        self._client = client
        self._clock = clock
        self._pacing = pacing
        self._last: dict[str, _Lines] = {}

    def forget(self, case: str) -> None:
        """The thread is gone; the next lines are a new message."""
        self._last.pop(f"thread:{case}", None)

    def continues(self, post: Post, root: Post) -> bool:
        """Whether the next lines still belong to the last message."""
        last = self._last.get(post.key)
        return (
            last is not None
            and post.attempted_at is None
            and last.root_ts == root.ts
            and self._clock.now() - last.at <= BURST
        )

    async def deliver(self, post: Post, root: Post) -> bool:
        """Bring the thread up to date as far as one message can. Raises what the Web API raises."""
        case = post.case
        if case is None:
            raise OurBug(f"{post.key} belongs to no exception")
        if post.attempted_at is not None:
            post = await self._after_unknown(post, root)
            if post.sent >= post.wanted:
                return False
        if self.continues(post, root) and await self._joined(post, root, case):
            return True
        entries = await self._inbox.history(case, post.sent)
        if not entries:
            await self._save(replace(post, sent=post.wanted, attempted_at=None, next_at=self._clock.now()))
            return False
        text, last = thread_text(entries)
        post = replace(post, attempted_at=self._clock.now(), slack_channel=root.slack_channel)
        await self._save(post)
        self._pacing.take(POST, root.slack_channel)
        answer = await self._client.chat_postMessage(
            channel=root.slack_channel,
            thread_ts=root.ts,
            reply_broadcast=False,
            **arguments(_message(text, post, last), post.key),
        )
        self._last[post.key] = _Lines(root.ts, str(answer["ts"]), post.sent, self._clock.now())
        await self._sent(post, last, str(answer["ts"]))
        return True

    async def _joined(self, post: Post, root: Post, case: ExceptionId) -> bool:
        """Add lines to the message of the same burst; False when they do not fit, or it is gone."""
        lines = self._last[post.key]
        entries = await self._inbox.history(case, lines.after)
        text, last = thread_text(entries) if entries else ("", 0)
        if last <= post.sent:
            return False
        self._pacing.take(UPDATE)
        try:
            await self._client.chat_update(
                channel=root.slack_channel, ts=lines.ts, **arguments(_message(text, post, last), post.key)
            )
        except SlackApiError as error:
            if failure_of(error) is not Failure.MESSAGE:
                raise
            del self._last[post.key]
            return False
        await self._sent(post, last, lines.ts)
        return True

    async def _after_unknown(self, post: Post, root: Post) -> Post:
        """What of an attempt with an unknown outcome is there; a second message of one delivery is deleted."""
        self._pacing.take(REPLIES)
        since = post.attempted_at or self._clock.now()
        found = await find_posted(self._client, root.slack_channel, root.ts, post.key, since)
        seen: set[str] = set()
        for one in found:
            if one.delivery in seen:
                _log.warning("double_post_deleted", post=post.key, ts=one.ts)
                self._pacing.take(DELETE)
                await self._client.chat_delete(channel=root.slack_channel, ts=one.ts)
            seen.add(one.delivery)
        newest = max((one.version for one in found), default=post.sent)
        post = replace(post, sent=max(post.sent, newest), attempted_at=None, next_at=self._clock.now())
        await self._save(post)
        return post

    async def _sent(self, post: Post, last: int, ts: str) -> None:
        now = self._clock.now()
        await self._save(
            replace(post, sent=min(last, post.wanted), ts=ts, attempts=0, attempted_at=None, error="", next_at=now)
        )

    async def _save(self, post: Post) -> None:
        async with self._store.unit_of_work() as uow:
            await uow.posts.save(post)


def _message(text: str, post: Post, last: int) -> Message:
    return Message(text, (), "thread", post.key, last)
