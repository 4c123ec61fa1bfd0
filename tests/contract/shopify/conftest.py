"""A shop with one warehouse, one store and a few products, and the connector that is connected to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import pytest
from aiohttp import web
from pydantic import SecretStr
from shopify_shop import SYSTEM, Heard, Shop

from sandbox.shopify import ShopifyStandIn, VariantSpec
from sync.connectors.shopify.connector import Account, ShopifyConnector


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    stand_in = ShopifyStandIn(shop_domain="demo.myshopify.com")
    reno = stand_in.add_location("Reno")
    soho = stand_in.add_location("Soho")
    stand_in.add_publication("Shop")
    stand_in.add_product("Kettle", [VariantSpec("KTL-17", stock={reno.id: 8, soho.id: 2})])
    stand_in.add_product("Mug", [VariantSpec("MUG-01", stock={reno.id: 40}), VariantSpec("MUG-02", stock={reno.id: 3})])
    await stand_in.start()
    yield Shop(stand_in, str(reno.id), str(soho.id))
    await stand_in.stop()


@pytest.fixture
async def connect(shop: Shop) -> AsyncIterator[Callable[..., ShopifyConnector]]:
    """Connect to the shop; ``credentials`` True asks for tokens, else the app's static one is used."""
    made: list[ShopifyConnector] = []

    def connected(*, credentials: bool = False, **options: float) -> ShopifyConnector:
        stand_in = shop.stand_in
        account = Account(
            domain=stand_in.domain,
            client_secrets=(SecretStr(stand_in.webhook_secret),),
            access_token=None if credentials else SecretStr(stand_in.access_token),
            client_id=stand_in.client_id if credentials else None,
            address=stand_in.base_url,
        )
        made.append(ShopifyConnector(SYSTEM, "Shopify US", account, loopback=True, **options))  # type: ignore[arg-type]
        return made[-1]

    yield connected
    for connector in made:
        await connector.close()


@pytest.fixture
def connector(connect: Callable[..., ShopifyConnector]) -> ShopifyConnector:
    return connect()


@pytest.fixture
async def heard() -> AsyncIterator[Heard]:
    door = Heard()
    app = web.Application()
    app.add_routes([web.post("/hooks/shopify-us", door.take)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    door.url = f"http://{host}:{port}/hooks/shopify-us"
    yield door
    await runner.cleanup()
