"""What goes up to the workspace with a digest: pictures of charts where it draws none, and the whole as files in its thread."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack import texts as t
from bot.slack.delivery_record import Record
from bot.slack.digest.charts import Chart
from bot.slack.digest.files import csv_of, xlsx_of
from bot.slack.digest.pictures import drawn
from bot.slack.digest.reading import Asked, WeekReader
from bot.slack.finding import file_below
from bot.slack.outcomes import CALL_ERRORS, told
from bot.slack.pacing import POST, Pacing
from sync.errors import OurBug
from sync.model.outbox import Post, digest_key
from sync.policy.holder import PolicyInForce
from sync.ports import Clock, Store

_log = structlog.get_logger(__name__)


def part_of(key: str) -> str:
    """Which part: ``queues``, ``queue:markets``, ``xlsx``, ``csv``."""
    return ":".join(key.split(":")[2:])


async def uploaded(client: AsyncWebClient, charts: Sequence[Chart]) -> dict[str, str]:
    """Each chart's picture in the workspace, by the chart's name. What cannot be uploaded is left out and logged: its figures
    are told in words then. Slack shows a picture once it has looked at it, some seconds later."""
    found: dict[str, str] = {}
    for chart in charts:
        picture = await asyncio.to_thread(drawn, chart)
        try:
            answer = await client.files_upload_v2(
                content=picture, filename=f"{chart.name}.png", title=chart.title, alt_txt=chart.alt
            )
            found[chart.name] = str(answer["files"][0]["id"])
        except CALL_ERRORS as error:
            _log.warning("picture_not_uploaded", chart=chart.name, error=told(error))
    return found


class DigestFiles:
    """Posts the workbook and the CSV below the digest. A file has no metadata, so one with an unknown outcome is looked for by
    its name before it is sent again."""

    def __init__(
        self,
        store: Store,
        client: AsyncWebClient,
        policy: PolicyInForce,
        clock: Clock,
        pacing: Pacing,
        record: Record,
        weeks: WeekReader,
    ) -> None:
        self._store = store
        self._client = client
        self._policy = policy
        self._clock = clock
        self._pacing = pacing
        self._record = record
        self._weeks = weeks

    async def deliver(self, post: Post, may: Callable[[str, str, Post], bool]) -> bool:
        """Send the file once the digest stands. Raises what the Web API raises."""
        async with self._store.reading() as uow:
            root = await uow.posts.get(digest_key(post.key))
        if root is None or not root.ts or not may(POST, root.slack_channel, post):
            return False
        kind = part_of(post.key)
        filename = f"{digest_key(post.key).replace(':', '-')}.{kind}"
        if post.attempted_at is not None and (there := await file_below(self._client, self._pacing, root, filename)):
            await self._record.done(post, there, root.slack_channel)
            return False
        week = await self._weeks.week(Asked.of(post.body).start)
        write = {"xlsx": xlsx_of, "csv": csv_of}.get(kind)
        if write is None:
            raise OurBug(f"{post.key}: a digest has no file {kind!r}")
        content = await asyncio.to_thread(write, week, self._policy.current)
        post = replace(post, slack_channel=root.slack_channel, attempted_at=self._clock.now())
        await self._record.save(post)
        self._pacing.take(POST, root.slack_channel)
        title = (t.DIGEST_XLSX if kind == "xlsx" else t.DIGEST_CSV).format(days=week.days)
        await self._client.files_upload_v2(
            channel=root.slack_channel, thread_ts=root.ts, content=content, filename=filename, title=title
        )
        await self._record.done(post, post.ts, root.slack_channel)
        return True
