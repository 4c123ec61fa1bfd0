"""Exceptions and the acts beside them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from sqlalchemy import BigInteger, ColumnElement, and_, case, delete, func, or_, select, update
from sqlalchemy.sql import Executable

from storage.codecs import from_json, to_json
from storage.dialect import Drawing, Link, inserting, upserting
from storage.repositories.case_rows import ACTION, CASE, action_row, case_row, cases_where, systems_of
from storage.repositories.episodes import record_episodes
from storage.tables.cases import CORRECTION, UNRESOLVED, exception_actions, exceptions, suspicions
from sync.errors import AlreadyHandled
from sync.exceptions.lifecycle import SELF
from sync.model.exceptions import Action, ActionKind, ActionState, Case, Fingerprint
from sync.model.ids import ExceptionId, LocationId, QueueId, SkuId, UserId
from sync.model.made import replaced
from sync.model.picture import Suspicion
from sync.ports import Clock, Standing

_SUSPICION = ("fingerprint", "sku", "systems", "body")
_STANDS = sorted(state.value for state in ActionState if state.stands)


class SqlExceptions:
    """Implements ``sync.ports.Exceptions``."""

    def __init__(self, link: Link, clock: Clock) -> None:
        self._link = link
        self._clock = clock

    async def open(self, cases: Sequence[Case]) -> Sequence[Case]:
        """Insert new cases and return them with their ids. AlreadyHandled when a fingerprint is unresolved already."""
        if not cases:
            return ()
        result = await self._link.run(_draw_opening, rows=[case_row(case) for case in cases])
        ids = {fingerprint: ExceptionId(id_) for id_, fingerprint in result}
        if len(ids) < len(cases):
            twice = [case.fingerprint.text for case in cases if case.fingerprint.text not in ids]
            raise AlreadyHandled(
                f"An exception stands for this already: {', '.join(twice) or 'given twice in one call'}."
            )
        opened = [replaced(case, id=ids[case.fingerprint.text]) for case in cases]
        record_episodes(self._link, opened, self._clock.now())
        self._link.count("opened", len(opened))
        await self._write_actions(opened)
        acted = [one.id for one in opened if one.actions]
        if not acted:
            return opened
        known = {case.id: case for case in await cases_where(self._link, self._link.among(exceptions.c.id, acted))}
        return [known.get(one.id, one) for one in opened]

    async def save(self, cases: Sequence[Case], as_measured: Collection[ExceptionId] = ()) -> None:
        """Write cases and their acts whose ``version`` is one above the stored one. AlreadyHandled otherwise: nothing
        of this call is to be committed then. The lives of those ``as_measured`` stand as they are written."""
        if not cases:
            return
        ordered = sorted(cases, key=lambda case: case.id)
        result = await self._link.run(_draw_saving, rows=[(case.id, *case_row(case)) for case in ordered])
        written = dict(result.all())
        late = [case.name for case in ordered if case.id not in written]
        if late:
            raise AlreadyHandled(f"{', '.join(late)} changed meanwhile; look at it again and decide anew.")
        measured = [case for case in ordered if case.id not in as_measured] if as_measured else ordered
        record_episodes(self._link, measured, self._clock.now())
        self._link.count("ended", sum(case.life.ended for case in ordered))
        await self._write_actions(ordered)

    async def _write_actions(self, cases: Sequence[Case]) -> None:
        known = [(act.id, *action_row(case, act)) for case in cases for act in case.actions if act.id]
        new = [action_row(case, act) for case in cases for act in case.actions if not act.id]
        if known:
            await self._link.run(_draw_acts, rows=sorted(known, key=lambda row: int(row[0])))
        if new:
            await self._link.run(inserting(exception_actions, tuple(ACTION)), rows=new)

    async def get(self, case: ExceptionId, *, lock: bool = False) -> Case | None:
        """One case with its acts."""
        if lock:
            row = select(exceptions.c.id).where(exceptions.c.id == case)
            await self._link.execute(row.with_for_update())
        found = await cases_where(self._link, exceptions.c.id == case)
        return found[0] if found else None

    async def some(self, cases: Collection[ExceptionId]) -> Sequence[Case]:
        """These cases with their acts, in the order of their ids; one that is not there is left out."""
        return await cases_where(self._link, self._link.among(exceptions.c.id, sorted(cases))) if cases else ()

    async def by_action(self, action: int) -> Case | None:
        """The case that an act belongs to."""
        owner = select(exception_actions.c.exception).where(exception_actions.c.id == action)
        found = await cases_where(self._link, exceptions.c.id.in_(owner))
        return found[0] if found else None

    async def save_suspicions(self, keep: Sequence[Suspicion], drop: Sequence[Fingerprint]) -> None:
        """Insert or replace suspicions by fingerprint; drop others."""
        kept = {one.finding.fingerprint.text: one for one in keep}
        dropped = sorted({fingerprint.text for fingerprint in drop} - kept.keys())
        if dropped:
            self._link.later(_draw_dropping, dropped=dropped)
        if not kept:
            return
        rows = [
            (text, one.finding.fingerprint.sku, systems_of(one.finding.fingerprint), to_json(one))
            for text, one in sorted(kept.items())
        ]
        self._link.later(upserting(suspicions, _SUSPICION, ("fingerprint",)), rows=rows)

    async def unresolved(
        self,
        queue: QueueId | None = None,
        owner: UserId | None = None,
        limit: int = 100,
        *,
        loose: bool = False,
    ) -> Sequence[Case]:
        """Unresolved cases, late first, then most money per hour, then oldest; ``loose``: those that are told in no storm."""
        held = exceptions.c
        late = case((self._late(), 0), else_=1)
        query = select(held.id, held.body).order_by(late, held.risk_per_hour.desc(), held.opened_at, held.id)
        where: list[ColumnElement[bool]] = [UNRESOLVED]
        if queue is not None:
            where.append(held.queue == queue)
        if owner is not None:
            where.append(held.owner == owner)
        if loose:
            where.append(held.storm.is_(None))
        return await cases_where(self._link, *where, query=query.limit(limit))

    def _late(self) -> ColumnElement[bool]:
        """Nobody took it in time, or it is not resolved in time."""
        held, now = exceptions.c, self._clock.now()
        return or_(and_(held.owner.is_(None), held.assign_by < now), held.resolve_by < now)

    async def for_sku(self, sku: SkuId) -> Sequence[Case]:
        """Unresolved cases of one SKU."""
        return await cases_where(self._link, UNRESOLVED, exceptions.c.sku == sku)

    async def owned_counts(self) -> Mapping[UserId, int]:
        """Per owner: unresolved cases."""
        held = exceptions.c
        query = select(held.owner, func.count()).where(UNRESOLVED, held.owner.is_not(None)).group_by(held.owner)
        return {UserId(owner): count for owner, count in await self._link.execute(query)}

    async def of_owner(self, owner: UserId) -> tuple[int, int, Decimal]:
        """What a person has: unresolved, late, money at risk."""
        held = exceptions.c
        late = func.coalesce(func.sum(case((self._late(), 1), else_=0)), 0)
        query = select(func.count(), late, func.sum(held.risk)).where(UNRESOLVED, held.owner == owner)
        count, overdue, risk = (await self._link.execute(query)).one()
        return count, int(overdue), risk or Decimal(0)

    async def counts(self) -> Mapping[QueueId, tuple[int, int, Decimal]]:
        """Per queue: unresolved, late, money at risk (to the millionth)."""
        held = exceptions.c
        late = func.coalesce(func.sum(case((self._late(), 1), else_=0)), 0)
        query = select(held.queue, func.count(), late, func.sum(held.risk)).where(UNRESOLVED).group_by(held.queue)
        result = await self._link.execute(query.order_by(held.queue))
        return {QueueId(queue): (count, int(overdue), risk) for queue, count, overdue, risk in result}

    async def standing(self) -> Mapping[QueueId, Standing]:
        """Per queue: unresolved, late, without owner, money at risk, the oldest by its number."""
        held = exceptions.c
        late = func.coalesce(func.sum(case((self._late(), 1), else_=0)), 0)
        free = func.coalesce(func.sum(case((held.owner.is_(None), 1), else_=0)), 0)
        oldest = (func.min(held.id), func.min(held.opened_at))
        why = func.coalesce(func.sum(case((held.lacks == "cause", 1), else_=0)), 0)
        query = select(held.queue, func.count(), late, free, func.sum(held.risk), *oldest, why).where(UNRESOLVED)
        result = await self._link.execute(query.group_by(held.queue).order_by(held.queue))
        return {
            QueueId(queue): Standing(count, int(overdue), int(unowned), risk, ExceptionId(first), at, int(unknown))
            for queue, count, overdue, unowned, risk, first, at, unknown in result
        }

    async def asked(self) -> Sequence[Case]:
        """Unresolved cases in which an approval waits."""
        acts = exception_actions.c
        open_ = select(exceptions.c.id).where(UNRESOLVED)
        waiting = select(acts.exception).where(acts.exception.in_(open_), acts.state == ActionState.ASKED.value)
        return await cases_where(self._link, UNRESOLVED, exceptions.c.id.in_(waiting))

    async def busiest(self) -> Mapping[QueueId, tuple[UserId, int]]:
        """Per queue: who owns most of what is unresolved in it, and how many."""
        held = exceptions.c
        query = select(held.queue, held.owner, func.count()).where(UNRESOLVED, held.owner.is_not(None))
        found: dict[QueueId, tuple[UserId, int]] = {}
        for queue, owner, count in await self._link.execute(query.group_by(held.queue, held.owner)):
            best = found.get(QueueId(queue))
            if best is None or (count, best[0]) > (best[1], owner):
                found[QueueId(queue)] = (UserId(owner), count)
        return found

    async def since(self, moment: datetime) -> Mapping[QueueId, tuple[int, int]]:
        """Per queue: opened since then, and of these cleared by themselves."""
        held = exceptions.c
        cleared = func.coalesce(func.sum(case((held.life == "cleared", 1), else_=0)), 0)
        query = select(held.queue, func.count(), cleared).where(held.opened_at >= moment).group_by(held.queue)
        return {QueueId(queue): (count, int(gone)) for queue, count, gone in await self._link.execute(query)}

    async def unresolved_after(self, after: ExceptionId, limit: int) -> Sequence[Case]:
        """Unresolved cases with a higher id, by id."""
        query = select(exceptions.c.id, exceptions.c.body).order_by(exceptions.c.id).limit(limit)
        return await cases_where(self._link, UNRESOLVED, exceptions.c.id > after, query=query)

    async def limits_passed(self, since: datetime, until: datetime) -> Mapping[QueueId, int]:
        """Per queue: unresolved exceptions whose limit to be fixed passed after ``since``, by ``until``."""
        held = exceptions.c
        query = select(held.queue, func.count()).where(UNRESOLVED, held.resolve_by > since, held.resolve_by <= until)
        return {QueueId(queue): count for queue, count in await self._link.execute(query.group_by(held.queue))}

    async def paused_since(self, moment: datetime) -> Mapping[QueueId, tuple[int, int]]:
        """Per queue: exceptions for which policy paused since then, and of these read back as stopped."""
        held, joined = exception_actions.c, exception_actions.join(exceptions)
        pauses = (held.kind == ActionKind.PAUSE.value, held.at >= moment, UNRESOLVED)
        rows = await self._link.execute(select(exceptions.c.queue, held.body).select_from(joined).where(*pauses))
        found: dict[QueueId, tuple[int, int]] = {}
        for queue, body in rows:
            act = from_json(Action, body)
            if act.by == SELF and act.state.stands:
                paused, seen = found.get(QueueId(queue), (0, 0))
                found[QueueId(queue)] = (paused + 1, seen + (act.state is ActionState.SEEN))
        return found

    async def correction_value(
        self, users: Sequence[UserId], sku: SkuId, location: LocationId, since: datetime
    ) -> Decimal:
        """|value| of corrections asked for or made since then at this place, to which any of these people contributed."""
        held, people = exception_actions.c, set(users)
        then = (held.location == location, held.at >= since, held.state.in_(_STANDS))
        ever = (held.location == location, held.at >= since, held.state.in_([*_STANDS, ActionState.UNDONE.value]))
        corrections = select(held.value, held.body).where(CORRECTION, held.sku == sku, *then)
        of_sku = select(exceptions.c.id).where(exceptions.c.sku == sku)
        overrides = select(held.value, held.body).where(held.exception.in_(of_sku), held.kind == "override", *ever)
        rows = [*(await self._link.execute(corrections)), *(await self._link.execute(overrides))]
        total = Decimal(0)
        for row in rows:
            action = from_json(Action, row.body)
            if people & {action.by, *action.contributors}:
                total += abs(row.value)
        return total


def _draw_opening(draw: Drawing) -> Executable:
    opening = draw.insert_rows(exceptions, CASE)
    opening = opening.on_conflict_do_nothing(index_elements=["fingerprint"], index_where=UNRESOLVED)
    return opening.returning(exceptions.c.id, exceptions.c.fingerprint)


def _draw_saving(draw: Drawing) -> Executable:
    held = exceptions.c
    given = draw.rows({"id": BigInteger(), **{name: held[name].type for name in CASE}})
    writing = update(exceptions).where(held.id == given.c.id, held.version == given.c.version - 1)
    return writing.values({name: given.c[name] for name in CASE}).returning(held.id, held.life)


def _draw_acts(draw: Drawing) -> Executable:
    held = exception_actions.c
    given = draw.rows({"id": BigInteger(), **{name: held[name].type for name in ACTION}})
    writing = update(exception_actions).where(held.id == given.c.id, held.exception == given.c.exception)
    return writing.values({name: given.c[name] for name in ACTION})


def _draw_dropping(draw: Drawing) -> Executable:
    return delete(suspicions).where(draw.among(suspicions.c.fingerprint, "dropped"))
