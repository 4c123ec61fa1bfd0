"""What sales, shipments, edits, cancellations and refunds do to stock and to the order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shopify_client import Admin, Receiver

from sandbox.shopify import CustomItem, InventoryPolicy, ShopifyStandIn, ShopRefused, VariantSpec

ORDERS = """
query OrdersSince($query: String!, $after: String) {
  orders(first: 25, after: $after, query: $query, sortKey: UPDATED_AT) {
    nodes {
      id name cancelledAt displayFinancialStatus displayFulfillmentStatus
      lineItems(first: 50) { nodes { id sku quantity currentQuantity unfulfilledQuantity variant { id } } }
      refunds(first: 20) { id refundLineItems(first: 50) { nodes { quantity restockType restocked location { name } } } }
      fulfillmentOrders(first: 10) { nodes { status assignedLocation { location { name } }
        lineItems(first: 50) { nodes { sku totalQuantity remainingQuantity } } } }
    }
    pageInfo { hasNextPage endCursor }
  }
}
"""


def main_and_committed(shop: ShopifyStandIn, sku: str) -> tuple[int, int, int]:
    level = shop.level(sku, "Main")
    return level.available, level.units["committed"], level.on_hand


async def one_order(admin: Admin, query: str = "") -> dict[str, Any]:
    nodes = (await admin.data(ORDERS, query=query))["orders"]["nodes"]
    assert len(nodes) == 1
    return nodes[0]


async def test_a_sale_commits_and_a_shipment_takes_it_off(shop: ShopifyStandIn, admin: Admin) -> None:
    order = shop.checkout([("MUG-1", 5)])
    assert main_and_committed(shop, "MUG-1") == (7, 5, 12)
    shop.fulfil(order, [(order.lines[0].id, 2)])
    assert main_and_committed(shop, "MUG-1") == (7, 3, 10)
    seen = await one_order(admin)
    line = seen["lineItems"]["nodes"][0]
    assert (line["quantity"], line["currentQuantity"], line["unfulfilledQuantity"]) == (5, 5, 3)
    assert seen["displayFulfillmentStatus"] == "PARTIALLY_FULFILLED"
    work = seen["fulfillmentOrders"]["nodes"][0]
    assert (work["status"], work["assignedLocation"]["location"]["name"]) == ("IN_PROGRESS", "Main")
    assert work["lineItems"]["nodes"] == [{"sku": "MUG-1", "totalQuantity": 5, "remainingQuantity": 3}]


async def test_F65_cancelling_an_unshipped_order_gives_its_units_back_once(shop: ShopifyStandIn, admin: Admin) -> None:
    order = shop.checkout([("MUG-1", 5)])
    shop.cancel(order, restock=True)
    assert main_and_committed(shop, "MUG-1") == (12, 0, 12)
    seen = await one_order(admin)
    assert seen["displayFinancialStatus"] == "REFUNDED"
    assert seen["refunds"][0]["refundLineItems"]["nodes"][0]["restockType"] == "CANCEL"
    with pytest.raises(ShopRefused, match="is cancelled"):
        shop.cancel(order)


def test_cancelling_without_restock_takes_the_units_out_of_the_building(shop: ShopifyStandIn) -> None:
    shop.cancel(shop.checkout([("MUG-1", 5)]), restock=False)
    assert main_and_committed(shop, "MUG-1") == (7, 0, 7)


def test_F11_a_shipped_order_cannot_be_cancelled_but_by_force(shop: ShopifyStandIn) -> None:
    order = shop.checkout([("MUG-1", 5)])
    shop.fulfil(order)
    with pytest.raises(ShopRefused, match="has shipped"):
        shop.cancel(order)
    shop.cancel(order, even_if_shipped=True)
    assert main_and_committed(shop, "MUG-1") == (7, 0, 7)


async def test_F12_money_back_alone_puts_nothing_back(shop: ShopifyStandIn, admin: Admin) -> None:
    order = shop.checkout([("MUG-1", 5)])
    line = order.lines[0]
    shop.fulfil(order)
    shop.refund(order, [(line.id, 2)], restock_type="no_restock")
    assert main_and_committed(shop, "MUG-1") == (7, 0, 7)
    shop.refund(order, [(line.id, 1)], restock_type="return", location="East")
    assert shop.level("MUG-1", "East").available == 4
    seen = await one_order(admin)
    kinds = [one["refundLineItems"]["nodes"][0] for one in seen["refunds"]]
    assert [(one["restockType"], one["restocked"], one["location"]) for one in kinds] == [
        ("NO_RESTOCK", False, None),
        ("RETURN", True, {"name": "East"}),
    ]
    assert seen["lineItems"]["nodes"][0]["currentQuantity"] == 2


def test_no_restock_of_unshipped_units_cancels_them_too(shop: ShopifyStandIn) -> None:
    order = shop.checkout([("MUG-1", 5)])
    shop.refund(order, [(order.lines[0].id, 2)], restock_type="no_restock")
    assert order.lines[0].fulfillable_quantity == 3
    assert main_and_committed(shop, "MUG-1") == (7, 3, 10)


def test_what_cannot_be_refunded_is_refused(shop: ShopifyStandIn) -> None:
    order = shop.checkout([("MUG-1", 5)])
    shop.fulfil(order)
    with pytest.raises(ShopRefused, match="as cancel, 0 possible"):
        shop.refund(order, [(order.lines[0].id, 1)], restock_type="cancel")
    with pytest.raises(ShopRefused, match="as return, 5 possible"):
        shop.refund(order, [(order.lines[0].id, 6)], restock_type="return")


def test_a_return_of_units_that_never_left_gives_up_their_commitment(shop: ShopifyStandIn) -> None:
    """A live store accepted this restock type on an unfulfilled line."""
    order = shop.checkout([("MUG-1", 5)])
    shop.fulfil(order, [(order.lines[0].id, 1)])
    shop.refund(order, [(order.lines[0].id, 3)], restock_type="return")
    assert main_and_committed(shop, "MUG-1") == (10, 2, 12)
    assert (order.lines[0].current_quantity, order.lines[0].fulfillable_quantity) == (2, 2)


async def test_an_order_moves_to_another_location_with_its_commitment(shop: ShopifyStandIn, admin: Admin) -> None:
    order = shop.checkout([("MUG-1", 3)])
    shop.reassign(order, "East")
    assert main_and_committed(shop, "MUG-1") == (12, 0, 12)
    assert (shop.level("MUG-1", "East").available, shop.level("MUG-1", "East").units["committed"]) == (0, 3)
    work = (await one_order(admin))["fulfillmentOrders"]["nodes"]
    assert [one["assignedLocation"]["location"]["name"] for one in work] == ["East"]
    with pytest.raises(ShopRefused, match="not stocked at East"):
        shop.reassign(shop.checkout([("CAP-1", 1)]), "East")


async def test_an_edit_changes_current_quantity(shop: ShopifyStandIn, admin: Admin) -> None:
    order = shop.checkout([("MUG-1", 5)])
    shop.edit(order, order.lines[0].id, 2)
    shop.edit(order, order.lines[0].id, -3)
    assert main_and_committed(shop, "MUG-1") == (8, 4, 12)
    line = (await one_order(admin))["lineItems"]["nodes"][0]
    assert (line["quantity"], line["currentQuantity"], line["unfulfilledQuantity"]) == (7, 4, 4)


def test_customers_cannot_buy_what_is_not_offered(shop: ShopifyStandIn) -> None:
    with pytest.raises(ShopRefused, match="16 wanted, 15 left"):
        shop.checkout([("MUG-1", 16)])
    shop.unpublish("MUG-1")
    with pytest.raises(ShopRefused, match="not for sale"):
        shop.checkout([("MUG-1", 1)])
    assert shop.shop.orders == {}
    assert main_and_committed(shop, "MUG-1") == (12, 0, 12)


def test_F09_two_checkouts_of_the_last_unit_go_below_zero(shop: ShopifyStandIn) -> None:
    shop.set_by_hand("CAP-1", "Main", 1)
    shop.checkout([("CAP-1", 1)])
    shop.checkout([("CAP-1", 1)], race=True)
    assert main_and_committed(shop, "CAP-1") == (-1, 2, 1)


def test_continue_sells_below_zero_without_a_race(shop: ShopifyStandIn) -> None:
    shop.set_policy("CAP-1", InventoryPolicy.CONTINUE)
    assert shop.customer_sees("CAP-1").quantity is None
    shop.checkout([("CAP-1", 7)])
    assert shop.level("CAP-1", "Main").available == -2


def test_an_untracked_item_moves_no_stock(shop: ShopifyStandIn) -> None:
    shop.checkout([("GIFT", 3)])
    assert shop.level("GIFT", "Main").units["committed"] == 0


async def test_an_order_goes_where_there_is_enough(shop: ShopifyStandIn, admin: Admin) -> None:
    shop.set_by_hand("MUG-1", "Main", 2)
    shop.checkout([("MUG-1", 3)])
    work = (await one_order(admin))["fulfillmentOrders"]["nodes"][0]
    assert work["assignedLocation"]["location"]["name"] == "East"
    assert shop.level("MUG-1", "East").units["committed"] == 3


async def test_F24_a_line_that_is_no_product_has_no_variant(shop: ShopifyStandIn, admin: Admin) -> None:
    order = shop.checkout([("MUG-1", 1)], custom_items=[CustomItem("Postage", sku="POST")])
    shop.fulfil(order)
    lines = (await one_order(admin))["lineItems"]["nodes"]
    assert [(one["sku"], one["variant"] is None) for one in lines] == [("MUG-1", False), ("POST", True)]


async def test_open_orders_are_found_by_status(shop: ShopifyStandIn, admin: Admin) -> None:
    done = shop.checkout([("MUG-1", 1)])
    shop.fulfil(done)
    shop.cancel(shop.checkout([("MUG-1", 1)]))
    waiting = shop.checkout([("MUG-1", 1)], paid=False)
    seen = await one_order(admin, "status:open")
    assert (seen["name"], seen["displayFinancialStatus"]) == (waiting.name, "PENDING")
    shop.pay(waiting)
    assert (await one_order(admin, "status:open"))["displayFinancialStatus"] == "PAID"


async def test_a_replayed_year_carries_its_own_times(shop: ShopifyStandIn, admin: Admin) -> None:
    start = datetime(2010, 12, 1, 8, 26, tzinfo=UTC)
    for day in range(3):
        shop.checkout([("MUG-1", 1)], at=start + timedelta(days=day))
    data = await admin.data(ORDERS, query="updated_at:>='2010-12-02T08:26:00Z' AND status:open")
    assert [node["name"] for node in data["orders"]["nodes"]] == ["#1002", "#1003"]


async def test_old_orders_need_a_scope_of_their_own(shop: ShopifyStandIn, admin: Admin) -> None:
    shop.checkout([("MUG-1", 1)], at=datetime(2010, 12, 1, tzinfo=UTC))
    await one_order(admin)
    shop.tokens.remove_scope("read_all_orders")
    assert (await admin.data(ORDERS, query=""))["orders"]["nodes"] == []


async def test_orders_page_through_those_updated_at_one_instant(shop: ShopifyStandIn, admin: Admin) -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    for _ in range(12):
        shop.checkout([("GIFT", 1)], at=at)
    names: list[str] = []
    after = None
    while True:
        page = (await admin.data(ORDERS.replace("first: 25", "first: 5"), query="", after=after))["orders"]
        names += [node["name"] for node in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert names == [f"#{1001 + index}" for index in range(12)]


async def test_F13_a_variants_refund_returns_to_that_variant_once(shop: ShopifyStandIn, receiver: Receiver) -> None:
    product = shop.variant("CAP-1").product
    shop.add_variant(product, VariantSpec("CAP-2", title="XL", stock={"Main": 4}))
    order = shop.checkout([("CAP-2", 2)])
    shop.fulfil(order)
    shop.refund(order, [(order.lines[0].id, 2)], restock_type="return")
    assert (shop.level("CAP-2", "Main").available, shop.level("CAP-1", "Main").available) == (4, 5)


STEP = st.tuples(
    st.sampled_from(["sell", "race", "ship", "cancel", "drop", "edit", "return", "hand"]), st.integers(1, 4)
)


@settings(max_examples=60, deadline=None)
@given(st.lists(STEP, max_size=25))
def test_committed_is_always_what_open_orders_still_wait_for(steps: list[tuple[str, int]]) -> None:
    """Whatever happens: committed equals the open units of all orders, and on hand is the sum of its parts."""
    shop = ShopifyStandIn(total_lag=0.0)
    shop.add_location("Main")
    shop.add_product("Mug", [VariantSpec("MUG", stock={"Main": 8})])
    for kind, units in steps:
        open_orders = [one for one in shop.shop.orders.values() if one.cancelled_at is None]
        order = open_orders[-1] if open_orders else None
        before = shop.level("MUG", "Main").on_hand
        try:
            if kind in ("sell", "race"):
                shop.checkout([("MUG", units)], race=kind == "race")
            elif kind == "hand":
                shop.set_by_hand("MUG", "Main", units)
            elif order is not None:
                line = order.lines[0].id
                if kind == "ship":
                    shop.fulfil(order, [(line, units)])
                elif kind in ("cancel", "drop"):
                    shop.cancel(order, restock=kind == "cancel")
                elif kind == "edit":
                    shop.edit(order, line, units - 2)
                else:
                    shop.refund(order, [(line, units)], restock_type="return")
        except ShopRefused:
            assert shop.level("MUG", "Main").on_hand == before
        level = shop.level("MUG", "Main")
        waiting = sum(line.fulfillable_quantity for one in shop.shop.orders.values() for line in one.lines)
        assert level.units["committed"] == waiting
        assert level.on_hand == level.available + waiting
