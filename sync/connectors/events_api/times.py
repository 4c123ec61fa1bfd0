"""RFC 3339 times: with an offset, to the nanosecond, leap seconds included; never a guess about the zone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

_TIME = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,9}))?"
    r"([Zz]|[+-][0-9]{2}:[0-9]{2})?\Z"
)


@dataclass(frozen=True, slots=True)
class Instant:
    """A time in UTC microseconds; ``nanoseconds`` (0 to 999) is what lies below, so that the sender's order stays.

    ``repeated`` True: without an offset in the hour that a clock change repeats; it was read as its first pass.
    """

    at: datetime
    nanoseconds: int = 0
    repeated: bool = False


def read_time(text: str, zone: ZoneInfo | None = None) -> Instant:
    """An RFC 3339 time. ``zone`` (policy's) is for times without an offset. Raises ValueError with words for the sender."""
    match = _TIME.match(text)
    if match is None:
        raise ValueError("write an RFC 3339 time with its offset, for example 2026-11-24T02:00:00-05:00")
    year, month, day, hour, minute, second = (int(part) for part in match.groups()[:6])
    fraction = (match[7] or "").ljust(9, "0")
    leap = second == 60
    place = _offset(match[8]) if match[8] else zone
    if place is None:
        raise ValueError("the offset is missing; write for example 2026-11-24T02:00:00-05:00 or end it with Z")
    try:
        local = datetime(year, month, day, hour, minute, 59 if leap else second, int(fraction[:6]), place)
        at = local.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"there is no such time ({error})") from error
    if leap:
        if (at.hour, at.minute) != (23, 59):
            raise ValueError("a leap second (:60) only ends a UTC day")
        return Instant(at.replace(microsecond=0) + timedelta(seconds=1))
    repeated = match[8] is None and _check_wall_time(local, place)
    return Instant(at, int(fraction[6:]), repeated)


def _check_wall_time(local: datetime, place: tzinfo) -> bool:
    """True in the repeated hour. Raises ValueError in the hour that the clock skips."""
    if local.astimezone(UTC).astimezone(place).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise ValueError("there is no such time: the clock was put forward over it")
    return local.utcoffset() != local.replace(fold=1).utcoffset()


def _offset(text: str) -> tzinfo:
    if text in "Zz":
        return UTC
    hours, minutes = int(text[1:3]), int(text[4:])
    if hours > 23 or minutes > 59:
        raise ValueError("the offset is beyond 23:59")
    span = timedelta(hours=hours, minutes=minutes)
    return timezone(-span if text[0] == "-" else span)
