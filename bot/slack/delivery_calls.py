"""The calls that show one message: post, update, pin, tell one person; and finding what an earlier attempt left."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack import format as fmt
from bot.slack import texts as t
from bot.slack.blocks import Message
from bot.slack.client import arguments, error_code
from bot.slack.delivery_line import needed_scope
from bot.slack.delivery_record import Record
from bot.slack.digest.drawing import OF_DIGEST
from bot.slack.finding import find_posted
from bot.slack.outcomes import CALL_ERRORS, Failure, failure_of, told
from bot.slack.pacing import DELETE, EPHEMERAL, HISTORY, POST, REPLIES, UPDATE, Pacing
from bot.slack.places import Place, Places
from bot.slack.rendering import Renderer
from sync.model.outbox import Post, PostKind
from sync.ports import Clock

CHARTS_REFUSED_FOR = timedelta(hours=24)
LONGEST_TEXT = 3_900
"""A text that is edited may have 4,000 characters."""
PICTURES_TRIED = 3
"""After so many refusals of a message with pictures it comes in words."""

_log = structlog.get_logger(__name__)


class Calls:
    """Shows messages, each attempt noted and committed before its call. All raise what the Web API raises."""

    def __init__(
        self,
        client: AsyncWebClient,
        clock: Clock,
        pacing: Pacing,
        record: Record,
        places: Places,
        renderer: Renderer,
        may: Callable[[str, str, Post], bool],
    ) -> None:
        """``may`` says whether a method may be called now for a post in a channel."""
        self._client = client
        self._clock = clock
        self._pacing = pacing
        self._record = record
        self._places = places
        self._renderer = renderer
        self._may = may
        self._charts_until: datetime | None = None
        self._unpinned: dict[str, str] = {}

    @property
    def charts(self) -> bool:
        """Whether this workspace draws charts, as far as is known."""
        return self._charts_until is None or self._clock.now() >= self._charts_until

    async def post(self, post: Post, place: Place, message: Message) -> bool:
        """Post a new message, unless an earlier attempt did arrive."""
        if post.attempted_at is not None:
            if not self._may(HISTORY if not place.thread_ts else REPLIES, place.channel, post):
                return False
            if await self._adopted(post, place):
                return False
        if not self._may(POST, place.channel, post):
            return False
        post = replace(post, slack_channel=place.channel, attempted_at=self._clock.now())
        await self._record.save(post)
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
        await self._record.done(post, str(answer["ts"]), str(answer["channel"]))
        if post.kind is PostKind.SUMMARY:
            await self._pin(str(answer["channel"]), str(answer["ts"]))
        return True

    async def update(self, post: Post, message: Message) -> bool:
        """Bring the message up to date; one that a person deleted is posted again later."""
        self._pacing.take(UPDATE)
        try:
            await self._client.chat_update(channel=post.slack_channel, ts=post.ts, **arguments(message, post.key))
        except SlackApiError as error:
            if failure_of(error) is Failure.MESSAGE:
                await self._gone(post, error)
                return False
            again = await self._without_blocks(post, message, error)
            if again is None:
                raise
            self._pacing.take(UPDATE)
            await self._client.chat_update(channel=post.slack_channel, ts=post.ts, **arguments(again, post.key))
        await self._record.done(post, post.ts, post.slack_channel)
        return True

    async def _gone(self, post: Post, error: SlackApiError) -> None:
        """A message that is not there, or that Slack lets nobody edit any more: that one is deleted, so that it does not stand
        beside the one that takes its place."""
        if error_code(error) != "message_not_found":
            self._pacing.take(DELETE)
            try:
                await self._client.chat_delete(channel=post.slack_channel, ts=post.ts)
            except SlackApiError as refused:
                if failure_of(refused) is Failure.LIMITED:
                    raise
                _log.error("old_message_stays", post=post.key, ts=post.ts, error=error_code(refused))
        await self._record.lost(post)

    async def private(self, post: Post, place: Place, message: Message) -> bool:
        """Seen by one person: in the channel, or directly where they are not in it."""
        channel = place.channel
        if not channel.startswith("D"):
            if not self._may(EPHEMERAL, channel, post):
                return False
            self._pacing.take(EPHEMERAL)
            try:
                await self._client.chat_postEphemeral(channel=channel, user=post.user, text=message.text)
            except SlackApiError as error:
                if failure_of(error) not in (Failure.PERSON, Failure.CHANNEL):
                    raise
                channel = await self._places.direct(post.user)
            else:
                await self._record.done(post, "", channel)
                return True
        return await self.post(post, Place(channel), message)

    async def pin_again(self) -> None:
        """Pin what could not be pinned before."""
        for channel, ts in list(self._unpinned.items()):
            await self._pin(channel, ts)

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
                self._record.limited(error)
            if failure_of(error) in (Failure.LIMITED, Failure.UNKNOWN, Failure.UNREACHED):
                self._unpinned[channel] = ts
            elif told(error) != "already_pinned":
                _log.error("summary_not_pinned", channel=channel, error=told(error), needed=needed_scope(error))
                await self._places.cannot_pin(channel, needed_scope(error) or told(error))

    async def _without_blocks(self, post: Post, message: Message, error: SlackApiError) -> Message | None:
        """What a workspace takes that refuses the blocks: classic blocks for a digest or a storm, else the complete text."""
        if failure_of(error) is not Failure.BLOCKS or not message.blocks:
            return None
        _log.error("blocks_refused", post=post.key, error=told(error), problems=error.response.get("response_metadata"))
        if post.kind in OF_DIGEST:
            # Charts first, then pictures of them, which Slack must have looked at before it shows them; at last words.
            first, self._charts_until = self.charts, self._clock.now() + CHARTS_REFUSED_FOR
            if not first and post.attempts < PICTURES_TRIED:
                return None
            drawn = await self._renderer.draw(post, charts=False, pictures=first)
            return drawn.message if drawn is not None else None
        if post.kind is PostKind.STORM and self.charts:
            self._charts_until = self._clock.now() + CHARTS_REFUSED_FOR
            classic = await self._renderer.draw(post, charts=False)
            return classic.message if classic is not None else None
        most = LONGEST_TEXT - len(t.CANNOT_DRAW)
        return replace(message, text=f"{fmt.cut(message.text, most, most)} {t.CANNOT_DRAW}", blocks=())

    async def _adopted(self, post: Post, place: Place) -> bool:
        """An earlier attempt did arrive: take its message as ours, delete any later one of the same id."""
        channel = post.slack_channel or place.channel
        self._pacing.take(REPLIES if place.thread_ts else HISTORY)
        since = post.attempted_at or self._clock.now()
        found = await find_posted(self._client, channel, place.thread_ts, post.key, since)
        if not found:
            return False
        for double in found[1:]:
            _log.warning("double_post_deleted", post=post.key, ts=double.ts)
            self._pacing.take(DELETE)
            await self._client.chat_delete(channel=channel, ts=double.ts)
        first = found[0]
        shown = first.version if post.kind is not PostKind.DIGEST else post.wanted
        _log.info("post_found", post=post.key, ts=first.ts, version=first.version)
        if post.kind is PostKind.SUMMARY:
            await self._pin(channel, first.ts)
        await self._record.save(
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
