"""SQLite in a thread of its own, with one trip to that thread per statement.

aiosqlite makes a trip each to open a cursor, to execute, to fetch and to close, and each trip costs about as much as a
small query. Here a statement is run, read to its end and closed in one; everything else is aiosqlite's.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, cast

import aiosqlite

T = TypeVar("T")
_CHUNK = 64


class WholeCursor:
    """What SQLAlchemy's adapter needs of a cursor. The rows of a statement are all read when it was executed."""

    arraysize = 1

    def __init__(self, connection: WholeConnection) -> None:
        self._connection = connection
        self._rows: Sequence[Any] = ()
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None

    async def __aenter__(self) -> WholeCursor:
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.close()

    async def execute(self, sql: str, parameters: Iterable[Any] = ()) -> WholeCursor:
        """Run a statement and read its rows."""
        await self._connection.in_thread(self._run, sqlite3.Connection.execute, sql, parameters)
        return self

    async def executemany(self, sql: str, parameters: Iterable[Iterable[Any]]) -> WholeCursor:
        """Run a statement once per row of parameters."""
        await self._connection.in_thread(self._run, sqlite3.Connection.executemany, sql, parameters)
        return self

    def _run(self, execute: Any, sql: str, parameters: Any) -> None:
        """In the connection's thread: execute, fetch, close."""
        cursor = execute(self._connection._conn, sql, parameters)
        self.description = cursor.description
        self._rows = cursor.fetchall() if cursor.description else ()
        self.rowcount, self.lastrowid = cursor.rowcount, cursor.lastrowid
        cursor.close()

    async def fetchall(self) -> Sequence[Any]:
        """The rows, once."""
        rows, self._rows = self._rows, ()
        return rows

    async def close(self) -> None:
        """Nothing is open."""
        self._rows = ()


class WholeConnection(aiosqlite.Connection):
    """A connection whose cursors are :class:`WholeCursor`."""

    def cursor(self) -> WholeCursor:  # type: ignore[override]
        """A cursor, without a trip to the thread."""
        return WholeCursor(self)

    async def in_thread(self, run: Callable[..., T], *arguments: Any) -> T:
        """Run something in the connection's thread; what it returns."""
        return cast("T", await self._execute(run, *arguments))  # type: ignore[no-untyped-call]

    async def run_all(self, statements: Sequence[tuple[str, Sequence[Any]]]) -> list[list[Any]]:
        """Run statements one after another in one trip to the thread; the rows of each."""
        return await self.in_thread(self._run_all, statements)

    def _run_all(self, statements: Sequence[tuple[str, Sequence[Any]]]) -> list[list[Any]]:
        return [self._conn.execute(sql, parameters).fetchall() for sql, parameters in statements]


def connection_to(path: Path, busy: float) -> WholeConnection:
    """A connection to await; ``busy`` are the seconds it waits for another's write lock."""
    connection = WholeConnection(partial(sqlite3.connect, path, timeout=busy), _CHUNK)
    connection._thread.daemon = True
    return connection
