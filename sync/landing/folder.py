"""Where snapshots lie: Parquet files in the data folder, a folder per system, for their owner alone."""

from __future__ import annotations

import asyncio
import hashlib
import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from sync.ports import Store

if TYPE_CHECKING:
    import polars as pl


LEFT_ALONE = timedelta(hours=1)
"""A file that is younger may belong to a landing that is just being recorded."""


class DataFolder:
    """The data folder. Blocking: to be called in threads."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def keep(self, system: str, received_at: datetime, key: str, frame: pl.DataFrame) -> tuple[str, str]:
        """Write a snapshot, on the disk when this returns: (its name below the folder, its SHA-256)."""
        name = f"{system}/{received_at:%Y%m%dT%H%M%S}-{key[:16]}.parquet"
        path = self.path / name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        beside = path.with_suffix(".part")
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            frame.write_parquet(file)
            file.flush()
            os.fsync(file.fileno())
        beside.rename(path)
        return name, _digest(path)

    def read(self, name: str, digest: str) -> pl.DataFrame | None:
        """A snapshot that was kept; None when it is not here, or not what it was."""
        import polars as pl

        path = self.path / name
        if not path.is_file() or _digest(path) != digest:
            return None
        return pl.read_parquet(path)

    def names(self, before: datetime) -> list[str]:
        """What lies here that was last written before an instant, half-written files included."""
        every = sorted(self.path.glob("*/*")) if self.path.is_dir() else []
        old = [one for one in every if one.is_file() and one.stat().st_mtime < before.timestamp()]
        return [str(one.relative_to(self.path)) for one in old]

    def drop(self, name: str) -> None:
        """Delete a snapshot; one that is not here is no fault."""
        (self.path / name).unlink(missing_ok=True)


async def sweep(folder: DataFolder, store: Store, now: datetime) -> int:
    """Delete what is kept no longer: snapshots whose deliveries' bytes were dropped, by age or on request, and what a stop left
    half written. Returns how many files. Each host sweeps its own folder."""
    names = await asyncio.to_thread(folder.names, now - LEFT_ALONE)
    if not names:
        return 0
    async with store.reading() as uow:
        kept = await uow.landings.kept(names)
    gone = [name for name in names if name not in kept]
    for name in gone:
        await asyncio.to_thread(folder.drop, name)
    return len(gone)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
