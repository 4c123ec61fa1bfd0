"""SQLite's connections, kept between transactions.

To take one from SQLAlchemy's pool and to give it back costs as much as a small transaction: four switches to another stack and
back. The pool holds as many as may be in use at once, and whoever uses them comes here.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import cast

from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from storage.dialect import Link
from storage.sqlite_driver import WholeConnection


@dataclass(frozen=True, slots=True)
class _One:
    """A connection as SQLAlchemy has it outside, as it has it inside, and as the driver has it."""

    connection: AsyncConnection
    inner: Connection
    driver: WholeConnection


class Kept:
    """Up to ``most`` connections of an engine, each in one transaction at a time; ``keep`` of them stay open."""

    def __init__(
        self, engine: AsyncEngine, *, keep: int, most: int, ended: Callable[[int], None] = lambda _: None
    ) -> None:
        """``ended`` is called after each transaction that ended well, with the rows that its connection changed in its life."""
        self._engine = engine
        self._keep = keep
        self._room = asyncio.Semaphore(most)
        self._free: list[_One] = []
        self._ended = ended

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Link]:
        """Commits when its block ends well, rolls back when it raises; then the connection is not kept."""
        async with self._room:
            one = self._free.pop() if self._free else await self._opened()
            try:
                # Nothing goes to the thread yet, so no other stack is needed.
                one.inner.begin()
                yield Link(one.connection, one.driver)
                await one.connection.commit()
                self._ended(one.driver.total_changes)
            except BaseException:
                await self._given_back(one.connection)
                raise
            if len(self._free) < self._keep:
                self._free.append(one)
            else:
                await self._given_back(one.connection)

    async def _given_back(self, connection: AsyncConnection) -> None:
        """To the pool, which undoes what is open; to the end, whoever is cancelled meanwhile."""
        await asyncio.shield(asyncio.create_task(connection.close()))

    async def _opened(self) -> _One:
        connection = await self._engine.connect()
        driver = (await connection.get_raw_connection()).driver_connection
        return _One(connection, await connection.run_sync(lambda inner: inner), cast("WholeConnection", driver))

    async def close(self) -> None:
        """Close what is free; what is in a transaction is not kept any more when that ends."""
        self._keep = 0
        while self._free:
            await self._free.pop().connection.close()
