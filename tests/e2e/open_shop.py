"""The sandbox's shop as it lives on a day: a week of sales behind it, its sources telling their numbers again and again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sandbox.shop.world import World
from tests.stage import Stage

RULES: dict[str, Any] = {
    "queues": {"warehouse": {"standup": "08:30"}},
    "systems": {"wms": {"source": {"fresh_for": "14 d"}}, "acme-dropship": {"source": {"fresh_for": "1 h"}}},
}
"""Laid over the sandbox's policy where hours are let pass: sources stay fresh meanwhile."""
STORMY = {"storms": {"above": 1}}
"""The shop is small: where two exceptions of one cause are a storm, it has one."""
EVERY = 2.0


class Shop(World):
    """The sandbox's shop with its week of sales, and the API budget of a large plan: nobody waits for points."""

    def _stock_storefronts(self) -> None:
        for shop in self.storefronts.values():
            shop.bucket.maximum, shop.bucket.restore_rate = 20_000.0, 1_000.0
        super()._stock_storefronts()


@asynccontextmanager
async def sources_tell(stage: Stage) -> AsyncIterator[None]:
    """The warehouse and the vendor go on telling their numbers, as in a shop that lives."""

    async def tell() -> None:
        while True:
            await asyncio.sleep(EVERY)
            stage.world.warehouse.write_file()
            stage.world.vendor.refresh()

    telling = asyncio.create_task(tell())
    try:
        yield
    finally:
        telling.cancel()
