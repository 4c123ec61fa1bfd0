"""A shop whose warehouse sends a file that is not plausible, and people who let it count, through the core alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import select

from storage.store import SqlStore
from storage.tables.deliveries import deliveries
from sync.inbox.acts import CountAnyway, DecideCorrection, Outcome
from sync.inbox.service import Inbox
from sync.inbox.view import Prepared
from sync.landing.held_file import HeldFile
from sync.model.exceptions import ActionKind, ActionState, Case, ExceptionClass
from sync.model.facts import FactKind
from sync.model.ids import SkuId, UserId
from sync.model.money import Money
from sync.model.proof import exception_chain
from sync.model.stock import Sku
from tests.acting.desk import person
from tests.databases import MovableClock
from tests.landing.feed_shop import WMS, FeedShop, feed_rules, file_text

CODES = [f"SKU-{number}" for number in range(10)]


@dataclass
class HeldWorld:
    """The shop, its inbox, and the exception of what it cannot use. Half of a file's rows may say zero."""

    shop: FeedShop
    inbox: Inbox

    async def opened(self, cost: str | None = "1.00") -> None:
        """The catalogue is there."""
        worth = Money(Decimal(cost), "USD") if cost is not None else None
        async with self.shop.store.unit_of_work() as uow:
            await uow.catalogue.add_skus([Sku(SkuId(code), price=worth, unit_cost=worth) for code in CODES])
        await self.shop.opened(CODES)
        await self.shop.decide()

    async def sends(self, name: str, units: list[int], **later: float) -> None:
        """The warehouse sends a file of some minutes later, and what follows is decided."""
        self.shop.clock.move(timedelta(**later or {"minutes": 30}))
        rows = [(code, "reno", str(many), "") for code, many in zip(CODES, units, strict=False)]
        await self.shop.drop(WMS, name, file_text(self.shop.clock.at, rows))
        await self.shop.decide()

    async def good_then_empty(self) -> None:
        """Ten rows of four units, then ten of which eight say zero: it is held."""
        await self.sends("one.csv", [4] * 10)
        await self.sends("two.csv", [4, 9] + [0] * 8)

    async def held(self) -> HeldFile | None:
        """The held file that may be counted."""
        async with self.shop.store.reading() as uow:
            return (await uow.held_files.newest([WMS])).get(WMS)

    async def case(self) -> Case:
        """The newest exception of what the warehouse sent."""
        async with self.shop.store.reading() as uow:
            cases = (await uow.systems.load([WMS]))[WMS].cases
        found = [one for one in cases if one.fingerprint.cls is ExceptionClass.CATALOG_FAULT]
        return max(found, key=lambda one: one.id)

    async def open(self, by: UserId) -> Prepared | Outcome:
        """The form."""
        case = await self.case()
        return await self.inbox.prepare(person(by), CountAnyway.verb, case.id, case.version, {})

    async def counts(self, by: UserId, reason: str = "half the range is sold out") -> Outcome:
        """Count it anyway, through its form."""
        prepared = await self.open(by)
        assert isinstance(prepared, Prepared), prepared
        return await self.submit(by, prepared, reason)

    async def submit(self, by: UserId, prepared: Prepared, reason: str = "half the range is sold out") -> Outcome:
        """The form that was opened before."""
        act, wait = CountAnyway(reason), timedelta(seconds=30)
        return await self.inbox.act(person(by), act, intent=prepared.intent, case=prepared.view.case.id, within=wait)

    async def decided(self, by: UserId, decision: str = "approve", reason: str = "I was there") -> Outcome:
        """A second person's word."""
        case = await self.case()
        asked = next(act for act in reversed(case.actions) if act.state is ActionState.ASKED)
        act = DecideCorrection(asked.id, decision, reason)  # type: ignore[arg-type]
        return await self.inbox.act(person(by), act, case=case.id, within=timedelta(seconds=30))

    async def read(self) -> None:
        """A process looks at what is to be read, and what follows is decided."""
        await self.shop.reader.poll_feeds()
        await self.shop.decide()

    async def settled(self) -> None:
        """Agreement has lasted."""
        self.shop.clock.move(timedelta(seconds=30))
        await self.shop.decide()

    async def units(self) -> list[int | None]:
        """What is known of each SKU at Reno."""
        held = await self.shop.positions(CODES)
        found = [held.get((code, WMS, "reno")) for code in CODES]
        return [None if one is None or one[0] is None else one[0].on_hand for one in found]

    async def counted_facts(self) -> int:
        """How many counts are recorded."""
        return len(await self.shop.recorded(FactKind.COUNTED))

    async def states(self) -> list[str]:
        """What became of each file, in the order they came."""
        async with self.shop.store.reading() as uow:
            query = select(deliveries.c.state).where(deliveries.c.system == WMS).order_by(deliveries.c.id)
            return list((await uow.link.execute(query)).scalars())

    async def told(self) -> list[str]:
        """The kinds of the entries in the exception's proof."""
        async with self.shop.store.reading() as uow:
            return [one.entry.kind for one in await uow.proofs.chain(exception_chain((await self.case()).id))]

    async def act(self) -> tuple[ActionState, str]:
        """The newest release, and what came of it."""
        found = (await self.case()).newest(ActionKind.FILE)
        assert found is not None
        return found.state, found.result

    def aside(self, folder: str) -> list[str]:
        """Names of the files that were put there."""
        path = self.shop.folder / WMS / folder
        return sorted(one.name for one in path.iterdir()) if path.exists() else []


def held_world(store: SqlStore, folder: Path, clock: MovableClock, large: int | None, **sources: Any) -> HeldWorld:
    """The same on an open, migrated store. ``large``: bytes from which a file lands whole."""
    shop = FeedShop(store, folder, feed_rules(folder, "0.5", **sources), clock, large=large)
    return HeldWorld(shop, Inbox(store, shop.in_force, clock, {}))
