"""Storms, and the exceptions in them. Every method is a fixed number of statements, whatever the number of members."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, Text, and_, bindparam, func, or_, select

from storage.codecs import from_json, to_json
from storage.dialect import Drawing, Link, rewriting
from storage.repositories.case_rows import cases_where
from storage.tables.cases import LOOSE, UNRESOLVED, exceptions
from storage.tables.columns import Instant
from storage.tables.storms import STANDING, storms
from sync.model.exceptions import Case, ExceptionClass
from sync.model.ids import ExceptionId, QueueId, StormId
from sync.storms.storm import Key, Storm

_KEYS = {"cause": Text(), "queue": Text()}


class SqlStorms:
    """Implements ``sync.storms.port.Storms``."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def lock(self, ids: Collection[StormId], keys: Collection[Key] = ()) -> Sequence[Storm]:
        """The storms with these ids, and those that stand for these causes and queues, locked in the order of their ids."""
        if not ids and not keys:
            return ()
        return [_storm(row) for row in await self._link.run(_draw_lock, ids=sorted(ids), rows=sorted(keys))]

    async def open(self, new: Sequence[Storm]) -> None:
        """Insert storms; one that stands already for the same cause and queue stays the only one."""
        rows = [(one.cause, one.queue, one.version, one.members, to_json(one)) for one in new]
        opening = self._link.insert_rows(storms, ("cause", "queue", "version", "members", "body"), sorted(rows))
        await self._link.execute(
            opening.on_conflict_do_nothing(index_elements=["cause", "queue"], index_where=STANDING)
        )

    async def save(self, changed: Sequence[Storm]) -> None:
        """Write storms that are locked."""
        if not changed:
            return
        ordered = sorted(changed, key=lambda one: one.id)
        rows = [(one.id, one.version, one.members, one.ended_at, to_json(one)) for one in ordered]
        await self._link.run(rewriting(storms, ("version", "members", "ended_at", "body"), "id"), rows=rows)

    async def get(self, storm: StormId) -> Storm | None:
        """One storm."""
        query = select(storms.c.id, storms.c.version, storms.c.body).where(storms.c.id == storm)
        row = (await self._link.execute(query)).one_or_none()
        return None if row is None else _storm(row)

    async def standing(self) -> Sequence[Storm]:
        """All storms that have members."""
        query = select(storms.c.id, storms.c.version, storms.c.body).where(STANDING).order_by(storms.c.id)
        return [_storm(row) for row in await self._link.execute(query)]

    async def among(self, cases: Collection[ExceptionId]) -> Mapping[ExceptionId, tuple[StormId, Decimal]]:
        """Of these exceptions those that are members now: of which storm, and with how much at risk."""
        result = await self._link.run(_draw_among, cases=sorted(cases))
        return {ExceptionId(id_): (StormId(storm), risk) for id_, storm, risk in result}

    async def loose_counts(
        self, keys: Collection[Key], since: datetime, apart: Collection[ExceptionId] = ()
    ) -> Mapping[Key, int]:
        """Per cause and queue: unresolved exceptions in no storm that nobody has, opened ``since``, without those ``apart``."""
        result = await self._link.run(_draw_loose_counts, rows=sorted(keys), since=since, apart=sorted(apart))
        return {(cause, QueueId(queue)): count for cause, queue, count in result}

    async def loose(self, keys: Collection[Key], since: datetime, limit: int) -> Sequence[Case]:
        """Unresolved exceptions of these causes and queues in no storm that nobody has, opened ``since``."""
        held = exceptions.c
        given = self._link.rows(_KEYS, sorted(keys))
        query = (
            select(held.id, held.body)
            .select_from(exceptions.join(given, _same(held.cause, held.queue, given)))
            .order_by(held.id)
            .limit(limit)
        )
        return await cases_where(self._link, LOOSE, held.opened_at >= since, query=query)

    async def worst(self, storm: StormId, limit: int) -> Sequence[Case]:
        """Unresolved members, most money per hour first."""
        held = exceptions.c
        query = select(held.id, held.body).order_by(held.risk_per_hour.desc(), held.risk.desc(), held.id).limit(limit)
        return await cases_where(self._link, UNRESOLVED, held.storm == storm, query=query)

    async def versions(
        self, storm: StormId, after: ExceptionId, limit: int
    ) -> Sequence[tuple[ExceptionId, int, str, Decimal]]:
        """A page of unresolved members by id: (id, version, owner or nothing, money at risk)."""
        held = exceptions.c
        query = (
            select(held.id, held.version, func.coalesce(held.owner, ""), held.risk)
            .where(UNRESOLVED, held.storm == storm, held.id > after)
            .order_by(held.id)
            .limit(limit)
        )
        return [(ExceptionId(row[0]), row[1], row[2], row[3]) for row in await self._link.execute(query)]

    async def cases(self, storm: StormId, ids: Collection[ExceptionId]) -> Sequence[Case]:
        """Of these exceptions the unresolved members of a storm."""
        held = exceptions.c
        return await cases_where(self._link, UNRESOLVED, held.storm == storm, self._link.among(held.id, sorted(ids)))

    async def left_open(self, storm: StormId, queue: QueueId, limit: int) -> Sequence[Case]:
        """What left a storm of a queue and is unresolved, most money per hour first."""
        held = exceptions.c
        query = select(held.id, held.body).order_by(held.risk_per_hour.desc(), held.risk.desc(), held.id).limit(limit)
        left = held.body["left_storm"].as_integer() == storm
        return await cases_where(self._link, UNRESOLVED, held.queue == queue, left, query=query)

    async def oversold(self, storm: StormId, since: datetime, until: datetime) -> int:
        """How many SKUs that were in a storm were found oversold between two instants."""
        held, member = exceptions.c, exceptions.alias("member").c
        in_it = select(member.id).where(member.sku == held.sku, member.storm == storm).exists()
        found = select(func.count(func.distinct(held.sku))).where(
            held.cls == ExceptionClass.OVERSELL.value, held.opened_at >= since, held.opened_at <= until, in_it
        )
        return int((await self._link.execute(found)).scalar_one())

    async def members(self, storm: StormId, after: ExceptionId, limit: int) -> Sequence[Case]:
        """A page of unresolved members in the order of their ids."""
        held = exceptions.c
        query = select(held.id, held.body).order_by(held.id).limit(limit)
        return await cases_where(self._link, UNRESOLVED, held.storm == storm, held.id > after, query=query)


def _draw_lock(draw: Drawing) -> Select[Any]:
    held = storms.c
    given = draw.rows(_KEYS)
    stands = and_(STANDING, select(given.c.cause).where(_same(held.cause, held.queue, given)).exists())
    query = select(held.id, held.version, held.body).where(or_(draw.among(held.id, "ids"), stands))
    return query.order_by(held.id).with_for_update()


def _draw_among(draw: Drawing) -> Select[Any]:
    held = exceptions.c
    query = select(held.id, held.storm, held.risk)
    return query.where(UNRESOLVED, held.storm.is_not(None), draw.among(held.id, "cases"))


def _draw_loose_counts(draw: Drawing) -> Select[Any]:
    held = exceptions.c
    given = draw.rows(_KEYS)
    return (
        select(held.cause, held.queue, func.count())
        .select_from(exceptions.join(given, _same(held.cause, held.queue, given)))
        .where(LOOSE, held.opened_at >= bindparam("since", type_=Instant()), ~draw.among(held.id, "apart"))
        .group_by(held.cause, held.queue)
    )


def _same(cause: ColumnElement[Any], queue: ColumnElement[Any], given: Any) -> ColumnElement[bool]:
    return and_(cause == given.c.cause, queue == given.c.queue)


def _storm(row: Row[Any]) -> Storm:
    return from_json(Storm, {**row.body, "id": row.id})
