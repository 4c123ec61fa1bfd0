"""The tables of the code and those of the migrations are the same, however many processes migrate."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from storage.engine import open_store
from storage.migrations.migrate import alembic_config, newest_revision, revision_of
from storage.store import SqlStore
from storage.tables import metadata
from sync.errors import BadInput


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


async def newer(store: SqlStore, since: str) -> None:
    """A later version was here: it added a table, and says whom its tables still serve."""
    async with store.unit_of_work() as uow:
        await uow.link.execute(text("CREATE TABLE something_new (id BIGINT)"))
        await uow.link.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        await uow.link.execute(text("INSERT INTO served (revision, since) VALUES ('9999', :since)"), {"since": since})


async def test_a_process_goes_on_with_newer_tables_that_still_serve_it(store: SqlStore) -> None:
    """A fleet is upgraded process by process: one of the old version may start again meanwhile."""
    await newer(store, newest_revision())
    await store.migrate()
    async with store.reading() as uow:
        assert await revision_of(uow.link.connection) == "9999", "nothing is taken back"
        assert (await uow.views.totals())["facts"] == 0


async def test_a_process_that_newer_tables_do_not_serve_says_so_and_changes_nothing(store: SqlStore) -> None:
    await newer(store, "9998")
    with pytest.raises(BadInput, match="Start the newer version"):
        await store.migrate()
    async with store.reading() as uow:
        assert await revision_of(uow.link.connection) == "9999"


async def test_every_revision_from_0003_on_says_whom_it_serves(store: SqlStore) -> None:
    async with store.reading() as uow:
        told = dict((await uow.link.execute(text("SELECT revision, since FROM served"))).tuples().all())
    known = [one.revision for one in ScriptDirectory.from_config(alembic_config()).walk_revisions()]
    assert sorted(told) == sorted(one for one in known if one >= "0003")
    assert all(since <= revision for revision, since in told.items())


def drop_everything(connection: Connection) -> None:
    metadata.drop_all(connection)
    connection.exec_driver_sql("DROP TABLE alembic_version")
    assert inspect(connection).get_table_names() == []
