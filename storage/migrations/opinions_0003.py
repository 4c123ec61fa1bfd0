"""The index by which revision 0003 counts what people said of acts that shadow only names."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


def add_opinions() -> None:
    """Few of all entries are opinions: they alone are in it."""
    only = sa.text("kind IN ('agreed', 'disagreed')")
    op.create_index("ix_chain_entries_opinions", "chain_entries", ["at"], sqlite_where=only, postgresql_where=only)
