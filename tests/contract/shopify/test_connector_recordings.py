"""Answers of live shops, as they were recorded, read by the connector; and answers no stand-in gives."""

from __future__ import annotations

import json
import secrets
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from pydantic import SecretStr
from shopify_shop import SYSTEM, Shop, facts

from sync.connectors.base import Fault, ListingRef, SetDoors, SetQuantity
from sync.connectors.shopify.connector import Account, ShopifyConnector
from sync.connectors.shopify.mapping import read_level_fact
from sync.connectors.shopify.shapes import LevelNode
from sync.model.facts import Count, FactKind

RECORDED = Path(__file__).resolve().parents[4] / "shared" / "contracts" / "shopify" / "recorded"
LISTING = ListingRef("KTL-17", (("variant", "701"), ("item", "601")))
WRITE = SetQuantity(LISTING, "88", 5, "k-1", expected=8)
COST = {"requestedQueryCost": 10, "throttleStatus": {"currentlyAvailable": 900, "restoreRate": 50}}

Answering = Callable[[str, Mapping[str, Any]], web.Response]


@asynccontextmanager
async def answered(answer: Answering) -> AsyncIterator[ShopifyConnector]:
    """A connector whose shop answers by ``answer(operation, variables)``."""

    async def graphql(request: web.Request) -> web.Response:
        asked = await request.json()
        return answer(asked["operationName"], asked["variables"])

    app = web.Application()
    app.add_routes([web.post("/admin/api/{version}/graphql.json", graphql)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    account = Account(
        "demo.myshopify.com",
        (SecretStr(secrets.token_hex(8)),),
        access_token=SecretStr(secrets.token_hex(8)),
        address=f"http://{host}:{port}",
    )
    connector = ShopifyConnector(SYSTEM, "Shopify US", account, loopback=True)
    yield connector
    await connector.close()
    await runner.cleanup()


def walk(node: object, where: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(node, dict):
        yield where, node
        for name, inner in node.items():
            yield from walk(inner, f"{where}/{name}")
    elif isinstance(node, list):
        for index, inner in enumerate(node):
            yield from walk(inner, f"{where}/{index}")


@cache
def recorded() -> tuple[tuple[str, dict[str, Any]], ...]:
    if not RECORDED.exists():
        pytest.skip("NOT CHECKED: recorded answers are not beside this repository")
    return tuple(
        (f"{path.stem}{where}", node)
        for path in sorted(RECORDED.glob("*.json"))
        for where, node in walk(json.loads(path.read_text()))
    )


def answers(root: str) -> list[tuple[str, dict[str, Any]]]:
    return [
        (where, node)
        for where, node in recorded()
        if root in (node.get("data") if isinstance(node.get("data"), dict) else {}) and "extensions" in node
    ]


async def test_every_recorded_answer_to_setting_a_quantity_is_understood() -> None:
    kept = answers("inventorySetQuantities")
    assert len(kept) > 10
    for where, payload in kept:
        async with answered(lambda name, variables, payload=payload: web.json_response(payload)) as connector:  # type: ignore[misc]
            answer = await connector.set_quantity(WRITE)
        part = payload["data"]["inventorySetQuantities"]
        accepted = not payload.get("errors") and part is not None and not part["userErrors"]
        assert answer.done is accepted, where
        assert answer.fault in ((None,) if accepted else (Fault.VALUE, Fault.MISSING)), where
        assert (answer.budget, answer.refill_per_second) != (None, None), where


async def test_every_recorded_answer_to_publishing_is_understood() -> None:
    kept = [*answers("publishableUnpublish"), *answers("publishablePublish")]
    assert kept
    for where, payload in kept:
        renamed = {"publishablePublish": next(iter(payload["data"].values()))}
        told = payload | {"data": renamed}
        async with answered(lambda name, variables, told=told: web.json_response(told)) as connector:  # type: ignore[misc]
            answer = await connector.set_doors(SetDoors(LISTING, open=True, doors=("1",)))
        part = renamed["publishablePublish"]
        assert answer.done is (not payload.get("errors") and part is not None and not part["userErrors"]), where


def test_every_recorded_level_is_understood() -> None:
    levels = [
        (where, node)
        for where, node in recorded()
        if isinstance(node.get("quantities"), list) and isinstance(node.get("location"), dict)
    ]
    assert len(levels) > 20
    for where, node in levels:
        level = LevelNode.model_validate({"updatedAt": "2026-06-25T01:33:55Z"} | node)
        body = read_level_fact("601", True, level).body
        told = {one["name"]: one["quantity"] for one in node["quantities"]}
        assert isinstance(body, Count), where
        if level.active:
            assert (body.available, body.on_hand) == (told.get("available"), told.get("on_hand")), where


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        pytest.param(web.Response(status=429, headers={"Retry-After": "2.5"}), Fault.RATE_LIMIT, id="429"),
        pytest.param(web.Response(status=430), Fault.RATE_LIMIT, id="430"),
        pytest.param(web.Response(status=404), Fault.PERMISSION, id="404"),
        pytest.param(web.Response(status=301), Fault.VALUE, id="301"),
        pytest.param(web.Response(status=400), Fault.VALUE, id="400"),
        pytest.param(web.Response(text="<html>"), Fault.UNKNOWN_OUTCOME, id="a page"),
        pytest.param(web.json_response([]), Fault.UNKNOWN_OUTCOME, id="a list"),
        pytest.param(web.json_response({}), Fault.UNKNOWN_OUTCOME, id="neither data nor errors"),
        pytest.param(
            web.json_response({"errors": [{"message": "x", "extensions": {"code": "INTERNAL_SERVER_ERROR"}}]}),
            Fault.UNKNOWN_OUTCOME,
            id="an internal error",
        ),
        pytest.param(web.json_response({"errors": [{"message": "x"}]}), Fault.VALUE, id="an error without a code"),
    ],
)
async def test_what_is_no_good_answer_says_whether_it_may_be_sent_again(answer: web.Response, fault: Fault) -> None:
    async with answered(lambda name, variables: answer) as connector:
        told = await connector.set_quantity(WRITE)
    assert (told.done, told.fault) == (False, fault)
    if answer.status == 429:
        assert told.retry_after is not None
        assert told.retry_after.total_seconds() == 2.5


async def test_a_key_still_at_work_is_sent_again_after_a_moment() -> None:
    refusal = {"code": "IDEMPOTENCY_CONCURRENT_REQUEST", "field": None, "message": "in progress"}
    body = {"data": {"inventorySetQuantities": {"inventoryAdjustmentGroup": None, "userErrors": [refusal]}}}
    async with answered(lambda name, variables: web.json_response(body)) as connector:
        told = await connector.set_quantity(WRITE)
    assert told.fault is Fault.INTERMITTENT
    assert told.retry_after is not None


async def test_where_a_line_ships_from_may_be_hidden_and_orders_are_read_all_the_same() -> None:
    order = {
        "id": "gid://shopify/Order/9001",
        "createdAt": "2026-11-02T14:00:00Z",
        "updatedAt": "2026-11-02T14:00:00Z",
        "lineItems": {"nodes": [{"id": "gid://shopify/LineItem/501", "sku": "KTL-17", "quantity": 2}]},
    }
    denied = {
        "message": "Access denied for fulfillmentOrders field.",
        "path": ["orders", "nodes", 0, "fulfillmentOrders"],
        "extensions": {"code": "ACCESS_DENIED", "requiredAccess": "a scope"},
    }

    def answer(name: str, variables: Mapping[str, Any]) -> web.Response:
        if name == "Shop":
            return web.json_response({"data": {"shop": {"currencyCode": "USD"}, "publications": {}, "locations": {}}})
        if name != "Orders":
            root = "productVariants" if name == "Variants" else name
            return web.json_response({"data": {root: {"nodes": [], "pageInfo": {"hasNextPage": False}}}})
        if variables["assigned"]:
            return web.json_response({"data": None, "errors": [denied], "extensions": {"cost": COST}})
        return web.json_response({"data": {"orders": {"nodes": [order], "pageInfo": {"hasNextPage": False}}}})

    async with answered(answer) as connector:
        pages = [page async for page in connector.snapshot()]
    [line] = {fact.key: fact for fact in facts(pages, FactKind.ORDER_LINE)}.values()
    assert line.place is None


async def test_a_query_that_costs_too_much_is_asked_in_smaller_pages(
    shop: Shop, connector: ShopifyConnector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sandbox.shopify.server.MAX_QUERY_COST", 200)
    pages = [page async for page in connector.snapshot()]
    sizes = [call.variables["first"] for call in shop.stand_in.calls if call.operation == "Variants"]
    assert sizes[0] == 50
    assert sizes[-1] < 50  # type: ignore[operator]
    assert len(facts(pages, FactKind.LISTING_SEEN)) == 3
