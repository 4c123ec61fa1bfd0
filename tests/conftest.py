"""Databases for every test that wants one: nobody starts anything by hand, and none is shared between tests."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
import structlog

from bot.event_loop import new_loop
from storage.engine import open_store
from storage.store import SqlStore
from tests.databases import MovableClock, Server, migrated, postgres_server, run_apart

structlog.configure(
    processors=[
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="%H:%M:%S.%f"),
        structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
    ]
)
"""Tracebacks as the product prints them: with every local value drawn, one takes longer than the outage it tells of."""


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Tests run on the loop that the product runs on."""
    return {"product": new_loop}


@pytest.fixture(scope="session")
def pg_server() -> Iterator[Server]:
    """The PostgreSQL server of this run."""
    with postgres_server() as server:
        yield server


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    path = tmp_path_factory.mktemp("template") / "template.db"
    run_apart(migrated(f"sqlite:///{path}"))
    return path


@pytest.fixture
def pg_url(pg_server: Server) -> str:
    """The URL of a fresh, migrated PostgreSQL database."""
    return pg_server.database()


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """The URL of a fresh, migrated SQLite database."""
    path = tmp_path / "countersign.db"
    shutil.copy(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def store_clock() -> MovableClock:
    """The clock of the stores below."""
    return MovableClock(datetime(2026, 3, 2, 12, 0, tzinfo=UTC))


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of a fresh, migrated database: once on SQLite, once on PostgreSQL."""
    url: str = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "pg_url")
    return url


@pytest.fixture
async def store(database_url: str, store_clock: MovableClock) -> AsyncIterator[SqlStore]:
    """An open store: once on SQLite, once on PostgreSQL."""
    store = await open_store(database_url, clock=store_clock)
    yield store
    await store.close()


@pytest.fixture
async def other_store(store: SqlStore, database_url: str, store_clock: MovableClock) -> AsyncIterator[SqlStore]:
    """A second process on the same database: a store with connections of its own."""
    other = await open_store(database_url, clock=store_clock)
    yield other
    await other.close()


@pytest.fixture
async def sqlite_store(sqlite_url: str, store_clock: MovableClock) -> AsyncIterator[SqlStore]:
    """An open store on SQLite."""
    store = await open_store(sqlite_url, clock=store_clock)
    yield store
    await store.close()


@pytest.fixture
async def postgres_store(pg_url: str, store_clock: MovableClock) -> AsyncIterator[SqlStore]:
    """An open store on PostgreSQL."""
    store = await open_store(pg_url, clock=store_clock)
    yield store
    await store.close()
