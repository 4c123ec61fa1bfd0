"""The tables of revision 0002 that hold storms."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

_KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_STANDING = sa.text("ended_at IS NULL")
_IN_STORM = sa.text("life IN ('open', 'owned') AND storm IS NOT NULL")
_LOOSE = sa.text("life IN ('open', 'owned') AND storm IS NULL AND owner IS NULL")
_OF_EXCEPTION = sa.text("exception IS NOT NULL")


def add_storms() -> None:
    """A table of storms, the storm of each exception, and what they are asked by."""
    op.create_table(
        "storms",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("queue", _KEY, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("members", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("body", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_storms")),
    )
    _index("uq_storms_standing", "storms", ["cause", "queue"], _STANDING, unique=True)
    op.add_column("exceptions", sa.Column("storm", sa.BigInteger()))
    _index("ix_exceptions_storm", "exceptions", ["storm", "risk_per_hour"], _IN_STORM)
    _index("ix_exceptions_loose", "exceptions", ["cause", "queue"], _LOOSE)
    _index("ix_posts_exception", "posts", ["exception"], _OF_EXCEPTION)


def _index(name: str, table: str, columns: list[str], where: sa.TextClause, *, unique: bool = False) -> None:
    op.create_index(name, table, columns, unique=unique, sqlite_where=where, postgresql_where=where)
