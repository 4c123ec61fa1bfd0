"""Several statements in one round trip."""

from __future__ import annotations

import pytest
from sqlalchemy import BigInteger, Column, MetaData, Table, func, insert, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql import Executable

from storage.dialect import Draw, Drawing
from storage.store import SqlStore
from storage.tables.stock import due
from storage.unit_of_work import SqlUnitOfWork
from tests.storage.given import NOW, ONE, sku

_TABLES = [Table(name, MetaData(), Column("turn", BigInteger)) for name in ("first", "second", "third")]


def _numbered(table: Table) -> Draw:
    def draw(_draw: Drawing) -> Executable:
        return insert(table).from_select(["turn"], select(func.nextval("turns")))

    return draw


async def test_writes_take_their_locks_in_the_order_in_which_they_were_wanted(postgres_store: SqlStore) -> None:
    """So that what every transaction takes last, its counts, it takes last in one statement, too."""
    async with postgres_store.unit_of_work() as uow:
        await uow.link.execute(text("CREATE TEMP SEQUENCE turns"))
        for table in _TABLES:
            await uow.link.execute(text(f"CREATE TEMP TABLE {table.name} (turn bigint) ON COMMIT DROP"))
        for table in _TABLES:
            uow.link.later(_numbered(table))
        turns = [(await uow.link.execute(select(table.c.turn))).scalar_one() for table in _TABLES]
        await uow.link.execute(text("DROP SEQUENCE turns"))
    assert turns == [1, 2, 3]


async def test_what_waits_is_written_before_anything_else_is_run(store: SqlStore) -> None:
    async with store.unit_of_work() as uow:
        await uow.stock.mark_due([ONE], NOW)
        await uow.stock.mark_due([sku(2)], NOW)
        assert (await uow.link.execute(select(due.c.sku).order_by(due.c.id))).scalars().all() == [ONE, sku(2)]


async def test_what_waited_in_a_part_that_failed_is_not_written(store: SqlStore) -> None:
    async def fail(uow: SqlUnitOfWork) -> None:
        async with await uow.savepoint():
            await uow.stock.mark_due([sku(2)], NOW)
            raise RuntimeError("this part fails")

    async with store.unit_of_work() as uow:
        await uow.stock.mark_due([ONE], NOW)
        with pytest.raises(RuntimeError):
            await fail(uow)
    async with store.reading() as uow:
        assert (await uow.link.execute(select(due.c.sku))).scalars().all() == [ONE]


async def test_a_write_that_fails_fails_its_unit_of_work(store: SqlStore) -> None:
    async def fail() -> None:
        async with store.unit_of_work() as uow:
            await uow.stock.mark_due([sku(2)], NOW)
            uow.link.later(_missing)

    with pytest.raises(DBAPIError):
        await fail()
    async with store.reading() as uow:
        assert (await uow.link.execute(select(due.c.sku))).all() == []


def _missing(_draw: Drawing) -> Executable:
    return insert(_TABLES[0]).from_select(["turn"], select(func.count()))
