"""Opening a database: SQLite by default, PostgreSQL by URL. One writer in the process on SQLite, many on PostgreSQL."""

from __future__ import annotations

import asyncio
import sqlite3
import time
import uuid
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from storage.alive import watch
from storage.codecs import from_text, to_text
from storage.connecting import address_of, connecting
from storage.kept import Kept
from storage.sqlite_driver import connection_to
from storage.store import Databases, File, SqlStore
from storage.write_ahead import WriteAheadLog
from sync.errors import BadInput
from sync.ports import Clock

BUSY = 30.0
"""Seconds that a writer waits for another process's transaction on the same SQLite file."""

READERS = 4
"""Reading connections on SQLite that stay open; as many more are opened when these are in use."""

POOL = 10
"""Connections to PostgreSQL that this process keeps."""

_JSON: Mapping[str, Any] = {"json_serializer": to_text, "json_deserializer": from_text}


class WallClock:
    """The system's clock."""

    def now(self) -> datetime:
        """The present instant, UTC and aware."""
        return datetime.now(UTC)


async def open_store(url: str, *, clock: Clock | None = None, pool: int = POOL) -> SqlStore:
    """The store behind a database URL. Nothing is created yet: see ``SqlStore.migrate``.

    ``sqlite:///file.db`` (relative) or ``sqlite:////absolute/file.db``; ``postgresql://user@host/name``, several hosts
    and all of libpq's parameters included, as asyncpg reads them. ``?pooler=transaction`` says that a transaction pooler
    without prepared statements stands in between. Raises BadInput for any other URL, naming what is wrong with it.
    """
    scheme = url.split("://", 1)[0].split("+", 1)[0]
    if scheme == "sqlite":
        databases = await _sqlite(url)
    elif scheme in ("postgresql", "postgres"):
        databases = _postgres(url, pool)
    else:
        raise BadInput(
            f"COUNTERSIGN_DATABASE_URL begins with {scheme!r}; write sqlite:///countersign.db or postgresql://user@host/name."
        )
    return SqlStore(databases, clock or WallClock())


# -- SQLite ------------------------------------------------------------------------------------------------------------


async def _sqlite(url: str) -> Databases:
    named = make_url(url).database
    if not named or named == ":memory:":
        raise BadInput(
            "A SQLite database in memory forgets everything; name a file, for example sqlite:///countersign.db."
        )
    path = Path(named)
    await asyncio.to_thread(_keep_a_log, path)
    connect = partial(connection_to, path, BUSY)
    # The address only names the dialect's pool for files; connections come from ``connect``.
    address = URL.create("sqlite+aiosqlite", database=named)
    writer = create_async_engine(
        address, async_creator=connect, pool_size=1, max_overflow=0, pool_timeout=None, **_JSON
    )
    reader = create_async_engine(address, async_creator=connect, pool_size=READERS, max_overflow=READERS, **_JSON)
    _begin_with(writer, "BEGIN IMMEDIATE", query_only=False)
    _begin_with(reader, "BEGIN", query_only=True)
    turn = asyncio.Lock()
    log = WriteAheadLog(path, turn)
    log.follow(writer)
    file = File(
        turn,
        Kept(writer, keep=1, most=1, ended=log.changed),
        Kept(reader, keep=READERS, most=2 * READERS),
        log,
    )
    return Databases(writer, reader, postgres=False, name=named, file=file)


def _keep_a_log(path: Path) -> None:
    """Create the file where needed, for its owner alone, and put it into WAL mode, which stays.

    Of several processes that do so at once SQLite refuses all but one without waiting, so the others try again until BUSY
    has passed.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    deadline = time.monotonic() + BUSY
    while True:
        try:
            with closing(sqlite3.connect(path, timeout=BUSY, isolation_level=None)) as connection:
                connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if time.monotonic() > deadline or "locked" not in str(error):
                raise BadInput(f"The database {path} cannot be opened: {error}.") from error
            time.sleep(0.02)


def _begin_with(engine: AsyncEngine, begin: str, *, query_only: bool) -> None:
    """Durable settings on every connection, and transactions begun by us: the driver's own begin too late to lock."""

    @event.listens_for(engine.sync_engine, "connect")
    def _connected(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA temp_store=MEMORY")
        cursor.execute("PRAGMA cache_size=-65536")
        if query_only:
            cursor.execute("PRAGMA query_only=ON")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _begun(connection: Any) -> None:
        connection.connection.driver_connection.begin(begin)


# -- PostgreSQL --------------------------------------------------------------------------------------------------------


def _postgres(url: str, pool: int) -> Databases:
    address = address_of(url)
    connect = connecting(address)
    arguments: Mapping[str, Any] = {
        "async_creator_fn": connect,
        "prepared_statement_name_func": lambda: f"cs_{uuid.uuid4().hex}",
        "prepared_statement_cache_size": 0 if address.behind_pooler else 500,
    }
    engine = create_async_engine(
        "postgresql+asyncpg://",
        isolation_level="READ COMMITTED",
        pool_size=pool,
        max_overflow=pool,
        pool_use_lifo=True,
        connect_args=dict(arguments),
        **_JSON,
    )
    watch(engine)
    listen = None if address.behind_pooler else connect
    return Databases(engine, engine, postgres=True, name=address.shown, listen=listen)
