"""The Admin API on a bad day."""

from __future__ import annotations

import asyncio
import json

import aiohttp
import pytest
from shopify_client import SET_QUANTITIES, Admin, Receiver, publication_gid, set_input, variant_gid

from sandbox.shopify import ShopifyStandIn, When
from sandbox.shopify.throttle import Bucket

SHOP = "query ShopName { shop { name } }"
ITEMS = "query Items { inventoryItems(first: 5) { nodes { sku } } }"


def level(shop: ShopifyStandIn) -> int:
    return shop.level("MUG-1", "Main").available


async def test_a_failing_front_end_answers_html(shop: ShopifyStandIn, admin: Admin) -> None:
    shop.faults.fail_next(2, 502)
    for _ in range(2):
        status, text = await admin.raw(SHOP)
        assert status == 502
        assert text.startswith("<!DOCTYPE html>")
    assert (await admin.data(SHOP))["shop"]["name"] == "demo"


async def test_a_fault_may_strike_one_operation_only(shop: ShopifyStandIn, admin: Admin) -> None:
    shop.faults.fail_next(1, 500, operation="inventoryItems")
    assert (await admin.raw(SHOP))[0] == 200
    assert (await admin.raw(ITEMS))[0] == 500


async def test_a_share_of_requests_fails_until_cleared(shop: ShopifyStandIn, admin: Admin) -> None:
    shop.faults.fail_share(0.5)
    statuses = [(await admin.raw(SHOP))[0] for _ in range(40)]
    assert {200, 500} == set(statuses)
    shop.faults.clear()
    assert {(await admin.raw(SHOP))[0] for _ in range(20)} == {200}


async def test_F31_an_answer_lost_after_applying_is_given_on_the_next_try(shop: ShopifyStandIn, admin: Admin) -> None:
    wanted = {"input": set_input(shop, "MUG-1", "Main", 5, 12), "key": "key-1"}
    shop.faults.fail_next(1, 502, when=When.AFTER_APPLYING)
    assert (await admin.raw(SET_QUANTITIES, wanted))[0] == 502
    assert level(shop) == 5
    payload = (await admin.data(SET_QUANTITIES, **wanted))["inventorySetQuantities"]
    assert payload["userErrors"] == []
    assert [one["delta"] for one in payload["inventoryAdjustmentGroup"]["changes"]] == [-7, -7]
    assert level(shop) == 5
    assert [(one.status, one.applied) for one in shop.calls] == [(502, True), (200, True)]


async def test_a_request_that_never_gets_an_answer(shop: ShopifyStandIn, admin: Admin) -> None:
    shop.faults.time_out_next(1, when=When.AFTER_APPLYING)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await admin.raw(SET_QUANTITIES, {"input": set_input(shop, "MUG-1", "Main", 5, 12), "key": "key-1"})
    assert level(shop) == 5
    assert (await admin.data(SHOP))["shop"]["name"] == "demo"


async def test_a_connection_cut_before_anything_happened(shop: ShopifyStandIn, admin: Admin) -> None:
    shop.faults.disconnect_next(2, when=When.BEFORE_APPLYING)
    with pytest.raises(aiohttp.ClientError):
        await admin.raw(SET_QUANTITIES, {"input": set_input(shop, "MUG-1", "Main", 5, 12), "key": "key-1"})
    assert level(shop) == 12


async def test_a_key_whose_first_attempt_broke_needs_a_successor(shop: ShopifyStandIn, admin: Admin) -> None:
    wanted = set_input(shop, "MUG-1", "Main", 5, 12)
    shop.faults.break_next()
    assert (await admin.raw(SET_QUANTITIES, {"input": wanted, "key": "key-1"}))[0] == 500
    again = (await admin.data(SET_QUANTITIES, input=wanted, key="key-1"))["inventorySetQuantities"]
    assert again["userErrors"][0]["code"] == "IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED"
    assert level(shop) == 12
    assert (await admin.data(SET_QUANTITIES, input=wanted, key="key-2"))["inventorySetQuantities"]["userErrors"] == []


async def test_the_same_key_twice_at_once(shop: ShopifyStandIn, admin: Admin) -> None:
    wanted = {"input": set_input(shop, "MUG-1", "Main", 5, 12), "key": "key-1"}
    shop.faults.slow_to_apply(0.1)
    first, second = await asyncio.gather(admin.data(SET_QUANTITIES, **wanted), admin.data(SET_QUANTITIES, **wanted))
    errors = [one["inventorySetQuantities"]["userErrors"] for one in (first, second)]
    assert sorted(len(one) for one in errors) == [0, 1]
    assert [one["code"] for both in errors for one in both] == ["IDEMPOTENCY_CONCURRENT_REQUEST"]
    shop.faults.slow_to_apply(0)
    third = await admin.data(SET_QUANTITIES, **wanted)
    assert third["inventorySetQuantities"]["inventoryAdjustmentGroup"] is not None


async def test_F32_a_token_expires_and_another_is_granted(shop: ShopifyStandIn, session: aiohttp.ClientSession) -> None:
    async def grant(secret: str) -> tuple[int, dict[str, object]]:
        form = {"grant_type": "client_credentials", "client_id": shop.client_id, "client_secret": secret}
        async with session.post(f"{shop.base_url}/admin/oauth/access_token", data=form) as answer:
            return answer.status, await answer.json()

    assert (await grant("wrong"))[0] == 401
    _, given = await grant(shop.webhook_secret)
    assert given["expires_in"] == 86_399
    assert "read_inventory" in str(given["scope"]).split(",")
    admin = Admin(shop, session)
    token = str(given["access_token"])
    assert (await admin.raw(SHOP, token=token))[0] == 200
    shop.tokens.expire()
    status, text = await admin.raw(SHOP, token=token)
    assert status == 401
    assert "Invalid API key or access token" in text
    _, fresh = await grant(shop.webhook_secret)
    assert (await admin.raw(SHOP, token=str(fresh["access_token"])))[0] == 200
    assert (await admin.raw(SHOP))[0] == 200, "the static token of an older installation does not expire"


async def test_a_granted_token_ends_with_its_lifetime(session: aiohttp.ClientSession) -> None:
    shop = ShopifyStandIn(token_lifetime=10)
    now = [0.0]
    shop.tokens.tick = lambda: now[0]
    token = shop.tokens.grant(shop.client_id, shop.webhook_secret)
    assert token is not None
    assert shop.tokens.accepts(token)
    now[0] = 10.0
    assert not shop.tokens.accepts(token)


async def test_a_missing_scope_is_denied_beside_what_is_allowed(shop: ShopifyStandIn, admin: Admin) -> None:
    shop.tokens.remove_scope("write_inventory")
    answer = await admin(SET_QUANTITIES, input=set_input(shop, "MUG-1", "Main", 5, 12), key="key-1")
    error = answer["errors"][0]
    assert error["message"].startswith("Access denied for inventorySetQuantities field.")
    assert (error["extensions"]["code"], error["path"]) == ("ACCESS_DENIED", ["inventorySetQuantities"])
    assert "write_inventory" in error["extensions"]["requiredAccess"]
    assert answer["data"] == {"inventorySetQuantities": None}
    assert level(shop) == 12
    installation = "query Scopes { currentAppInstallation { accessScopes { handle } } }"
    handles = [one["handle"] for one in (await admin.data(installation))["currentAppInstallation"]["accessScopes"]]
    assert "write_inventory" not in handles
    assert "read_inventory" in handles


@pytest.mark.parametrize("status", [402, 423])
async def test_a_locked_shop(shop: ShopifyStandIn, admin: Admin, status: int) -> None:
    shop.faults.lock(status)
    answered, text = await admin.raw(SHOP)
    assert answered == status
    assert "errors" in json.loads(text)
    shop.faults.unlock()
    assert (await admin.raw(SHOP))[0] == 200


async def test_an_uninstalled_app_is_shut_out(shop: ShopifyStandIn, admin: Admin, receiver: Receiver) -> None:
    shop.subscribe(receiver.url, "app/uninstalled")
    shop.uninstall()
    await shop.deliveries.drain()
    assert receiver.topics() == ["app/uninstalled"]
    assert (await admin.raw(SHOP))[0] == 401


async def test_the_bucket_runs_dry_and_refills(session: aiohttp.ClientSession) -> None:
    now = [0.0]
    shop = ShopifyStandIn(bucket=Bucket(maximum=30, restore_rate=10, tick=lambda: now[0]))
    shop.add_location("Main")
    await shop.start()
    admin = Admin(shop, session)
    query = "query L { locations(first: 100) { nodes { id } } }"
    first = await admin(query)
    cost = first["extensions"]["cost"]
    assert cost["requestedQueryCost"] == 11
    assert cost["actualQueryCost"] < cost["requestedQueryCost"]
    shop.bucket.drain()
    throttled = await admin(query)
    assert throttled["errors"][0]["extensions"]["code"] == "THROTTLED"
    assert throttled["errors"][0]["message"] == "Throttled"
    assert "data" not in throttled
    cost = throttled["extensions"]["cost"]
    assert cost["actualQueryCost"] is None
    assert cost["throttleStatus"] == {"maximumAvailable": 30, "currentlyAvailable": 0, "restoreRate": 10}
    now[0] = (cost["requestedQueryCost"] - 0) / 10
    assert "data" in await admin(query)
    await shop.stop()


async def test_throttling_can_be_had_whatever_the_bucket_holds(shop: ShopifyStandIn, admin: Admin) -> None:
    shop.faults.throttle_next(None)
    for _ in range(3):
        assert (await admin(SHOP))["errors"][0]["extensions"]["code"] == "THROTTLED"
    shop.faults.clear()
    assert "data" in await admin(SHOP)


async def test_one_query_may_cost_a_thousand_and_no_more(shop: ShopifyStandIn, admin: Admin) -> None:
    deep = """query Deep { orders(first: 250) { nodes { lineItems(first: 250) { nodes {
      variant { inventoryItem { inventoryLevels(first: 250) { nodes { location { id } } } } } } } } } }"""
    answer = await admin(deep)
    assert answer["errors"][0]["extensions"]["code"] == "MAX_COST_EXCEEDED"


@pytest.mark.parametrize(
    ("query", "price"),
    [
        ("query A { inventoryItems(first: 250) { nodes { id } } }", 13),
        ("query B { productVariants(first: 100) { nodes { product { id } } } }", 20),
        ("query C($id: ID!) { bulkOperation(id: $id) { id } }", 1),
    ],
)
async def test_prices_are_those_recorded(admin: Admin, query: str, price: int) -> None:
    answer = await admin(query, id="gid://shopify/BulkOperation/1")
    assert answer["extensions"]["cost"]["requestedQueryCost"] == price


async def test_F49_a_refused_sku_is_refused_alone(shop: ShopifyStandIn, admin: Admin) -> None:
    shop.faults.refuse_sku("MUG-1")
    payload = (await admin.data(SET_QUANTITIES, input=set_input(shop, "MUG-1", "Main", 5, 12), key="a"))[
        "inventorySetQuantities"
    ]
    assert payload["userErrors"][0]["code"] == "NON_MUTABLE_INVENTORY_ITEM"
    other = await admin.data(SET_QUANTITIES, input=set_input(shop, "CAP-1", "Main", 4, 5), key="b")
    assert other["inventorySetQuantities"]["userErrors"] == []
    shop.faults.accept_sku("MUG-1")
    again = await admin.data(SET_QUANTITIES, input=set_input(shop, "MUG-1", "Main", 5, 12), key="c")
    assert again["inventorySetQuantities"]["userErrors"] == []


async def test_F28_success_is_said_and_nothing_happens(shop: ShopifyStandIn, admin: Admin, receiver: Receiver) -> None:
    shop.subscribe(receiver.url, "inventory_levels/update", "products/update")
    shop.faults.swallow("MUG-1")
    payload = (await admin.data(SET_QUANTITIES, input=set_input(shop, "MUG-1", "Main", 5, 12), key="key-1"))[
        "inventorySetQuantities"
    ]
    assert payload["inventoryAdjustmentGroup"]["changes"][0]["delta"] == -7
    pause = """mutation P($id: ID!, $input: [PublicationInput!]!) {
      publishableUnpublish(id: $id, input: $input) { userErrors { message } } }"""
    row = [{"publicationId": publication_gid(shop)}]
    answer = await admin.data(pause, id=variant_gid(shop, "MUG-1"), input=row)
    assert answer["publishableUnpublish"]["userErrors"] == []
    await shop.deliveries.drain()
    assert (level(shop), shop.customer_sees("MUG-1").live, receiver.received) == (12, True, [])


async def test_latency(shop: ShopifyStandIn, admin: Admin) -> None:
    shop.faults.slow(5.0)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await admin.raw(SHOP)
    shop.faults.slow(0)
    assert (await admin.raw(SHOP))[0] == 200


async def test_F51_another_writer_puts_its_number_back(shop: ShopifyStandIn, admin: Admin, receiver: Receiver) -> None:
    shop.subscribe(receiver.url, "inventory_levels/update")
    shop.another_writer.wants("MUG-1", "Main", 12)
    await admin.data(SET_QUANTITIES, input=set_input(shop, "MUG-1", "Main", 5, 12), key="key-1")
    assert shop.another_writer.write_now() == 1
    assert shop.another_writer.write_now() == 0
    shop.set_by_hand("MUG-1", "Main", 3)
    shop.another_writer.start(0.01)
    await receiver.until(4)
    assert level(shop) == 12


async def test_calls_are_remembered_with_their_variables(shop: ShopifyStandIn, admin: Admin) -> None:
    await admin.data(SET_QUANTITIES, input=set_input(shop, "MUG-1", "Main", 5, 12), key="key-1")
    await admin.raw("query Broken { nothing }")
    first, second = shop.calls
    assert (first.operation, first.root_fields, first.status) == ("SetQuantities", ("inventorySetQuantities",), 200)
    assert first.variables["key"] == "key-1"
    assert (second.operation, second.applied) == ("Broken", False)


async def test_an_unknown_field_is_named_as_the_platform_names_it(admin: Admin) -> None:
    answer = await admin("query Drift { shop { nothing } }")
    error = answer["errors"][0]
    assert error["message"] == "Field 'nothing' doesn't exist on type 'Shop'"
    assert error["extensions"]["code"] == "undefinedField"


async def test_what_is_no_graphql_is_400(shop: ShopifyStandIn, session: aiohttp.ClientSession) -> None:
    headers = {"X-Shopify-Access-Token": shop.access_token}
    async with session.post(shop.admin_url, data=b"{", headers=headers) as answer:
        assert answer.status == 400


async def test_two_shops_do_not_share_anything(shop: ShopifyStandIn, session: aiohttp.ClientSession) -> None:
    other = ShopifyStandIn("other.myshopify.com")
    other.add_location("Main")
    await other.start()
    assert other.shop.location("Main").id != shop.shop.location("Main").id
    status, _ = await Admin(other, session).raw(SHOP, token=shop.access_token)
    assert status == 401
    await other.stop()
