"""The stand-in shop of these tests, and what they need to speak of it."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.shopify import ShopifyStandIn
from sync.connectors.base import ListingRef
from sync.model.ids import SystemId

SYSTEM = SystemId("shopify-us")


@dataclass
class Shop:
    """The stand-in and what the tests need to speak of it."""

    stand_in: ShopifyStandIn
    reno: str
    soho: str

    def listing(self, sku: str) -> ListingRef:
        variant = self.stand_in.variant(sku)
        ids = {"variant": variant.id, "item": variant.item.id, "product": variant.product.id}
        return ListingRef(sku, tuple((name, str(number)) for name, number in ids.items()))

    @property
    def door(self) -> str:
        return str(self.stand_in.online_store.id)

    def available(self, sku: str) -> int:
        return self.stand_in.level(sku, int(self.reno)).available
