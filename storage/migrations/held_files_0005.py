"""The table of files that were held whole, as revision 0005 makes it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from storage.migrations.columns_0003 import key


def add_held_files() -> None:
    """Create it."""
    op.create_table(
        "held_files",
        sa.Column("delivery", sa.BigInteger(), nullable=False),
        sa.Column("system", key(), nullable=False),
        sa.Column("content_at", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("released_at", sa.BigInteger()),
        sa.Column("released_by", key()),
        sa.Column("released_name", sa.Text()),
        sa.Column("exception", sa.BigInteger()),
        sa.Column("taken_at", sa.BigInteger()),
        sa.ForeignKeyConstraint(
            ["delivery"], ["deliveries.id"], name=op.f("fk_held_files_delivery"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("delivery", name=op.f("pk_held_files")),
    )
    where = sa.text("released_at IS NOT NULL AND taken_at IS NULL")
    op.create_index("ix_held_files_to_read", "held_files", ["system"], sqlite_where=where, postgresql_where=where)
