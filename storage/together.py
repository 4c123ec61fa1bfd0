"""Several statements in one round trip, drawn and compiled once.

PostgreSQL answers them as one statement: reads as one JSON document (the rows of each as lists), writes as parts of one WITH.
SQLite runs them one after another in one trip to its thread. Either way they see what the transaction saw when they began.
"""

from __future__ import annotations

import re
import sqlite3
from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import cache, partial
from typing import Any, cast

from sqlalchemy import Boolean, Dialect, Select, Text, func, literal_column, select
from sqlalchemy import cast as sql_cast
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.dialects.sqlite.aiosqlite import SQLiteDialect_aiosqlite
from sqlalchemy.engine import IteratorResult, Result
from sqlalchemy.engine.result import SimpleResultMetaData
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import Executable
from sqlalchemy.sql.selectable import ReturnsRows
from sqlalchemy.types import TypeEngine

from storage.codecs import from_text
from storage.drawing import Draw, Drawing
from storage.postgres_driver import fetch
from storage.sqlite_driver import WholeConnection
from storage.tables.columns import Document, ExactDecimal, Instant, Millionths, from_micros, to_micros

Rows = list[Any]
"""Rows of one read: named tuples with the names and the types of its columns."""

_Readers = tuple[tuple[int, Callable[[Any], Any]], ...]
_Shape = tuple[Callable[[Sequence[Any]], Any], _Readers]
_VALUE = re.compile(r"\$([0-9]+)")
"""A parameter in the text of a statement for PostgreSQL."""

_DIALECTS: Mapping[bool, Dialect] = {True: PGDialect_asyncpg(), False: SQLiteDialect_aiosqlite()}  # type: ignore[no-untyped-call]


class Compiled:
    """The text of a statement with the names of its parameters in their order, and the columns that it returns."""

    def __init__(self, statement: Executable, drawing: Drawing) -> None:
        compiled = cast("Any", statement).compile(dialect=_DIALECTS[drawing.postgres])
        self.sql = str(compiled)
        self.names: Sequence[str] = compiled.positiontup or ()
        self.own: Mapping[str, Any] = compiled.params
        self.columns: Any = statement.exported_columns if isinstance(statement, ReturnsRows) else ()
        self.drawing = drawing

    def values(self, wired: Mapping[str, Any]) -> tuple[Any, ...]:
        """Its parameters as a driver takes them."""
        return tuple([_plain(wired[name] if name in wired else self.own[name]) for name in self.names])


def _plain(value: Any) -> Any:
    return to_micros(value) if isinstance(value, datetime) else value


async def read_together(
    connection: AsyncConnection | WholeConnection, draws: tuple[Draw, ...], given: Mapping[str, Any]
) -> list[Rows]:
    """The rows of several reads that take the same parameters, in the order of ``draws``."""
    if isinstance(connection, AsyncConnection):
        compiled, shapes = _as_one(draws)
        [[told]] = await fetch(connection, compiled.sql, compiled.values(compiled.drawing.wired(given)))
        found = from_text(told)
    else:
        each, shapes = _one_by_one(draws)
        found = await _in_thread(connection, [(one.sql, one.values(one.drawing.wired(given))) for one in each])
    return [_shaped(rows, shape) for rows, shape in zip(found, shapes, strict=True)]


async def write_together(
    connection: AsyncConnection | WholeConnection,
    writes: Sequence[tuple[Draw, Mapping[str, Any]]],
    *,
    last: bool = False,
) -> None:
    """Run several writes in their order, each with its parameters as the statement takes them. Parts of one statement do not see
    each other, so on PostgreSQL a second write to the same table begins a statement of its own. ``last``: nothing follows before
    the commit, which SQLite then does on the same trip."""
    if isinstance(connection, WholeConnection):
        each = [(alone(False, draw), wired) for draw, wired in writes]
        await _in_thread(connection, [(one.sql, one.values(wired)) for one, wired in each], commit=last)
        return
    for part in _parts(writes):
        sql = _in_one_with(tuple(draw for draw, _ in part)) if len(part) > 1 else alone(True, part[0][0]).sql
        await fetch(connection, sql, [value for draw, wired in part for value in alone(True, draw).values(wired)])


async def read_plainly(
    connection: AsyncConnection | WholeConnection, draw: Draw, given: Mapping[str, Any]
) -> Sequence[tuple[Any, ...]]:
    """The rows of one statement as the driver gives them."""
    one = alone(isinstance(connection, AsyncConnection), draw)
    values = one.values(one.drawing.wired(given))
    if isinstance(connection, AsyncConnection):
        return await fetch(connection, one.sql, values)
    [rows] = await _in_thread(connection, [(one.sql, values)])
    return rows


async def run_alone(connection: WholeConnection, draw: Draw, given: Mapping[str, Any]) -> Result[*tuple[Any, ...]]:
    """Run one statement on SQLite: past SQLAlchemy, which takes longer to hand it over than SQLite to answer it."""
    compiled, names, readers = _returning(draw)
    [rows] = await _in_thread(connection, [(compiled.sql, compiled.values(compiled.drawing.wired(given)))])
    return IteratorResult(SimpleResultMetaData(names), iter(_shaped(rows, (tuple, readers))))


async def _in_thread(
    driver: WholeConnection, statements: Sequence[tuple[str, Sequence[Any]]], *, commit: bool = False
) -> list[list[Any]]:
    """Run statements on SQLite in one trip to its thread; the rows of each, with values as they are stored."""
    try:
        return await driver.run_all(statements, commit=commit)
    except sqlite3.Error as error:
        told = "; ".join(sql for sql, _ in statements)
        raise DBAPIError.instance(told, None, error, sqlite3.Error) from error


def _parts(writes: Sequence[tuple[Draw, Mapping[str, Any]]]) -> Iterator[list[tuple[Draw, Mapping[str, Any]]]]:
    part: list[tuple[Draw, Mapping[str, Any]]] = []
    tables: set[str] = set()
    for draw, given in writes:
        table = _table(draw)
        if table in tables:
            yield part
            part, tables = [], set()
        part.append((draw, given))
        tables.add(table)
    yield part


@cache
def _table(draw: Draw) -> str:
    return str(cast("Any", draw(Drawing(True))).table.name)


@cache
def alone(postgres: bool, draw: Draw) -> Compiled:
    """A statement by itself, as the driver takes it."""
    drawing = Drawing(postgres)
    return Compiled(draw(drawing), drawing)


@cache
def _in_one_with(draws: tuple[Draw, ...]) -> str:
    """One statement of several, made of their texts: which of them meet differs from slice to slice, and to draw each meeting
    anew takes ten milliseconds. Parts that nobody asks run last one first; asked for their rows they run in their order, in
    which every transaction takes its locks."""
    parts, asked, before = [], [], 0
    for place, draw in enumerate(draws):
        one = alone(True, draw)
        parts.append(f"part_{place} AS ({_VALUE.sub(partial(_later, before), one.sql)} RETURNING 1 AS one)")
        asked.append(f"(SELECT count(one) FROM part_{place})")
        before += len(one.names)
    return f"WITH {', '.join(parts)} SELECT {', '.join(asked)}"


def _later(before: int, value: re.Match[str]) -> str:
    return f"${before + int(value[1])}"


@cache
def _as_one(draws: tuple[Draw, ...]) -> tuple[Compiled, list[_Shape]]:
    drawing = Drawing(True)
    reads = [cast("Select[Any]", draw(drawing)).subquery(f"read_{place}") for place, draw in enumerate(draws)]
    lists = [select(func.json_agg(func.json_build_array(*one.c))).scalar_subquery() for one in reads]
    told = select(
        sql_cast(func.json_build_array(*(func.coalesce(one, literal_column("'[]'::json")) for one in lists)), Text)
    )
    return Compiled(told, drawing), [_shape(True, one.c) for one in reads]


@cache
def _one_by_one(draws: tuple[Draw, ...]) -> tuple[list[Compiled], list[_Shape]]:
    each = [alone(False, draw) for draw in draws]
    return each, [_shape(False, one.columns) for one in each]


@cache
def _returning(draw: Draw) -> tuple[Compiled, Sequence[str], _Readers]:
    """A statement on SQLite, the names of the columns that it returns, and how they are read. What has no name is read by its
    place alone."""
    one = alone(False, draw)
    names = [column.key or f"column {place}" for place, column in enumerate(one.columns)]
    return one, names, _readers(False, one.columns)


def _shape(postgres: bool, columns: Any) -> _Shape:
    made = namedtuple("Read", [column.key for column in columns])  # type: ignore[misc]
    return made._make, _readers(postgres, columns)


def _readers(postgres: bool, columns: Any) -> _Readers:
    reading = [(place, _reader(postgres, column.type)) for place, column in enumerate(columns)]
    return tuple((place, reader) for place, reader in reading if reader is not None)


def _reader(postgres: bool, kind: TypeEngine[Any]) -> Callable[[Any], Any] | None:
    """How a value that is there becomes what its column's type says; None: it is that already."""
    if isinstance(kind, Instant):
        return from_micros
    if isinstance(kind, ExactDecimal):
        return Decimal
    if isinstance(kind, Millionths):
        return lambda value: Decimal(value) / 1_000_000
    if isinstance(kind, Document):
        return None if postgres else from_text
    return bool if isinstance(kind, Boolean) and not postgres else None


def _shaped(rows: Sequence[Any], shape: _Shape) -> Rows:
    make, reading = shape
    if not reading:
        return [make(row) for row in rows]
    shaped = []
    for row in rows:
        values = list(row)
        for place, reader in reading:
            if values[place] is not None:
                values[place] = reader(values[place])
        shaped.append(make(values))
    return shaped
