"""A name that meant the wrong product: corrected from a time on, both folded anew, and shown before it is done."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from storage.closing import close_period
from storage.remapping import remap
from storage.replaying import replay_problems
from storage.store import SqlStore
from storage.unit_of_work import SqlUnitOfWork
from sync.errors import BadInput
from sync.model.facts import FactKind, ItemRef
from sync.model.ids import SkuId
from sync.model.mapping import Remapped, Wish
from sync.model.proof import system_chain
from sync.ports import FactOutcome
from sync.proof import verify_chain
from tests.databases import MovableClock
from tests.kit_shop import BEGAN, MUG, SHOP, WMS, KitShop, counted, line, recipe, step
from tests.storage.test_identities import CUP, by_variant, listing

BOX = SkuId("BOX")


@pytest.fixture
async def shop(store: SqlStore, store_clock: MovableClock) -> KitShop:
    """The shop's variant 1 is a mug and 2 a cup; the warehouse counts both."""
    shop = KitShop(store, store_clock)
    await shop.record(listing("MUG", "1"), listing("CUP", "2"), counted(MUG, 20), counted(CUP, 10))
    return shop


async def corrected(shop: KitShop, wish: Wish) -> Remapped:
    async def work(uow: SqlUnitOfWork) -> Remapped:
        return await remap(uow, wish, shop.policy.current, shop.clock.now(), by="kim")

    change = await shop.store.run(work)
    await shop.settle()
    assert await replay_problems(shop.store, shop.policy.current, shop.clock.now()) == []
    return change


async def test_a_listing_moves_whole_with_its_orders_and_what_we_told_it(shop: KitShop) -> None:
    await shop.record(by_variant(line("1001", MUG, 3, BEGAN), "1"), by_variant(line("1002", CUP, 1, BEGAN), "2"))
    await shop.settle()
    assert [await shop.promised(sku) for sku in (MUG, CUP)] == [17, 9]
    change = await corrected(shop, Wish(SHOP, ItemRef("variant", "1"), CUP))
    assert (change.old, change.facts) == (MUG, 2)
    assert change.before[1] == "MUG: WMS 20 at Reno; open orders for 3; can sell on Shopify US: 17"
    assert change.after[1] == "MUG: WMS 20 at Reno; open orders for 0"
    cup = await shop.whole(CUP)
    assert [one.id for one in cup.state.listings] == ["shopify-us:1", "shopify-us:2"]
    assert sorted(one.order for one in cup.state.lines) == ["1001", "1002"]
    assert {one.listing for one in cup.targets} == {"shopify-us:1", "shopify-us:2"}
    await shop.record(by_variant(line("1003", CUP, 1, BEGAN + timedelta(hours=1)), "1"))
    await shop.settle()
    assert sorted(one.order for one in (await shop.whole(CUP)).state.lines) == ["1001", "1002", "1003"]
    assert (await shop.whole(MUG)).state.lines == ()
    async with shop.store.reading() as uow:
        chain = await uow.proofs.chain(system_chain(SHOP))
    assert verify_chain(chain) == []
    assert chain[-1].entry.sentence == "variant 1 of shopify-us means CUP, and not MUG: 2 facts moved."


async def test_from_a_time_on_earlier_orders_and_their_later_steps_stay(shop: KitShop) -> None:
    noon = BEGAN + timedelta(hours=4)
    await shop.record(line("1001", MUG, 3, BEGAN), line("1002", MUG, 2, noon + timedelta(minutes=1)))
    await shop.settle()
    change = await corrected(shop, Wish(SHOP, ItemRef("sku", "mug"), CUP, noon))
    assert change.facts == 2, "the order after noon, and the listing that has the code"
    later = noon + timedelta(hours=1)
    await shop.record(
        step(FactKind.ORDER_CANCELLED, "c1", "1001", MUG, 1, later),
        step(FactKind.ORDER_CANCELLED, "c2", "1002", MUG, 1, later),
        line("1003", MUG, 5, later),
        line("0999", MUG, 7, later, placed=BEGAN + timedelta(hours=1)),
    )
    await shop.settle()
    held = {sku: sorted(one.order for one in (await shop.whole(sku)).state.lines) for sku in (MUG, CUP)}
    assert held == {MUG: ["0999", "1001"], CUP: ["1002", "1003"]}
    assert await replay_problems(shop.store, shop.policy.current, shop.clock.now()) == []


async def test_a_code_that_meant_nothing_brings_what_was_kept_for_it(shop: KitShop) -> None:
    [kept] = await shop.record(counted(SkuId("850"), 6, BEGAN + timedelta(minutes=5)))
    assert kept.outcomes == (FactOutcome.KEPT,)
    change = await corrected(shop, Wish(WMS, ItemRef("sku", "850"), MUG))
    assert (change.old, change.facts) == (None, 1)
    assert await shop.promised(MUG) == 6


async def test_a_kits_wrong_code_takes_its_parts_orders_along(shop: KitShop) -> None:
    await shop.record(listing("BOX", "3"), recipe(BOX, {MUG: 5}))
    await shop.settle()
    await shop.record(by_variant(line("1001", BOX, 2, BEGAN), "3"))
    await shop.settle()
    assert await shop.promised(MUG) == 10
    await corrected(shop, Wish(SHOP, ItemRef("variant", "3"), CUP))
    assert await shop.promised(MUG) == 20
    assert [one.order for one in (await shop.whole(CUP)).state.lines] == ["1001"]


async def test_what_cannot_be_corrected_is_refused_with_the_reason(shop: KitShop) -> None:
    await shop.settle()
    now = shop.clock.now()
    mug = ItemRef("sku", "MUG")
    for wish, why in (
        (Wish(SHOP, mug, SkuId("MUGS")), "There is no product MUGS"),
        (Wish(SHOP, mug, MUG), "means MUG already"),
        (Wish(SHOP, mug, CUP, now + timedelta(days=1)), "lies ahead"),
        (Wish(WMS, ItemRef("sku", "new"), CUP, now), "map it without a time"),
    ):
        with pytest.raises(BadInput, match=why):
            await corrected(shop, wish)


async def test_a_closed_period_stays_where_it_is(shop: KitShop, tmp_path: Path) -> None:
    await shop.settle()
    now = shop.clock.now()
    before = now + timedelta(days=1)
    await close_period(shop.store, before, tmp_path / "old.gz", before + timedelta(days=90), by="kim")
    with pytest.raises(BadInput, match="are closed and stay as they are"):
        await corrected(shop, Wish(WMS, ItemRef("sku", "MUG"), CUP))
