"""Working time: windows of local time as instants, so that a change of clocks makes a shift longer or shorter, never wrong.

A local time that a change of clocks skips counts as the instant it would have been without the change; of a time that comes
twice the first is meant.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

from sync.errors import OurBug
from sync.policy.people_rules import WEEKDAYS, Hours

_DAY = timedelta(days=1)


def windows(hours: Hours, zone: str, start: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Working windows as [begin, end) in UTC that end after ``start``, in order, without end. ``zone`` holds where ``hours``
    names none."""
    local = ZoneInfo(hours.timezone or zone)
    begins, ends = time.fromisoformat(hours.begins), time.fromisoformat(hours.ends)
    overnight = _DAY if ends <= begins else timedelta(0)
    day = start.astimezone(local).date() - _DAY
    while True:
        if _works_on(hours, day):
            begin, end = _instant(day, begins, local), _instant(day + overnight, ends, local)
            if end > start:
                yield begin, end
        day += _DAY


def working_at(hours: Hours, zone: str, now: datetime) -> bool:
    """Whether ``now`` lies inside working time."""
    begin, _ = next(windows(hours, zone, now))
    return begin <= now


def next_working(hours: Hours, zone: str, now: datetime) -> datetime:
    """``now`` inside working time, else the begin of the next window."""
    begin, _ = next(windows(hours, zone, now))
    return max(begin, now)


def after(hours: Hours | None, zone: str, start: datetime, length: timedelta) -> datetime:
    """The instant at which ``length`` of working time has passed since ``start``; without hours every time is working time."""
    if hours is None or length <= timedelta(0):
        return start + length
    left = length
    for begin, end in windows(hours, zone, start):
        begin = max(begin, start)
        if end - begin >= left:
            return begin + left
        left -= end - begin
    raise OurBug("working time came to an end, though its windows have none")


def worked(hours: Hours | None, zone: str, start: datetime, end: datetime) -> timedelta:
    """How much working time lies between two instants; without hours every time is working time."""
    if hours is None or end <= start:
        return max(end - start, timedelta(0))
    total = timedelta(0)
    for begins, ends in windows(hours, zone, start):
        if begins >= end:
            return total
        total += min(ends, end) - max(begins, start)
    raise OurBug("working time came to an end, though its windows have none")


def _works_on(hours: Hours, day: date) -> bool:
    if WEEKDAYS[day.weekday()] not in hours.days or day in hours.closed:
        return False
    return hours.holidays is None or not _is_holiday(hours.holidays, day)


def _instant(day: date, clock: time, local: ZoneInfo) -> datetime:
    return datetime.combine(day, clock, local).astimezone(UTC)


@lru_cache(maxsize=4096)
def _is_holiday(country: str, day: date) -> bool:
    """Public holidays as the `holidays` library knows them, with the days on which they are observed."""
    return day in _calendar(country)


@lru_cache(maxsize=64)
def _calendar(country: str) -> holidays.HolidayBase:
    name, _, part = country.partition("-")
    return holidays.country_holidays(name, subdiv=part or None)
