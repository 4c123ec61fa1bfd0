"""What customers see now, in numbers and in words."""

from __future__ import annotations

import pytest
from shopify_shop import Shop

from sandbox.shopify import InventoryPolicy, ProductStatus
from sync.connectors.shopify.connector import ShopifyConnector
from sync.errors import BadInput, TryAgain


async def test_a_read_back_says_what_customers_can_buy_and_where(shop: Shop, connector: ShopifyConnector) -> None:
    seen = await connector.read_back(shop.listing("KTL-17"), [shop.reno])
    assert (seen.live, seen.units, seen.tracked, seen.sells_below_zero) == (True, 8, True, False)
    assert seen.levels == tuple(sorted([(shop.reno, 8), (shop.soho, 2)]))
    assert seen.sentence == "Shopify US shows 8 on Online Store, Shop"
    assert seen.at.start < seen.at.end


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ("paused", "Shopify US shows 0: not published on Online Store, Shop"),
        ("draft", "Shopify US shows 0: the product is draft"),
        ("untracked", "Shopify US sells without a limit on Online Store, Shop: stock is not tracked"),
        ("below zero", "Shopify US sells without a limit on Online Store, Shop: it shows 8 and sells below zero"),
        ("oversold", "Shopify US shows 0 on Online Store, Shop (-2 available)"),
    ],
)
async def test_a_read_back_says_in_words_what_keeps_or_lets_customers(
    shop: Shop, connector: ShopifyConnector, change: str, sentence: str
) -> None:
    stand_in = shop.stand_in
    {
        "paused": lambda: [stand_in.unpublish("KTL-17", one) for one in stand_in.shop.publications.values()],
        "draft": lambda: stand_in.set_status(stand_in.variant("KTL-17").product, ProductStatus.DRAFT),
        "untracked": lambda: stand_in.track("KTL-17", False),
        "below zero": lambda: stand_in.set_policy("KTL-17", InventoryPolicy.CONTINUE),
        "oversold": lambda: stand_in.set_by_hand("KTL-17", int(shop.reno), -2),
    }[change]()
    seen = await connector.read_back(shop.listing("KTL-17"), [shop.reno])
    assert seen.sentence == sentence


async def test_a_product_closed_above_its_variant_is_not_live(shop: Shop, connector: ShopifyConnector) -> None:
    for publication in shop.stand_in.shop.publications.values():
        shop.stand_in.unpublish_product(shop.stand_in.variant("KTL-17").product, publication)
    assert (await connector.read_back(shop.listing("KTL-17"), [shop.reno])).live is False


async def test_a_place_that_does_not_stock_the_item_shows_none_of_it(shop: Shop, connector: ShopifyConnector) -> None:
    seen = await connector.read_back(shop.listing("MUG-01"), [shop.soho])
    assert (seen.units, dict(seen.levels)) == (0, {shop.reno: 40, shop.soho: 0})


async def test_a_listing_that_is_gone_is_bad_input_and_a_failing_shop_is_not(
    shop: Shop, connector: ShopifyConnector
) -> None:
    listing = shop.listing("KTL-17")
    shop.stand_in.faults.fail_next()
    with pytest.raises(TryAgain):
        await connector.read_back(listing, [shop.reno])
    shop.stand_in.delete_variant("KTL-17")
    with pytest.raises(BadInput, match="gone"):
        await connector.read_back(listing, [shop.reno])
