"""A feed of thousands dies, and two people pause everything that it left on sale."""

from __future__ import annotations

import asyncio
import resource
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from bench.storm.run import skus
from bench.storm.world import ACME, FRESH_FOR, SHOP, ForwardClock, World, world_on
from storage.engine import open_store
from sync.bulk.bulk import Asked, Deed
from sync.bulk.carrying import Carrier
from sync.bulk.service import BulkActs, Chosen
from sync.connectors.base import Abilities
from sync.inbox.acts import Actor
from sync.model.ids import StormId, UserId

ABILITIES = {SHOP: Abilities(publishes=True, pause=True, reads_back=True)}
DANA, KIM = (Actor(UserId(f"U0{name}"), name.title(), "T0") for name in ("DANA", "KIM"))
MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Acted:
    """What it came to. Seconds to read what it would do, to take it, and to carry it out; the longest that nothing else of the
    process ran; mebibytes that memory grew at most; Slack messages wanted; how many were done."""

    database: str
    exceptions: int
    looked: float
    sent: float
    carried: float
    longest: float
    grown: float
    messages: int
    done: int

    @property
    def faults(self) -> list[str]:
        """What missed its goal."""
        checks = {
            f"{self.done:,} of {self.exceptions:,} done": self.done != self.exceptions,
            f"taken after {self.sent:.1f} s, goal 1 s": self.sent > 1,
            f"{self.messages} messages, goal 8": self.messages > 8,
            f"memory grew by {self.grown:.0f} MiB, goal 64": self.grown > 64,
        }
        return [text for text, wrong in checks.items() if wrong]


@dataclass(slots=True)
class Watched:
    """What a watcher of the process saw."""

    longest: float = 0.0
    most: float = 0.0


@asynccontextmanager
async def watched() -> AsyncIterator[Watched]:
    """Look at memory, and at how long nobody else had a turn, again and again."""
    seen = Watched(most=_memory())

    async def watch() -> None:
        while True:
            began = time.perf_counter()
            await asyncio.sleep(0.01)
            seen.longest = max(seen.longest, time.perf_counter() - began)
            seen.most = max(seen.most, _memory())

    task = asyncio.create_task(watch())
    try:
        yield seen
    finally:
        task.cancel()


def _memory() -> float:
    """Mebibytes of this process in memory now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / MEBIBYTE


async def act(name: str, url: str, count: int) -> Acted:
    """Pause a storm of ``count`` members on the database behind ``url`` (empty)."""
    clock = ForwardClock()
    store = await open_store(url, clock=clock)
    await store.migrate()
    world = world_on(store, clock, "guard")
    acts = BulkActs(store, world.policy, clock, ABILITIES)
    carrier = Carrier(store, world.policy, clock, ABILITIES)
    await _stormed(world, count)
    before = _memory()
    async with watched() as seen:
        began = time.perf_counter()
        storm = StormId(1)
        chosen = Chosen(tuple(await acts.members(storm, None)), "all", storm)
        bulk = await acts.freeze(DANA, Asked(Deed.PAUSE, "the feed is dead", "count"), chosen)
        looked = time.perf_counter()
        await acts.send(DANA, bulk.id)
        sent = time.perf_counter()
        if bulk.second:
            await acts.decide(KIM, bulk.id, True, "")
        carrying = time.perf_counter()
        await carrier.run_due()
        ended = time.perf_counter()
    async with store.reading() as uow:
        now = await uow.bulks.get(bulk.id)
        posts = await uow.posts.due(clock.now(), count, share=count)
    await store.close()
    done = now.done if now is not None else 0
    return Acted(
        database=name,
        exceptions=count,
        looked=looked - began,
        sent=sent - looked,
        carried=ended - carrying,
        longest=seen.longest,
        grown=seen.most - before,
        messages=len(posts),
        done=done,
    )


async def _stormed(world: World, count: int) -> None:
    """A vendor's feed is dead: nothing of what the shop still shows can be sold."""
    vendors = skus("ACM", count)
    await world.stock(vendors, ACME)
    await world.settled()
    world.clock.forward(FRESH_FOR + timedelta(minutes=1))
    await world.settled()
