"""The file below a storm's card: all of its exceptions as CSV. A file has no metadata, so one with an unknown outcome is looked
for by its name before it is sent again."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import replace

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack import format as fmt
from bot.slack import texts as t
from bot.slack.cells import safe
from bot.slack.delivery_record import Record
from bot.slack.finding import file_below
from bot.slack.pacing import POST, Pacing
from sync.model.exceptions import Case
from sync.model.ids import ExceptionId
from sync.model.outbox import Post, storm_key
from sync.policy.holder import PolicyInForce
from sync.ports import Clock, Store, UnitOfWork
from sync.storms.storm import Storm, parse_storm_name

PAGE = 2_000

_log = structlog.get_logger(__name__)


class StormFiles:
    """Posts a storm's list below its card."""

    def __init__(
        self, store: Store, client: AsyncWebClient, policy: PolicyInForce, clock: Clock, pacing: Pacing, record: Record
    ) -> None:
        self._store = store
        self._client = client
        self._policy = policy
        self._clock = clock
        self._pacing = pacing
        self._record = record

    async def deliver(self, post: Post, may: Callable[[str, str, Post], bool]) -> bool:
        """Send the file as it is now, once its card stands. Raises what the Web API raises."""
        name = post.key.partition(":")[2]
        async with self._store.reading() as uow:
            storm, card = await uow.storms.get(parse_storm_name(name)), await uow.posts.get(storm_key(name))
        if storm is None or storm.ended_at is not None:
            await self._record.done(post, post.ts, post.slack_channel)
            return False
        if card is None or not card.ts or not may(POST, card.slack_channel, post):
            return False
        filename = f"{name}-{post.wanted}.csv"
        if post.attempted_at is not None and (there := await file_below(self._client, self._pacing, card, filename)):
            await self._record.done(post, there, card.slack_channel)
            return False
        async with self._store.reading() as uow:
            content, count = await _written(uow, storm)
        post = replace(post, slack_channel=card.slack_channel, attempted_at=self._clock.now())
        await self._record.save(post)
        self._pacing.take(POST, card.slack_channel)
        now, shown = self._clock.now(), fmt.counted(count, t.EXCEPTIONS)
        await self._client.files_upload_v2(
            channel=card.slack_channel,
            thread_ts=card.ts,
            content=content,
            filename=filename,
            title=t.STORM_FILE_TITLE.format(name=name, count=shown),
            initial_comment=t.STORM_FILE.format(name=name, count=shown, at=fmt.at(now, now)),
        )
        await self._record.done(post, post.ts, card.slack_channel)
        _log.info("storm_listed", storm=name, exceptions=count)
        return True


async def _written(uow: UnitOfWork, storm: Storm) -> tuple[str, int]:
    """The list as CSV, and how many it holds; read by pages."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(t.STORM_CSV_HEAD)
    count, after = 0, ExceptionId(0)
    while page := await uow.storms.members(storm.id, after, PAGE):
        writer.writerows(_row(case) for case in page)
        count, after = count + len(page), page[-1].id
    return out.getvalue(), count


def _row(case: Case) -> Sequence[str | int]:
    risk = case.risk_now
    return (
        case.name,
        safe(case.fingerprint.sku or ""),
        safe("+".join(case.fingerprint.systems)),
        case.delta,
        f"{risk.amount:.2f}",
        risk.currency,
        safe(case.owner_name),
        case.since.isoformat(timespec="seconds"),
        safe(case.evidence.changed),
    )
