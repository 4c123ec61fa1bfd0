"""Working time: limits wait overnight, over weekends and holidays, and a change of clocks neither steals nor gives time."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from sync.exceptions.lifecycle import settle
from sync.model.exceptions import ExceptionClass
from sync.model.ids import QueueId
from sync.owners.clocks import limit_at
from sync.owners.hours import after, next_working, windows, working_at
from sync.policy.people_rules import Hours
from sync.policy.words import explain
from tests.findings import a_finding
from tests.shop_rules import rules

LONDON = ZoneInfo("Europe/London")
OFFICE = Hours(timezone="Europe/London", holidays="GB")
NIGHT = Hours(days=("sat",), begins="22:00", ends="06:00", timezone="Europe/London")
WAREHOUSE = {
    "marketplaces": {
        "name": "Marketplaces",
        "channel": "inv-marketplaces",
        "lead": "dana",
        "hours": {"timezone": "Europe/London"},
    },
    "warehouse": {"name": "Warehouse", "channel": "inv-warehouse", "lead": "sam"},
    "finance": {"name": "Finance", "channel": "inv-finance", "lead": "lee", "approvers": ["lee", "ana"]},
}


def london(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LONDON).astimezone(UTC)


@pytest.mark.parametrize(
    ("start", "minutes", "end"),
    [
        ("2026-11-24T10:00", 30, "2026-11-24T10:30"),
        ("2026-11-24T16:45", 30, "2026-11-25T09:15"),
        ("2026-11-27T16:45", 30, "2026-11-30T09:15"),  # a weekend between
        ("2026-11-28T12:00", 30, "2026-11-30T09:30"),  # opened on Saturday
        ("2026-12-24T16:45", 30, "2026-12-29T09:15"),  # Christmas, and the day on which Boxing Day is observed
        ("2026-11-24T16:30", 30, "2026-11-24T17:00"),  # exactly the end of the day
        ("2026-11-24T09:00", 16 * 60 + 1, "2026-11-26T09:01"),
    ],
)
def test_a_limit_counts_working_time(start: str, minutes: int, end: str) -> None:
    assert after(OFFICE, "UTC", london(start), timedelta(minutes=minutes)) == london(end)


def test_a_night_shift_over_a_change_of_clocks_is_an_hour_longer_or_shorter() -> None:
    (begin, end) = next(windows(NIGHT, "UTC", london("2026-10-24T12:00")))  # clocks go back at 02:00
    assert end - begin == timedelta(hours=9)
    (begin, end) = next(windows(NIGHT, "UTC", london("2026-03-28T12:00")))  # clocks go forward at 01:00
    assert end - begin == timedelta(hours=7)
    assert after(NIGHT, "UTC", london("2026-03-28T22:00"), timedelta(hours=4)) == datetime(2026, 3, 29, 2, tzinfo=UTC)


def test_nine_in_the_morning_is_nine_before_and_after_the_change_of_clocks() -> None:
    before = next_working(OFFICE, "UTC", london("2026-03-27T05:00"))
    later = next_working(OFFICE, "UTC", london("2026-03-30T05:00"))
    assert (before.hour, later.hour) == (9, 8)


def test_a_shift_belongs_to_the_day_on_which_it_begins() -> None:
    assert working_at(NIGHT, "UTC", london("2026-11-29T05:59"))
    assert not working_at(NIGHT, "UTC", london("2026-11-29T06:00"))
    assert not working_at(NIGHT, "UTC", london("2026-11-29T22:00"))


def test_the_same_time_twice_is_round_the_clock() -> None:
    days = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    always = Hours(days=days, begins="00:00", ends="00:00", timezone="Europe/London")
    start = london("2026-10-24T12:00")
    assert after(always, "UTC", start, timedelta(days=3)) == start + timedelta(days=3)


def test_closed_days_and_the_documents_own_zone() -> None:
    hours = Hours(closed=(date(2026, 11, 25),))
    assert after(
        hours, "America/New_York", datetime(2026, 11, 24, 21, 45, tzinfo=UTC), timedelta(minutes=30)
    ) == datetime(2026, 11, 26, 14, 15, tzinfo=UTC)


@given(
    st.integers(min_value=0, max_value=360 * 24 * 60),
    st.integers(min_value=1, max_value=5000),
    st.integers(min_value=1, max_value=5000),
)
def test_waiting_twice_is_waiting_for_both(minute: int, first: int, then: int) -> None:
    begin = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
    one, two = timedelta(minutes=first), timedelta(minutes=then)
    both = after(OFFICE, "UTC", begin, one + two)
    assert after(OFFICE, "UTC", after(OFFICE, "UTC", begin, one), two) == both
    assert both >= begin + one + two
    assert working_at(OFFICE, "UTC", both - timedelta(seconds=1))


def test_limits_of_a_queue_wait_for_its_hours_but_not_those_of_a_critical_class() -> None:
    policy, friday = rules(queues=WAREHOUSE), london("2026-11-27T16:45")
    queue, half = QueueId("marketplaces"), timedelta(minutes=30)
    assert limit_at(policy, queue, ExceptionClass.EXPOSURE_MISMATCH, friday, half) == london("2026-11-30T09:15")
    assert limit_at(policy, queue, ExceptionClass.OVERSELL, friday, half) == friday + half
    [step] = settle([a_finding(7, since=friday)], (), (), policy, friday).steps
    assert step.case.assign_by == london("2026-11-30T09:15")
    assert step.case.resolve_by == london("2026-11-30T10:45")


def test_hours_read_back_in_plain_english() -> None:
    people = {
        name: {"name": name.title(), "slack": f"U0{name.upper()}"} for name in ("dana", "lee", "ana", "sam", "kim")
    }
    people["sam"]["hours"] = {
        "days": ["mon", "tue", "sat"],
        "begins": "22:00",
        "ends": "06:00",
        "holidays": "US-CA",
        "closed": ["2026-12-31"],
    }  # type: ignore[assignment]
    told = explain(rules(queues=WAREHOUSE, people=people))
    assert "Its time limits run Monday to Friday 09:00 to 17:00, Europe/London." in told
    assert (
        "Sam works Monday to Tuesday and Saturday 22:00 to 06:00, UTC, except public holidays of US-CA, 31 Dec 2026."
        in told
    )


@pytest.mark.parametrize(
    ("given_", "told"), [("XX", "is no country"), ("GB-XYZ", "is no part of GB"), ("us", "is no country")]
)
def test_a_country_that_is_none_is_refused_with_its_mend(given_: str, told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        Hours(holidays=given_)
