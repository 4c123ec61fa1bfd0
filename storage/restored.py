"""What a restored database must not believe any more: that it is held by somebody, that a write is on its way, and that its
requests were never made before."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update

from storage.dialect import Link
from storage.repositories.facts import mark_every_sku_due
from storage.repositories.readings import forget_readings
from storage.tables.outbox import lanes, targets
from sync.model.outbox import TargetState

REVISIONS_SKIPPED = 1_000_000
"""Between a backup and its restoring, requests went out whose revisions the backup does not know. A platform would answer the
same idempotency key with the old answer, so revisions go on far above them."""


async def settle_restored(link: Link, now: datetime) -> None:
    """Free the lanes, take back what was in flight, skip revisions, judge every SKU anew, and raise nothing before every
    system was read again."""
    await link.execute(update(lanes).values(leased_until=None, epoch=lanes.c.epoch + 1, blocked_until=None))
    held = targets.c
    await link.execute(
        update(targets).values(
            revision=held.revision + REVISIONS_SKIPPED, sent_revision=held.sent_revision + REVISIONS_SKIPPED
        )
    )
    in_flight = update(targets).where(held.state == TargetState.IN_FLIGHT.value)
    await link.execute(in_flight.values(state=TargetState.DUE.value, in_flight_until=None))
    await forget_readings(link)
    await mark_every_sku_due(link, now, "restored")
