"""Landing a snapshot: kept as Parquet, compared with what is known, and only what changed recorded, slice by slice.

A landing that is killed goes on: what is recorded is known by its keys, what is folded no longer differs, and places are
confirmed last. One process lands what one system sends (its *turn*, a leased row), so that nothing of that system is recorded
between the comparison and the confirmation.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import structlog

from sync.connectors.base import Inbound, Parsed
from sync.landing.difference import Asked, Difference, compare, known_of
from sync.landing.drafts import left_out, of_places, stated
from sync.landing.folder import DataFolder
from sync.landing.landing import Landing, Told
from sync.landing.meaning import located
from sync.landing.snapshot import Lands, Snapshot, micros
from sync.model.facts import FactDraft, ItemRef
from sync.model.ids import LocationId, SkuId, SystemId
from sync.path.identify import place_of
from sync.path.poison import poisonous, undone, without
from sync.path.recorder import kept_headers
from sync.path.recording import GroupItem, record_into
from sync.policy.holder import PolicyInForce
from sync.ports import Clock, DeliveryState, NewDelivery, RecordedDelivery, Store

if TYPE_CHECKING:
    import polars as pl

LARGE = 256 * 1024
"""Bytes from which a delivery lands whole."""

SLICE = 2_000
"""SKUs per transaction at most."""

TURN = timedelta(minutes=2)
"""Whoever holds the turn of a system renews it with each slice; a process that died is followed after this."""

_log = structlog.get_logger(__name__)


class TurnLost(Exception):
    """Another process lands what this system sends; this one leaves it alone."""


class Lander:
    """Lands snapshots of systems that only count. ``recorded`` is called after commits, to wake the decider."""

    def __init__(
        self,
        store: Store,
        policy: PolicyInForce,
        clock: Clock,
        holder: str,
        folder: Path,
        *,
        recorded: Callable[[], None] = lambda: None,
        large: int = LARGE,
    ) -> None:
        """``folder`` is the data folder; ``large`` the bytes from which a delivery lands whole. ``holder`` names this process."""
        self._store = store
        self._policy = policy
        self._clock = clock
        self._holder = holder
        self._folder = DataFolder(folder)
        self._recorded = recorded
        self._large = large

    async def take_turn(self, system: SystemId) -> bool:
        """Take or renew the turn of a system; False while another process has it."""
        now = self._clock.now()
        async with self._store.unit_of_work() as uow:
            return await uow.posts.lease(_turn(system), self._holder, now, now + TURN)

    async def end_turn(self, system: SystemId) -> None:
        """Let another process have it."""
        now = self._clock.now()
        async with self._store.unit_of_work() as uow:
            await uow.posts.lease(_turn(system), self._holder, now, now)

    async def wants(self, inbound: Inbound) -> bool:
        """Whether a delivery lands whole: a large one, and each of a system with a place that snapshots confirm. Not what sells:
        what a channel shows is compared with what we wrote, one by one."""
        if self._policy.current.system(inbound.system).channel is not None:
            return False
        if len(inbound.body) >= self._large:
            return True
        async with self._store.reading() as uow:
            return bool(await uow.landings.confirmed(inbound.system))

    async def land(self, inbound: Inbound, connector: Lands, snapshot: Snapshot) -> None:
        """Keep a snapshot and record what it changes. One that is known already is recorded to its end, if it was not.

        Raises TurnLost."""
        landing = await self._begun(inbound, snapshot)
        if landing is not None:
            await self._record(landing, connector, snapshot.frame)

    async def go_on(self, system: SystemId, connector: Lands) -> int:
        """Record to their end the landings of a system that a stop cut short; returns how many. Raises TurnLost."""
        async with self._store.reading() as uow:
            waiting = await uow.landings.open(system)
        done = 0
        for landing in waiting:
            frame = await asyncio.to_thread(self._folder.read, landing.file, landing.digest)
            if frame is None:
                _log.warning(
                    "snapshot_not_here", system=system, file=landing.file, why="it goes on when its file comes again"
                )
                continue
            await self._record(landing, connector, frame)
            done += 1
        return done

    async def land_held(self, delivery: int, inbound: Inbound, connector: Lands, snapshot: Snapshot) -> None:
        """The same for one whose delivery was held and is to count now. Raises TurnLost."""
        async with self._store.reading() as uow:
            known = await uow.landings.of(delivery)
        landing, ended = known or (await self._begun_late(delivery, inbound, snapshot), False)
        if not ended:
            await self._record(landing, connector, snapshot.frame)

    async def _begun_late(self, delivery: int, inbound: Inbound, snapshot: Snapshot) -> Landing:
        landing = await self._kept(delivery, inbound, snapshot)
        async with self._store.unit_of_work() as uow:
            await uow.landings.begin(landing)
        return landing

    async def _kept(self, delivery: int, inbound: Inbound, snapshot: Snapshot) -> Landing:
        """The snapshot on the disk of the data folder, not noted yet."""
        content_at = snapshot.content_at
        assert content_at is not None  # noqa: S101 - one without a usable row is held
        name, digest = await asyncio.to_thread(
            self._folder.keep, inbound.system, inbound.received_at, snapshot.key, snapshot.frame
        )
        told = Told(snapshot.key, inbound.name, snapshot.figures(), content_at, snapshot.covered)
        return Landing(delivery, inbound.system, name, digest, inbound.received_at, told)

    async def _begun(self, inbound: Inbound, snapshot: Snapshot) -> Landing | None:
        """The landing of a snapshot, durable with its delivery; None when it is recorded already."""
        system, kept = inbound.system, await self._kept(0, inbound, snapshot)
        manifest = {
            "sha256": snapshot.key,
            "bytes": len(inbound.body),
            "snapshot": kept.file,
            "snapshot_sha256": kept.digest,
        }
        delivery = NewDelivery(
            inbound=replace(inbound, body=json.dumps(manifest).encode()),
            key=snapshot.key,
            state=DeliveryState.RECORDED,
            headers=kept_headers(inbound),
            problems=snapshot.problems,
            rows=snapshot.rows,
        )
        async with self._store.unit_of_work() as uow:
            [recorded] = await uow.ledger.record_deliveries([delivery])
            if recorded.new:
                landing = replace(kept, delivery=recorded.id)
                await uow.landings.begin(landing)
                if snapshot.problems:
                    await uow.systems.mark_due([system], self._clock.now())
                return landing
            known = await uow.landings.open(system)
        await self._forget_copy(kept.file, known)
        return next((one for one in known if one.told.key == snapshot.key), None)

    async def _forget_copy(self, name: str, known: Sequence[Landing]) -> None:
        """The file came again: what was kept of it the first time stays alone."""
        if all(one.file != name for one in known):
            await asyncio.to_thread(self._folder.drop, name)

    async def _record(self, landing: Landing, connector: Lands, frame: pl.DataFrame) -> None:
        found = await self._compared(landing.system, frame)
        doubtful: set[LocationId | None] = set()
        for drafts in self._slices(found, connector):
            doubtful |= await self._record_slice(landing, drafts)
        for rows in found.left_out.iter_slices(SLICE):
            words = await self._words(landing.system, rows)
            doubtful |= await self._record_slice(landing, list(left_out(rows, words)))
        await self._end(landing, found, doubtful)
        _log.info(
            "snapshot_landed",
            system=landing.system,
            rows=frame.height,
            stated=found.stated.height,
            left_out=found.left_out.height,
            confirmed=sum(one.rows for one in found.confirmed),
        )

    async def _compared(self, system: SystemId, frame: pl.DataFrame) -> Difference:
        """The snapshot beside what is known now, read in one transaction."""
        policy = self._policy.current
        source = policy.system(system).source
        with TemporaryDirectory(prefix="countersign-") as temporary:
            known, names = Path(temporary) / "known.csv", Path(temporary) / "names.csv"
            async with self._store.reading() as uow:
                asked = Asked(
                    confirmed=await uow.landings.confirmed(system),
                    busy=await uow.landings.unfolded(system),
                    counted=await uow.landings.counted(),
                    confirms=source is not None and not source.counts_acknowledge,
                    stale_before=None
                    if source is None or source.fresh_for is None
                    else micros(self._clock.now() - source.fresh_for),
                )
                turned = await uow.landings.turned(system)
                await uow.landings.write_known(system, known)
                await uow.landings.write_names(system, names)

                async def resolve(refs: Sequence[ItemRef]) -> Mapping[ItemRef, SkuId]:
                    return await uow.catalogue.resolve(system, refs, fold=policy.identity.fold_case)

                rows = await located(frame, known_of(known), names, turned, system, policy, resolve)
            return await asyncio.to_thread(compare, rows, known_of(known), asked)

    def _slices(self, found: Difference, connector: Lands) -> Iterator[list[FactDraft]]:
        for rows in (found.disputed, found.stated.sort("code", "line")):
            for part in rows.iter_slices(SLICE):
                yield stated(part, connector)

    async def _words(self, system: SystemId, rows: pl.DataFrame) -> Mapping[tuple[SkuId, LocationId], tuple[str, str]]:
        """(code, place) as the system writes them; our own where the facts of a number are archived."""
        places = self._policy.current.locations
        pairs = [(SkuId(sku), LocationId(place)) for sku, place in rows.select("sku", "location").iter_rows()]
        own = {(sku, place): (str(sku), places[place].known_as.get(system, place)) for sku, place in pairs}
        async with self._store.reading() as uow:
            return own | dict(await uow.landings.words(system, pairs))

    async def _record_slice(self, landing: Landing, drafts: Sequence[FactDraft]) -> set[LocationId | None]:
        """One transaction. Facts that cannot be recorded are told as problems; returns the places they are about."""
        try:
            await self._commit(landing, drafts)
        except TurnLost:
            raise
        except Exception as error:
            poison = await poisonous(drafts, lambda tried: self._trial(landing, tried))
            if not poison:
                raise
            _log.error("snapshot_part_not_recorded", system=landing.system, error=f"{type(error).__name__}: {error}")
            clean = without(Parsed(landing.told.key, facts=tuple(drafts)), poison)
            await self._commit(landing, clean.facts)
            async with self._store.unit_of_work() as uow:
                await uow.landings.blame(landing.delivery, clean.problems)
                await uow.systems.mark_due([landing.system], self._clock.now())
            policy = self._policy.current
            return {place_of(policy, landing.system, drafts[place].place) for place in poison}
        return set()

    async def _commit(self, landing: Landing, drafts: Sequence[FactDraft]) -> None:
        now = self._clock.now()
        async with self._store.unit_of_work() as uow:
            if not await uow.posts.lease(_turn(landing.system), self._holder, now, now + TURN):
                raise TurnLost(f"{landing.system} is landed by another process.")
            await record_into(uow, [_part(landing, drafts)], self._policy.current, now)
        self._recorded()

    async def _trial(self, landing: Landing, drafts: Sequence[FactDraft]) -> Exception | None:
        part = [_part(landing, drafts)]
        return await undone(self._store, lambda uow: record_into(uow, part, self._policy.current, self._clock.now()))

    async def _end(self, landing: Landing, found: Difference, doubtful: set[LocationId | None]) -> None:
        """Confirm the places and take the snapshot as heard, in one transaction."""
        policy, told, system, now = self._policy.current, landing.told, landing.system, self._clock.now()
        confirmed = [one for one in found.confirmed if one.location not in doubtful]
        covered = [one for one in told.covered if place_of(policy, system, one.place) not in doubtful]
        drafts = list(of_places(confirmed, covered, told.key))
        async with self._store.unit_of_work() as uow:
            if not await uow.posts.lease(_turn(system), self._holder, now, now + TURN):
                raise TurnLost(f"{system} is landed by another process.")
            await record_into(uow, [_part(landing, drafts)], policy, now)
            for start in range(0, len(found.revived), SLICE):
                revived = [SkuId(sku) for sku in found.revived[start : start + SLICE]]
                await uow.reconciling.mark_candidates(revived, now)
            await uow.ledger.save_figures(system, told.figures.rows, told.figures.zeros, told.figures.total)
            await uow.landings.end(landing, told.content_at, now)
            await uow.systems.mark_due([system], now)
        self._recorded()


def _turn(system: SystemId) -> str:
    return f"feed:{system}"


def _part(landing: Landing, drafts: Sequence[FactDraft]) -> tuple[GroupItem, RecordedDelivery]:
    inbound = Inbound(landing.system, "file", b"", landing.received_at, name=landing.told.name)
    item = GroupItem(inbound, Parsed(landing.told.key, facts=tuple(drafts)))
    return item, RecordedDelivery(landing.delivery, new=True, repeats=0)
