"""The loopback endpoints behind the sandbox's trouble page, and bulk reads of the whole catalogue."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import aiohttp
import pytest
from shopify_client import Admin, Receiver

from sandbox.shopify import ShopifyStandIn, VariantSpec


class Visitor:
    def __init__(self, shop: ShopifyStandIn, session: aiohttp.ClientSession) -> None:
        self.shop = shop
        self.session = session

    async def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, dict[str, Any]]:
        own = {"Authorization": f"Bearer {self.shop.sandbox_token}"} | headers
        url = f"{self.shop.base_url}/sandbox/{path}"
        async with self.session.request(method, url, json=body, headers=own) as answer:
            return answer.status, await answer.json()


@pytest.fixture
def visitor(shop: ShopifyStandIn, session: aiohttp.ClientSession) -> Visitor:
    return Visitor(shop, session)


async def test_a_sale_its_shipment_and_its_return(visitor: Visitor, shop: ShopifyStandIn) -> None:
    status, order = await visitor.ask("POST", "checkout", {"lines": [["MUG-1", 3]]})
    assert status == 200
    name = order["name"].removeprefix("#")
    await visitor.ask("POST", f"orders/{name}/fulfil")
    line = order["lines"][0]["id"]
    wish = {"lines": [[line, 1]], "restock_type": "return", "location": "East"}
    status, after = await visitor.ask("POST", f"orders/{name}/refund", wish)
    assert status == 200, after
    assert after["lines"][0]["current_quantity"] == 2
    assert shop.level("MUG-1", "East").available == 4


async def test_a_sale_that_the_shop_refuses_says_why(visitor: Visitor) -> None:
    status, answer = await visitor.ask("POST", "checkout", {"lines": [["CAP-1", 6]]})
    assert (status, answer["error"]) == (409, "'CAP-1': 6 wanted, 5 left on Online Store")
    status, order = await visitor.ask("POST", "checkout", {"lines": [["CAP-1", 6]], "race": True})
    assert (status, order["lines"][0]["quantity"]) == (200, 6)


async def test_a_malformed_wish_is_422_and_names_the_field(visitor: Visitor) -> None:
    status, answer = await visitor.ask("POST", "checkout", {"lines": [["CAP-1", 1]], "pay": True})
    assert status == 422
    assert "pay" in answer["error"]


async def test_stock_listings_and_products_by_hand(visitor: Visitor, shop: ShopifyStandIn) -> None:
    await visitor.ask("POST", "stock/set", {"sku": "CAP-1", "location": "Main", "units": 9})
    await visitor.ask("POST", "stock/receive", {"sku": "CAP-1", "location": "Main", "units": 2})
    status, seen = await visitor.ask("POST", "listings/unpublish", {"sku": "CAP-1"})
    assert (status, seen["live"], seen["quantity"]) == (200, False, 11)
    await visitor.ask("POST", "products", {"title": "Plate", "sku": "PLATE", "stock": {"Main": 4}})
    assert shop.customer_sees("PLATE").quantity == 4
    await visitor.ask("DELETE", "products/PLATE")
    status, state = await visitor.ask("GET", "state")
    assert {one["sku"]: one["offered"] for one in state["variants"]} == {"MUG-1": True, "CAP-1": False, "GIFT": True}


async def test_trouble_is_switched_on_and_off(visitor: Visitor, shop: ShopifyStandIn, admin: Admin) -> None:
    await visitor.ask("POST", "faults", {"kind": "fail_share", "share": 1.0, "status": 503})
    assert (await admin.raw("query S { shop { name } }"))[0] == 503
    await visitor.ask("POST", "faults", {"kind": "clear"})
    assert (await admin.raw("query S { shop { name } }"))[0] == 200
    status, report = await visitor.ask("POST", "deliveries", {"drop": 1.0, "paused": True})
    assert (status, report["paused"]) == (200, True)


@pytest.mark.parametrize(
    "headers",
    [{"Authorization": "Bearer wrong"}, {"Host": "evil.example"}, {"Origin": "https://evil.example"}],
)
async def test_strangers_are_sent_away(visitor: Visitor, shop: ShopifyStandIn, headers: dict[str, str]) -> None:
    status, _ = await visitor.ask("POST", "checkout", {"lines": [["MUG-1", 1]]}, **headers)
    assert status == 403
    assert shop.shop.orders == {}


START_BULK = """mutation StartBulk($query: String!) { bulkOperationRunQuery(query: $query, groupObjects: false) {
  bulkOperation { id status } userErrors { code field message } } }"""
POLL_BULK = """query PollBulk($id: ID!) { bulkOperation(id: $id) {
  id status errorCode objectCount rootObjectCount fileSize url partialDataUrl completedAt } }"""
INVENTORY = """{ inventoryItems { edges { node { id sku tracked
  inventoryLevels { edges { node { id isActive updatedAt location { id }
    quantities(names: ["available", "on_hand"]) { name quantity updatedAt } } } } } } } }"""


async def _finished(admin: Admin, operation: str) -> dict[str, Any]:
    async with asyncio.timeout(5):
        while True:
            found = (await admin.data(POLL_BULK, id=operation))["bulkOperation"]
            if found["status"] not in ("CREATED", "RUNNING", "CANCELING"):
                return dict(found)


async def test_the_whole_inventory_comes_as_json_lines(
    shop: ShopifyStandIn, admin: Admin, session: aiohttp.ClientSession
) -> None:
    for index in range(300):
        shop.add_product(f"Plate {index}", [VariantSpec(f"PLATE-{index}", stock={"Main": index})])
    started = (await admin.data(START_BULK, query=INVENTORY))["bulkOperationRunQuery"]["bulkOperation"]
    assert started["status"] == "CREATED"
    done = await _finished(admin, started["id"])
    assert (done["status"], done["rootObjectCount"], done["objectCount"]) == ("COMPLETED", "303", "607")
    async with session.get(done["url"]) as answer:
        rows = [json.loads(line) for line in (await answer.text()).splitlines()]
    assert len(rows) == 607
    items = {row["id"]: row["sku"] for row in rows if "sku" in row}
    counts = {items[row["__parentId"]]: row["quantities"][0]["quantity"] for row in rows if "location" in row}
    assert counts["PLATE-299"] == 299
    assert int(done["fileSize"]) == sum(len(json.dumps(row, separators=(",", ":"))) + 1 for row in rows)


async def test_a_bulk_read_without_its_scope_fails_with_a_reason(shop: ShopifyStandIn, admin: Admin) -> None:
    shop.tokens.remove_scope("read_inventory")
    shop.tokens.remove_scope("write_inventory")
    started = (await admin.data(START_BULK, query=INVENTORY))["bulkOperationRunQuery"]["bulkOperation"]
    done = await _finished(admin, started["id"])
    assert (done["status"], done["errorCode"], done["url"]) == ("FAILED", "ACCESS_DENIED", None)


async def test_a_bulk_read_can_be_called_off(shop: ShopifyStandIn, admin: Admin, receiver: Receiver) -> None:
    started = (await admin.data(START_BULK, query=INVENTORY))["bulkOperationRunQuery"]["bulkOperation"]
    cancel = "mutation C($id: ID!) { bulkOperationCancel(id: $id) { bulkOperation { status } userErrors { message } } }"
    answer = await admin.data(cancel, id=started["id"])
    assert answer["bulkOperationCancel"]["bulkOperation"]["status"] == "CANCELING"
    assert (await _finished(admin, started["id"]))["status"] == "CANCELED"
