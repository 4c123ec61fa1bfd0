"""SQLite in a thread of its own, with as few trips to that thread as there can be.

aiosqlite makes a trip each to open a cursor, to execute, to fetch and to close, and each trip costs about as much as a
small query. Here a statement is run, read to its end and closed in one; a transaction begins on the trip of its first
statement, can end on that of its last, and where none is open nothing goes there to end it. Everything else is aiosqlite's.
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
_STATEMENTS = 512
"""Statements that a connection keeps prepared. There are more than the 128 that the driver keeps unless it is told."""


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

    _begin = ""
    _at_rest = True
    """The last trip was waited for to its good end; else the thread may still be at work for somebody who was cancelled."""

    def cursor(self) -> WholeCursor:  # type: ignore[override]
        """A cursor, without a trip to the thread."""
        return WholeCursor(self)

    def begin(self, statement: str) -> None:
        """Begin a transaction with this statement, on the trip of whatever is run next."""
        self._begin = statement

    async def in_thread(self, run: Callable[..., T], *arguments: Any) -> T:
        """Run something in the connection's thread; what it returns."""
        begin, self._begin, self._at_rest = self._begin, "", False
        told = await self._execute(self._run_in_transaction, begin, run, arguments)  # type: ignore[no-untyped-call]
        self._at_rest = True
        return cast("T", told)

    def _run_in_transaction(self, begin: str, run: Callable[..., T], arguments: Sequence[Any]) -> T:
        if begin:
            self._conn.execute(begin).close()
        return run(*arguments)

    async def run_all(
        self, statements: Sequence[tuple[str, Sequence[Any]]], *, commit: bool = False
    ) -> list[list[Any]]:
        """Run statements one after another in one trip to the thread, and commit there if asked to; the rows of each."""
        if not statements and self._ended():
            return []
        return await self.in_thread(self._run_all, statements, commit)

    def _run_all(self, statements: Sequence[tuple[str, Sequence[Any]]], commit: bool) -> list[list[Any]]:
        rows = [self._conn.execute(sql, parameters).fetchall() for sql, parameters in statements]
        if commit:
            self._conn.commit()
        return rows

    async def commit(self) -> None:
        """Make the transaction durable, if one is open."""
        if not self._ended():
            await self.in_thread(self._conn.commit)

    async def rollback(self) -> None:
        """Undo the transaction, if one is open."""
        if not self._ended():
            await self.in_thread(self._conn.rollback)

    def _ended(self) -> bool:
        """No transaction is open: it was ended, or nothing was run since it was to begin."""
        self._begin = ""
        return self._at_rest and not self._conn.in_transaction


def connection_to(path: Path, busy: float) -> WholeConnection:
    """A connection to await; ``busy`` are the seconds it waits for another's write lock."""
    connect = partial(sqlite3.connect, path, timeout=busy, cached_statements=_STATEMENTS)
    connection = WholeConnection(connect, _CHUNK)
    connection._thread.daemon = True
    return connection
