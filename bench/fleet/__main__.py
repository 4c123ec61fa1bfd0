"""``python -m bench.fleet``: the same order lines through 1, 2 and 4 processes on one PostgreSQL; exit 1 on any difference."""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import asdict
from pathlib import Path

import click

from bench.fleet.run import Ran, measure
from bench.hosts import why_not
from bench.kept import keep
from bench.replay.lines import SAMPLE, FileMissing, read_lines
from bot.logs import configure_logs

GOAL = 1.6
"""Four processes against one, on two cores."""


@click.command()
@click.option("--file", "path", type=click.Path(path_type=Path), default=SAMPLE, help="CSV of order lines.")
@click.option("--lines", type=click.IntRange(min=1), default=6_000, show_default=True, help="Only the first so many.")
@click.option("--processes", "sizes", type=click.IntRange(1, 16), multiple=True, default=(1, 2, 4), show_default=True)
@click.option("--apart", is_flag=True, help="Each process in a network namespace of its own (needs root).")
def main(path: Path, lines: int, sizes: tuple[int, ...], apart: bool) -> None:
    """Measure how much faster several processes are than one, and that nothing is lost or counted twice meanwhile."""
    configure_logs("error")
    if apart and (reason := why_not()):
        raise click.ClickException(reason)
    try:
        given = read_lines(path, lines)
    except FileMissing as error:
        raise click.ClickException(str(error)) from error

    async def run_all() -> list[Ran]:
        return [await measure(size, given, apart=apart) for size in sizes]

    ran = asyncio.run(run_all())
    one = ran[0]
    click.echo(f"{'processes':>9}  {'webhooks':>8}  {'seconds':>7}  {'per second':>10}  {'ratio':>5}  differences")
    for each in ran:
        ratio = each.per_second / one.per_second
        click.echo(
            f"{each.processes:>9}  {each.sent:>8,}  {each.seconds:>7.1f}  {each.per_second:>10,.0f}  {ratio:>5.2f}"
            f"  {each.differing}"
        )
    click.echo(f"Goal: 4 processes at least {GOAL} times 1 process, on two cores ({os.cpu_count()} here).")
    kept = [asdict(each) | {"ratio": each.per_second / one.per_second} for each in ran]
    keep(
        "fleet-apart" if apart else "fleet",
        {"lines": len(given.lines), "goal_ratio": GOAL, "apart": apart, "runs": kept},
    )
    sys.exit(1 if any(each.differing for each in ran) else 0)


if __name__ == "__main__":
    main()
