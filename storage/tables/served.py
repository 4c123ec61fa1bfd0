"""Which versions of the product the tables serve."""

from __future__ import annotations

from sqlalchemy import Column, Table

from storage.tables.columns import key, metadata

served = Table(
    "served",
    metadata,
    Column("revision", key(), primary_key=True),
    Column("since", key(), nullable=False),
)
"""A row per revision, written by it: it serves processes whose own newest revision is ``since`` or a later one, so that a fleet
is upgraded process by process. A revision that only adds keeps the ``since`` of the one before."""
