"""`countersign backup | restore | upgrade`."""

from __future__ import annotations

import asyncio
from pathlib import Path

from bot.cli.opened import opened_store
from storage.backup import back_up, restore
from storage.upgrade import upgrade


def backed_up(file: Path, *, raw: bool) -> str:
    """Write an archive; says what is in it. Raises BadInput."""

    async def work() -> str:
        async with opened_store(migrated=False) as (store, clock):
            made = await back_up(store, file, clock.now(), raw=raw)
        held = "raw bytes of deliveries included" if raw else "no raw bytes, so nobody's data"
        return f"{file}: {made.total} rows in {len(made.rows)} tables, {held}."

    return asyncio.run(work())


def restored(file: Path) -> str:
    """Fill the empty database of the settings from an archive. Raises BadInput."""

    async def work() -> str:
        async with opened_store(migrated=False) as (store, clock):
            found = await restore(store, file, clock)
        return (
            f"{store.database}: {found.total} rows of {found.made_at:%Y-%m-%d %H:%M} UTC are back. Nothing is raised before open"
            " orders and levels are read again. `countersign proof verify` checks every chain."
        )

    return asyncio.run(work())


def upgraded(file: Path) -> str:
    """Back up into ``file``, bring the tables to this version, verify every chain. Raises BadInput."""

    async def work() -> str:
        async with opened_store(migrated=False) as (store, clock):
            done = await upgrade(store, file, clock.now())
        if done.backup is None:
            return f"A new database at revision {done.after}; there was nothing to back up."
        change = "already at" if done.before == done.after else f"from {done.before} to"
        return f"Backed up in {file}, {change} revision {done.after}; {done.chains} chains verified, every hash fits."

    return asyncio.run(work())
