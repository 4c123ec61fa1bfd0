"""A small shop with kits on a real store, and a referee that knows nothing of how the product counts: shelf less what is owed.

Two mugs and a kettle are a gift set, six mugs a pack, a crate is two packs and a kettle. The warehouse counted once.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import select

from storage.store import SqlStore
from storage.tables.stock import due
from sync.connectors.base import Inbound, Parsed
from sync.detect.picture import ListingPicture
from sync.model.facts import (
    Count,
    FactBody,
    FactDraft,
    FactKind,
    ItemRef,
    LineState,
    LineStated,
    LineStep,
    ListingStated,
    OrderRef,
    RecipeStated,
)
from sync.model.ids import SkuId, SystemId
from sync.model.outbox import TargetKind
from sync.model.picture import Whole
from sync.model.time import AsOf
from sync.path.decider import Decider
from sync.path.judge import folded, look
from sync.path.recorder import Receipt, record_group
from sync.path.recording import GroupItem
from sync.policy.holder import PolicyInForce
from sync.policy.schema import Policy
from tests.databases import MovableClock
from tests.shop_rules import rules

SHOP, WMS, ERP = SystemId("shopify-us"), SystemId("wms"), SystemId("erp")
MUG, KETTLE, SET, PACK, CRATE = (SkuId(code) for code in ("MUG", "KETTLE", "GIFT-SET", "MUG-6", "CRATE"))
MADE_OF: Mapping[SkuId, Mapping[SkuId, int]] = {
    MUG: {MUG: 1},
    KETTLE: {KETTLE: 1},
    SET: {MUG: 2, KETTLE: 1},
    PACK: {MUG: 6},
    CRATE: {MUG: 12, KETTLE: 1},
}
"""Units of what is counted in one of each: worked out by hand."""

RECIPES = {SET: {MUG: 2, KETTLE: 1}, PACK: {MUG: 6}, CRATE: {PACK: 2, KETTLE: 1}}
BEGAN = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)


def kit_rules(**sections: Any) -> Policy:
    """One storefront that sells from one warehouse; the ERP tells recipes and counts nothing that decides."""
    erp = {"kind": "events_api", "name": "ERP", "source": {"trust": "financial"}}
    systems = rules().model_dump(mode="json")["systems"]
    bare = {
        "shopify-us": {
            "kind": "shopify",
            "name": "Shopify US",
            "mode": "full",
            "channel": {"locations": ["reno"], "publish_to": "reno"},
            "settles_in": "10 s",
        },
        "wms": {"kind": "csv_feed", "name": "WMS", "source": {"trust": "physical"}, "settles_in": "10 s"},
        "erp": erp,
    }
    assert systems.keys() <= bare.keys()
    return rules(systems=bare, **sections)


@dataclass
class KitShop:
    """Records facts and decides, one small slice after the other."""

    store: SqlStore
    clock: MovableClock
    policy: PolicyInForce = field(default_factory=lambda: PolicyInForce(kit_rules()))
    shelf: dict[SkuId, int] = field(default_factory=lambda: {MUG: 40, KETTLE: 9})
    owed: dict[str, tuple[SkuId, int]] = field(default_factory=dict)
    _serial: count[int] = field(default_factory=count)

    # -- what happens

    async def record(self, *drafts: tuple[SystemId, FactDraft]) -> list[Receipt]:
        """One group of deliveries, one fact each, received now."""
        now = self.clock.now()
        items = [
            GroupItem(
                Inbound(system, "webhook", f"{next(self._serial)}".encode(), now), Parsed(f"d{draft.key}", (draft,))
            )
            for system, draft in drafts
        ]
        async with self.store.unit_of_work() as uow:
            await uow.systems.ensure([SHOP, WMS, ERP], now)
            return await record_group(uow, items, self.policy.current, now)

    async def opened(self) -> None:
        """Everything is listed and counted; nobody has told what the sets are made of."""
        await self.record(
            *(listed(sku) for sku in MADE_OF), *(counted(sku, units) for sku, units in self.shelf.items())
        )

    async def told_recipes(self) -> None:
        """The ERP tells them, as of before the first order."""
        await self.record(*(recipe(sku, parts) for sku, parts in RECIPES.items()))

    def ordered(self, order: str, sku: SkuId, units: int) -> tuple[SystemId, FactDraft]:
        """An order line as it is now; the referee remembers it."""
        self.owed[order] = (sku, units)
        return line(order, sku, units, self.clock.now())

    def cancelled(self, order: str, units: int) -> tuple[SystemId, FactDraft]:
        """Some of an order will not be shipped."""
        sku, open_ = self.owed[order]
        self.owed[order] = (sku, open_ - units)
        key = f"cancel:{order}:{next(self._serial)}"
        return step(FactKind.ORDER_CANCELLED, key, order, sku, units, self.clock.now())

    # -- what is decided

    async def decide(self, limit: int = 2_000) -> int:
        """One slice."""
        return await Decider(self.store, self.policy, self.clock).decide_slice(limit)

    async def settle(self) -> None:
        """Slices until nothing is due any more."""
        for _ in range(50):
            if not await self.decide():
                return
        raise AssertionError("slices make each other due without end")

    # -- what is so

    def left(self, sku: SkuId) -> int:
        """The referee: how many could still be sold of it, if nothing else were."""
        return max(0, min(self.free(part) // each for part, each in MADE_OF[sku].items()))

    def free(self, counted_sku: SkuId) -> int:
        """The shelf less everything owed."""
        owed = sum(units * MADE_OF[sku].get(counted_sku, 0) for sku, units in self.owed.values())
        return self.shelf[counted_sku] - owed

    async def whole(self, sku: SkuId) -> Whole:
        async with self.store.reading() as uow:
            return (await uow.stock.load([sku], self.clock.now()))[sku]

    async def seen(self, sku: SkuId) -> ListingPicture:
        """Its only listing as it is judged now."""
        whole = await self.whole(sku)
        now = self.clock.now()
        [one] = look(whole, folded(whole, self.policy.current, now), self.policy.current, now).listings
        return one

    async def promised(self, sku: SkuId) -> int | None:
        """What may be sold of it; None: not known."""
        found = (await self.seen(sku)).promise
        return None if found.unknown else found.units

    async def wanted(self) -> dict[SkuId, int]:
        """Quantities decided last, by SKU."""
        async with self.store.reading() as uow:
            wholes = await uow.stock.load(list(MADE_OF), self.clock.now())
        return {
            sku: target.wanted
            for sku, whole in wholes.items()
            for target in whole.targets
            if target.kind is TargetKind.QUANTITY
        }

    async def wanted_of(self, sku: SkuId) -> int | None:
        """The quantity of a SKU decided last."""
        targets = (await self.whole(sku)).targets
        return next((target.wanted for target in targets if target.kind is TargetKind.QUANTITY), None)

    async def due(self) -> set[SkuId]:
        """SKUs that are still to be decided."""
        async with self.store.reading() as uow:
            return {SkuId(sku) for sku in (await uow.link.execute(select(due.c.sku))).scalars()}


# -- facts ---------------------------------------------------------------------------------------------------------------


def draft(
    system: SystemId, kind: FactKind, key: str, sku: str, body: FactBody, at: datetime, place: str | None = None
) -> tuple[SystemId, FactDraft]:
    """Any fact as its system tells it."""
    return system, FactDraft(kind, key, AsOf.at(at), ItemRef("sku", sku), place, body, tie=key)


def listed(sku: SkuId, at: datetime = BEGAN) -> tuple[SystemId, FactDraft]:
    """The storefront lists it and shows 0."""
    body = ListingStated((("variant", f"v{sku}"),), title=f"The {sku}", buyable=True)
    return draft(SHOP, FactKind.LISTING_SEEN, f"listing:{sku}", sku, body, at)


def counted(sku: SkuId, units: int, at: datetime = BEGAN) -> tuple[SystemId, FactDraft]:
    """The warehouse counts."""
    return draft(WMS, FactKind.COUNTED, f"row:{sku}@{at:%d%H%M%S}", sku, Count(on_hand=units), at, "Reno")


def recipe(
    sku: SkuId, parts: Mapping[SkuId, int], at: datetime = BEGAN, system: SystemId = ERP
) -> tuple[SystemId, FactDraft]:
    """Somebody tells what it is made of, from ``at`` on."""
    body = RecipeStated(tuple((part.lower(), each) for part, each in parts.items()))
    return draft(system, FactKind.RECIPE, f"recipe:{sku}@{at:%d%H%M%S}", sku, body, at)


def line(
    order: str, sku: SkuId, units: int, at: datetime, placed: datetime | None = None
) -> tuple[SystemId, FactDraft]:
    """A revision of an order's only line."""
    body = LineStated(OrderRef(SHOP, order, "1"), units, LineState.CONFIRMED, placed or at)
    return draft(SHOP, FactKind.ORDER_LINE, f"order:{order}@{at:%d%H%M%S}:{units}", sku, body, at)


def step(kind: FactKind, key: str, order: str, sku: SkuId, units: int, at: datetime) -> tuple[SystemId, FactDraft]:
    """Units of a line cancelled or shipped."""
    return draft(SHOP, kind, key, sku, LineStep(OrderRef(SHOP, order, "1"), units), at)


async def random_day(shop: KitShop, seed: int, steps: int) -> None:
    """Orders, edits and cancellations of everything in any mix, with slices of any size in between. After each slice whatever is
    decided, with its parts, is held against the referee, and at the end everything exactly."""
    chance = random.Random(seed)
    for number in range(steps):
        shop.clock.move(timedelta(seconds=chance.randint(1, 90)))
        happening = chance.random()
        open_ = [order for order, (_, units) in shop.owed.items() if units > 0]
        if happening < 0.55 or not open_:
            facts = [
                shop.ordered(f"{number}-{index}", chance.choice(list(MADE_OF)), chance.randint(1, 2))
                for index in range(chance.randint(1, 2))
            ]
            await shop.record(*facts, *chance.sample(facts, chance.randint(0, 1)))
        else:
            order = chance.choice(open_)
            await shop.record(shop.cancelled(order, chance.randint(1, shop.owed[order][1])))
        for _ in range(chance.randint(0, 4)):
            await shop.decide(chance.choice([1, 1, 2, 2_000]))
        waiting = await shop.due()
        for sku, units in (await shop.wanted()).items():
            assert waiting & {sku, *MADE_OF[sku]} or units <= shop.left(sku), (
                f"seed {seed}, step {number}: {units} of {sku} are wanted"
            )
    await shop.settle()
    for sku in MADE_OF:
        assert await shop.promised(sku) == shop.left(sku), f"seed {seed}: {sku}"
