"""Desired state: one row per target, one leased row per lane, one row per Slack message."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Double, Index, Integer, SmallInteger, Table, Text, literal_column

from storage.tables.columns import Document, ExactDecimal, Instant, Millionths, key, metadata

targets = Table(
    "targets",
    metadata,
    Column("key", key(), primary_key=True),
    Column("kind", key(), nullable=False),
    Column("lane", key(), nullable=False),
    Column("sku", key(), nullable=False, index=True),
    Column("listing", key()),
    Column("location", key()),
    Column("wanted", BigInteger, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("priority", SmallInteger, nullable=False),
    Column("wanted_at", Instant, nullable=False),
    Column("state", key(), nullable=False),
    Column("expected", BigInteger),
    Column("doors", Document, nullable=False),
    Column("risk", ExactDecimal, nullable=False),
    Column("risk_order", Millionths, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_at", Instant),
    Column("in_flight_until", Instant),
    Column("sent", BigInteger),
    Column("sent_start", Instant),
    Column("sent_end", Instant),
    Column("sent_revision", BigInteger, nullable=False),
    Column("confirmed", Boolean, nullable=False),
    Column("seen", BigInteger),
    Column("seen_at", Instant),
    Column("fault", Text, nullable=False),
    Column("fault_text", Text, nullable=False),
    Column("failing_since", Instant),
    Column("exception", BigInteger),
    Column("epoch", BigInteger, nullable=False),
)
"""``in_flight_until``: when the lease under which it was handed out ends; left in flight beyond that, it is handed out
again. ``risk_order`` is ``risk`` as the database sorts it."""

WAITING = targets.c.state.in_([literal_column("'due'"), literal_column("'in_flight'")])
Index(
    "ix_targets_waiting",
    targets.c.lane,
    targets.c.priority,
    targets.c.risk_order.desc(),
    targets.c.wanted_at,
    sqlite_where=WAITING,
    postgresql_where=WAITING,
)

lanes = Table(
    "lanes",
    metadata,
    Column("system", key(), primary_key=True),
    Column("epoch", BigInteger, nullable=False),
    Column("holder", Text, nullable=False),
    Column("leased_until", Instant),
    Column("budget", Double),
    Column("refill_per_second", Double),
    Column("budget_at", Instant),
    Column("blocked_until", Instant),
    Column("fault", Text, nullable=False),
    Column("fault_text", Text, nullable=False),
    Column("fault_since", Instant),
)

posts = Table(
    "posts",
    metadata,
    Column("key", key(), primary_key=True),
    Column("kind", key(), nullable=False),
    Column("channel", Text, nullable=False),
    Column("wanted", BigInteger, nullable=False),
    Column("sent", BigInteger, nullable=False),
    Column("priority", SmallInteger, nullable=False),
    Column("exception", BigInteger),
    Column("action", BigInteger),
    Column("user", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("slack_channel", key(), nullable=False),
    Column("ts", key(), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_at", Instant),
    Column("attempted_at", Instant),
    Column("error", Text, nullable=False),
)

UNSENT = posts.c.wanted > posts.c.sent
Index("ix_posts_unsent", posts.c.priority, posts.c.next_at, sqlite_where=UNSENT, postgresql_where=UNSENT)
_POSTED = posts.c.ts != literal_column("''")
Index("ix_posts_message", posts.c.slack_channel, posts.c.ts, sqlite_where=_POSTED, postgresql_where=_POSTED)

OF_EXCEPTION = posts.c.exception.is_not(None)
Index("ix_posts_exception", posts.c.exception, sqlite_where=OF_EXCEPTION, postgresql_where=OF_EXCEPTION)

leases = Table(
    "leases",
    metadata,
    Column("name", key(), primary_key=True),
    Column("holder", Text, nullable=False),
    Column("until", Instant, nullable=False),
)
