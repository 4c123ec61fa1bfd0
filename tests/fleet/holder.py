"""A process that holds a SKU's lock for ever, or asks the database again and again: `python -m tests.fleet.holder hold SKU`.

The database is in its environment. It prints ``held``, or for each question ``yes`` or ``no``.
"""

from __future__ import annotations

import asyncio
import os
import sys

from bot import event_loop
from storage.engine import open_store
from storage.store import DATABASE_ERRORS, SqlStore
from sync.model.ids import SkuId

ASKS_EVERY = 0.2


def say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


async def hold(store: SqlStore, sku: SkuId) -> None:
    """Take the lock as a slice does, and never go on."""
    async with store.unit_of_work() as uow:
        await uow.stock.lock([sku])
        say("held")
        await asyncio.Event().wait()


async def ask(store: SqlStore) -> None:
    """Ask until killed."""
    while True:
        try:
            await store.ping()
        except DATABASE_ERRORS:
            say("no")
        else:
            say("yes")
        await asyncio.sleep(ASKS_EVERY)


async def run(words: list[str]) -> None:
    """What the words say."""
    store = await open_store(os.environ["COUNTERSIGN_DATABASE_URL"], pool=1)
    await (hold(store, SkuId(words[1])) if words[0] == "hold" else ask(store))


if __name__ == "__main__":
    event_loop.run(run(sys.argv[1:]))
