"""Pausing and resuming a listing, and what customers see meanwhile."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest
from shopify_client import Admin, Receiver, product_gid, publication_gid, variant_gid

from sandbox.shopify import ProductStatus, ShopifyStandIn, ShopRefused, VariantSpec

SWITCH = """mutation Switch($id: ID!, $input: [PublicationInput!]!) { %s(id: $id, input: $input) {
  publishable {
    ... on ProductVariant { id ...Shown }
    ... on Product { id status ...Shown }
  }
  userErrors { field message } } }
fragment Shown on Publishable {
  resourcePublicationsV2(first: 50, onlyPublished: false) { nodes { isPublished publication { id } } } }"""
PAUSE, RESUME = SWITCH % "publishableUnpublish", SWITCH % "publishablePublish"
READ_BACK = """query ReadBack($variant: ID!, $publication: ID!) { productVariant(id: $variant) {
  availableForSale sellableOnlineQuantity inventoryPolicy publishedOnPublication(publicationId: $publication)
  product { status onlineStoreUrl publishedAt publishedOnPublication(publicationId: $publication) } } }"""


async def read_back(admin: Admin, sku: str) -> dict[str, Any]:
    data = await admin.data(
        READ_BACK, variant=variant_gid(admin.stand_in, sku), publication=publication_gid(admin.stand_in)
    )
    return data["productVariant"]


async def test_pausing_a_variant_hides_it_and_only_it(shop: ShopifyStandIn, admin: Admin) -> None:
    shop.add_variant(shop.variant("CAP-1").product, VariantSpec("CAP-2", stock={"Main": 1}))
    row = [{"publicationId": publication_gid(shop)}]
    payload = (await admin.data(PAUSE, id=variant_gid(shop, "CAP-1"), input=row))["publishableUnpublish"]
    assert payload["userErrors"] == []
    assert payload["publishable"]["resourcePublicationsV2"]["nodes"] == []
    assert (await read_back(admin, "CAP-1"))["publishedOnPublication"] is False
    assert shop.customer_sees("CAP-1").live is False
    assert shop.customer_sees("CAP-2").offered is True
    with pytest.raises(ShopRefused, match="not for sale"):
        shop.checkout([("CAP-1", 1)])
    await admin.data(RESUME, id=variant_gid(shop, "CAP-1"), input=row)
    assert (await read_back(admin, "CAP-1"))["publishedOnPublication"] is True
    assert shop.customer_sees("CAP-1").offered is True


async def test_unpublishing_twice_is_no_error(shop: ShopifyStandIn, admin: Admin) -> None:
    row = [{"publicationId": publication_gid(shop)}]
    for _ in range(2):
        payload = (await admin.data(PAUSE, id=variant_gid(shop, "CAP-1"), input=row))["publishableUnpublish"]
        assert payload["userErrors"] == []


async def test_the_products_flag_takes_precedence(shop: ShopifyStandIn, admin: Admin) -> None:
    row = [{"publicationId": publication_gid(shop)}]
    await admin.data(PAUSE, id=product_gid(shop, "CAP-1"), input=row)
    seen = await read_back(admin, "CAP-1")
    assert seen["publishedOnPublication"] is True
    assert (seen["product"]["publishedOnPublication"], seen["product"]["onlineStoreUrl"]) == (False, None)
    assert shop.customer_sees("CAP-1").live is False


async def test_one_channel_may_be_paused_while_another_sells(shop: ShopifyStandIn, admin: Admin) -> None:
    app = shop.add_publication("Social")
    late = shop.add_product("Late", [VariantSpec("LATE", stock={"Main": 1})])
    shop.unpublish("LATE")
    assert app.id in late.published
    assert shop.customer_sees("LATE").live is False
    assert shop.customer_sees("LATE", app).live is True


@pytest.mark.parametrize(
    ("status", "live"),
    [("ACTIVE", True), ("UNLISTED", True), ("DRAFT", False), ("ARCHIVED", False)],
)
async def test_status_decides_for_all_channels(shop: ShopifyStandIn, admin: Admin, status: str, live: bool) -> None:
    mutation = """mutation StatusDraft($product: ProductUpdateInput!) { productUpdate(product: $product) {
      product { id status } userErrors { field message } } }"""
    data = await admin.data(mutation, product={"id": product_gid(shop, "CAP-1"), "status": status})
    assert data["productUpdate"]["product"]["status"] == status
    assert shop.customer_sees("CAP-1").live is live


async def test_denying_oversell(shop: ShopifyStandIn, admin: Admin) -> None:
    mutation = """mutation Deny($productId: ID!, $variants: [ProductVariantsBulkInput!]!) {
      productVariantsBulkUpdate(productId: $productId, variants: $variants) {
        productVariants { inventoryPolicy } userErrors { code field message } } }"""
    row = {"id": variant_gid(shop, "CAP-1"), "inventoryPolicy": "CONTINUE"}
    await admin.data(mutation, productId=product_gid(shop, "CAP-1"), variants=[row])
    assert shop.customer_sees("CAP-1").quantity is None
    await admin.data(mutation, productId=product_gid(shop, "CAP-1"), variants=[row | {"inventoryPolicy": "DENY"}])
    assert shop.customer_sees("CAP-1").quantity == 5


async def test_only_stock_that_ships_online_orders_is_offered(shop: ShopifyStandIn, admin: Admin) -> None:
    shop.add_location("Back office", fulfills_online_orders=False)
    shop.stock_at("CAP-1", "Back office", 40)
    assert (await read_back(admin, "CAP-1"))["sellableOnlineQuantity"] == 5
    assert shop.customer_sees("CAP-1").quantity == 5


async def test_the_themes_page_answers_404_when_paused(
    shop: ShopifyStandIn, session: aiohttp.ClientSession, receiver: Receiver
) -> None:
    shop.subscribe(receiver.url, "products/update")
    page = f"{shop.base_url}/products/red-cap.js"
    async with session.get(page) as answer:
        assert [one["available"] for one in (await answer.json())["variants"]] == [True]
    shop.set_status(shop.variant("CAP-1").product, ProductStatus.DRAFT)
    async with session.get(page) as answer:
        assert answer.status == 404
    await shop.deliveries.drain()
    assert receiver.received[0].body["status"] == "draft"
