"""A client of the stand-in's Admin API, a webhook receiver on a real socket, and ids in their global form."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from sandbox.shopify import ShopifyStandIn

CONTRACTS = Path(__file__).parents[3] / ".." / "shared" / "contracts" / "shopify"


@dataclass
class Received:
    topic: str
    headers: dict[str, str]
    raw: bytes
    path: str

    @property
    def body(self) -> dict[str, Any]:
        return json.loads(self.raw)

    def signed_by(self, secret: str) -> bool:
        digest = hmac.digest(secret.encode(), self.raw, hashlib.sha256)
        return hmac.compare_digest(base64.b64encode(digest).decode(), self.headers["X-Shopify-Hmac-Sha256"])


@dataclass
class Receiver:
    """Keeps every webhook. ``answer`` decides the status; ``changed`` is set at each arrival."""

    url: str = ""
    received: list[Received] = field(default_factory=list)
    answer: Callable[[Received], Awaitable[int]] | None = None
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def take(self, request: web.Request) -> web.Response:
        one = Received(request.headers["X-Shopify-Topic"], dict(request.headers), await request.read(), request.path)
        self.received.append(one)
        self.changed.set()
        status = 200 if self.answer is None else await self.answer(one)
        return web.Response(status=status)

    def topics(self) -> list[str]:
        return [one.topic for one in self.received]

    def of(self, topic: str) -> list[Received]:
        return [one for one in self.received if one.topic == topic]

    async def until(self, count: int, within: float = 5.0) -> None:
        async with asyncio.timeout(within):
            while len(self.received) < count:
                self.changed.clear()
                await self.changed.wait()


@dataclass
class Admin:
    """A client of the Admin API with the shop's static token."""

    stand_in: ShopifyStandIn
    session: aiohttp.ClientSession

    async def raw(
        self, query: str, variables: dict[str, Any] | None = None, token: str | None = None
    ) -> tuple[int, str]:
        headers = {"X-Shopify-Access-Token": self.stand_in.access_token if token is None else token}
        payload = {"query": query, "variables": variables or {}}
        async with self.session.post(self.stand_in.admin_url, json=payload, headers=headers) as answer:
            return answer.status, await answer.text()

    async def __call__(self, query: str, /, **variables: Any) -> dict[str, Any]:
        status, text = await self.raw(query, variables)
        assert status == 200, text
        return json.loads(text)

    async def data(self, query: str, /, **variables: Any) -> dict[str, Any]:
        """The data of an answer that must have no top-level errors."""
        answer = await self(query, **variables)
        assert "errors" not in answer, answer["errors"]
        return answer["data"]


def item_gid(stand_in: ShopifyStandIn, sku: str) -> str:
    return f"gid://shopify/InventoryItem/{stand_in.variant(sku).item.id}"


def variant_gid(stand_in: ShopifyStandIn, sku: str) -> str:
    return f"gid://shopify/ProductVariant/{stand_in.variant(sku).id}"


def product_gid(stand_in: ShopifyStandIn, sku: str) -> str:
    return f"gid://shopify/Product/{stand_in.variant(sku).product.id}"


def location_gid(stand_in: ShopifyStandIn, name: str) -> str:
    return f"gid://shopify/Location/{stand_in.shop.location(name).id}"


def publication_gid(stand_in: ShopifyStandIn) -> str:
    return f"gid://shopify/Publication/{stand_in.online_store.id}"


SET_QUANTITIES = """
mutation SetQuantities($input: InventorySetQuantitiesInput!, $key: String!) {
  inventorySetQuantities(input: $input) @idempotent(key: $key) {
    inventoryAdjustmentGroup {
      id createdAt reason referenceDocumentUri
      changes { name delta quantityAfterChange item { id } location { id name } }
    }
    userErrors { code field message }
  }
}
"""


def set_input(
    stand_in: ShopifyStandIn, sku: str, location: str, quantity: int, seen: int | None, **more: Any
) -> dict[str, Any]:
    row = {
        "inventoryItemId": item_gid(stand_in, sku),
        "locationId": location_gid(stand_in, location),
        "quantity": quantity,
        "changeFromQuantity": seen,
    }
    return {"name": "available", "reason": "correction", "quantities": [row]} | more
