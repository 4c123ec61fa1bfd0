"""The tables of kits, packs and changed names, as revision 0002 adds them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql


def add_kit_tables() -> None:
    """Recipes, which parts get a kit's orders, and what parts leave for kits."""
    op.create_table(
        "recipes",
        sa.Column("sku", _key(), nullable=False),
        sa.Column("system", _key(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("stamp", sa.BigInteger(), nullable=False),
        sa.Column("tie", sa.Text(), nullable=False),
        sa.Column("parts", _document(), nullable=False),
        sa.PrimaryKeyConstraint("sku", "system", "since", name=op.f("pk_recipes")),
    )
    op.create_table(
        "kit_parts",
        sa.Column("kit", _key(), nullable=False),
        sa.Column("part", _key(), nullable=False),
        sa.PrimaryKeyConstraint("kit", "part", name=op.f("pk_kit_parts")),
    )
    op.create_index("ix_kit_parts_part", "kit_parts", ["part"])
    op.create_table(
        "pools",
        sa.Column("sku", _key(), nullable=False),
        sa.Column("channel", _key(), nullable=False),
        sa.Column("body", _document(), nullable=False),
        sa.PrimaryKeyConstraint("sku", "channel", name=op.f("pk_pools")),
    )


def add_turns() -> None:
    """What names meant from when on."""
    op.create_table(
        "turns",
        sa.Column("system", _key(), nullable=False),
        sa.Column("namespace", _key(), nullable=False),
        sa.Column("value", _key(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("sku", _key(), nullable=False),
        sa.PrimaryKeyConstraint("system", "namespace", "value", "since", name=op.f("pk_turns")),
    )


def _key() -> sa.types.TypeEngine[str]:
    return sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def _document() -> sa.JSON:
    return sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
