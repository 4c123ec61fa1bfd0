"""The table of freezes, as revision 0002 makes it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

_KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def add_freezes() -> None:
    """Create it."""
    op.create_table(
        "freezes",
        sa.Column("system", _KEY, nullable=False),
        sa.Column("by", _KEY, nullable=False),
        sa.Column("by_name", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("system", name=op.f("pk_freezes")),
    )
