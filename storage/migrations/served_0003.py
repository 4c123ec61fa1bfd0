"""Which versions a revision of the tables serves, as revision 0003 begins to say it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


def add_served() -> None:
    """0003 parts the ledger: a process of the version before may not write to it."""
    op.create_table(
        "served",
        sa.Column("revision", _key(), nullable=False),
        sa.Column("since", _key(), nullable=False),
        sa.PrimaryKeyConstraint("revision", name=op.f("pk_served")),
    )
    op.execute("INSERT INTO served (revision, since) VALUES ('0003', '0003')")


def _key() -> sa.types.TypeEngine[str]:
    return sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
