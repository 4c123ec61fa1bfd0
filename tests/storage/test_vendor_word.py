"""A vendor's word from the events door to the card's exception: recorded, folded, kept, and missed when it ends."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from storage.store import SqlStore
from sync.connectors.base import Inbound
from sync.connectors.events_api.connector import EventsApiConnector
from sync.model.exceptions import Case, ExceptionClass, Life
from sync.model.facts import Count
from sync.model.ids import LocationId, SkuId, SystemId
from sync.model.stock import Sku
from sync.path.decider import Decider
from sync.path.recorder import Recorder
from sync.policy.holder import PolicyInForce
from tests.databases import MovableClock
from tests.shop_rules import rules

ACME = SystemId("acme")
CHAIR, STOOL, RUG = SkuId("CHR-1"), SkuId("CHR-2"), SkuId("RUG-1")
POLICY = rules(
    systems={
        "shop": {
            "kind": "shopify",
            "name": "Shop",
            "mode": "full",
            "channel": {"locations": ["dock"], "publish_to": "dock"},
        },
        "acme": {
            "kind": "events_api",
            "name": "Acme",
            "settles_in": "1 min",
            "source": {"trust": "vendor", "acknowledged_for": "6 h"},
        },
    },
    locations={"dock": {"name": "Dock", "deciders": ["acme"]}},
    identity={},
    skus={"CHR-2": {"family": "Chairs"}},
    routes=[{"queue": "warehouse", "system": "acme", "family": "Chairs"}],
)


class Vendor:
    """Acme, and the product that hears it."""

    def __init__(self, store: SqlStore, clock: MovableClock) -> None:
        self._store, self._clock, self._sent = store, clock, 0
        policy = PolicyInForce(POLICY)
        self._recorder = Recorder(store, policy, clock)
        self._decider = Decider(store, policy, clock)
        self._connector = EventsApiConnector(ACME, POLICY.system(ACME), now=clock.now)

    async def open(self) -> None:
        """Acme is known, and what it sells."""
        async with self._store.unit_of_work() as uow:
            await uow.systems.ensure([ACME], self._clock.now())
            families = ((CHAIR, "Chairs"), (STOOL, "Seats"), (RUG, ""))
            await uow.catalogue.add_skus([Sku(sku, family=family) for sku, family in families])

    async def says(self, kind: str, sku: SkuId, **fields: Any) -> None:
        """One event, recorded and decided."""
        self._sent += 1
        at = self._clock.now().isoformat()
        event = {"id": f"acme-{self._sent}", "type": kind, "occurred_at": at, "sku": sku, "location": "dock"} | fields
        body = json.dumps({"events": [event]}).encode()
        await self._recorder.receive(Inbound(ACME, "events", body, self._clock.now()), self._connector)
        await self.decide()

    async def decide(self) -> None:
        """Everything that is due now."""
        while await self._decider.run_due():
            pass

    async def cases(self) -> Sequence[Case]:
        """Acme's exceptions."""
        async with self._store.reading() as uow:
            return (await uow.systems.load([ACME]))[ACME].cases


async def test_a_family_without_its_vendors_word_is_one_exception_until_the_word_comes(
    store: SqlStore, store_clock: MovableClock
) -> None:
    vendor = Vendor(store, store_clock)
    await vendor.open()
    await vendor.says("stock.counted", CHAIR, on_hand=8)
    await vendor.says("stock.counted", STOOL, on_hand=2)
    await vendor.says("stock.counted", RUG, on_hand=0)
    [case] = await vendor.cases()
    assert (case.fingerprint.cls, case.fingerprint.family, case.delta) == (ExceptionClass.STALE_FEED, "Chairs", 2)
    assert case.queue == "warehouse", "the route of its family owns it"
    assert (
        "Acme has not acknowledged that it can supply family Chairs: the word on 2 of 2 SKUs" in case.evidence.changed
    )

    await vendor.says("stock.acknowledged", CHAIR)
    [case] = await vendor.cases()
    assert (case.delta, dict(case.evidence.facts)["example"]) == (1, "CHR-2")
    await vendor.says("stock.acknowledged", STOOL, units=1, until=(store_clock.at + timedelta(hours=2)).isoformat())
    store_clock.move(timedelta(minutes=2))
    await vendor.decide()
    [case] = await vendor.cases()
    assert case.life is Life.CLEARED

    async with store.unit_of_work() as uow:
        [position] = (await uow.stock.load([STOOL], store_clock.now()))[STOOL].state.positions
    assert position.acknowledged is not None
    assert (position.acknowledged.units, position.location) == (1, LocationId("dock"))

    store_clock.move(timedelta(hours=2))
    await vendor.decide()
    [case] = await vendor.cases()
    assert (case.life, case.delta, case.recurrences) == (Life.OPEN, 1, 2), "time alone ends a word"


async def test_what_is_held_and_a_count_s_release_are_kept(store: SqlStore, store_clock: MovableClock) -> None:
    vendor = Vendor(store, store_clock)
    await vendor.open()
    await vendor.says("stock.counted", CHAIR, on_hand=8, held=2)
    now = store_clock.now()
    async with store.unit_of_work() as uow:
        whole = (await uow.stock.load([CHAIR], now))[CHAIR]
        [position] = whole.state.positions
        assert position.statement is not None
        assert position.statement.count == Count(on_hand=8, held=2)
        released = replace(whole.state, positions=(replace(position, released=True),))
        await uow.stock.save_states([(whole, released, frozenset())])
    async with store.reading() as uow:
        assert (await uow.stock.load([CHAIR], now))[CHAIR].state == released
