"""A running shop, a client of its Admin API, and a webhook receiver."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web
from shopify_client import Admin, Receiver

from sandbox.shopify import ShopifyStandIn, VariantSpec


@pytest.fixture
async def shop() -> AsyncIterator[ShopifyStandIn]:
    """Two locations; MUG-1 (12 in Main, 3 in East), CAP-1 (5 in Main), GIFT not tracked."""
    stand_in = ShopifyStandIn("demo.myshopify.com", time_scale=0.00002, total_lag=0.0)
    stand_in.add_location("Main")
    stand_in.add_location("East")
    stand_in.add_product("Blue mug", [VariantSpec("MUG-1", barcode="4006381333931", stock={"Main": 12, "East": 3})])
    stand_in.add_product("Red cap", [VariantSpec("CAP-1", title="L", stock={"Main": 5})])
    stand_in.add_product("Gift card", [VariantSpec("GIFT", tracked=False, stock={"Main": 0})])
    await stand_in.start()
    yield stand_in
    await stand_in.stop()


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as one:
        yield one


@pytest.fixture
def admin(shop: ShopifyStandIn, session: aiohttp.ClientSession) -> Admin:
    return Admin(shop, session)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    one = Receiver()
    app = web.Application()
    app.router.add_post("/{tail:.*}", one.take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    one.url = f"http://127.0.0.1:{runner.addresses[0][1]}/webhooks"
    yield one
    await runner.cleanup()
