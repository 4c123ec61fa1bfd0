"""What the bot keeps: stored intents of modals, scheduled jobs, taken policies, running totals."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, PrimaryKeyConstraint, SmallInteger, Table, Text

from storage.tables.columns import Document, Instant, key, metadata

intents = Table(
    "intents",
    metadata,
    Column("id", key(), primary_key=True),
    Column("actor", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("exception", BigInteger, nullable=False),
    Column("version", Integer, nullable=False),
    Column("shown", Text, nullable=False),
    Column("policy_version", Integer, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
    Column("data", Document, nullable=False),
    Column("view", Text, nullable=False),
    Column("used_at", Instant),
    Column("answer", Text, nullable=False),
)

jobs = Table(
    "jobs",
    metadata,
    Column("job", key(), nullable=False),
    Column("period", key(), nullable=False),
    Column("holder", Text, nullable=False),
    Column("won_at", Instant, nullable=False),
    Column("finished_at", Instant),
    PrimaryKeyConstraint("job", "period"),
)

policies = Table(
    "policies",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("text", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("diff", Document, nullable=False),
    Column("taken_at", Instant, nullable=False),
)

counters = Table(
    "counters",
    metadata,
    Column("name", key(), nullable=False),
    Column("shard", SmallInteger, nullable=False),
    Column("value", BigInteger, nullable=False),
    PrimaryKeyConstraint("name", "shard"),
)
"""Running totals, so that nobody counts a table of millions to say how many there are; a shard per process, so that
processes do not wait for each other."""
