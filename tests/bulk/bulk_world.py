"""A shop with one channel that can pause, one whose quantities are ours, one where nothing can be done, and one in shadow; its
goods shown beyond what there is; and people who act on many of them at once. On a real database, through the core alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from bench.storm.world import World
from storage.store import SqlStore
from sync.bulk.bulk import Asked, Bulk, BulkItem, Deed, ItemState
from sync.bulk.carrying import Carrier
from sync.bulk.service import BulkActs, Chosen
from sync.connectors.base import Abilities
from sync.inbox.acts import Actor
from sync.inbox.service import Inbox
from sync.model.exceptions import Case, ExceptionClass
from sync.model.facts import Count, FactKind, LineState, LineStated, ListingStated, OrderRef
from sync.model.ids import ExceptionId, SkuId, StormId, SystemId, UserId
from sync.model.money import Money
from sync.model.outbox import Post, Target, TargetKind
from sync.model.proof import exception_chain
from sync.model.stock import Sku
from sync.path.decider import Decider
from sync.policy.holder import PolicyInForce
from sync.policy.schema import Policy
from sync.storms.storm import Storm
from tests.databases import MovableClock
from tests.shop_rules import rules

SHOP, OUTLET, TILL, SHADOW, WMS = (SystemId(name) for name in ("shop", "outlet", "till", "shade", "wms"))
DANA, LEE, SAM, KIM, GUS = (UserId(f"U0{name}") for name in ("DANA", "LEE", "SAM", "KIM", "GUS"))
FEW = {"storms": {"above": 1_000}}
"""Each exception stays one of its own."""

ABILITIES = {
    SHOP: Abilities(publishes=True, pause=True, reads_back=True, holds_orders=True),
    OUTLET: Abilities(publishes=True, reads_back=True),
    TILL: Abilities(),
    SHADOW: Abilities(publishes=True, pause=True),
}


def a_person(user: UserId, **changed: Any) -> Actor:
    """Somebody who clicks."""
    return Actor(user, user.removeprefix("U0").title(), "T0", **changed)


def bulk_rules(**changed: Any) -> Policy:
    """Channels that draw on Reno, where the WMS decides."""
    reno: dict[str, Any] = {"locations": ["reno"]}
    ours = {**reno, "publish_to": "reno"}

    def channel(name: str, mode: str, sells: dict[str, Any]) -> dict[str, Any]:
        return {"kind": "shopify", "name": name, "mode": mode, "channel": sells, "settles_in": "10 s"}

    systems = {
        SHOP: channel("Shop", "guard", reno),
        OUTLET: channel("Outlet", "full", ours),
        TILL: channel("Till", "guard", reno),
        SHADOW: channel("Shade", "shadow", ours),
        WMS: {"kind": "csv_feed", "name": "WMS", "source": {"trust": "physical"}, "settles_in": "10 s"},
    }
    known = dict.fromkeys(systems, "reno")
    place = {"name": "Reno", "deciders": [WMS], "known_as": known, "count_queue": "warehouse"}
    return rules(systems=systems, locations={"reno": place}, identity={"catalogue": [SHOP]}, **changed)


@dataclass(slots=True)
class BulkWorld:
    """The shop, its inbox, and what carries bulk acts out."""

    store: SqlStore
    clock: MovableClock
    policy: PolicyInForce
    shop: World
    inbox: Inbox
    carrier: Carrier

    @property
    def bulk(self) -> BulkActs:
        """What people call."""
        return self.inbox.bulk

    async def too_many(self, system: SystemId, count: int, first: int = 1, shows: int = 8) -> list[Case]:
        """So many SKUs of which a channel shows more than the one that there is; their exceptions are open."""
        skus = [SkuId(f"{system.upper()}-{nth:05d}") for nth in range(first, first + count)]
        async with self.store.unit_of_work() as uow:
            await uow.systems.ensure([SHOP, OUTLET, TILL, SHADOW, WMS], self.clock.now())
            price = Money(Decimal(20), "USD")
            await uow.catalogue.add_skus([Sku(sku, f"Thing {sku}", price=price) for sku in skus])
        await self.shop.tell(WMS, skus, lambda sku: Count(on_hand=1), FactKind.COUNTED, "reno")
        await self.shop.tell(system, skus, lambda sku: Count(available=shows), FactKind.LEVEL_SEEN, "reno")
        told = {sku: ListingStated(external=(("variant", sku), ("item", sku)), buyable=True) for sku in skus}
        await self.shop.tell(system, skus, lambda sku: told[sku], FactKind.LISTING_SEEN, None)
        await self.shop.decider.run_due()
        self.clock.move(timedelta(seconds=30))
        await self.shop.decider.run_due()
        wanted = set(skus)
        async with self.store.reading() as uow:
            found = await uow.cases.unresolved(None, None, 20_000)
        mine = [one for one in found if one.fingerprint.sku in wanted]
        exposed = [one for one in mine if one.fingerprint.cls is ExceptionClass.EXPOSURE_MISMATCH]
        assert len(exposed) == count, f"{len(exposed)} of {count} opened: {[one.fingerprint.text for one in found]}"
        return sorted(exposed, key=lambda one: one.id)

    async def ordered(self, cases: Sequence[Case], orders: int) -> None:
        """So many open orders of one unit for each of these exceptions' SKUs."""
        skus = [one.fingerprint.sku for one in cases if one.fingerprint.sku is not None]
        for nth in range(orders):
            self.clock.move(timedelta(seconds=1))
            at = self.clock.now()

            def line(sku: SkuId, nth: int = nth, at: datetime = at) -> LineStated:
                return LineStated(OrderRef(SHOP, f"{sku}-{nth}", "1"), 1, LineState.CONFIRMED, at, Decimal(20), "USD")

            await self.shop.tell(SHOP, skus, line, FactKind.ORDER_LINE, None)
        await self.shop.decider.run_due()

    async def freeze(self, by: UserId, deed: Deed, cases: Sequence[Case], **asked: Any) -> Bulk:
        """The form of an act on these exceptions, filled in."""
        given = {"note": "a recount is needed", "reason": "count" if deed is Deed.PAUSE else ""} | asked
        return await self.bulk.freeze(a_person(by), Asked(deed, **given), self.chosen(cases))

    def chosen(self, cases: Sequence[Case], storm: StormId | None = None) -> Chosen:
        """These exceptions, chosen by hand."""
        return Chosen(tuple(one.id for one in cases), "chosen", storm)

    async def done(self, by: UserId, deed: Deed, cases: Sequence[Case], **asked: Any) -> Bulk:
        """The act frozen, sent and carried out."""
        frozen = await self.freeze(by, deed, cases, **asked)
        await self.bulk.send(a_person(by), frozen.id)
        await self.carrier.run_due()
        return await self.now(frozen)

    async def now(self, bulk: Bulk) -> Bulk:
        """A bulk act as it is stored."""
        async with self.store.reading() as uow:
            found = await uow.bulks.get(bulk.id)
        assert found is not None
        return found

    async def items(self, bulk: Bulk, *states: ItemState) -> list[BulkItem]:
        """Its list, or the part of it in some states."""
        async with self.store.reading() as uow:
            found = await uow.bulks.page(bulk.id, ExceptionId(0), 20_000)
        return [one for one in found if not states or one.state in states]

    async def again(self, case: Case) -> Case:
        """An exception as it is stored."""
        async with self.store.reading() as uow:
            found = await uow.cases.get(case.id)
        assert found is not None
        return found

    async def all_again(self, cases: Sequence[Case]) -> list[Case]:
        """Exceptions as they are stored."""
        return [await self.again(one) for one in cases]

    async def beside(self, case: Case) -> Case:
        """Another exception of the same listing."""
        about = replace(case.fingerprint, cls=ExceptionClass.MANUAL_OVERRIDE, detail="beside")
        async with self.store.unit_of_work() as uow:
            (opened,) = await uow.cases.open([replace(case, id=ExceptionId(0), fingerprint=about, version=1)])
        return opened

    async def changed(self, case: Case, **changed: Any) -> None:
        """Something else changed it meanwhile."""
        async with self.store.unit_of_work() as uow:
            found = await uow.cases.get(case.id, lock=True)
            assert found is not None
            await uow.cases.save([replace(found, version=found.version + 1, **changed)])

    async def told(self, case: Case) -> list[str]:
        """The sentences of an exception's proof."""
        async with self.store.reading() as uow:
            return [one.entry.sentence for one in await uow.proofs.chain(exception_chain(case.id))]

    async def targets(self, *kinds: TargetKind) -> list[Target]:
        """What is wanted of the world, of some kinds."""
        async with self.store.reading() as uow:
            wholes = await uow.stock.load([SkuId(name) for name in await self._skus()], self.clock.now())
        return [one for whole in wholes.values() for one in whole.targets if one.kind in kinds]

    async def _skus(self) -> list[str]:
        async with self.store.reading() as uow:
            found = await uow.cases.unresolved(None, None, 20_000)
        return sorted({one.fingerprint.sku for one in found if one.fingerprint.sku is not None})

    async def storms(self) -> list[Storm]:
        """The storms that stand."""
        async with self.store.reading() as uow:
            return list(await uow.storms.standing())

    async def post(self, key: str) -> Post | None:
        """A wanted Slack message."""
        async with self.store.reading() as uow:
            return await uow.posts.get(key)


def bulk_world(store: SqlStore, clock: MovableClock, **changed: Any) -> BulkWorld:
    """A world on an open, migrated store."""
    policy = PolicyInForce(bulk_rules(**changed))
    decider = Decider(store, policy, clock, ABILITIES)
    shop = World(store, policy, clock, decider)  # type: ignore[arg-type]
    inbox, carrier = Inbox(store, policy, clock, ABILITIES), Carrier(store, policy, clock, ABILITIES)
    return BulkWorld(store, clock, policy, shop, inbox, carrier)
