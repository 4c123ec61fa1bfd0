"""The measures of a period, counted from what was recorded. Pure.

What begins in the period counts as opened in it, what ends in it as ended; spans belong to the period in which they end. A
limit is judged once: when it was kept, or at the moment it passed. Percentiles are by nearest rank, a median of an even number
of spans is the mean of the two in the middle.
"""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal

from sync.measures.prevented import Prevented, prevented
from sync.measures.records import Episode, Recorded, UpdateOutcome, UpdateTally
from sync.model.exceptions import ExceptionClass
from sync.model.ids import UserId

PER_ORDERS = 10_000
"""Rates of oversells are per so many orders."""


@dataclass(frozen=True, slots=True)
class Spans:
    """How long something took: how often, the median, nine in ten within ``p90``, the longest. None: it never happened."""

    count: int = 0
    median: timedelta | None = None
    p90: timedelta | None = None
    longest: timedelta | None = None

    @classmethod
    def of(cls, spans: Iterable[timedelta]) -> Spans:
        """Of any number of spans."""
        ordered = sorted(spans)
        if not ordered:
            return cls()
        middle = timedelta(seconds=statistics.median(one.total_seconds() for one in ordered))
        return cls(len(ordered), middle, ordered[math.ceil(len(ordered) * 0.9) - 1], ordered[-1])


@dataclass(frozen=True, slots=True)
class Kept:
    """Limits that were judged in the period, and how many of them were kept."""

    kept: int = 0
    judged: int = 0

    @property
    def share(self) -> Decimal | None:
        """Between 0 and 1; None when none was judged."""
        return Decimal(self.kept) / self.judged if self.judged else None


@dataclass(frozen=True, slots=True)
class Load:
    """What one person carried: taken in the period, ended in it, standing at its end, and of these late."""

    taken: int = 0
    ended: int = 0
    standing: int = 0
    late: int = 0


@dataclass(frozen=True, slots=True)
class Updates:
    """Writes to channels and masters: done, given up, refused for good, and failed tries that were made again."""

    done: int = 0
    failed: int = 0
    refused: int = 0
    again: int = 0
    faults: Mapping[str, int] = field(default_factory=dict)
    mean: timedelta | None = None
    """From wanted to done, on the average."""

    @property
    def success(self) -> Decimal | None:
        """Done, of all that came to an end."""
        ended = self.done + self.failed + self.refused
        return Decimal(self.done) / ended if ended else None

    @classmethod
    def of(cls, tallies: Iterable[UpdateTally]) -> Updates:
        """All of them together."""
        counts: Counter[UpdateOutcome] = Counter()
        faults: Counter[str] = Counter()
        seconds = 0
        for one in tallies:
            counts[one.outcome] += one.count
            if one.fault:
                faults[one.fault] += one.count
            if one.outcome is UpdateOutcome.DONE:
                seconds += one.seconds
        done = counts[UpdateOutcome.DONE]
        return cls(
            done,
            counts[UpdateOutcome.FAILED],
            counts[UpdateOutcome.REFUSED],
            counts[UpdateOutcome.AGAIN],
            faults,
            timedelta(seconds=seconds / done) if done else None,
        )


@dataclass(frozen=True, slots=True)
class Figures:
    """The measures of [start, end). Counts are exceptions unless said otherwise; money is in policy's currency.

    ``prevented`` and ``updates`` are None in a group that they cannot be told apart by.
    """

    start: datetime
    end: datetime
    orders: int
    opened: int
    by_class: Mapping[ExceptionClass, int]
    resolved: int
    cleared: int
    resolved_by_class: Mapping[ExceptionClass, int]
    cleared_by_class: Mapping[ExceptionClass, int]
    standing: int
    standing_before: int
    standing_late: int
    unowned: int
    repeats: int
    false_alarms: int
    opinions: tuple[int, int]
    to_seen: Spans
    to_owner: Spans
    to_end: Spans
    age: Spans
    assigned: Kept
    ended: Kept
    load: Mapping[UserId, Load]
    busiest: int
    risk_opened: Decimal
    risk_cleared: Decimal
    risk_standing: Decimal
    risk_before: Decimal
    prevented: Prevented | None
    updates: Updates | None

    def count(self, cls: ExceptionClass) -> int:
        """Opened of a class."""
        return self.by_class.get(cls, 0)

    @property
    def oversells(self) -> int:
        """Oversell incidents."""
        return self.count(ExceptionClass.OVERSELL)

    @property
    def oversell_rate(self) -> Decimal | None:
        """Incidents per ``PER_ORDERS`` orders; None without orders."""
        return Decimal(self.oversells) * PER_ORDERS / self.orders if self.orders else None


def measure(recorded: Recorded, currency: str) -> Figures:
    """All measures of the whole."""
    orders = sum(recorded.orders.values())
    updates = Updates.of(recorded.updates)
    saved = prevented(recorded.lowerings, recorded.start, recorded.end, recorded.now, currency)
    whole = figures(recorded.episodes, recorded, orders, saved, updates)
    return replace(whole, opinions=recorded.opinions)


def figures(
    episodes: Sequence[Episode],
    recorded: Recorded,
    orders: int,
    saved: Prevented | None,
    updates: Updates | None,
) -> Figures:
    """The measures of some of the episodes."""
    start, end = recorded.start, recorded.end
    opened = [one for one in episodes if start <= one.opened_at < end]
    ended = [one for one in episodes if one.ended_at is not None and start <= one.ended_at < end]
    standing = [one for one in episodes if one.stands_at(end)]
    before = [one for one in episodes if one.stands_at(start)]
    cleared = [one for one in ended if one.outcome == CLEARED]
    resolved = [one for one in ended if one.outcome != CLEARED]
    taken = [one for one in episodes if one.owned_at is not None and start <= one.owned_at < end]
    return Figures(
        start=start,
        end=end,
        orders=orders,
        opened=len(opened),
        by_class=Counter(one.cls for one in opened),
        resolved=len(resolved),
        cleared=len(cleared),
        resolved_by_class=Counter(one.cls for one in resolved),
        cleared_by_class=Counter(one.cls for one in cleared),
        standing=len(standing),
        standing_before=len(before),
        standing_late=sum(one.resolve_by is not None and one.resolve_by < end for one in standing),
        unowned=sum(one.owner is None or one.owned_at is None or one.owned_at >= end for one in standing),
        repeats=sum(one.recurrences > 1 for one in opened),
        false_alarms=sum(one.outcome == FALSE_ALARM for one in resolved),
        opinions=(0, 0),
        to_seen=Spans.of(one.opened_at - one.since for one in opened),
        to_owner=Spans.of(one.owned_at - one.opened_at for one in taken if one.owned_at is not None),
        to_end=Spans.of(one.ended_at - one.opened_at for one in ended if one.ended_at is not None),
        age=Spans.of(end - one.opened_at for one in standing),
        assigned=_kept(((one.assign_by, _first(one.owned_at, one.ended_at)) for one in episodes), recorded),
        ended=_kept(((one.resolve_by, one.ended_at) for one in episodes), recorded),
        load=_load(episodes, recorded),
        busiest=busiest(episodes, start, end),
        risk_opened=_money(one.opening_risk for one in opened),
        risk_cleared=_money(one.opening_risk for one in ended),
        risk_standing=_money(one.risk_at(end) for one in standing),
        risk_before=_money(one.risk_at(start) for one in before),
        prevented=saved,
        updates=updates,
    )


CLEARED = "cleared by itself"
FALSE_ALARM = "false alarm"
"""Outcomes as they are recorded."""


def _money(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, Decimal(0))


def _first(*moments: datetime | None) -> datetime | None:
    return min((one for one in moments if one is not None), default=None)


def _kept(limits: Iterable[tuple[datetime | None, datetime | None]], recorded: Recorded) -> Kept:
    """(limit, when it was met or None) of each: judged when met in time, else when the limit passed. What is still open and in
    time is not judged yet."""
    kept = judged = 0
    for limit, met in limits:
        if limit is None:
            continue
        in_time = met is not None and met <= limit
        at = met if in_time and met is not None else limit
        if recorded.start <= at < min(recorded.end, recorded.now):
            judged += 1
            kept += in_time
    return Kept(kept, judged)


def _load(episodes: Sequence[Episode], recorded: Recorded) -> dict[UserId, Load]:
    start, end = recorded.start, recorded.end
    taken: Counter[UserId] = Counter()
    ended: Counter[UserId] = Counter()
    standing: Counter[UserId] = Counter()
    late: Counter[UserId] = Counter()
    for one in episodes:
        if one.owner is None or one.owned_at is None or one.owned_at >= end:
            continue
        taken[one.owner] += start <= one.owned_at
        ended[one.owner] += one.ended_at is not None and start <= one.ended_at < end
        if one.stands_at(end):
            standing[one.owner] += 1
            late[one.owner] += one.resolve_by is not None and one.resolve_by < end
    return {
        owner: Load(taken[owner], ended[owner], standing[owner], late[owner])
        for owner in sorted({*taken, *ended, *standing})
        if taken[owner] or ended[owner] or standing[owner]
    }


def busiest(episodes: Sequence[Episode], start: datetime, end: datetime) -> int:
    """How many stood at once, at most, within [start, end)."""
    moves = []
    for one in episodes:
        if one.opened_at < end and (one.ended_at is None or one.ended_at >= start):
            moves.append((max(one.opened_at, start), 1))
            if one.ended_at is not None and one.ended_at < end:
                moves.append((one.ended_at, -1))
    most = now = 0
    for _, by in sorted(moves):
        now += by
        most = max(most, now)
    return most


def standing_risk(episodes: Sequence[Episode], moments: Sequence[datetime]) -> list[Decimal]:
    """The money at risk just before each of some moments."""
    return [_money(one.risk_at(moment) for one in episodes if one.stands_at(moment)) for moment in moments]
