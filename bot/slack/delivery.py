"""Delivers wanted Slack messages: at least once, made one. One process at a time, by a lease; urgent first.

An attempt is noted and committed before the call. When its outcome is not known afterwards, the message is looked for by
the delivery id in its metadata before anything is posted again; of two with one id the later is deleted.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.cards import Names
from bot.slack.delivery_calls import Calls
from bot.slack.delivery_line import Line
from bot.slack.delivery_record import LONGEST_BACKOFF, Record, Unreached
from bot.slack.digest.drawing import DigestDrawing
from bot.slack.digest.reading import WeekReader
from bot.slack.digest.sending import DigestFiles
from bot.slack.directs import Directs, is_direct
from bot.slack.history import HistoryLines
from bot.slack.inbox_port import InboxPort
from bot.slack.languages import reader_of
from bot.slack.mentions import Mentions
from bot.slack.outcomes import CALL_ERRORS, Failure, failure_of, told
from bot.slack.pacing import EPHEMERAL, POST, REPLIES, UPDATE, Pacing
from bot.slack.places import URGENT, Places
from bot.slack.queues import QueueChannels
from bot.slack.rendering import Renderer, life_of
from bot.slack.speaking import speaking_to
from bot.slack.standing import QueueMessages
from bot.slack.storm_files import StormFiles
from bot.slack.strays import Strays
from sync.errors import OurBug
from sync.model.exceptions import Case, Life
from sync.model.outbox import Post, PostKind, storm_key
from sync.policy.holder import PolicyInForce
from sync.ports import Clock, Store
from sync.storms.storm import storm_name

LOOKED_AT = 200
AT_ONCE = 10
POLL_SECONDS = 0.5
ROOT_AGAIN = timedelta(seconds=15)
OF_CARD = (PostKind.CARD, PostKind.THREAD, PostKind.PROOF)

LINKS_KEPT = 5_000
"""Addresses of cards that a process remembers; after so many it asks anew."""

_log = structlog.get_logger(__name__)


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
        mentions: Mentions | None = None,
    ) -> None:
        """``holder`` names this process in the lease; ``stamp`` marks every message (a sandbox); ``queues`` keeps pinned
        summaries and overflow cards; ``mentions`` tells people what waits for them.

        Raises OurBug for a client that repeats calls by itself.
        """
        if client.retry_handlers:
            raise OurBug("the deliverer needs a client without retry handlers: a repeated post is a second card")
        self._store = store
        self._client = client
        self._policy = policy
        self._clock = clock
        self._pacing = pacing or Pacing()
        self._stamp = stamp
        self._queues = queues
        self._mentions = mentions
        self._line = Line(store, client, policy, clock, holder, self._pacing.seconds)
        weeks = WeekReader(store, policy, clock)
        digest = DigestDrawing(weeks, policy, client)
        self.renderer = Renderer(store, inbox, policy, clock, names or self._policy_names, digest)
        self._history = HistoryLines(store, inbox, client, clock, self._pacing)
        self._channels = channels or QueueChannels(client, policy)
        self._places = Places(store, client, self._channels, policy, clock)
        self._record = Record(store, clock, self._pacing, self._places, self._history.forget)
        self._calls = Calls(client, clock, self._pacing, self._record, self._places, self.renderer, self._may)
        self._files = StormFiles(store, client, policy, clock, self._pacing, self._record)
        self._digest_files = DigestFiles(store, client, policy, clock, self._pacing, self._record, weeks)
        self._directs = Directs(store, policy)
        self._strays = Strays(store, client, self._channels, self._places, self._record, policy, clock, self._pacing)
        self._links: dict[str, str] = {}
        self._woken = asyncio.Event()
        self._pause = POLL_SECONDS

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
        await self._line.release()

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
        policy = self._policy.current
        with speaking_to(reader_of(policy.language, policy.timezone), self._clock.now()):
            return await self._round()

    async def _round(self) -> int:
        self._pause = POLL_SECONDS
        self._record.refused.clear()
        if away := self._line.pause:
            self._pause = min(POLL_SECONDS, away)
            return 0
        if not await self._line.back():
            return 0
        if self._queues is not None and self._queues.due and await self._line.held():
            await self._queues.look()
            await self._calls.pin_again()
        if self._mentions is not None and self._mentions.due and await self._line.held():
            await self._mentions.look()
        if self._strays.due and await self._line.held() and not await self._gathered():
            return 0
        delivered = 0
        for post in await self._due():
            if delivered >= AT_ONCE:
                break
            if not await self._line.held():
                break
            try:
                delivered += await self._deliver(post)
            except Unreached as error:
                self._line.not_reached(error.__cause__ or error)
                break
        return delivered

    async def _gathered(self) -> bool:
        """Bring back what stands in the wrong channel; False when Slack could not be reached."""
        try:
            await self._strays.look()
        except CALL_ERRORS as error:
            match failure_of(error):
                case Failure.LIMITED if isinstance(error, SlackApiError):
                    self._record.limited(error)
                case Failure.UNREACHED | Failure.UNKNOWN | Failure.ACCOUNT:
                    self._line.not_reached(error)
                    return False
                case _:
                    _log.error("strays_not_moved", error=told(error))
        return True

    async def _due(self) -> list[Post]:
        async with self._store.reading() as uow:
            posts = await uow.posts.due(self._clock.now(), LOOKED_AT)
        if not posts or not await self._line.held():
            return []
        async with self._store.reading() as uow:
            return list(await uow.posts.due(self._clock.now(), LOOKED_AT))

    # -- one post ------------------------------------------------------------------------------------------------------

    async def _deliver(self, post: Post) -> int:
        try:
            shown = await self._brought(post)
        except CALL_ERRORS as error:
            await self._record.failed(post, error)
            return 0
        if shown:
            await self._line.reached()
        return int(shown)

    async def _brought(self, post: Post) -> bool:
        if post.kind is PostKind.THREAD:
            if await self._needless(post):
                await self._record.done(post, post.ts, post.slack_channel)
                return False
            return await self._lines(post)
        if post.kind is PostKind.STORM_FILE:
            return await self._files.deliver(post, self._may)
        if post.kind is PostKind.DIGEST_FILE:
            return await self._digest_files.deliver(post, self._may)
        private = post.kind is PostKind.PRIVATE and post.user
        method = UPDATE if post.ts else EPHEMERAL if private else POST
        if not self._may(method, self._places.expected(post), post):
            return False
        if is_direct(post) and not await self._is_wanted(post):
            return False
        if await self._needless(post):
            await self._record.done(post, "", post.slack_channel)
            return False
        link = await self._newer_card(post)
        if link is None:
            return False
        drawn = await self.renderer.draw(post, link or None, charts=self._calls.charts)
        if drawn is None:
            _log.warning("nothing_to_show", post=post.key)
            await self._record.done(post, post.ts, post.slack_channel)
            return False
        place = await self._places.of(post, drawn.under)
        if place is None:
            return False
        message = drawn.message.stamped(self._stamp) if self._stamp else drawn.message
        if private:
            return await self._calls.private(post, place, message)
        if post.ts:
            return await self._calls.update(post, message)
        return await self._calls.post(post, place, message)

    async def _is_wanted(self, post: Post) -> bool:
        """Whether a direct message may go now; one that may later waits, one that is not wanted is done."""
        now = self._clock.now()
        at = await self._directs.held_until(post, now)
        if at is None:
            await self._record.done(post, "", "")
        elif at > now:
            await self._directs.keep(post, at)
        return at == now

    async def _needless(self, post: Post) -> bool:
        """A card that was never shown and is none any more: cleared by itself before anybody had it, or superseded. What
        would stand below such a card is needless, too."""
        if post.ts or post.attempted_at is not None or post.kind not in OF_CARD:
            return False
        case, newest = await self._record.case_and_card(post)
        if case is None:
            return False
        if post.kind is PostKind.CARD and life_of(post.key) < case.card_life:
            return True
        shown = newest is not None and (newest.ts or newest.attempted_at is not None)
        return case.life is Life.CLEARED and case.owned_at is None and not shown

    def _may(self, method: str, channel: str, post: Post) -> bool:
        if method in self._record.refused or self._record.too_soon(post):
            return False
        wait = self._pacing.wait(method, channel, urgent=post.priority <= URGENT)
        if wait:
            self._pause = min(self._pause, max(0.01, wait))
        return not wait

    async def _newer_card(self, post: Post) -> str | None:
        """The address of the newer card for a card of an earlier life; empty when there is none, None: not posted yet."""
        if post.kind is not PostKind.CARD or post.case is None:
            return ""
        case, newest = await self._record.case_and_card(post)
        if case is None:
            return ""
        if life_of(post.key) >= case.card_life:
            return await self._storm_link(case)
        if newest is None or not newest.ts:
            return None
        return await self._link_to(newest)

    async def _storm_link(self, case: Case) -> str:
        """The address of the storm that an exception is told in; empty when it is in none, or that is not posted yet."""
        if case.storm is None:
            return ""
        async with self._store.reading() as uow:
            card = await uow.posts.get(storm_key(storm_name(case.storm)))
        return await self._link_to(card) if card is not None and card.ts else ""

    async def _link_to(self, shown: Post) -> str:
        if shown.ts not in self._links:
            answer = await self._client.chat_getPermalink(channel=shown.slack_channel, message_ts=shown.ts)
            if len(self._links) >= LINKS_KEPT:
                self._links.clear()
            self._links[shown.ts] = str(answer["permalink"])
        return self._links[shown.ts]

    async def _lines(self, post: Post) -> bool:
        """History lines below the newest card."""
        case, root = await self._record.case_and_card(post)
        if case is None or root is None or not root.ts:
            await self._wait_for(root, post)
            return False
        looks = REPLIES if post.attempted_at is not None else POST
        method = UPDATE if self._history.continues(post, root) else looks
        if not self._may(method, root.slack_channel, post):
            return False
        try:
            return await self._history.deliver(post, root)
        except SlackApiError as error:
            if failure_of(error) is not Failure.THREAD:
                raise
            await self._record.lost(root)
            return False

    async def _wait_for(self, root: Post | None, post: Post) -> None:
        """What stands below a message that cannot be posted waits a little, so that it is not looked at in every round."""
        if root is None or root.attempts or root.error:
            await self._record.save(replace(post, next_at=self._clock.now() + ROOT_AGAIN))
