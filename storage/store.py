"""The store: units of work on a database, each one transaction."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import asyncpg
import structlog
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine

from storage.dialect import Link
from storage.kept import Kept
from storage.migrations.migrate import migrate
from storage.notices import Notices
from storage.partitions import make_room
from storage.repositories.policies import newest_policy, newest_version, take_policy
from storage.unit_of_work import SqlUnitOfWork
from storage.write_ahead import WriteAheadLog
from sync.ports import Clock, TakenPolicy

T = TypeVar("T")
_log = structlog.get_logger(__name__)

TRIES = 5
"""How often a whole unit of work is run again after the database broke it off to resolve a conflict of locks."""

DATABASE_ERRORS = (SQLAlchemyError, asyncpg.PostgresError, OSError)
"""What a database raises that is away, or refuses us."""

_BROKEN_OFF = frozenset({"40001", "40P01"})
"""SQLSTATE serialization_failure and deadlock_detected: nothing was written, the same may be tried again."""

_AWAY = ("08", "25P03", "40", "53", "57")
"""SQLSTATE classes: a connection that broke, a transaction that stood still or met another, no room, an operator's end."""

_NO_LOCK = "55P03"
"""SQLSTATE lock_not_available."""


@dataclass(frozen=True, slots=True)
class File:
    """SQLite's connections, and the log of its file. ``turn`` is held by whoever writes in this process."""

    turn: asyncio.Lock
    writers: Kept
    readers: Kept
    log: WriteAheadLog


@dataclass(frozen=True, slots=True)
class Databases:
    """The engines behind a store: on SQLite a writer with one connection and readers beside it, else one for both, and what
    is kept of them.

    ``name`` says which database it is, without user or password.
    """

    writer: AsyncEngine
    reader: AsyncEngine
    postgres: bool
    name: str
    listen: Callable[[], Awaitable[asyncpg.Connection]] | None = None
    """Opens a connection of its own for wake-ups; None where the database or a pooler in between cannot pass them on."""
    file: File | None = None
    """What SQLite alone has."""


class SqlStore:
    """Implements ``sync.ports.Store``. Safe to use from many tasks of one event loop."""

    def __init__(self, databases: Databases, clock: Clock) -> None:
        self._databases = databases
        self._clock = clock

    @property
    def database(self) -> str:
        """Which database this is, without user or password."""
        return self._databases.name

    @property
    def postgres(self) -> bool:
        """PostgreSQL, or SQLite."""
        return self._databases.postgres

    async def migrate(self) -> None:
        """Bring the database to this version's tables. Several processes may do it at once: one does, the others wait."""
        async with self._writing() as link:
            await migrate(link.connection)
        await self.make_room()

    async def make_room(self) -> None:
        """Make the ledger's partitions of the months to come (PostgreSQL). To be called once a day: where the ledger is too
        busy for it today, what arrives meanwhile waits in the partition without bounds."""
        now = self._clock.now()
        try:
            async with self.unit_of_work() as uow:
                made = await make_room(uow.link, now)
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) != _NO_LOCK:
                raise
            _log.warning("ledger_months_wait", why="the ledger's tables are in use; tried again tomorrow")
            return
        if made:
            _log.info("ledger_months_made", partitions=made)

    def notices(self, heard: Callable[[str], None]) -> Notices | None:
        """Wake-ups to and from other processes on this database; None where there are none and polling has to do."""
        return Notices(self._databases.listen, heard) if self._databases.listen is not None else None

    async def ping(self) -> None:
        """One round trip. Raises what the driver raises when the database does not answer."""
        async with self._reading_on() as link:
            await link.execute(text("SELECT 1"))

    async def close(self) -> None:
        """Close all connections."""
        file = self._databases.file
        if file is not None:
            await file.log.close()
            await file.writers.close()
            await file.readers.close()
        await self._databases.writer.dispose()
        await self._databases.reader.dispose()

    @asynccontextmanager
    async def _writing(self) -> AsyncIterator[Link]:
        """The writing transaction; on SQLite tasks of this process take turns, other processes' are waited for."""
        file = self._databases.file
        if file is None:
            async with self._databases.writer.begin() as connection:
                yield Link(connection)
        else:
            async with file.turn, file.writers.transaction() as link:
                yield link

    @asynccontextmanager
    async def _reading_on(self) -> AsyncIterator[Link]:
        file = self._databases.file
        if file is None:
            async with self._databases.reader.connect() as connection:
                await connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
                async with connection.begin():
                    yield Link(connection)
        else:
            async with file.readers.transaction() as link:
                yield link

    def unit_of_work(self) -> AbstractAsyncContextManager[SqlUnitOfWork]:
        """A writing transaction: commits when its block ends well, rolls back when it raises."""
        return self._unit_of_work()

    @asynccontextmanager
    async def _unit_of_work(self) -> AsyncIterator[SqlUnitOfWork]:
        async with self._writing() as link:
            uow = SqlUnitOfWork(link, self._clock)
            yield uow
            await uow.flush(last=True)

    def reading(self) -> AbstractAsyncContextManager[SqlUnitOfWork]:
        """A reading transaction over one snapshot; on SQLite it runs beside the writer and cannot write."""
        return self._reading()

    @asynccontextmanager
    async def _reading(self) -> AsyncIterator[SqlUnitOfWork]:
        async with self._reading_on() as link:
            yield SqlUnitOfWork(link, self._clock)
            await link.settle()

    async def run(self, work: Callable[[SqlUnitOfWork], Awaitable[T]]) -> T:
        """Run ``work`` in a unit of work, again from the beginning (at most ``TRIES`` times) when the database broke it
        off because of a deadlock or a conflict. ``work`` must therefore do nothing outside its unit of work."""
        for left in range(TRIES - 1, -1, -1):
            try:
                async with self.unit_of_work() as uow:
                    return await work(uow)
            except DBAPIError as error:
                if left == 0 or not _broken_off(error):
                    raise
            await asyncio.sleep(random.uniform(0.005, 0.05))  # noqa: S311 - jitter, not a secret
        raise AssertionError("the last try returns or raises")

    def away(self, error: Exception) -> bool:
        """Whether an error says that the database could not be reached or had no room, not that it refused what it was given."""
        if isinstance(error, DBAPIError):
            full = isinstance(error, OperationalError) and isinstance(error.orig, sqlite3.OperationalError)
            return error.connection_invalidated or full or str(getattr(error.orig, "sqlstate", "")).startswith(_AWAY)
        return isinstance(error, (OSError, PoolTimeout, asyncpg.PostgresConnectionError, asyncpg.InterfaceError))

    async def policy_taken(self) -> TakenPolicy | None:
        """The policy taken last."""
        async with self.reading() as uow:
            return await newest_policy(uow.link)

    async def policy_version(self) -> int | None:
        """The version of the policy taken last: what is asked every second, where its text is long."""
        async with self.reading() as uow:
            return await newest_version(uow.link)

    async def take_policy(
        self, text: str, author: str, diff: Sequence[str], now: datetime, comes_in: datetime | None = None
    ) -> int:
        """Store a new policy version with its chain entry, unless it equals the last; returns the version taken last.

        Every SKU is judged anew when it ``comes_in`` (now, unless given).
        """

        async def take(uow: SqlUnitOfWork) -> int:
            return await take_policy(uow.link, text, author, diff, now, comes_in or now)

        return await self.run(take)


def _broken_off(error: DBAPIError) -> bool:
    if getattr(error.orig, "sqlstate", None) in _BROKEN_OFF:
        return True
    return isinstance(error, OperationalError) and "database is locked" in str(error.orig)
