"""What people choose for themselves, as revision 0003 adds it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.migrations.columns_0003 import key


def add_choices() -> None:
    """Direct messages, quiet days, absence with a delegate, and the order of figures; none of these was chosen before."""
    op.add_column("person_settings", sa.Column("direct", key(), nullable=True))
    op.add_column("person_settings", sa.Column("quiet_days", sa.Text(), nullable=True))
    op.add_column("person_settings", sa.Column("away_from", sa.Text(), nullable=True))
    op.add_column("person_settings", sa.Column("away_until", sa.Text(), nullable=True))
    op.add_column("person_settings", sa.Column("delegate", key(), nullable=True))
    op.add_column("person_settings", sa.Column("money_first", sa.Boolean(), nullable=True))
