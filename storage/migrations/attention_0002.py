"""The tables of telling people, as revision 0002 makes them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

_KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def add_attention() -> None:
    """Create them, and the column that says what an exception still waits for."""
    op.add_column("exceptions", sa.Column("lacks", _KEY, nullable=True))
    op.create_table(
        "mentions",
        sa.Column("key", _KEY, nullable=False),
        sa.Column("exception", sa.BigInteger(), nullable=False),
        sa.Column("queue", _KEY, nullable=False),
        sa.Column("why", _KEY, nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("person", _KEY, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("critical", sa.Boolean(), nullable=False),
        sa.Column("wanted_at", sa.BigInteger(), nullable=False),
        sa.Column("not_before", sa.BigInteger(), nullable=False),
        sa.Column("settled_at", sa.BigInteger(), nullable=True),
        sa.Column("post", _KEY, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_mentions")),
    )
    waiting, told = sa.text("settled_at IS NULL"), sa.text("post != ''")
    op.create_index("ix_mentions_waiting", "mentions", ["not_before"], sqlite_where=waiting, postgresql_where=waiting)
    op.create_index("ix_mentions_told", "mentions", ["person", "settled_at"])
    op.create_index("ix_mentions_post", "mentions", ["post"], sqlite_where=told, postgresql_where=told)
    op.create_table(
        "person_settings",
        sa.Column("user", _KEY, nullable=False),
        sa.Column("mentioned", sa.Boolean(), nullable=False),
        sa.Column("quiet_from", sa.Text(), nullable=False),
        sa.Column("quiet_until", sa.Text(), nullable=False),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("user", name=op.f("pk_person_settings")),
    )
