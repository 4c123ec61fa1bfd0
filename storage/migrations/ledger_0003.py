"""The ledger by months on PostgreSQL, and whose key conflicts in a table of its own, as revision 0003 makes them."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from storage.migrations.columns_0003 import key

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_INDEXES = ("ix_facts_kept", "ix_facts_kept_folded", "ix_facts_received_at", "ix_facts_sku_received_at")


def add_disputes() -> None:
    """A partitioned table has no unique index without its partition key, so what made a conflicting fact stay one stands in a
    narrow table, like the identity of the others."""
    op.create_table(
        "disputes",
        sa.Column("system", key(), nullable=False),
        sa.Column("key", key(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("system", "key", "fingerprint", name=op.f("pk_disputes")),
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO disputes (system, key, fingerprint) "
        "SELECT DISTINCT system, key, fingerprint FROM facts WHERE state = 'conflict'"
    )
    op.drop_index("uq_facts_conflict", "facts")


def part_the_ledger() -> None:
    """What is there becomes the first partition as it stands (no row is copied); months are made as they come."""
    connection = op.get_bind()
    if connection.dialect.name != "postgresql":
        return
    newest = connection.execute(sa.text("SELECT max(received_at) FROM facts")).scalar()
    until = _next_month(max(datetime.now(UTC), _at(newest or 0)))
    op.execute("ALTER TABLE facts RENAME TO facts_early")
    op.execute("ALTER TABLE facts_early DROP CONSTRAINT pk_facts")
    op.execute("ALTER TABLE facts_early ADD PRIMARY KEY (id, received_at)")
    for name in _INDEXES:
        op.execute(f"ALTER INDEX {name} RENAME TO {name.replace('ix_facts', 'ix_facts_early')}")
    op.execute("CREATE TABLE facts (LIKE facts_early INCLUDING DEFAULTS) PARTITION BY RANGE (received_at)")
    op.execute("ALTER TABLE facts ADD CONSTRAINT pk_facts PRIMARY KEY (id, received_at)")
    op.execute("ALTER SEQUENCE facts_id_seq OWNED BY facts.id")
    kept = sa.text("state = 'kept'")
    op.create_index("ix_facts_kept", "facts", ["system", "namespace", "value"], postgresql_where=kept)
    op.create_index("ix_facts_kept_folded", "facts", ["folded"], postgresql_where=kept)
    op.create_index("ix_facts_received_at", "facts", ["received_at"])
    op.create_index("ix_facts_sku_received_at", "facts", ["sku", "received_at"])
    op.execute(f"ALTER TABLE facts ATTACH PARTITION facts_early FOR VALUES FROM (MINVALUE) TO ({_micros(until)})")
    op.execute("CREATE TABLE facts_other PARTITION OF facts DEFAULT")


def _next_month(at: datetime) -> datetime:
    return datetime(at.year + at.month // 12, at.month % 12 + 1, 1, tzinfo=UTC)


def _micros(at: datetime) -> int:
    return int((at - _EPOCH).total_seconds()) * 1_000_000


def _at(micros: int) -> datetime:
    return datetime.fromtimestamp(micros / 1_000_000, tz=UTC)
