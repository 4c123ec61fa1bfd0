"""The words of titles, as revision 0003 adds and fills them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.migrations.columns_0003 import key
from sync.titles import words_of

PAGE = 5_000


def add_title_words() -> None:
    """A title is looked up by its words instead of by reading every title."""
    words = op.create_table(
        "title_words",
        sa.Column("word", key(), nullable=False),
        sa.Column("sku", key(), nullable=False),
        sa.PrimaryKeyConstraint("word", "sku", name=op.f("pk_title_words")),
        sqlite_with_rowid=False,
    )
    connection, after = op.get_bind(), ""
    page = sa.text("SELECT id, title FROM skus WHERE id > :after ORDER BY id LIMIT :page")
    while rows := connection.execute(page, {"after": after, "page": PAGE}).all():
        found = [{"word": word, "sku": sku} for sku, title in rows for word in sorted(words_of(title))]
        if found:
            connection.execute(sa.insert(words), found)
        after = rows[-1][0]
    op.create_index(op.f("ix_title_words_sku"), "title_words", ["sku"])
