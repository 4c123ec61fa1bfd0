"""Freezes that stand: a channel is frozen as long as its row is there."""

from __future__ import annotations

from sqlalchemy import Column, Table, Text

from storage.tables.columns import Instant, key, metadata

freezes = Table(
    "freezes",
    metadata,
    Column("system", key(), primary_key=True),
    Column("by", key(), nullable=False),
    Column("by_name", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("since", Instant, nullable=False),
)
"""``system`` is ``*`` for all channels."""
