"""How statements are drawn that run for every webhook: once per process, with parameters by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from sqlalchemy import CTE, ColumnElement, FromClause, Select, Table, literal_column, select, true
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql import Executable

from storage.sets import Columns, keys_wire, one_of, rows_wire, table_of


class Drawing:
    """What a function that draws a statement is given: the database's own words, and sets by the name of their parameter."""

    def __init__(self, postgres: bool) -> None:
        self.postgres = postgres
        self.keys: set[str] = set()
        self.tables: dict[str, Columns] = {}
        self._shared: dict[Callable[[Drawing], CTE], CTE] = {}

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
        return inserting_from(self.postgres, table, self.rows({one: table.c[one].type for one in names}, name), names)

    def insert(self, table: Table) -> postgresql.Insert:
        """An insert that knows ON CONFLICT, from whatever is selected."""
        return insert_into(self.postgres, table)

    def shared(self, make: Callable[[Drawing], CTE]) -> CTE:
        """What several reads rest on: read once where they go out as one statement."""
        if make not in self._shared:
            self._shared[make] = make(self)
        return self._shared[make]

    def each(self, given: FromClause, table: Table, same: ColumnElement[bool]) -> tuple[FromClause, Any]:
        """``given`` with the rows of a table that are the ``same``, looked up for each one by an index; and their columns.
        PostgreSQL would read the table whole as long as it knows nothing of its size, or takes it for empty as it was."""
        if not self.postgres:
            return given.join(table, same), table.c
        own = select(table).where(same).offset(literal_column("0")).lateral(f"each_{table.name}")
        return given.join(own, true()), own.c

    def wired(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Parameters as the statement takes them."""
        wires: dict[str, Any] = {}
        for name, value in given.items():
            if name in self.tables:
                wires[name] = rows_wire(self.postgres, self.tables[name], value)
            elif name in self.keys:
                wires[name] = keys_wire(value)
            else:
                wires[name] = value
        return wires


Draw = Callable[[Drawing], Executable]


def insert_into(postgres: bool, table: Table) -> postgresql.Insert:
    """An insert that knows ON CONFLICT: both dialects' have the same methods."""
    return postgresql.insert(table) if postgres else cast("postgresql.Insert", sqlite.insert(table))


def inserting_from(postgres: bool, table: Table, given: FromClause, names: Sequence[str]) -> postgresql.Insert:
    """``INSERT INTO table (names) SELECT … FROM given``."""
    rows: Select[Any] = select(*(given.c[name] for name in names)).where(true())
    return insert_into(postgres, table).from_select(list(names), rows)
