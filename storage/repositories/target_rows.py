"""Rows of desired state and lanes, there and back."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from sync.model.ids import ExceptionId, ListingId, LocationId, SkuId, SystemId
from sync.model.outbox import Lane, Priority, Target, TargetKind, TargetState
from sync.model.time import AsOf

TARGET = [
    "key",
    "kind",
    "lane",
    "sku",
    "listing",
    "location",
    "wanted",
    "revision",
    "priority",
    "wanted_at",
    "state",
    "expected",
    "doors",
    "risk",
    "risk_order",
    "attempts",
    "next_at",
    "sent",
    "sent_start",
    "sent_end",
    "sent_revision",
    "confirmed",
    "seen",
    "seen_at",
    "fault",
    "fault_text",
    "failing_since",
    "exception",
    "epoch",
]
LANE = [
    "system",
    "epoch",
    "holder",
    "leased_until",
    "budget",
    "refill_per_second",
    "budget_at",
    "blocked_until",
    "fault",
    "fault_text",
    "fault_since",
]


def target_row(target: Target) -> tuple[Any, ...]:
    """Its columns in the order of TARGET."""
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
        target.attempts,
        target.next_at,
        target.sent,
        target.sent_at.start if target.sent_at else None,
        target.sent_at.end if target.sent_at else None,
        target.sent_revision,
        target.confirmed,
        target.seen,
        target.seen_at,
        target.fault,
        target.fault_text,
        target.failing_since,
        target.case,
        target.epoch,
    )


def target_of(row: Row[Any]) -> Target:
    """The target of a row."""
    return Target(
        key=row.key,
        kind=TargetKind(row.kind),
        lane=SystemId(row.lane),
        sku=SkuId(row.sku),
        listing=None if row.listing is None else ListingId(row.listing),
        location=None if row.location is None else LocationId(row.location),
        wanted=row.wanted,
        revision=row.revision,
        priority=Priority(row.priority),
        wanted_at=row.wanted_at,
        state=TargetState(row.state),
        expected=row.expected,
        doors=tuple(row.doors),
        risk=row.risk,
        attempts=row.attempts,
        next_at=row.next_at,
        sent=row.sent,
        sent_at=None if row.sent_start is None else AsOf(row.sent_start, row.sent_end),
        sent_revision=row.sent_revision,
        confirmed=row.confirmed,
        seen=row.seen,
        seen_at=row.seen_at,
        fault=row.fault,
        fault_text=row.fault_text,
        failing_since=row.failing_since,
        case=None if row.exception is None else ExceptionId(row.exception),
        epoch=row.epoch,
    )


def lane_of(row: Row[Any]) -> Lane:
    """The lane of a row."""
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
