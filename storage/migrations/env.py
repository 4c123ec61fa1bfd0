"""Alembic's environment: on the connection of a running program, or by URL from Alembic's own command line."""

from __future__ import annotations

import asyncio
import os
from typing import Literal

from alembic import context
from alembic.config import Config
from sqlalchemy import Connection, TypeDecorator
from sqlalchemy.ext.asyncio import create_async_engine

from storage.tables import metadata


def _as_plain_type(kind: str, item: object, _context: object) -> str | Literal[False]:
    """Revisions name database types, so that they stay true when our own types change."""
    if kind == "type" and isinstance(item, TypeDecorator):
        if item.__class__.__name__ == "Document":
            return "sa.JSON().with_variant(postgresql.JSONB(), 'postgresql')"
        return f"sa.{item.impl_instance.__class__.__name__}()"
    return False


def _no_partition(name: str | None, kind: str, _parents: object) -> bool:
    """The ledger's months are made as they come."""
    return kind != "table" or name is None or not name.startswith("facts_")


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_item=_as_plain_type,
        include_name=_no_partition,
        render_as_batch=connection.dialect.name == "sqlite",
    )
    with context.begin_transaction():
        context.run_migrations()


async def _by_url() -> None:
    engine = create_async_engine(os.environ["COUNTERSIGN_DATABASE_URL"])
    async with engine.begin() as connection:
        await connection.run_sync(_run)
    await engine.dispose()


def main(config: Config) -> None:
    """Run on the connection that was handed over, else connect by COUNTERSIGN_DATABASE_URL."""
    connection = config.attributes.get("connection")
    if connection is not None:
        _run(connection)
    else:
        asyncio.run(_by_url())


main(context.config)
