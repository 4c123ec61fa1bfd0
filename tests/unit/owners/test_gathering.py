"""F39: one mention per person and cause in a while; the rest comes in one message. Quiet hours hold all but the critical."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sync.model.ids import ExceptionId, QueueId, UserId
from sync.model.mentions import Mention, PersonSettings, Why
from sync.owners.gathering import is_quiet, plan, quiet_until

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
DANA = UserId("U0DANA")


def a_mention(nth: int, cause: str = "feed dead", **changed: Any) -> Mention:
    given: dict[str, Any] = {"person": DANA, "wanted_at": NOON, "not_before": NOON, "queue": QueueId("marketplaces")}
    return Mention(key=f"EX-{nth}:0:own:0", case=ExceptionId(nth), why=Why.OWN, cause=cause, **(given | changed))


def sizes(groups: list[tuple[Mention, ...]]) -> list[int]:
    return [len(group) for group in groups]


def test_two_hundred_of_one_cause_are_one_message() -> None:
    assert sizes(plan([a_mention(nth) for nth in range(200)], {}, {}, NOON)) == [200]


def test_who_was_told_of_a_cause_is_told_of_the_rest_half_an_hour_later_in_one_message() -> None:
    told = {(str(DANA), "feed dead"): NOON - timedelta(minutes=29)}
    waiting = [a_mention(1), a_mention(2), a_mention(3, "other cause")]
    assert [one.key for group in plan(waiting, told, {}, NOON) for one in group] == ["EX-3:0:own:0"]
    assert sizes(plan(waiting, told, {}, NOON + timedelta(minutes=1))) == [2, 1]


def test_more_than_three_causes_at_once_are_one_message() -> None:
    assert sizes(plan([a_mention(nth, f"cause {nth}") for nth in range(3)], {}, {}, NOON)) == [1, 1, 1]
    assert sizes(plan([a_mention(nth, f"cause {nth}") for nth in range(4)], {}, {}, NOON)) == [4]


def test_people_and_places_are_told_apart() -> None:
    waiting = [a_mention(1), a_mention(2, person=UserId("U0LEE")), a_mention(3, channel="inv-ops")]
    assert sizes(plan(waiting, {}, {}, NOON)) == [1, 1, 1]
    growth = [a_mention(nth, person=UserId(""), channel="#growth") for nth in (1, 2)]
    assert sizes(plan(growth, {("#growth", "feed dead"): NOON}, {}, NOON)) == []


def test_quiet_hours_hold_all_but_the_critical() -> None:
    quiet = {DANA: PersonSettings(DANA, quiet_from="11:00", quiet_until="13:00")}
    waiting = [a_mention(1), a_mention(2, critical=True)]
    assert [one.key for group in plan(waiting, {}, quiet, NOON) for one in group] == ["EX-2:0:own:0"]
    assert sizes(plan(waiting[:1], {}, quiet, NOON + timedelta(hours=1))) == [1]


@pytest.mark.parametrize(
    ("begins", "ends", "zone", "quiet"),
    [
        ("22:00", "07:00", "UTC", False),
        ("22:00", "07:00", "Asia/Tokyo", False),  # 21:00 there
        ("21:00", "07:00", "Asia/Tokyo", True),
        ("12:00", "12:01", "UTC", True),
        ("11:00", "12:00", "UTC", False),
        ("00:00", "00:00", "UTC", False),
        ("04:00", "08:00", "America/Los_Angeles", True),
    ],
)
def test_quiet_hours_are_local_and_may_go_over_midnight(begins: str, ends: str, zone: str, quiet: bool) -> None:
    assert is_quiet(PersonSettings(DANA, True, begins, ends, zone), NOON) is quiet


def test_a_quiet_night_belongs_to_the_day_on_which_it_begins() -> None:
    tuesdays = PersonSettings(DANA, quiet_from="22:00", quiet_until="07:00", quiet_days=(1,))
    night = NOON.replace(hour=23)
    assert (is_quiet(tuesdays, night), is_quiet(tuesdays, night + timedelta(hours=6))) == (True, True)
    assert not is_quiet(tuesdays, night + timedelta(days=1))
    assert not is_quiet(tuesdays, night - timedelta(hours=18)), "the morning after a Monday"
    assert quiet_until(tuesdays, night) == (NOON + timedelta(days=1)).replace(hour=7)
    assert quiet_until(tuesdays, night + timedelta(hours=6)) == (NOON + timedelta(days=1)).replace(hour=7)
    assert quiet_until(tuesdays, NOON) == NOON
