"""Statements straight to asyncpg, beneath what SQLAlchemy does for each: its transaction, its prepared statements and what it
makes of an error stay as they are. A statement costs our process half as much, and a webhook alone waits for some ten of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NoReturn, cast

from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql.asyncpg import AsyncAdapt_asyncpg_connection, PGDialect_asyncpg
from sqlalchemy.ext.asyncio import AsyncConnection

Rows = Sequence[tuple[Any, ...]]


async def fetch(connection: AsyncConnection, sql: str, values: Sequence[Any]) -> Rows:
    """The rows of a statement, values as asyncpg takes and gives them. Raises what SQLAlchemy would raise, who listens to its
    statements hears this one, too, and a connection that is lost or left in the middle is given up."""
    above = cast("Connection", connection.sync_connection)
    if above._has_events or above.engine._has_events:
        for told in above.dispatch.before_cursor_execute:
            told(above, None, sql, values, None, False)
    dialect = cast("PGDialect_asyncpg", above.dialect)
    driver = cast("AsyncAdapt_asyncpg_connection", above.connection.dbapi_connection)
    try:
        return await _fetched(driver, sql, values, dialect._invalidate_schema_cache_asof)
    except BaseException as error:  # noqa: BLE001 - a task that is cancelled leaves its connection in the middle, too
        return await connection.run_sync(_broken, dialect, error, sql, values)


async def _fetched(driver: AsyncAdapt_asyncpg_connection, sql: str, values: Sequence[Any], newer_than: float) -> Rows:
    """``newer_than``: statements prepared before then are prepared again (monotonic seconds of SQLAlchemy's)."""
    async with driver._execute_mutex:
        if driver._transaction is None:
            await driver._start_transaction()  # type: ignore[no-untyped-call]
        try:
            statement, _ = await driver._prepare(sql, newer_than)  # type: ignore[no-untyped-call]
            return cast("Rows", await statement.fetch(*values))
        except Exception as error:  # noqa: BLE001 - raised again by the name that SQLAlchemy has for it
            driver._handle_exception(error)


def _broken(
    above: Connection, dialect: PGDialect_asyncpg, error: BaseException, sql: str, values: Sequence[Any]
) -> NoReturn:
    known = dialect.loaded_dbapi
    if isinstance(error, known.InvalidCachedStatementError | known.InternalServerError):
        dialect._invalidate_schema_cache()  # type: ignore[no-untyped-call]
    try:
        raise error
    except BaseException as again:  # noqa: BLE001 - raised again as SQLAlchemy raises it
        above._handle_dbapi_exception(again, sql, tuple(values), None, None)
