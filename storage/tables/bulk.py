"""Bulk acts: one act on many exceptions, and the list that was frozen for it."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, PrimaryKeyConstraint, Table, Text, literal_column

from storage.tables.columns import Document, Instant, key, metadata, serial

bulk_acts = Table(
    "bulk_acts",
    metadata,
    Column("id", serial(), primary_key=True),
    Column("actor", key(), nullable=False),
    Column("state", key(), nullable=False),
    Column("until", Instant, nullable=False),
    Column("turn", Instant, nullable=False),
    Column("body", Document, nullable=False),
)
"""``body`` is the bulk act; ``turn`` is when its last slice was done: whoever waited longest is next."""

IN_WORK = bulk_acts.c.state.in_([literal_column("'accepted'"), literal_column("'asked'")])
Index("ix_bulk_acts_in_work", bulk_acts.c.state, bulk_acts.c.turn, sqlite_where=IN_WORK, postgresql_where=IN_WORK)
UNSENT = bulk_acts.c.state == literal_column("'shown'")
Index("ix_bulk_acts_unsent", bulk_acts.c.until, sqlite_where=UNSENT, postgresql_where=UNSENT)

bulk_items = Table(
    "bulk_items",
    metadata,
    Column("bulk", BigInteger, ForeignKey("bulk_acts.id"), nullable=False),
    Column("exception", BigInteger, nullable=False),
    Column("version", Integer, nullable=False),
    Column("sku", key()),
    Column("state", key(), nullable=False),
    Column("why", key(), nullable=False),
    Column("who", Text, nullable=False),
    Column("said", Text, nullable=False),
    Column("units_now", BigInteger),
    Column("units_then", BigInteger),
    PrimaryKeyConstraint("bulk", "exception"),
)
"""The frozen list: each exception at the version that was shown, and what became of it."""

WAITING_ITEM = bulk_items.c.state == literal_column("'waiting'")
Index(
    "ix_bulk_items_waiting",
    bulk_items.c.bulk,
    bulk_items.c.sku,
    bulk_items.c.exception,
    sqlite_where=WAITING_ITEM,
    postgresql_where=WAITING_ITEM,
)
