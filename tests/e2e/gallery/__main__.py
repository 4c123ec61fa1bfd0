"""Takes all pictures, or those of the chapters named: `python -m tests.e2e.gallery [chapter …]`."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

from tests.e2e.browser import chromium
from tests.e2e.gallery.asked import asked
from tests.e2e.gallery.camera import Camera
from tests.e2e.gallery.classes import classes
from tests.e2e.gallery.life import life_of_one
from tests.e2e.gallery.told import told
from sandbox.shop.world import World
from tests.stage import Stage, open_stage, sandbox_policy

GALLERY = Path(__file__).parents[3] / "docs" / "gallery"
PLAYED: dict[str, Callable[[Camera, Stage], Awaitable[None]]] = {
    "life": life_of_one,
    "classes": classes,
    "asked": asked,
    "told": told,
}


class Shop(World):
    """The sandbox's shop with its week of sales, and the API budget of a large plan: nobody waits for points."""

    def _stock_storefronts(self) -> None:
        for shop in self.storefronts.values():
            shop.bucket.maximum, shop.bucket.restore_rate = 20_000.0, 1_000.0
        super()._stock_storefronts()


POLICY = sandbox_policy(
    storms={"above": 3},
    queues={"warehouse": {"standup": "08:00"}},
    systems={"wms": {"source": {"fresh_for": "14 d"}}, "acme-dropship": {"source": {"fresh_for": "1 h"}}},
)
"""Few products make a storm here; sources stay fresh while a picture needs hours to have passed."""


async def _files(stage: Stage) -> None:
    """The warehouse and the vendor go on telling their numbers, as in a shop that lives."""
    while True:
        await asyncio.sleep(2)
        stage.world.warehouse.write_file()
        stage.world.vendor.refresh()


async def take(chapters: list[str]) -> None:
    """Play each chapter on a stage of its own, and photograph it."""
    GALLERY.mkdir(exist_ok=True)
    async with chromium() as browser:
        camera = Camera(browser, GALLERY)
        for name in chapters:
            async with AsyncExitStack() as stack:
                folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
                stage = await open_stage(stack, folder, policy=POLICY, shop=Shop)
                telling = asyncio.create_task(_files(stage))
                await camera.visit(stage.workspace)
                try:
                    await PLAYED[name](camera, stage)
                finally:
                    telling.cancel()
                await camera.leave()
            print(f"{name}: {len(camera.taken)} pictures")


if __name__ == "__main__":
    asyncio.run(take(sys.argv[1:] or list(PLAYED)))
