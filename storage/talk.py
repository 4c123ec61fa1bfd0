"""Several statements as one talk with the database: each is given after the rows of the one before were heard.

A talk is a generator that yields what to run and is sent the rows. On SQLite all of it runs in one trip to the driver's
thread, since such a trip costs more than most statements; on PostgreSQL each statement is a round trip of its own.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeVar, cast

from sqlalchemy import Table, insert
from sqlalchemy.exc import DBAPIError

from storage.bulk import copy_rows
from storage.dialect import Draw, Link, inserting
from storage.sqlite_driver import WholeConnection
from storage.together import alone

T = TypeVar("T")

MANY = 500
"""Rows from which COPY pays for its own round trip (half as fast again: ``bench.snapshot``)."""


@dataclass(frozen=True, slots=True)
class Ask:
    """Run a drawn statement that returns rows, with parameters by name."""

    draw: Draw
    given: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Put:
    """Insert rows as one set, many of them by COPY where there is one."""

    table: Table
    names: tuple[str, ...]
    rows: Sequence[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Each:
    """Insert rows one by one in one call to the driver, their values (bytes among them) as the driver takes them."""

    table: Table
    names: tuple[str, ...]
    rows: Sequence[tuple[Any, ...]]


Rows = Sequence[tuple[Any, ...]]
Talk = Generator[Ask | Put | Each, Rows, T]


async def talk(link: Link, talking: Talk[T]) -> T:
    """Lead a talk to its end; what it returns."""
    if link.driver is None:
        return await _by_statement(link, talking)
    await link.settle()
    try:
        return await link.driver.in_thread(_whole, link.driver, talking)
    except sqlite3.Error as error:
        raise DBAPIError.instance(None, None, error, sqlite3.Error) from error


async def _by_statement(link: Link, talking: Talk[T]) -> T:
    try:
        said = next(talking)
        while True:
            said = talking.send(await _rows(link, said))
    except StopIteration as done:
        return cast("T", done.value)


async def _rows(link: Link, said: Ask | Put | Each) -> Rows:
    if isinstance(said, Ask):
        return await link.told(said.draw, **said.given)
    if isinstance(said, Each):
        await link.execute(insert(said.table), [dict(zip(said.names, row, strict=True)) for row in said.rows])
    elif len(said.rows) >= MANY:
        await copy_rows(link, said.table, said.names, said.rows)
    else:
        await link.told(inserting(said.table, said.names), rows=said.rows)
    return ()


# -- in SQLite's thread ------------------------------------------------------------------------------------------------


def _whole(driver: WholeConnection, talking: Talk[T]) -> T:
    connection = driver._conn
    try:
        said = next(talking)
        while True:
            said = talking.send(_heard(connection, said))
    except StopIteration as done:
        return cast("T", done.value)


def _heard(connection: sqlite3.Connection, said: Ask | Put | Each) -> Rows:
    """Raises what SQLAlchemy would raise."""
    if isinstance(said, Each):
        sql, values = _one_by_one(said.table, said.names), said.rows
        return _tried(sql, values, lambda: connection.executemany(sql, values).fetchall())
    ask = said if isinstance(said, Ask) else Ask(inserting(said.table, said.names), {"rows": said.rows})
    compiled = alone(False, ask.draw)
    parameters = compiled.values(compiled.drawing.wired(ask.given))
    return _tried(compiled.sql, parameters, lambda: connection.execute(compiled.sql, parameters).fetchall())


def _tried(sql: str, parameters: Any, run: Callable[[], Rows]) -> Rows:
    try:
        return run()
    except sqlite3.Error as error:
        raise DBAPIError.instance(sql, parameters, error, sqlite3.Error) from error


@cache
def _one_by_one(table: Table, names: tuple[str, ...]) -> str:
    return f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({', '.join('?' for _ in names)})"
