"""``python -m tests.bulk.killed_carrier URL INSTANT``: carries out, and is killed before the third slice is committed."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from datetime import datetime

from storage.engine import open_store
from sync.bulk.bulk import Bulk
from sync.bulk.carrying import Carrier
from sync.policy.holder import PolicyInForce
from sync.ports import UnitOfWork
from tests.bulk.bulk_world import ABILITIES, FEW, bulk_rules
from tests.databases import MovableClock


class Doomed(Carrier):
    """Does two slices, and dies in the third."""

    slices = 0

    async def _came_on(self, uow: UnitOfWork, bulk: Bulk) -> None:
        await super()._came_on(uow, bulk)
        self.slices += 1
        if self.slices == 3:
            os.kill(os.getpid(), signal.SIGKILL)


async def main(url: str, instant: str) -> None:
    """Until killed."""
    clock = MovableClock(datetime.fromisoformat(instant))
    store = await open_store(url, clock=clock)
    carrier = Doomed(store, PolicyInForce(bulk_rules(**FEW)), clock, ABILITIES)
    while await carrier.run_slice(3) is not None:
        pass


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
