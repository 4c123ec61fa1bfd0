"""The events endpoint of one process over SQLite, with a client of the system ``wms``."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from events_client import WMS, Client
from events_in_sqlite import EventsShop, MovedClock, SqliteDoor


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
async def shop(tmp_path: Path, clock: MovedClock) -> AsyncIterator[EventsShop]:
    shop = EventsShop(SqliteDoor(tmp_path / "events.db", clock), clock)
    runner = await shop.start()
    yield shop
    shop.door.may_commit.set()
    await runner.cleanup()
    shop.door.db.close()


@pytest.fixture
async def client(shop: EventsShop) -> AsyncIterator[Client]:
    async with aiohttp.ClientSession() as session:
        yield Client(session, shop.url, shop.token(WMS))
