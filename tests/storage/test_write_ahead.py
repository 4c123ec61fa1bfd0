"""SQLite's log is copied beside the writer, stays bounded under a flood, and is left short."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from storage import write_ahead
from storage.engine import open_store
from storage.store import SqlStore
from storage.tables.stock import due
from tests.storage.given import NOW, sku

ROWS = 50
FRAME = write_ahead.PAGE + 24
"""Bytes of a page in the log, with its header."""


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A log that is long soon."""
    monkeypatch.setattr(write_ahead, "AFTER", 100)
    monkeypatch.setattr(write_ahead, "LONG", 200)


def pages(store: SqlStore) -> int:
    """Pages that the log has room for: it grows and is written over, but does not shrink meanwhile."""
    return Path(f"{store.database}-wal").stat().st_size // FRAME


async def write(store: SqlStore, times: int) -> None:
    for number in range(times):
        async with store.unit_of_work() as uow:
            await uow.stock.mark_due([sku(number * ROWS + one) for one in range(ROWS)], NOW)


async def marks(store: SqlStore) -> int:
    async with store.reading() as uow:
        return int((await uow.link.execute(select(func.count()).select_from(due))).scalar_one())


@asynccontextmanager
async def readers(store: SqlStore, tasks: int) -> AsyncIterator[None]:
    async def read() -> None:
        while True:
            await marks(store)

    reading = [asyncio.create_task(read()) for _ in range(tasks)]
    yield
    for task in reading:
        task.cancel()
    await asyncio.gather(*reading, return_exceptions=True)


async def test_a_flood_that_never_pauses_does_not_make_the_log_grow(sqlite_store: SqlStore) -> None:
    async with readers(sqlite_store, 2):
        await write(sqlite_store, 100)
        first = pages(sqlite_store)
        await write(sqlite_store, 300)
    assert await marks(sqlite_store) == 400 * ROWS
    assert pages(sqlite_store) < 2 * first + 300, "three times more was written"


async def test_the_writer_copies_nothing_itself(sqlite_store: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write_ahead, "AFTER", 1_000_000)
    await write(sqlite_store, 200)
    async with sqlite_store.unit_of_work() as uow:
        assert (await uow.link.execute(text("PRAGMA wal_autocheckpoint"))).scalar_one() == 0
    assert pages(sqlite_store) > 1_000, "which SQLite would have copied by itself"


async def test_who_reads_an_old_state_for_long_keeps_no_writer_waiting(sqlite_store: SqlStore) -> None:
    await write(sqlite_store, 1)
    async with sqlite_store.reading() as old:
        count = select(func.count()).select_from(due)
        assert (await old.link.execute(count)).scalar_one() == ROWS
        async with asyncio.timeout(30):
            await write(sqlite_store, 200)
        assert (await old.link.execute(count)).scalar_one() == ROWS
    grown = pages(sqlite_store)
    await write(sqlite_store, 200)
    assert pages(sqlite_store) <= grown + 400, "once it has ended, the log begins anew"
    assert await marks(sqlite_store) == 401 * ROWS


async def test_a_process_that_writes_little_leaves_nothing_in_the_log(sqlite_store: SqlStore, sqlite_url: str) -> None:
    await marks(sqlite_store)  # so that another process is not the last to close the file
    other = await open_store(sqlite_url)
    await write(other, 1)
    await other.close()
    with closing(sqlite3.connect(sqlite_store.database)) as connection:
        _, held, copied = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    assert held == copied
    with open(sqlite_store.database, "rb") as file:  # noqa: ASYNC230 - a small file in a test
        assert str(sku(ROWS - 1)).encode() in file.read()


async def test_a_log_that_killed_processes_left_is_copied_with_the_first_write(
    sqlite_store: SqlStore, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await write(sqlite_store, 1)
    with monkeypatch.context() as patched:
        patched.setattr(write_ahead, "AFTER", 1_000_000)
        await write(sqlite_store, 200)
    other = await open_store(sqlite_url)
    async with other.unit_of_work() as uow:
        await uow.stock.mark_due([sku(1)], NOW)
    file = other._databases.file
    assert file is not None
    assert file.log._copying is not None
    await file.log._copying
    with open(sqlite_store.database, "rb") as opened:  # noqa: ASYNC230 - a small file in a test
        assert str(sku(200 * ROWS - 1)).encode() in opened.read()
    await other.close()
