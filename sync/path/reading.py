"""Reading what is not pushed: feeds from folders and addresses, and snapshots of channels."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable

import structlog

from sync.catching_up import behind
from sync.connectors.base import Connector, Inbound, Parsed
from sync.errors import BadInput, TryAgain
from sync.landing.held_file import HeldFile, Release
from sync.landing.lander import Lander, TurnLost
from sync.landing.snapshot import Figures, Lands
from sync.model.ids import SystemId
from sync.path.holding import Row, change_of, listed_in, rows_in, rows_of
from sync.path.recorder import Recorder
from sync.path.released import ReleasedFiles
from sync.policy.holder import PolicyInForce
from sync.policy.system_rules import Plausible
from sync.ports import Clock, Store

OVERLAP = timedelta(minutes=5)
"""A reading of changes begins this much before the last one, since stamps and clocks are never exact."""

LEASE = timedelta(minutes=2)
"""One process reads a system for all; it renews its claim at each page, so that one that died is followed after this."""

_log = structlog.get_logger(__name__)


@runtime_checkable
class Feed(Protocol):
    """A connector whose deliveries are fetched: files in a folder or behind an address."""

    def poll(self) -> AsyncIterator[Inbound]:
        """What is ready now."""

    async def settle(self, inbound: Inbound, accepted: bool, why: str) -> None:
        """Put it away: done, or held with the reason."""

    async def let_count(self, name: str, digest: str, note: str) -> None:
        """A delivery that was put away as held counts now: put it to those that are done, with a note."""

    def figures(self, parsed: Parsed) -> Figures:
        """What plausibility looks at."""

    def plausibility(self, figures: Figures, previous: tuple[int, int, int] | None, rules: Plausible) -> str:
        """Why it must be held whole, or nothing."""


class Reader:
    """Polls feeds and reads snapshots of every connector that can."""

    def __init__(
        self,
        store: Store,
        connectors: Mapping[SystemId, Connector],
        recorder: Recorder,
        policy: PolicyInForce,
        clock: Clock,
        holder: str,
        lander: Lander | None = None,
    ) -> None:
        """``holder`` names this process where readings are claimed. ``lander`` takes large snapshots; without one they are
        recorded row by row."""
        self._store = store
        self._connectors = connectors
        self._recorder = recorder
        self._policy = policy
        self._clock = clock
        self._holder = holder
        self._lander = lander
        self._gone_on: set[SystemId] = set()
        self._released = ReleasedFiles(store, policy, clock, lander, recorder.wake)

    async def poll_feeds(self) -> int:
        """Take what is ready from every feed; returns how many deliveries were taken."""
        taken = 0
        released = {one.held.system: one for one in await self._released.waiting()}
        for system, connector in list(self._connectors.items()):
            if isinstance(connector, Feed):
                try:
                    await self._go_on(system, connector)
                    if system in released:
                        await self._read_again(connector, connector, released[system])
                    async for inbound in connector.poll():
                        taken += await self._in_turn(connector, connector, inbound)
                except (TryAgain, BadInput) as error:
                    _log.warning("feed_not_read", system=system, why=str(error))
                except TurnLost as error:
                    _log.info("feed_left_alone", system=system, why=str(error))
        return taken

    async def _go_on(self, system: SystemId, connector: Connector) -> None:
        """Once, after a start: what a stop cut short."""
        if self._lander is None or system in self._gone_on or not isinstance(connector, Lands):
            return
        if await self._lander.take_turn(system):
            await self._lander.go_on(system, connector)
            await self._lander.end_turn(system)
            self._gone_on.add(system)

    async def _read_again(self, feed: Feed, connector: Connector, release: Release) -> None:
        """What was held and is to count now, in the turn of its system. What breaks is looked at again the next time."""
        system = release.held.system
        if self._lander is not None and not await self._lander.take_turn(system):
            return
        try:
            note = await self._released.read(release, connector)
        except TurnLost:
            raise
        except Exception as error:  # noqa: BLE001 - other feeds are read all the same
            _log.error("held_file_not_read", system=system, file=release.held.name, exc_info=error)
            return
        finally:
            if self._lander is not None:
                await self._lander.end_turn(system)
        if note is not None:
            await feed.let_count(release.held.name, release.digest, note)

    async def _in_turn(self, feed: Feed, connector: Connector, inbound: Inbound) -> bool:
        """Take a delivery, unless another process takes what this system sends; then it comes again."""
        if self._lander is None:
            await self._take(feed, connector, inbound)
            return True
        if not await self._lander.take_turn(inbound.system):
            return False
        try:
            await self._take(feed, connector, inbound)
        finally:
            await self._lander.end_turn(inbound.system)
        return True

    async def _take(self, feed: Feed, connector: Connector, inbound: Inbound) -> None:
        try:
            if self._lander is not None and isinstance(connector, Lands) and await self._lander.wants(inbound):
                await self._take_whole(self._lander, feed, connector, inbound)
                return
            parsed = connector.parse(inbound)
        except BadInput:
            receipt = await self._recorder.receive(inbound, connector)
            await feed.settle(
                inbound, accepted=False, why=receipt.problems[0].why if receipt.problems else "unreadable"
            )
            return
        held, figures = "", feed.figures(parsed)
        if not parsed.held:
            held = await self._implausible(feed, inbound.system, figures)
        if held:
            await self._hold(feed, inbound, replace(parsed, held=held), figures, rows_in(parsed), listed_in(parsed))
            return
        receipt = await self._recorder.record(inbound, parsed)
        if not receipt.new and not parsed.held:
            await self._admit(inbound.system, parsed.key)
        if receipt.new and not parsed.held and parsed.facts:
            async with self._store.unit_of_work() as uow:
                await uow.ledger.save_figures(inbound.system, figures.rows, figures.zeros, figures.total)
        await feed.settle(inbound, accepted=not parsed.held, why=parsed.held)

    async def _take_whole(self, lander: Lander, feed: Feed, connector: Lands, inbound: Inbound) -> None:
        """Land a large delivery; one that is held is told like a small one. Raises BadInput and TurnLost."""
        snapshot = await asyncio.to_thread(connector.read_whole, inbound)
        figures = snapshot.figures()
        held = snapshot.held or await self._implausible(feed, inbound.system, figures)
        parsed = Parsed(
            snapshot.key, problems=snapshot.problems, rows=snapshot.rows, content_at=snapshot.content_at, held=held
        )
        if held and not snapshot.held:
            listed = [one.place for one in snapshot.covered]
            rows = await asyncio.to_thread(rows_of, snapshot)
            await self._hold(feed, inbound, parsed, figures, rows, listed)
            return
        if held:
            await self._recorder.record(inbound, parsed)
        else:
            await lander.land(inbound, connector, snapshot)
            await self._admit(inbound.system, snapshot.key)
        await feed.settle(inbound, accepted=not held, why=held)

    async def _hold(
        self, feed: Feed, inbound: Inbound, parsed: Parsed, figures: Figures, rows: Sequence[Row], listed: Sequence[str]
    ) -> None:
        """Hold a file whole that is not plausible, and keep what it would change beside it, so that a person can let it count."""
        system, now, policy = inbound.system, self._clock.now(), self._policy.current
        change = await change_of(self._store, system, rows, listed, policy, now)
        receipt = await self._recorder.record(inbound, replace(parsed, facts=()))
        if parsed.content_at is not None:
            async with self._store.unit_of_work() as uow:
                last = await uow.ledger.last_figures(system)
                held = HeldFile(
                    delivery=receipt.delivery,
                    system=system,
                    name=inbound.name,
                    received_at=inbound.received_at,
                    content_at=parsed.content_at,
                    why=parsed.held,
                    figures=figures,
                    last=None if last is None else Figures(*last),
                    change=change,
                )
                await uow.held_files.keep(held)
                await uow.systems.mark_due([system], now)
        await feed.settle(inbound, accepted=False, why=parsed.held)

    async def _admit(self, system: SystemId, key: str) -> None:
        """The bytes were there already: if they were held, policy's limits allow them by now, and they count."""
        async with self._store.unit_of_work() as uow:
            await uow.held_files.admit(system, key, self._clock.now())

    async def _implausible(self, feed: Feed, system: SystemId, figures: Figures) -> str:
        async with self._store.reading() as uow:
            previous = await uow.ledger.last_figures(system)
        return feed.plausibility(figures, previous, self._policy.current.system(system).plausible)

    async def read_due_snapshots(self) -> int:
        """Read every channel whose time has come: what changed since the last reading, or everything where it is behind."""
        async with self._store.reading() as uow:
            readings = await uow.systems.readings()
        read = 0
        for system, connector in list(self._connectors.items()):
            policy, now = self._policy.current, self._clock.now()
            known = readings.get(system)
            if not connector.abilities.snapshots or known is None or system not in policy.systems:
                continue
            whole = behind(known, policy, now) is not None or known.read_at is None
            if not whole and known.read_at is not None and now - known.read_at < policy.system(system).reads_every:
                continue
            since = known.read_at - OVERLAP if known.read_at is not None and not whole else None
            if await self.read_snapshot(system, since):
                read += 1
        return read

    async def read_snapshot(self, system: SystemId, since: datetime | None) -> bool:
        """One reading, page by page, for all processes. False when the platform could not answer or another process is
        reading; it is tried again."""
        began = self._clock.now()
        if not await self._claimed(system):
            return False
        through, full = None, since is None
        try:
            async for parsed in self._connectors[system].snapshot(since):
                inbound = Inbound(system, "poll", parsed.key.encode(), self._clock.now())
                await self._recorder.record(inbound, parsed)
                if not await self._claimed(system):
                    _log.warning("reading_lost", system=system, why="another process reads it now")
                    return False
            through = began
        except TryAgain as error:
            _log.warning("snapshot_not_read", system=system, why=str(error))
        finally:
            async with self._store.unit_of_work() as uow:
                ended = await uow.systems.end_reading(system, self._holder, through, full=full)
                if ended and through is not None and full:
                    await uow.systems.mark_due([system], self._clock.now())
        return through is not None and ended

    async def _claimed(self, system: SystemId) -> bool:
        now = self._clock.now()
        async with self._store.unit_of_work() as uow:
            return await uow.systems.begin_reading(system, self._holder, now, now + LEASE)
