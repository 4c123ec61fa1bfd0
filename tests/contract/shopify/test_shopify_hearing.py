"""Subscriptions, scopes and tokens, and a busy day of webhooks over real HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from shopify_shop import Heard, Shop

from sync.connectors.shopify.connector import ShopifyConnector
from sync.connectors.shopify.webhooks import SUBSCRIBED
from sync.errors import BadInput


async def test_f04_missing_topics_are_named_and_made(shop: Shop, connector: ShopifyConnector, heard: Heard) -> None:
    assert await connector.missing_topics() == SUBSCRIBED
    assert await connector.ensure_subscriptions(heard.url) == SUBSCRIBED
    assert await connector.missing_topics(heard.url) == ()
    gone = next(one for one in shop.stand_in.shop.subscriptions.values() if one.topic == "inventory_levels/update")
    del shop.stand_in.shop.subscriptions[gone.id]
    assert await connector.missing_topics() == ("INVENTORY_LEVELS_UPDATE",)
    assert await connector.ensure_subscriptions(heard.url) == ("INVENTORY_LEVELS_UPDATE",)


async def test_a_subscription_that_hides_fields_is_replaced(
    shop: Shop, connector: ShopifyConnector, heard: Heard
) -> None:
    [narrow] = shop.stand_in.subscribe(heard.url, "orders/create")
    narrow.include_fields = ["id", "updated_at"]
    assert "ORDERS_CREATE" in await connector.missing_topics()
    await connector.ensure_subscriptions(heard.url)
    assert await connector.missing_topics() == ()


async def test_an_address_the_platform_refuses_is_said_in_its_words(shop: Shop, connector: ShopifyConnector) -> None:
    with pytest.raises(BadInput, match="internal domain"):
        await connector.ensure_subscriptions("https://shop.internal/hooks")


async def test_missing_scopes_are_named(shop: Shop, connector: ShopifyConnector) -> None:
    assert await connector.missing_scopes() == ()
    shop.stand_in.tokens.remove_scope("write_publications")
    assert await connector.missing_scopes() == ("write_publications",)


async def test_everything_a_busy_day_sends_is_understood(shop: Shop, connector: ShopifyConnector, heard: Heard) -> None:
    await connector.ensure_subscriptions(heard.url)
    stand_in = shop.stand_in
    order = stand_in.checkout([("KTL-17", 2)], paid=False)
    stand_in.pay(order)
    stand_in.edit(order, order.lines[0].id, -1)
    stand_in.cancel(order)
    stand_in.rename_sku("MUG-02", "MUG-2B")
    stand_in.stop_stocking("KTL-17", int(shop.soho))
    stand_in.delete_variant("MUG-01")
    stand_in.uninstall()
    await stand_in.deliveries.drain()
    parsed = [connector.parse(one) for one in heard.inbound]
    problems = [problem for one in parsed for problem in one.problems]
    assert [problem.where for problem in problems] == ["app"]
    assert {one for page in parsed for one in page.reads} == {str(stand_in.variant("KTL-17").item.id)}
    everything = repr(parsed)
    for person in ("Quillfeather", "Throckmorton", "Vandersloot", "Pemberquist", "Ashgrovelle", "mail.example.com"):
        assert person not in everything


async def test_one_token_is_asked_for_however_many_ask_at_once(
    shop: Shop, connect: Callable[..., ShopifyConnector]
) -> None:
    connector = connect(credentials=True)
    await asyncio.gather(*(connector.read_back(shop.listing("KTL-17"), [shop.reno]) for _ in range(10)))
    assert len(shop.stand_in.tokens._granted) == 1
