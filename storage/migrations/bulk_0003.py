"""The tables of revision 0003 that hold bulk acts and their frozen lists."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from storage.migrations.columns_0003 import key

_IN_WORK = sa.text("state IN ('accepted', 'asked')")
_UNSENT = sa.text("state = 'shown'")
_WAITING = sa.text("state = 'waiting'")


def add_bulk_acts() -> None:
    """Create them, with what they are asked by."""
    op.create_table(
        "bulk_acts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("actor", key(), nullable=False),
        sa.Column("state", key(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("turn", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_acts")),
    )
    _index("ix_bulk_acts_in_work", "bulk_acts", ["state", "turn"], _IN_WORK)
    _index("ix_bulk_acts_unsent", "bulk_acts", ["until"], _UNSENT)
    op.create_table(
        "bulk_items",
        sa.Column("bulk", sa.BigInteger(), nullable=False),
        sa.Column("exception", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sku", key(), nullable=True),
        sa.Column("state", key(), nullable=False),
        sa.Column("why", key(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("units_now", sa.BigInteger(), nullable=True),
        sa.Column("units_then", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["bulk"], ["bulk_acts.id"], name=op.f("fk_bulk_items_bulk")),
        sa.PrimaryKeyConstraint("bulk", "exception", name=op.f("pk_bulk_items")),
    )
    _index("ix_bulk_items_waiting", "bulk_items", ["bulk", "sku", "exception"], _WAITING)


def _index(name: str, table: str, columns: list[str], where: sa.TextClause) -> None:
    op.create_index(name, table, columns, unique=False, sqlite_where=where, postgresql_where=where)
