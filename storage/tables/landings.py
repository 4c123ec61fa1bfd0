"""Large snapshots that landed in the data folder, and how far each got."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Table, Text

from storage.tables.columns import Document, Instant, key, metadata

landings = Table(
    "landings",
    metadata,
    Column("delivery", BigInteger, ForeignKey("deliveries.id", ondelete="CASCADE"), primary_key=True),
    Column("system", key(), nullable=False),
    Column("file", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("body", Document, nullable=False),
)
"""``file`` lies below the data folder, ``digest`` is its SHA-256; it is kept for as long as the delivery's bytes are.
``ended_at`` NULL: not all of it is recorded yet."""

_OPEN = landings.c.ended_at.is_(None)
Index("ix_landings_open", landings.c.system, sqlite_where=_OPEN, postgresql_where=_OPEN)
Index("ix_landings_file", landings.c.file)
