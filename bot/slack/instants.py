"""Times of day in sentences of the core, found again so that each reader sees them in their own zone.

The core writes ``14:02 UTC`` into its sentences and never anything else, since they are the record and proofs are hashed over
them. What is stored stays as it is; only what is shown changes. A sentence that names no day means the one nearest to when it
was said.
"""

from __future__ import annotations

import re
from calendar import isleap
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

_TOLD = re.compile(
    r"(?<![\w:.-])(?:(?P<whole>\d{4}-\d\d-\d\d) |(?P<day>[A-Z][a-z]{2} \d\d) )?"
    r"(?P<clock>[01]\d|2[0-3]):(?P<minute>[0-5]\d)(?P<second>:[0-5]\d)? UTC\b"
)
_DAY = timedelta(days=1)
_MONTHS = ("", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def retold(text: str, near: datetime, shown: Callable[[datetime, bool], str]) -> str:
    """The text with each time in it as ``shown`` writes it: the instant, and whether its seconds matter.

    ``near`` (UTC) is when it was said, or is read. What is no day of a calendar stays as it is.
    """

    def one(match: re.Match[str]) -> str:
        instant = _instant(match, near)
        return match[0] if instant is None else shown(instant, match["second"] is not None)

    return _TOLD.sub(one, text)


def _instant(match: re.Match[str], near: datetime) -> datetime | None:
    hour, minute, second = int(match["clock"]), int(match["minute"]), int((match["second"] or ":0")[1:])
    try:
        days = _days(match, near.astimezone(UTC).date())
    except ValueError:
        return None
    told = (datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=UTC) for day in days)
    return min(told, key=lambda instant: abs(instant - near), default=None)


def _days(match: re.Match[str], today: date) -> list[date]:
    """The days that may be meant. Raises ValueError for what is none."""
    if match["whole"]:
        return [date.fromisoformat(match["whole"])]
    if match["day"]:
        return _yearly(match["day"], today)
    return [today - _DAY, today, today + _DAY]


def _yearly(told: str, today: date) -> list[date]:
    """``Nov 23`` of this year and its neighbours, ``Feb 29`` of those that have it."""
    month, day = _MONTHS.index(told[:3]), int(told[4:])
    years = range(today.year - 1, today.year + 2)
    return [date(year, month, day) for year in years if isleap(year) or (month, day) != (2, 29)]
