"""A storm as stored: the exceptions of one cause in one queue, told as one. Its figures move with each slice, by what changed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from sync.model.ids import QueueId, StormId, UserId

TREND_OVER = timedelta(minutes=5)
"""Over what span a storm's growth is told."""
MARK_EVERY = timedelta(seconds=30)

Key = tuple[str, QueueId]
"""What makes two exceptions members of one storm: cause and queue."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Running totals at a time, from which growth is reckoned."""

    at: datetime
    joined: int
    gone: int


@dataclass(frozen=True, slots=True)
class Storm:
    """``members`` are its unresolved exceptions; of these ``exposed`` put money at risk, ``risk`` in all.

    ``joined`` are all that were ever in it, ``ended`` those of them that ended there, ``left`` those that left it unresolved.
    ``version`` rises with every change. ``marks`` are of the last minutes, oldest first.
    """

    id: StormId
    cause: str
    queue: QueueId
    opened_at: datetime
    version: int = 0
    members: int = 0
    exposed: int = 0
    risk: Decimal = Decimal(0)
    joined: int = 0
    ended: int = 0
    left: int = 0
    most: int = 0
    most_risk: Decimal = Decimal(0)
    most_exposed: int = 0
    owner: UserId | None = None
    owner_name: str = ""
    owned_at: datetime | None = None
    ended_at: datetime | None = None
    marks: tuple[Mark, ...] = ()

    @property
    def name(self) -> str:
        """``ST-31``."""
        return storm_name(self.id)

    @property
    def key(self) -> Key:
        """Cause and queue."""
        return self.cause, self.queue


@dataclass(frozen=True, slots=True)
class Moved:
    """By how much a transaction moves a storm's figures."""

    joined: int = 0
    ended: int = 0
    left: int = 0
    exposed: int = 0
    risk: Decimal = Decimal(0)

    def __add__(self, other: Moved) -> Moved:
        return Moved(
            self.joined + other.joined,
            self.ended + other.ended,
            self.left + other.left,
            self.exposed + other.exposed,
            self.risk + other.risk,
        )


def storm_name(storm: StormId) -> str:
    """``ST-31``: how people and proofs name a storm."""
    return f"ST-{storm}"


def parse_storm_name(text: str) -> StormId:
    """The id behind ``ST-31`` (any case). Raises ValueError on anything else."""
    prefix, _, number = text.strip().upper().partition("-")
    if prefix != "ST" or not number.isascii() or not number.isdigit():
        raise ValueError(f"{text!r} is not a storm's id; it looks like ST-31")
    return StormId(int(number))


def moved(storm: Storm, by: Moved, now: datetime) -> Storm:
    """The storm after a transaction: its figures moved, and ended with its last member."""
    members = storm.members + by.joined - by.ended - by.left
    risk, exposed = storm.risk + by.risk, storm.exposed + by.exposed
    after = replace(
        storm,
        version=storm.version + 1,
        members=members,
        exposed=exposed,
        risk=risk,
        joined=storm.joined + by.joined,
        ended=storm.ended + by.ended,
        left=storm.left + by.left,
        most=max(storm.most, members),
        most_risk=max(storm.most_risk, risk),
        most_exposed=max(storm.most_exposed, exposed),
        ended_at=None if members else now,
    )
    return replace(after, marks=_marked(after, now))


def _marked(storm: Storm, now: datetime) -> tuple[Mark, ...]:
    """One mark per half minute, and one that is older than the span, to reckon from."""
    marks = storm.marks
    if not marks or now - marks[-1].at >= MARK_EVERY:
        marks = (*marks, Mark(now, storm.joined, storm.ended + storm.left))
    beyond = [mark for mark in marks if now - mark.at >= TREND_OVER]
    return (*beyond[-1:], *(mark for mark in marks if now - mark.at < TREND_OVER))


def growth(storm: Storm, now: datetime) -> tuple[int, int]:
    """(joined, gone) within the last five minutes."""
    before = [mark for mark in storm.marks if now - mark.at >= TREND_OVER]
    joined, gone = (before[-1].joined, before[-1].gone) if before else (0, 0)
    return storm.joined - joined, storm.ended + storm.left - gone


def done_about(storm: Storm, now: datetime) -> datetime | None:
    """When the last member is gone at the pace of the last five minutes; None while it does not shrink."""
    joined, gone = growth(storm, now)
    if gone <= joined or not storm.members:
        return None
    over = min(TREND_OVER, now - storm.opened_at)
    return now + over * storm.members / (gone - joined)
