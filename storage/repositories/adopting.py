"""Counts that were kept for want of a mapping, beside the snapshots that came since: a snapshot that was compared whole confirms
what is known, and of a code that meant nothing yet it knows only what each file told. Where the newest file told nothing of it,
the confirmation does not speak for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, select

from storage.dialect import Link
from storage.repositories.facts import record_facts
from storage.tables.facts import confirmations, facts
from sync.model.facts import FactDraft, FactKind, ItemRef, LeftOut
from sync.model.ids import LocationId, SkuId, SystemId
from sync.model.time import AsOf
from sync.path.identify import fingerprint
from sync.ports import NewFact

ADOPTED_ROW = tuple(
    facts.c[name]
    for name in (
        "id",
        "state",
        "received_at",
        "system",
        "kind",
        "sku",
        "location",
        "namespace",
        "value",
        "place",
        "as_of_start",
        "delivery",
    )
)
"""What an adoption must return of each fact."""


async def leave_out_adopted(link: Link, adopted: Sequence[Row[Any]]) -> None:
    """Leave out, with a fact each, the numbers whose newest statement is older than the snapshot that confirms their place."""
    newest: dict[tuple[str, str, str], Row[Any]] = {}
    for row in adopted:
        if row.kind == FactKind.COUNTED.value and row.location is not None:
            key = (row.sku, row.system, row.location)
            if key not in newest or newest[key].as_of_start < row.as_of_start:
                newest[key] = row
    if not newest:
        return
    held = confirmations.c
    there = select(confirmations).where(link.among(held.system, sorted({system for _, system, _ in newest})))
    confirmed = {(row.system, row.location): AsOf(row.as_of_start, row.as_of_end) for row in await link.execute(there)}
    left = [
        _left_out(row, confirmed[system, location])
        for (_, system, location), row in sorted(newest.items())
        if (system, location) in confirmed and row.as_of_start < confirmed[system, location].start
    ]
    if left:
        await record_facts(link, left)


def _left_out(row: Row[Any], at: AsOf) -> NewFact:
    key = f"left_out:{row.value}:{row.place}@{at.start.isoformat()}"
    draft = FactDraft(FactKind.LEFT_OUT, key, at, ItemRef(row.namespace, row.value), row.place, LeftOut())
    return NewFact(
        system=SystemId(row.system),
        delivery=row.delivery,
        draft=draft,
        sku=SkuId(row.sku),
        location=LocationId(row.location),
        fingerprint=fingerprint(draft),
        received_at=row.received_at,
    )
