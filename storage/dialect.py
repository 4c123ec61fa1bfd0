"""The one place that knows how the two databases differ.

A set of values goes to the database as one parameter (an array on PostgreSQL, a JSON text on SQLite), so that a
statement is the same text whatever the size of the set: no limit on parameters, and prepared statements are used again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, cast

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Double,
    FromClause,
    Select,
    Table,
    Text,
    bindparam,
    column,
    func,
    literal_column,
    select,
    true,
    type_coerce,
)
from sqlalchemy import cast as sql_cast
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.engine import CursorResult, Result
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import Executable
from sqlalchemy.sql.elements import ColumnClause
from sqlalchemy.types import Boolean, TypeEngine

from storage.tables.columns import Document, ExactDecimal, Instant, Millionths, to_micros

_NUMBERS = (BigInteger, Instant, Millionths)


@dataclass(slots=True)
class Link:
    """A connection inside its transaction, which of the two databases it is, and the running totals it will add."""

    connection: AsyncConnection
    postgres: bool
    counts: dict[str, int] = field(default_factory=dict)

    def count(self, name: str, by: int) -> None:
        """Add to a running total when this transaction commits."""
        if by:
            self.counts[name] = self.counts.get(name, 0) + by

    async def execute(self, statement: Executable, parameters: Any = None) -> Result[*tuple[Any, ...]]:
        """Run one statement (with a list of parameters: many times, in one call to the driver)."""
        return await self.connection.execute(statement, parameters)

    async def changed(self, statement: Executable, parameters: Any = None) -> int:
        """Run a statement that writes and say how many rows it changed."""
        result = await self.connection.execute(statement, parameters)
        return cast("CursorResult[Any]", result).rowcount

    def insert(self, table: Table) -> postgresql.Insert:
        """An insert that knows ON CONFLICT. Both dialects' inserts have the same methods."""
        return postgresql.insert(table) if self.postgres else cast("postgresql.Insert", sqlite.insert(table))

    def among(self, what: ColumnElement[Any], values: Collection[Any]) -> ColumnElement[bool]:
        """``what`` is one of ``values`` (text or whole numbers), given as one parameter."""
        if self.postgres:
            kind: TypeEngine[Any] = BigInteger() if isinstance(what.type, BigInteger) else Text()
            array = bindparam(None, list(values), type_=ARRAY(kind), unique=True)
            return what == func.any(array)
        document = bindparam(None, json.dumps(list(values)), type_=Text, unique=True)
        return what.in_(select(func.json_each(document).table_valued(column("value")).c.value))

    def rows(self, columns: Mapping[str, TypeEngine[Any]], values: Iterable[Sequence[Any]]) -> FromClause:
        """A table made of ``values``, one sequence per row in the order of ``columns``; join it, or insert from it."""
        return _arrays(columns, values) if self.postgres else _documents(columns, values)

    def insert_rows(self, table: Table, names: Sequence[str], values: Iterable[Sequence[Any]]) -> postgresql.Insert:
        """``INSERT INTO table (names) SELECT … FROM values`` in the order given; the types are those of the table."""
        given = self.rows({name: table.c[name].type for name in names}, values)
        rows: Select[Any] = select(*(given.c[name] for name in names)).where(true())
        return self.insert(table).from_select(list(names), rows)


def _binder(kind: TypeEngine[Any]) -> Callable[[Any], Any]:
    """How a value of a column type travels inside a set."""
    if isinstance(kind, Instant):
        return to_micros
    if isinstance(kind, Millionths):
        return lambda value: int((cast("Decimal", value) * 1_000_000).to_integral_value())
    if isinstance(kind, ExactDecimal):
        return str
    if isinstance(kind, Document):
        return lambda value: json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return lambda value: value


def _bound(columns: Mapping[str, TypeEngine[Any]], values: Iterable[Sequence[Any]]) -> list[list[Any]]:
    binders = [_binder(kind) for kind in columns.values()]
    return [
        [None if value is None else bind(value) for bind, value in zip(binders, row, strict=True)] for row in values
    ]


def _wire(kind: TypeEngine[Any]) -> TypeEngine[Any]:
    if isinstance(kind, Boolean):
        return Boolean()
    if isinstance(kind, Double):
        return Double()
    return BigInteger() if isinstance(kind, _NUMBERS) or kind.python_type is int else Text()


def _arrays(columns: Mapping[str, TypeEngine[Any]], values: Iterable[Sequence[Any]]) -> FromClause:
    rows = _bound(columns, values)
    arrays = [
        bindparam(None, [row[place] for row in rows], type_=ARRAY(_wire(kind)), unique=True)
        for place, kind in enumerate(columns.values())
    ]
    names: list[ColumnClause[Any]] = [column(name, _wire(kind)) for name, kind in columns.items()]
    given = func.unnest(*arrays).table_valued(*names).render_derived()
    typed = [
        (sql_cast(given.c[name], JSONB) if isinstance(kind, Document) else type_coerce(given.c[name], kind)).label(name)
        for name, kind in columns.items()
    ]
    return select(*typed).subquery()


def _documents(columns: Mapping[str, TypeEngine[Any]], values: Iterable[Sequence[Any]]) -> FromClause:
    document = bindparam(None, json.dumps(_bound(columns, values), ensure_ascii=False), type_=Text, unique=True)
    each = func.json_each(document).table_valued(column("value", Text))
    typed = [
        type_coerce(func.json_extract(each.c.value, literal_column(f"'$[{place}]'")), kind).label(name)
        for place, (name, kind) in enumerate(columns.items())
    ]
    return select(*typed).select_from(each).subquery()
