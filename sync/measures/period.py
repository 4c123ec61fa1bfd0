"""Periods as people write them, in the zone of the policy."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from sync.errors import BadInput
from sync.policy.fields import parse_span

WORDS = {"week": 7, "month": 30, "quarter": 90, "year": 365}
"""So many days until now."""
EXAMPLES = "today, yesterday, week, month, quarter, year, 36 h, 2026-11, 2026-W47, 2026-11-16 or 2026-11-16..2026-11-22"


@dataclass(frozen=True, slots=True)
class Period:
    """[start, end), and how it is called."""

    start: datetime
    end: datetime
    name: str

    @property
    def before(self) -> Period:
        """The period of the same length that ends where this begins."""
        return Period(self.start - (self.end - self.start), self.start, "before")


def midnight(day: date, zone: str) -> datetime:
    """The beginning of a day in a zone, in UTC. A day of changing clocks is an hour longer or shorter, never cut."""
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def period_of(text: str, now: datetime, zone: str) -> Period:
    """The period that a word, a span until now, or a date names; a week until now when nothing is said. What lies ahead is cut
    at ``now``. Raises BadInput."""
    word = text.strip().casefold() or "week"
    today = now.astimezone(ZoneInfo(zone)).date()
    if word == "today":
        return Period(midnight(today, zone), now, "today")
    if word == "yesterday":
        return _days(today - timedelta(days=1), today, "yesterday", now, zone)
    if word in WORDS:
        return Period(now - timedelta(days=WORDS[word]), now, f"the last {WORDS[word]} days")
    try:
        return _dated(word, now, zone) or _until_now(word, now)
    except ValueError as error:
        raise BadInput(f"{text.strip()!r} is no period; write {EXAMPLES}.") from error


def _until_now(word: str, now: datetime) -> Period:
    span = parse_span(word)
    if not isinstance(span, timedelta) or span <= timedelta(0):
        raise ValueError(word)
    return Period(now - span, now, f"the last {word}")


def _dated(word: str, now: datetime, zone: str) -> Period | None:
    """ValueError for a date that is none."""
    if match := re.fullmatch(r"(\d{4})-w(\d{1,2})", word):
        first = date.fromisocalendar(int(match[1]), int(match[2]), 1)
        return _days(first, first + timedelta(days=7), word.upper(), now, zone)
    if match := re.fullmatch(r"(\d{4})-(\d{2})", word):
        first = date(int(match[1]), int(match[2]), 1)
        return _days(first, (first + timedelta(days=32)).replace(day=1), word, now, zone)
    if match := re.fullmatch(r"(\d{4}-\d{2}-\d{2})(?:\s*(?:\.\.|to|–)\s*(\d{4}-\d{2}-\d{2}))?", word):
        first, last = date.fromisoformat(match[1]), date.fromisoformat(match[2] or match[1])
        return _days(first, last + timedelta(days=1), word, now, zone)
    return None


def _days(first: date, end: date, name: str, now: datetime, zone: str) -> Period:
    start = midnight(first, zone)
    if end <= first or start >= now:
        raise ValueError(name)
    return Period(start, min(midnight(end, zone), now), name)


def moment_of(text: str, zone: str) -> datetime:
    """A date is its beginning in the zone; a time without one is in it, too. Raises BadInput."""
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text.strip()):
            return midnight(date.fromisoformat(text.strip()), zone)
        moment = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise BadInput(f"{text!r} is no time; write it like 2026-11-16 or 2026-11-16T08:00+01:00.") from error
    return (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)
