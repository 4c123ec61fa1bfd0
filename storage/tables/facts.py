"""The ledger: facts are inserted once and stay as they are; which are not folded yet stands in a narrow table beside."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, PrimaryKeyConstraint, Table, Text, literal_column

from storage.tables.columns import Document, Instant, key, metadata, serial

facts = Table(
    "facts",
    metadata,
    Column("id", serial(), primary_key=True),
    Column("system", key(), nullable=False),
    Column("kind", key(), nullable=False),
    Column("key", key(), nullable=False),
    Column("sku", key()),
    Column("location", key()),
    Column("namespace", key()),
    Column("value", key()),
    Column("place", key()),
    Column("folded", key()),
    Column("as_of_start", Instant, nullable=False),
    Column("as_of_end", Instant, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("stamp", Instant, nullable=False),
    Column("tie", Text, nullable=False),
    Column("body", Document, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("state", key(), nullable=False),
    Column("delivery", BigInteger, nullable=False),
    Column("clock_offset", BigInteger, nullable=False, server_default="0"),
)
"""``state``: recorded | kept (unmapped) | conflict (its key was there with other content). ``namespace`` and ``value`` are
the item, ``place`` the place in the sender's words; ``folded`` is a kept fact's SKU code with blanks and case made
equal. ``clock_offset``: microseconds, of the system when it arrived.
On PostgreSQL it is parted by months of ``received_at`` (storage.partitions), which is then a part of its primary key.
No foreign key to deliveries: this is the hottest insert, both are written in one transaction, and nothing deletes them."""

RECORDED = facts.c.state == literal_column("'recorded'")
KEPT = facts.c.state == literal_column("'kept'")
CONFLICT = facts.c.state == literal_column("'conflict'")

Index("ix_facts_sku_received_at", facts.c.sku, facts.c.received_at)
Index("ix_facts_received_at", facts.c.received_at)
Index(
    "ix_facts_kept",
    facts.c.system,
    facts.c.namespace,
    facts.c.value,
    sqlite_where=KEPT,
    postgresql_where=KEPT,
)
Index("ix_facts_kept_folded", facts.c.folded, sqlite_where=KEPT, postgresql_where=KEPT)

seen = Table(
    "seen",
    metadata,
    Column("system", key(), nullable=False),
    Column("key", key(), nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("fact", BigInteger, nullable=False),
    PrimaryKeyConstraint("system", "key"),
    sqlite_with_rowid=False,
)
"""Identity: who claims (system, key) first has the fact. Narrow, and kept when old facts go."""

disputes = Table(
    "disputes",
    metadata,
    Column("system", key(), nullable=False),
    Column("key", key(), nullable=False),
    Column("fingerprint", Text, nullable=False),
    PrimaryKeyConstraint("system", "key", "fingerprint"),
    sqlite_with_rowid=False,
)
"""What else was told under a key that is taken: each such content is kept once."""

fresh = Table(
    "fresh",
    metadata,
    Column("sku", key(), nullable=False),
    Column("fact", BigInteger, nullable=False),
    PrimaryKeyConstraint("sku", "fact"),
    sqlite_with_rowid=False,
)
"""Recorded and mapped facts that no slice has folded yet."""

coverage = Table(
    "coverage",
    metadata,
    Column("system", key(), nullable=False),
    Column("location", key(), nullable=False),
    Column("as_of_start", Instant, nullable=False),
    Column("as_of_end", Instant, nullable=False),
    PrimaryKeyConstraint("system", "location"),
)
"""The newest full reading of each (system, location)."""

confirmations = Table(
    "confirmations",
    metadata,
    Column("system", key(), nullable=False),
    Column("location", key(), nullable=False),
    Column("as_of_start", Instant, nullable=False),
    Column("as_of_end", Instant, nullable=False),
    Column("before_start", Instant),
    Column("before_end", Instant),
    PrimaryKeyConstraint("system", "location"),
)
"""The newest snapshot of each (system, location) that was compared whole, and the one before it: it confirms every number there
that is not left out."""

carries = Table(
    "carries",
    metadata,
    Column("sku", key(), nullable=False),
    Column("entry", BigInteger, nullable=False),
    Column("closed_before", Instant, nullable=False),
    Column("facts", BigInteger, nullable=False),
    Column("body", Document, nullable=False),
    Column("digest", Text, nullable=False),
    PrimaryKeyConstraint("sku", "entry"),
)
"""What a SKU's facts of a closed period came to: its folded state, hashed; replaying begins at the newest. ``entry`` is the
number of the entry of the ledger's chain that holds the digest, ``facts`` how many of its facts went."""
