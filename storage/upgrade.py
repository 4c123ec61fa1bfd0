"""Upgrading: a backup first, then the tables, then every chain is verified."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from storage.backup import Backup, back_up
from storage.migrations.migrate import revision_of
from storage.store import SqlStore
from sync.errors import BadInput
from sync.proof import verify_chain


@dataclass(frozen=True, slots=True)
class Upgraded:
    """From which revision to which; the backup made before (None: there was nothing to back up); chains that were verified."""

    before: str | None
    after: str
    backup: Backup | None
    chains: int


async def upgrade(store: SqlStore, file: Path, now: datetime) -> Upgraded:
    """Back up into ``file`` (raw bytes included: it must bring back everything), migrate in one transaction, verify every
    chain. Raises BadInput, naming the backup, when a chain does not fit afterwards."""
    before = await _revision(store)
    backup = await back_up(store, file, now, raw=True) if before is not None else None
    await store.migrate()
    after = await _revision(store)
    assert after is not None  # noqa: S101 - it was just migrated
    problems: list[str] = []
    async with store.reading() as uow:
        names = await uow.proofs.names()
        for name in names:
            problems += [f"{name}: {problem}" for problem in verify_chain(await uow.proofs.chain(name))]
    if problems:
        raise BadInput(
            f"After the upgrade {len(problems)} entries do not fit: {'; '.join(problems[:3])}. Go back with the version before "
            f"and `countersign restore {file}` into a new database."
        )
    return Upgraded(before, after, backup, len(names))


async def _revision(store: SqlStore) -> str | None:
    async with store.reading() as uow:
        return await revision_of(uow.link.connection)
