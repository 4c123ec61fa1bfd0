"""``python -m bench.replay``: replay a file of order lines and compare with the recount; exit 1 on any difference."""

from __future__ import annotations

import sys
from contextlib import AbstractAsyncContextManager, nullcontext
from datetime import UTC, datetime
from pathlib import Path

import click

from bench.databases import postgres, sqlite
from bench.replay.lines import SAMPLE, FileMissing, read_lines
from bench.replay.outside import Mix
from bench.replay.report import keep, table
from bench.replay.run import Measured, replay
from bench.replay.story import story_of
from bot import event_loop
from bot.logs import configure_logs


@click.command()
@click.option(
    "--database", help="URL of an empty database; without it a SQLite file and a PostgreSQL database are made."
)
@click.option(
    "--file", "path", type=click.Path(path_type=Path), default=SAMPLE, help="CSV of order lines, plain or .gz."
)
@click.option("--lines", type=click.IntRange(min=1), help="Only the first so many lines.")
@click.option("--duplicate", type=click.FloatRange(0, 1), default=0.1, show_default=True, help="Share sent twice.")
@click.option("--reorder", type=click.FloatRange(0, 1), default=0.1, show_default=True, help="Share sent late.")
def main(database: str | None, path: Path, lines: int | None, duplicate: float, reorder: float) -> None:
    """Replay order lines as signed webhooks and compare what the product works out with an independent recount."""
    configure_logs("error")
    try:
        given = read_lines(path, lines)
        story = story_of(given.lines, starts_on=datetime.now(UTC))
    except (FileMissing, ValueError) as error:
        raise click.ClickException(str(error)) from error
    made: dict[str, AbstractAsyncContextManager[str]] = (
        {database.split(":", 1)[0]: nullcontext(database)}
        if database
        else {"sqlite": sqlite(), "postgresql": postgres()}
    )

    async def run_all() -> list[Measured]:
        measured = []
        for name, opened in made.items():
            async with opened as url:
                measured.append(await replay(name, url, given, Mix(duplicate, reorder)))
        return measured

    measured = event_loop.run(run_all())
    click.echo(table(measured, given, story.ignored))
    click.echo(f"Kept in {keep(measured, given, story.ignored)}.")
    sys.exit(1 if any(one.differences for one in measured) else 0)


if __name__ == "__main__":
    main()
