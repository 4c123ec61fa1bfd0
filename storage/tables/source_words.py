"""What people say of silent sources: a word stands as long as its row is there."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Table, Text

from storage.tables.columns import Instant, key, metadata

source_words = Table(
    "source_words",
    metadata,
    Column("system", key(), primary_key=True),
    Column("kind", key(), nullable=False),
    Column("by", key(), nullable=False),
    Column("by_name", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("since", Instant, nullable=False),
    Column("content_at", Instant, nullable=False),
    Column("exception", BigInteger, nullable=False),
    Column("until", Instant),
)
"""One word per source: the newest takes the place of the one before."""
