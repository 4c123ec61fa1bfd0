"""What measures are counted from, as storage hands it over: rows of facts, not yet judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from sync.model.exceptions import ExceptionClass
from sync.model.ids import ExceptionId, ListingId, LocationId, QueueId, SkuId, SystemId, UserId
from sync.model.outbox import Target, TargetKind, TargetState

LONGEST_COMPARED = timedelta(days=1)
"""For how long, at most, a lowering is compared with what would have gone on being shown."""

PACE_FROM = timedelta(days=28)
"""How far before a period the orders begin that its pace of sales is taken from."""

CHECKED_FOR = timedelta(weeks=8)
"""How far before the end of a period manual checks are looked at."""


@dataclass(frozen=True, slots=True)
class Episode:
    """One life of an exception: it opened, was taken or not, and ended or stands.

    ``owned_at`` is when it was first taken, ``owner`` who has it, or had it as it ended. ``since`` is when the trouble began.
    ``outcome`` is empty while it stands. ``number`` counts its lives from 0; ``recurrences`` counts the trouble, also under other
    names. ``changes``: when its money at risk rose or fell, and by how much.
    """

    exception: ExceptionId
    number: int
    cls: ExceptionClass
    sku: SkuId | None
    family: str
    systems: tuple[SystemId, ...]
    queue: QueueId
    owner: UserId | None
    cause: str
    recurrences: int
    since: datetime
    opened_at: datetime
    owned_at: datetime | None
    assign_by: datetime | None
    resolve_by: datetime | None
    ended_at: datetime | None
    outcome: str
    opening_risk: Decimal
    snoozes: int = 0
    escalated: int = 0
    changes: tuple[tuple[datetime, Decimal], ...] = ()

    def stands_at(self, moment: datetime) -> bool:
        """Open or owned just before that instant."""
        return self.opened_at < moment and (self.ended_at is None or self.ended_at >= moment)

    def risk_at(self, moment: datetime) -> Decimal:
        """Its money at risk just before that instant."""
        return sum((change for at, change in self.changes if at < moment), Decimal(0))


class UpdateOutcome(StrEnum):
    """What came of one write. ``again``: it failed and is tried again; ``failed``: given up; ``refused``: no for good."""

    DONE = "done"
    AGAIN = "again"
    FAILED = "failed"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class SettledUpdate:
    """One write as it was settled, to be recorded. ``shown``: what the channel showed before, where we knew."""

    at: datetime
    system: SystemId
    kind: TargetKind
    target: str
    sku: SkuId
    listing: ListingId | None
    exception: ExceptionId | None
    wanted: int
    shown: int | None
    outcome: UpdateOutcome
    fault: str
    wanted_at: datetime


@dataclass(frozen=True, slots=True)
class UpdateTally:
    """How many writes to one system, for SKUs of one family, came to the same; ``seconds`` they took from wanted to settled,
    in all."""

    system: SystemId
    family: str
    outcome: UpdateOutcome
    fault: str
    count: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Lowering:
    """A number that a channel took from us, below the one it showed: from ``at`` until the next write of ours (None: none yet).

    ``ordered`` are the units that customers ordered of it there between ``PACE_FROM`` before the period and its end. A pause
    (``paused``) hides everything, the part that could be sold, too.
    """

    listing: ListingId | None
    sku: SkuId
    family: str
    system: SystemId
    at: datetime
    until: datetime | None
    shown: int
    can_sell: int
    ordered: int
    price: Decimal | None
    currency: str
    paused: bool = False


@dataclass(frozen=True, slots=True)
class CheckTally:
    """Counts by hand at one place about one class: how many were done, and after how many something was corrected."""

    location: LocationId | None
    cls: ExceptionClass
    done: int
    differed: int


@dataclass(frozen=True, slots=True)
class Recorded:
    """Everything about a period [start, end), read at ``now``.

    Episodes are those that stood at any time of it. ``orders`` are distinct orders placed, by channel; ``orders_by_family``
    those that have a line of the family, so one order may count in several. ``checks`` reach back ``CHECKED_FOR``.
    """

    start: datetime
    end: datetime
    now: datetime
    episodes: Sequence[Episode]
    updates: Sequence[UpdateTally]
    lowerings: Sequence[Lowering]
    orders: Mapping[SystemId, int]
    orders_by_family: Mapping[str, int]
    checks: Sequence[CheckTally]
    facts: int
    repeats: int
    opinions: tuple[int, int] = (0, 0)
    """People who agreed, and who disagreed, with what shadow only names."""


_CAME_TO = {
    TargetState.IDLE: UpdateOutcome.DONE,
    TargetState.FAILED: UpdateOutcome.FAILED,
    TargetState.REFUSED: UpdateOutcome.REFUSED,
}


def settled_update(before: Target, after: Target, now: datetime) -> SettledUpdate:
    """What is recorded of a write: the target as it went out, and as it was settled."""
    outcome = _CAME_TO.get(after.state, UpdateOutcome.AGAIN)
    return SettledUpdate(
        at=now,
        system=before.lane,
        kind=before.kind,
        target=before.key,
        sku=before.sku,
        listing=before.listing,
        exception=before.case,
        wanted=before.wanted,
        shown=before.expected if before.kind is TargetKind.QUANTITY else None,
        outcome=outcome,
        fault="" if outcome is UpdateOutcome.DONE else after.fault,
        wanted_at=before.wanted_at,
    )
