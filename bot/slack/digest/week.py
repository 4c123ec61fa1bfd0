"""Everything that a weekly digest says, worked out from the records of the week, of the week before, and of eight weeks. Pure."""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from bot.slack import format as fmt
from bot.slack import texts as t
from sync.measures.figures import Figures, figures, measure, standing_risk
from sync.measures.grouping import By, grouped
from sync.measures.period import midnight
from sync.measures.rated import in_own_currency
from sync.measures.records import Recorded
from sync.measures.review import Review, review
from sync.model.exceptions import ExceptionClass
from sync.policy.schema import Policy

WEEKS = 8
"""How many weeks before are looked at for what is usual."""
WEEKS_ENOUGH = 4
"""With fewer of them nobody knows what is usual."""


@dataclass(frozen=True, slots=True)
class DigestWeek:
    """The week that begins on ``first``. ``before`` and ``groups_before`` are None and empty where nothing is known of the week
    before; ``usual`` says by how much a measure changes from week to week, where that is known; ``risk_days`` has money at risk
    at the end of each day, of this week and the one before."""

    first: date
    this: Figures
    before: Figures | None
    usual: Mapping[str, Decimal]
    groups: Mapping[By, Mapping[str, Figures]]
    groups_before: Mapping[By, Mapping[str, Figures]]
    risk_days: Sequence[tuple[str, Decimal, Decimal | None]]
    review: Review
    facts: int
    repeats: int

    @property
    def days(self) -> str:
        """``16 to 22 Nov 2026``."""
        end = self.first + timedelta(days=6)
        begins = str(self.first.day) if self.first.month == end.month and fmt.days_first() else fmt.day(self.first)
        return t.DIGEST_DAYS.format(first=begins, last=fmt.day(end), year=end.year)


def digest_week(this: Recorded, before: Recorded, history: Recorded, policy: Policy, first: date) -> DigestWeek:
    """``history`` are the ``WEEKS`` weeks before ``this``; ``first`` is its first day in the digest's zone."""
    this, before = in_own_currency(this, policy), in_own_currency(before, policy)
    known = before.facts > 0
    now, past = measure(this, policy.currency), measure(before, policy.currency) if known else None
    zone = policy.digest.timezone
    ends = [midnight(first + timedelta(days=day), zone) for day in range(1, 8)]
    ended = [min(moment, this.end) for moment in ends]
    risk = standing_risk(this.episodes, ended)
    earlier = [midnight(first + timedelta(days=day - 7), zone) for day in range(1, 8)]
    risk_before: Sequence[Decimal | None] = standing_risk(before.episodes, earlier) if known else [None] * 7
    names = [fmt.weekday(first + timedelta(days=day)) for day in range(7)]
    passed = [this.end > moment - timedelta(days=1) for moment in ends]
    return DigestWeek(
        first=first,
        this=now,
        before=past,
        usual=usual_changes(history),
        groups={by: grouped(this, by, policy) for by in By},
        groups_before={by: grouped(before, by, policy) for by in By} if known else {},
        risk_days=[
            day for day, reached in zip(zip(names, risk, risk_before, strict=True), passed, strict=True) if reached
        ],
        review=review(this, before if known else None, now, past, policy),
        facts=this.facts,
        repeats=this.repeats,
    )


MEASURED = ("oversells", "exceptions", "risk", "owner", "fix", "failed", "stale", "override", "inside")
"""The measures that are compared."""


def value_of(name: str, one: Figures) -> Decimal | None:
    """A compared measure: a count, money, or seconds. None: there is none."""
    match name:
        case "oversells":
            return Decimal(one.oversells)
        case "exceptions":
            return Decimal(one.opened)
        case "risk":
            return one.risk_standing
        case "owner":
            return _seconds(one.to_owner.median)
        case "fix":
            return _seconds(one.to_end.median)
        case "failed":
            return Decimal(one.count(ExceptionClass.FAILED_UPDATE))
        case "stale":
            return Decimal(one.count(ExceptionClass.STALE_FEED))
        case "override":
            return Decimal(one.count(ExceptionClass.MANUAL_OVERRIDE))
        case _:
            return None if one.ended.share is None else one.ended.share * 100


def _seconds(span: timedelta | None) -> Decimal | None:
    return None if span is None else Decimal(str(round(span.total_seconds(), 3)))


def usual_changes(history: Recorded) -> dict[str, Decimal]:
    """The median change from one week to the next; nothing before ``WEEKS_ENOUGH`` weeks with exceptions are known."""
    weeks = [one for one in _weeks(history) if one.opened or one.standing_before]
    if len(weeks) < WEEKS_ENOUGH:
        return {}
    usual = {}
    for name in MEASURED:
        values = [value_of(name, week) for week in weeks]
        changes = [
            abs(later - earlier)
            for earlier, later in itertools.pairwise(values)
            if earlier is not None and later is not None
        ]
        if changes:
            usual[name] = Decimal(statistics.median(changes))
    return usual


def _weeks(history: Recorded) -> list[Figures]:
    found, start = [], history.start
    while start < history.end:
        end = min(start + timedelta(days=7), history.end)
        found.append(figures(history.episodes, _slice(history, start, end), 0, None, None))
        start = end
    return found


def _slice(history: Recorded, start: datetime, end: datetime) -> Recorded:
    return replace(history, start=start, end=end)
