"""Snapshots that landed whole, as revision 0003 makes their tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from storage.migrations.columns_0003 import key


def add_landings() -> None:
    """What landed, what it confirmed, and which positions a snapshot left out."""
    op.create_table(
        "confirmations",
        sa.Column("system", key(), nullable=False),
        sa.Column("location", key(), nullable=False),
        sa.Column("as_of_start", sa.BigInteger(), nullable=False),
        sa.Column("as_of_end", sa.BigInteger(), nullable=False),
        sa.Column("before_start", sa.BigInteger()),
        sa.Column("before_end", sa.BigInteger()),
        sa.PrimaryKeyConstraint("system", "location", name=op.f("pk_confirmations")),
    )
    for name in ("left_out_start", "left_out_end", "listed_start", "listed_end"):
        op.add_column("positions", sa.Column(name, sa.BigInteger()))
    op.create_table(
        "landings",
        sa.Column("delivery", sa.BigInteger(), nullable=False),
        sa.Column("system", key(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger()),
        sa.Column("body", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.ForeignKeyConstraint(["delivery"], ["deliveries.id"], name=op.f("fk_landings_delivery"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("delivery", name=op.f("pk_landings")),
    )
    where = sa.text("ended_at IS NULL")
    op.create_index("ix_landings_open", "landings", ["system"], sqlite_where=where, postgresql_where=where)
    op.create_index("ix_landings_file", "landings", ["file"])
