"""Stock per SKU: the row that is locked to decide, what is due, and the folded state."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
)

from storage.tables.columns import Document, ExactDecimal, Instant, key, metadata, serial

stock = Table(
    "stock",
    metadata,
    Column("sku", key(), primary_key=True),
    Column("due_at", Instant),
    Column("version", BigInteger, nullable=False, server_default="0"),
)
"""Nobody decides for a SKU without the lock of its row. ``version`` rises with each decision."""

_HAS_DUE = stock.c.due_at.is_not(None)
Index("ix_stock_due_at", stock.c.due_at, sqlite_where=_HAS_DUE, postgresql_where=_HAS_DUE)

due = Table(
    "due",
    metadata,
    Column("id", serial(), primary_key=True),
    Column("rank", SmallInteger, nullable=False),
    Column("sku", key(), nullable=False, index=True),
    Column("at", Instant, nullable=False),
    Column("cause", Text, nullable=False),
    Index("ix_due_rank_id", "rank", "id"),
)
"""Marks are only ever inserted, so marking waits for no lock. ``rank`` 0 goes before 1: a sale never waits behind the
million SKUs that a nightly snapshot marks at once."""

positions = Table(
    "positions",
    metadata,
    Column("sku", key(), nullable=False),
    Column("system", key(), nullable=False),
    Column("location", key(), nullable=False),
    Column("on_hand", BigInteger),
    Column("available", BigInteger),
    Column("reserved", BigInteger),
    Column("quarantined", BigInteger),
    Column("incoming", BigInteger),
    Column("as_of_start", Instant),
    Column("as_of_end", Instant),
    Column("sequence", BigInteger),
    Column("stamp", Instant),
    Column("tie", Text),
    Column("fact", Text),
    Column("conflicting", Boolean, nullable=False),
    Column("released", Boolean, nullable=False),
    Column("held", BigInteger),
    Column("acknowledged", Document),
    Column("acknowledged_at", Instant),
    Column("acknowledged_until", Instant),
    Column("left_out_start", Instant),
    Column("left_out_end", Instant),
    Column("listed_start", Instant),
    Column("listed_end", Instant),
    PrimaryKeyConstraint("sku", "system", "location"),
    Index("ix_positions_system_location_sku", "system", "location", "sku"),
)
"""The newest statement; all of it NULL while only movements are known. ``acknowledged`` is the vendor's newest word; its two
times stand beside it to be asked by. Snapshots since ``left_out`` do not confirm the number, ``listed`` was the last that did."""

movements = Table(
    "movements",
    metadata,
    Column("sku", key(), nullable=False),
    Column("system", key(), nullable=False),
    Column("location", key(), nullable=False),
    Column("key", key(), nullable=False),
    Column("as_of_start", Instant, nullable=False),
    Column("as_of_end", Instant, nullable=False),
    Column("change", Document, nullable=False),
    PrimaryKeyConstraint("sku", "system", "location", "key"),
)

order_lines = Table(
    "order_lines",
    metadata,
    Column("sku", key(), nullable=False),
    Column("channel", key(), nullable=False),
    Column("order", key(), nullable=False),
    Column("line", key(), nullable=False),
    Column("location", key()),
    Column("placed_at", Instant),
    Column("units", BigInteger, nullable=False),
    Column("price", ExactDecimal),
    Column("currency", Text),
    Column("received_at", Instant),
    Column("steps", Document, nullable=False),
    Column("closed", Boolean, nullable=False),
    PrimaryKeyConstraint("sku", "channel", "order", "line"),
    Index("ix_order_lines_sku_placed_at", "sku", "placed_at"),
    Index("ix_order_lines_placed_at", "placed_at"),
)
"""``steps`` are the line's statements and events; ``units`` those ordered and not cancelled, for paces."""

_OPEN = order_lines.c.closed.is_(False)
Index("ix_order_lines_live", order_lines.c.sku, sqlite_where=_OPEN, postgresql_where=_OPEN)

raise_memos = Table(
    "raise_memos",
    metadata,
    Column("listing", key(), primary_key=True),
    Column("sku", key(), nullable=False, index=True),
    Column("body", Document, nullable=False),
)
