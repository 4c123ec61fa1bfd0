"""Units of work: all or nothing, beside each other where that is safe, tried again where the database asks for it."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path
from unittest.mock import patch

import asyncpg
import pytest
from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.exc import DBAPIError, OperationalError, StatementError

from storage import alive
from storage.engine import open_store
from storage.store import TRIES, SqlStore
from storage.tables.stock import stock
from storage.unit_of_work import SqlUnitOfWork
from sync.errors import BadInput
from tests.storage.given import NOW, ONE, a_delivery, given_skus, sku


async def versions(store: SqlStore) -> dict[str, int]:
    async with store.reading() as uow:
        return dict((await uow.link.execute(select(stock.c.sku, stock.c.version))).all())


async def test_a_unit_of_work_that_raises_leaves_nothing(store: SqlStore) -> None:
    async def fail() -> None:
        async with store.unit_of_work() as uow:
            await uow.stock.lock([ONE])
            await uow.ledger.record_deliveries([a_delivery()])
            raise RuntimeError("killed")

    with pytest.raises(RuntimeError):
        await fail()
    assert await versions(store) == {}
    async with store.reading() as uow:
        assert (await uow.views.totals())["deliveries"] == 0


async def test_a_cancelled_unit_of_work_leaves_nothing_and_the_writer_free(store: SqlStore) -> None:
    begun = asyncio.Event()

    async def hang() -> None:
        async with store.unit_of_work() as uow:
            await uow.stock.lock([ONE])
            begun.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(hang())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with asyncio.timeout(10):
        await given_skus(store, sku(2))
    assert await versions(store) == {sku(2): 0}


async def test_a_part_may_fail_alone(store: SqlStore) -> None:
    async with store.unit_of_work() as uow:
        await uow.stock.lock([sku(1)])

        async def part() -> None:
            async with await uow.savepoint():
                await uow.stock.lock([sku(2)])
                await uow.ledger.record_deliveries([a_delivery()])
                raise RuntimeError("this part only")

        with pytest.raises(RuntimeError):
            await part()
        async with await uow.savepoint():
            await uow.stock.lock([sku(3)])
    assert await versions(store) == {sku(1): 0, sku(3): 0}
    async with store.reading() as uow:
        assert (await uow.views.totals())["deliveries"] == 0


async def test_reading_sees_one_snapshot_beside_the_writer(store: SqlStore) -> None:
    async with store.reading() as uow:
        before = (await uow.link.execute(select(stock.c.sku))).all()
        await given_skus(store, ONE)
        assert (await uow.link.execute(select(stock.c.sku))).all() == before == []
    assert await versions(store) == {ONE: 0}


async def test_reading_cannot_write(store: SqlStore) -> None:
    with pytest.raises(DBAPIError, match=r"readonly|read-only"):
        async with store.reading() as uow:
            await uow.stock.mark_due([ONE], NOW)


async def test_tasks_of_one_process_take_turns_and_none_is_lost(store: SqlStore) -> None:
    async def record(number: int) -> None:
        async with store.unit_of_work() as uow:
            await uow.ledger.record_deliveries([a_delivery(f"d{number}")])

    await asyncio.gather(*(record(number) for number in range(30)))
    async with store.reading() as uow:
        assert (await uow.views.totals())["deliveries"] == 30


async def test_work_broken_off_by_a_deadlock_is_run_again(postgres_store: SqlStore) -> None:
    await given_skus(postgres_store, sku(1), sku(2))
    met = asyncio.Barrier(2)
    runs: list[str] = []

    async def crossing(name: str, first: int, second: int) -> None:
        async def work(uow: SqlUnitOfWork) -> None:
            runs.append(name)
            await uow.stock.lock([sku(first)])
            if runs.count(name) == 1:
                await met.wait()
            await uow.stock.lock([sku(second)])
            await uow.link.execute(stock.update().values(version=stock.c.version + 1))

        await postgres_store.run(work)

    await asyncio.gather(crossing("a", 1, 2), crossing("b", 2, 1))
    assert len(runs) == 3, "one of the two was broken off and ran again"
    assert await versions(postgres_store) == {sku(1): 2, sku(2): 2}


async def test_work_is_not_run_again_for_ever_nor_for_another_error(store: SqlStore) -> None:
    runs: list[int] = []

    async def busy(_uow: SqlUnitOfWork) -> None:
        runs.append(1)
        raise OperationalError("BEGIN", None, Exception("database is locked"))

    with pytest.raises(OperationalError):
        await store.run(busy)
    assert len(runs) == TRIES

    async def wrong(_uow: SqlUnitOfWork) -> None:
        runs.append(2)
        raise ValueError("ours")

    with pytest.raises(ValueError, match="ours"):
        await store.run(wrong)
    assert runs.count(2) == 1


async def test_a_naive_time_never_reaches_the_database(store: SqlStore) -> None:
    async with store.unit_of_work() as uow:
        with pytest.raises((StatementError, ValueError), match="time zone"):
            await uow.stock.mark_due([ONE], datetime(2026, 3, 2))  # noqa: DTZ001
        with pytest.raises((StatementError, ValueError), match="time zone"):
            await uow.link.execute(select(stock.c.sku).where(stock.c.due_at <= datetime(2026, 3, 2)))  # noqa: DTZ001


async def test_sqlite_is_durable_and_keeps_its_references(sqlite_store: SqlStore) -> None:
    async with sqlite_store.unit_of_work() as uow:
        pragmas = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        held = [(await uow.link.execute(text(f"PRAGMA {pragma}"))).scalar_one() for pragma in pragmas]
    assert held == ["wal", 2, 1, 30_000]


def modes(folder: Path) -> set[int]:
    return {file.stat().st_mode & 0o777 for file in folder.glob("new.db*")}


async def test_a_new_sqlite_file_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "new.db"
    store = await open_store(f"sqlite:///{path}")
    await store.migrate()
    assert modes(tmp_path) == {0o600}
    await store.close()


async def test_a_second_process_waits_for_the_first_writer(sqlite_store: SqlStore, sqlite_url: str) -> None:
    other = await open_store(sqlite_url)
    async with sqlite_store.unit_of_work() as uow:
        await uow.stock.lock([sku(1)])
        waiting = asyncio.create_task(given_skus(other, sku(2)))
        done, _ = await asyncio.wait([waiting], timeout=0.2)
        assert not done
    await waiting
    assert await versions(sqlite_store) == {sku(1): 0, sku(2): 0}
    await other.close()


async def test_postgresql_works_without_prepared_statements_behind_a_transaction_pooler(pg_url: str) -> None:
    store = await open_store(pg_url + ("&" if "?" in pg_url else "?") + "pooler=transaction")
    await given_skus(store, ONE)
    async with store.unit_of_work() as uow:
        prepared = "SELECT count(*) FROM pg_prepared_statements WHERE name <> '' AND statement NOT LIKE '%pg_prepared%'"
        assert (await uow.link.execute(text(prepared))).scalar_one() == 0
    await store.close()


@pytest.mark.parametrize("rested", [0.0, 60.0])
async def test_a_connection_that_died_at_rest_is_replaced_before_it_is_used(
    pg_url: str, monkeypatch: pytest.MonkeyPatch, rested: float
) -> None:
    """Whether the server is asked or the socket alone."""
    monkeypatch.setattr(alive, "RESTED", rested)
    store = await open_store(pg_url)
    await given_skus(store, ONE)
    other = await asyncpg.connect(pg_url)
    for _ in range(3):
        ended = await other.fetch(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        assert ended == [(True,)]
        assert await versions(store) == {ONE: 0}
    await other.close()
    await store.close()


async def test_a_connection_that_is_used_again_at_once_is_not_asked_about(pg_url: str) -> None:
    store = await open_store(pg_url)
    await given_skus(store, ONE)
    with patch.object(PGDialect_asyncpg, "do_ping", side_effect=AssertionError("asked")):
        assert await versions(store) == {ONE: 0}
    await store.close()


async def test_the_name_of_a_database_tells_no_secret(pg_url: str, sqlite_store: SqlStore, tmp_path: Path) -> None:
    store = await open_store(
        "postgresql://dana:open-sesame@db1.example:5432,db2.example:5432/shop?target_session_attrs=any"
    )
    assert store.database == "postgresql://db1.example:5432,db2.example:5432/shop"
    assert sqlite_store.database == str(tmp_path / "countersign.db")
    await store.close()
    store = await open_store(pg_url)
    await store.ping()
    await store.close()


@pytest.mark.parametrize(
    ("url", "mend"),
    [
        ("mysql://host/db", "sqlite:///countersign.db"),
        ("sqlite://", "name a file"),
        ("sqlite:///:memory:", "name a file"),
        ("postgresql://host/db?pooler=session", "transaction"),
    ],
)
async def test_an_address_that_cannot_be_used_is_refused_with_its_mend(url: str, mend: str) -> None:
    with pytest.raises(BadInput, match=mend):
        await open_store(url)
