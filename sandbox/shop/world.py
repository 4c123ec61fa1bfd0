"""A small shop: two storefronts, one warehouse, one vendor. It sells, ships, returns, receives and counts by itself."""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog

from sandbox.shop.goods import GOODS
from sandbox.shop.sources import Vendor, Warehouse
from sandbox.shopify.catalog import VariantSpec
from sandbox.shopify.shop import ShopRefused
from sandbox.shopify.stand_in import ShopifyStandIn
from sandbox.shopify.state import Order

DAYS = 7
"""Days of sales before the shop opens."""

_log = structlog.get_logger(__name__)


def wall_clock() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


class World:
    """Everything outside the product. ``storefronts`` by the name that policy gives them."""

    def __init__(self, folder: Path, *, clock: Callable[[], datetime] = wall_clock, seed: int = 7) -> None:
        self.clock = clock
        self._random = random.Random(seed)
        self.warehouse = Warehouse(folder / "wms", {good.sku: good.reno for good in GOODS if good.reno}, clock)
        self.vendor = Vendor({good.sku: good.acme for good in GOODS if good.acme}, clock)
        self.storefronts = {
            "shopify-us": ShopifyStandIn("harbour-us.myshopify.com", clock=clock, seed=seed),
            "shopify-eu": ShopifyStandIn("harbour-eu.myshopify.com", clock=clock, seed=seed + 1),
        }
        self._open: deque[tuple[datetime, str, Order]] = deque()
        self._shipped: deque[tuple[str, Order]] = deque(maxlen=40)
        self._tasks: list[asyncio.Task[None]] = []
        self.diary: deque[tuple[datetime, str]] = deque(maxlen=60)
        self.places: dict[str, int] = {}
        self._stock_storefronts()

    def _stock_storefronts(self) -> None:
        for name, shop in self.storefronts.items():
            place = shop.add_location("Reno warehouse")
            self.places[name] = place.id
            for good in GOODS:
                sold = good.week if good.reno else 0
                stock: dict[str | int, int] = {place.id: good.reno + sold}
                spec = VariantSpec(good.sku, price=good.price, cost=good.cost, barcode=good.barcode, stock=stock)
                shop.add_product(good.title, [spec], at=self.clock() - timedelta(days=DAYS + 1))
                self._last_week(shop, good.sku, sold)

    def _last_week(self, shop: ShopifyStandIn, sku: str, sold: int) -> None:
        """A week of orders that were shipped long ago: they hold no stock, they tell how fast it sells."""
        for number in range(sold):
            placed = self.clock() - timedelta(days=DAYS) + timedelta(days=DAYS - 1) * number / max(1, sold)
            order = shop.checkout([(sku, 1)], at=placed)
            shop.fulfil(order, at=placed + timedelta(hours=5))

    def environment(self) -> dict[str, str]:
        """What the policy's ``${…}`` and the connectors' secrets are filled from. Made at run time, never stored."""
        variables = {"WMS_FOLDER": str(self.warehouse.folder), "ACME_URL": self.vendor.url}
        for name, shop in self.storefronts.items():
            prefix = name.upper().replace("-", "_")
            variables |= {
                f"{prefix}_SHOP": shop.domain,
                f"{prefix}_URL": shop.base_url,
                f"{prefix}_TOKEN": shop.access_token,
                f"{prefix}_SECRET": shop.webhook_secret,
                f"{prefix}_RENO": str(self.places[name]),
            }
        return variables

    async def start(self) -> None:
        """Open the doors: storefronts and the vendor listen, the first stock file is dropped."""
        for shop in self.storefronts.values():
            await shop.start()
        await self.vendor.start()
        self.warehouse.write_file()

    def live(self, *, sells_every: float = 4.0, files_every: float = 3.0) -> None:
        """From now on life goes on by itself, until ``stop``."""
        self._tasks = [
            asyncio.create_task(self._again(sells_every, self.customer_comes)),
            asyncio.create_task(self._again(sells_every * 1.5, self.warehouse_works)),
            asyncio.create_task(self._again(files_every, self._files)),
            asyncio.create_task(self._again(sells_every * 15, self.truck_comes)),
            asyncio.create_task(self._again(sells_every * 9, self.parcel_returns)),
        ]

    async def stop(self) -> None:
        """Stop living, then listening."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for shop in self.storefronts.values():
            await shop.stop()
        await self.vendor.stop()

    async def _again(self, every: float, happening: Callable[[], None]) -> None:
        while True:
            await asyncio.sleep(every * self._random.uniform(0.6, 1.4))
            happening()

    def note(self, text: str) -> None:
        """A line in the shop's diary, newest last."""
        self.diary.append((self.clock(), text))
        _log.info("shop", happened=text)

    # -- what happens in a shop ----------------------------------------------------------------------------------------

    def customer_comes(self) -> None:
        """Somebody buys one or two of something, if the storefront offers it."""
        name = self._random.choice(list(self.storefronts))
        good = self._random.choices(GOODS, weights=[good.popularity for good in GOODS])[0]
        self.buy(name, good.sku, self._random.choice((1, 1, 1, 2)))

    def buy(self, storefront: str, sku: str, units: int, *, race: bool = False) -> bool:
        """One checkout. False when the storefront would not sell."""
        try:
            order = self.storefronts[storefront].checkout([(sku, units)], race=race)
        except ShopRefused:
            return False
        self._open.append((self.clock(), storefront, order))
        self.note(f"{storefront}: order {order.name}, {units} × {sku}")
        return True

    def warehouse_works(self) -> None:
        """The oldest orders are picked and shipped, as far as there is stock on the shelf."""
        for _ in range(min(2, len(self._open))):
            placed, storefront, order = self._open[0]
            if self.clock() - placed < timedelta(seconds=5):
                return
            self._open.popleft()
            self._ship(storefront, order)

    def _ship(self, storefront: str, order: Order) -> None:
        for line in order.lines:
            sku = line.sku or ""
            if self.warehouse.shelves.get(sku, 0) < line.quantity:
                self._open.append((self.clock(), storefront, order))
                return
        for line in order.lines:
            self.warehouse.ship(line.sku or "", line.quantity)
        self.storefronts[storefront].fulfil(order)
        self._shipped.append((storefront, order))
        self.note(f"{storefront}: order {order.name} shipped")

    def truck_comes(self) -> None:
        """What runs low is received."""
        low = [good for good in GOODS if good.reno and self.warehouse.shelves.get(good.sku, 0) < good.reno // 2]
        if low:
            good = self._random.choice(low)
            self.warehouse.receive(good.sku, good.reno // 2 + 1)
            self.note(f"Reno received {good.reno // 2 + 1} × {good.sku}")

    def parcel_returns(self) -> None:
        """A customer sends one back; the shop takes it in at Reno."""
        if not self._shipped:
            return
        storefront, order = self._shipped.popleft()
        line = order.lines[0]
        place = self.places[storefront]
        self.storefronts[storefront].refund(order, [(line.id, 1)], restock_type="return", location=place)
        self.warehouse.receive(line.sku or "", 1)
        self.note(f"{storefront}: 1 × {line.sku} of {order.name} came back")

    def _files(self) -> None:
        self.warehouse.write_file()
        self.vendor.refresh()
