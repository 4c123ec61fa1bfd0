"""Desired state and lanes. A lane is a leased row with an epoch; every result is written under it or not at all."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, case, func, literal, literal_column, or_, select, update
from sqlalchemy.sql import Executable

from storage.dialect import Drawing, Link
from storage.repositories.target_rows import TARGET, lane_of, target_of, target_row
from storage.tables.columns import Instant
from storage.tables.outbox import WAITING, lanes
from storage.tables.outbox import targets as target_table
from storage.tables.stock import due as undecided
from sync.model.ids import SystemId
from sync.model.outbox import Lane, Priority, Target, TargetState

_WANTED = [
    "wanted",
    "revision",
    "priority",
    "wanted_at",
    "expected",
    "doors",
    "risk",
    "risk_order",
    "next_at",
    "exception",
]
_OUTCOME = [
    "sent",
    "sent_start",
    "sent_end",
    "sent_revision",
    "confirmed",
    "seen",
    "seen_at",
    "fault",
    "fault_text",
    "failing_since",
]
_GIVEN_UP = [TargetState.FAILED.value, TargetState.REFUSED.value]
_UNLESS_NEWER = ["revision", "priority", "expected", "attempts", "next_at"]
_DUE: ColumnElement[str] = literal_column("'due'")
_IN_FLIGHT: ColumnElement[str] = literal_column("'in_flight'")


class SqlOutbox:
    """Implements ``sync.ports.Outbox``."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def want(self, targets: Sequence[Target]) -> None:
        """Insert or replace by key what is wanted. A new revision starts with no attempts counted; a row in flight keeps
        its state until its outcome is settled."""
        newest = {target.key: target for target in targets}
        if not newest:
            return
        self._link.later(_draw_wanting, rows=[target_row(newest[key]) for key in sorted(newest)])

    async def get(self, key: str) -> Target | None:
        """One target."""
        row = (await self._link.execute(select(target_table).where(target_table.c.key == key))).one_or_none()
        return None if row is None else target_of(row)

    async def lease(self, system: SystemId, holder: str, now: datetime, until: datetime) -> Lane | None:
        """Take or renew the lane: a new holder gets the next epoch; None while another holds it. One statement: of two
        who try at once the second sees what the first wrote."""
        held = lanes.c
        taking = self._link.insert(lanes).values(
            system=system, epoch=1, holder=holder, leased_until=until, fault="", fault_text=""
        )
        free = or_(held.holder == holder, held.leased_until.is_(None), held.leased_until <= now)
        taking = taking.on_conflict_do_update(
            index_elements=["system"],
            set_={
                "epoch": case((held.holder == holder, held.epoch), else_=held.epoch + 1),
                "holder": holder,
                "leased_until": until,
            },
            where=free,
        )
        row = (await self._link.execute(taking.returning(*held))).one_or_none()
        return None if row is None else lane_of(row)

    async def leave(self, holder: str, now: datetime) -> None:
        """End the leases of a holder that stops, and of what it left in flight; the next holder gets the next epoch."""
        held = target_table.c
        own = and_(lanes.c.system == held.lane, lanes.c.epoch == held.epoch, lanes.c.holder == holder)
        left = update(target_table).where(held.state == _IN_FLIGHT, select(lanes.c.system).where(own).exists())
        await self._link.execute(left.values(in_flight_until=now))
        await self._link.execute(update(lanes).where(lanes.c.holder == holder).values(leased_until=now))

    async def save_lane(self, lane: Lane) -> bool:
        """Write lease end, rate state and fault under its epoch; False when the lease was lost."""
        saving = update(lanes).where(_lane_is(lane))
        values = {
            "leased_until": lane.leased_until,
            "budget": lane.budget,
            "refill_per_second": lane.refill_per_second,
            "budget_at": lane.budget_at,
            "blocked_until": lane.blocked_until,
            "fault": lane.fault,
            "fault_text": lane.fault_text,
            "fault_since": lane.fault_since,
        }
        return await self._link.changed(saving.values(values)) == 1

    async def next_targets(
        self, lane: Lane, now: datetime, limit: int, held_back: Collection[Priority] = ()
    ) -> Sequence[Target]:
        """Due targets of a lane by (priority, risk desc, wanted_at), none of a priority that is ``held_back``, each set in
        flight under the lane's epoch. Nothing when the lease was lost. An increase waits while facts of its SKU are still to be
        decided. Rows left in flight by an older epoch, or beyond the end of the lease they were handed out under, are handed
        out again, that try counted: nobody knows what came of it."""
        held = target_table.c
        due = and_(held.state == _DUE, or_(held.next_at.is_(None), held.next_at <= now))
        left = and_(held.state == _IN_FLIGHT, or_(held.epoch < lane.epoch, held.in_flight_until <= now))
        leased = select(lanes.c.system).where(_lane_is(lane)).exists()
        order = (held.priority, held.risk_order.desc(), held.wanted_at, held.key)
        open_facts = select(undecided.c.id).where(undecided.c.sku == held.sku, undecided.c.at <= now).exists()
        decided = or_(held.priority != int(Priority.INCREASE), ~open_facts)
        allowed = held.priority.not_in([int(one) for one in held_back])
        chosen = (
            select(held.key)
            .where(WAITING, held.lane == lane.system, allowed, decided, or_(due, left), leased)
            .order_by(*order)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        handing = update(target_table).where(held.key.in_(chosen.scalar_subquery()))
        values = {
            "state": TargetState.IN_FLIGHT.value,
            "epoch": lane.epoch,
            "in_flight_until": lane.leased_until,
            "attempts": case((held.state == _IN_FLIGHT, held.attempts + 1), else_=held.attempts),
        }
        result = await self._link.execute(handing.values(values).returning(*held))
        handed = [target_of(row) for row in result]
        return sorted(handed, key=lambda one: (one.priority, -one.risk, one.wanted_at, one.key))

    async def settle(self, target: Target) -> bool:
        """Write the outcome under its epoch; False: an old epoch, nothing written. When something newer is wanted
        meanwhile, that stays and the row goes back to due; doors that a pause found open are kept for the resume."""
        held = target_table.c
        row = dict(zip(TARGET, target_row(target), strict=True))
        newer = or_(held.wanted_at > target.wanted_at, held.revision > target.revision)
        values: dict[str, Any] = {name: row[name] for name in _OUTCOME}
        values |= {name: case((newer, held[name]), else_=_typed(name, row[name])) for name in _UNLESS_NEWER}
        values["doors"] = case(
            (and_(newer, held.doors != _typed("doors", [])), held.doors), else_=_typed("doors", row["doors"])
        )
        values["state"] = case((newer, _DUE), else_=target.state.value)
        values["in_flight_until"] = None
        settling = update(target_table).where(held.key == target.key, _in_flight_under(target))
        return await self._link.changed(settling.values(values)) == 1

    async def release(self, targets: Sequence[Target]) -> None:
        """Set targets that were handed out but not sent due again, under their epoch."""
        held = target_table.c
        epochs = {target.epoch for target in targets}
        if not epochs:
            return
        releasing = update(target_table).where(
            self._link.among(held.key, sorted(target.key for target in targets)),
            self._link.among(held.epoch, sorted(epochs)),
            held.state == _IN_FLIGHT,
        )
        await self._link.execute(releasing.values(state=TargetState.DUE.value, in_flight_until=None))

    async def saw(self, key: str, seen: int, at: datetime) -> None:
        """What a read-back showed for a target."""
        await self._link.execute(update(target_table).where(target_table.c.key == key).values(seen=seen, seen_at=at))

    async def retry(self, keys: Sequence[str], now: datetime) -> None:
        """Set targets that were given up due again with no attempts counted, under a new revision: a channel that
        remembers the old request by its idempotency key would only repeat its answer."""
        if not keys:
            return
        held = target_table.c
        again = update(target_table).where(self._link.among(held.key, sorted(keys)), held.state.in_(_GIVEN_UP))
        values = {"state": TargetState.DUE.value, "revision": held.revision + 1, "attempts": 0, "next_at": now}
        await self._link.execute(again.values(values))

    async def lanes(self) -> Sequence[Lane]:
        """All lanes."""
        return [lane_of(row) for row in await self._link.execute(select(lanes).order_by(lanes.c.system))]

    async def due_lanes(self, now: datetime) -> Sequence[SystemId]:
        """Systems with targets that are due, or in flight beyond the end of the lease they were handed out under."""
        return [SystemId(system) for system in (await self._link.run(_draw_due_lanes, now=now)).scalars()]


def _typed(name: str, value: Any) -> ColumnElement[Any]:
    """A value as the column of that name stores it."""
    return literal(value, target_table.c[name].type)


def _lane_is(lane: Lane) -> ColumnElement[bool]:
    return and_(lanes.c.system == lane.system, lanes.c.epoch == lane.epoch, lanes.c.holder == lane.holder)


def _in_flight_under(target: Target) -> ColumnElement[bool]:
    """It is in flight under the epoch of its outcome, and its lane has no newer one."""
    current = select(lanes.c.epoch).where(lanes.c.system == target.lane).scalar_subquery()
    return and_(
        target_table.c.state == _IN_FLIGHT,
        target_table.c.epoch == target.epoch,
        func.coalesce(current, 0) == target.epoch,
    )


def _draw_due_lanes(_draw: Drawing) -> Executable:
    held, now = target_table.c, bindparam("now", type_=Instant())
    due = and_(held.state == _DUE, or_(held.next_at.is_(None), held.next_at <= now))
    left = and_(held.state == _IN_FLIGHT, held.in_flight_until <= now)
    return select(held.lane).where(WAITING, or_(due, left)).group_by(held.lane).order_by(held.lane)


def _draw_wanting(draw: Drawing) -> Executable:
    held = target_table.c
    wanting = draw.insert_rows(target_table, TARGET)
    given = wanting.excluded
    values: dict[str, Any] = {name: given[name] for name in _WANTED}
    values["state"] = case((held.state == _IN_FLIGHT, held.state), else_=given.state)
    values["attempts"] = case((held.revision == given.revision, held.attempts), else_=0)
    return wanting.on_conflict_do_update(index_elements=["key"], set_=values)
