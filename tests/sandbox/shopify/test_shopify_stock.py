"""Reading and writing stock over the Admin API: guard, idempotency, refusals."""

from __future__ import annotations

from typing import Any

import pytest
from shopify_client import SET_QUANTITIES, Admin, Receiver, item_gid, location_gid, set_input

from sandbox.shopify import ShopifyStandIn, VariantSpec
from sandbox.shopify.state import ON_HAND_PARTS, QUANTITY_NAMES

ONE_LEVEL = """
query OneLevel($item: ID!, $location: ID!, $names: [String!]!) {
  inventoryItem(id: $item) { inventoryLevel(locationId: $location) {
    id updatedAt quantities(names: $names) { name quantity updatedAt } } }
}
"""


async def quantities(admin: Admin, sku: str, location: str) -> dict[str, int]:
    data = await admin.data(
        ONE_LEVEL,
        item=item_gid(admin.stand_in, sku),
        location=location_gid(admin.stand_in, location),
        names=list(QUANTITY_NAMES),
    )
    rows = data["inventoryItem"]["inventoryLevel"]["quantities"]
    return {row["name"]: row["quantity"] for row in rows}


async def set_stock(admin: Admin, key: str, wanted: dict[str, Any]) -> dict[str, Any]:
    data = await admin.data(SET_QUANTITIES, input=wanted, key=key)
    return data["inventorySetQuantities"]


def codes(payload: dict[str, Any]) -> list[str]:
    return [error["code"] for error in payload["userErrors"]]


async def test_all_eight_names_hold_the_identity_through_a_sale(shop: ShopifyStandIn, admin: Admin) -> None:
    shop.set_aside("MUG-1", "Main", "damaged", 2)
    shop.set_aside("MUG-1", "Main", "safety_stock", 1)
    shop.checkout([("MUG-1", 4)])
    seen = await quantities(admin, "MUG-1", "Main")
    assert (seen["available"], seen["committed"], seen["damaged"], seen["safety_stock"]) == (5, 4, 2, 1)
    assert seen["on_hand"] == 12 == sum(seen[name] for name in ON_HAND_PARTS)


async def test_a_guarded_set_moves_available_and_on_hand_by_one_delta(shop: ShopifyStandIn, admin: Admin) -> None:
    payload = await set_stock(admin, "key-1", set_input(shop, "MUG-1", "Main", 5, 12))
    changes = [(one["name"], one["delta"]) for one in payload["inventoryAdjustmentGroup"]["changes"]]
    assert changes == [("available", -7), ("on_hand", -7)]
    assert (await quantities(admin, "MUG-1", "Main"))["available"] == 5


async def test_F29_a_lost_race_is_refused_and_changes_nothing(shop: ShopifyStandIn, admin: Admin) -> None:
    shop.checkout([("MUG-1", 1)])
    payload = await set_stock(admin, "key-1", set_input(shop, "MUG-1", "Main", 5, 12))
    assert codes(payload) == ["CHANGE_FROM_QUANTITY_STALE"]
    assert payload["userErrors"][0]["field"] == ["input", "quantities", "0", "changeFromQuantity"]
    assert payload["inventoryAdjustmentGroup"] is None
    assert shop.level("MUG-1", "Main").available == 11


async def test_setting_what_is_there_is_success_without_a_group(
    shop: ShopifyStandIn, admin: Admin, receiver: Receiver
) -> None:
    shop.subscribe(receiver.url, "inventory_levels/update")
    payload = await set_stock(admin, "key-1", set_input(shop, "MUG-1", "Main", 12, 12))
    assert payload == {"inventoryAdjustmentGroup": None, "userErrors": []}
    await shop.deliveries.drain()
    assert receiver.received == []


async def test_F31_the_same_key_gives_the_first_result_and_acts_once(shop: ShopifyStandIn, admin: Admin) -> None:
    wanted = set_input(shop, "MUG-1", "Main", 5, 12)
    first = await set_stock(admin, "key-1", wanted)
    shop.set_by_hand("MUG-1", "Main", 12)
    again = await set_stock(admin, "key-1", wanted)
    assert again == first
    assert shop.level("MUG-1", "Main").available == 12


async def test_a_key_belongs_to_its_variables(shop: ShopifyStandIn, admin: Admin) -> None:
    await set_stock(admin, "key-1", set_input(shop, "MUG-1", "Main", 5, 12))
    other = await set_stock(admin, "key-1", set_input(shop, "MUG-1", "Main", 4, 5))
    assert codes(other) == ["IDEMPOTENCY_KEY_PARAMETER_MISMATCH"]
    assert shop.level("MUG-1", "Main").available == 5


async def test_the_directive_is_demanded(shop: ShopifyStandIn, admin: Admin) -> None:
    bare = SET_QUANTITIES.replace("@idempotent(key: $key)", "").replace(", $key: String!", "")
    answer = await admin(bare, input=set_input(shop, "MUG-1", "Main", 5, 12))
    assert (
        answer["errors"][0]["message"]
        == "The @idempotent directive is required for this mutation but was not provided."
    )
    assert answer["errors"][0]["extensions"]["code"] == "BAD_REQUEST"
    assert answer["data"] == {"inventorySetQuantities": None}
    assert shop.level("MUG-1", "Main").available == 12


async def test_the_directive_belongs_on_the_field(shop: ShopifyStandIn, admin: Admin) -> None:
    moved = SET_QUANTITIES.replace("@idempotent(key: $key)", "").replace(
        "$key: String!) {", "$key: String!) @idempotent(key: $key) {"
    )
    answer = await admin(moved, input=set_input(shop, "MUG-1", "Main", 5, 12), key="key-1")
    assert "data" not in answer
    assert answer["errors"]


async def test_the_guard_is_demanded_and_null_switches_it_off(shop: ShopifyStandIn, admin: Admin) -> None:
    wanted = set_input(shop, "MUG-1", "Main", 5, None)
    assert (await set_stock(admin, "key-1", wanted))["userErrors"] == []
    del wanted["quantities"][0]["changeFromQuantity"]
    answer = await admin(SET_QUANTITIES, input=wanted, key="key-2")
    assert answer["errors"][0]["extensions"]["code"] == "INVALID_FIELD_ARGUMENTS"
    assert answer["data"] == {"inventorySetQuantities": None}


@pytest.mark.parametrize(
    ("change", "code", "message"),
    [
        ({"name": "damaged"}, "INVALID_NAME", "The quantity name must be either 'available' or 'on_hand'."),
        ({"reason": "because"}, "INVALID_REASON", "The specified reason is invalid. Valid values are: correction"),
        ({"referenceDocumentUri": "no uri"}, "INVALID_REFERENCE_DOCUMENT", "The specified reference document"),
    ],
)
async def test_a_bad_header_is_refused(
    shop: ShopifyStandIn, admin: Admin, change: dict[str, Any], code: str, message: str
) -> None:
    payload = await set_stock(admin, "key-1", set_input(shop, "MUG-1", "Main", 5, 12, **change))
    assert codes(payload) == [code]
    assert payload["userErrors"][0]["message"].startswith(message)


@pytest.mark.parametrize(
    ("name", "quantity", "code"),
    [
        ("available", 1_000_000_001, "INVALID_QUANTITY_TOO_HIGH"),
        ("available", -1_000_000_001, "INVALID_QUANTITY_TOO_LOW"),
        ("on_hand", -1, "INVALID_QUANTITY_NEGATIVE"),
    ],
)
async def test_bounds(shop: ShopifyStandIn, admin: Admin, name: str, quantity: int, code: str) -> None:
    payload = await set_stock(admin, "key-1", set_input(shop, "MUG-1", "Main", quantity, 12, name=name))
    assert codes(payload) == [code]


async def test_available_may_be_set_below_zero(shop: ShopifyStandIn, admin: Admin) -> None:
    payload = await set_stock(admin, "key-1", set_input(shop, "CAP-1", "Main", -5, 5))
    assert payload["userErrors"] == []
    assert (await quantities(admin, "CAP-1", "Main"))["on_hand"] == -5


async def test_one_refused_row_keeps_the_others_from_being_applied(shop: ShopifyStandIn, admin: Admin) -> None:
    wanted = set_input(shop, "MUG-1", "Main", 5, 12)
    wanted["quantities"] += set_input(shop, "CAP-1", "East", 5, 0)["quantities"]
    payload = await set_stock(admin, "key-1", wanted)
    assert codes(payload) == ["INVALID_LOCATION"]
    assert "not stocked at the location" in payload["userErrors"][0]["message"]
    assert shop.level("MUG-1", "Main").available == 12


async def test_an_adjustment_of_another_name_needs_its_ledger(shop: ShopifyStandIn, admin: Admin) -> None:
    mutation = """
    mutation Adjust($input: InventoryAdjustQuantitiesInput!) {
      inventoryAdjustQuantities(input: $input) @idempotent(key: "adjust-1") {
        inventoryAdjustmentGroup { changes { name delta ledgerDocumentUri } }
        userErrors { code field message }
      }
    }"""
    row = {
        "inventoryItemId": item_gid(shop, "MUG-1"),
        "locationId": location_gid(shop, "Main"),
        "delta": 3,
        "changeFromQuantity": 0,
    }
    wanted = {"name": "damaged", "reason": "damaged", "changes": [row]}
    payload = (await admin.data(mutation, input=wanted))["inventoryAdjustQuantities"]
    assert codes(payload) == ["INVALID_QUANTITY_DOCUMENT"]
    row["ledgerDocumentUri"] = "gid://countersign/Count/7"
    payload = (await admin.data(mutation.replace("adjust-1", "adjust-2"), input=wanted))["inventoryAdjustQuantities"]
    assert payload["inventoryAdjustmentGroup"]["changes"] == [
        {"name": "damaged", "delta": 3, "ledgerDocumentUri": "gid://countersign/Count/7"},
        {"name": "on_hand", "delta": 3, "ledgerDocumentUri": None},
    ]
    seen = await quantities(admin, "MUG-1", "Main")
    assert (seen["available"], seen["damaged"], seen["on_hand"]) == (12, 3, 15)


async def test_a_move_keeps_on_hand(shop: ShopifyStandIn, admin: Admin) -> None:
    mutation = """
    mutation Move($input: InventoryMoveQuantitiesInput!) {
      inventoryMoveQuantities(input: $input) @idempotent(key: "move-1") {
        inventoryAdjustmentGroup { id } userErrors { code field message }
      }
    }"""
    place = location_gid(shop, "Main")
    move = {
        "inventoryItemId": item_gid(shop, "MUG-1"),
        "quantity": 4,
        "from": {"locationId": place, "name": "available", "changeFromQuantity": 12},
        "to": {"locationId": place, "name": "quality_control", "changeFromQuantity": 0,
               "ledgerDocumentUri": "gid://countersign/Count/8"},
    }  # fmt: skip
    wanted = {"reason": "quality_control", "referenceDocumentUri": "gid://countersign/Count/8", "changes": [move]}
    payload = (await admin.data(mutation, input=wanted))["inventoryMoveQuantities"]
    assert payload["userErrors"] == []
    seen = await quantities(admin, "MUG-1", "Main")
    assert (seen["available"], seen["quality_control"], seen["on_hand"]) == (8, 4, 12)


async def test_an_item_is_stocked_by_activation(shop: ShopifyStandIn, admin: Admin, receiver: Receiver) -> None:
    shop.subscribe(receiver.url, "inventory_levels/connect")
    mutation = """
    mutation Activate($item: ID!, $location: ID!, $available: Int) {
      inventoryActivate(inventoryItemId: $item, locationId: $location, available: $available)
        @idempotent(key: "activate-1") { inventoryLevel { id isActive } userErrors { field message } }
    }"""
    data = await admin.data(mutation, item=item_gid(shop, "CAP-1"), location=location_gid(shop, "East"), available=9)
    assert data["inventoryActivate"]["inventoryLevel"]["isActive"] is True
    await shop.deliveries.drain()
    assert receiver.received[0].body["available"] == 9
    assert shop.level("CAP-1", "East").available == 9


async def test_a_level_id_says_nothing_about_its_location(shop: ShopifyStandIn, admin: Admin) -> None:
    level = shop.level("MUG-1", "Main")
    assert str(level.location.id) not in level.gid
    assert level.gid.endswith(f"?inventory_item_id={level.item.id}")
    data = await admin.data("query L($id: ID!) { inventoryLevel(id: $id) { location { name } } }", id=level.gid)
    assert data["inventoryLevel"]["location"]["name"] == "Main"


async def test_paging_reaches_every_item_once_though_one_goes_between(shop: ShopifyStandIn, admin: Admin) -> None:
    for index in range(7):
        shop.add_product(f"Plate {index}", [VariantSpec(f"PLATE-{index}", stock={"Main": index})])
    query = """query Page($after: String) { inventoryItems(first: 3, after: $after) {
      nodes { sku } pageInfo { hasNextPage endCursor } } }"""
    seen: list[str] = []
    after = None
    while True:
        page = (await admin.data(query, after=after))["inventoryItems"]
        seen += [node["sku"] for node in page["nodes"]]
        if len(seen) == 3:
            shop.delete_variant("MUG-1")
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert seen == ["MUG-1", "CAP-1", "GIFT", *(f"PLATE-{index}" for index in range(7))]


async def test_F22_one_sku_on_two_variants_is_said(shop: ShopifyStandIn, admin: Admin) -> None:
    shop.add_product("Other mug", [VariantSpec("MUG-1", stock={"Main": 1})])
    query = 'query { inventoryItems(first: 5, query: "sku:MUG-1") { nodes { sku duplicateSkuCount } } }'
    nodes = (await admin.data(query))["inventoryItems"]["nodes"]
    assert nodes == [{"sku": "MUG-1", "duplicateSkuCount": 1}] * 2


async def test_levels_changed_since_a_time_are_found(shop: ShopifyStandIn, admin: Admin) -> None:
    later = shop.level("MUG-1", "Main").updated_at.replace(year=2099)
    shop.set_by_hand("CAP-1", "Main", 4, at=later)
    query = """query Changed($id: ID!) { location(id: $id) {
      inventoryLevels(first: 10, query: "updated_at:>='2098-01-01T00:00:00Z'") { nodes { item { sku } } } } }"""
    data = await admin.data(query, id=location_gid(shop, "Main"))
    assert data["location"]["inventoryLevels"]["nodes"] == [{"item": {"sku": "CAP-1"}}]


async def test_a_search_that_is_not_understood_is_not_ignored(shop: ShopifyStandIn, admin: Admin) -> None:
    answer = await admin('query { orders(first: 1, query: "colour:red") { nodes { id } } }')
    assert "cannot search by 'colour'" in answer["errors"][0]["message"]


async def test_the_products_total_trails_its_levels() -> None:
    stand_in = ShopifyStandIn(total_lag=60.0)
    stand_in.add_location("Main")
    product = stand_in.add_product("Mug", [VariantSpec("MUG-1", stock={"Main": 12})])
    product.shown_total_moves_at = 0.0
    stand_in.set_by_hand("MUG-1", "Main", 3)
    assert stand_in.shop.shown_total(product) == 12
    product.shown_total_moves_at = 0.0
    assert stand_in.shop.shown_total(product) == 3
