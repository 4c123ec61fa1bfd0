"""Takes all pictures, or those of the chapters named: `python -m tests.e2e.gallery [chapter …]`."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

from bot.logs import configure_logs
from tests.e2e.browser import chromium
from tests.e2e.gallery.asked import asked
from tests.e2e.gallery.built import built
from tests.e2e.gallery.camera import Camera
from tests.e2e.gallery.classes import classes
from tests.e2e.gallery.index import write_index
from tests.e2e.gallery.life import life_of_one
from tests.e2e.gallery.told import told, undrawn
from tests.e2e.open_shop import RULES, STORMY, Shop, sources_tell
from tests.stage import Stage, open_stage, sandbox_policy

GALLERY = Path(__file__).parents[3] / "docs" / "gallery"
PLAYED: dict[str, Callable[[Camera, Stage], Awaitable[None]]] = {
    "life": life_of_one,
    "classes": classes,
    "asked": asked,
    "told": told,
    "undrawn": undrawn,
}


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
        async with sources_tell(stage):
            await PLAYED[name](camera, stage)
        await camera.leave()


if __name__ == "__main__":
    configure_logs(os.environ.get("COUNTERSIGN_LOG", "error"))
    asyncio.run(take(sys.argv[1:]))
