"""Add what the whole core keeps.

Revision 0002, follows 0001.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from storage.migrations.kits_0002 import add_kit_tables, add_turns
from storage.migrations.attention_0002 import add_attention
from storage.migrations.freezes_0002 import add_freezes
from storage.migrations.measured_0002 import add_measured_tables
from storage.migrations.storms_0002 import add_storms

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables to this revision."""
    add_attention()
    add_freezes()
    add_measured_tables()
    add_kit_tables()
    add_turns()
    add_storms()
    op.create_table(
        "readings",
        sa.Column("system", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("read_at", sa.BigInteger(), nullable=True),
        sa.Column("full_at", sa.BigInteger(), nullable=True),
        sa.Column("restored", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("reader", sa.Text(), nullable=True),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("system", name=op.f("pk_readings")),
    )
    op.create_table(
        "reconciliations",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("began_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("body", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reconciliations")),
    )
    op.create_index(op.f("ix_reconciliations_ended_at"), "reconciliations", ["ended_at"])
    op.create_table(
        "carries",
        sa.Column("sku", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("entry", sa.BigInteger(), nullable=False),
        sa.Column("closed_before", sa.BigInteger(), nullable=False),
        sa.Column("facts", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("sku", "entry", name=op.f("pk_carries")),
    )
    op.add_column("positions", sa.Column("held", sa.BigInteger()))
    op.add_column("positions", sa.Column("acknowledged", sa.JSON().with_variant(postgresql.JSONB(), "postgresql")))
    op.add_column("positions", sa.Column("acknowledged_at", sa.BigInteger()))
    op.add_column("positions", sa.Column("acknowledged_until", sa.BigInteger()))
