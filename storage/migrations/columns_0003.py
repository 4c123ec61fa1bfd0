"""Column types of revision 0003, as they stand for good."""

from __future__ import annotations

import sqlalchemy as sa


def key() -> sa.types.TypeEngine[str]:
    """Text compared byte by byte on both databases."""
    return sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
