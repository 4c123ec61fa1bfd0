"""The tables of the code and those of the migrations are the same, however many processes migrate."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect

from storage.engine import open_store
from storage.store import SqlStore
from storage.tables import metadata


def differences(connection: Connection) -> Any:
    options = {"compare_type": True, "compare_server_default": True, "include_name": no_partition}
    context = MigrationContext.configure(connection, opts=options)
    return compare_metadata(context, metadata)


def no_partition(name: str | None, kind: str, _parents: object) -> bool:
    """The ledger's months are no tables of the code."""
    return kind != "table" or name is None or not name.startswith("facts_")


async def test_migrated_tables_are_those_of_the_code(store: SqlStore) -> None:
    async with store.unit_of_work() as uow:
        assert await uow.link.connection.run_sync(differences) == []


async def test_migrating_again_changes_nothing(store: SqlStore) -> None:
    await store.migrate()
    async with store.unit_of_work() as uow:
        assert await uow.link.connection.run_sync(differences) == []


async def test_several_processes_migrate_one_new_sqlite_file_at_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'deep' / 'new.db'}"
    stores = [await open_store(url) for _ in range(4)]
    await asyncio.gather(*(store.migrate() for store in stores))
    async with stores[0].reading() as uow:
        assert (await uow.views.totals())["facts"] == 0
    for store in stores:
        await store.close()


async def test_several_processes_migrate_one_new_postgresql_database_at_once(pg_url: str) -> None:
    stores = [await open_store(pg_url) for _ in range(4)]
    async with stores[0].unit_of_work() as uow:
        await uow.link.connection.run_sync(drop_everything)
    await asyncio.gather(*(store.migrate() for store in stores))
    async with stores[0].unit_of_work() as uow:
        assert await uow.link.connection.run_sync(differences) == []
    for store in stores:
        await store.close()


def drop_everything(connection: Connection) -> None:
    metadata.drop_all(connection)
    connection.exec_driver_sql("DROP TABLE alembic_version")
    assert inspect(connection).get_table_names() == []
