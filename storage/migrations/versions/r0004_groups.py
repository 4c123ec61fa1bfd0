"""Keep who is in user groups.

Revision 0004, follows 0003. It only adds: processes of the version before go on beside it.
"""

from __future__ import annotations

from alembic import op

from storage.migrations.groups_0004 import add_user_groups

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.execute("INSERT INTO served (revision, since) VALUES ('0004', '0003')")
    add_user_groups()
