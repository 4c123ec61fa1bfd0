"""Kits and packs from recording to promise, on both databases: by the recipe of the order's time, never more than there is."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from storage.closing import close_period
from storage.replaying import replay_problems
from storage.store import SqlStore
from sync.model.facts import FactKind
from sync.ports import FactOutcome
from tests.databases import MovableClock
from tests.kit_shop import (
    BEGAN,
    CRATE,
    KETTLE,
    MADE_OF,
    MUG,
    PACK,
    SET,
    SHOP,
    KitShop,
    counted,
    kit_rules,
    line,
    random_day,
    recipe,
    step,
)


@pytest.fixture
def shop(store: SqlStore, store_clock: MovableClock) -> KitShop:
    return KitShop(store, store_clock)


async def opened(shop: KitShop) -> KitShop:
    await shop.opened()
    await shop.told_recipes()
    await shop.settle()
    return shop


async def test_a_kit_and_a_pack_promise_what_their_parts_leave(shop: KitShop) -> None:
    await opened(shop)
    assert [await shop.promised(sku) for sku in (MUG, KETTLE, SET, PACK, CRATE)] == [40, 9, 9, 6, 3]
    assert (await shop.seen(CRATE)).promise.arithmetic == (
        "KETTLE 9, 1 in each: enough for 9",
        "MUG 40, 12 in each: enough for 3",
    )
    assert await shop.wanted() == {MUG: 40, KETTLE: 9, SET: 9, PACK: 6, CRATE: 3}


async def test_an_order_of_a_kit_weighs_on_each_part_and_a_cancellation_gives_back(shop: KitShop) -> None:
    await opened(shop)
    await shop.record(shop.ordered("1001", CRATE, 2))
    await shop.settle()
    assert [await shop.promised(sku) for sku in (MUG, KETTLE, SET, PACK, CRATE)] == [16, 7, 7, 2, 1]
    [held] = (await shop.whole(MUG)).state.lines
    assert held.key == (SHOP, "1001", "1", MUG)
    assert held.kit == CRATE
    await shop.record(shop.cancelled("1001", 1))
    await shop.settle()
    assert await shop.wanted() == {MUG: 28, KETTLE: 8, SET: 8, PACK: 4, CRATE: 2}


async def test_a_recipe_told_late_holds_for_the_orders_of_its_time(shop: KitShop) -> None:
    await shop.opened()
    await shop.record(shop.ordered("1001", SET, 3))
    await shop.settle()
    assert await shop.promised(MUG) == 40
    assert await shop.promised(SET) is None, "nobody counts it, and nobody has told what it is made of"
    await shop.told_recipes()
    await shop.settle()
    assert [await shop.promised(sku) for sku in MADE_OF] == [shop.left(sku) for sku in MADE_OF]


async def test_a_changed_recipe_holds_from_its_time_on(shop: KitShop) -> None:
    await opened(shop)
    before = shop.clock.now()
    await shop.record(line("1001", SET, 1, before))
    changed = shop.clock.move(timedelta(hours=1))
    await shop.record(recipe(SET, {MUG: 4}, changed))
    await shop.settle()
    assert [await shop.promised(sku) for sku in (MUG, KETTLE, SET)] == [38, 8, 9]
    await shop.record(line("1002", SET, 1, shop.clock.move(timedelta(minutes=1))))
    edited = shop.clock.move(timedelta(minutes=1))
    await shop.record(line("1001", SET, 2, edited, placed=before))
    await shop.record(step(FactKind.ORDER_CANCELLED, "c1", "1002", SET, 0, edited))
    await shop.settle()
    assert [await shop.promised(sku) for sku in (MUG, KETTLE, SET)] == [40 - 4 - 4, 7, 8]


async def test_steps_that_come_before_their_line_go_by_the_recipe_of_the_line(shop: KitShop) -> None:
    await opened(shop)
    ordered = shop.clock.now()
    later = shop.clock.move(timedelta(hours=2))
    await shop.record(recipe(SET, {KETTLE: 1}, ordered + timedelta(hours=1)))
    await shop.record(step(FactKind.ORDER_CANCELLED, "c1", "1001", SET, 1, later))
    await shop.settle()
    await shop.record(line("1001", SET, 3, later, placed=ordered))
    await shop.settle()
    assert await shop.promised(MUG) == 40 - 2 * 2
    assert await shop.promised(KETTLE) == 9 - 2


async def test_one_fact_delivered_twice_is_exploded_once(shop: KitShop) -> None:
    await opened(shop)
    told = shop.ordered("1001", SET, 1)
    receipts = await shop.record(told, told)
    again = await shop.record(told)
    assert [one.outcomes for one in (*receipts, *again)] == [
        (FactOutcome.RECORDED,),
        (FactOutcome.DUPLICATE,),
        (FactOutcome.DUPLICATE,),
    ]
    await shop.settle()
    assert await shop.promised(MUG) == 38


async def test_a_kit_follows_a_receipt_only_when_its_part_may_rise(shop: KitShop) -> None:
    await opened(shop)
    at = shop.clock.move(timedelta(minutes=20))
    await shop.record(counted(KETTLE, 20, at))
    await shop.settle()
    assert (await shop.seen(SET)).promise.units == 20
    assert (await shop.wanted())[SET] == 9, "one number of the warehouse explains nothing"
    at = shop.clock.move(timedelta(minutes=20))
    await shop.record(counted(KETTLE, 20, at))
    await shop.settle()
    assert (await shop.wanted())[SET] == 20


async def test_a_kit_decided_before_its_part_sees_what_is_recorded_for_the_part(shop: KitShop) -> None:
    await opened(shop)
    async with shop.store.unit_of_work() as uow:
        await uow.stock.mark_due([SET], shop.clock.now())
    await shop.record(shop.ordered("1001", KETTLE, 5))
    await shop.decide(1)
    assert (await shop.due(), (await shop.wanted())[SET]) == ({KETTLE}, 4)


async def test_policy_tells_what_no_system_tells(store: SqlStore, store_clock: MovableClock) -> None:
    shop = KitShop(store, store_clock)
    shop.policy.take(
        kit_rules(
            kits={SET: {"parts": {MUG: 2, KETTLE: 1}}, CRATE: {"parts": {PACK: 2, KETTLE: 1}}},
            packs={PACK: {"of": MUG, "units": 6}},
        )
    )
    await shop.opened()
    await shop.settle()
    await shop.record(shop.ordered("1001", CRATE, 1))
    await shop.settle()
    assert [await shop.promised(sku) for sku in MADE_OF] == [shop.left(sku) for sku in MADE_OF]

    shop.clock.move(timedelta(minutes=5))
    shop.policy.take(kit_rules(packs={PACK: {"of": MUG, "units": 6}}))
    async with store.unit_of_work() as uow:
        await uow.stock.mark_due(list(MADE_OF), shop.clock.now())
    await shop.settle()
    assert await shop.promised(MUG) == 28, "an order of before still goes by the recipe of before"
    assert await shop.promised(SET) is None


async def test_a_kit_inside_itself_promises_nothing(shop: KitShop) -> None:
    await opened(shop)
    await shop.record(recipe(PACK, {CRATE: 1}, BEGAN + timedelta(minutes=1)))
    await shop.settle()
    assert await shop.promised(PACK) is None
    assert await shop.promised(CRATE) is None
    assert await shop.promised(SET) == 9


@pytest.mark.parametrize("seed", range(2))
async def test_kits_and_parts_sold_in_any_mix_never_promise_more_than_there_is(shop: KitShop, seed: int) -> None:
    await opened(shop)
    await random_day(shop, seed, steps=10)
    assert await replay_problems(shop.store, shop.policy.current, shop.clock.now()) == []


async def test_a_closed_period_carries_the_parts_of_its_kits(shop: KitShop, tmp_path: Path) -> None:
    await opened(shop)
    await shop.record(shop.ordered("1001", CRATE, 2))
    await shop.settle()
    now = shop.clock.now()
    done = await close_period(
        shop.store, now + timedelta(days=1), tmp_path / "old.gz", now + timedelta(days=90), by="kim"
    )
    assert done.facts > 0
    assert await replay_problems(shop.store, shop.policy.current, now) == []
    await shop.record(shop.cancelled("1001", 1))
    await shop.settle()
    assert [await shop.promised(sku) for sku in MADE_OF] == [shop.left(sku) for sku in MADE_OF]
    assert await replay_problems(shop.store, shop.policy.current, now) == []
