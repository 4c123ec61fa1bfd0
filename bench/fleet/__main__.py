"""``python -m bench.fleet``: P7, the same order lines by 1, 2 and 4 processes on one PostgreSQL; exit 1 on any difference."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

import click

from bench.fleet.run import Ran, measure, measure_backlog
from bench.hosts import why_not
from bench.kept import keep
from bench.replay.lines import SAMPLE, FileMissing, read_lines
from bot import event_loop
from bot.logs import configure_logs

GOAL = 1.6
"""Four workers against one, on two cores."""
ITEMS = {
    "webhooks": "sent by 64 senders to identical processes, from the first to nothing due",
    "backlog": "facts recorded before, decided by processes with the role worker alone",
}


@click.command()
@click.option("--file", "path", type=click.Path(path_type=Path), default=SAMPLE, help="CSV of order lines.")
@click.option("--lines", type=click.IntRange(min=1), default=6_000, show_default=True, help="Only the first so many.")
@click.option("--processes", "sizes", type=click.IntRange(1, 16), multiple=True, default=(1, 2, 4), show_default=True)
@click.option(
    "--what",
    "parts",
    type=click.Choice(("webhooks", "backlog")),
    multiple=True,
    default=("webhooks", "backlog"),
    help="From the webhook on, or workers alone on what was recorded before; both by default.",
)
@click.option(
    "--apart", is_flag=True, help="Each process in a network namespace of its own (needs root); webhooks only."
)
def main(path: Path, lines: int, sizes: tuple[int, ...], parts: tuple[str, ...], apart: bool) -> None:
    """Measure how much faster several processes are than one, and that nothing is lost or counted twice meanwhile."""
    configure_logs("error")
    if apart and (reason := why_not()):
        raise click.ClickException(reason)
    try:
        given = read_lines(path, lines)
    except FileMissing as error:
        raise click.ClickException(str(error)) from error

    async def run_all(what: str) -> list[Ran]:
        if what == "backlog":
            return await measure_backlog(sizes, given)
        return [await measure(size, given, apart=apart) for size in sizes]

    ran = {what: event_loop.run(run_all(what)) for what in parts}
    for what, runs in ran.items():
        click.echo(f"{what}: {ITEMS[what]}")
        click.echo("\n".join(table(runs)))
    click.echo(f"Goal: 4 workers at least {GOAL} times 1, on two cores ({os.cpu_count()} here).")
    kept = {
        what: [asdict(one) | {"ratio": one.per_second / runs[0].per_second, "ceiling": one.ceiling} for one in runs]
        for what, runs in ran.items()
    }
    name = "fleet-apart" if apart else "fleet"
    keep(name, {"lines": len(given.lines), "goal_ratio": GOAL, "apart": apart, "runs": kept})
    sys.exit(1 if any(one.differing for runs in ran.values() for one in runs) else 0)


def table(runs: Sequence[Ran]) -> Iterator[str]:
    """Lines for reading: processor time is in milliseconds an item, the ceiling what all cores could do with nothing else to do;
    ``others`` are the cores that the rest of the machine took."""
    yield (
        f"{'processes':>9} {'items':>8} {'seconds':>8} {'a second':>9} {'ratio':>6} {'members':>8} {'server':>7} {'senders':>8}"
        f" {'ceiling':>8} {'others':>7} {'differences':>12}"
    )
    for one in runs:
        each = [f"{1e3 * part / one.items:.3f}" for part in (one.spent.members, one.spent.server, one.spent.senders)]
        yield (
            f"{one.processes:>9} {one.items:>8,} {one.seconds:>8.1f} {one.per_second:>9,.0f}"
            f" {one.per_second / runs[0].per_second:>6.2f} {each[0]:>8} {each[1]:>7} {each[2]:>8} {one.ceiling:>8,.0f}"
            f" {one.spent.others / one.seconds:>7.2f} {one.differing:>12}"
        )


if __name__ == "__main__":
    main()
