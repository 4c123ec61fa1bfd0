"""What commands on the database begin with: the store of the settings, and the policy it holds."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.cli.run import environment
from bot.clock import WallClock
from bot.settings import Settings
from storage.engine import open_store
from storage.store import SqlStore
from sync.errors import BadInput
from sync.policy.reading import fill, read_policy
from sync.policy.schema import Policy
from sync.ports import Clock


@asynccontextmanager
async def opened_store(*, migrated: bool = True) -> AsyncIterator[tuple[SqlStore, Clock]]:
    """The database of the settings, with the clock of this machine; brought to this version's tables unless told not to."""
    clock = WallClock()
    store = await open_store(Settings().database_url, clock=clock)
    try:
        if migrated:
            await store.migrate()
        yield store, clock
    finally:
        await store.close()


async def policy_taken(store: SqlStore) -> Policy:
    """The policy in force in this database. Raises BadInput when none was ever taken."""
    known = await store.policy_taken()
    if known is None:
        raise BadInput(
            f"No policy was ever taken in {store.database}: is this the right database? `countersign run` takes one."
        )
    return read_policy(fill(known.text, environment())).model_copy(update={"version": known.version})
