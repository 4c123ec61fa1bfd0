"""One measured replay on one database: the whole product, driven over HTTP, then held against the recount."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from bench.replay.compare import Difference, differences
from bench.replay.lines import OrderLines
from bench.replay.outside import Account, Door, Mix, Told, outside
from bench.replay.recount import recount
from bench.replay.rules import RETAIL, WMS, policy_text
from bench.replay.story import Story, story_of
from bot.settings import Settings
from bot.wiring import Product, build_product
from sync.connectors.registry import variable
from sync.measures.figures import measure
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
    to the last answer. ``deciding``: from then until nothing was due. ``computing``: seconds of processor time that the
    product's process spent on both (a PostgreSQL server's are not in it).
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
    computing: float
    differences: tuple[Difference, ...]

    @property
    def per_second(self) -> float:
        """Webhooks answered durably per second, deciding included."""
        return self.sent / (self.receiving + self.deciding)


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds of a replay's parts, see Measured."""

    receiving: float
    deciding: float
    computing: float


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


async def replay(name: str, url: str, given: OrderLines, mix: Mix) -> Measured:
    """Replay ``given`` through a product on the database behind ``url`` (empty). ``name`` is shown in the report.

    Raises TimeoutError when a phase is stuck, and what stopped the outside.
    """
    story = story_of(given.lines, starts_on=datetime.now(UTC) + timedelta(days=1))
    async with outside(story, mix) as others:
        clock, token = ReplayClock(), secrets.token_urlsafe(24)
        product = await product_on(url, others.account, clock, token)
        try:
            await product.start()
            await until(partial(_caught_up, product), "reading the shop")
            clock.forward_to(story.ended_at + timedelta(hours=1))
            door = Door(product.web_url, f"/hooks/{RETAIL}", token)
            await others.open(door)
            await _decided(product)
            before, since = await _totals(product), clock.now()
            began, cpu = time.perf_counter(), time.process_time()
            told = await others.play(door)
            received = time.perf_counter()
            await _decided(product)
            times = Times(received - began, time.perf_counter() - received, time.process_time() - cpu)
            found = await differences(product, story, recount(given.lines))
            return await _measured(name, product, story, told, before, since, times, found)
        finally:
            await product.stop()


async def product_on(url: str, shop: Account, clock: ReplayClock, token: str, rules: str | None = None) -> Product:
    """A product on the database behind ``url``, connected to the shop, not started; ``token`` is the warehouse's, ``rules`` a
    policy in the place of the replay's."""
    settings = Settings(
        _env_file=None,
        database_url=url,
        policy_file=Path("the replay's policy"),
        web_host="127.0.0.1",
        web_port=0,
        health_port=0,
    )
    environment = {
        variable(SystemId(RETAIL), "SECRET"): shop.secret,
        variable(SystemId(RETAIL), "TOKEN"): shop.access_token,
        variable(SystemId(WMS), "TOKEN"): token,
    }
    text = rules or policy_text(shop.domain, shop.url, shop.place)
    return await build_product(settings, text, environment, clock=clock, author="the replay", loopback=True)


async def _totals(product: Product) -> Mapping[str, int]:
    async with product.store.reading() as uow:
        return await uow.views.totals()


async def _decided(product: Product) -> None:
    """Wait until nothing is due."""

    async def nothing_due() -> bool:
        return not (await _totals(product))["due"]

    await until(nothing_due, "deciding")


async def _caught_up(product: Product) -> bool:
    return not await product.unread()


async def until(holds: Callable[[], Awaitable[bool]], what: str, look: float = LOOK_AGAIN) -> None:
    """Wait until it holds, with so many seconds between two looks. Raises TimeoutError, naming ``what``, after PATIENCE."""
    try:
        async with asyncio.timeout(PATIENCE):
            while not await holds():  # noqa: ASYNC110 - what is waited for lies in the database
                await asyncio.sleep(look)
    except TimeoutError as error:
        raise TimeoutError(f"{what} did not end within {PATIENCE:.0f} s") from error


async def _measured(
    name: str,
    product: Product,
    story: Story,
    told: Told,
    before: Mapping[str, int],
    since: datetime,
    times: Times,
    found: Sequence[Difference],
) -> Measured:
    totals = await _totals(product)
    grown = {key: totals[key] - before[key] for key in totals}
    async with product.store.reading() as uow:
        now = product.clock.now()
        figures = measure(await uow.measured.recorded(since, now, now, {}), product.policy.current.currency)
    return Measured(
        database=name,
        skus=len(story.goods),
        sent=told.webhooks.sent,
        retried=told.webhooks.retried,
        twice=told.webhooks.duplicated,
        overtaken=told.webhooks.reordered,
        events=told.events,
        deliveries=grown["deliveries"],
        repeats=grown["repeats"],
        facts=grown["facts"],
        again=grown["duplicates"],
        conflicts=grown["conflicts"],
        kept=grown["kept"],
        opened={str(cls): count for cls, count in figures.by_class.items()},
        cleared={str(cls): count for cls, count in figures.cleared_by_class.items()},
        receiving=times.receiving,
        deciding=times.deciding,
        computing=times.computing,
        differences=tuple(found),
    )
