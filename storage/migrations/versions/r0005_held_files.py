"""Keep what is known of files that were held whole, so that a person can let one count.

Revision 0005, follows 0004. It only adds: processes of the version before go on beside it. They note nothing of what they hold,
and read nothing that was let count: a process of this version does.
"""

from __future__ import annotations

from alembic import op

from storage.migrations.held_files_0005 import add_held_files

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.execute("INSERT INTO served (revision, since) VALUES ('0005', '0003')")
    add_held_files()
