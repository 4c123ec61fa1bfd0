"""Connected systems: the row that is locked to judge one, and what is due."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Table, Text, false

from storage.tables.columns import Instant, key, metadata, serial

systems = Table(
    "systems",
    metadata,
    Column("id", key(), primary_key=True),
    Column("first_seen", Instant),
    Column("due_at", Instant),
)
"""When a system was heard last is read from its deliveries, so that receiving writes no row that everybody writes."""

_HAS_DUE = systems.c.due_at.is_not(None)
Index("ix_systems_due_at", systems.c.due_at, sqlite_where=_HAS_DUE, postgresql_where=_HAS_DUE)

system_due = Table(
    "system_due",
    metadata,
    Column("id", serial(), primary_key=True),
    Column("system", key(), nullable=False),
    Column("at", Instant, nullable=False),
    Index("ix_system_due_system_at", "system", "at"),
)

readings = Table(
    "readings",
    metadata,
    Column("system", key(), primary_key=True),
    Column("read_at", Instant),
    Column("full_at", Instant),
    Column("restored", Boolean, nullable=False, server_default=false()),
    Column("reader", Text),
    Column("until", Instant),
)
"""One row per system that can be read: when the newest reading began, and the newest of everything. ``reader`` is the process
that reads it now, until its lease ends."""
