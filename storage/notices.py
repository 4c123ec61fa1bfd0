"""Wake-ups between processes on one PostgreSQL: a courtesy, never a promise. Each process's own clock finds the work, too.

They go out on one autocommit connection, outside every transaction and at most every 50 ms, since a NOTIFY inside hot
transactions makes their commits wait for each other.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable

import asyncpg
import structlog

CHANNEL = "countersign"
AT_MOST_EVERY = 0.05
"""Seconds between two notifications of one process."""

CONNECT_AGAIN = 5.0
"""Seconds until a lost connection is opened again."""

_log = structlog.get_logger(__name__)


class Notices:
    """Tells other processes that there is something to do, and hears it from them."""

    def __init__(self, connect: Callable[[], Awaitable[asyncpg.Connection]], heard: Callable[[str], None]) -> None:
        """``heard`` is called with a topic that another process told."""
        self._connect = connect
        self._heard = heard
        self._topics: set[str] = set()
        self._told = asyncio.Event()

    def tell(self, topic: str) -> None:
        """Something of this topic was committed."""
        self._topics.add(topic)
        self._told.set()

    async def run(self) -> None:
        """Until cancelled. A lost connection is opened again; meanwhile everybody finds the work by polling."""
        while True:
            try:
                await self._on_one_connection()
            except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                _log.warning("notices_lost", error=f"{type(error).__name__}: {error}", again_in=CONNECT_AGAIN)
                await asyncio.sleep(CONNECT_AGAIN)

    async def _on_one_connection(self) -> None:
        connection = await self._connect()
        own = connection.get_server_pid()

        def hear(_connection: object, pid: int, _channel: str, payload: object) -> None:
            if pid != own and isinstance(payload, str):
                for topic in json.loads(payload):
                    self._heard(str(topic))

        try:
            await connection.add_listener(CHANNEL, hear)
            # A connection that breaks while nothing is to be told is found out by telling nothing.
            connection.add_termination_listener(lambda _connection: self._told.set())
            while True:
                await self._told.wait()
                self._told.clear()
                topics, self._topics = sorted(self._topics), set()
                await connection.execute("SELECT pg_notify($1, $2)", CHANNEL, json.dumps(topics))
                await asyncio.sleep(AT_MOST_EVERY)
        finally:
            await connection.close(timeout=2)
