"""SQLite's write-ahead log is brought into the database file beside the writer, not by it.

SQLite itself does it within the commit that makes the log longer than a thousand pages: whoever commits then waits until all
of them are copied and the file is synced. Here a connection of its own does it in a thread of its own, after the commit.
While somebody always writes, the log never begins anew by that alone; once it is long, the writers of this process wait for
the rest of it to be copied, which is little then.
"""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

AFTER = 4_000
"""Rows changed since the last copying after which the next one begins: about as many pages, and some hundred webhooks."""

PAGE = 4_096
"""Bytes of a page."""

LONG = 16_000
"""Pages in the log (64 MiB) from which on it has to begin anew."""

PATIENCE = 0.02
"""Seconds that the writers of this process wait at most, while the log begins anew, for those who still read from it."""

LONGEST_FILE = LONG * PAGE
"""Bytes that a log which has begun anew keeps on disk; what one large transaction took beyond is given back."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Copied:
    """Pages in the log, and how many of them the database file has."""

    pages: int
    copied: int


class WriteAheadLog:
    """The log of one database file. ``turn`` is held by whoever writes in this process."""

    def __init__(self, path: Path, turn: asyncio.Lock) -> None:
        self._path = path
        self._turn = turn
        self._changed = self._copied_at = 0
        self._copying: asyncio.Task[None] | None = None

    def follow(self, writer: AsyncEngine) -> None:
        """Let this engine's connections, of which there is one at a time, leave the log alone."""

        @event.listens_for(writer.sync_engine, "connect")
        def _connected(connection: Any, _record: object) -> None:
            cursor = connection.cursor()
            cursor.execute("PRAGMA wal_autocheckpoint=0")
            cursor.execute(f"PRAGMA journal_size_limit={LONGEST_FILE}")
            cursor.close()
            self._changed, self._copied_at = 0, -AFTER if self._left_long() else 0

    def _left_long(self) -> bool:
        """Whether the log is long already, as processes leave it that are killed."""
        log = Path(f"{self._path}-wal")
        return log.exists() and log.stat().st_size >= AFTER * PAGE

    def changed(self, rows: int) -> None:
        """So many rows were changed since the writer was opened: begin to copy if that is enough and nobody does yet."""
        self._changed = rows
        if rows - self._copied_at >= AFTER and (self._copying is None or self._copying.done()):
            self._copied_at = rows
            self._copying = asyncio.create_task(self._copy(), name="write-ahead log")

    async def close(self) -> None:
        """Copy what was written since, so that processes which write little leave no log behind that grows."""
        if self._copying is not None:
            await self._copying
        if self._changed != self._copied_at:
            await self._copy()

    async def _copy(self) -> None:
        """Copy what can be copied now, then see whether the log has to begin anew. What fails here is tried again with the next
        copying: the log holds everything meanwhile."""
        try:
            beside = await asyncio.to_thread(self._checkpoint, "PASSIVE")
            # Where somebody reads an old state for long, no waiting helps; the log grows until that ends.
            if beside.pages >= LONG and beside.pages - beside.copied < LONG:
                async with self._turn:
                    await asyncio.to_thread(self._checkpoint, "RESTART")
        except sqlite3.Error as error:
            _log.warning("log_not_copied", database=str(self._path), error=str(error))

    def _checkpoint(self, how: str) -> Copied:
        with closing(sqlite3.connect(self._path, timeout=PATIENCE, isolation_level=None)) as connection:
            connection.execute("PRAGMA synchronous=FULL")
            _busy, pages, copied = connection.execute(f"PRAGMA wal_checkpoint({how})").fetchone()
        return Copied(pages, copied)
