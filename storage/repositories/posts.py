"""Slack messages as desired state."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, case, or_, select, update

from storage.dialect import Link
from storage.tables.outbox import UNSENT, leases
from storage.tables.outbox import posts as post_table
from sync.model.ids import ExceptionId
from sync.model.outbox import Post, PostKind

_NAMES = [
    "key",
    "kind",
    "channel",
    "wanted",
    "sent",
    "priority",
    "exception",
    "action",
    "user",
    "body",
    "slack_channel",
    "ts",
    "attempts",
    "next_at",
    "attempted_at",
    "error",
]
_WANTED = ["kind", "channel", "wanted", "exception", "action", "user", "body", "next_at"]


class SqlPosts:
    """Implements ``sync.ports.Posts``."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def want(self, posts: Sequence[Post]) -> None:
        """Insert or raise ``wanted`` by key; a version that is not higher changes nothing. While something is unsent the
        more urgent priority stays."""
        newest: dict[str, Post] = {}
        for post in posts:
            known = newest.get(post.key)
            if known is None or post.wanted > known.wanted:
                newest[post.key] = post
        if not newest:
            return
        held = post_table.c
        wanting = self._link.insert_rows(post_table, _NAMES, [_row(newest[key]) for key in sorted(newest)])
        given = wanting.excluded
        values: dict[str, Any] = {name: given[name] for name in _WANTED}
        more_urgent = UNSENT & (held.priority < given.priority)
        values |= {"priority": case((more_urgent, held.priority), else_=given.priority), "attempts": 0, "error": ""}
        raising = wanting.on_conflict_do_update(index_elements=["key"], set_=values, where=given.wanted > held.wanted)
        await self._link.execute(raising)

    async def due(self, now: datetime, limit: int) -> Sequence[Post]:
        """Posts whose ``wanted`` is above ``sent`` and whose ``next_at`` has passed, by (priority, next_at)."""
        held = post_table.c
        ready = or_(held.next_at.is_(None), held.next_at <= now)
        query = select(post_table).where(UNSENT, ready).order_by(held.priority, held.next_at, held.key).limit(limit)
        return [_post(row) for row in await self._link.execute(query)]

    async def save(self, post: Post) -> None:
        """Write what delivery changed; what is wanted stays."""
        values = {
            "sent": post.sent,
            "ts": post.ts,
            "slack_channel": post.slack_channel,
            "attempts": post.attempts,
            "next_at": post.next_at,
            "attempted_at": post.attempted_at,
            "error": post.error,
        }
        await self._link.execute(update(post_table).where(post_table.c.key == post.key).values(values))

    async def get(self, key: str) -> Post | None:
        """One post."""
        row = (await self._link.execute(select(post_table).where(post_table.c.key == key))).one_or_none()
        return None if row is None else _post(row)

    async def by_message(self, slack_channel: str, ts: str) -> Post | None:
        """The post behind a Slack message."""
        held = post_table.c
        if not ts:
            return None
        query = select(post_table).where(held.slack_channel == slack_channel, held.ts == ts).order_by(held.key).limit(1)
        row = (await self._link.execute(query)).one_or_none()
        return None if row is None else _post(row)

    async def lease(self, name: str, holder: str, now: datetime, until: datetime) -> bool:
        """Hold the delivery lane ``name``; renews for the holder. One statement."""
        held = leases.c
        taking = self._link.insert(leases).values(name=name, holder=holder, until=until)
        taking = taking.on_conflict_do_update(
            index_elements=["name"],
            set_={"holder": holder, "until": until},
            where=or_(held.holder == holder, held.until <= now),
        )
        return await self._link.changed(taking) == 1


def _row(post: Post) -> tuple[Any, ...]:
    return (
        post.key,
        post.kind.value,
        post.channel,
        post.wanted,
        post.sent,
        post.priority,
        post.case,
        post.action,
        post.user,
        post.body,
        post.slack_channel,
        post.ts,
        post.attempts,
        post.next_at,
        post.attempted_at,
        post.error,
    )


def _post(row: Row[Any]) -> Post:
    return Post(
        key=row.key,
        kind=PostKind(row.kind),
        channel=row.channel,
        wanted=row.wanted,
        sent=row.sent,
        priority=row.priority,
        case=None if row.exception is None else ExceptionId(row.exception),
        action=row.action,
        user=row.user,
        body=row.body,
        slack_channel=row.slack_channel,
        ts=row.ts,
        attempts=row.attempts,
        next_at=row.next_at,
        attempted_at=row.attempted_at,
        error=row.error,
    )
