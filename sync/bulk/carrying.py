"""Carrying out what was taken: from the database, in slices, each exception once and by its own compare-and-set.

A slice is one transaction: the acts, their proof, and that they are done. Whoever is killed in between leaves the rest
waiting for the next one; of several processes one does a slice of a bulk act at a time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from sync.actions.applied import Applied
from sync.bulk.bulk import Bulk, BulkItem, BulkState, ItemState, Left, Why
from sync.bulk.deciding import queues_of
from sync.bulk.judging import Round, Would, marked
from sync.bulk.posts import progress_post, wanted_posts
from sync.bulk.service import BREATH, bulk_chain
from sync.exceptions.lifecycle import SELF, Step
from sync.inbox.acts import Actor
from sync.inbox.looking import Can
from sync.model.exceptions import Case
from sync.model.proof import Entry
from sync.path.written import write_steps
from sync.policy.holder import PolicyInForce
from sync.ports import Clock, Store, UnitOfWork
from sync.storms.acts import lock_subjects

SLICE = 50
"""Exceptions per transaction at most, so that a click that wants the same rows, or SQLite's one writer, waits a moment only."""
UNSENT_KEPT = timedelta(hours=1)
TIDY_EVERY = timedelta(minutes=10)

_log = structlog.get_logger(__name__)


class Carrier:
    """Does what was taken. Any number may run."""

    def __init__(
        self,
        store: Store,
        policy: PolicyInForce,
        clock: Clock,
        abilities: Can,
        *,
        acted: Callable[[], None] = lambda: None,
    ) -> None:
        """``acted`` is called after each slice, to wake lanes, decider and delivery."""
        self._store = store
        self._policy = policy
        self._clock = clock
        self._abilities = abilities
        self._acted = acted
        self._tidied: datetime | None = None

    async def run_due(self) -> int:
        """Everything that waits; returns how many exceptions were acted on or left out."""
        await self._tidy()
        async with self._store.reading() as uow:
            if not await uow.bulks.due(self._clock.now()):
                return 0
        await self._expire()
        total = 0
        while (count := await self.run_slice()) is not None:
            total += count
        return total

    async def run_slice(self, limit: int = SLICE) -> int | None:
        """One slice of the bulk act whose turn it is; how many were done or left out, None when nothing waits."""
        async with self._store.unit_of_work() as uow:
            bulk = await uow.bulks.claim()
            if bulk is None:
                return None
            items = _of_whole_skus(await uow.bulks.waiting(bulk.id, limit + 1), limit)
            if not items:
                await self._finish(uow, bulk)
            else:
                settled = await self._act(uow, bulk, items)
                await uow.bulks.settle(bulk.id, settled)
                await self._came_on(uow, bulk)
        self._acted()
        return len(items)

    async def _act(self, uow: UnitOfWork, bulk: Bulk, items: Sequence[BulkItem]) -> list[BulkItem]:
        ids = [one.case for one in items]
        await lock_subjects(uow, await uow.cases.some(ids))
        cases = {case.id: case for case in await uow.cases.some(ids)}
        as_shown = [case for one in items if (case := cases.get(one.case)) is not None and case.version == one.version]
        round_ = await Round.read(uow, as_shown, self._policy.current, self._abilities, self._clock.now())
        actor = Actor(bulk.actor, bulk.actor_name, bulk.team, frozenset(bulk.member_of))
        done: list[tuple[Case, Applied]] = []
        settled = []
        for nth, item in enumerate(items, 1):
            if not nth % BREATH:
                await asyncio.sleep(0)
            case = cases.get(item.case)
            found = self._one(round_, bulk, actor, item, case)
            if isinstance(found, Would) and case is not None:
                done.append((case, marked(found.applied, bulk, actor)))
                settled.append(replace(item, state=ItemState.DONE))
            elif isinstance(found, Left):
                settled.append(replace(item, state=ItemState.APART, left=found))
        await self._write(uow, round_, done)
        return settled

    def _one(self, round_: Round, bulk: Bulk, actor: Actor, item: BulkItem, case: Case | None) -> Would | Left:
        if case is None or case.life.ended:
            return Left(Why.ENDED)
        if case.version != item.version:
            return Left(Why.CHANGED)
        try:
            return round_.judge(case, bulk.asked, actor)
        except Exception:  # noqa: BLE001 - one poisonous exception must not stop the others; it is recorded and named
            _log.exception("bulk_item_failed", bulk=bulk.name, case=case.name)
            return Left(Why.FAULT)

    async def _write(self, uow: UnitOfWork, round_: Round, done: Sequence[tuple[Case, Applied]]) -> None:
        if not done:
            return
        now = self._clock.now()
        await write_steps(uow, [Step(applied.case, applied.entries) for _, applied in done], now)
        targets = {target.key: round_.revised(target) for _, applied in done for target in applied.targets}
        await uow.outbox.want(list(targets.values()))
        cases = [case for case, _ in done]
        await uow.stock.mark_due([case.fingerprint.sku for case in cases if case.fingerprint.sku is not None], now)
        systems = {case.fingerprint.systems[0] for case in cases if case.fingerprint.sku is None}
        await uow.systems.mark_due(sorted(systems), now)

    async def _came_on(self, uow: UnitOfWork, bulk: Bulk) -> None:
        done, left = await uow.bulks.counts(bulk.id)
        await self._save(uow, replace(bulk, version=bulk.version + 1, done=done, left=tuple(left)))

    async def _finish(self, uow: UnitOfWork, bulk: Bulk) -> None:
        now = self._clock.now()
        done, left = await uow.bulks.counts(bulk.id)
        ended = replace(bulk, state=BulkState.DONE, version=bulk.version + 1, done=done, left=tuple(left), ended_at=now)
        await self._save(uow, ended)
        sentence = f"Done on {done:,} of {bulk.figures.items:,} exceptions; {ended.apart:,} left out."
        told = (("done", str(done)), ("left_out", str(ended.apart)), ("list", bulk.digest))
        await uow.proofs.append([(bulk_chain(bulk), Entry("bulk_done", now, SELF, sentence, told))])
        _log.info("bulk_done", bulk=bulk.name, by=bulk.actor, done=done, left_out=ended.apart)

    async def _save(self, uow: UnitOfWork, bulk: Bulk) -> None:
        now = self._clock.now()
        await uow.bulks.save(bulk, now)
        await uow.posts.want([progress_post(bulk, now)])

    async def _expire(self) -> None:
        """Requests that nobody decided in time end, and nothing is done."""
        now = self._clock.now()
        async with self._store.unit_of_work() as uow:
            for bulk in await uow.bulks.overdue(now):
                expired = replace(bulk, state=BulkState.EXPIRED, version=bulk.version + 1, ended_at=now)
                await uow.bulks.save(expired, now)
                await uow.posts.want(wanted_posts(expired, queues_of(expired, self._policy.current), now))
                sentence = "Nobody decided on it in time; nothing was done."
                entry = Entry("bulk_expired", now, SELF, sentence, (("list", bulk.digest),))
                await uow.proofs.append([(bulk_chain(bulk), entry)])

    async def _tidy(self) -> None:
        """Lists that were only looked at are dropped after an hour."""
        now = self._clock.now()
        if self._tidied is not None and now - self._tidied < TIDY_EVERY:
            return
        self._tidied = now
        async with self._store.unit_of_work() as uow:
            await uow.bulks.drop_unsent(now - UNSENT_KEPT)


def _of_whole_skus(items: Sequence[BulkItem], limit: int) -> list[BulkItem]:
    """At most ``limit`` of the items, of which one more is given: without those of a SKU that the limit would cut through, unless
    all are of it."""
    if len(items) <= limit:
        return list(items)
    beyond = items[limit].sku
    whole = [one for one in items[:limit] if beyond is None or one.sku != beyond]
    return whole or list(items[:limit])
