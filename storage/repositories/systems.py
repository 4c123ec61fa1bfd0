"""Systems: claimed, read and judged like SKUs, each under its row's lock."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import (
    Row,
    Select,
    Text,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    literal_column,
    or_,
    select,
    update,
)

from storage.dialect import Drawing, Link, inserting
from storage.repositories.case_rows import cases_where, suspicions_where
from storage.repositories.facts import mark_positions_due
from storage.repositories.held_files import SqlHeldFiles
from storage.repositories.readings import all_readings, begin_reading, end_reading, expect_readings
from storage.repositories.source_words import standing_words
from storage.repositories.supply import supply_of
from storage.repositories.target_rows import lane_of
from storage.repositories.written import SKUS_OF
from storage.tables.cases import UNRESOLVED, exceptions, suspicions
from storage.tables.columns import Instant
from storage.tables.deliveries import GOOD, TROUBLED, deliveries, problems
from storage.tables.facts import KEPT, facts
from storage.tables.outbox import WAITING, lanes, targets
from storage.tables.systems import system_due
from storage.tables.systems import systems as system_table
from storage.tables.work import counters
from sync.model.exceptions import Case
from sync.model.ids import SystemId
from sync.model.outbox import Lane
from sync.model.picture import AcknowledgementAsked, FamilySupply, Suspicion, SystemPicture, Unmapped
from sync.model.reading import Reading
from sync.model.source_word import word_on

T = TypeVar("T")

TROUBLE_TOLD = 200
"""Troubled deliveries per reading at most, newest first; of each so many problems."""


class SqlSystems:
    """Implements ``sync.ports.Systems``."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def ensure(self, systems: Sequence[SystemId], now: datetime) -> None:
        """Create rows for systems that policy lists; each is due, since policy or time may have changed its verdict."""
        if systems:
            rows = [(system, now) for system in sorted(set(systems))]
            creating = self._link.insert_rows(system_table, ("id", "first_seen"), rows)
            await self._link.execute(creating.on_conflict_do_nothing(index_elements=["id"]))
            await self.mark_due(systems, now)

    async def claim_due(self, now: datetime) -> Sequence[SystemId]:
        """Lock the systems that are due, in key order, skipping locked ones. Their marks are dropped under the lock."""
        found = [SystemId(id_) for id_ in (await self._link.run(_draw_due, now=now)).scalars()]
        if found:
            await self._link.execute(
                delete(system_due).where(self._link.among(system_due.c.system, found), system_due.c.at <= now)
            )
        return found

    async def lock(self, system: SystemId) -> None:
        """Lock one system's row."""
        await self._link.execute(select(system_table.c.id).where(system_table.c.id == system).with_for_update())

    async def mark_due(self, systems: Iterable[SystemId], at: datetime) -> None:
        """They are due at ``at`` or before. Marks are only inserted, so nobody waits for a lock."""
        rows = [(system, at) for system in sorted(set(systems))]
        if rows:
            await self._link.run(inserting(system_due, ("system", "at")), rows=rows)

    async def finish(self, next_due: Mapping[SystemId, datetime | None]) -> None:
        """Set ``due_at``."""
        if not next_due:
            return
        given = self._link.rows({"id": Text(), "due_at": Instant()}, sorted(next_due.items()))
        await self._link.execute(
            update(system_table).where(system_table.c.id == given.c.id).values(due_at=given.c.due_at)
        )

    async def skus_of(self, system: SystemId, now: datetime, *, by_word: bool = False) -> int:
        """Mark due every SKU with a position of this system, in one statement; returns how many. ``by_word``: because a person
        said that more of its numbers counts."""
        return await mark_positions_due(self._link, system, None, now, by_word=by_word)

    async def expect_readings(self, systems: Sequence[SystemId]) -> None:
        """Create the rows of systems that can be read: until a first full reading they are behind."""
        await expect_readings(self._link, systems)

    async def readings(self) -> Mapping[SystemId, Reading]:
        """How far each system that can be read has been read."""
        return await all_readings(self._link)

    async def begin_reading(self, system: SystemId, reader: str, now: datetime, until: datetime) -> bool:
        """Read for all processes until then, or go on doing so; False while another process does."""
        return await begin_reading(self._link, system, reader, now, until)

    async def end_reading(self, system: SystemId, reader: str, began: datetime | None, *, full: bool) -> bool:
        """The reading is through (``began`` None: it failed). False: another process had taken it over."""
        return await end_reading(self._link, system, reader, began, full)

    async def supply(self, asked: AcknowledgementAsked, now: datetime) -> Sequence[FamilySupply]:
        """How a vendor stands behind its stock, by SKU family; one query."""
        return await supply_of(self._link, asked, now)

    async def load(self, systems: Sequence[SystemId]) -> Mapping[SystemId, SystemPicture]:
        """Their pictures in a fixed number of queries."""
        if not systems:
            return {}
        wanted = sorted(set(systems))
        rows = await self._heard(wanted)
        lanes_of = await self._lanes(wanted)
        waiting = await self._waiting(wanted)
        unmapped = await self._unmapped(wanted)
        held, unusable = await self._trouble(wanted)
        countable = await SqlHeldFiles(self._link).newest(held)
        cases = await self._cases(wanted)
        suspected = await self._suspicions(wanted)
        read = await all_readings(self._link)
        words = await standing_words(self._link)
        return {
            system: SystemPicture(
                system=system,
                heard_at=row.heard_at,
                content_at=row.content_at,
                first_seen=row.first_seen,
                skus=int(row.skus),
                lane=lanes_of.get(system),
                waiting=waiting.get(system, (0, None))[0],
                oldest_waiting=waiting.get(system, (0, None))[1],
                unmapped=tuple(unmapped.get(system, ())),
                held=tuple(held.get(system, ())),
                problems=tuple(unusable.get(system, ())),
                cases=tuple(cases.get(system, ())),
                suspicions=tuple(suspected.get(system, ())),
                reading=read.get(system),
                word=word_on(words, system),
                countable=countable[system].delivery if system in countable else None,
            )
            for system in wanted
            if (row := rows.get(system)) is not None
        }

    async def _heard(self, wanted: Sequence[SystemId]) -> dict[SystemId, Row[Any]]:
        """When each was heard last, its newest content, and how many SKUs it states numbers for: each from an index or
        a running total."""
        id_ = system_table.c.id
        came = deliveries.c
        heard = select(func.max(came.last_at)).where(GOOD, came.system == id_).scalar_subquery()
        content = (
            select(func.max(came.content_at))
            .where(GOOD, came.content_at.is_not(None), came.system == id_)
            .scalar_subquery()
        )
        counted = select(func.coalesce(func.sum(counters.c.value), 0)).where(counters.c.name == SKUS_OF + id_)
        query = select(
            id_,
            system_table.c.first_seen,
            heard.label("heard_at"),
            content.label("content_at"),
            counted.scalar_subquery().label("skus"),
        ).where(self._link.among(id_, wanted))
        return {SystemId(row.id): row for row in await self._link.execute(query)}

    async def _lanes(self, wanted: Sequence[SystemId]) -> dict[SystemId, Lane]:
        result = await self._link.execute(select(lanes).where(self._link.among(lanes.c.system, wanted)))
        return {SystemId(row.system): lane_of(row) for row in result}

    async def _waiting(self, wanted: Sequence[SystemId]) -> dict[SystemId, tuple[int, datetime]]:
        query = (
            select(targets.c.lane, func.count(), func.min(targets.c.wanted_at))
            .where(WAITING, self._link.among(targets.c.lane, wanted))
            .group_by(targets.c.lane)
        )
        return {SystemId(lane): (count, oldest) for lane, count, oldest in await self._link.execute(query)}

    async def _unmapped(self, wanted: Sequence[SystemId]) -> Mapping[SystemId, list[Unmapped]]:
        """Codes that map to no SKU; where the SKU is known, the place that maps to no location."""
        known = facts.c.sku.is_not(None)
        namespace = case((known, literal_column("'place'")), else_=facts.c.namespace).label("named")
        value = case((known, facts.c.place), else_=facts.c.value).label("unknown")
        query = (
            select(facts.c.system, namespace, value, func.count(), func.min(facts.c.received_at))
            .where(KEPT, self._link.among(facts.c.system, wanted))
            .group_by(facts.c.system, namespace, value)
            .order_by(facts.c.system, namespace, value)
        )
        found = await self._link.execute(query)
        return _grouped(
            (system, Unmapped(named, unknown or "", count, first)) for system, named, unknown, count, first in found
        )

    async def _trouble(
        self, wanted: Sequence[SystemId]
    ) -> tuple[Mapping[SystemId, list[tuple[str, str]]], Mapping[SystemId, list[tuple[str, str]]]]:
        """Deliveries held or kept whole, and unusable parts, that nothing has answered yet; newest first.

        A later complete reading through the same door answers a file or a poll; a person who resolves the exception
        answers everything before that.
        """
        came = deliveries.c
        later = deliveries.alias("later")
        answered = exists(
            select(later.c.id)
            .where(later.c.system == came.system, later.c.door == came.door, later.c.received_at > came.received_at)
            .where(_complete(later))
        )
        resolved = (
            select(func.max(exceptions.c.ended_at))
            .where(exceptions.c.sku.is_(None), exceptions.c.systems == came.system)
            .where(exceptions.c.detail == "unusable", exceptions.c.life == "resolved")
            .scalar_subquery()
        )
        standing = and_(
            TROUBLED,
            self._link.among(came.system, wanted),
            ~answered,
            came.received_at > func.coalesce(resolved, 0, type_=came.received_at.type),
        )
        newest = (
            select(came.id, came.system, came.name, came.door, came.state, came.reason, came.received_at)
            .where(standing)
            .order_by(came.received_at.desc())
            .limit(TROUBLE_TOLD)
            .subquery()
        )
        parts = problems.c
        query = (
            select(newest, parts.place, parts.why)
            .outerjoin(problems, and_(parts.delivery == newest.c.id, newest.c.state == "recorded"))
            .order_by(newest.c.received_at.desc(), newest.c.id.desc(), parts.number)
            .limit(10 * TROUBLE_TOLD)
        )
        held: list[tuple[str, tuple[str, str]]] = []
        unusable: list[tuple[str, tuple[str, str]]] = []
        for row in await self._link.execute(query):
            if row.state == "recorded":
                unusable.append((row.system, (row.place or row.name or row.door, row.why or row.reason)))
            else:
                held.append((row.system, (row.name or row.door, row.reason)))
        return _grouped(held), _grouped(unusable)

    async def _cases(self, wanted: Sequence[SystemId]) -> Mapping[SystemId, list[Case]]:
        """Of the system itself: unresolved ones, and of each fingerprint the one that ended last."""
        held = exceptions.c
        of_system = and_(held.sku.is_(None), self._link.among(held.systems, wanted))
        ended = select(func.max(held.id)).where(held.ended_at.is_not(None), of_system).group_by(held.fingerprint)
        found = await cases_where(self._link, of_system, or_(UNRESOLVED, held.id.in_(ended)))
        return _grouped(("+".join(case.fingerprint.systems), case) for case in found)

    async def _suspicions(self, wanted: Sequence[SystemId]) -> Mapping[SystemId, list[Suspicion]]:
        held = suspicions.c
        found = await suspicions_where(self._link, held.sku.is_(None), self._link.among(held.systems, wanted))
        return _grouped(("+".join(one.finding.fingerprint.systems), one) for one in found)


def _complete(later: Any) -> Any:
    """COMPLETE, of another row."""
    return and_(
        later.c.state == literal_column("'recorded'"),
        later.c.problems == literal_column("0"),
        later.c.door.in_([literal_column("'file'"), literal_column("'poll'")]),
    )


def _grouped(pairs: Iterable[tuple[str, T]]) -> Mapping[SystemId, list[T]]:
    groups: dict[SystemId, list[T]] = defaultdict(list)
    for system, one in pairs:
        groups[SystemId(system)].append(one)
    return groups


def draw_due_systems(_draw: Drawing) -> Select[Any]:
    """Systems that are due."""
    held, now = system_table.c, bindparam("now", type_=Instant())
    marked = select(system_due.c.system).where(system_due.c.at <= now)
    return select(held.id).where(or_(held.due_at <= now, held.id.in_(marked))).order_by(held.id)


def _draw_due(draw: Drawing) -> Select[Any]:
    return draw_due_systems(draw).with_for_update(skip_locked=True)
