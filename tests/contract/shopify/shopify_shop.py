"""The stand-in shop of these tests, and what they need to speak of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from aiohttp import web

from sandbox.shopify import ShopifyStandIn
from sync.connectors.base import Inbound, ListingRef, Parsed
from sync.connectors.shopify.connector import ShopifyConnector
from sync.model.facts import FactDraft, FactKind
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


def facts(pages: Iterable[Parsed], kind: FactKind | None = None) -> list[FactDraft]:
    return [fact for page in pages for fact in page.facts if kind in (None, fact.kind)]


class Heard:
    """A door that keeps what webhooks bring."""

    def __init__(self) -> None:
        self.url = ""
        self.inbound: list[Inbound] = []

    async def take(self, request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.inbound.append(Inbound(SYSTEM, "webhook", await request.read(), datetime.now(UTC), headers))
        return web.Response()

    def facts(self, connector: ShopifyConnector) -> list[FactDraft]:
        return facts([connector.parse(one) for one in self.inbound])
