"""Add what the whole inbox and many processes keep.

Revision 0003, follows 0002.
"""

from __future__ import annotations

from storage.migrations.landing_0003 import add_landings
from storage.migrations.ledger_0003 import add_disputes, part_the_ledger
from storage.migrations.opinions_0003 import add_opinions
from storage.migrations.people_0003 import add_choices
from storage.migrations.served_0003 import add_served
from storage.migrations.titles_0003 import add_title_words
from storage.migrations.bulk_0003 import add_bulk_acts

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables to this revision."""
    add_served()
    add_disputes()
    part_the_ledger()
    add_title_words()
    add_bulk_acts()
    add_choices()
    add_opinions()
    add_landings()
