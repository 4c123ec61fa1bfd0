"""What became of a delivery, written to its post: shown, lost, failed, or told to wait."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import structlog
from slack_sdk.errors import SlackApiError

from bot.slack.client import retry_after
from bot.slack.outcomes import Failure, failure_of, told
from bot.slack.pacing import Pacing
from bot.slack.places import Places
from sync.model.exceptions import Case
from sync.model.outbox import Post, PostKind, card_key, digest_key, storm_key
from sync.ports import Clock, Store

LONGEST_BACKOFF = 60.0
ROOT_FIRST = timedelta(seconds=2)
"""What stands below a message that goes elsewhere follows it after this."""
EVERY = {
    PostKind.SUMMARY: timedelta(seconds=30),
    PostKind.OVERFLOW: timedelta(seconds=5),
    PostKind.STORM: timedelta(seconds=5),
    PostKind.BULK: timedelta(seconds=5),
}
"""What grows by update is updated at most this often."""

_log = structlog.get_logger(__name__)


class Unreached(Exception):
    """Slack cannot be reached, or refuses us altogether: the rest of this round would fare no better."""


class Record:
    """Writes outcomes. An outcome that is not known leaves ``attempted_at`` set, so that the message is looked for."""

    def __init__(
        self, store: Store, clock: Clock, pacing: Pacing, places: Places, forget: Callable[[str], None]
    ) -> None:
        """``forget`` is told of a case whose thread is gone."""
        self._store = store
        self._clock = clock
        self._pacing = pacing
        self._places = places
        self._forget = forget
        self._updated: dict[str, datetime] = {}
        self.refused: set[str] = set()
        """Methods that Slack refused (429) in this round: nothing else of theirs goes in it, so what was refused stays first."""

    def too_soon(self, post: Post) -> bool:
        """What grows by update was updated a moment ago."""
        every, last = EVERY.get(post.kind), self._updated.get(post.key)
        return every is not None and last is not None and bool(post.ts) and self._clock.now() - last < every

    async def case_and_card(self, post: Post) -> tuple[Case | None, Post | None]:
        """The case of a post and the post of its newest card."""
        if post.case is None:
            return None, None
        async with self._store.reading() as uow:
            case = await uow.cases.get(post.case)
            return case, await uow.posts.get(card_key(case.name, case.card_life)) if case else None

    async def save(self, *posts: Post) -> None:
        """Write what delivery changed."""
        async with self._store.unit_of_work() as uow:
            for post in posts:
                await uow.posts.save(post)

    async def done(self, post: Post, ts: str, channel: str) -> None:
        """The wanted version is shown; without ``ts`` there is nothing to show."""
        now = self._clock.now()
        if ts and post.kind in EVERY:
            self._updated[post.key] = now
        await self.save(
            replace(
                post,
                sent=post.wanted,
                ts=ts,
                slack_channel=channel,
                attempts=0,
                attempted_at=None,
                error="",
                next_at=now,
            )
        )
        _log.info("delivered", post=post.key, version=post.wanted, channel=channel, ts=ts)

    async def lost(self, post: Post) -> None:
        """A person deleted the message: it is posted again, with all of its history below it."""
        _log.warning("message_was_deleted", post=post.key, ts=post.ts)
        await self.anew(post, self._places.again(post))

    async def anew(self, post: Post, again: Post) -> None:
        """A message is to be posted anew, and with a card all that stands below it; the card of an earlier life is not."""
        case, newest = await self.case_and_card(post)
        if post.kind is not PostKind.CARD or case is None:
            await self.save(again)
            return
        if newest is None or newest.key != post.key:
            await self.done(post, "", post.slack_channel)
            return
        async with self._store.reading() as uow:
            below = [await uow.posts.get(f"{kind}:{case.name}") for kind in ("thread", "proof")]
        now = self._clock.now()
        self._forget(case.name)
        await self.save(again, *(replace(one, ts="", sent=0, attempted_at=None, next_at=now) for one in below if one))

    async def _unusable(self, post: Post, error: str) -> None:
        """The channel takes nothing: the message is posted elsewhere, and what stands below another follows that one there."""
        root = await self._root(post)
        if root is None or not root.ts:
            await self.anew(post, self._places.unusable(post, error))
            return
        attempts, now = post.attempts + 1, self._clock.now()
        await self.save(replace(post, attempted_at=None, attempts=attempts, error=error, next_at=now + ROOT_FIRST))
        await self.anew(root, self._places.unusable(root, error))

    async def _root(self, post: Post) -> Post | None:
        """The post below whose message this one stands; None for one that stands by itself."""
        if post.kind in (PostKind.THREAD, PostKind.PROOF, PostKind.MENTION, PostKind.RETRIES):
            return (await self.case_and_card(post))[1]
        key = {
            PostKind.STORM_FILE: storm_key(post.key.partition(":")[2]),
            PostKind.DIGEST_FILE: digest_key(post.key),
            PostKind.DIGEST_PART: digest_key(post.key),
        }.get(post.kind)
        if key is None:
            return None
        async with self._store.reading() as uow:
            return await uow.posts.get(key)

    async def failed(self, post: Post, error: BaseException) -> None:
        """Tried again after a pause, elsewhere, or when Slack said. Raises Unreached when nothing else may be tried."""
        failure, now = failure_of(error), self._clock.now()
        attempts, before = post.attempts + 1, post.attempted_at
        async with self._store.reading() as uow:
            post = await uow.posts.get(post.key) or post
        pause = min(LONGEST_BACKOFF, 2.0 ** min(attempts, 6))
        _log.warning("not_delivered", post=post.key, why=failure.value, error=told(error), attempts=attempts)
        posted_now = post.attempted_at != before
        if posted_now and failure is not Failure.UNKNOWN:
            post = replace(post, attempted_at=None)
        failed = replace(post, attempts=attempts, error=told(error), next_at=now + timedelta(seconds=pause))
        match failure:
            case Failure.LIMITED if isinstance(error, SlackApiError):
                self.limited(error)
                await self.save(replace(post, error=told(error), next_at=now))
            case Failure.PERSON | Failure.CHANNEL if post.channel.startswith(("U", "W")):
                await self._places.unreachable(post, told(error))
            case Failure.CHANNEL:
                await self._unusable(post, told(error))
            case Failure.UNREACHED | Failure.UNKNOWN | Failure.ACCOUNT:
                await self.save(failed)
                raise Unreached from error
            case _:
                await self.save(failed)

    def limited(self, error: SlackApiError) -> None:
        """Slack said when this method may be called again; nothing of it was applied."""
        wait = retry_after(error) or 1.0
        url = str(getattr(error.response, "api_url", ""))
        name = url.rstrip("/").rpartition("/")[2].partition("?")[0]
        self._pacing.block(name, wait)
        self.refused.add(name)
        _log.warning("rate_limited", method=name, seconds=wait)
