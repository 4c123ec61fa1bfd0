"""Many rows at once, past SQLAlchemy and inside its transaction: whole results into files, and rows in by COPY."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Select, Table

from storage.dialect import Link
from storage.sets import row_wires
from storage.sqlite_driver import WholeConnection


async def write_csv(link: Link, query: Select[Any], path: Path) -> None:
    """The rows of a query as CSV without a header, nothing for NULL. Memory does not grow with the rows."""
    await link.settle()
    sql = str(query.compile(dialect=link.connection.dialect, compile_kwargs={"literal_binds": True}))
    if link.driver is not None:
        await link.driver.in_thread(_write, link.driver, sql, path)
    elif (driver := (await link.connection.get_raw_connection()).driver_connection) is not None:
        await driver.copy_from_query(sql, output=str(path), format="csv")


def _write(driver: WholeConnection, sql: str, path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(driver._conn.execute(sql))


async def copy_rows(link: Link, table: Table, names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert rows by COPY (PostgreSQL only): for many rows it costs a part of what an insert does. It knows no ON CONFLICT."""
    await link.settle()
    driver = (await link.connection.get_raw_connection()).driver_connection
    records = row_wires({name: table.c[name].type for name in names}, rows)
    if driver is not None:
        await driver.copy_records_to_table(table.name, records=records, columns=list(names))
