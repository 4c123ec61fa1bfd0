"""A connection inside its transaction, and how statements are made for it.

A statement that runs for every webhook is drawn once (:class:`Drawing`) and run with parameters: building one costs
SQLAlchemy more than SQLite needs to answer it. Others are built where they are used, with their values inside.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, cast

from sqlalchemy import ColumnElement, FromClause, Select, Table, select, true, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import CursorResult, Result
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import Executable

from storage.sets import Columns, keys_wire, one_of, rows_wire, table_of


class Drawing:
    """What a function that draws a statement is given: the database's own words, and sets by the name of their parameter."""

    def __init__(self, postgres: bool) -> None:
        self.postgres = postgres
        self.keys: set[str] = set()
        self.tables: dict[str, Columns] = {}

    def among(self, what: ColumnElement[Any], name: str) -> ColumnElement[bool]:
        """``what`` is one of the values (text or whole numbers) given as ``name``."""
        self.keys.add(name)
        return one_of(self.postgres, what, name)

    def rows(self, columns: Columns, name: str = "rows") -> FromClause:
        """The rows given as ``name``, as a table to join or to insert from."""
        self.tables[name] = columns
        return table_of(self.postgres, columns, name)

    def insert_rows(self, table: Table, names: Sequence[str], name: str = "rows") -> postgresql.Insert:
        """``INSERT INTO table (names) SELECT … FROM`` the rows given as ``name``, in their order."""
        return _inserting(self.postgres, table, self.rows({one: table.c[one].type for one in names}, name), names)

    def insert(self, table: Table) -> postgresql.Insert:
        """An insert that knows ON CONFLICT, from whatever is selected."""
        return _insert(self.postgres, table)

    def wired(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Parameters as the statement takes them."""
        wires: dict[str, Any] = {}
        for name, value in given.items():
            if name in self.tables:
                wires[name] = rows_wire(self.postgres, self.tables[name], value)
            else:
                wires[name] = keys_wire(value) if name in self.keys else value
        return wires


Draw = Callable[[Drawing], Executable]


@cache
def drawn(draw: Draw, postgres: bool) -> tuple[Executable, Drawing]:
    """The statement that ``draw`` draws for one of the databases, and how its parameters travel."""
    drawing = Drawing(postgres)
    return draw(drawing), drawing


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

    async def run(self, draw: Draw, **given: Any) -> Result[*tuple[Any, ...]]:
        """Run the statement that ``draw`` draws (once per process) with parameters by name. ``draw`` must be the same
        object every time: a function of a module, or one that a cached function made."""
        statement, drawing = drawn(draw, self.postgres)
        return await self.connection.execute(statement, drawing.wired(given))

    async def execute(self, statement: Executable, parameters: Any = None) -> Result[*tuple[Any, ...]]:
        """Run one statement (with a list of parameters: many times, in one call to the driver)."""
        return await self.connection.execute(statement, parameters)

    async def changed(self, statement: Executable, parameters: Any = None) -> int:
        """Run a statement that writes and say how many rows it changed."""
        result = await self.connection.execute(statement, parameters)
        return cast("CursorResult[Any]", result).rowcount

    def insert(self, table: Table) -> postgresql.Insert:
        """An insert that knows ON CONFLICT."""
        return _insert(self.postgres, table)

    def among(self, what: ColumnElement[Any], values: Collection[Any]) -> ColumnElement[bool]:
        """``what`` is one of ``values`` (text or whole numbers), given as one parameter."""
        return one_of(self.postgres, what, None, values)

    def rows(self, columns: Columns, values: Iterable[Sequence[Any]]) -> FromClause:
        """A table made of ``values``, one sequence per row in the order of ``columns``; join it, or insert from it."""
        return table_of(self.postgres, columns, None, values)

    def insert_rows(self, table: Table, names: Sequence[str], values: Iterable[Sequence[Any]]) -> postgresql.Insert:
        """``INSERT INTO table (names) SELECT … FROM values`` in the order given; the types are those of the table."""
        return _inserting(self.postgres, table, self.rows({name: table.c[name].type for name in names}, values), names)


def _insert(postgres: bool, table: Table) -> postgresql.Insert:
    """Both dialects' inserts have the same methods."""
    return postgresql.insert(table) if postgres else cast("postgresql.Insert", sqlite.insert(table))


def _inserting(postgres: bool, table: Table, given: FromClause, names: Sequence[str]) -> postgresql.Insert:
    rows: Select[Any] = select(*(given.c[name] for name in names)).where(true())
    return _insert(postgres, table).from_select(list(names), rows)


@cache
def inserting(table: Table, names: tuple[str, ...]) -> Draw:
    """Draws the plain insert of ``rows``."""
    return lambda drawing: drawing.insert_rows(table, names)


@cache
def upserting(table: Table, names: tuple[str, ...], key: tuple[str, ...]) -> Draw:
    """Draws the insert of ``rows`` that replaces everything but the key of rows that are there."""

    def draw(drawing: Drawing) -> Executable:
        saving = drawing.insert_rows(table, names)
        kept = {name: saving.excluded[name] for name in names if name not in key}
        return saving.on_conflict_do_update(index_elements=list(key), set_=kept)

    return draw


@cache
def rewriting(table: Table, names: tuple[str, ...], key: str) -> Draw:
    """Draws the update of rows that are there from ``rows``: the key, then the columns ``names``."""

    def draw(drawing: Drawing) -> Executable:
        given = drawing.rows({one: table.c[one].type for one in (key, *names)})
        return update(table).where(table.c[key] == given.c[key]).values({name: given.c[name] for name in names})

    return draw


@cache
def claiming(table: Table, names: tuple[str, ...], key: tuple[str, ...], *returned: str) -> Draw:
    """Draws the insert of ``rows`` that leaves rows alone that are there; returns columns of those inserted."""

    def draw(drawing: Drawing) -> Executable:
        adding = drawing.insert_rows(table, names).on_conflict_do_nothing(index_elements=list(key))
        return adding.returning(*(table.c[name] for name in returned)) if returned else adding

    return draw
