"""``python -m bench.drain``: updates of one channel that wait all at once, sent and read back through the lane.

Beside it, in the same run and against the same stand-in: the connector's bare writes and read-backs one after the other, with
nothing recorded. The stand-in's own rate limit is out of the way in both. Exit code 1 when a number did not arrive.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass

import aiohttp
import click

from bench.databases import postgres, sqlite
from bench.kept import keep
from bench.replay.outside import Account
from bench.replay.rules import PLACE, RETAIL, STORE, WMS, policy_text
from bench.replay.run import ReplayClock, product_on, until
from bot import event_loop
from bot.logs import configure_logs
from bot.wiring import Product
from sandbox.shopify.catalog import VariantSpec
from sandbox.shopify.stand_in import ShopifyStandIn
from sandbox.shopify.throttle import Bucket
from sync.connectors.base import ListingRef, SetQuantity
from sync.model.ids import ListingId, SkuId, SystemId

OPENING, LOWERED, WRITTEN = 50, 30, 40
AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Drained:
    """Updates per second of the lane (decided, sent, read back, settled durably) and of bare writes with a read-back each."""

    database: str
    updates: int
    floor_per_second: float
    lane_per_second: float
    missing: int

    @property
    def ratio(self) -> float:
        """The lane against the floor."""
        return self.lane_per_second / self.floor_per_second


def rules(shop: Account) -> str:
    """The replay's policy, but that quantities are published."""
    text = policy_text(shop.domain, shop.url, shop.place)
    return text.replace("mode: guard", "mode: full").replace(f"[{STORE}] }}", f"[{STORE}], publish_to: {STORE} }}")


@asynccontextmanager
async def shop_of(skus: Sequence[str]) -> AsyncIterator[ShopifyStandIn]:
    """A shop that sells these, without a limit that would be felt."""
    shop = ShopifyStandIn("retail.myshopify.com", currency="GBP", bucket=Bucket(maximum=10**9, restore_rate=10**9))
    place = shop.add_location("Store")
    for sku in skus:
        shop.add_product(f"Thing {sku}", [VariantSpec(sku, stock={place.id: OPENING})])
    await shop.start()
    try:
        yield shop
    finally:
        await shop.stop()


async def counted(url: str, token: str, skus: Sequence[str], units: int) -> None:
    """The warehouse counts everything anew."""
    async with aiohttp.ClientSession() as session:
        for first in range(0, len(skus), AT_ONCE):
            key = secrets.token_hex(8)
            events = [
                {"type": "stock.counted", "id": f"{key}:{sku}", "sku": sku, "location": PLACE, "on_hand": units}
                | {"occurred_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}
                for sku in skus[first : first + AT_ONCE]
            ]
            headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": key}
            async with session.post(f"{url}/api/v1/events", json={"events": events}, headers=headers) as answer:
                answer.raise_for_status()


async def measure(name: str, url: str, updates: int) -> Drained:
    """One run on an empty database. Raises TimeoutError when it is stuck."""
    skus = [f"SKU-{nth:05}" for nth in range(updates)]
    async with shop_of(skus) as shop:
        place = next(iter(shop.shop.locations.values()))
        account = Account(shop.domain, shop.base_url, shop.webhook_secret, shop.access_token, place.id)
        token = secrets.token_urlsafe(24)
        product = await product_on(url, account, ReplayClock(), token, rules(account))
        try:
            await product.start()

            async def read() -> bool:
                return not await product.unread()

            await until(read, "reading the shop")
            await counted(product.web_url, token, skus, OPENING)
            await until(lambda: _idle(product), "the opening counts")
            began = time.perf_counter()
            await counted(product.web_url, token, skus, LOWERED)

            async def lowered() -> bool:
                return all(shop.level(sku, place.id).available == LOWERED for sku in skus)

            await until(lowered, "draining")
            await until(lambda: _idle(product), "settling")
            lane = time.perf_counter() - began
            missing = sum(shop.level(sku, place.id).available != LOWERED for sku in skus)
            bare = await _bare(product, skus, str(place.id))
        finally:
            await product.stop()
    return Drained(name, updates, updates / bare, updates / lane, missing)


async def _idle(product: Product) -> bool:
    async with product.store.reading() as uow:
        return not (await uow.views.totals())["due"] and not await uow.outbox.due_lanes(product.clock.now())


async def _bare(product: Product, skus: Sequence[str], place: str) -> float:
    """Seconds of writing and reading back, one after the other. The product is idle: nobody else writes."""
    system = SystemId(RETAIL)
    connector = product.connectors[system]
    async with product.store.reading() as uow:
        wholes = await uow.stock.load([SkuId(sku) for sku in skus], product.clock.now())
    listings = {sku: whole.state.listings[0] for sku, whole in wholes.items()}
    began = time.perf_counter()
    for sku in skus:
        ref = ListingRef(SkuId(sku), listings[SkuId(sku)].external)
        answer = await connector.set_quantity(SetQuantity(ref, place, WRITTEN, secrets.token_hex(16), LOWERED))
        if not answer.done:
            raise RuntimeError(f"{ListingId(sku)}: {answer.text}")
        await connector.read_back(ref, [place])
    return time.perf_counter() - began


@click.command()
@click.option("--updates", type=click.IntRange(min=10), default=500, show_default=True)
def main(updates: int) -> None:
    """Measure how fast a lane empties."""
    configure_logs("error")

    async def run_all() -> list[Drained]:
        runs = []
        for name, database in (("SQLite", sqlite), ("PostgreSQL", postgres)):
            async with database() as url:
                runs.append(await measure(name, url, updates))
        return runs

    runs = event_loop.run(run_all())
    click.echo(f"{'':<12}{'bare/s':>8}{'lane/s':>8}{'ratio':>7}{'missing':>9}")
    for one in runs:
        click.echo(
            f"{one.database:<12}{one.floor_per_second:>8.0f}{one.lane_per_second:>8.0f}{one.ratio:>7.2f}{one.missing:>9}"
        )
    keep("drain", {"runs": [asdict(one) | {"ratio": one.ratio} for one in runs], "source": WMS})
    raise SystemExit(1 if any(one.missing for one in runs) else 0)


if __name__ == "__main__":
    main()
