"""Groups of deliveries are recorded beside each other on PostgreSQL: each once, and nobody is kept whole for a circle."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import text

from storage.engine import open_store
from storage.store import SqlStore
from sync.connectors.base import Inbound, Parsed
from sync.model.facts import (
    Count,
    FactBody,
    FactDraft,
    FactKind,
    ItemRef,
    LineState,
    LineStated,
    ListingStated,
    OrderRef,
)
from sync.model.ids import SkuId, SystemId
from sync.model.stock import Sku
from sync.model.time import AsOf
from sync.path.recorder import AT_ONCE, COMPANY, Receipt, Recorder
from sync.policy.holder import PolicyInForce
from sync.ports import FactOutcome
from tests.databases import MovableClock
from tests.shop_rules import rules
from tests.storage.given import NOW, WMS, a_fact

pytestmark = pytest.mark.postgres

SHOP = SystemId("shopify-us")


def a_count(key: str) -> FactDraft:
    return FactDraft(FactKind.COUNTED, key, AsOf.at(NOW), ItemRef("sku", "RUG"), "Reno", Count(on_hand=5))


def a_listing(code: str) -> FactDraft:
    body = ListingStated(external=(("variant", f"v-{code}"),))
    return FactDraft(FactKind.LISTING_SEEN, f"listing:{code}", AsOf.at(NOW), ItemRef("sku", code), None, body)


def an_order(number: int, code: str) -> FactDraft:
    body: FactBody = LineStated(OrderRef(SHOP, str(number), "1"), 1, LineState.CONFIRMED, NOW)
    return FactDraft(FactKind.ORDER_LINE, f"order:{number}", AsOf.at(NOW), ItemRef("sku", code), None, body)


class Recording:
    """A recorder with its store, and another process's transaction beside it."""

    def __init__(self, store: SqlStore, other: SqlStore, clock: MovableClock) -> None:
        self.recorder = Recorder(store, PolicyInForce(rules()), clock, at_once=AT_ONCE)
        self._store = store
        self.other = other

    def sent(self, name: str, *facts: FactDraft) -> asyncio.Task[Receipt]:
        inbound = Inbound(SHOP if name.startswith("shop") else WMS, "webhook", name.encode(), NOW, {}, name)
        return asyncio.create_task(self.recorder.record(inbound, Parsed(name, facts=facts)))

    @asynccontextmanager
    async def others_claim(self, key: str) -> AsyncIterator[None]:
        """Another process has claimed a fact's key and not committed yet."""
        async with self.other.unit_of_work() as uow:
            await uow.ledger.record_facts([a_fact(key, SkuId("RUG"))])
            yield

    async def until_waiting_for_it(self, for_: int = 1) -> None:
        """So many of our transactions wait for another's end."""
        waits = text(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        async with asyncio.timeout(20):
            while True:
                async with self._store.reading() as uow:
                    if (await uow.link.execute(waits)).scalar_one() >= for_:
                        return
                await asyncio.sleep(0.01)


@pytest.fixture
async def recording(postgres_store: SqlStore, pg_url: str, store_clock: MovableClock) -> AsyncIterator[Recording]:
    async with postgres_store.unit_of_work() as uow:
        await uow.systems.ensure([WMS, SHOP], NOW)
        await uow.catalogue.add_skus([Sku(SkuId("RUG"))])
    other = await open_store(pg_url, clock=store_clock)
    yield Recording(postgres_store, other, store_clock)
    await other.close()


def many(recording: Recording, first: int, count: int = COMPANY) -> list[asyncio.Task[Receipt]]:
    return [recording.sent(f"wms-{number}", a_count(f"row:{number}")) for number in range(first, first + count)]


async def outcomes(tasks: Sequence[asyncio.Task[Receipt]]) -> list[FactOutcome]:
    async with asyncio.timeout(20):
        return [outcome for receipt in await asyncio.gather(*tasks) for outcome in receipt.outcomes]


async def test_a_group_that_waits_for_the_database_holds_up_no_other(recording: Recording) -> None:
    async with recording.others_claim("row:0"):
        [held_up] = many(recording, 0, 1)
        await recording.until_waiting_for_it()
        assert await outcomes(many(recording, 1)) == [FactOutcome.RECORDED] * COMPANY
        assert not held_up.done()
    assert (await held_up).new


async def test_few_wait_for_the_group_under_way_and_share_the_next(recording: Recording) -> None:
    async with recording.others_claim("row:0"):
        many(recording, 0, 1)
        await recording.until_waiting_for_it()
        few = many(recording, 1, COMPANY - 1)
        done, _ = await asyncio.wait(few, timeout=0.3)
        assert not done
    assert await outcomes(few) == [FactOutcome.RECORDED] * (COMPANY - 1)


async def test_what_gives_names_is_recorded_with_nobody_beside_it(recording: Recording) -> None:
    """Or else an order that names a new product might miss it, and be kept for want of a name that is there."""
    async with recording.others_claim("row:0"):
        many(recording, 0, 1)
        await recording.until_waiting_for_it()
        named = recording.sent("shop-listing", a_listing("LAMP"))
        orders = [recording.sent(f"shop-{number}", an_order(number, "LAMP")) for number in range(COMPANY)]
        done, _ = await asyncio.wait([named, *orders], timeout=0.3)
        assert not done
    assert await outcomes([named, *orders]) == [FactOutcome.RECORDED] * (COMPANY + 1)


async def test_nothing_begins_beside_what_gives_names(recording: Recording) -> None:
    async with recording.others_claim("row:0"):
        named = recording.sent("shop-listing", a_listing("LAMP"))
        blocked = recording.sent("wms-0", a_count("row:0"))
        await recording.until_waiting_for_it()
        orders = [recording.sent(f"shop-{number}", an_order(number, "LAMP")) for number in range(COMPANY)]
        done, _ = await asyncio.wait(orders, timeout=0.3)
        assert not done
    assert await outcomes([named, blocked, *orders]) == [
        FactOutcome.RECORDED,
        FactOutcome.CONFLICT,
        *[FactOutcome.RECORDED] * COMPANY,
    ]


async def test_the_same_delivery_in_two_groups_is_recorded_once(recording: Recording) -> None:
    async with recording.others_claim("row:0"):
        first = recording.sent("wms-twice", a_count("row:0"), a_count("row:twice"))
        await recording.until_waiting_for_it()
        again = recording.sent("wms-twice", a_count("row:0"), a_count("row:twice"))
        others = many(recording, 1)
        await recording.until_waiting_for_it(2)
    receipts = await asyncio.gather(first, again)
    assert [one.new for one in receipts] == [True, False]
    assert receipts[0].delivery == receipts[1].delivery
    assert await outcomes(others) == [FactOutcome.RECORDED] * COMPANY


async def test_a_group_that_was_broken_off_for_another_s_sake_is_recorded_after_it(recording: Recording) -> None:
    """It claims ``a`` and waits for ``b``, whose holder then wants ``a``: of such a circle the server breaks one off."""
    async with recording.other.unit_of_work() as uow:
        await uow.link.execute(text("SET LOCAL deadlock_timeout = '60s'"))  # so that it is ours
        await uow.ledger.record_facts([a_fact("b", SkuId("RUG"))])
        ours = recording.sent("wms-ours", a_count("a"), a_count("b"), a_count("c"))
        await recording.until_waiting_for_it()
        async with asyncio.timeout(20):
            assert await uow.ledger.record_facts([a_fact("a", SkuId("RUG"))]) == [FactOutcome.RECORDED]
    receipt = await ours
    assert receipt.problems == ()
    assert receipt.outcomes == (FactOutcome.CONFLICT, FactOutcome.CONFLICT, FactOutcome.RECORDED)
