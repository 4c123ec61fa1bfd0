"""One full comparison: read every system that can be read, land what each believes, find candidates, judge only those."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import structlog

from sync.connectors.base import Connector
from sync.errors import BadInput
from sync.model.ids import SystemId
from sync.model.outbox import Post, PostKind
from sync.path.decider import Decider
from sync.path.reading import Reader
from sync.policy.holder import PolicyInForce
from sync.policy.schema import COUNT_SYSTEM
from sync.ports import Clock, Store
from sync.reconciliation.basis import Side, side_of
from sync.reconciliation.frames import SHOWN, candidates, land, landed
from sync.reconciliation.report import Ended, Missed, Opened, Report, sentences

if TYPE_CHECKING:
    import polars as pl

PAGE = 50_000
LATE = timedelta(minutes=1)
"""A webhook that comes within this is no missed one."""

AGAIN = 0.2
"""Seconds until candidates that another process holds are looked at again."""

_log = structlog.get_logger(__name__)


class Reconciler:
    """Compares what all systems believe, whole. One at a time; any number of processes may decide meanwhile."""

    def __init__(
        self,
        store: Store,
        connectors: Mapping[SystemId, Connector],
        reader: Reader,
        decider: Decider,
        policy: PolicyInForce,
        clock: Clock,
    ) -> None:
        self._store = store
        self._connectors = connectors
        self._reader = reader
        self._decider = decider
        self._policy = policy
        self._clock = clock

    async def run(self, cause: str, systems: Sequence[SystemId] = (), folder: Path | None = None) -> Report:
        """Compare ``systems`` (all without), tell the ops channel in one message, and keep the result.

        ``folder`` keeps the snapshots as Parquet, one folder per system; without it they are dropped. Raises BadInput when
        policy lists no such system, or when fewer than two are named.
        """
        policy, began = self._policy.current, self._clock.now()
        chosen = self._chosen(systems)
        since = await self._since(began)
        unread = await self._read(chosen)
        await self._decider.run_due()
        with TemporaryDirectory(prefix="countersign-") as temporary:
            compared, found = await self._compare([side_of(one, policy) for one in chosen], folder or Path(temporary))
        async with self._store.unit_of_work() as uow:
            moving = await uow.reconciling.mark_moving(self._clock.now())
        await self._decided()
        async with self._store.unit_of_work() as uow:
            ended = await uow.reconciling.ended(began)
            missed = [
                Missed(one, *await uow.reconciling.missed(one, *when)) for one, when in self._heard(chosen, since)
            ]
            report = self._report(cause, began, since, chosen, (compared, found, moving), ended, missed, unread)
            await uow.reconciling.save(report)
            text = "\n".join(sentences(report, policy))
            key = f"reconcile:{began.isoformat()}"
            await uow.posts.want(
                [Post(key, PostKind.PRIVATE, policy.digest.channel, wanted=1, body=text, next_at=report.ended)]
            )
        _log.info("reconciled", cause=cause, positions=compared, candidates=found, moving=moving, drift=report.drift)
        return report

    def _chosen(self, systems: Sequence[SystemId]) -> list[SystemId]:
        policy = self._policy.current
        strange = [one for one in systems if one not in policy.systems]
        if strange:
            raise BadInput(f"Policy lists no system {strange[0]!r}; it lists {', '.join(policy.systems)}.")
        if len(set(systems)) == 1:
            raise BadInput("One system alone has nothing to be compared with; name two, or none for all.")
        return [SystemId(name) for name in policy.systems if not systems or name in systems]

    async def _since(self, began: datetime) -> datetime:
        """From when on webhooks are looked for: the last comparison, else the first time everything had been read."""
        async with self._store.reading() as uow:
            last = await uow.reconciling.last()
            readings = await uow.systems.readings()
        if last is not None:
            return last.began
        whole = [one.full_at for one in readings.values() if one.full_at is not None]
        return max(whole, default=began)

    async def _read(self, chosen: Sequence[SystemId]) -> list[SystemId]:
        """Read whole what can be read; returns those that could not be."""
        readable = [one for one in chosen if one in self._connectors and self._connectors[one].abilities.snapshots]
        await self._reader.poll_feeds()
        return [one for one in readable if not await self._reader.read_snapshot(one, None)]

    def _heard(
        self, chosen: Sequence[SystemId], since: datetime
    ) -> list[tuple[SystemId, tuple[datetime, int, datetime]]]:
        """Systems that send webhooks, with what is asked about them."""
        late, until = int(LATE.total_seconds() * 1_000_000), self._clock.now()
        hearing = (one for one in chosen if one in self._connectors)
        return [(one, (since, late, until)) for one in hearing if self._connectors[one].abilities.receives_webhooks]

    async def _compare(self, sides: Sequence[Side], folder: Path) -> tuple[int, int]:
        """Land each side, and mark what differs, slice by slice: (numbers compared, candidates)."""
        snapshots: list[tuple[Side, pl.LazyFrame]] = []
        wanted: list[tuple[Side, pl.LazyFrame]] = []
        rows = 0
        for side in sides:
            if side.system == COUNT_SYSTEM:
                continue
            rows += await land(folder / side.system, self._positions(side.system))
            snapshots.append((side, landed(folder / side.system)))
            if side.sells:
                await land(folder / f"{side.system}.wanted", self._wanted(side.system), SHOWN)
                wanted.append((side, landed(folder / f"{side.system}.wanted")))
        found = 0
        for skus in await asyncio.to_thread(lambda: list(candidates(snapshots, wanted))):
            async with self._store.unit_of_work() as uow:
                await uow.reconciling.mark_candidates(skus, self._clock.now())
            found += len(skus)
        return rows, found

    async def _positions(self, system: SystemId) -> AsyncIterator[Sequence[Sequence[Any]]]:
        after = ("", "")
        while True:
            async with self._store.reading() as uow:
                page = await uow.reconciling.positions_page(system, after, PAGE)
            if page:
                yield page
                after = (page[-1][1], page[-1][0])
            if len(page) < PAGE:
                return

    async def _wanted(self, system: SystemId) -> AsyncIterator[Sequence[Sequence[Any]]]:
        after = ""
        while True:
            async with self._store.reading() as uow:
                page, after = await uow.reconciling.wanted_page(system, after, PAGE)
            if page:
                yield page
            if len(page) < PAGE:
                return

    async def _decided(self) -> None:
        """Judge what was marked; other processes may judge part of it."""
        while True:
            await self._decider.run_due()
            async with self._store.reading() as uow:
                if not await uow.reconciling.undecided():
                    return
            await asyncio.sleep(AGAIN)

    def _report(
        self,
        cause: str,
        began: datetime,
        since: datetime,
        chosen: Sequence[SystemId],
        counted: tuple[int, int, int],
        ended: Ended,
        missed: Sequence[Missed],
        unread: Sequence[SystemId],
    ) -> Report:
        positions, found, moving = counted
        return Report(
            cause=cause,
            began=began,
            ended=self._clock.now(),
            since=since,
            systems=tuple(chosen),
            positions=positions,
            candidates=found,
            moving=moving,
            opened=tuple(Opened(cls, count) for cls, count in sorted(ended.opened.items())),
            standing=ended.standing,
            cleared=ended.cleared,
            settling=ended.settling,
            worst=ended.worst,
            missed=tuple(one for one in missed if one.facts),
            unread=tuple(unread),
        )
