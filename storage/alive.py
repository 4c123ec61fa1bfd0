"""Connections of the pool that died while nobody used them are found before a unit of work gets one.

SQLAlchemy's own ``pool_pre_ping`` asks at every checkout, and on PostgreSQL that takes four round trips: a transaction of its
own for transaction poolers, a prepared statement and its run. Here a connection that the driver knows to be closed is dropped
without asking (its socket tells), and the server is asked only where the connection has rested for longer than ``RESTED``.
"""

from __future__ import annotations

import select
import time
from typing import Any

import asyncpg
from sqlalchemy import event
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncEngine

RESTED = 1.0
"""Seconds since a connection was last used after which the server is asked whether it still is there."""

_USED = "countersign_used"


def watch(engine: AsyncEngine) -> None:
    """See to it that this engine's pool hands out living connections; a dead one makes it drop all that are as old."""
    dialect = engine.sync_engine.dialect

    @event.listens_for(engine.sync_engine, "checkin")
    def _rests(_connection: Any, record: Any) -> None:
        record.info[_USED] = time.monotonic()

    @event.listens_for(engine.sync_engine, "checkout")
    def _wakes(connection: Any, record: Any, _fairy: object) -> None:
        used = record.info.get(_USED)
        if used is None:
            return
        if connection.driver_connection.is_closed():
            raise InvalidatePoolError
        if time.monotonic() - used < RESTED and _quiet(connection.driver_connection):
            return
        try:
            dialect.do_ping(connection)
        except dialect.loaded_dbapi.Error as error:
            if not dialect.is_disconnect(error, connection, None):
                raise
            raise InvalidatePoolError from error


def _quiet(connection: asyncpg.Connection) -> bool:
    """Nothing is to be read from its socket: neither its end nor anything else."""
    looking = select.poll()
    looking.register(connection._transport.get_extra_info("socket").fileno(), select.POLLIN)
    return not looking.poll(0)
