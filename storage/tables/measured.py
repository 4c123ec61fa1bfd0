"""What measures are counted from: each life of an exception, how the money at risk moved, and what came of every write."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    literal_column,
)

from storage.tables.columns import Instant, Millionths, key, metadata, serial

episodes = Table(
    "episodes",
    metadata,
    Column("exception", BigInteger, nullable=False),
    Column("number", Integer, nullable=False),
    Column("cls", key(), nullable=False),
    Column("sku", key()),
    Column("systems", key(), nullable=False),
    Column("direction", key(), nullable=False),
    Column("queue", key(), nullable=False),
    Column("owner", key()),
    Column("cause", Text, nullable=False),
    Column("recurrences", Integer, nullable=False),
    Column("since", Instant, nullable=False),
    Column("opened_at", Instant, nullable=False, index=True),
    Column("owned_at", Instant),
    Column("assign_by", Instant),
    Column("resolve_by", Instant),
    Column("snoozed_until", Instant),
    Column("snoozes", Integer, nullable=False),
    Column("escalated", SmallInteger, nullable=False),
    Column("ended_at", Instant, index=True),
    Column("outcome", Text, nullable=False),
    Column("opening_risk", Millionths, nullable=False),
    Column("risk", Millionths, nullable=False),
    Column("shows", BigInteger),
    Column("can_sell", BigInteger),
    PrimaryKeyConstraint("exception", "number"),
)
"""One row per life: an exception that opens again begins another (``number`` counts from 0) and the earlier one stays as it
ended. ``owned_at``: when it was first taken; ``owner``: who has it, or had it as it ended. ``risk`` is 0 once ended;
``shows`` and ``can_sell`` are units as it opened."""

risk_steps = Table(
    "risk_steps",
    metadata,
    Column("exception", BigInteger, nullable=False),
    Column("version", Integer, nullable=False),
    Column("number", Integer, nullable=False),
    Column("at", Instant, nullable=False),
    Column("change", Millionths, nullable=False),
    PrimaryKeyConstraint("exception", "version"),
)
"""By how much the money at risk of a life rose or fell, and when; the changes of an ended life sum to 0. ``version`` is the
exception's."""

update_outcomes = Table(
    "update_outcomes",
    metadata,
    Column("id", serial(), primary_key=True),
    Column("at", Instant, nullable=False, index=True),
    Column("system", key(), nullable=False),
    Column("kind", key(), nullable=False),
    Column("target", key(), nullable=False),
    Column("sku", key(), nullable=False),
    Column("listing", key()),
    Column("exception", BigInteger),
    Column("wanted", BigInteger, nullable=False),
    Column("shown", BigInteger),
    Column("outcome", key(), nullable=False),
    Column("fault", Text, nullable=False),
    Column("wanted_at", Instant, nullable=False),
)
"""One row per write that was settled. ``shown``: what the channel showed before, where we knew."""

DONE = update_outcomes.c.outcome == literal_column("'done'")
Index(
    "ix_update_outcomes_done", update_outcomes.c.target, update_outcomes.c.at, sqlite_where=DONE, postgresql_where=DONE
)
