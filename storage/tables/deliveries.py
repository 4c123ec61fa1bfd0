"""Deliveries as they came: what they were, what was wrong with them, their encrypted bytes, answers to repeat."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    and_,
    literal_column,
)

from storage.tables.columns import Document, Instant, key, metadata, serial

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", serial(), primary_key=True),
    Column("system", key(), nullable=False),
    Column("door", key(), nullable=False),
    Column("key", key(), nullable=False),
    Column("name", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("state", key(), nullable=False),
    Column("reason", Text, nullable=False),
    Column("headers", Document, nullable=False),
    Column("content_at", Instant),
    Column("rows", BigInteger, nullable=False),
    Column("problems", Integer, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("last_at", Instant, nullable=False),
    Column("repeats", BigInteger, nullable=False, server_default="0"),
    Column("digest", Text),
    UniqueConstraint("system", "door", "key"),
)
"""``last_at``: received last, repeats included. ``digest``: SHA-256 over (salt + raw bytes), which an erasure leaves."""

GOOD = deliveries.c.state == literal_column("'recorded'")
"""Recorded whole. Written as a literal so that partial indexes apply."""

TROUBLED = (deliveries.c.state != literal_column("'recorded'")) | (deliveries.c.problems > literal_column("0"))

COMPLETE = and_(
    GOOD,
    deliveries.c.problems == literal_column("0"),
    deliveries.c.door.in_([literal_column("'file'"), literal_column("'poll'")]),
)
"""A reading without fault of a source that is read again and again: it answers what was wrong with the last one."""

Index("ix_deliveries_heard", deliveries.c.system, deliveries.c.last_at, sqlite_where=GOOD, postgresql_where=GOOD)
_HAS_CONTENT = and_(GOOD, deliveries.c.content_at.is_not(None))
Index(
    "ix_deliveries_content",
    deliveries.c.system,
    deliveries.c.content_at,
    sqlite_where=_HAS_CONTENT,
    postgresql_where=_HAS_CONTENT,
)
Index(
    "ix_deliveries_troubled",
    deliveries.c.system,
    deliveries.c.received_at,
    sqlite_where=TROUBLED,
    postgresql_where=TROUBLED,
)
Index(
    "ix_deliveries_complete",
    deliveries.c.system,
    deliveries.c.door,
    deliveries.c.received_at,
    sqlite_where=COMPLETE,
    postgresql_where=COMPLETE,
)
Index("ix_deliveries_received_at", deliveries.c.received_at)

problems = Table(
    "problems",
    metadata,
    Column("delivery", BigInteger, ForeignKey("deliveries.id", ondelete="CASCADE"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("place", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("row_nonce", LargeBinary),
    Column("row_ciphertext", LargeBinary),
    PrimaryKeyConstraint("delivery", "number"),
)
"""The offending row may hold anything a customer wrote, so it is encrypted under its delivery's key like the bytes."""

raw_payloads = Table(
    "raw_payloads",
    metadata,
    Column("delivery", BigInteger, ForeignKey("deliveries.id", ondelete="CASCADE"), primary_key=True),
    Column("salt", LargeBinary, nullable=False),
    Column("nonce", LargeBinary, nullable=False),
    Column("ciphertext", LargeBinary, nullable=False),
)

raw_keys = Table(
    "raw_keys",
    metadata,
    Column("delivery", BigInteger, ForeignKey("deliveries.id", ondelete="CASCADE"), primary_key=True),
    Column("key", LargeBinary, nullable=False),
)
"""One AES-256-GCM key per delivery, apart from the bytes: dropping it makes every copy of them unreadable."""

idempotency = Table(
    "idempotency",
    metadata,
    Column("scope", key(), nullable=False),
    Column("key", key(), nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("status", Integer, nullable=False),
    Column("content_type", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("created_at", Instant, nullable=False, index=True),
    PrimaryKeyConstraint("scope", "key"),
)

figures = Table(
    "figures",
    metadata,
    Column("system", key(), primary_key=True),
    Column("rows", BigInteger, nullable=False),
    Column("zeros", BigInteger, nullable=False),
    Column("total", BigInteger, nullable=False),
)
