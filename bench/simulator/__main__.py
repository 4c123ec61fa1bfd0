"""``python -m bench.simulator``: simulated worlds with and without the product; exit 1 when a goal is missed."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace

import click

from bench.databases import postgres, sqlite
from bench.simulator.report import keep, table
from bench.simulator.run import Measured, measure, total
from bot.logs import configure_logs
from sandbox.simulator.ways import Ways

SHORT = Ways(hours=5, skus=5, shoppers=24, faults=1)
LONG = Ways(hours=24, skus=12, shoppers=40)


@click.command()
@click.option("--seed", type=int, default=1, show_default=True, help="Of the first world; the others follow.")
@click.option("--worlds", type=click.IntRange(min=1), default=1, show_default=True, help="How many worlds are lived.")
@click.option("--long", is_flag=True, help="A whole day of a larger shop instead of some hours of a small one.")
@click.option("--postgresql", is_flag=True, help="On PostgreSQL, too.")
def main(seed: int, worlds: int, long: bool, postgresql: bool) -> None:
    """Let the product and a naive sync live through the same simulated worlds, and hold both against the truth."""
    configure_logs("error")
    databases = {"sqlite": sqlite, "postgresql": postgres} if postgresql else {"sqlite": sqlite}

    async def run_all() -> dict[str, list[Measured]]:
        measured: dict[str, list[Measured]] = {}
        for name, opened in databases.items():
            for number in range(worlds):
                async with opened() as url:
                    measured.setdefault(name, []).append(await measure(_ways(long, seed + number), url))
        return measured

    measured = asyncio.run(run_all())
    click.echo(table(measured))
    click.echo(f"Kept in {keep(measured)}.")
    sys.exit(1 if any(total(runs).missed_goals for runs in measured.values()) else 0)


def _ways(long: bool, seed: int) -> Ways:
    return replace(LONG if long else SHORT, seed=seed)


if __name__ == "__main__":
    main()
