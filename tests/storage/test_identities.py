"""What a code means, from recording on: folded or not by policy, renamed, given to another product, or one barcode for two."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from storage.store import SqlStore
from sync.model.exceptions import Case, ExceptionClass
from sync.model.facts import FactDraft, FactKind, ItemRef, ListingStated
from sync.model.ids import SkuId, SystemId
from sync.ports import FactOutcome
from tests.databases import MovableClock
from tests.kit_shop import BEGAN, MUG, SHOP, KitShop, counted, kit_rules, line

NAVY, CUP = SkuId("NAVY"), SkuId("CUP")


@pytest.fixture
def shop(store: SqlStore, store_clock: MovableClock) -> KitShop:
    return KitShop(store, store_clock)


def listing(
    code: str, variant: str, minutes: int = 0, gtin: str | None = None, title: str = "A thing"
) -> tuple[SystemId, FactDraft]:
    """The storefront shows ``variant`` under a code."""
    body = ListingStated((("item", f"i{variant}"), ("variant", variant)), title=title, gtin=gtin, buyable=True)
    key = f"listing:{variant}:{code}@{minutes}"
    at = BEGAN + timedelta(minutes=minutes)
    _, draft = line("x", MUG, 1, at)
    return SHOP, replace(draft, kind=FactKind.LISTING_SEEN, key=key, item=ItemRef("sku", code), body=body)


def by_variant(told: tuple[SystemId, FactDraft], variant: str) -> tuple[SystemId, FactDraft]:
    """The same fact, the thing named by its variant."""
    return told[0], replace(told[1], item=ItemRef("variant", variant))


async def faults(shop: KitShop, sku: SkuId, detail: str) -> list[Case]:
    """Open exceptions about a SKU's codes, once settled."""
    for _ in range(2):
        shop.clock.move(timedelta(minutes=1))
        async with shop.store.unit_of_work() as uow:
            await uow.stock.mark_due([sku], shop.clock.now())
        await shop.settle()
    cases = (await shop.whole(sku)).cases
    return [
        case
        for case in cases
        if case.fingerprint.cls is ExceptionClass.CATALOG_FAULT and case.fingerprint.detail == detail
    ]


async def test_f23_codes_that_differ_by_case_are_one_or_two_as_policy_says(shop: KitShop) -> None:
    await shop.record(listing("MUG", "1"))
    [receipt] = await shop.record(counted(SkuId("mug "), 7))
    assert receipt.outcomes == (FactOutcome.RECORDED,)
    await shop.record(listing("mug", "2", minutes=1))
    assert len((await shop.whole(MUG)).fresh) == 3
    async with shop.store.reading() as uow:
        assert [sku.id for sku in await uow.catalogue.find("mug")] == [MUG]

    shop.policy.take(kit_rules(identity={"catalogue": ["shopify-us"], "fold_case": False}))
    await shop.record(counted(SkuId("cup"), 3))
    await shop.record(listing("CUP", "3"), listing("Cup", "4"))
    [kept] = await shop.record(counted(SkuId("cup"), 4, BEGAN + timedelta(minutes=1)))
    assert kept.outcomes == (FactOutcome.KEPT,)
    assert (await shop.whole(CUP)).fresh[0].kind is FactKind.LISTING_SEEN
    assert [len((await shop.whole(SkuId(code))).fresh) for code in ("CUP", "Cup", "cup")] == [1, 1, 0]


async def test_f16_a_renamed_listing_keeps_its_product_its_orders_and_its_title(shop: KitShop) -> None:
    await shop.record(listing("MUG", "1"), counted(MUG, 9))
    await shop.record(by_variant(line("1001", MUG, 2, BEGAN), "1"))
    await shop.record(listing("NAVY", "1", minutes=1, title="A navy mug"))
    await shop.record(line("1002", NAVY, 1, BEGAN + timedelta(minutes=2)))
    await shop.settle()
    whole = await shop.whole(MUG)
    assert sorted(one.order for one in whole.state.lines) == ["1001", "1002"]
    assert (whole.sku.title, await shop.promised(MUG)) == ("A navy mug", 6)
    async with shop.store.reading() as uow:
        assert await uow.catalogue.skus([NAVY]) == {}


async def test_a_listing_that_gets_another_products_code_waits_for_a_person(shop: KitShop) -> None:
    await shop.record(listing("MUG", "1"), listing("CUP", "2"), counted(MUG, 9), counted(CUP, 4))
    await shop.settle()
    assert await shop.promised(MUG) == 9
    await shop.record(listing("CUP", "1", minutes=1), counted(MUG, 5, BEGAN + timedelta(minutes=1)))
    [case] = await faults(shop, MUG, "moved")
    assert "countersign map shopify-us variant:1 CUP" in case.evidence.changed
    assert (await shop.wanted_of(MUG), await shop.promised(MUG)) == (9, 5)
    assert [one.id for one in (await shop.whole(CUP)).state.listings] == ["shopify-us:2"]
    await shop.record(listing("MUG", "1", minutes=2))
    cases = await faults(shop, MUG, "moved")
    assert [case.life.ended for case in cases] == [True]


async def test_f22_one_code_on_two_variants_is_told_and_neither_is_published(shop: KitShop) -> None:
    await shop.record(listing("MUG", "1"), listing("MUG", "2"), counted(MUG, 9))
    assert len(await faults(shop, MUG, "collision")) == 1
    whole = await shop.whole(MUG)
    assert [one.id for one in whole.state.listings] == ["shopify-us:1", "shopify-us:2"]
    assert whole.targets == ()


async def test_one_gtin_on_two_products_is_told_whatever_zeros_lead_it(shop: KitShop) -> None:
    await shop.record(
        listing("CUP", "1", gtin="0036000291452"), listing("MUG", "2", gtin="036000291452"), listing("NAVY", "3")
    )
    [case] = await faults(shop, MUG, "shared_gtin")
    assert "stands on CUP, MUG" in case.evidence.changed
    assert await faults(shop, CUP, "shared_gtin") == []
    assert await faults(shop, NAVY, "shared_gtin") == []
    await shop.record(listing("MUG", "2", minutes=1, gtin="4006381333931"))
    [case] = await faults(shop, MUG, "shared_gtin")
    assert case.life.ended
