"""How things stand at one instant: what waits, for how long, and where. No SKU, no order, no person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

LATELY = timedelta(hours=1)
"""Deliveries and updates are told for so long back."""

BEHIND_FROM = timedelta(minutes=1)

DRAINED_FROM = timedelta(minutes=10)
"""How far back the pace of a lane is taken from."""


@dataclass(frozen=True, slots=True)
class QueueStanding:
    """Unresolved exceptions of one queue and class: how many, how many late, without owner, since when, money at risk."""

    queue: str
    cls: str
    count: int
    late: int
    unowned: int
    oldest: datetime
    risk: Decimal


@dataclass(frozen=True, slots=True)
class LaneStanding:
    """What waits to be sent to one system: how many, since when, and how many were done within ``DRAINED_FROM``."""

    system: str
    waiting: int
    oldest: datetime | None
    done_lately: int
    blocked_until: datetime | None

    def behind(self, now: datetime) -> bool:
        """Whether what waits has waited, and will wait, for more than a minute, though the system takes what we send."""
        left = self.drains_in
        if self.oldest is None or left is None or (self.blocked_until is not None and self.blocked_until > now):
            return False
        return now - self.oldest > BEHIND_FROM and left > BEHIND_FROM

    @property
    def drains_in(self) -> timedelta | None:
        """How long it takes at the pace of late; None: nothing was done lately, so nobody knows."""
        if not self.waiting:
            return timedelta(0)
        return DRAINED_FROM * self.waiting / self.done_lately if self.done_lately else None


@dataclass(frozen=True, slots=True)
class Waiting:
    """Rows of one kind that wait, and since when the oldest does."""

    kind: str
    count: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class Lately:
    """Of one system, how many had one outcome within ``LATELY``."""

    system: str
    outcome: str
    count: int


@dataclass(frozen=True, slots=True)
class Pressure:
    """Everything that waits, at one instant."""

    queues: Sequence[QueueStanding]
    lanes: Sequence[LaneStanding]
    due: Waiting
    posts: Sequence[Waiting]
    deliveries: Sequence[Lately]
    updates: Sequence[Lately]
