"""`countersign proof …`: the record of one exception, shown and verified."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from bot.cli.opened import opened_store
from bot.settings import Settings
from storage.migrations.migrate import revision_of
from sync.errors import BadInput
from sync.model.ids import parse_exception_name
from sync.model.proof import ChainedEntry, exception_chain
from sync.proof import export_json, read_export, verify_chain
from sync.recovery import recovery, story


async def _chains(exception: str | None) -> dict[str, Sequence[ChainedEntry]]:
    async with opened_store(migrated=False) as (store, _clock), store.reading() as uow:
        if await revision_of(uow.link.connection) is None:
            raise BadInput(f"{store.database} holds no tables: is COUNTERSIGN_DATABASE_URL the right one?")
        if exception is not None:
            name = exception_chain(parse_exception_name(exception))
            return {name: await uow.proofs.chain(name)}
        return {name: await uow.proofs.chain(name) for name in await uow.proofs.names()}


def _named(exception: str) -> dict[str, Sequence[ChainedEntry]]:
    try:
        chains = asyncio.run(_chains(exception))
    except ValueError as error:
        raise BadInput(str(error)) from error
    if not any(chains.values()):
        raise BadInput(f"There is no proof of {exception} in this database ({Settings().database_url.split('@')[-1]}).")
    return chains


def show(exception: str, *, as_json: bool) -> str:
    """The story of an exception and its chain as lines a person reads, or the chain as the exported JSON."""
    [entries] = _named(exception).values()
    return export_json(entries) if as_json else f"{recovered(entries)}\n\n{told(entries)}"


def recovered(entries: Sequence[ChainedEntry]) -> str:
    """The recovery as a story: what changed, the event, who approved, what the channel was told, what customers see."""
    lines = story(recovery(entries))
    wide = max(len(name) for name, _ in lines)
    return "\n".join(f"{name:<{wide}}  {text}" for name, text in lines)


def told(entries: Sequence[ChainedEntry]) -> str:
    """One line per entry: number, time, what happened, and the beginning of its hash."""
    return "\n".join(
        f"{one.seq:>3}  {one.entry.at:%Y-%m-%d %H:%M:%S} UTC  {one.entry.sentence}  [{one.hash[:8]}]" for one in entries
    )


def verify(exception: str | None, file: Path | None) -> tuple[list[str], str]:
    """(problems, what to print) for one chain, an exported file, or every chain of the database."""
    if file is not None:
        chains: dict[str, Sequence[ChainedEntry]] = {str(file): read_export(file.read_text(encoding="utf-8"))}
    else:
        chains = _named(exception) if exception is not None else asyncio.run(_chains(None))
    problems = [f"{name}: {problem}" for name, entries in chains.items() for problem in verify_chain(entries)]
    if problems:
        return problems, "\n".join(problems)
    total = sum(len(entries) for entries in chains.values())
    return [], f"{len(chains)} chain{'' if len(chains) == 1 else 's'}, {total} entries: every hash fits."
