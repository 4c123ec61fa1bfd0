"""One measured run on one database: the floor and the product take the same webhooks, one after the other."""

from __future__ import annotations

import json
import secrets
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.fleet.sink import Request, sink
from bench.ingest.alone import alone
from bench.ingest.floor import bare, commits, looking
from bench.ingest.sender import sent, write
from bench.replay.lines import OrderLines
from bench.replay.outside import Door, Mix, outside
from bench.replay.rules import RETAIL
from bench.replay.run import ReplayClock, product_on, until
from bench.replay.story import story_of
from bot.memory import settle
from bot.wiring import Product

COMMITS = 300
ALONE = 300
"""Webhooks sent one at a time, to see how soon each is decided."""
FEW = 3
"""SKUs of a webhook that is small: what most orders are. How long one takes is a matter of what a SKU costs."""
LOOK = 0.01
"""Seconds between two looks at whether all are decided."""


@dataclass(frozen=True, slots=True)
class Ingested:
    """Webhooks, and exceptions that they opened; webhooks per second of the bare handler and of the product (until nothing is
    due), in one run; and, unloaded, seconds from the sending of a webhook until what it caused is durable (99th percentile, that
    of those with ``FEW`` SKUs at most, median), beside that of one commit."""

    database: str
    webhooks: int
    exceptions: int
    floor_per_second: float
    product_per_second: float
    decided_p99: float
    decided_few_p99: float
    decided_median: float
    commit_p99: float

    @property
    def ratio(self) -> float:
        """The product against the floor."""
        return self.product_per_second / self.floor_per_second

    @property
    def allowed(self) -> float:
        """Seconds that the 99th percentile may be: three commits and ten milliseconds."""
        return 3 * self.commit_p99 + 0.010


async def measure(name: str, url: str, given: OrderLines, *, spare: int) -> Ingested:
    """Both, on a fresh database; ``spare`` units of each good are there beyond what the file sells. Raises TimeoutError when a
    phase is stuck."""
    story = story_of(given.lines, starts_on=datetime.now(UTC) + timedelta(days=1), spare=spare)
    async with outside(story, Mix(duplicate=0.0, reorder=0.0)) as others:
        clock, token = ReplayClock(), secrets.token_urlsafe(24)
        product = await product_on(url, others.account, clock, token)
        try:
            await product.start()
            settle()
            await until(lambda: _read(product), "reading the shop")
            clock.forward_to(story.ended_at + timedelta(hours=1))
            door = Door(product.web_url, f"/hooks/{RETAIL}", token)
            await others.open(door)
            await until(lambda: _decided(product), "deciding")
            async with sink() as kept:
                await others.play(replace(door, url=kept.url))
            hooks = [one for one in kept.kept if one.path.startswith("/hooks/")]
            loaded, single = hooks[:-ALONE], hooks[-ALONE:]
            with tempfile.TemporaryDirectory(prefix="countersign-ingest-") as folder:
                file = Path(folder) / "webhooks.json"
                write(loaded, file)
                async with bare(url, others.account.secret) as floor:
                    bare_sent = await sent(file, floor)
                async with looking(url) as due:
                    whole_sent = await sent(file, product.web_url)
                    await until(lambda: _nothing(due), "deciding", LOOK)
                    decided_at = time.monotonic()
            async with product.store.reading() as uow:
                opened = (await uow.views.totals())["opened"]
            floor_seconds, product_seconds = bare_sent.ended - bare_sent.began, decided_at - whole_sent.began
            each = await commits(url, COMMITS)
            with tempfile.TemporaryDirectory(prefix="countersign-ingest-") as folder:
                file = Path(folder) / "webhooks.json"
                write(single, file)
                decided = await alone(file, product.web_url, url)
        finally:
            await product.stop()
    return Ingested(
        name,
        len(loaded),
        opened,
        len(loaded) / floor_seconds,
        len(loaded) / product_seconds,
        _percentile(decided, 0.99),
        _percentile([took for took, one in zip(decided, single, strict=True) if _skus(one) <= FEW], 0.99),
        _percentile(decided, 0.5),
        _percentile(each, 0.99),
    )


def _skus(request: Request) -> int:
    return len({line["sku"] for line in json.loads(request.body).get("line_items", ())})


async def _read(product: Product) -> bool:
    return not await product.unread()


async def _nothing(due: Callable[[], Awaitable[bool]]) -> bool:
    return not await due()


async def _decided(product: Product) -> bool:
    async with product.store.reading() as uow:
        return not (await uow.views.totals())["due"]


def _percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
