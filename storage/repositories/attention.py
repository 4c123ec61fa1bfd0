"""Telling people: mentions that wait, those that were told, and what people chose for themselves."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, and_, bindparam, func, or_, select, update

from storage.dialect import Link, claiming, upserting
from storage.tables.attention import WAITING, mentions, person_settings
from storage.tables.cases import UNRESOLVED, exceptions
from sync.model.ids import ExceptionId, QueueId, UserId
from sync.model.mentions import EVERY_DAY, Direct, Mention, PersonSettings, Why

_MENTION = (
    "key",
    "exception",
    "queue",
    "why",
    "cause",
    "person",
    "channel",
    "critical",
    "wanted_at",
    "not_before",
    "post",
)
_SETTINGS = (
    "user",
    "mentioned",
    "quiet_from",
    "quiet_until",
    "timezone",
    "changed_at",
    "direct",
    "quiet_days",
    "away_from",
    "away_until",
    "delegate",
    "money_first",
)


class SqlAttention:
    """Implements ``sync.ports.Attention``."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def want(self, wanted: Sequence[Mention]) -> None:
        """Insert mentions; a key that is there stays as it is."""
        if wanted:
            rows = [_row(one) for one in sorted(wanted, key=lambda one: one.key)]
            self._link.later(claiming(mentions, _MENTION, ("key",)), rows=rows)

    async def waiting(self, now: datetime, limit: int) -> Sequence[Mention]:
        """Mentions that may be told by now, critical ones first, then the oldest."""
        held = mentions.c
        query = select(mentions).where(WAITING, held.not_before <= now)
        ordered = query.order_by(held.critical.desc(), held.wanted_at, held.key).limit(limit)
        return [_mention(row) for row in await self._link.execute(ordered)]

    async def drop_needless(self, now: datetime) -> int:
        """Settle what nobody needs to be told any more: its exception ended, was taken before the turn came, or has another
        owner than the one to be asked."""
        held = mentions.c
        unresolved = select(exceptions.c.id).where(UNRESOLVED)
        owned = unresolved.where(exceptions.c.owner.is_not(None))
        of_owning = held.why.in_([Why.OWN.value, Why.LAST_RESORT.value])
        still = select(exceptions.c.id).where(exceptions.c.id == held.exception, exceptions.c.owner == held.person)
        of_another = and_(held.why == Why.STILL.value, ~still.exists())
        needless = or_(held.exception.not_in(unresolved), and_(of_owning, held.exception.in_(owned)), of_another)
        return await self._link.changed(update(mentions).where(WAITING, needless).values(settled_at=now))

    async def settle(self, told_in: Mapping[str, str], now: datetime) -> None:
        """Each of these (by key) is told in a message (by its post's key)."""
        if told_in:
            held = mentions.c
            telling = (
                update(mentions).where(held.key == bindparam("of")).values(settled_at=now, post=bindparam("told_in"))
            )
            await self._link.execute(telling, [{"of": key, "told_in": post} for key, post in sorted(told_in.items())])

    async def needed(self, keys: Collection[str]) -> Sequence[Mention]:
        """Of these mentions those that wait or were told; what nobody needed to be told any more is left out."""
        held = mentions.c
        query = select(mentions).where(self._link.among(held.key, sorted(keys)), or_(WAITING, held.post != ""))
        return [_mention(row) for row in await self._link.execute(query.order_by(held.wanted_at, held.key))]

    async def of_post(self, post: str) -> Sequence[Mention]:
        """What one message tells."""
        query = select(mentions).where(mentions.c.post == post).order_by(mentions.c.wanted_at, mentions.c.key)
        return [_mention(row) for row in await self._link.execute(query)]

    async def told_since(self, since: datetime) -> Mapping[tuple[str, str], datetime]:
        """When each (person or channel, cause) was last told, of what was told since then."""
        held = mentions.c
        query = (
            select(held.person, held.channel, held.cause, func.max(held.settled_at))
            .where(held.settled_at >= since, held.post != "")
            .group_by(held.person, held.channel, held.cause)
        )
        found: dict[tuple[str, str], datetime] = {}
        for person, channel, cause, at in await self._link.execute(query):
            to = (person or channel, cause)
            found[to] = max(at, found.get(to, at))
        return found

    async def last_resorts(self, since: datetime) -> int:
        """Exceptions for which nobody but the ops lead was left, since then."""
        held = mentions.c
        query = select(func.count(func.distinct(held.exception)))
        where = (held.why == Why.LAST_RESORT.value, held.wanted_at >= since)
        return int((await self._link.execute(query.where(*where))).scalar_one())

    async def settings(self, users: Collection[UserId]) -> Mapping[UserId, PersonSettings]:
        """What these people chose; those who chose nothing are left out."""
        held = person_settings.c
        query = select(person_settings).where(self._link.among(held.user, sorted(users)))
        found = [_settings(row) for row in await self._link.execute(query)]
        return {one.user: one for one in found}

    async def everybody(self) -> Sequence[PersonSettings]:
        """What everybody chose who chose anything: some rows, one per person."""
        query = select(person_settings).order_by(person_settings.c.user)
        return [_settings(row) for row in await self._link.execute(query)]

    async def choose(self, chosen: PersonSettings, now: datetime) -> None:
        """Keep what a person chose."""
        row = (
            chosen.user,
            chosen.mentioned,
            chosen.quiet_from,
            chosen.quiet_until,
            chosen.timezone,
            now,
            chosen.direct.value,
            "".join(str(day) for day in chosen.quiet_days),
            chosen.away_from.isoformat() if chosen.away_from is not None else None,
            chosen.away_until.isoformat() if chosen.away_until is not None else None,
            chosen.delegate,
            chosen.money_first,
        )
        await self._link.run(upserting(person_settings, _SETTINGS, ("user",)), rows=[row])


def _settings(row: Row[Any]) -> PersonSettings:
    days = EVERY_DAY if row.quiet_days is None else tuple(int(day) for day in row.quiet_days)
    return PersonSettings(
        user=UserId(row.user),
        mentioned=row.mentioned,
        quiet_from=row.quiet_from,
        quiet_until=row.quiet_until,
        timezone=row.timezone,
        direct=Direct(row.direct) if row.direct else Direct.MINE,
        quiet_days=days,
        away_from=date.fromisoformat(row.away_from) if row.away_from else None,
        away_until=date.fromisoformat(row.away_until) if row.away_until else None,
        delegate=UserId(row.delegate) if row.delegate else None,
        money_first=bool(row.money_first),
    )


def _row(one: Mention) -> tuple[Any, ...]:
    return (
        one.key,
        one.case,
        one.queue,
        one.why.value,
        one.cause,
        one.person,
        one.channel,
        one.critical,
        one.wanted_at,
        one.not_before,
        "",
    )


def _mention(row: Row[Any]) -> Mention:
    return Mention(
        key=row.key,
        case=ExceptionId(row.exception),
        queue=QueueId(row.queue),
        why=Why(row.why),
        cause=row.cause,
        wanted_at=row.wanted_at,
        not_before=row.not_before,
        person=UserId(row.person),
        channel=row.channel,
        critical=row.critical,
    )
