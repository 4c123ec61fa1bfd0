"""Keep who is in user groups, and what people say of silent sources.

Revision 0004, follows 0003. It only adds: processes of the version before go on beside it. They know no word on a source, and so
raise nothing that one keeps at zero (an increase needs its explanation) and lower what one vouches for.
"""

from __future__ import annotations

from alembic import op

from storage.migrations.groups_0004 import add_user_groups
from storage.migrations.source_words_0004 import add_source_words

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.execute("INSERT INTO served (revision, since) VALUES ('0004', '0003')")
    add_user_groups()
    add_source_words()
