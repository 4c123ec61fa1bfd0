"""Exceptions, the acts beside them, and findings that have not settled yet."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, Table, Text, literal_column

from storage.tables.columns import Document, ExactDecimal, Instant, Millionths, key, metadata, serial

exceptions = Table(
    "exceptions",
    metadata,
    Column("id", serial(), primary_key=True),
    Column("fingerprint", key(), nullable=False),
    Column("cls", key(), nullable=False),
    Column("sku", key(), index=True),
    Column("systems", key(), nullable=False),
    Column("detail", Text, nullable=False),
    Column("life", key(), nullable=False),
    Column("version", Integer, nullable=False),
    Column("queue", key(), nullable=False),
    Column("owner", key()),
    Column("cause", Text, nullable=False),
    Column("opened_at", Instant, nullable=False, index=True),
    Column("owned_at", Instant, index=True),
    Column("assign_by", Instant),
    Column("resolve_by", Instant),
    Column("ended_at", Instant, index=True),
    Column("opening_risk", Millionths, nullable=False),
    Column("risk", Millionths, nullable=False),
    Column("risk_per_hour", Millionths, nullable=False),
    Column("body", Document, nullable=False),
    Column("storm", BigInteger),
    Column("lacks", key()),
)
"""``body`` is the case without its acts; the columns beside it are what queries ask for. ``systems`` joined by ``+``.
``storm``: in which it is told; ``lacks``: what it still waits for though it agrees (``note``, ``cause``)."""

UNRESOLVED = exceptions.c.life.in_([literal_column("'open'"), literal_column("'owned'")])

Index(
    "uq_exceptions_unresolved",
    exceptions.c.fingerprint,
    unique=True,
    sqlite_where=UNRESOLVED,
    postgresql_where=UNRESOLVED,
)
Index(
    "ix_exceptions_unresolved_queue",
    exceptions.c.queue,
    exceptions.c.risk_per_hour,
    sqlite_where=UNRESOLVED,
    postgresql_where=UNRESOLVED,
)
_IN_STORM = exceptions.c.storm.is_not(None)
Index(
    "ix_exceptions_storm",
    exceptions.c.storm,
    exceptions.c.risk_per_hour,
    sqlite_where=UNRESOLVED & _IN_STORM,
    postgresql_where=UNRESOLVED & _IN_STORM,
)
LOOSE = UNRESOLVED & exceptions.c.storm.is_(None) & exceptions.c.owner.is_(None)
"""In no storm, and nobody's yet: what a storm may gather."""
Index("ix_exceptions_loose", exceptions.c.cause, exceptions.c.queue, sqlite_where=LOOSE, postgresql_where=LOOSE)
_OF_SYSTEM = exceptions.c.sku.is_(None)
Index("ix_exceptions_of_system", exceptions.c.systems, sqlite_where=_OF_SYSTEM, postgresql_where=_OF_SYSTEM)

exception_actions = Table(
    "exception_actions",
    metadata,
    Column("id", serial(), primary_key=True),
    Column("exception", BigInteger, ForeignKey("exceptions.id"), nullable=False, index=True),
    Column("kind", key(), nullable=False),
    Column("state", key(), nullable=False),
    Column("at", Instant, nullable=False),
    Column("sku", key()),
    Column("location", key()),
    Column("value", ExactDecimal),
    Column("body", Document, nullable=False),
)
"""``value`` is a correction's |units| at cost, as its figures say."""

CORRECTION = exception_actions.c.kind == literal_column("'correction'")
Index(
    "ix_exception_actions_corrections",
    exception_actions.c.sku,
    exception_actions.c.location,
    exception_actions.c.at,
    sqlite_where=CORRECTION,
    postgresql_where=CORRECTION,
)

suspicions = Table(
    "suspicions",
    metadata,
    Column("fingerprint", key(), primary_key=True),
    Column("sku", key(), index=True),
    Column("systems", key(), nullable=False),
    Column("body", Document, nullable=False),
)
_SUSPECTED_SYSTEM = suspicions.c.sku.is_(None)
Index(
    "ix_suspicions_of_system", suspicions.c.systems, sqlite_where=_SUSPECTED_SYSTEM, postgresql_where=_SUSPECTED_SYSTEM
)
