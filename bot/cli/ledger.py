"""`countersign ledger close | verify`."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime
from pathlib import Path

from bot.cli.opened import opened_store, policy_taken
from storage.closing import archive_problems, carry_problems, close_period, ledger_size
from storage.replaying import replay_problems


def closed(before: date, archive: Path, by: str) -> str:
    """Close a period; says what went where. Raises BadInput."""

    async def work() -> str:
        async with opened_store() as (store, clock):
            start = datetime(before.year, before.month, before.day, tzinfo=UTC)
            done = await close_period(store, start, archive, clock.now(), by=by)
            async with store.reading() as uow:
                left = await ledger_size(uow.link)
        return (
            f"{done.facts} facts of {done.skus} SKUs received before {before} UTC are in {archive}; {left} are in the database. "
            "Keep the archive as long as you keep books: `countersign ledger verify --archive` holds it to the chain."
        )

    return asyncio.run(work())


def verified(archive: Path | None) -> tuple[list[str], str]:
    """What does not fit, and what was held to what. Raises BadInput."""

    async def work() -> tuple[list[str], str]:
        async with opened_store(migrated=False) as (store, clock):
            policy = await policy_taken(store)
            problems = [*await replay_problems(store, policy, clock.now()), *await carry_problems(store)]
            if archive is not None:
                problems += await archive_problems(store, archive)
        told = "Every SKU is what its facts come to, and every carry is the one its entry names."
        return problems, "\n".join(problems) or told

    return asyncio.run(work())
