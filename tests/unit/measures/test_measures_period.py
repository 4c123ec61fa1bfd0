"""Periods as people write them: in the policy's zone, right over a change of clocks, and never into the future."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from sync.errors import BadInput
from sync.measures.period import moment_of, period_of

NOW = datetime(2026, 11, 24, 15, 30, tzinfo=UTC)
LONDON = "Europe/London"


@pytest.mark.parametrize(
    ("text", "zone", "start", "end"),
    [
        ("", "UTC", "2026-11-17T15:30", "2026-11-24T15:30"),
        ("week", "UTC", "2026-11-17T15:30", "2026-11-24T15:30"),
        ("month", "UTC", "2026-10-25T15:30", "2026-11-24T15:30"),
        ("36 h", "UTC", "2026-11-23T03:30", "2026-11-24T15:30"),
        ("today", "America/New_York", "2026-11-24T05:00", "2026-11-24T15:30"),
        ("yesterday", "America/New_York", "2026-11-23T05:00", "2026-11-24T05:00"),
        ("2026-W47", "UTC", "2026-11-16T00:00", "2026-11-23T00:00"),
        ("2026-w48", "UTC", "2026-11-23T00:00", "2026-11-24T15:30"),
        ("2026-10", LONDON, "2026-09-30T23:00", "2026-11-01T00:00"),
        ("2026-11-16", "UTC", "2026-11-16T00:00", "2026-11-17T00:00"),
        ("2026-11-16..2026-11-22", "UTC", "2026-11-16T00:00", "2026-11-23T00:00"),
        ("2026-10-25", LONDON, "2026-10-24T23:00", "2026-10-26T00:00"),
    ],
)
def test_a_period_is_what_was_written(text: str, zone: str, start: str, end: str) -> None:
    period = period_of(text, NOW, zone)
    assert (period.start, period.end) == (
        datetime.fromisoformat(start).replace(tzinfo=UTC),
        datetime.fromisoformat(end).replace(tzinfo=UTC),
    )


@pytest.mark.parametrize(
    "text", ["fortnight", "2026-13", "2026-W60", "2026-12", "2026-11-30..2026-11-16", "0 h", "2026-02-30"]
)
def test_what_is_no_period_is_answered_with_those_that_are(text: str) -> None:
    with pytest.raises(BadInput, match=r"2026-W47"):
        period_of(text, NOW, "UTC")


def test_the_period_before_is_as_long() -> None:
    period = period_of("2026-W47", NOW, "UTC")
    assert (period.before.end, period.before.start) == (period.start, period.start - timedelta(days=7))


def test_a_moment_is_a_date_in_the_zone_or_a_time() -> None:
    assert moment_of("2026-07-01", LONDON) == datetime(2026, 6, 30, 23, tzinfo=UTC)
    assert moment_of("2026-07-01T12:00", LONDON) == datetime(2026, 7, 1, 11, tzinfo=UTC)
    assert moment_of("2026-07-01T12:00+02:00", LONDON) == datetime(2026, 7, 1, 10, tzinfo=UTC)
    with pytest.raises(BadInput, match="2026-11-16"):
        moment_of("last week", LONDON)
