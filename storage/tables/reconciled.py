"""Full comparisons that were made, and what they came to."""

from __future__ import annotations

from sqlalchemy import Column, Table, Text

from storage.tables.columns import Document, Instant, metadata, serial

reconciliations = Table(
    "reconciliations",
    metadata,
    Column("id", serial(), primary_key=True),
    Column("began_at", Instant, nullable=False),
    Column("ended_at", Instant, nullable=False, index=True),
    Column("cause", Text, nullable=False),
    Column("body", Document, nullable=False),
)
