"""Instants and intervals. Everything is UTC and aware; the resolution is one microsecond."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sync.model.made import quickly


@quickly
@dataclass(frozen=True, slots=True, order=True)
class AsOf:
    """The interval [start, end] during which a number was true or a thing happened.

    A snapshot is as of the time from the start to the end of its reading; a reading or a publish from request to
    answer; a platform's stamp is widened by its resolution.
    """

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise ValueError("an as-of interval needs aware datetimes")
        if self.end < self.start:
            raise ValueError(f"an as-of interval cannot end ({self.end}) before it starts ({self.start})")

    @classmethod
    def at(cls, instant: datetime, resolution: timedelta = timedelta(0)) -> AsOf:
        """A stamp: from ``instant`` to ``instant + resolution`` (whole-second stamps hide up to a second)."""
        instant = instant.astimezone(UTC)
        return cls(instant, instant + resolution)

    def widened(self, margin: timedelta) -> AsOf:
        """The same interval seen from another system whose clock may differ by ``margin``."""
        return AsOf(self.start - margin, self.end + margin)

    def or_later(self, other: AsOf) -> AsOf:
        """The later of the two: that which began later, of two that began at once that which ended later."""
        if other.start > self.start or (other.start == self.start and other.end > self.end):
            return other
        return self

    def certainly_before(self, other: AsOf) -> bool:
        """True when this ended before ``other`` began: no overlap, no doubt."""
        return self.end < other.start

    def certainly_after(self, other: AsOf) -> bool:
        """True when this began after ``other`` ended."""
        return self.start > other.end
