"""``python -m bench.storm``: a dead feed's exceptions in one card, and as many causes as exceptions in one more; exit 1 when a
goal is missed."""

from __future__ import annotations

import sys
from dataclasses import asdict

import click

from bench.databases import postgres, sqlite
from bench.kept import keep
from bench.storm.run import Crowded, Stormed, crowd, storm
from bot import event_loop
from bot.logs import configure_logs

DATABASES = {"sqlite": sqlite, "postgresql": postgres}


@click.command()
@click.option("--exceptions", type=click.IntRange(min=20), default=10_000, show_default=True, help="Of the dead feed.")
@click.option("--causes", type=click.IntRange(min=40), default=1_000, show_default=True, help="Of the crowd.")
@click.option("--database", "names", type=click.Choice(tuple(DATABASES)), multiple=True, default=tuple(DATABASES))
def main(exceptions: int, causes: int, names: tuple[str, ...]) -> None:
    """Measure how long it takes until thousands of exceptions are understood in Slack, at Slack's own limits."""
    configure_logs("error")
    stormed = [event_loop.run(_storm(name, exceptions)) for name in names]
    crowded = [event_loop.run(_crowd(name, causes)) for name in names]
    click.echo("One cause: seconds to open them, to one card that tells them all, to end them, to its fold")
    for one in stormed:
        click.echo(
            f"{one.database:>10}  {one.exceptions:>7,} exceptions  opened {one.opening:6.1f}  told {one.told:5.1f}  "
            f"ended {one.ending:6.1f}  folded {one.folded:5.1f}  messages {one.messages}  updates {one.updates}  "
            f"ordinary card {one.alone:.1f} alone, {one.beside:.1f} beside  refused {one.refused}  lost {one.lost}"
        )
    click.echo("As many causes: seconds to the card that tells of those without a card")
    for two in crowded:
        click.echo(
            f"{two.database:>10}  {two.exceptions:>7,} exceptions  told {two.told:5.1f}  cards {two.cards}  "
            f"in one {two.waiting:,}  refused {two.refused}"
        )
    keep("storm", {"one_cause": [asdict(one) for one in stormed], "many_causes": [asdict(two) for two in crowded]})
    faults = [f"{one.database}: {fault}" for one in stormed for fault in one.faults]
    faults += [f"{two.database}: {fault}" for two in crowded for fault in two.faults]
    click.echo("\n".join(faults) or "All goals are met.")
    sys.exit(1 if faults else 0)


async def _storm(name: str, count: int) -> Stormed:
    async with DATABASES[name]() as url:
        return await storm(name, url, count)


async def _crowd(name: str, count: int) -> Crowded:
    async with DATABASES[name]() as url:
        return await crowd(name, url, count)


if __name__ == "__main__":
    main()
