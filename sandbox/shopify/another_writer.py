"""Another tool that owns the stock: it writes its own numbers back, whatever anybody else wrote."""

from __future__ import annotations

import asyncio

from sandbox.shopify import inventory
from sandbox.shopify.shop import Shop


class AnotherWriter:
    """Remembers numbers per SKU and location, and resets the shop to them by its own interval or on demand."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.targets: dict[tuple[str | int, str | int], int] = {}
        self.writes = 0
        self._task: asyncio.Task[None] | None = None

    def wants(self, sku: str | int, location: str | int, available: int) -> None:
        """From now on this is the number it believes in."""
        self.targets[sku, location] = available

    def write_now(self) -> int:
        """Reset every number that differs; how many did."""
        changed = 0
        moment = self.shop.moment()
        for (sku, location), available in self.targets.items():
            level = self.shop.level(sku, location)
            if level.available != available:
                inventory.set_by_hand(self.shop, level, available, moment)
                changed += 1
        self.writes += changed
        return changed

    def start(self, every: float) -> None:
        """Write each ``every`` seconds until ``stop``."""
        self.stop()
        self._task = asyncio.get_running_loop().create_task(self._run(every))

    def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            self._task = None

    async def _run(self, every: float) -> None:
        while True:
            await asyncio.sleep(every)
            self.write_now()
