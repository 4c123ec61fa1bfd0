"""``python -m bench.bulk``: thousands of listings paused at once; exit 1 when a goal is missed."""

from __future__ import annotations

import sys
from dataclasses import asdict

import click

from bench.bulk.run import Acted, act
from bench.databases import postgres, sqlite
from bench.kept import keep
from bot import event_loop
from bot.logs import configure_logs

DATABASES = {"sqlite": sqlite, "postgresql": postgres}


@click.command()
@click.option(
    "--exceptions", type=click.IntRange(min=20), default=10_000, show_default=True, help="Members of the storm."
)
@click.option("--database", "names", type=click.Choice(tuple(DATABASES)), multiple=True, default=tuple(DATABASES))
def main(exceptions: int, names: tuple[str, ...]) -> None:
    """Measure how long it takes to see what a pause of a whole storm would do, to take it, and to carry it out."""
    configure_logs("error")
    acted = [event_loop.run(_act(name, exceptions)) for name in names]
    for one in acted:
        click.echo(
            f"{one.database:>10}  {one.exceptions:>7,} paused: {one.done:,}  looked {one.looked:6.1f} s  taken {one.sent:5.2f} s"
            f"  carried out {one.carried:6.1f} s ({one.exceptions / one.carried:,.0f} a second)  held others up"
            f" {one.longest:.2f} s at most  memory +{one.grown:.0f} MiB  messages {one.messages}"
        )
    keep("bulk", {"acted": [asdict(one) for one in acted]})
    faults = [f"{one.database}: {fault}" for one in acted for fault in one.faults]
    click.echo("\n".join(faults) or "All goals are met.")
    sys.exit(1 if faults else 0)


async def _act(name: str, count: int) -> Acted:
    async with DATABASES[name]() as url:
        return await act(name, url, count)


if __name__ == "__main__":
    main()
