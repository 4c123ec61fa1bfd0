"""A vendor whose goods two shops sell, and a third in shadow. It falls silent, and people say what its numbers count as.
On a real database, through the core alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from bench.storm.world import World
from storage.store import SqlStore
from sync.inbox.acts import Act, CountByPolicy, DecideCorrection, Outcome, TreatAsNothing, Vouch
from sync.inbox.service import Inbox
from sync.inbox.view import Prepared
from sync.model.exceptions import Case, ExceptionClass
from sync.model.facts import Count, FactKind, ListingStated
from sync.model.ids import ExceptionId, SkuId, SystemId, UserId
from sync.model.money import Money
from sync.model.outbox import TargetKind
from sync.model.proof import exception_chain
from sync.model.source_word import SourceWord, source_chain
from sync.model.stock import Sku
from sync.path.decider import Decider
from sync.policy.holder import PolicyInForce
from sync.policy.schema import Policy
from tests.acting.desk import person
from tests.databases import MovableClock
from tests.shop_rules import rules

SHOP, OUTLET, SHADE, NORTH = (SystemId(name) for name in ("shop", "outlet", "shade", "north"))
CHANNELS = (SHOP, OUTLET, SHADE)
KTL, MUG = SkuId("KTL"), SkuId("MUG")


def silent_rules(**changed: Any) -> Policy:
    """North decides at its dock; half of what it said last counts once that is an hour old."""

    def channel(name: str, mode: str) -> dict[str, Any]:
        sells = {"locations": ["dock"], "publish_to": "dock"}
        return {"kind": "shopify", "name": name, "mode": mode, "channel": sells, "settles_in": "10 s"}

    source = {"trust": "vendor", "fresh_for": "1 h", "stale_counts_as": "0.5"} | changed.pop("source", {})
    systems = {
        SHOP: channel("Shop", "full"),
        OUTLET: channel("Outlet", "full"),
        SHADE: channel("Shade", "shadow"),
        NORTH: {"kind": "events_api", "name": "North", "source": source, "settles_in": "10 s"},
    }
    place = {"name": "Dock", "deciders": [NORTH], "known_as": dict.fromkeys(systems, "dock")}
    return rules(systems=systems, locations={"dock": place}, identity={"catalogue": [SHOP]}, **changed)


@dataclass(slots=True)
class SilentWorld:
    """North, its shops, and the exception of its silence."""

    store: SqlStore
    clock: MovableClock
    policy: PolicyInForce
    shop: World
    inbox: Inbox

    async def sells(self, units: Mapping[SkuId, int], *, cost: str | None = "10.00") -> None:
        """North says what it has, and all shops sell it."""
        worth = Money(Decimal(cost), "USD") if cost is not None else None
        async with self.store.unit_of_work() as uow:
            await uow.systems.ensure([*CHANNELS, NORTH], self.clock.now())
            await uow.catalogue.add_skus([Sku(sku, f"Thing {sku}", price=worth, unit_cost=worth) for sku in units])
        await self.counts(units)
        for channel in CHANNELS:
            told = {sku: ListingStated(external=(("variant", sku), ("item", sku)), buyable=True) for sku in units}
            await self.shop.tell(channel, list(units), lambda sku, told=told: told[sku], FactKind.LISTING_SEEN, None)
        await self.decide()

    async def counts(self, units: Mapping[SkuId, int]) -> None:
        """North is heard again."""
        await self.shop.tell(NORTH, list(units), lambda sku: Count(on_hand=units[sku]), FactKind.COUNTED, "dock")

    async def decide(self) -> None:
        """Everything that is due now, and what follows from that."""
        while await self.shop.decider.run_due():
            pass

    async def later(self, **by: float) -> None:
        """Time passes, and is decided upon."""
        self.clock.move(timedelta(**by))
        await self.decide()

    async def silent(self, units: Mapping[SkuId, int], **given: Any) -> Case:
        """North says what it has and is not heard for two hours."""
        await self.sells(units, **given)
        await self.later(hours=2)
        return await self.case()

    async def case(self) -> Case:
        """The newest exception of North's silence."""
        async with self.store.reading() as uow:
            cases = (await uow.systems.load([NORTH]))[NORTH].cases
        return max((one for one in cases if one.fingerprint.cls is ExceptionClass.STALE_FEED), key=lambda one: one.id)

    async def open(self, by: UserId, kind: str) -> Prepared:
        """A form, opened by somebody who may."""
        case = await self.case()
        prepared = await self.inbox.prepare(person(by), kind, case.id, case.version, {})
        assert isinstance(prepared, Prepared), prepared
        return prepared

    async def send(self, by: UserId, act: Act, prepared: Prepared | None = None) -> Outcome:
        """An act beside the silence, with its form or without one."""
        case: ExceptionId = prepared.view.case.id if prepared is not None else (await self.case()).id
        intent = prepared.intent if prepared is not None else None
        return await self.inbox.act(person(by), act, intent=intent, case=case, within=timedelta(seconds=30))

    async def nothing(self, by: UserId, reason: str = "its depot burns") -> Outcome:
        """Treat as 0 now, through its form."""
        return await self.send(by, TreatAsNothing(reason), await self.open(by, "nothing"))

    async def vouch(self, by: UserId, hours: float = 3, reason: str = "they phoned") -> Outcome:
        """Extend trust, through its form."""
        until = self.clock.now() + timedelta(hours=hours)
        return await self.send(by, Vouch(until, reason), await self.open(by, "vouch"))

    async def take_back(self, by: UserId, note: str = "it was a mistake") -> Outcome:
        """By policy again."""
        return await self.send(by, CountByPolicy(note), await self.open(by, "bypolicy"))

    async def decided(self, by: UserId, decision: str = "approve", reason: str = "I heard them") -> Outcome:
        """A second person's word on what waits."""
        asked = next(act for act in reversed((await self.case()).actions) if act.state == "asked")
        return await self.send(by, DecideCorrection(asked.id, decision, reason))  # type: ignore[arg-type]

    async def wanted(self, sku: SkuId = KTL) -> dict[str, int]:
        """What each channel is to show."""
        async with self.store.reading() as uow:
            whole = (await uow.stock.load([sku], self.clock.now()))[sku]
        return {one.lane: one.wanted for one in whole.targets if one.kind is TargetKind.QUANTITY}

    async def words(self) -> Sequence[SourceWord]:
        """What stands."""
        async with self.store.reading() as uow:
            return await uow.words.standing()

    async def told(self, *, source: bool = False) -> list[str]:
        """The kinds of the entries in the exception's proof, or in the source's own."""
        chain = source_chain(NORTH) if source else exception_chain((await self.case()).id)
        async with self.store.reading() as uow:
            return [one.entry.kind for one in await uow.proofs.chain(chain)]


def silent_world(store: SqlStore, clock: MovableClock, policy: Policy | None = None) -> SilentWorld:
    """The same on an open, migrated store."""
    held = PolicyInForce(policy if policy is not None else silent_rules())
    decider = Decider(store, held, clock)
    shop = World(store, held, clock, decider)  # type: ignore[arg-type]
    return SilentWorld(store, clock, held, shop, Inbox(store, held, clock, {}))
