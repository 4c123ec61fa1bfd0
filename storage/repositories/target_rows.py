"""Rows of desired state and lanes, there and back."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sync.model.ids import ExceptionId, ListingId, LocationId, SkuId, SystemId
from sync.model.outbox import Lane, Priority, Target, TargetKind, TargetState
from sync.model.time import AsOf

WANTED = (
    "key kind lane sku listing location wanted revision priority wanted_at state expected doors risk risk_order next_at"
    " exception"
).split()
"""What deciding writes; the rest is what sending writes."""

SENT = (
    "state expected doors attempts next_at in_flight_until sent sent_start sent_end sent_revision confirmed seen seen_at"
    " fault fault_text failing_since"
).split()
"""What sending writes."""

LANE = "system epoch holder leased_until budget refill_per_second budget_at blocked_until fault fault_text fault_since".split()


def wanted_row(target: Target) -> tuple[Any, ...]:
    """Its columns in the order of WANTED."""
    return (
        target.key,
        target.kind.value,
        target.lane,
        target.sku,
        target.listing,
        target.location,
        target.wanted,
        target.revision,
        int(target.priority),
        target.wanted_at,
        target.state.value,
        target.expected,
        list(target.doors),
        target.risk,
        target.risk,
        target.next_at,
        target.case,
    )


def sent_row(target: Target) -> dict[str, Any]:
    """What sending changed, by column."""
    return {
        "state": target.state.value,
        "expected": target.expected,
        "doors": list(target.doors),
        "attempts": target.attempts,
        "next_at": target.next_at,
        "in_flight_until": None,
        "sent": target.sent,
        "sent_start": target.sent_at.start if target.sent_at else None,
        "sent_end": target.sent_at.end if target.sent_at else None,
        "sent_revision": target.sent_revision,
        "confirmed": target.confirmed,
        "seen": target.seen,
        "seen_at": target.seen_at,
        "fault": target.fault,
        "fault_text": target.fault_text,
        "failing_since": target.failing_since,
    }


def target_of(row: Any) -> Target:
    """The target behind a row."""
    sent_at = AsOf(row.sent_start, row.sent_end) if row.sent_start is not None else None
    return Target(
        key=row.key,
        kind=TargetKind(row.kind),
        lane=SystemId(row.lane),
        sku=SkuId(row.sku),
        listing=ListingId(row.listing) if row.listing is not None else None,
        location=LocationId(row.location) if row.location is not None else None,
        wanted=row.wanted,
        revision=row.revision,
        priority=Priority(row.priority),
        wanted_at=row.wanted_at,
        state=TargetState(row.state),
        expected=row.expected,
        doors=tuple(row.doors),
        risk=Decimal(row.risk),
        attempts=row.attempts,
        next_at=row.next_at,
        sent=row.sent,
        sent_at=sent_at,
        sent_revision=row.sent_revision,
        confirmed=row.confirmed,
        seen=row.seen,
        seen_at=row.seen_at,
        fault=row.fault,
        fault_text=row.fault_text,
        failing_since=row.failing_since,
        case=ExceptionId(row.exception) if row.exception is not None else None,
        epoch=row.epoch,
    )


def lane_of(row: Any) -> Lane:
    """The lane behind a row."""
    return Lane(
        system=SystemId(row.system),
        epoch=row.epoch,
        holder=row.holder,
        leased_until=row.leased_until,
        budget=row.budget,
        refill_per_second=row.refill_per_second,
        budget_at=row.budget_at,
        blocked_until=row.blocked_until,
        fault=row.fault,
        fault_text=row.fault_text,
        fault_since=row.fault_since,
    )
