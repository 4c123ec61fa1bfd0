"""Telling people: who is to be told of what, and what people chose for themselves."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Table, Text, text

from storage.tables.columns import Instant, key, metadata

mentions = Table(
    "mentions",
    metadata,
    Column("key", key(), primary_key=True),
    Column("exception", BigInteger, nullable=False),
    Column("queue", key(), nullable=False),
    Column("why", key(), nullable=False),
    Column("cause", Text, nullable=False),
    Column("person", key(), nullable=False),
    Column("channel", Text, nullable=False),
    Column("critical", Boolean, nullable=False),
    Column("wanted_at", Instant, nullable=False),
    Column("not_before", Instant, nullable=False),
    Column("settled_at", Instant),
    Column("post", key(), nullable=False),
)
"""``settled_at``: told in the message ``post``, or dropped (``post`` empty) because nobody needed to be told any more."""

WAITING = mentions.c.settled_at.is_(None)
Index("ix_mentions_waiting", mentions.c.not_before, sqlite_where=WAITING, postgresql_where=WAITING)
Index("ix_mentions_told", mentions.c.person, mentions.c.settled_at)
TOLD = mentions.c.post != text("''")
Index("ix_mentions_post", mentions.c.post, sqlite_where=TOLD, postgresql_where=TOLD)

person_settings = Table(
    "person_settings",
    metadata,
    Column("user", key(), primary_key=True),
    Column("mentioned", Boolean, nullable=False),
    Column("quiet_from", Text, nullable=False),
    Column("quiet_until", Text, nullable=False),
    Column("timezone", Text, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Column("direct", key()),
    Column("quiet_days", Text),
    Column("away_from", Text),
    Column("away_until", Text),
    Column("delegate", key()),
    Column("money_first", Boolean),
)
"""``quiet_days``: as digits, Monday is 0; ``away_from`` and ``away_until``: days, both included. Null: not chosen."""
