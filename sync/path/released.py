"""A held file that was let count is read again from the bytes that were kept, and recorded as its delivery's facts, once.

Whichever process comes first does it, in the turn of the file's system; one that is killed is followed. What cannot be read again
is held as before, and said so beside the exception.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol, runtime_checkable

import structlog

from sync.connectors.base import Connector, Inbound, Parsed
from sync.errors import BadInput
from sync.exceptions.lifecycle import SELF, Step
from sync.landing.held_file import Release
from sync.landing.lander import Lander
from sync.landing.snapshot import Figures, Lands
from sync.model.exceptions import Action, ActionKind, ActionState
from sync.model.facts import FactDraft
from sync.model.proof import Entry
from sync.path.poison import poisonous, undone, without
from sync.path.recording import GroupItem, record_into
from sync.path.written import write_steps
from sync.policy.holder import PolicyInForce
from sync.ports import Clock, RecordedDelivery, Store, UnitOfWork

ERASED = "Its bytes are kept no longer. Ask the sender for the file again."
FOLLOWED = (
    "A later file was taken or held meanwhile, or newer numbers count by now. Nothing older is counted after that."
)

_log = structlog.get_logger(__name__)


@runtime_checkable
class Measures(Protocol):
    """A connector whose deliveries can be held whole."""

    def figures(self, parsed: Parsed) -> Figures:
        """What plausibility looks at."""


class ReleasedFiles:
    """Reads again what was let count. ``recorded`` is called after commits, to wake the decider."""

    def __init__(
        self,
        store: Store,
        policy: PolicyInForce,
        clock: Clock,
        lander: Lander | None,
        recorded: Callable[[], None],
    ) -> None:
        self._store = store
        self._policy = policy
        self._clock = clock
        self._lander = lander
        self._recorded = recorded

    async def waiting(self) -> Sequence[Release]:
        """What is to be read again, the oldest first."""
        async with self._store.reading() as uow:
            return await uow.held_files.to_read()

    async def read(self, release: Release, connector: Connector) -> str | None:
        """Count one: the note for who looks for the file, None when it cannot count, which is told. Raises TurnLost."""
        held = release.held
        async with self._store.reading() as uow:
            body = await uow.ledger.raw(held.delivery)
            newest = (await uow.held_files.newest([held.system])).get(held.system)
        landed = await self._landed(release, connector)
        if landed:
            return await self._counted(release, ())
        if body is None:
            await self._not_counted(release, ERASED)
            return None
        if landed is None and (newest is None or newest.delivery != held.delivery):
            await self._not_counted(release, FOLLOWED)
            return None
        inbound = Inbound(held.system, "file", body, held.received_at, name=held.name)
        try:
            return await self._read(release, connector, inbound)
        except BadInput as error:
            await self._not_counted(release, str(error))
            return None

    async def _landed(self, release: Release, connector: Connector) -> bool | None:
        """Whether all rows of a large one are recorded; None when it did not land yet. One that was cut short is recorded to its
        end, where what landed is here."""
        async with self._store.reading() as uow:
            known = await uow.landings.of(release.held.delivery)
        if known is None or known[1] or self._lander is None or not isinstance(connector, Lands):
            return None if known is None else known[1]
        return await self._lander.go_on(release.held.system, connector) > 0

    async def _read(self, release: Release, connector: Connector, inbound: Inbound) -> str | None:
        if self._lander is not None and isinstance(connector, Lands) and await self._lander.wants(inbound):
            snapshot = await asyncio.to_thread(connector.read_whole, inbound)
            self._check(release, snapshot.held, snapshot.figures())
            await self._lander.land_held(release.held.delivery, inbound, connector, snapshot)
            return await self._counted(release, ())
        parsed = connector.parse(inbound)
        figures = connector.figures(parsed) if isinstance(connector, Measures) else release.held.figures
        self._check(release, parsed.held, figures)
        return await self._record(release, inbound, parsed)

    def _check(self, release: Release, why: str, figures: Figures) -> None:
        """Raises BadInput when it does not say what was shown to those who let it count."""
        if why:
            raise BadInput(why)
        shown = release.held.figures
        if figures != shown:
            raise BadInput(
                f"It reads otherwise now than it was shown ({figures.rows} rows, {figures.total} units; shown were "
                f"{shown.rows} and {shown.total}): its system's connection was changed. Ask the sender for the file again."
            )

    async def _record(self, release: Release, inbound: Inbound, parsed: Parsed) -> str | None:
        try:
            return await self._counted(release, parsed.facts, inbound)
        except Exception as error:
            poison = await poisonous(parsed.facts, lambda tried: self._trial(release, inbound, tried))
            if not poison:
                raise
            _log.error("held_file_not_recorded", system=inbound.system, error=f"{type(error).__name__}: {error}")
            clean = without(Parsed(parsed.key, facts=parsed.facts), poison)
            return await self._counted(release, clean.facts, inbound, clean)

    async def _trial(self, release: Release, inbound: Inbound, facts: Sequence[FactDraft]) -> Exception | None:
        return await undone(self._store, lambda uow: self._facts(uow, release, inbound, facts))

    async def _facts(self, uow: UnitOfWork, release: Release, inbound: Inbound, facts: Sequence[FactDraft]) -> None:
        item = GroupItem(inbound, Parsed(release.digest, facts=tuple(facts)))
        delivery = RecordedDelivery(release.held.delivery, new=True, repeats=0)
        await record_into(uow, [(item, delivery)], self._policy.current, self._clock.now())

    async def _counted(
        self,
        release: Release,
        facts: Sequence[FactDraft],
        inbound: Inbound | None = None,
        told: Parsed | None = None,
    ) -> str | None:
        """It counts from here on: its facts (of a small one), its figures, its exception, in one transaction."""
        held, now = release.held, self._clock.now()
        async with self._store.unit_of_work() as uow:
            await uow.systems.lock(held.system)
            if not await uow.held_files.take(held.delivery, held.content_at, now):
                return None
            if inbound is not None:
                await self._facts(uow, release, inbound, facts)
                await uow.ledger.save_figures(held.system, held.figures.rows, held.figures.zeros, held.figures.total)
            if told is not None:
                await uow.landings.blame(held.delivery, told.problems)
            name = self._policy.current.system(held.system).name
            rows, content = held.figures.rows, f"{held.content_at:%d %b %H:%M} UTC"
            sentence = (
                f"{held.name} of {name} counts: {rows} rows as of {content}, since {release.by_name} let it count."
            )
            entry = Entry("file_counted", now, SELF, sentence, _figures(release))
            await self._settle(uow, release, ActionState.DONE, "Its rows count.", entry)
            await uow.systems.mark_due([held.system], now)
        self._recorded()
        _log.info("held_file_counted", system=held.system, file=held.name, rows=held.figures.rows, by=release.by)
        why = f"{release.by_name} let it count" if release.by is not None else "policy's limits allow it by now"
        return f"It was held, and counts since {now:%Y-%m-%d %H:%M} UTC: {why}."

    async def _not_counted(self, release: Release, why: str) -> None:
        held, now = release.held, self._clock.now()
        async with self._store.unit_of_work() as uow:
            await uow.systems.lock(held.system)
            if not await uow.held_files.give_back(held.delivery):
                return
            sentence = f"{held.name} was not counted, and is held as before. {why}"
            entry = Entry("file_not_counted", now, SELF, sentence, _figures(release))
            await self._settle(uow, release, ActionState.FAILED, why, entry)
            await uow.systems.mark_due([held.system], now)
        self._recorded()
        _log.warning("held_file_not_counted", system=held.system, file=held.name, why=why)

    async def _settle(
        self,
        uow: UnitOfWork,
        release: Release,
        state: ActionState,
        result: str,
        entry: Entry,
    ) -> None:
        """What came of it, beside the exception it was let count from."""
        case = await uow.cases.get(release.case, lock=True) if release.case is not None else None
        if case is None:
            return
        actions = tuple(
            replace(one, state=state, settled_at=entry.at, result=result) if _is_of(one, release) else one
            for one in case.actions
        )
        await write_steps(uow, [Step(replace(case, actions=actions, version=case.version + 1), (entry,))], entry.at)


def _figures(release: Release) -> tuple[tuple[str, str], ...]:
    return (("by", release.by_name), ("file", release.held.name), ("sha256", release.digest))


def _is_of(act: Action, release: Release) -> bool:
    waits = act.kind is ActionKind.FILE and act.state is ActionState.WANTED
    return waits and act.figure("delivery") == str(release.held.delivery)
