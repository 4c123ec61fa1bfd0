"""From a wanted post of a digest to its message, with pictures where the workspace draws no charts."""

from __future__ import annotations

from slack_sdk.web.async_client import AsyncWebClient

from bot.slack import blocks as b
from bot.slack import texts as t
from bot.slack.blocks import Message
from bot.slack.digest.charts import of_queues, of_week
from bot.slack.digest.reading import Asked, WeekReader
from bot.slack.digest.render import render_digest
from bot.slack.digest.sending import part_of, uploaded
from bot.slack.digest.thread import render_queue, render_queues
from sync.model.ids import QueueId
from sync.model.outbox import Post, PostKind, digest_key
from sync.policy.holder import PolicyInForce

OF_DIGEST = (PostKind.DIGEST, PostKind.DIGEST_PART)


class DigestDrawing:
    """Draws a digest, its parts and its preview."""

    def __init__(self, weeks: WeekReader, policy: PolicyInForce, client: AsyncWebClient | None) -> None:
        """``client`` None: nothing can be uploaded, so charts that are not drawn are told in words."""
        self._weeks = weeks
        self._policy = policy
        self._client = client
        self._uploaded: dict[str, dict[str, str]] = {}

    async def draw(self, post: Post, *, charts: bool, pictures: bool) -> Message | None:
        """The message of a DIGEST or DIGEST_PART; None when its queue is gone. ``charts`` False: with ``pictures`` of them where
        they can be uploaded, else in words."""
        policy, asked = self._policy.current, Asked.of(post.body)
        week = await self._weeks.week(asked.start)
        part = part_of(post.key)
        if part.startswith("queue:"):
            return render_queue(week, policy, QueueId(part.removeprefix("queue:")), post.key)
        files: dict[str, str] = {}
        if not charts and pictures and self._client is not None:
            shown = of_queues(week, policy) if part else of_week(week, policy)
            files = self._uploaded.get(post.key) or await uploaded(self._client, [one for one in shown if one.compares])
            self._uploaded = {post.key: files}
        if part:
            return render_queues(week, policy, post.key, charts=charts, pictures=files)
        message = render_digest(
            week, policy, digest_key(post.key).removeprefix("digest:"), charts=charts, pictures=files
        )
        return late(message) if asked.late else message

    async def so_far(self) -> Message:
        """The seven days until now, for a preview."""
        return render_digest(await self._weeks.so_far(), self._policy.current, "preview")


def late(message: Message) -> Message:
    """The same message, saying that it comes late."""
    note = b.context("digest.late.v1", b.mrkdwn_text(t.DIGEST_LATE))
    return Message(
        f"{t.DIGEST_LATE} {message.text}",
        (message.blocks[0], note, *message.blocks[1:]),
        message.kind,
        message.key,
        message.version,
    )
