"""Systems: their own due times, and the picture that their rules look at."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, delete, func, literal, or_, select, update

from storage.dialect import Link
from storage.repositories.case_rows import cases_where, suspicions_where
from storage.repositories.target_rows import lane_of
from storage.tables.cases import UNRESOLVED, exceptions, suspicions
from storage.tables.deliveries import COMPLETE, GOOD, TROUBLED, deliveries, problems
from storage.tables.facts import KEPT, facts
from storage.tables.outbox import WAITING, lanes, targets
from storage.tables.stock import due, positions
from storage.tables.systems import system_due, systems
from sync.model.exceptions import Case
from sync.model.ids import SystemId
from sync.model.picture import Suspicion, SystemPicture, Unmapped

MOST_TOLD = 20
"""Troubles and unmapped codes per system that a picture holds, newest or most frequent first."""


class SqlSystems:
    """Implements ``sync.ports.Systems``."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def ensure(self, wanted: Sequence[SystemId], now: datetime) -> None:
        """Create rows for systems that policy lists; each is looked at once right away."""
        if not wanted:
            return
        rows = [(system, now, now) for system in sorted(set(wanted))]
        creating = self._link.insert_rows(systems, ("id", "first_seen", "due_at"), rows)
        given = creating.excluded
        await self._link.execute(
            creating.on_conflict_do_update(index_elements=["id"], set_={"due_at": given.due_at})
        )

    async def claim_due(self, now: datetime) -> Sequence[SystemId]:
        """Lock the systems that were marked or whose time has come, in key order, skipping locked ones."""
        marked = select(system_due.c.system).where(system_due.c.at <= now)
        query = select(systems.c.id).where(or_(systems.c.due_at <= now, systems.c.id.in_(marked)))
        found = await self._link.execute(query.order_by(systems.c.id).with_for_update(skip_locked=True))
        claimed = [SystemId(system) for system in found.scalars()]
        if claimed:
            seen = and_(self._link.among(system_due.c.system, claimed), system_due.c.at <= now)
            await self._link.execute(delete(system_due).where(seen))
        return claimed

    async def lock(self, system: SystemId) -> None:
        """Lock one system's row."""
        await self._link.execute(select(systems.c.id).where(systems.c.id == system).with_for_update())

    async def mark_due(self, marked: Iterable[SystemId], at: datetime) -> None:
        """Insert marks; waits for no lock."""
        rows = [(system, at) for system in sorted(set(marked))]
        if rows:
            await self._link.execute(self._link.insert_rows(system_due, ("system", "at"), rows))

    async def finish(self, next_due: Mapping[SystemId, datetime | None]) -> None:
        """Set their own next time."""
        if not next_due:
            return
        kinds = {"id": systems.c.id.type, "due_at": systems.c.due_at.type}
        given = self._link.rows(kinds, sorted(next_due.items()))
        await self._link.execute(update(systems).where(systems.c.id == given.c.id).values(due_at=given.c.due_at))

    async def skus_of(self, system: SystemId, now: datetime) -> int:
        """Mark due every SKU with a position of this system."""
        chosen = select(literal(1), positions.c.sku, literal(now, due.c.at.type), literal("system"))
        chosen = chosen.where(positions.c.system == system).distinct()
        return await self._link.changed(self._link.insert(due).from_select(["rank", "sku", "at", "cause"], chosen))

    async def load(self, wanted: Sequence[SystemId]) -> Mapping[SystemId, SystemPicture]:
        """Their pictures, in a fixed number of queries."""
        if not wanted:
            return {}
        seen = await self._one_each(select(systems.c.id, systems.c.first_seen).where(self._link.among(systems.c.id, wanted)))
        held = deliveries.c
        heard = await self._one_each(
            select(held.system, func.max(held.last_at)).where(GOOD, self._link.among(held.system, wanted)).group_by(held.system)
        )
        content = await self._one_each(
            select(held.system, func.max(held.content_at))
            .where(GOOD, held.content_at.is_not(None), self._link.among(held.system, wanted))
            .group_by(held.system)
        )
        stated = await self._one_each(
            select(positions.c.system, func.count(positions.c.sku.distinct()))
            .where(self._link.among(positions.c.system, wanted))
            .group_by(positions.c.system)
        )
        waiting = await self._waiting(wanted)
        rows = await self._link.execute(select(lanes).where(self._link.among(lanes.c.system, wanted)))
        lane = {row.system: lane_of(row) for row in rows}
        unmapped = await self._unmapped(wanted)
        troubles = await self._troubles(wanted)
        cases, suspected = await self._cases(wanted)
        return {
            system: SystemPicture(
                system=system,
                heard_at=heard.get(system),
                content_at=content.get(system),
                first_seen=seen.get(system),
                skus=stated.get(system, 0),
                lane=lane.get(system),
                waiting=waiting.get(system, (0, None))[0],
                oldest_waiting=waiting.get(system, (0, None))[1],
                unmapped=tuple(unmapped.get(system, ())),
                held=tuple(troubles["held"].get(system, ())),
                problems=tuple(troubles["problems"].get(system, ())),
                cases=tuple(cases.get(system, ())),
                suspicions=tuple(suspected.get(system, ())),
            )
            for system in wanted
        }

    async def _one_each(self, query: Any) -> dict[str, Any]:
        return {system: value for system, value in await self._link.execute(query)}

    async def _waiting(self, wanted: Sequence[SystemId]) -> dict[str, tuple[int, datetime | None]]:
        query = select(targets.c.lane, func.count(), func.min(targets.c.wanted_at)).where(WAITING)
        query = query.where(self._link.among(targets.c.lane, wanted)).group_by(targets.c.lane)
        return {lane: (count, oldest) for lane, count, oldest in await self._link.execute(query)}

    async def _unmapped(self, wanted: Sequence[SystemId]) -> dict[str, list[Unmapped]]:
        """Codes of kept facts: the item's where the SKU is unknown, else the place's."""
        held = facts.c
        items = select(
            held.system, held.namespace, held.value, func.count().label("times"), func.min(held.received_at).label("first")
        ).where(KEPT, held.sku.is_(None), self._link.among(held.system, wanted))
        found: dict[str, list[Unmapped]] = defaultdict(list)
        for row in await self._link.execute(items.group_by(held.system, held.namespace, held.value)):
            found[row.system].append(Unmapped(row.namespace or "", row.value or "", row.times, row.first))
        return found

    async def _troubles(self, wanted: Sequence[SystemId]) -> dict[str, dict[str, list[tuple[str, str]]]]:
        """Held deliveries, and unusable parts, each until a later reading of the source was without fault."""
        held = deliveries.c
        answered = (
            select(held.system.label("system"), func.max(held.received_at).label("at"))
            .where(COMPLETE, self._link.among(held.system, wanted))
            .group_by(held.system)
            .subquery()
        )
        standing = or_(answered.c.at.is_(None), held.received_at > answered.c.at)
        query = (
            select(held.id, held.system, held.name, held.door, held.state, held.reason)
            .outerjoin(answered, answered.c.system == held.system)
            .where(TROUBLED, standing, self._link.among(held.system, wanted))
            .order_by(held.received_at.desc(), held.id.desc())
            .limit(MOST_TOLD)
        )
        rows = (await self._link.execute(query)).all()
        told: dict[str, dict[str, list[tuple[str, str]]]] = {"held": defaultdict(list), "problems": defaultdict(list)}
        for row in rows:
            if row.state == "held":
                told["held"][row.system].append((row.name or row.door, row.reason))
        of_system = {row.id: row.system for row in rows if row.state != "held"}
        parts = select(problems.c.delivery, problems.c.place, problems.c.why)
        parts = parts.where(self._link.among(problems.c.delivery, list(of_system)))
        for part in await self._link.execute(parts.order_by(problems.c.delivery.desc(), problems.c.number).limit(MOST_TOLD)):
            told["problems"][of_system[part.delivery]].append((part.place, part.why))
        return told

    async def _cases(
        self, wanted: Sequence[SystemId]
    ) -> tuple[dict[str, list[Case]], dict[str, list[Suspicion]]]:
        """Unresolved cases of whole systems, and of each fingerprint the one that ended last; and suspicions."""
        held = exceptions.c
        own = and_(held.sku.is_(None), self._link.among(held.systems, wanted))
        ended = select(func.max(held.id)).where(held.ended_at.is_not(None), own).group_by(held.fingerprint)
        cases: dict[str, list[Case]] = defaultdict(list)
        for case in await cases_where(self._link, own, or_(UNRESOLVED, held.id.in_(ended))):
            cases[case.fingerprint.systems[0]].append(case)
        suspected: dict[str, list[Suspicion]] = defaultdict(list)
        mine = and_(suspicions.c.sku.is_(None), self._link.among(suspicions.c.systems, wanted))
        for one in await suspicions_where(self._link, mine):
            suspected[one.finding.fingerprint.systems[0]].append(one)
        return cases, suspected
