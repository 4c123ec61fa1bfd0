"""``python -m bench.ingest``: webhooks through the whole path beside a bare handler, on SQLite and PostgreSQL."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from bench.databases import postgres, sqlite
from bench.ingest.run import FEW, Ingested, measure
from bench.kept import keep
from bench.replay.lines import SAMPLE, FileMissing, read_lines
from bot import event_loop
from bot.logs import configure_logs

GOAL = 0.35
SHOPS = {"stocked": 100_000, "running out": 0}
"""Units of each good beyond the replay's: a shop with stock, and one in which every second order opens an exception."""


@click.command()
@click.option("--file", "path", type=click.Path(path_type=Path), default=SAMPLE, help="CSV of order lines.")
@click.option("--lines", type=click.IntRange(min=500), default=4_000, show_default=True, help="Only the first so many.")
def main(path: Path, lines: int) -> None:
    """Measure throughput with 64 senders, and how soon a single webhook is decided."""
    configure_logs("error")
    try:
        given = read_lines(path, lines)
    except FileMissing as error:
        raise click.ClickException(str(error)) from error

    async def run_all() -> list[Ingested]:
        runs = []
        for what, spare in SHOPS.items():
            for name, database in (("SQLite", sqlite), ("PostgreSQL", postgres)):
                async with database() as url:
                    runs.append(await measure(f"{name}, {what}", url, given, spare=spare))
        return runs

    runs = event_loop.run(run_all())
    click.echo(
        f"{'':<24}{'webhooks':>9}{'opened':>8}{'floor/s':>9}{'product/s':>11}{'ratio':>7}"
        f"{'p99 ms':>9}{'few SKUs':>10}{'median':>8}{'allowed':>9}"
    )
    for one in runs:
        click.echo(
            f"{one.database:<24}{one.webhooks:>9,}{one.exceptions:>8,}{one.floor_per_second:>9,.0f}"
            f"{one.product_per_second:>11,.0f}{one.ratio:>7.2f}"
            f"{one.decided_p99 * 1e3:>9.1f}{one.decided_few_p99 * 1e3:>10.1f}"
            f"{one.decided_median * 1e3:>8.1f}{one.allowed * 1e3:>9.1f}"
        )
    click.echo(
        f"Goals: ratio at least {GOAL}; p99 of one webhook alone at most 3 commits + 10 ms"
        f" (beside it: of those with {FEW} SKUs at most)."
    )
    kept = [asdict(one) | {"ratio": one.ratio, "allowed_p99": one.allowed} for one in runs]
    keep("ingest", {"lines": len(given.lines), "goal_ratio": GOAL, "runs": kept})


if __name__ == "__main__":
    main()
