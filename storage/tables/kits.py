"""Kits and packs: their recipes, which parts get their orders, and what parts leave for them."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, PrimaryKeyConstraint, Table, Text

from storage.tables.columns import Document, Instant, key, metadata

recipes = Table(
    "recipes",
    metadata,
    Column("sku", key(), nullable=False),
    Column("system", key(), nullable=False),
    Column("since", Instant, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("stamp", Instant, nullable=False),
    Column("tie", Text, nullable=False),
    Column("parts", Document, nullable=False),
    PrimaryKeyConstraint("sku", "system", "since"),
)
"""``parts``: list of [SKU, units]; empty: no kit any more from ``since`` on."""

kit_parts = Table(
    "kit_parts",
    metadata,
    Column("kit", key(), nullable=False),
    Column("part", key(), nullable=False),
    PrimaryKeyConstraint("kit", "part"),
    Index("ix_kit_parts_part", "part"),
)
"""``part`` is counted and gets every order fact of ``kit``; by the recipe of its time it may be none of it."""

pools = Table(
    "pools",
    metadata,
    Column("sku", key(), nullable=False),
    Column("channel", key(), nullable=False),
    Column("body", Document, nullable=False),
    PrimaryKeyConstraint("sku", "channel"),
)
"""What the slice of a part last found it to leave for kits on a channel."""
