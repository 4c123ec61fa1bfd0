"""Desired state and the lanes that carry it out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import and_, case, or_, select, update

from storage.dialect import Link
from storage.repositories.target_rows import LANE, WANTED, lane_of, sent_row, target_of, wanted_row
from storage.tables.outbox import WAITING, lanes, targets
from sync.model.ids import SystemId
from sync.model.outbox import Lane, Priority, Target, TargetState

_NEVER_SENT = {
    "attempts": 0,
    "sent_revision": 0,
    "confirmed": False,
    "fault": "",
    "fault_text": "",
    "epoch": 0,
}


class SqlOutbox:
    """Implements ``sync.ports.Outbox``."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def want(self, wanted: Sequence[Target]) -> None:
        """Insert or replace by key what is wanted; a row in flight stays so until its outcome is settled, and one that
        was given up starts over."""
        if not wanted:
            return
        newest = {target.key: target for target in wanted}
        names = [*WANTED, *_NEVER_SENT]
        rows = [(*wanted_row(target), *_NEVER_SENT.values()) for _, target in sorted(newest.items())]
        writing = self._link.insert_rows(targets, names, rows)
        given, held = writing.excluded, targets.c
        values = {name: given[name] for name in WANTED if name not in ("key", "state")}
        values["state"] = case((held.state == TargetState.IN_FLIGHT.value, held.state), else_=given.state)
        values |= {"attempts": 0, "fault": "", "fault_text": "", "failing_since": None}
        await self._link.execute(writing.on_conflict_do_update(index_elements=["key"], set_=values))

    async def get(self, key: str) -> Target | None:
        """One target."""
        row = (await self._link.execute(select(targets).where(targets.c.key == key))).one_or_none()
        return None if row is None else target_of(row)

    async def lease(self, system: SystemId, holder: str, now: datetime, until: datetime) -> Lane | None:
        """Take or renew the lane: a new holder gets the next epoch; None while another holds it."""
        fresh = (system, 0, "", None, None, None, None, None, "", "", None)
        creating = self._link.insert_rows(lanes, LANE, [fresh])
        await self._link.execute(creating.on_conflict_do_nothing(index_elements=["system"]))
        held = lanes.c
        free = or_(held.holder == holder, held.leased_until.is_(None), held.leased_until <= now)
        taking = (
            update(lanes)
            .where(held.system == system, free)
            .values(
                epoch=case((held.holder == holder, held.epoch), else_=held.epoch + 1), holder=holder, leased_until=until
            )
        )
        row = (await self._link.execute(taking.returning(*held))).one_or_none()
        return None if row is None else lane_of(row)

    async def save_lane(self, lane: Lane) -> bool:
        """Write rate state and fault under its epoch; False when the lease was lost."""
        values = {name: getattr(lane, name) for name in LANE if name not in ("system", "epoch", "holder")}
        writing = update(lanes).where(lanes.c.system == lane.system, lanes.c.epoch == lane.epoch)
        return await self._link.changed(writing.values(**values)) == 1

    async def next_targets(
        self, lane: Lane, now: datetime, limit: int, most: Priority = Priority.READ
    ) -> Sequence[Target]:
        """Due targets by urgency, each set in flight under the lane's epoch; those left in flight by an older epoch, or
        beyond their lease, are handed out again."""
        held = targets.c
        due = and_(held.state == TargetState.DUE.value, or_(held.next_at.is_(None), held.next_at <= now))
        left = and_(
            held.state == TargetState.IN_FLIGHT.value, or_(held.epoch < lane.epoch, held.in_flight_until <= now)
        )
        query = (
            select(held.key)
            .where(WAITING, held.lane == lane.system, held.priority <= int(most), or_(due, left))
            .order_by(held.priority, held.risk_order.desc(), held.wanted_at, held.key)
            .limit(limit)
        )
        keys = list((await self._link.execute(query.with_for_update(skip_locked=True))).scalars())
        if not keys:
            return ()
        taking = update(targets).where(self._link.among(held.key, keys))
        taking = taking.values(
            state=TargetState.IN_FLIGHT.value, epoch=lane.epoch, in_flight_until=lane.leased_until
        )
        rows = {row.key: row for row in await self._link.execute(taking.returning(*held))}
        return [target_of(rows[key]) for key in keys]

    async def settle(self, target: Target) -> bool:
        """Write the outcome under its epoch; False when that is an old one. A newer wish meanwhile is due again."""
        held = targets.c
        values = sent_row(target)
        sent_state, next_at = values.pop("state"), values.pop("next_at")
        expected, fault = values.pop("expected"), (values.pop("fault"), values.pop("fault_text"))
        newer = held.revision > target.revision
        writing = update(targets).where(held.key == target.key, held.epoch == target.epoch)
        writing = writing.where(held.state == TargetState.IN_FLIGHT.value)
        writing = writing.values(
            **values,
            state=case((newer, TargetState.DUE.value), else_=sent_state),
            next_at=case((newer, held.wanted_at), else_=next_at),
            expected=case((newer, held.expected), else_=expected),
            fault=case((newer, ""), else_=fault[0]),
            fault_text=case((newer, ""), else_=fault[1]),
            revision=case((newer, held.revision), else_=target.revision),
        )
        return await self._link.changed(writing) == 1

    async def release(self, handed_out: Sequence[Target]) -> None:
        """Set targets that were handed out but not sent due again, under their epoch."""
        if not handed_out:
            return
        held = targets.c
        keys, epoch = [target.key for target in handed_out], handed_out[0].epoch
        writing = update(targets).where(self._link.among(held.key, keys), held.epoch == epoch)
        writing = writing.where(held.state == TargetState.IN_FLIGHT.value)
        await self._link.execute(writing.values(state=TargetState.DUE.value, in_flight_until=None))

    async def saw(self, key: str, seen: int, at: datetime) -> None:
        """What a read-back showed for a target."""
        await self._link.execute(update(targets).where(targets.c.key == key).values(seen=seen, seen_at=at))

    async def retry(self, keys: Sequence[str], now: datetime) -> None:
        """Set failed targets due again, no attempts counted and under a new revision, so that the request has a key of
        its own."""
        given_up = (TargetState.FAILED.value, TargetState.REFUSED.value)
        writing = update(targets).where(self._link.among(targets.c.key, keys), targets.c.state.in_(given_up))
        await self._link.execute(
            writing.values(
                state=TargetState.DUE.value,
                revision=targets.c.revision + 1,
                attempts=0,
                next_at=now,
                fault="",
                fault_text="",
                failing_since=None,
            )
        )

    async def lanes(self) -> Sequence[Lane]:
        """All lanes, by system."""
        return [lane_of(row) for row in await self._link.execute(select(lanes).order_by(lanes.c.system))]

    async def due_lanes(self, now: datetime) -> Sequence[SystemId]:
        """Systems with targets that are due or left in flight."""
        held = targets.c
        due = or_(held.state == TargetState.IN_FLIGHT.value, held.next_at.is_(None), held.next_at <= now)
        query = select(held.lane).where(WAITING, due).distinct().order_by(held.lane)
        return [SystemId(lane) for lane in (await self._link.execute(query)).scalars()]
