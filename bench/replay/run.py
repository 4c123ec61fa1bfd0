"""One measured replay on one database: the whole product, driven over HTTP, then held against the recount."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import aiohttp

from bench.replay.compare import Difference, differences
from bench.replay.lines import OrderLines
from bench.replay.recount import recount
from bench.replay.rules import RETAIL, WMS, policy_text
from bench.replay.shop import RetailShop
from bench.replay.story import Adjustment, Return, Sale, Story, story_of
from bench.replay.warehouse import Warehouse
from bot.settings import Settings
from bot.wiring import Product, build_product
from sync.connectors.registry import variable
from sync.model.ids import SystemId

PATIENCE = 600.0
"""Seconds that a phase of the replay may take before it counts as stuck."""

LOOK_AGAIN = 0.02
"""Seconds between two looks at whether a phase is over."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What a replay came to. Counts are of this run; times are seconds by the machine's clock.

    ``sent``: HTTP requests of the shop, second sendings and retries included; ``twice`` and ``overtaken``: deliveries the shop
    sent again or late on purpose. ``deliveries``, ``repeats``: what the product counts as new and as repeats of
    one; ``facts`` are distinct, ``again`` are facts told again under another delivery. ``receiving``: from the first webhook
    to the last answer. ``deciding``: from then until nothing was due.
    """

    database: str
    skus: int
    sent: int
    retried: int
    twice: int
    overtaken: int
    events: int
    deliveries: int
    repeats: int
    facts: int
    again: int
    conflicts: int
    kept: int
    opened: Mapping[str, int]
    cleared: Mapping[str, int]
    receiving: float
    deciding: float
    differences: tuple[Difference, ...]

    @property
    def per_second(self) -> float:
        """Webhooks answered durably per second, deciding included."""
        return self.sent / (self.receiving + self.deciding)


class ReplayClock:
    """The wall clock, put forward once: the product hears a year of orders in minutes and looks back at it from its end."""

    def __init__(self) -> None:
        self._ahead = timedelta(0)

    def now(self) -> datetime:
        """The present instant of the replay, UTC."""
        return datetime.now(UTC) + self._ahead

    def forward_to(self, instant: datetime) -> None:
        """Let it be this instant now."""
        self._ahead = instant - datetime.now(UTC)


async def replay(name: str, url: str, given: OrderLines, *, duplicate: float, reorder: float) -> Measured:
    """Replay ``given`` through a product on the database behind ``url`` (empty). ``name`` is shown in the report.

    ``duplicate`` and ``reorder`` are shares of webhooks, 0 to 1. Raises TimeoutError when a phase is stuck.
    """
    story = story_of(given.lines, starts_on=datetime.now(UTC) + timedelta(days=1))
    async with AsyncExitStack() as stack:
        shop = RetailShop(story, duplicate=duplicate, reorder=reorder)
        await shop.stand_in.start()
        stack.push_async_callback(shop.stand_in.stop)
        clock, token = ReplayClock(), secrets.token_urlsafe(24)
        product = await _product(url, shop, clock, token)
        await product.start()
        stack.push_async_callback(product.stop)
        await _until(partial(_caught_up, product), "reading the shop")
        clock.forward_to(story.ended_at + timedelta(hours=1))
        session = await stack.enter_async_context(aiohttp.ClientSession())
        warehouse = Warehouse(session, product.web_url, token, duplicate=duplicate)
        await warehouse.open_with(story)
        await _decided(product)
        before, began, since = await _totals(product), time.perf_counter(), clock.now()
        shop.subscribe(f"{product.web_url}/hooks/{RETAIL}")
        await _play(story, shop, warehouse)
        received = time.perf_counter()
        await _decided(product)
        ended = time.perf_counter()
        return await _measured(
            name, product, shop, warehouse, story, before, since, received - began, ended - received,
            tuple(await differences(product, story, recount(given.lines))),
        )  # fmt: skip


async def _product(url: str, shop: RetailShop, clock: ReplayClock, token: str) -> Product:
    settings = Settings(
        _env_file=None,  # type: ignore[call-arg]  # a measurement reads nobody's .env
        database_url=url,
        policy_file=Path("the replay's policy"),
        web_host="127.0.0.1",
        web_port=0,
        health_port=0,
    )
    environment = {
        variable(SystemId(RETAIL), "SECRET"): shop.stand_in.webhook_secret,
        variable(SystemId(RETAIL), "TOKEN"): shop.stand_in.access_token,
        variable(SystemId(WMS), "TOKEN"): token,
    }
    text = policy_text(shop.stand_in.domain, shop.stand_in.base_url, shop.place.id)
    return await build_product(settings, text, environment, clock=clock, author="the replay", loopback=True)


async def _play(story: Story, shop: RetailShop, warehouse: Warehouse) -> None:
    """Everything in the order of its time; the shop's webhooks leave by themselves, as fast as they are answered."""
    old_orders: dict[str, int] = {}
    for one in story.happenings:
        if isinstance(one, Return):
            await shop.room()
            old_orders[one.invoice] = shop.place_old_order(one)
    for one in story.happenings:
        await shop.room()
        match one:
            case Sale():
                shop.sell(one)
            case Return():
                shop.take_back(one, old_orders[one.invoice])
            case Adjustment():
                await warehouse.adjust(one)
    await shop.drain()


async def _totals(product: Product) -> Mapping[str, int]:
    async with product.store.reading() as uow:
        return await uow.views.totals()


async def _decided(product: Product) -> None:
    """Wait until nothing is due."""

    async def nothing_due() -> bool:
        return not (await _totals(product))["due"]

    await _until(nothing_due, "deciding")


async def _caught_up(product: Product) -> bool:
    return SystemId(RETAIL) in product.reader.caught_up


async def _until(holds: Callable[[], Awaitable[bool]], what: str) -> None:
    try:
        async with asyncio.timeout(PATIENCE):
            while not await holds():  # noqa: ASYNC110 - what is waited for lies in the database
                await asyncio.sleep(LOOK_AGAIN)
    except TimeoutError as error:
        raise TimeoutError(f"{what} did not end within {PATIENCE:.0f} s") from error


async def _measured(
    name: str,
    product: Product,
    shop: RetailShop,
    warehouse: Warehouse,
    story: Story,
    before: Mapping[str, int],
    since: datetime,
    receiving: float,
    deciding: float,
    differ: tuple[Difference, ...],
) -> Measured:
    totals = await _totals(product)
    grown = {key: totals[key] - before[key] for key in totals}
    async with product.store.reading() as uow:
        figures = await uow.views.week(since, product.clock.now())
    return Measured(
        database=name,
        skus=len(story.goods),
        sent=shop.counters.sent,
        retried=shop.counters.retried,
        twice=shop.counters.duplicated,
        overtaken=shop.counters.reordered,
        events=warehouse.events,
        deliveries=grown["deliveries"],
        repeats=grown["repeats"],
        facts=grown["facts"],
        again=grown["duplicates"],
        conflicts=grown["conflicts"],
        kept=grown["kept"],
        opened=dict(figures.opened),
        cleared=dict(figures.cleared),
        receiving=receiving,
        deciding=deciding,
        differences=differ,
    )
