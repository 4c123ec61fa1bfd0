"""Files that were held whole because they are not plausible, and which of them people let count."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Table, Text, and_

from storage.tables.columns import Document, Instant, key, metadata

held_files = Table(
    "held_files",
    metadata,
    Column("delivery", BigInteger, ForeignKey("deliveries.id", ondelete="CASCADE"), primary_key=True),
    Column("system", key(), nullable=False),
    Column("content_at", Instant, nullable=False),
    Column("body", Document, nullable=False),
    Column("released_at", Instant),
    Column("released_by", key()),
    Column("released_name", Text),
    Column("exception", BigInteger),
    Column("taken_at", Instant),
)
"""``released_at``: it is to be read again and counted; ``taken_at``: its rows are recorded. ``released_by`` NULL beside a
``released_at``: no person said so, policy's limits were changed and it came again."""

TO_READ = and_(held_files.c.released_at.is_not(None), held_files.c.taken_at.is_(None))
"""Released, and not recorded yet."""

Index("ix_held_files_to_read", held_files.c.system, sqlite_where=TO_READ, postgresql_where=TO_READ)
