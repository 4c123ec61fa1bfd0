"""Delivers wanted Slack messages: at least once, made one. One process at a time, by a lease; urgent first.

An attempt is noted and committed before the call. When its outcome is not known afterwards, the message is looked for by
the delivery id in its metadata before anything is posted again; of two with one id the later is deleted.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack import texts as t
from bot.slack.blocks import Message
from bot.slack.cards import Names
from bot.slack.client import arguments, retry_after
from bot.slack.finding import find_posted
from bot.slack.history import HistoryLines
from bot.slack.inbox_port import InboxPort
from bot.slack.outage import TOLD_FROM, tell_queues
from bot.slack.outcomes import CALL_ERRORS, Failure, failure_of, told
from bot.slack.pacing import POST, UPDATE, Pacing
from bot.slack.places import URGENT, Place, Places
from bot.slack.queues import QueueChannels
from bot.slack.rendering import Renderer, life_of
from bot.slack.standing import QueueMessages
from sync.errors import OurBug
from sync.model.exceptions import Case, Life
from sync.model.outbox import Post, PostKind, card_key
from sync.policy.holder import PolicyInForce
from sync.ports import Clock, Store

LANE = "slack"
LEASE = timedelta(seconds=12)
RENEWED_BELOW = timedelta(seconds=9)
"""Longer than the longest call, so that the lease outlives every call made under it."""
LOOKED_AT = 200
AT_ONCE = 10
POLL_SECONDS = 0.5
LONGEST_BACKOFF = 60.0
ROOT_AGAIN = timedelta(seconds=15)
CHARTS_REFUSED_FOR = timedelta(hours=24)
EVERY = {PostKind.SUMMARY: timedelta(seconds=30), PostKind.OVERFLOW: timedelta(seconds=5)}
"""What grows by update is updated at most this often."""
OF_CARD = (PostKind.CARD, PostKind.THREAD, PostKind.PROOF)

_log = structlog.get_logger(__name__)


class _Stop(Exception):
    """Slack cannot be reached, or refuses us altogether: the rest of this round would fare no better."""


class Deliverer:
    """The one who posts. ``run_once`` delivers what is due and may go now; ``run`` goes on until told to stop."""

    def __init__(
        self,
        store: Store,
        inbox: InboxPort,
        client: AsyncWebClient,
        policy: PolicyInForce,
        clock: Clock,
        holder: str,
        *,
        channels: QueueChannels | None = None,
        names: Callable[[], Names] | None = None,
        pacing: Pacing | None = None,
        stamp: str = "",
        queues: QueueMessages | None = None,
    ) -> None:
        """``holder`` names this process in the lease; ``stamp`` marks every message (a sandbox); ``queues`` keeps pinned
        summaries and overflow cards.

        Raises OurBug for a client that repeats calls by itself.
        """
        if client.retry_handlers:
            raise OurBug("the deliverer needs a client without retry handlers: a repeated post is a second card")
        self._store = store
        self._client = client
        self._policy = policy
        self._clock = clock
        self._holder = holder
        self._channels = channels or QueueChannels(client, policy)
        self._pacing = pacing or Pacing()
        self._stamp = stamp
        self._queues = queues
        self._known = names or self._policy_names
        self.renderer = Renderer(store, inbox, policy, clock, self._known)
        self._history = HistoryLines(store, inbox, client, clock, self._pacing)
        self._places = Places(store, client, self._channels, policy, clock)
        self._links: dict[str, str] = {}
        self._charts_until: datetime | None = None
        self._woken = asyncio.Event()
        self._leased_until: datetime | None = None
        self._pause = POLL_SECONDS
        self._away_until = 0.0
        self._failures = 0
        self._away_since: datetime | None = None
        self._updated: dict[str, datetime] = {}
        self._unpinned: dict[str, str] = {}

    def _policy_names(self) -> Names:
        return {person.slack: person.name for person in self._policy.current.people.values()}

    # -- rounds --------------------------------------------------------------------------------------------------------

    def wake(self) -> None:
        """Something new is wanted; a courtesy, polling is the promise."""
        self._woken.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Deliver until ``stop`` is set. A failing round is recorded and tried again after a growing pause."""
        failures = 0
        while not stop.is_set():
            self._woken.clear()
            try:
                delivered = await self.run_once()
                failures = 0
            except Exception:  # noqa: BLE001 - the loop outlives any failure of a round; it is recorded
                failures += 1
                delivered, self._pause = 0, min(LONGEST_BACKOFF, 0.5 * 2 ** min(failures, 8))
                _log.exception("delivery_round_failed", failures=failures, pause=self._pause)
            if not delivered:
                await self._idle(stop)
        await self.release()

    async def release(self) -> None:
        """Give the lane back, so that the next process need not wait for the lease to end."""
        if self._leased_until is None:
            return
        now = self._clock.now()
        async with self._store.unit_of_work() as uow:
            await uow.posts.lease(LANE, self._holder, now, now)
        self._leased_until = None

    async def _idle(self, stop: asyncio.Event) -> None:
        """Until woken, told to stop, or the next thing may go."""
        waits = [asyncio.ensure_future(self._woken.wait()), asyncio.ensure_future(stop.wait())]
        try:
            await asyncio.wait(waits, timeout=self._pause, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in waits:
                one.cancel()

    async def run_once(self) -> int:
        """Deliver what is due and may go now, urgent first; how many messages were brought up to date."""
        self._pause = POLL_SECONDS
        if time.monotonic() < self._away_until:
            self._pause = min(POLL_SECONDS, self._away_until - time.monotonic())
            return 0
        if not await self._back():
            return 0
        if self._queues is not None and self._queues.due and await self._lease():
            await self._queues.look()
            for channel, ts in list(self._unpinned.items()):
                await self._pin(channel, ts)
        delivered = 0
        for post in await self._due():
            if delivered >= AT_ONCE:
                break
            if not await self._lease():
                break
            try:
                delivered += await self._deliver(post)
            except _Stop:
                break
        return delivered

    async def _back(self) -> bool:
        """Whether Slack can be reached. After a long absence it is asked first, and the queues are told before the rest."""
        since, now = self._away_since, self._clock.now()
        if since is None or now - since < TOLD_FROM:
            return True
        try:
            await self._client.auth_test()
        except CALL_ERRORS as error:
            if failure_of(error) is not Failure.LIMITED:
                self._not_reached(error)
                return False
        if await self._lease():
            told_queues = await tell_queues(self._store, self._policy.current, since, now)
            _log.warning("slack_is_back", away_since=since.isoformat(), told=told_queues)
        self._away_since = None
        return True

    def _not_reached(self, error: BaseException) -> None:
        """Nothing more is tried for a growing while."""
        self._failures += 1
        self._away_since = self._away_since or self._clock.now()
        self._away_until = time.monotonic() + min(30.0, 0.25 * 2 ** min(self._failures, 7))
        if failure_of(error) is Failure.ACCOUNT:
            _log.error("slack_refuses_us", error=told(error), needed=_needed(error))

    async def _due(self) -> list[Post]:
        async with self._store.reading() as uow:
            posts = await uow.posts.due(self._clock.now(), LOOKED_AT)
        if not posts or not await self._lease():
            return []
        async with self._store.reading() as uow:
            return list(await uow.posts.due(self._clock.now(), LOOKED_AT))

    async def _lease(self) -> bool:
        """Hold the lane, for longer than one call can take."""
        now = self._clock.now()
        if self._leased_until is not None and self._leased_until - now > RENEWED_BELOW:
            return True
        async with self._store.unit_of_work() as uow:
            held = await uow.posts.lease(LANE, self._holder, now, now + LEASE)
        self._leased_until = now + LEASE if held else None
        return held

    # -- one post ------------------------------------------------------------------------------------------------------

    async def _deliver(self, post: Post) -> int:
        try:
            return int(await self._brought(post))
        except CALL_ERRORS as error:
            await self._failed(post, error)
            return 0

    async def _brought(self, post: Post) -> bool:
        if post.kind is PostKind.THREAD:
            if await self._needless(post):
                await self._done(post, post.ts, post.slack_channel)
                return False
            return await self._lines(post)
        method = UPDATE if post.ts else POST
        if not self._may(method, self._places.expected(post), post):
            return False
        if await self._needless(post):
            await self._done(post, "", post.slack_channel)
            return False
        link = await self._newer_card(post)
        if link is None:
            return False
        drawn = await self.renderer.draw(post, link or None, charts=self._charts())
        if drawn is None:
            _log.warning("nothing_to_show", post=post.key)
            await self._done(post, post.ts, post.slack_channel)
            return False
        place = await self._places.of(post, drawn.under)
        if place is None:
            return False
        message = drawn.message.stamped(self._stamp) if self._stamp else drawn.message
        if post.kind is PostKind.PRIVATE and post.user:
            return await self._private(post, place, message)
        if post.ts:
            return await self._update(post, message)
        return await self._post(post, place, message)

    async def _needless(self, post: Post) -> bool:
        """A card that was never shown and is none any more: cleared by itself before anybody had it, or superseded. What
        would stand below such a card is needless, too."""
        if post.ts or post.attempted_at is not None or post.kind not in OF_CARD:
            return False
        case, newest = await self._case_and_card(post)
        if case is None:
            return False
        if post.kind is PostKind.CARD and life_of(post.key) < case.reopenings:
            return True
        shown = newest is not None and (newest.ts or newest.attempted_at is not None)
        return case.life is Life.CLEARED and case.owned_at is None and not shown

    def _may(self, method: str, channel: str, post: Post) -> bool:
        every, last = EVERY.get(post.kind), self._updated.get(post.key)
        if every is not None and last is not None and post.ts and self._clock.now() - last < every:
            return False
        wait = self._pacing.wait(method, channel, urgent=post.priority <= URGENT)
        if wait:
            self._pause = min(self._pause, max(0.01, wait))
        return not wait

    def _charts(self) -> bool:
        until = self._charts_until
        return until is None or self._clock.now() >= until

    async def _newer_card(self, post: Post) -> str | None:
        """The address of the newer card for a card of an earlier life; empty when there is none, None: not posted yet."""
        if post.kind is not PostKind.CARD or post.case is None:
            return ""
        case, newest = await self._case_and_card(post)
        if case is None or life_of(post.key) >= case.reopenings:
            return ""
        if newest is None or not newest.ts:
            return None
        if newest.ts not in self._links:
            answer = await self._client.chat_getPermalink(channel=newest.slack_channel, message_ts=newest.ts)
            self._links[newest.ts] = str(answer["permalink"])
        return self._links[newest.ts]

    async def _case_and_card(self, post: Post) -> tuple[Case | None, Post | None]:
        """The case of a post and the post of its newest card."""
        if post.case is None:
            return None, None
        async with self._store.reading() as uow:
            case = await uow.cases.get(post.case)
            return case, await uow.posts.get(card_key(case.name, case.reopenings)) if case else None

    # -- calls ---------------------------------------------------------------------------------------------------------

    async def _post(self, post: Post, place: Place, message: Message) -> bool:
        if post.attempted_at is not None and await self._adopted(post, place):
            return False
        if not self._may(POST, place.channel, post):
            return False
        post = replace(post, slack_channel=place.channel, attempted_at=self._clock.now())
        await self._save(post)
        self._pacing.take(POST, place.channel)
        body = arguments(message, post.key)
        try:
            answer = await self._client.chat_postMessage(
                channel=place.channel, thread_ts=place.thread_ts or None, reply_broadcast=False, **body
            )
        except SlackApiError as error:
            again = await self._without_blocks(post, message, error)
            if again is None:
                raise
            self._pacing.take(POST, place.channel)
            answer = await self._client.chat_postMessage(
                channel=place.channel, thread_ts=place.thread_ts or None, **arguments(again, post.key)
            )
        await self._done(post, str(answer["ts"]), str(answer["channel"]))
        if post.kind is PostKind.SUMMARY:
            await self._pin(str(answer["channel"]), str(answer["ts"]))
        return True

    async def _pin(self, channel: str, ts: str) -> None:
        """A queue's summary stands at the top of its channel; without the right to pin all else goes on."""
        self._unpinned.pop(channel, None)
        if self._pacing.wait("pins.add"):
            self._unpinned[channel] = ts
            return
        self._pacing.take("pins.add")
        try:
            await self._client.pins_add(channel=channel, timestamp=ts)
        except CALL_ERRORS as error:
            if isinstance(error, SlackApiError) and failure_of(error) is Failure.LIMITED:
                self._limited(error)
            if failure_of(error) in (Failure.LIMITED, Failure.UNKNOWN, Failure.UNREACHED):
                self._unpinned[channel] = ts
            elif told(error) != "already_pinned":
                _log.error("summary_not_pinned", channel=channel, error=told(error), needed=_needed(error))

    async def _update(self, post: Post, message: Message) -> bool:
        self._pacing.take(UPDATE)
        try:
            await self._client.chat_update(channel=post.slack_channel, ts=post.ts, **arguments(message, post.key))
        except SlackApiError as error:
            if failure_of(error) is Failure.MESSAGE:
                await self._lost(post)
                return False
            again = await self._without_blocks(post, message, error)
            if again is None:
                raise
            await self._client.chat_update(channel=post.slack_channel, ts=post.ts, **arguments(again, post.key))
        await self._done(post, post.ts, post.slack_channel)
        return True

    async def _without_blocks(self, post: Post, message: Message, error: SlackApiError) -> Message | None:
        """What a workspace takes that refuses the blocks: classic blocks for a digest, else the complete text."""
        if failure_of(error) is not Failure.BLOCKS or not message.blocks:
            return None
        _log.error("blocks_refused", post=post.key, error=told(error), problems=error.response.get("response_metadata"))
        if post.kind is PostKind.DIGEST and self._charts():
            self._charts_until = self._clock.now() + CHARTS_REFUSED_FOR
            return await self.renderer.digest(post, charts=False)
        return replace(message, text=f"{message.text} {t.CANNOT_DRAW}", blocks=())

    async def _private(self, post: Post, place: Place, message: Message) -> bool:
        """Seen by one person: in the channel, or directly where they are not in it."""
        channel = place.channel
        if not channel.startswith("D"):
            self._pacing.take("chat.postEphemeral")
            try:
                await self._client.chat_postEphemeral(channel=channel, user=post.user, text=message.text)
            except SlackApiError as error:
                if failure_of(error) not in (Failure.PERSON, Failure.CHANNEL):
                    raise
                channel = await self._places.direct(post.user)
            else:
                await self._done(post, "", channel)
                return True
        return await self._post(post, Place(channel), message)

    async def _adopted(self, post: Post, place: Place) -> bool:
        """An earlier attempt did arrive: take its message as ours, delete any later one of the same id."""
        channel = post.slack_channel or place.channel
        method = "conversations.replies" if place.thread_ts else "conversations.history"
        self._pacing.take(method)
        since = post.attempted_at or self._clock.now()
        found = await find_posted(self._client, channel, place.thread_ts, post.key, since)
        if not found:
            return False
        for double in found[1:]:
            _log.warning("double_post_deleted", post=post.key, ts=double.ts)
            await self._client.chat_delete(channel=channel, ts=double.ts)
        first = found[0]
        shown = first.version if post.kind is not PostKind.DIGEST else post.wanted
        _log.info("post_found", post=post.key, ts=first.ts, version=first.version)
        if post.kind is PostKind.SUMMARY:
            await self._pin(channel, first.ts)
        await self._save(
            replace(
                post,
                ts=first.ts,
                slack_channel=channel,
                sent=min(shown, post.wanted),
                attempted_at=None,
                attempts=0,
                error="",
                next_at=self._clock.now(),
            )
        )
        return True

    async def _lines(self, post: Post) -> bool:
        """History lines below the newest card."""
        case, root = await self._case_and_card(post)
        if case is None or root is None or not root.ts:
            await self._wait_for(root, post)
            return False
        method = UPDATE if self._history.continues(post, root) else POST
        if not self._may(method, root.slack_channel, post):
            return False
        try:
            return await self._history.deliver(post, root)
        except SlackApiError as error:
            if failure_of(error) is not Failure.THREAD:
                raise
            await self._lost(root)
            return False

    async def _wait_for(self, root: Post | None, post: Post) -> None:
        """What stands below a message that cannot be posted waits a little, so that it is not looked at in every round."""
        if root is None or root.attempts or root.error:
            await self._save(replace(post, next_at=self._clock.now() + ROOT_AGAIN))

    # -- what became of it ---------------------------------------------------------------------------------------------

    async def _save(self, *posts: Post) -> None:
        async with self._store.unit_of_work() as uow:
            for post in posts:
                await uow.posts.save(post)

    async def _done(self, post: Post, ts: str, channel: str) -> None:
        now = self._clock.now()
        if ts:
            self._failures, self._away_since = 0, None
            if post.kind in EVERY:
                self._updated[post.key] = now
        await self._save(
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

    async def _lost(self, post: Post) -> None:
        """A person deleted the message: it is posted again, with all of its history below it."""
        _log.warning("message_was_deleted", post=post.key, ts=post.ts)
        now = self._clock.now()
        case, newest = await self._case_and_card(post)
        if post.kind is PostKind.CARD and (newest is None or newest.key != post.key):
            await self._done(post, "", post.slack_channel)
            return
        again = [replace(post, ts="", sent=0, attempted_at=None, next_at=now)]
        if post.kind is PostKind.CARD and case is not None:
            async with self._store.reading() as uow:
                below = [await uow.posts.get(f"{kind}:{case.name}") for kind in ("thread", "proof")]
            again += [replace(one, ts="", sent=0, attempted_at=None, next_at=now) for one in below if one is not None]
            self._history.forget(case.name)
        await self._save(*again)

    async def _failed(self, post: Post, error: BaseException) -> None:
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
                self._limited(error)
                await self._save(replace(post, error=told(error), next_at=now))
            case Failure.CHANNEL:
                await self._save(self._places.unusable(post, told(error)))
            case Failure.UNREACHED | Failure.UNKNOWN | Failure.ACCOUNT:
                await self._save(failed)
                self._not_reached(error)
                raise _Stop
            case _:
                await self._save(failed)

    def _limited(self, error: SlackApiError) -> None:
        """Slack said when this method may be called again; nothing of it was applied."""
        wait = retry_after(error) or 1.0
        url = str(getattr(error.response, "api_url", ""))
        name = url.rstrip("/").rpartition("/")[2].partition("?")[0]
        self._pacing.block(name, wait)
        _log.warning("rate_limited", method=name, seconds=wait)


def _needed(error: BaseException) -> str:
    """The scope that Slack misses, when it says so."""
    return str(error.response.get("needed", "")) if isinstance(error, SlackApiError) else ""
