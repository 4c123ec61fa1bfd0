"""Which versions a revision of the tables serves, as revision 0003 begins to say it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.migrations.columns_0003 import key


def add_served() -> None:
    """0003 parts the ledger: a process of the version before may not write to it."""
    op.create_table(
        "served",
        sa.Column("revision", key(), nullable=False),
        sa.Column("since", key(), nullable=False),
        sa.PrimaryKeyConstraint("revision", name=op.f("pk_served")),
    )
    op.execute("INSERT INTO served (revision, since) VALUES ('0003', '0003')")
