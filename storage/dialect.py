"""A connection inside its transaction, and how statements are made for it.

A statement that runs for every webhook is drawn once (:class:`Drawing`) and run with parameters: building one costs
SQLAlchemy more than SQLite needs to answer it. Others are built where they are used, with their values inside.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, cast

from sqlalchemy import ColumnElement, FromClause, Table, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import CursorResult, Result
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import Executable

from storage.drawing import Draw as Draw
from storage.drawing import Drawing as Drawing
from storage.drawing import insert_into, inserting_from
from storage.sets import Columns, one_of, table_of
from storage.sqlite_driver import WholeConnection
from storage.together import Rows, read_plainly, read_together, run_alone, write_together


@cache
def drawn(draw: Draw, postgres: bool) -> tuple[Executable, Drawing]:
    """The statement that ``draw`` draws for one of the databases, and how its parameters travel."""
    drawing = Drawing(postgres)
    return draw(drawing), drawing


@dataclass(slots=True)
class Link:
    """A connection inside its transaction, and the running totals it will add. ``driver``: SQLite's own below it."""

    connection: AsyncConnection
    driver: WholeConnection | None = None
    counts: dict[str, int] = field(default_factory=dict)
    waiting: list[tuple[Draw, Mapping[str, Any]]] = field(default_factory=list)

    @property
    def postgres(self) -> bool:
        """PostgreSQL, or SQLite."""
        return self.driver is None

    def count(self, name: str, by: int) -> None:
        """Add to a running total when this transaction commits."""
        if by:
            self.counts[name] = self.counts.get(name, 0) + by

    async def run(self, draw: Draw, **given: Any) -> Result[*tuple[Any, ...]]:
        """Run the statement that ``draw`` draws (once per process) with parameters by name. ``draw`` must be the same
        object every time: a function of a module, or one that a cached function made."""
        await self.settle()
        if self.driver is not None:
            return await run_alone(self.driver, draw, given)
        statement, drawing = drawn(draw, self.postgres)
        return await self.connection.execute(statement, drawing.wired(given))

    async def told(self, draw: Draw, **given: Any) -> Sequence[tuple[Any, ...]]:
        """The rows of such a statement as the driver gives them, past SQLAlchemy: for columns of texts, numbers, truth values and
        bytes, of statements that every webhook waits for."""
        await self.settle()
        return await read_plainly(self.driver or self.connection, draw, given)

    async def read(self, draws: tuple[Draw, ...], **given: Any) -> list[Rows]:
        """Run several reads, which take the same parameters, in one round trip: the rows of each."""
        await self.settle()
        return await read_together(self.driver or self.connection, draws, given)

    def later(self, draw: Draw, **given: Any) -> None:
        """Run a write whose result nobody asks for in one round trip with others like it: before whatever this transaction
        runs next, at the latest before it commits. It takes sets alone as parameters."""
        _, drawing = drawn(draw, self.postgres)
        self.waiting.append((draw, drawing.wired(given)))

    async def settle(self, *, last: bool = False) -> None:
        """Run the writes that wait. ``last``: nothing follows before the commit."""
        if self.waiting or (last and not self.postgres):
            waiting, self.waiting = self.waiting, []
            await write_together(self.driver or self.connection, waiting, last=last)

    async def execute(self, statement: Executable, parameters: Any = None) -> Result[*tuple[Any, ...]]:
        """Run one statement (with a list of parameters: many times, in one call to the driver)."""
        await self.settle()
        return await self.connection.execute(statement, parameters)

    async def changed(self, statement: Executable, parameters: Any = None) -> int:
        """Run a statement that writes and say how many rows it changed."""
        await self.settle()
        result = await self.connection.execute(statement, parameters)
        return cast("CursorResult[Any]", result).rowcount

    def insert(self, table: Table) -> postgresql.Insert:
        """An insert that knows ON CONFLICT."""
        return insert_into(self.postgres, table)

    def among(self, what: ColumnElement[Any], values: Collection[Any]) -> ColumnElement[bool]:
        """``what`` is one of ``values`` (text or whole numbers), given as one parameter."""
        return one_of(self.postgres, what, None, values)

    def rows(self, columns: Columns, values: Iterable[Sequence[Any]]) -> FromClause:
        """A table made of ``values``, one sequence per row in the order of ``columns``; join it, or insert from it."""
        return table_of(self.postgres, columns, None, values)

    def insert_rows(self, table: Table, names: Sequence[str], values: Iterable[Sequence[Any]]) -> postgresql.Insert:
        """``INSERT INTO table (names) SELECT … FROM values`` in the order given; the types are those of the table."""
        return inserting_from(
            self.postgres, table, self.rows({name: table.c[name].type for name in names}, values), names
        )


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
