"""What is sold: SKUs, how each system names them, and their listings on channels."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, PrimaryKeyConstraint, Table, Text

from storage.tables.columns import Document, ExactDecimal, Instant, key, metadata

skus = Table(
    "skus",
    metadata,
    Column("id", key(), primary_key=True),
    Column("folded", key(), nullable=False, index=True),
    Column("title", Text, nullable=False),
    Column("family", Text, nullable=False),
    Column("gtin", key(), index=True),
    Column("price", ExactDecimal),
    Column("price_currency", Text),
    Column("unit_cost", ExactDecimal),
    Column("unit_cost_currency", Text),
    Column("criticality", Text, nullable=False),
)
"""``folded`` is the code with blanks and case made equal, for looking it up."""

title_words = Table(
    "title_words",
    metadata,
    Column("word", key(), nullable=False),
    Column("sku", key(), nullable=False, index=True),
    PrimaryKeyConstraint("word", "sku"),
    sqlite_with_rowid=False,
)
"""The words of titles (sync.titles), so that a million titles need not be read to find one."""

identities = Table(
    "identities",
    metadata,
    Column("system", key(), nullable=False),
    Column("namespace", key(), nullable=False),
    Column("value", key(), nullable=False),
    Column("sku", key(), ForeignKey("skus.id"), nullable=False, index=True),
    PrimaryKeyConstraint("system", "namespace", "value"),
)

turns = Table(
    "turns",
    metadata,
    Column("system", key(), nullable=False),
    Column("namespace", key(), nullable=False),
    Column("value", key(), nullable=False),
    Column("since", Instant, nullable=False),
    Column("sku", key(), nullable=False),
    PrimaryKeyConstraint("system", "namespace", "value", "since"),
)
"""What a name meant from when on, for names whose meaning changed at a time; ``identities`` holds what it means now."""

listings = Table(
    "listings",
    metadata,
    Column("id", key(), primary_key=True),
    Column("system", key(), nullable=False, index=True),
    Column("sku", key(), nullable=False, index=True),
    Column("body", Document, nullable=False),
)
"""``body`` is the whole listing: external ids, doors, what was seen, what we published, whether a stop of ours stands."""
