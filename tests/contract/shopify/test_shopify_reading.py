"""Reading a shop whole or since a time, and what it shows: the same facts as its webhooks tell, each once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from shopify_shop import Heard, Shop, facts

from sandbox.shopify import CustomItem, InventoryPolicy, VariantSpec
from sync.connectors.base import Parsed
from sync.connectors.shopify import paging
from sync.connectors.shopify.connector import ShopifyConnector
from sync.errors import TryAgain
from sync.model.facts import Count, FactDraft, FactKind, ItemRef, LineStated, ListingStated, SnapshotRead


async def read(connector: ShopifyConnector, since: datetime | None = None) -> list[Parsed]:
    return [page async for page in connector.snapshot(since)]


async def test_a_whole_reading_has_every_listing_level_and_open_order_and_ends_with_its_interval(
    shop: Shop, connector: ShopifyConnector
) -> None:
    order = shop.stand_in.checkout([("KTL-17", 2)])
    started = datetime.now(UTC)
    pages = await read(connector)
    listings = {fact.item for fact in facts(pages, FactKind.LISTING_SEEN)}
    assert listings == {ItemRef("sku", sku) for sku in ("KTL-17", "MUG-01", "MUG-02")}
    item = str(shop.stand_in.variant("KTL-17").item.id)
    levels = {(fact.item, fact.place): fact.body for fact in facts(pages, FactKind.LEVEL_SEEN)}
    assert levels[ItemRef("item", item), shop.reno] == Count(8, 6, 2, 0, 0)
    [line] = facts(pages, FactKind.ORDER_LINE)
    assert isinstance(line.body, LineStated)
    assert (line.body.order.order, line.body.units, line.place) == (str(order.id), 2, shop.reno)
    ends = facts(pages, FactKind.SNAPSHOT_READ)
    assert {fact.place for fact in ends} == {shop.reno, shop.soho}
    assert all(started <= fact.as_of.start <= fact.as_of.end <= datetime.now(UTC) for fact in ends)
    assert [fact.body for fact in ends if fact.place == shop.reno] == [SnapshotRead(3)]
    assert len({page.key for page in pages}) == len(pages)


async def test_a_second_reading_of_an_unchanged_shop_brings_no_new_number(
    shop: Shop, connector: ShopifyConnector
) -> None:
    shop.stand_in.checkout([("KTL-17", 2)])
    numbers = [{fact for fact in facts(await read(connector)) if fact.kind is not FactKind.SNAPSHOT_READ} for _ in "12"]
    assert numbers[0] == numbers[1]


async def test_a_listing_is_read_with_its_doors_price_and_policy(shop: Shop, connector: ShopifyConnector) -> None:
    shop.stand_in.set_policy("KTL-17", InventoryPolicy.CONTINUE)
    shop.stand_in.unpublish("KTL-17")
    [body] = [fact.body for fact in facts(await read(connector)) if fact.item == ItemRef("sku", "KTL-17")]
    assert isinstance(body, ListingStated)
    assert {door.name: door.open for door in body.doors or ()} == {"Online Store": False, "Shop": True}
    assert (body.sells_below_zero, body.tracked, body.buyable, body.currency) == (True, True, True, "USD")
    assert body.price == shop.stand_in.variant("KTL-17").price


async def test_what_is_no_longer_stocked_at_a_place_offers_nothing_there(
    shop: Shop, connector: ShopifyConnector
) -> None:
    shop.stand_in.stop_stocking("KTL-17", int(shop.soho))
    levels = facts(await read(connector), FactKind.LEVEL_SEEN)
    assert [fact.body for fact in levels if fact.place == shop.soho] == [Count(available=0)]


async def test_f02_f64_what_is_read_of_orders_is_what_the_webhooks_told(
    shop: Shop, connector: ShopifyConnector, heard: Heard
) -> None:
    await connector.ensure_subscriptions(heard.url)
    stand_in = shop.stand_in
    order = stand_in.checkout([("KTL-17", 3), ("MUG-01", 4)], custom_items=[CustomItem("Postage")])
    kettle, mug = order.lines[0].id, order.lines[1].id
    stand_in.fulfil(order, [(kettle, 2), (mug, 1)])
    stand_in.refund(order, [(kettle, 1)], restock_type="return")
    stand_in.refund(order, [(mug, 1)], restock_type="cancel")
    stand_in.refund(order, [(mug, 1)], restock_type="no_restock")
    await stand_in.deliveries.drain()
    told = {fact.key: fact for fact in heard.facts(connector) if _is_of_an_order(fact)}
    came = {fact.key: fact for fact in facts(await read(connector)) if _is_of_an_order(fact)}
    movements = {key: fact for key, fact in came.items() if fact.kind is not FactKind.ORDER_LINE}
    assert {fact.kind for fact in movements.values()} == {
        FactKind.ORDER_SHIPPED,
        FactKind.ORDER_CANCELLED,
        FactKind.RETURNED,
    }
    assert movements == {key: fact for key, fact in told.items() if fact.kind is not FactKind.ORDER_LINE}
    newest = max((fact for fact in told.values() if fact.kind is FactKind.ORDER_LINE), key=lambda one: one.sequence)
    stated = [fact for fact in came.values() if fact.kind is FactKind.ORDER_LINE]
    assert {fact.sequence for fact in stated} == {newest.sequence}
    assert len(stated) == 2


def _is_of_an_order(fact: FactDraft) -> bool:
    return fact.kind not in (FactKind.LEVEL_SEEN, FactKind.LISTING_SEEN, FactKind.SNAPSHOT_READ)


async def test_an_order_never_edited_is_as_of_its_beginning_and_an_edited_one_is_not(
    shop: Shop, connector: ShopifyConnector
) -> None:
    placed = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=3)
    plain = shop.stand_in.checkout([("KTL-17", 1)], at=placed, paid=False)
    edited = shop.stand_in.checkout([("MUG-01", 1)], at=placed, paid=False)
    shop.stand_in.pay(plain, at=placed + timedelta(hours=1))
    shop.stand_in.edit(edited, edited.lines[0].id, 2, at=placed + timedelta(hours=2))
    at = {
        fact.body.order.order: fact.as_of.start
        for fact in facts(await read(connector), FactKind.ORDER_LINE)
        if isinstance(fact.body, LineStated)
    }
    assert at == {str(plain.id): placed, str(edited.id): placed + timedelta(hours=2)}


async def test_a_first_reading_has_the_orders_of_the_past_week_for_the_pace_of_sales(
    shop: Shop, connector: ShopifyConnector
) -> None:
    lately = datetime.now(UTC) - timedelta(days=6)
    shop.stand_in.fulfil(shop.stand_in.checkout([("KTL-17", 1)], at=lately), at=lately)
    found = await read(connector)
    assert len(facts(found, FactKind.ORDER_LINE)) == len(facts(found, FactKind.ORDER_SHIPPED)) == 1


async def test_orders_that_are_done_are_not_read_again_unless_they_changed(
    shop: Shop, connector: ShopifyConnector
) -> None:
    old = datetime.now(UTC) - timedelta(days=9)
    order = shop.stand_in.checkout([("KTL-17", 1)], at=old)
    shop.stand_in.fulfil(order, at=old)
    assert not facts(await read(connector), FactKind.ORDER_LINE)
    assert not facts(await read(connector, old + timedelta(hours=1)), FactKind.ORDER_LINE)
    assert facts(await read(connector, old - timedelta(hours=1)), FactKind.ORDER_SHIPPED)


async def test_a_reading_since_brings_only_what_changed(shop: Shop, connector: ShopifyConnector) -> None:
    since = datetime.now(UTC) + timedelta(hours=1)
    assert not facts(await read(connector, since))
    later = since + timedelta(minutes=1)
    shop.stand_in.set_by_hand("MUG-01", int(shop.reno), 7, at=later)
    shop.stand_in.unpublish("MUG-02", at=later)
    found = facts(await read(connector, since))
    mugs = {str(shop.stand_in.variant(sku).item.id) for sku in ("MUG-01", "MUG-02")}
    assert {fact.item.value for fact in found if fact.item and fact.item.namespace == "item"} == mugs
    assert any(isinstance(fact.body, Count) and fact.body.available == 7 for fact in found)
    assert not [fact for fact in found if fact.kind is FactKind.SNAPSHOT_READ], "not everything was read"


async def test_a_shop_of_many_pages_is_read_whole(
    shop: Shop, connector: ShopifyConnector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paging, "CURSOR_REACHES", 60)
    specs = [VariantSpec(f"TEA-{number:03}", stock={int(shop.reno): number}) for number in range(130)]
    for number, spec in enumerate(specs):
        shop.stand_in.add_product(f"Tea {number}", [spec])
    found = facts(await read(connector), FactKind.LISTING_SEEN)
    assert len(found) == len({fact.item for fact in found}) == 133
    asked = [call.variables["query"] for call in shop.stand_in.calls if call.operation == "Variants"]
    assert any("id:>" in str(query) for query in asked)


async def test_an_item_stocked_at_many_places_is_read_at_all_of_them(shop: Shop, connector: ShopifyConnector) -> None:
    places = [shop.stand_in.add_location(f"Store {number}").id for number in range(25)]
    shop.stand_in.add_product("Pan", [VariantSpec("PAN-01", stock=dict.fromkeys(places, 1))])
    found = facts(await read(connector), FactKind.LEVEL_SEEN)
    item = ItemRef("item", str(shop.stand_in.variant("PAN-01").item.id))
    assert {fact.place for fact in found if fact.item == item} == {str(place) for place in places}


async def test_an_order_longer_than_a_page_is_read_alone_and_whole(shop: Shop, connector: ShopifyConnector) -> None:
    for number in range(40):
        shop.stand_in.add_product(f"Tea {number}", [VariantSpec(f"TEA-{number}", stock={int(shop.reno): 5})])
    shop.stand_in.checkout([(f"TEA-{number}", 1) for number in range(40)])
    assert len(facts(await read(connector), FactKind.ORDER_LINE)) == 40


async def test_throttled_in_the_middle_a_reading_waits_and_goes_on(shop: Shop, connector: ShopifyConnector) -> None:
    shop.stand_in.faults.throttle_next(operation="Variants")
    assert facts(await read(connector), FactKind.SNAPSHOT_READ)


async def test_a_shop_that_stays_locked_is_tried_again_later(shop: Shop, connector: ShopifyConnector) -> None:
    shop.stand_in.faults.lock()
    with pytest.raises(TryAgain, match="locked"):
        await read(connector)


async def test_money_is_the_same_by_webhook_and_by_reading(
    shop: Shop, connector: ShopifyConnector, heard: Heard
) -> None:
    await connector.ensure_subscriptions(heard.url)
    shop.stand_in.checkout([("KTL-17", 1)])
    await shop.stand_in.deliveries.drain()
    both = [*heard.facts(connector), *facts(await read(connector))]
    prices = [fact.body.price for fact in both if isinstance(fact.body, LineStated)]
    assert len(prices) == 2
    assert len({str(price) for price in prices}) == 1
    assert isinstance(prices[0], Decimal)
