"""Slack messages as desired state."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, and_, case, delete, false, func, or_, select, update
from sqlalchemy.sql import Executable

from storage.dialect import Drawing, Link
from storage.tables.cases import UNRESOLVED, exceptions
from storage.tables.outbox import UNSENT, leases
from storage.tables.outbox import posts as post_table
from sync.model.ids import ExceptionId
from sync.model.outbox import Crowd, Post, PostKind
from sync.ports import Clock

AWAY = "slack:away"
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
_OF_CASE = [PostKind.CARD.value, PostKind.THREAD.value, PostKind.PROOF.value, PostKind.RETRIES.value]
_NO_CARD = and_(post_table.c.kind == PostKind.CARD.value, post_table.c.ts == "", UNSENT, exceptions.c.storm.is_(None))
_CARDS = post_table.alias("cards")
_SHOWN = and_(_CARDS.c.kind == PostKind.CARD.value, or_(_CARDS.c.ts != "", _CARDS.c.attempted_at.is_not(None)))
_OWN = select(exceptions.c.storm, exceptions.c.risk_per_hour).where(exceptions.c.id == post_table.c.exception)
_STORM = _OWN.with_only_columns(exceptions.c.storm).scalar_subquery()
_RATE = func.coalesce(_OWN.with_only_columns(exceptions.c.risk_per_hour).scalar_subquery(), 0)
_CARD = select(_CARDS.c.key).where(_CARDS.c.exception == post_table.c.exception, _SHOWN).limit(1).scalar_subquery()
"""Of a message's exception, each asked by key. PostgreSQL takes a third of all messages for unsent, and would read every message
and exception there ever was to join them."""

_TOLD_IN_STORM = and_(post_table.c.kind.in_(_OF_CASE), _STORM.is_not(None), _CARD.is_(None))
"""Of an exception in a storm that has no card of its own: it gets none as long as it is in there."""


class SqlPosts:
    """Implements ``sync.ports.Posts``."""

    def __init__(self, link: Link, clock: Clock) -> None:
        self._link = link
        self._clock = clock

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
        self._link.later(_draw_wanting, rows=[_row(newest[key]) for key in sorted(newest)])

    async def due(self, now: datetime, limit: int, share: int = 20) -> Sequence[Post]:
        """Due posts by priority; within one the channels take turns, each with its most money at risk per hour first."""
        held = post_table.c
        ready = or_(held.next_at.is_(None), held.next_at <= now)
        own = select(held.key, held.channel, held.priority, held.next_at, _RATE.label("rate"))
        waiting = own.where(UNSENT, ready, ~_TOLD_IN_STORM).subquery().c
        order = (waiting.rate.desc(), waiting.next_at, waiting.key)
        turn = func.row_number().over(partition_by=(waiting.channel, waiting.priority), order_by=order).label("turn")
        lined = select(waiting.key, waiting.rate, turn).subquery()
        query = (
            select(post_table)
            .join(lined, lined.c.key == held.key)
            .where(lined.c.turn <= share)
            .order_by(held.priority, lined.c.turn, lined.c.rate.desc(), held.next_at, held.key)
            .limit(limit)
        )
        return [_post(row) for row in await self._link.execute(query)]

    async def crowds(self, above: int) -> Sequence[Crowd]:
        """Channels for which more than ``above`` unresolved exceptions wait for their first card."""
        held = post_table.c
        joined = post_table.join(exceptions, exceptions.c.id == held.exception)
        waiting = select(held.channel, func.count(), func.min(exceptions.c.opened_at)).select_from(joined)
        query = waiting.where(_NO_CARD, UNRESOLVED).group_by(held.channel).having(func.count() > above)
        return [Crowd(*row) for row in await self._link.execute(query.order_by(held.channel))]

    async def uncarded(self, channel: str, limit: int) -> tuple[int, int, Decimal, Sequence[ExceptionId]]:
        """Unresolved exceptions of a queue without a card: how many, how many late, money at risk, the worst ones."""
        held, case_ = post_table.c, exceptions.c
        joined = post_table.join(exceptions, case_.id == held.exception)
        here = (_NO_CARD, UNRESOLVED, held.channel == channel)
        now = self._clock.now()
        overdue = or_(and_(case_.owner.is_(None), case_.assign_by < now), case_.resolve_by < now)
        late = func.coalesce(func.sum(case((overdue, 1), else_=0)), 0)
        sums = select(func.count(), late, func.sum(case_.risk)).select_from(joined).where(*here)
        count, overdue_count, risk = (await self._link.execute(sums)).one()
        worst = select(case_.id).select_from(joined).where(*here).order_by(case_.risk_per_hour.desc(), case_.id)
        ids = [ExceptionId(one) for one in (await self._link.execute(worst.limit(limit))).scalars()]
        return count, int(overdue_count), risk or Decimal(0), ids

    async def hold(self, channel: str, keep: Sequence[ExceptionId], now: datetime, until: datetime) -> int:
        """What belongs to exceptions of this queue without a card waits ``until``; of those in ``keep`` it is due now."""
        held, cards = post_table.c, post_table.alias("cards")
        waiting = select(cards.c.exception).where(
            cards.c.kind == PostKind.CARD.value,
            cards.c.ts == "",
            cards.c.wanted > cards.c.sent,
            cards.c.channel == channel,
            cards.c.priority > 0,
            cards.c.attempted_at.is_(None),
        )
        mine = (UNSENT, held.kind.in_(_OF_CASE), held.attempts == 0, held.exception.in_(waiting))
        kept = self._link.among(held.exception, list(keep)) if keep else false()
        away = update(post_table).where(*mine, ~kept, or_(held.next_at.is_(None), held.next_at <= now))
        back = update(post_table).where(*mine, kept, held.next_at > now)
        moved = await self._link.changed(away.values(next_at=until))
        return moved + (await self._link.changed(back.values(next_at=now)) if keep else 0)

    async def drop_cleared(self) -> int:
        """Exceptions that cleared by themselves before they had a card get none."""
        held, cards = post_table.c, post_table.alias("cards")
        joined = cards.join(exceptions, exceptions.c.id == cards.c.exception)
        cleared = (
            select(cards.c.exception)
            .select_from(joined)
            .where(
                cards.c.kind == PostKind.CARD.value,
                cards.c.ts == "",
                cards.c.wanted > cards.c.sent,
                cards.c.attempted_at.is_(None),
                exceptions.c.life == "cleared",
                exceptions.c.owned_at.is_(None),
            )
        )
        dropping = update(post_table).where(UNSENT, held.kind.in_(_OF_CASE), held.exception.in_(cleared))
        return await self._link.changed(dropping.values(sent=held.wanted))

    async def due_again(self, now: datetime) -> int:
        """What failed before and waits is due now; returns how many."""
        held = post_table.c
        waiting = update(post_table).where(UNSENT, held.attempts > 0, held.next_at > now)
        return await self._link.changed(waiting.values(next_at=now))

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

    async def standing_in(self, slack_channel: str, limit: int) -> Sequence[Post]:
        """Cards of unresolved exceptions and summaries that stand in a Slack channel, the most at risk first."""
        held = post_table.c
        joined = post_table.outerjoin(exceptions, exceptions.c.id == held.exception)
        card = and_(held.kind == PostKind.CARD.value, UNRESOLVED)
        kinds = or_(card, held.kind == PostKind.SUMMARY.value)
        query = select(post_table).select_from(joined).where(held.slack_channel == slack_channel, held.ts != "", kinds)
        rate = func.coalesce(exceptions.c.risk_per_hour, 0)
        return [_post(row) for row in await self._link.execute(query.order_by(rate.desc(), held.key).limit(limit))]

    async def shown(self, cases: Collection[ExceptionId]) -> Collection[ExceptionId]:
        """Of these exceptions those that have a card in Slack, or may have."""
        query = select(_CARDS.c.exception).where(self._link.among(_CARDS.c.exception, sorted(cases)), _SHOWN)
        return {ExceptionId(one) for one in (await self._link.execute(query)).scalars()}

    async def by_message(self, slack_channel: str, ts: str) -> Post | None:
        """The post behind a Slack message."""
        held = post_table.c
        if not ts:
            return None
        query = select(post_table).where(held.slack_channel == slack_channel, held.ts == ts).order_by(held.key).limit(1)
        row = (await self._link.execute(query)).one_or_none()
        return None if row is None else _post(row)

    async def keep_away(self, since: datetime, until: datetime) -> None:
        """Slack cannot be reached ``since`` then. A lease like that of the lane, so that it ends by itself with the process that
        says so."""
        saying = self._link.insert(leases).values(name=AWAY, holder=since.isoformat(), until=until)
        same = {"holder": since.isoformat(), "until": until}
        await self._link.execute(saying.on_conflict_do_update(index_elements=["name"], set_=same))

    async def away_since(self, now: datetime) -> datetime | None:
        """Since when Slack cannot be reached; None while it can, as far as is known."""
        row = (await self._link.run(_draw_away)).one_or_none()
        return datetime.fromisoformat(row.holder) if row is not None and row.until > now else None

    async def not_away(self) -> None:
        """Slack is back."""
        await self._link.execute(delete(leases).where(leases.c.name == AWAY))

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


def _draw_away(_draw: Drawing) -> Executable:
    return select(leases.c.holder, leases.c.until).where(leases.c.name == AWAY)


def _draw_wanting(draw: Drawing) -> Executable:
    held = post_table.c
    wanting = draw.insert_rows(post_table, _NAMES)
    given = wanting.excluded
    values: dict[str, Any] = {name: given[name] for name in _WANTED}
    more_urgent = UNSENT & (held.priority < given.priority)
    values |= {"priority": case((more_urgent, held.priority), else_=given.priority), "attempts": 0, "error": ""}
    return wanting.on_conflict_do_update(index_elements=["key"], set_=values, where=given.wanted > held.wanted)


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
