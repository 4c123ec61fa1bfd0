"""A stateful Shopify for the sandbox: Admin GraphQL API 2026-10, webhooks, customers and a merchant.

See ``stand_in.ShopifyStandIn`` for how to start one.
"""

from sandbox.shopify.catalog import VariantSpec
from sandbox.shopify.faults import When
from sandbox.shopify.orders import CustomItem
from sandbox.shopify.shop import ShopRefused
from sandbox.shopify.stand_in import ShopifyStandIn
from sandbox.shopify.state import InventoryPolicy, ProductStatus

__all__ = [
    "CustomItem",
    "InventoryPolicy",
    "ProductStatus",
    "ShopRefused",
    "ShopifyStandIn",
    "VariantSpec",
    "When",
]
