"""What a live store answered, the stand-in answers, too: codes, messages, field paths and deltas.

The recordings are kept beside the repository; without them these checks are skipped and say so.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import aiohttp
import pytest
from shopify_client import CONTRACTS, Admin, product_gid, publication_gid

from sandbox.shopify import ShopifyStandIn, VariantSpec

RECORDED = CONTRACTS / "recorded"
Case = dict[str, Any]

QUANTITY_MUTATIONS = {
    "inventorySetQuantities": "InventorySetQuantitiesInput!",
    "inventorySetOnHandQuantities": "InventorySetOnHandQuantitiesInput!",
    "inventoryAdjustQuantities": "InventoryAdjustQuantitiesInput!",
    "inventoryMoveQuantities": "InventoryMoveQuantitiesInput!",
}
UNKNOWN = ("/42", "/999999999999", "/515151515151")
_GID = re.compile(r"gid://shopify/(InventoryItem|Location)/\d+")


def recorded(name: str) -> Any:
    path = RECORDED / name
    return json.loads(path.read_text()) if path.exists() else None


def _exchanges(node: Any, path: str = "") -> Iterator[tuple[str, Case]]:
    if isinstance(node, dict):
        if "response" in node and "variables" in node:
            yield path, node
            return
        for key, value in node.items():
            yield from _exchanges(value, f"{path}/{key}")


def _quantity_cases() -> Iterator[Any]:
    files = (
        "2026-04__inventory-quantity-contracts-2026-04.json",
        "2026-04__inventorySetQuantities-name-validation.json",
        "2026-04__inventorySetQuantities-quantity-bounds.json",
        "2026-04__inventory-adjust-name-allowlist.json",
        "2026-04__inventory-adjust-zero-delta-noop.json",
        "2026-04__inventory-reason-validation.json",
        "2026-04__inventory-existence-validation.json",
    )
    found = 0
    for name in files:
        for path, case in _exchanges(recorded(name) or {}):
            field = _mutation(case)
            if field in QUANTITY_MUTATIONS:
                found += 1
                yield pytest.param(field, path, case, id=f"{name[9:40]}{path}")
    if not found:
        yield pytest.param("", "", {}, id="none", marks=pytest.mark.skip(reason="NOT CHECKED: no recordings here"))


def _mutation(case: Case) -> str:
    data = case["response"].get("data")
    if data:
        return str(next(iter(data)))
    return "inventorySetQuantities" if "ignoreCompareQuantity" in case["variables"].get("input", {}) else ""


@pytest.mark.parametrize(("field", "path", "case"), list(_quantity_cases()))
async def test_quantities(session: aiohttp.ClientSession, field: str, path: str, case: Case) -> None:
    stand_in = ShopifyStandIn(total_lag=0.0)
    wanted = _prepare(stand_in, case["variables"]["input"])
    await stand_in.start()
    directive = "" if "Idempotency" in path else '@idempotent(key: "recorded-key")'
    codes = "code" if _codes_asked(case) else ""
    document = f"""mutation Recorded($input: {QUANTITY_MUTATIONS[field]}) {{
      {field}(input: $input) {directive} {{
        inventoryAdjustmentGroup {{ reason referenceDocumentUri changes {{ name delta quantityAfterChange }} }}
        userErrors {{ {codes} field message }} }} }}"""
    answer = await Admin(stand_in, session)(document, input=wanted)
    await stand_in.stop()
    assert _comparable(answer, field) == _comparable(case["response"], field)


def _codes_asked(case: Case) -> bool:
    data = case["response"].get("data") or {}
    return any("code" in error for payload in data.values() for error in (payload or {}).get("userErrors", ()))


def _prepare(stand_in: ShopifyStandIn, recorded_input: Case) -> Case:
    """Stock items and locations as the recording found them; unknown ids stay unknown."""
    text = json.dumps(recorded_input)
    rows = next(recorded_input[key] for key in ("quantities", "setQuantities", "changes") if key in recorded_input)
    places = _known(re.findall(r"gid://shopify/Location/\d+", text)) or ["gid://shopify/Location/0"]
    swaps = {place: stand_in.add_location(f"Place {index}").id for index, place in enumerate(places)}
    stocked_at = list(swaps.values())
    start = {row["inventoryItemId"]: _seen(row) for row in rows}
    for item in _known(list(start)):
        stock = dict.fromkeys(stocked_at, start[item])
        product = stand_in.add_product(f"Product {item}", [VariantSpec(None, stock=stock)])
        swaps[item] = product.variants[0].item.id
    replaced = _GID.sub(lambda m: f"gid://shopify/{m[1]}/{swaps.get(m[0], m[0].rpartition('/')[2])}", text)
    return dict(json.loads(replaced))


def _known(gids: list[str]) -> list[str]:
    return [one for one in dict.fromkeys(gids) if not one.endswith(UNKNOWN)]


def _seen(row: Case) -> int:
    return int(row.get("changeFromQuantity") or row.get("from", {}).get("changeFromQuantity") or 0)


def _comparable(answer: Case, field: str) -> Case:
    if answer.get("errors"):
        error = answer["errors"][0]
        more = error["extensions"]
        return {
            "message": error["message"],
            "code": more["code"],
            "problems": more.get("problems"),
            "data": answer.get("data"),
            "path": error.get("path"),
        }
    payload = answer["data"][field]
    group = payload["inventoryAdjustmentGroup"]
    if group is not None:
        changes = [(one["name"], one["delta"]) for one in group["changes"]]
        group = {"reason": group["reason"], "uri": group["referenceDocumentUri"], "changes": changes}
    return {"group": group, "errors": payload["userErrors"]}


async def test_activation(session: aiohttp.ClientSession) -> None:
    found = recorded("2026-04__inventory-activate-on-hand.json")
    if found is None:
        pytest.skip("NOT CHECKED: no recordings here")
    document = """mutation Activate($inventoryItemId: ID!, $locationId: ID!, $available: Int, $onHand: Int, $key: String!) {
      inventoryActivate(inventoryItemId: $inventoryItemId, locationId: $locationId, available: $available, onHand: $onHand)
        @idempotent(key: $key) {
        inventoryLevel { isActive quantities(names: ["available", "on_hand"]) { name quantity } }
        userErrors { field message } } }"""
    for name in ("activateOnHand", "availableOnHandConflict", "alreadyActiveOnHand", "onHandOutOfRange"):
        stand_in = ShopifyStandIn()
        stand_in.add_location("Home")
        place = stand_in.add_location("My Custom Location")
        stocked = {place.id: 50} if name == "alreadyActiveOnHand" else {}
        item = stand_in.add_product("P", [VariantSpec("P", stock=stocked)]).variants[0].item
        await stand_in.start()
        given = found["cases"][name]["variables"]
        variables = {
            "inventoryItemId": f"gid://shopify/InventoryItem/{item.id}",
            "locationId": f"gid://shopify/Location/{place.id}",
            "key": name,
        } | {key: given[key] for key in ("available", "onHand") if key in given}
        answer = await Admin(stand_in, session)(document, **variables)
        await stand_in.stop()
        payload = answer["data"]["inventoryActivate"]
        theirs = found["cases"][name]["response"]["data"]["inventoryActivate"]
        assert payload["userErrors"] == theirs["userErrors"], name
        assert (payload["inventoryLevel"] is None) == (theirs["inventoryLevel"] is None), name
        if theirs["inventoryLevel"] is not None:
            counts = {one["name"]: one["quantity"] for one in theirs["inventoryLevel"]["quantities"]}
            assert {one["name"]: one["quantity"] for one in payload["inventoryLevel"]["quantities"]} == counts


def _publishing_cases() -> Iterator[Any]:
    found = recorded("2025-01__publishable-input-validation.json")
    if found is None:
        skip = pytest.mark.skip(reason="NOT CHECKED: no recordings here")
        yield pytest.param("", {}, id="none", marks=skip)
        return
    for name, case in found["cases"].items():
        if name.endswith("CurrentChannel"):
            continue  # another mutation, which the stand-in does not speak
        yield pytest.param(name, case, id=name)


@pytest.mark.parametrize(("name", "case"), list(_publishing_cases()))
async def test_publishing(shop: ShopifyStandIn, admin: Admin, name: str, case: Case) -> None:
    field = "publishableUnpublish" if name.startswith("unpublish") else "publishablePublish"
    inner = "publishable { ... on Product { resourcePublicationsCount { count } } } userErrors { field message }"
    swap = "gid://shopify/Publication/268039389490"
    variables = json.loads(json.dumps(case["variables"]).replace(swap, publication_gid(shop)))
    variables["id"] = product_gid(shop, "MUG-1")
    if "Inline" in name:
        rows = f'[{{publicationId: "{publication_gid(shop)}"}}, {{publicationId: ""}}]'
        document = f"mutation M($id: ID!) {{ {field}(id: $id, input: {rows}) {{ {inner} }} }}"
    else:
        document = (
            f"mutation M($id: ID!, $input: [PublicationInput!]!) {{ {field}(id: $id, input: $input) {{ {inner} }} }}"
        )
    before = set(shop.variant("MUG-1").product.published)
    answer = await admin(document, **variables)
    theirs = case["response"]["payload"]
    assert set(shop.variant("MUG-1").product.published) == before
    if "errors" in theirs:
        assert answer["errors"][0]["message"] == theirs["errors"][0]["message"]
        mine, other = (one["errors"][0]["extensions"] for one in (answer, theirs))
        assert (mine["code"], mine.get("problems")) == (other["code"], other.get("problems"))
    else:
        assert answer["data"][field]["userErrors"] == theirs["data"][field]["userErrors"]


SUBSCRIBE = """mutation S($topic: WebhookSubscriptionTopic!, $webhookSubscription: WebhookSubscriptionInput!) {
  webhookSubscriptionCreate(topic: $topic, webhookSubscription: $webhookSubscription) {
    webhookSubscription { id topic format includeFields metafieldNamespaces filter } userErrors { field message } } }"""
RESUBSCRIBE = """mutation U($id: ID!, $webhookSubscription: WebhookSubscriptionInput!) {
  webhookSubscriptionUpdate(id: $id, webhookSubscription: $webhookSubscription) {
    webhookSubscription { id topic format includeFields metafieldNamespaces filter } userErrors { field message } } }"""


async def test_subscriptions(shop: ShopifyStandIn, admin: Admin) -> None:
    found = recorded("2026-04__webhook-subscription-conformance.json")
    uris = recorded("2026-04__webhook-subscription-uri-validation.json")
    if found is None or uris is None:
        pytest.skip("NOT CHECKED: no recordings here")
    made = await admin.data(SUBSCRIBE, **found["lifecycle"]["create"]["variables"])
    one = made["webhookSubscriptionCreate"]["webhookSubscription"]
    theirs = found["lifecycle"]["create"]["response"]["payload"]["data"]["webhookSubscriptionCreate"]
    assert one | {"id": ""} == {key: theirs["webhookSubscription"][key] for key in one} | {"id": ""}

    for case in (
        found["updateValidation"]["updateBlankUri"],
        found["updateValidation"]["updateHttpUri"],
        found["filterValidation"]["updateInvalidFilter"],
        uris["updateHttp"],
    ):
        wish = case["variables"]["webhookSubscription"]
        answer = await admin.data(RESUBSCRIBE, id=one["id"], webhookSubscription=wish)
        expected = case["response"]["payload"]["data"]["webhookSubscriptionUpdate"]
        assert answer["webhookSubscriptionUpdate"] == expected

    unknown = "gid://shopify/WebhookSubscription/999999999999"
    removed = await admin.data(
        """mutation D($id: ID!) { webhookSubscriptionDelete(id: $id) {
          deletedWebhookSubscriptionId userErrors { field message } } }""",
        id=unknown,
    )
    theirs = found["validation"]["response"]["payload"]["data"]["deleteUnknown"]
    assert removed["webhookSubscriptionDelete"] == theirs


async def test_bulk_operations(shop: ShopifyStandIn, admin: Admin) -> None:
    codes = recorded("2026-04__bulk-operation-run-query-user-error-codes.json")
    limit = recorded("2026-04__bulk-operation-run-query-concurrency-limit.json")
    if codes is None or limit is None:
        pytest.skip("NOT CHECKED: no recordings here")
    for case in codes["validations"].values():
        answer = await admin.data(case["query"], **case["variables"])
        assert answer == case["response"]["data"]
    shop.bulk.seconds = 60.0
    started = []
    for case in limit["successfulRuns"]:
        answer = (await admin.data(case["query"], **case["variables"]))["bulkOperationRunQuery"]
        theirs = case["response"]["data"]["bulkOperationRunQuery"]
        changing = ("id", "createdAt")
        started.append(answer["bulkOperation"]["id"])
        for key in theirs["bulkOperation"].keys() - set(changing):
            assert answer["bulkOperation"][key] == theirs["bulkOperation"][key], key
    sixth = limit["sixthRun"]
    answer = (await admin.data(sixth["query"], **sixth["variables"]))["bulkOperationRunQuery"]
    error = sixth["response"]["data"]["bulkOperationRunQuery"]["userErrors"][0]
    text = error["message"].split(":")[0]
    expected = error | {"message": f"{text}: {', '.join(started)}."}
    assert answer == {"bulkOperation": None, "userErrors": [expected]}


async def test_a_price_below_zero(shop: ShopifyStandIn, admin: Admin) -> None:
    found = recorded("2026-04__product-variants-bulk-update-allow-partial-and-error-order.json")
    if found is None:
        pytest.skip("NOT CHECKED: no recordings here")
    errors = found["errorOrdering"]["response"]["payload"]["data"]["productVariantsBulkUpdate"]["userErrors"]
    document = """mutation V($productId: ID!, $variants: [ProductVariantsBulkInput!]!) {
      productVariantsBulkUpdate(productId: $productId, variants: $variants) {
        productVariants { id } userErrors { field message code } } }"""
    variant = f"gid://shopify/ProductVariant/{shop.variant('MUG-1').id}"
    rows = [{"id": variant, "price": "-1.00"}]
    answer = await admin.data(document, productId=product_gid(shop, "MUG-1"), variants=rows)
    payload = answer["productVariantsBulkUpdate"]
    assert payload == {"productVariants": [{"id": variant}], "userErrors": [errors[1]]}
