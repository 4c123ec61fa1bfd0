"""The table of people's words on silent sources, as revision 0004 makes it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.migrations.columns_0003 import key


def add_source_words() -> None:
    """Create it."""
    op.create_table(
        "source_words",
        sa.Column("system", key(), nullable=False),
        sa.Column("kind", key(), nullable=False),
        sa.Column("by", key(), nullable=False),
        sa.Column("by_name", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("content_at", sa.BigInteger(), nullable=False),
        sa.Column("exception", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("system", name=op.f("pk_source_words")),
    )
