"""Slack messages as desired state."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import case, or_, select, update

from storage.dialect import Link
from storage.tables.outbox import UNSENT, leases, posts
from sync.model.ids import ExceptionId
from sync.model.outbox import Post, PostKind

_POST = (
    "key kind channel wanted sent priority exception action user body slack_channel ts attempts next_at attempted_at error"
).split()
_DELIVERED = ("sent", "slack_channel", "ts", "attempts", "next_at", "attempted_at", "error")


class SqlPosts:
    """Implements ``sync.ports.Posts``."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def want(self, wanted: Sequence[Post]) -> None:
        """Insert, or raise ``wanted`` by key; a lower or equal version changes nothing. What was delivered stays."""
        if not wanted:
            return
        newest: dict[str, Post] = {}
        for post in wanted:
            if post.key not in newest or newest[post.key].wanted < post.wanted:
                newest[post.key] = post
        writing = self._link.insert_rows(posts, _POST, [_row(post) for _, post in sorted(newest.items())])
        given, held = writing.excluded, posts.c
        urgent = case((UNSENT & (held.priority < given.priority), held.priority), else_=given.priority)
        values = {name: given[name] for name in ("channel", "wanted", "exception", "action", "user", "body", "next_at")}
        await self._link.execute(
            writing.on_conflict_do_update(
                index_elements=["key"], set_=values | {"priority": urgent}, where=held.wanted < given.wanted
            )
        )

    async def due(self, now: datetime, limit: int) -> Sequence[Post]:
        """Unsent posts whose time has come, most urgent first."""
        held = posts.c
        query = select(posts).where(UNSENT, or_(held.next_at.is_(None), held.next_at <= now))
        rows = await self._link.execute(query.order_by(held.priority, held.next_at, held.key).limit(limit))
        return [_post(row) for row in rows]

    async def save(self, post: Post) -> None:
        """Write what delivery changed; a version wanted meanwhile stays wanted."""
        values = {name: getattr(post, name) for name in _DELIVERED}
        await self._link.execute(update(posts).where(posts.c.key == post.key).values(**values))

    async def get(self, key: str) -> Post | None:
        """One post."""
        row = (await self._link.execute(select(posts).where(posts.c.key == key))).one_or_none()
        return None if row is None else _post(row)

    async def by_message(self, slack_channel: str, ts: str) -> Post | None:
        """The post behind a Slack message."""
        query = select(posts).where(posts.c.slack_channel == slack_channel, posts.c.ts == ts, posts.c.ts != "")
        row = (await self._link.execute(query.order_by(posts.c.key).limit(1))).one_or_none()
        return None if row is None else _post(row)

    async def lease(self, name: str, holder: str, now: datetime, until: datetime) -> bool:
        """Hold a delivery lane; renews for the holder, and takes over one whose time has passed."""
        writing = self._link.insert_rows(leases, ("name", "holder", "until"), [(name, holder, until)])
        given, held = writing.excluded, leases.c
        taking = writing.on_conflict_do_update(
            index_elements=["name"],
            set_={"holder": given.holder, "until": given.until},
            where=or_(held.holder == holder, held.until <= now),
        )
        return (await self._link.execute(taking.returning(held.name))).one_or_none() is not None


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


def _post(row: Any) -> Post:
    return Post(
        key=row.key,
        kind=PostKind(row.kind),
        channel=row.channel,
        wanted=row.wanted,
        sent=row.sent,
        priority=row.priority,
        case=ExceptionId(row.exception) if row.exception is not None else None,
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
