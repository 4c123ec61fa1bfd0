"""``python -m bench.lookup``: P6, `/inventory sku` on a database with a million SKUs and ten million facts.

Each question goes from the words typed to the blocks that Slack would get. Beside it, in the same run: one row by its key,
which is what a database needs at least. Exit code 1 when a question about a SKU that is there finds it not, or when a SKU of
the sample is not what its facts come to.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections import defaultdict
from collections.abc import Sequence

import click
from sqlalchemy import select

from bench.databases import postgres, sqlite
from bench.kept import keep
from bench.lookup.filling import Goods, multiply, pattern, questions, unlike
from bench.storm.world import ForwardClock, world_on
from bot.logs import configure_logs
from bot.slack.picture import picture_blocks, picture_text
from storage.engine import open_store
from storage.store import SqlStore
from storage.tables.stock import stock
from sync.inbox.service import Inbox
from sync.inbox.view import SkuView

GOAL_MS = 50.0
DATABASES = {"SQLite": sqlite, "PostgreSQL": postgres}
SAMPLE = 500
"""SKUs that are replayed from their facts."""
FOUND = ("code", "small", "gtin", "listing")
"""Kinds of questions that name one SKU that is there."""


def figures(seconds: Sequence[float]) -> dict[str, float]:
    """Median, 99th percentile and longest, in milliseconds."""
    ordered = sorted(seconds)
    at = {"median": statistics.median(ordered), "p99": ordered[int(len(ordered) * 0.99)], "longest": ordered[-1]}
    return {name: round(value * 1e3, 1) for name, value in at.items()}


async def floor(store: SqlStore, goods: Goods, many: int) -> list[float]:
    """Seconds of reading one row by its key, in a transaction of its own."""
    took = []
    for nth in range(many):
        began = time.perf_counter()
        async with store.reading() as uow:
            await uow.link.execute(select(stock.c.version).where(stock.c.sku == goods.code(nth * 7 % goods.count)))
        took.append(time.perf_counter() - began)
    return took


async def fill(url: str, goods: Goods, facts: int) -> dict[str, object]:
    """Fill an empty database; the rows of each table, seconds, and what is wrong with a sample of its SKUs."""
    clock = ForwardClock()
    store = await open_store(url, clock=clock)
    await store.migrate()
    world = world_on(store, clock)
    began = time.perf_counter()
    await pattern(world, facts)
    rows = await multiply(world, goods)
    seconds = time.perf_counter() - began
    problems = await unlike(world, goods, SAMPLE)
    await store.close()
    return {"rows": rows, "filled_seconds": round(seconds, 1), "replayed": SAMPLE, "unlike": problems}


async def ask(url: str, goods: Goods, many: int) -> dict[str, object]:
    """Ask a filled database; milliseconds."""
    clock = ForwardClock()
    store = await open_store(url, clock=clock)
    inbox = Inbox(store, world_on(store, clock).policy, clock, {})
    took: dict[str, list[float]] = defaultdict(list)
    missed = 0
    for _, asked in questions(goods, 50, seed=1):
        await inbox.sku_view(asked)
    for kind, asked in questions(goods, many):
        began = time.perf_counter()
        found = await inbox.sku_view(asked)
        if isinstance(found, SkuView):
            picture_blocks(found, clock.now(), "sku")
            picture_text(found)
        took[kind].append(time.perf_counter() - began)
        missed += kind in FOUND and not isinstance(found, SkuView)
    least = figures(await floor(store, goods, many))
    await store.close()
    return {
        "asked": many,
        "missed": missed,
        "floor_ms": least,
        "whole_ms": figures([one for each in took.values() for one in each]),
        "by_kind_ms": {kind: figures(each) for kind, each in sorted(took.items())},
    }


@click.command()
@click.option("--skus", type=click.IntRange(min=1_000), default=1_000_000, show_default=True)
@click.option("--facts", type=click.IntRange(min=3), default=10, show_default=True, help="Facts of each SKU.")
@click.option("--questions", "many", type=click.IntRange(min=100), default=2_000, show_default=True)
@click.option("--database", "names", type=click.Choice(list(DATABASES)), multiple=True, default=tuple(DATABASES))
def main(skus: int, facts: int, many: int, names: tuple[str, ...]) -> None:
    """Measure how soon `/inventory sku` is ready for Slack."""
    configure_logs("error")

    async def run_all() -> list[dict[str, object]]:
        runs: list[dict[str, object]] = []
        for name in names:
            async with DATABASES[name]() as url:
                filled = await fill(url, Goods(skus), facts)
                runs.append({"database": name, **filled, **await ask(url, Goods(skus), many)})
        return runs

    runs = asyncio.run(run_all())
    for run in runs:
        click.echo(f"{run['database']}: {run['rows']}, filled in {run['filled_seconds']} s")
        click.echo(f"replayed {run['replayed']} SKUs, not what their facts come to: {run['unlike'] or 'none'}")
        click.echo(f"{'':<12}{'median ms':>10}{'p99 ms':>8}{'longest':>9}")
        lines = {"one row": run["floor_ms"], "all": run["whole_ms"], **run["by_kind_ms"]}  # type: ignore[dict-item]
        for kind, each in lines.items():
            click.echo(f"{kind:<12}{each['median']:>10}{each['p99']:>8}{each['longest']:>9}")  # type: ignore[index]
    click.echo(f"Goal: p99 of all at most {GOAL_MS} ms before Slack.")
    keep("lookup", {"goal_p99_ms": GOAL_MS, "runs": runs})
    raise SystemExit(1 if any(run["missed"] or run["unlike"] for run in runs) else 0)


if __name__ == "__main__":
    main()
