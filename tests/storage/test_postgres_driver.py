"""Statements that go past SQLAlchemy leave everything else as it would be."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError

from storage.engine import open_store
from storage.postgres_driver import fetch
from storage.store import SqlStore

pytestmark = pytest.mark.postgres
_OWN = "SELECT pg_backend_pid()"


async def _here(store: SqlStore, statement: str = _OWN) -> int:
    async with store.unit_of_work() as uow:
        [[number]] = await fetch(uow.link.connection, statement, ())
        return int(number)


async def test_a_statement_is_part_of_its_transaction(postgres_store: SqlStore) -> None:
    async with postgres_store.unit_of_work() as uow:
        [[before]] = await fetch(uow.link.connection, "SELECT pg_current_xact_id()::text", ())
        after = (await uow.link.execute(text("SELECT pg_current_xact_id()::text"))).scalar_one()
    assert before == after
    async with postgres_store.reading() as uow:
        [told] = await fetch(uow.link.connection, "SELECT current_setting('transaction_isolation')", ())
    assert tuple(told) == ("repeatable read",)


async def test_a_mistake_is_raised_by_the_name_that_it_has_everywhere_and_the_connection_stays(
    postgres_store: SqlStore,
) -> None:
    before = await _here(postgres_store)
    with pytest.raises(DBAPIError, match="division by zero") as raised:
        await _here(postgres_store, "SELECT 1 / 0")
    assert getattr(raised.value.orig, "sqlstate", None) == "22012"
    assert await _here(postgres_store) == before


async def _end(store: SqlStore, backend: int) -> None:
    async with store.unit_of_work() as uow:
        await uow.link.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": backend})


async def test_a_connection_that_is_lost_is_told_and_not_used_again(postgres_store: SqlStore, pg_url: str) -> None:
    other = await open_store(pg_url)

    async def lose() -> None:
        async with postgres_store.unit_of_work() as uow:
            [[backend]] = await fetch(uow.link.connection, _OWN, ())
            await _end(other, backend)
            await fetch(uow.link.connection, _OWN, ())

    with pytest.raises(DBAPIError) as raised:
        await lose()
    await other.close()
    assert raised.value.connection_invalidated
    assert await _here(postgres_store) > 0


async def test_a_task_that_is_cancelled_leaves_no_connection_in_the_middle(postgres_store: SqlStore) -> None:
    before = await _here(postgres_store)
    waiting = asyncio.create_task(_here(postgres_store, "SELECT 1 FROM pg_sleep(30)"))
    await asyncio.sleep(0.2)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert await _here(postgres_store) != before


async def test_who_listens_to_statements_hears_these_too(postgres_store: SqlStore) -> None:
    heard: list[str] = []
    async with postgres_store.unit_of_work() as uow:
        connection = uow.link.connection.sync_connection
        event.listen(connection, "before_cursor_execute", lambda _c, _u, told, *_rest: heard.append(told))
        await fetch(uow.link.connection, _OWN, ())
    assert heard == [_OWN]
