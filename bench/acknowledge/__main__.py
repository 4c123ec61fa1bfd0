"""``python -m bench.acknowledge``: how soon Slack hears yes to clicks, forms and commands, over Socket Mode and over HTTP, while
10,000 exceptions are open, a storm gathers and counts come in; exit 1 when the 99.9th percentile is above three seconds."""

from __future__ import annotations

import sys
from dataclasses import asdict

import click

from bench.acknowledge.run import GOAL, Acknowledged, measure
from bench.databases import postgres, sqlite
from bench.kept import keep
from bot import event_loop
from bot.logs import configure_logs

DATABASES = {"sqlite": sqlite, "postgresql": postgres}
MODES = ("socket", "http")


HEAD = f"{'':>11}{'mode':>8}{'count':>8}{'p50 ms':>9}{'p99':>9}{'p99.9':>9}{'max':>9}{'floor p50':>11}{'ratio':>7}"


def told(run: Acknowledged) -> str:
    """A run in two lines."""
    waits = "".join(f"{wait * 1e3:>9.1f}" for wait in (run.p50, run.p99, run.p999, run.longest))
    by = ", ".join(f"{what} {wait * 1e3:.0f}" for what, wait in run.by.items())
    return (
        f"{run.database:>11}{run.mode:>8}{run.count:>8,}{waits}{run.floor * 1e3:>11.1f}{run.ratio:>7.1f}\n"
        f"{'':>11}p99 by kind: {by}; not known yet {run.unknown}, unanswered {run.unanswered}, webhooks {run.webhooks}"
    )


@click.command()
@click.option(
    "--exceptions", type=click.IntRange(min=40), default=10_000, show_default=True, help="Open from the start."
)
@click.option("--storm", type=click.IntRange(min=20), default=2_000, show_default=True, help="Of a feed found silent.")
@click.option("--people", type=click.IntRange(min=1), default=10, show_default=True, help="At work at a time.")
@click.option("--seconds", type=click.FloatRange(min=1), default=60.0, show_default=True, help="Of each shift.")
@click.option("--database", "names", type=click.Choice(tuple(DATABASES)), multiple=True, default=tuple(DATABASES))
@click.option("--mode", "modes", type=click.Choice(MODES), multiple=True, default=MODES)
def main(
    exceptions: int, storm: int, people: int, seconds: float, names: tuple[str, ...], modes: tuple[str, ...]
) -> None:
    """Measure the time from a click to its acknowledgement."""
    configure_logs("error")

    async def one(name: str, mode: str) -> Acknowledged:
        async with DATABASES[name]() as url:
            return await measure(name, url, mode, exceptions=exceptions, storm=storm, people=people, seconds=seconds)

    click.echo(HEAD)
    runs = []
    for name in names:
        for mode in modes:
            runs.append(event_loop.run(one(name, mode)))
            click.echo(told(runs[-1]))
    keep("acknowledge", {"goal": GOAL, "runs": [asdict(run) | {"ratio": run.ratio} for run in runs]})
    sys.exit(1 if any(run.p999 > GOAL or run.unanswered for run in runs) else 0)


if __name__ == "__main__":
    main()
