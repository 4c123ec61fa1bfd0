"""User groups of Slack that policy names, as they were last read."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Table

from storage.tables.columns import Document, key, metadata

user_groups = Table(
    "user_groups",
    metadata,
    Column("named", key(), primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("body", Document, nullable=False),
)
"""``named``: as policy names it; ``version`` counts what was written of it, 0: nothing was read yet."""
