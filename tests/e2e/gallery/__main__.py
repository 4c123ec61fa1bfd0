"""Takes all pictures, or those of the chapters named: `python -m tests.e2e.gallery [chapter …]`."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from bot.logs import configure_logs
from sandbox.shop.world import World
from tests.e2e.browser import chromium
from tests.e2e.gallery.asked import asked
from tests.e2e.gallery.built import built
from tests.e2e.gallery.camera import Camera
from tests.e2e.gallery.classes import classes
from tests.e2e.gallery.index import write_index
from tests.e2e.gallery.life import life_of_one
from tests.e2e.gallery.told import told, undrawn
from tests.stage import Stage, open_stage, sandbox_policy

GALLERY = Path(__file__).parents[3] / "docs" / "gallery"
PLAYED: dict[str, Callable[[Camera, Stage], Awaitable[None]]] = {
    "life": life_of_one,
    "classes": classes,
    "asked": asked,
    "told": told,
    "undrawn": undrawn,
}


class Shop(World):
    """The sandbox's shop with its week of sales, and the API budget of a large plan: nobody waits for points."""

    def _stock_storefronts(self) -> None:
        for shop in self.storefronts.values():
            shop.bucket.maximum, shop.bucket.restore_rate = 20_000.0, 1_000.0
        super()._stock_storefronts()


RULES: dict[str, Any] = {
    "queues": {"warehouse": {"standup": "08:30"}},
    "systems": {"wms": {"source": {"fresh_for": "14 d"}}, "acme-dropship": {"source": {"fresh_for": "1 h"}}},
}
"""Sources stay fresh while a picture needs hours to have passed."""
STORMY = {"storms": {"above": 1}}
"""The shop is small: where two exceptions of one cause are a storm, it has one."""


async def _files(stage: Stage) -> None:
    """The warehouse and the vendor go on telling their numbers, as in a shop that lives."""
    while True:
        await asyncio.sleep(2)
        stage.world.warehouse.write_file()
        stage.world.vendor.refresh()


async def take(chapters: list[str]) -> None:
    """Play each chapter on a stage of its own, and photograph it; the index is written when all are taken."""
    GALLERY.mkdir(exist_ok=True)
    async with chromium() as browser:
        camera = Camera(browser, GALLERY)
        for name in chapters or PLAYED:
            await _played(camera, name)
        if not chapters:
            await built(camera)
            write_index(GALLERY, camera.taken)
    print(f"{len(camera.taken)} pictures; look at {GALLERY / 'README.md'}")


async def _played(camera: Camera, name: str) -> None:
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        stage = await open_stage(
            stack, folder, policy=sandbox_policy(**RULES, **(STORMY if name == "told" else {})), shop=Shop
        )
        await camera.visit(stage.workspace)
        telling = asyncio.create_task(_files(stage))
        try:
            await PLAYED[name](camera, stage)
        finally:
            telling.cancel()
            await camera.leave()


if __name__ == "__main__":
    configure_logs(os.environ.get("COUNTERSIGN_LOG", "error"))
    asyncio.run(take(sys.argv[1:]))
