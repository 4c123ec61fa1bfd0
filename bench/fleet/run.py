"""One measured run of so many processes on one PostgreSQL, held against the recount: from the webhook on, or workers alone."""

from __future__ import annotations

import asyncio
import os
import secrets
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select

from bench.databases import copy_of, postgres
from bench.fleet.members import Fleet, fleet
from bench.fleet.sink import Request, send_on, sink
from bench.fleet.spent import Meter, Spent, postmaster
from bench.hosts import Hosts, hosts
from bench.replay.compare import differences
from bench.replay.lines import OrderLines
from bench.replay.outside import Account, Door, Mix, Outside, outside
from bench.replay.recount import recount
from bench.replay.rules import RETAIL
from bench.replay.run import ReplayClock, product_on, until
from bench.replay.story import Story, story_of
from bot.wiring import Product
from storage.replaying import replay_problems
from storage.store import SqlStore
from storage.tables.facts import fresh
from storage.tables.stock import due
from sync.model.ids import SkuId

RECORDED_WITHIN = timedelta(hours=1)
"""The workers' clocks stand so much later than the door's did at first: what it recorded last is due for them from the start."""

LOOK_AGAIN = 0.1
"""Seconds between two looks at whether a backlog is decided: rare, so that looking costs the server nothing."""


@dataclass(frozen=True, slots=True)
class Ran:
    """What a run came to: webhooks or waiting facts (``items``), seconds from the first to nothing due, who spent how much
    processor time meanwhile, and how much differs from the recount or from what the facts come to."""

    processes: int
    items: int
    seconds: float
    spent: Spent
    differing: int

    @property
    def per_second(self) -> float:
        """Items per second, all processes together."""
        return self.items / self.seconds

    @property
    def ceiling(self) -> float:
        """Items per second if all cores worked at nothing else and without a pause."""
        return (os.cpu_count() or 1) * self.items / self.spent.ours


@dataclass(frozen=True, slots=True)
class _Shop:
    """What happens outside."""

    story: Story
    others: Outside
    token: str

    @property
    def ends_at(self) -> datetime:
        return self.story.ended_at + timedelta(hours=1)

    @property
    def account(self) -> Account:
        return self.others.account


@asynccontextmanager
async def _shop(given: OrderLines) -> AsyncIterator[_Shop]:
    story = story_of(given.lines, starts_on=datetime.now(UTC) + timedelta(days=1))
    async with outside(story, Mix()) as others:
        yield _Shop(story, others, secrets.token_urlsafe(24))


@asynccontextmanager
async def _onlooker(shop: _Shop, url: str) -> AsyncIterator[Product]:
    """A product that is never started: it only reads what the fleet wrote, by the same rules."""
    clock = ReplayClock()
    product = await product_on(url, shop.account, clock, shop.token)
    clock.forward_to(shop.ends_at)
    try:
        yield product
    finally:
        await product.stop()


async def measure(processes: int, given: OrderLines, *, apart: bool = False) -> Ran:
    """Replay the lines through so many processes on a fresh database, from the webhook on. ``apart``: each in a network
    namespace of its own, which reaches the database over the network. Raises TimeoutError when a phase is stuck."""
    if not apart:
        async with postgres() as url:
            return await _measure(processes, given, url, None)
    async with hosts(processes) as made, postgres(listens=made.here) as url:
        return await _measure(processes, given, url, made)


async def _measure(processes: int, given: OrderLines, url: str, made: Hosts | None) -> Ran:
    async with _shop(given) as shop, _onlooker(shop, url) as onlooker:
        async with fleet(processes, url, shop.account, shop.token, made) as members:
            kept = await _opened(shop, onlooker.store, members)
            meter, began = Meter(members.pids, await postmaster(url)), time.perf_counter()
            await send_on(kept, members.urls)
            await until(lambda: _nothing_due(onlooker.store), "deciding")
            seconds, spent = time.perf_counter() - began, meter.spent()
        return Ran(processes, len(kept), seconds, spent, await _differing(shop, onlooker, given))


async def measure_backlog(sizes: Sequence[int], given: OrderLines) -> list[Ran]:
    """Record the lines through a door that decides nothing, then let so many workers decide them, each number on a copy of that
    database: from the moment they begin to nothing due. Raises TimeoutError when a phase is stuck."""
    async with postgres() as url, _shop(given) as shop:
        async with _onlooker(shop, url) as onlooker:
            async with fleet(1, url, shop.account, shop.token) as whole:
                kept = await _opened(shop, onlooker.store, whole)
            async with fleet(1, url, shop.account, shop.token, roles=("web",)) as door:
                await door.forward_to(shop.ends_at)
                await send_on(kept, door.urls)
        return [await _decided(size, shop, url, given) for size in sizes]


async def _decided(processes: int, shop: _Shop, url: str, given: OrderLines) -> Ran:
    """The backlog of a database, decided on a copy of it."""
    async with copy_of(url) as copied, _onlooker(shop, copied) as onlooker:
        store = onlooker.store
        async with store.reading() as uow:
            waiting = int((await uow.link.execute(select(func.count()).select_from(fresh))).scalar_one())
        async with fleet(processes, copied, shop.account, shop.token, roles=("worker",), waiting=True) as workers:
            meter, began = Meter(workers.pids, await postmaster(copied)), time.perf_counter()
            await workers.forward_to(shop.ends_at + RECORDED_WITHIN)
            while await _marked(store):  # noqa: ASYNC110 - what is waited for lies in the database
                await asyncio.sleep(LOOK_AGAIN)
            seconds, spent = time.perf_counter() - began, meter.spent()
        return Ran(processes, waiting, seconds, spent, await _differing(shop, onlooker, given))


async def _opened(shop: _Shop, store: SqlStore, members: Fleet) -> list[Request]:
    """The shop is read, its opening counts are decided; then everything that happens in it, to be sent on."""
    await until(lambda: _known(store, shop.story), "reading the shop")
    await members.forward_to(shop.ends_at)
    door = Door(members.urls[0], f"/hooks/{RETAIL}", shop.token)
    await shop.others.open(door)
    await until(lambda: _nothing_due(store), "deciding")
    async with sink() as kept:
        await shop.others.play(replace(door, url=kept.url))
    return kept.kept


async def _differing(shop: _Shop, onlooker: Product, given: OrderLines) -> int:
    """SKUs that are not what the recount says, and those that are not what their facts come to in the order of their times."""
    found = await differences(onlooker, shop.story, recount(given.lines))
    return len(found) + len(await replay_problems(onlooker.store, onlooker.policy.current, shop.ends_at))


async def _nothing_due(store: SqlStore) -> bool:
    async with store.reading() as uow:
        return not (await uow.views.totals())["due"]


async def _marked(store: SqlStore) -> bool:
    async with store.reading() as uow:
        return (await uow.link.execute(select(due.c.id).limit(1))).first() is not None


async def _known(store: SqlStore, story: Story) -> bool:
    skus = [SkuId(good.sku) for good in story.goods]
    async with store.reading() as uow:
        return len(await uow.catalogue.skus(skus)) == len(skus) and not (await uow.views.totals())["due"]
