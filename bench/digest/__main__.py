"""``python -m bench.digest``: a week's digest, its thread and files, and the measures of a whole year, on a year of history.

Beside it, in the same run: the rows of the nine weeks that a digest looks at, read plainly. Peak memory is the process's.
"""

from __future__ import annotations

import asyncio
import resource
import time
from datetime import timedelta
from zoneinfo import ZoneInfo

import click
from sqlalchemy import or_, select

from bench.databases import postgres, sqlite
from bench.digest.year import YEAR, fill
from bench.kept import keep
from bench.storm.world import ForwardClock, world_on
from bot.logs import configure_logs
from bot.slack.digest import WEEKS, render_digest, render_queues
from bot.slack.digest.files import csv_of, xlsx_of
from bot.slack.digest.reading import WeekReader
from storage.engine import open_store
from storage.store import SqlStore
from storage.tables.measured import episodes
from sync.measures.figures import measure
from sync.measures.period import midnight


async def _plainly(store: SqlStore, clock: ForwardClock) -> float:
    """Seconds of reading the episodes of the weeks that a digest looks at."""
    start = clock.now() - timedelta(weeks=WEEKS + 1)
    began = time.perf_counter()
    async with store.reading() as uow:
        held = episodes.c
        (await uow.link.execute(select(episodes).where(or_(held.ended_at.is_(None), held.ended_at >= start)))).all()
    return time.perf_counter() - began


async def run(name: str, url: str, exceptions: int) -> dict[str, object]:
    """Fill, then take the times in seconds."""
    clock = ForwardClock()
    store = await open_store(url, clock=clock)
    await store.migrate()
    world = world_on(store, clock)
    policy = world.policy.current
    await fill(store, clock.now(), exceptions)
    plain = await _plainly(store, clock)
    first = clock.now().astimezone(ZoneInfo(policy.digest.timezone)).date() - timedelta(days=7)
    took: dict[str, float] = {}
    began = time.perf_counter()
    week = await WeekReader(store, world.policy, clock).week(midnight(first, policy.digest.timezone))
    took["reading and working out"] = time.perf_counter() - began
    began = time.perf_counter()
    render_digest(week, policy, "2026-W01")
    render_queues(week, policy, "digest:2026-W01")
    took["message and thread"] = time.perf_counter() - began
    began = time.perf_counter()
    sizes = len(xlsx_of(week, policy)), len(csv_of(week, policy))
    took["workbook and CSV"] = time.perf_counter() - began
    began = time.perf_counter()
    async with store.reading() as uow:
        year = measure(await uow.measured.recorded(clock.now() - YEAR, clock.now(), clock.now(), {}), policy.currency)
    took["measures of the year"] = time.perf_counter() - began
    await store.close()
    if not week.this.opened or not year.opened or min(sizes) < 1_000:
        raise RuntimeError("the digest is empty: the year was not read")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "database": name,
        "exceptions": exceptions,
        "plain_seconds": plain,
        "seconds": took,
        "peak_mib": round(peak),
    }


@click.command()
@click.option("--exceptions", type=click.IntRange(min=1_000), default=100_000, show_default=True, help="In a year.")
def main(exceptions: int) -> None:
    """Measure a digest over a year of history."""
    configure_logs("error")

    async def run_all() -> list[dict[str, object]]:
        runs = []
        for name, database in (("SQLite", sqlite), ("PostgreSQL", postgres)):
            async with database() as url:
                runs.append(await run(name, url, exceptions))
        return runs

    runs = asyncio.run(run_all())
    for one in runs:
        click.echo(f"{one['database']}: rows read plainly {one['plain_seconds']:.2f} s; peak {one['peak_mib']} MiB")
        for what, seconds in one["seconds"].items():  # type: ignore[attr-defined]
            click.echo(f"  {what:<26}{seconds:>8.2f} s{seconds / one['plain_seconds']:>8.1f} x")  # type: ignore[operator]
    keep("digest", {"runs": runs})


if __name__ == "__main__":
    main()
