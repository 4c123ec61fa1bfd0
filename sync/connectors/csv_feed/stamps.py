"""The feed's own timestamp: as of when its numbers are, never when the file arrived."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sync.model.time import AsOf

_SECOND = timedelta(seconds=1)
_MINUTE = timedelta(minutes=1)
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


class NoStamp(ValueError):
    """There is no usable timestamp. The message says why, in words for the sender."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """When the content says it was true, as long as its writing leaves open: ``02:00`` is [02:00, 02:01).

    ``repeated`` True: a time without an offset in the hour that a clock change repeats; it was read as its first pass.
    """

    as_of: AsOf
    repeated: bool = False


def read_stamp(text: str, form: str | None = None, zone: ZoneInfo | None = None) -> Stamp:
    """A timestamp in ISO 8601, or in ``form`` (the directives of ``strptime``). ``zone`` is for times without offset.

    Raises NoStamp.
    """
    wanted = text.strip()
    try:
        instant = datetime.fromisoformat(wanted) if form is None else datetime.strptime(wanted, form)  # noqa: DTZ007
    except ValueError as error:
        how = "ISO 8601 (2026-11-24T02:00:00-05:00)" if form is None else form
        raise NoStamp(f"{wanted!r} is not a time written as {how}") from error
    try:
        return _placed(instant, _resolution(wanted, form), zone)
    except OverflowError as error:
        raise NoStamp(f"{wanted!r} is out of range") from error


def stamp_within(text: str, pattern: str, form: str | None = None, zone: ZoneInfo | None = None) -> Stamp | None:
    """The timestamp that ``pattern`` (a regular expression; its first group, else all of it) finds in a text; None
    when it finds nothing. Raises NoStamp when what it finds is no time."""
    found = re.search(pattern, text)
    if found is None:
        return None
    return read_stamp(found[1] if found.re.groups else found[0], form, zone)


def _placed(instant: datetime, resolution: timedelta, zone: ZoneInfo | None) -> Stamp:
    if instant.tzinfo is not None:
        return Stamp(AsOf.at(instant, resolution))
    if zone is None:
        raise NoStamp(f"{instant} has no offset, and policy names no `timezone:` for this source")
    local = instant.replace(tzinfo=zone, fold=0)
    if local.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != instant:
        raise NoStamp(f"{instant} does not exist in {zone.key}: the clock was put forward over it")
    repeated = local.utcoffset() != local.replace(fold=1).utcoffset()
    return Stamp(AsOf.at(local, resolution), repeated)


def _resolution(text: str, form: str | None) -> timedelta:
    """How much time the writing leaves open."""
    if form is not None:
        marks = ((("%f",), timedelta(0)), (("%S", "%T", "%X", "%c", "%s"), _SECOND), (("%M", "%R"), _MINUTE))
        named = next((size for names, size in marks if any(name in form for name in names)), None)
        if named is not None:
            return named
        return _HOUR if "%H" in form or "%I" in form else _DAY
    time = re.split(r"[T ]", text, maxsplit=1)[1:]
    if not time:
        return _DAY
    clock = re.split(r"[Z+-]", time[0], maxsplit=1)[0].replace(":", "")
    if "." in clock or "," in clock:
        return timedelta(0)
    return {2: _HOUR, 4: _MINUTE}.get(len(clock), _SECOND)
