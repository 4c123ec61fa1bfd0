"""Storms: the exceptions of one cause in one queue, told as one."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Table, Text

from storage.tables.columns import Document, Instant, key, metadata, serial

storms = Table(
    "storms",
    metadata,
    Column("id", serial(), primary_key=True),
    Column("cause", Text, nullable=False),
    Column("queue", key(), nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("members", BigInteger, nullable=False),
    Column("ended_at", Instant),
    Column("body", Document, nullable=False),
)
"""``body`` is the storm; the columns beside it are what queries ask for."""

STANDING = storms.c.ended_at.is_(None)
Index(
    "uq_storms_standing", storms.c.cause, storms.c.queue, unique=True, sqlite_where=STANDING, postgresql_where=STANDING
)
