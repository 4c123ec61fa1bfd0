"""RFC 3339 as senders write it: offsets, nanoseconds, leap seconds, clock changes."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from sync.connectors.events_api.times import Instant, read_time

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-11-24T02:00:00-05:00", Instant(datetime(2026, 11, 24, 7, tzinfo=UTC))),
        ("2026-11-24t02:00:00z", Instant(datetime(2026, 11, 24, 2, tzinfo=UTC))),
        ("2026-11-24T02:00:00.123456789Z", Instant(datetime(2026, 11, 24, 2, 0, 0, 123456, tzinfo=UTC), 789)),
        ("2026-11-24T02:00:00.5Z", Instant(datetime(2026, 11, 24, 2, 0, 0, 500000, tzinfo=UTC))),
        ("2016-12-31T23:59:60Z", Instant(datetime(2017, 1, 1, tzinfo=UTC))),
        ("2017-01-01T00:59:60+01:00", Instant(datetime(2017, 1, 1, tzinfo=UTC))),
    ],
)
def test_times_become_utc_and_keep_their_nanoseconds(text: str, instant: Instant) -> None:
    assert read_time(text) == instant


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-24T02:00:00",
        "2026-11-24 02:00:00Z",
        "2026-11-24T02:00Z",
        "2026-11-24T02:00:00.1234567890Z",
        "2026-11-24T02:00:60Z",
        "2026-11-24T24:00:00Z",
        "2026-02-30T02:00:00Z",
        "0001-01-01T00:00:00+01:00",
        "2026-11-24T02:00:00+24:00",
        "2026-11-24T02:00:00Z\n",
        "٢٠٢٦-11-24T02:00:00Z",
        "",
    ],
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        read_time(text)


def test_policys_zone_reads_times_without_offset_and_flags_the_repeated_hour() -> None:
    assert read_time("2026-11-24T02:00:00", BERLIN) == Instant(datetime(2026, 11, 24, 1, tzinfo=UTC))
    first_pass = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert read_time("2026-10-25T02:30:00", BERLIN) == Instant(first_pass, repeated=True)
    with pytest.raises(ValueError, match="put forward"):
        read_time("2026-03-29T02:30:00", BERLIN)
