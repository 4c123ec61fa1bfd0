"""Two orders for the last unit: one is held, the shop refuses to ship it, it is released, and ships."""

from __future__ import annotations

import pytest
from shopify_shop import Shop

from sandbox.shopify.shop import ShopRefused
from sync.connectors.base import Fault, SetHold
from sync.connectors.shopify.connector import ShopifyConnector

MUG = "MUG-01"


async def test_a_held_order_is_not_shipped_until_it_is_released(shop: Shop, connector: ShopifyConnector) -> None:
    order = shop.stand_in.checkout([(MUG, 1)])
    held = await connector.set_hold(SetHold(str(order.id), True, "one", "Countersign EX-1"))
    assert (held.done, held.seen_units) == (True, 1)
    [hold] = order.fulfillment_orders[0].holds
    assert (hold.reason, hold.reason_notes) == ("INVENTORY_OUT_OF_STOCK", "Countersign EX-1")
    with pytest.raises(ShopRefused, match="on hold"):
        shop.stand_in.fulfil(order)
    again = await connector.set_hold(SetHold(str(order.id), True, "one"))
    assert (again.done, len(order.fulfillment_orders[0].holds)) == (True, 1)
    freed = await connector.set_hold(SetHold(str(order.id), False, "one"))
    assert (freed.done, freed.seen_units) == (True, 0)
    shop.stand_in.fulfil(order)
    assert order.fulfillment_status == "fulfilled"


async def test_only_the_hold_that_is_meant_is_released(shop: Shop, connector: ShopifyConnector) -> None:
    order = shop.stand_in.checkout([(MUG, 1)])
    for mark in ("one", "two"):
        assert (await connector.set_hold(SetHold(str(order.id), True, mark))).done
    assert (await connector.set_hold(SetHold(str(order.id), False, "one"))).done
    with pytest.raises(ShopRefused, match="on hold"):
        shop.stand_in.fulfil(order)


async def test_without_the_scope_the_refusal_names_it_and_the_rest_of_the_account_goes_on(
    shop: Shop, connector: ShopifyConnector
) -> None:
    order = shop.stand_in.checkout([(MUG, 1)])
    shop.stand_in.tokens.remove_scope("write_merchant_managed_fulfillment_orders")
    refused = await connector.set_hold(SetHold(str(order.id), True, "one"))
    assert (refused.done, refused.fault) == (False, Fault.VALUE)
    assert "write_merchant_managed_fulfillment_orders" in refused.text


async def test_what_has_shipped_and_what_nobody_knows_cannot_be_held(shop: Shop, connector: ShopifyConnector) -> None:
    order = shop.stand_in.checkout([(MUG, 1)])
    shop.stand_in.fulfil(order)
    gone = await connector.set_hold(SetHold(str(order.id), True, "one"))
    assert "left to ship" in gone.text
    assert (await connector.set_hold(SetHold("404", True, "one"))).fault is Fault.MISSING
    assert (await connector.set_hold(SetHold("#1001", True, "one"))).fault is Fault.MISSING
