"""Hash chains: a head per chain, which is locked to append, and the entries."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, PrimaryKeyConstraint, Table, Text, text

from storage.tables.columns import Document, Instant, key, metadata

chains = Table(
    "chains",
    metadata,
    Column("name", key(), primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("hash", Text, nullable=False),
)

chain_entries = Table(
    "chain_entries",
    metadata,
    Column("chain", key(), ForeignKey("chains.name"), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("actor", Text, nullable=False),
    Column("sentence", Text, nullable=False),
    Column("figures", Document, nullable=False),
    Column("previous", Text, nullable=False),
    Column("hash", Text, nullable=False),
    PrimaryKeyConstraint("chain", "seq"),
)
"""``figures`` as a list of [name, text] pairs, in the order they were given."""

OPINIONS = text("kind IN ('agreed', 'disagreed')")
Index("ix_chain_entries_opinions", chain_entries.c.at, sqlite_where=OPINIONS, postgresql_where=OPINIONS)
