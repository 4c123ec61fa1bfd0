"""Tables, one module per aggregate. Importing this package registers all of them on ``metadata``."""

from __future__ import annotations

from storage.tables import (
    attention,
    bulk,
    cases,
    catalogue,
    deliveries,
    facts,
    freezes,
    groups,
    held_files,
    kits,
    landings,
    measured,
    outbox,
    proofs,
    reconciled,
    served,
    source_words,
    stock,
    storms,
    systems,
    work,
)
from storage.tables.columns import metadata

__all__ = [
    "attention",
    "bulk",
    "cases",
    "catalogue",
    "deliveries",
    "facts",
    "freezes",
    "groups",
    "held_files",
    "kits",
    "landings",
    "measured",
    "metadata",
    "outbox",
    "proofs",
    "reconciled",
    "served",
    "source_words",
    "stock",
    "storms",
    "systems",
    "work",
]
