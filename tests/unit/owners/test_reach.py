"""Clocks of people stand while nobody can be reached; those of money go on."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from sync.model.exceptions import STILL, Climb, Life
from sync.model.ids import UserId
from sync.owners.escalation import late
from sync.owners.hours import worked
from sync.owners.reach import put_forward
from sync.policy.people_rules import Hours
from tests.findings import a_case
from tests.shop_rules import rules

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)  # a Tuesday
POLICY = rules()
OFFICE = Hours(days=("mon", "tue", "wed", "thu", "fri"), begins="09:00", ends="17:00", timezone="Europe/Berlin")
DANA = UserId("U0DANA")
MINUTE = timedelta(minutes=1)


def test_what_was_left_to_take_it_is_left_when_slack_is_back() -> None:
    case = a_case(POLICY, NOON)
    assert case.assign_by == NOON + 30 * MINUTE
    step = put_forward(case, POLICY, NOON + 10 * MINUTE, NOON + 40 * MINUTE)
    assert step is not None
    assert step.case.assign_by == NOON + 60 * MINUTE
    assert step.case.resolve_by == case.resolve_by
    (entry,) = step.entries
    assert entry.sentence == "Slack was away from 12:10 UTC to 12:40 UTC: clocks of people stood still, of money not."
    assert dict(entry.figures)["assign_by"] == "2026-11-24T13:00:00+00:00"


def test_one_that_opened_meanwhile_has_its_whole_time() -> None:
    step = put_forward(a_case(POLICY, NOON), POLICY, NOON - 20 * MINUTE, NOON + 20 * MINUTE)
    assert step is not None
    assert step.case.assign_by == NOON + 50 * MINUTE


def test_what_had_passed_before_and_what_opened_after_stays() -> None:
    case = a_case(POLICY, NOON)
    assert put_forward(case, POLICY, NOON + 31 * MINUTE, NOON + 90 * MINUTE) is None
    assert put_forward(case, POLICY, NOON - 30 * MINUTE, NOON) is None
    assert put_forward(replace(case, life=Life.CLEARED), POLICY, NOON, NOON + 40 * MINUTE) is None


def test_the_next_to_be_told_and_the_question_wait_as_long() -> None:
    climbs = (
        Climb("end", (DANA,), NOON + 5 * MINUTE),
        Climb(STILL, (DANA,), NOON + 9 * MINUTE),
        Climb("help", (), None),
    )
    case = replace(a_case(POLICY, NOON), life=Life.OWNED, owner=DANA, owner_name="Dana", climbs=climbs)
    step = put_forward(case, POLICY, NOON, NOON + 40 * MINUTE)
    assert step is not None
    assert [one.next_at for one in step.case.climbs] == [NOON + 45 * MINUTE, NOON + 49 * MINUTE, None]
    assert step.case.assign_by == case.assign_by, "it has an owner"


def test_while_slack_is_away_only_the_limit_to_fix_passes() -> None:
    case = a_case(POLICY, NOON)
    assert case.resolve_by is not None
    assert late([case], POLICY, NOON + 31 * MINUTE, away=True) == []
    (step,) = late([case], POLICY, case.resolve_by, away=True)
    assert [one.kind for one in step.entries] == ["late_to_end"]
    assert late([step.case], POLICY, case.resolve_by + timedelta(days=1), away=True) == []


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        ("2026-11-24T08:00", "2026-11-24T16:00", 8),  # 09:00 to 17:00 in Berlin
        ("2026-11-24T14:00", "2026-11-25T09:00", 3),
        ("2026-11-27T15:00", "2026-11-30T08:00", 1),
        ("2026-11-28T08:00", "2026-11-29T16:00", 0),
        ("2026-11-24T12:00", "2026-11-24T11:00", 0),
    ],
)
def test_working_time_between_two_instants(start: str, end: str, hours: int) -> None:
    begins, ends = (datetime.fromisoformat(f"{one}+00:00") for one in (start, end))
    assert worked(OFFICE, "UTC", begins, ends) == timedelta(hours=hours)
    assert worked(None, "UTC", begins, ends) == max(ends - begins, timedelta(0))
