"""A process that reads one feed once, slowly enough to be killed meanwhile: ``python -m tests.landing.member URL FOLDER``."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from storage.engine import open_store
from sync.landing import lander
from tests.databases import MovableClock
from tests.landing.feed_shop import BEGAN, FeedShop, feed_rules


async def main(url: str, folder: Path) -> None:
    """Read what lies in the folders."""
    lander.SLICE = 50
    clock = MovableClock(BEGAN)
    shop = FeedShop(await open_store(url, clock=clock), folder, feed_rules(folder), clock, large=0, holder="killed")
    await shop.reader.poll_feeds()
    await shop.store.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
