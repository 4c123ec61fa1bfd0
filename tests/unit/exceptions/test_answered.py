"""What a person closed as no problem stays closed while the trouble stands and is no worse, whatever rule found it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from sync.exceptions.lifecycle import settle
from sync.model.exceptions import Case, ExceptionClass, Life
from sync.model.ids import UserId
from sync.model.picture import Suspicion
from tests.unit.exceptions.test_lifecycle import NOON, POLICY, SETTLES, finding, only, opened


def answered(outcome: str = "expected", cls: ExceptionClass = ExceptionClass.EXPOSURE_MISMATCH) -> Case:
    case = opened()
    return replace(
        case,
        fingerprint=replace(case.fingerprint, cls=cls),
        life=Life.RESOLVED,
        ended_at=NOON,
        ended_by=UserId("U0DANA"),
        ended_name="Dana",
        outcome=outcome,
        note="sold by the box there",
    )


@pytest.mark.parametrize("cls", list(ExceptionClass))
@pytest.mark.parametrize("later", [timedelta(minutes=1), timedelta(days=3)], ids=["next slice", "days later"])
def test_an_unchanged_finding_of_any_class_stays_answered(cls: ExceptionClass, later: timedelta) -> None:
    case = answered(cls=cls)
    found = replace(finding(), fingerprint=case.fingerprint)
    changes = settle([found], (case,), (), POLICY, NOON + later)
    assert (changes.steps, changes.suspicions, changes.look_again) == ([], [], [])


def test_a_smaller_difference_stays_answered_and_a_worse_one_opens_again() -> None:
    assert settle([finding(3)], (answered(),), (), POLICY, NOON).steps == []
    known = (Suspicion(finding(8), NOON),)
    again = only(settle([finding(8)], (answered(),), known, POLICY, NOON + SETTLES))
    assert again.reopened
    assert again.case.delta == 8


def test_what_went_away_for_its_settling_time_is_a_new_trouble_when_it_returns() -> None:
    away = only(settle([], (answered(),), (), POLICY, NOON)).case
    assert (away.life, away.agrees_since) == (Life.RESOLVED, NOON)
    back = settle([finding()], (away,), (), POLICY, NOON + SETTLES)
    assert len(back.suspicions) == 1
    later = NOON + SETTLES * 2
    assert only(settle([finding()], (away,), tuple(back.suspicions), POLICY, later)).reopened


def test_what_was_away_for_a_moment_only_is_still_answered() -> None:
    away = only(settle([], (answered(),), (), POLICY, NOON)).case
    still = only(settle([finding()], (away,), (), POLICY, NOON + SETTLES / 2)).case
    assert (still.life, still.agrees_since) == (Life.RESOLVED, None)
    assert settle([finding()], (still,), (), POLICY, NOON + SETTLES * 9).steps == []


def test_what_was_called_fixed_and_is_not_opens_again() -> None:
    known = (Suspicion(finding(), NOON),)
    assert only(settle([finding()], (answered("fixed"),), known, POLICY, NOON + SETTLES)).reopened


def test_a_finding_that_was_about_to_open_is_dropped_by_the_answer() -> None:
    changes = settle([finding()], (answered(),), (Suspicion(finding(), NOON),), POLICY, NOON)
    assert changes.dropped == [finding().fingerprint]
