"""The weekly questions, each answered with its numbers and only where there are enough of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from measured_builders import MONDAY, SUNDAY_ENDS, a_check, a_life, at, recorded

from sync.measures.figures import measure
from sync.measures.records import Episode, Recorded, UpdateOutcome, UpdateTally
from sync.measures.review import Advice, Cause, DropCheck, Grew, Improved, Overloaded, Review, Tighten, review
from sync.model.exceptions import ExceptionClass
from sync.model.ids import LocationId, QueueId, SystemId, UserId
from tests.builders import a_policy

SHOP = SystemId("shop")
POLICY = a_policy()


def reviewed(this: Recorded, before: Recorded | None = None) -> Review:
    past = measure(before, "USD") if before is not None else None
    return review(this, before, measure(this, "USD"), past, POLICY)


def many(count: int, **changed: Any) -> tuple[Episode, ...]:
    return tuple(a_life(number, at(1, 0, number), **changed) for number in range(count))


def last_week(*lives: Episode, updates: tuple[UpdateTally, ...] = ()) -> Recorded:
    back = timedelta(days=7)
    moved = [
        replace(one, opened_at=one.opened_at - back, ended_at=one.ended_at and one.ended_at - back) for one in lives
    ]
    return recorded(*moved, updates=updates, start=MONDAY - back, end=MONDAY)


def test_paths_that_improved_have_fewer_or_take_more() -> None:
    done, failed = (UpdateTally(SHOP, "", outcome, "", 50, 0) for outcome in (UpdateOutcome.DONE, UpdateOutcome.FAILED))
    fewer = reviewed(recorded(*many(3)), last_week(*many(6))).improved
    assert fewer == [Improved(SHOP, 3, 6, None, None)]
    more = reviewed(recorded(updates=(done,)), last_week(updates=(done, failed))).improved
    assert [(one.success, one.success_before) for one in more] == [(1, replace(more[0]).success_before)]
    assert reviewed(recorded(*many(5)), last_week(*many(6))).improved == [], "one fewer is no improvement"
    assert reviewed(recorded(*many(3))).improved == ()


def test_classes_that_grew() -> None:
    this = recorded(*many(6), *many(1, cls="stale_feed"))
    assert reviewed(this, last_week(*many(3))).grew == [Grew(ExceptionClass.EXPOSURE_MISMATCH, 6, 3)]


def test_owners_with_half_of_everything_or_with_late_ones() -> None:
    by_dana = many(8, owner="U1", owned=at(1, 1), ended=at(1, 2))
    by_lee = many(3, owner="U2", owned=at(1, 1), ended=at(1, 2))
    late = many(2, owner="U3", owned=at(1, 1))
    assert reviewed(recorded(*by_dana, *by_lee)).overloaded == [Overloaded(UserId("U1"), 8, 11, 0, 0)]
    assert reviewed(recorded(*late)).overloaded == [Overloaded(UserId("U3"), 2, 2, 2, 2)]


def test_where_most_clear_alone_it_says_how_long_to_wait() -> None:
    alone = tuple(a_life(minutes, at(2), cleared=at(2, 0, minutes)) for minutes in (2, 4, 6, 8, 30))
    real = many(3, owned=at(1, 1), owner="U1", ended=at(1, 2))
    [found] = [one for one in reviewed(recorded(*alone, *real)).tighten if one.advice is Advice.WAIT]
    settles = POLICY.systems[SHOP].settles_in
    assert (found.count, found.of, found.dropped, found.delayed) == (5, 8, 4, 3)
    assert (found.now, found.wait) == (settles, settles + timedelta(minutes=8))
    assert reviewed(recorded(*alone[:4])).tighten == []


def test_false_alarms_refusals_and_slow_queues() -> None:
    wrong = many(2, ended=at(1, 2), outcome="false alarm", owner="U1", owned=at(1, 0, 10))
    [limit] = reviewed(recorded(*wrong)).tighten
    assert limit == Tighten(Advice.RAISE_LIMIT, 2, 2, ExceptionClass.EXPOSURE_MISMATCH, SHOP)
    tallies = (
        UpdateTally(SHOP, "", UpdateOutcome.DONE, "", 95, 0),
        UpdateTally(SHOP, "", UpdateOutcome.FAILED, "permission", 5, 0),
        UpdateTally(SHOP, "", UpdateOutcome.AGAIN, "rate_limit", 50, 0),
    )
    [refused] = reviewed(recorded(updates=tallies)).tighten
    assert refused == Tighten(Advice.MEND_REFUSED, 5, 100, None, SHOP, None, "permission")
    [slow] = reviewed(recorded(*many(5))).tighten
    assert slow == Tighten(Advice.NAME_STAND_IN, 0, 5, queue=QueueId("marketplaces"))


def test_snoozes_that_end_late_speak_for_shorter_ones() -> None:
    slept = many(3, snoozes=1, owner="U1", owned=at(1, 0, 5))
    assert [one.advice for one in reviewed(recorded(*slept)).tighten] == [Advice.SHORTER_SNOOZE]


def test_checks_are_dropped_only_after_many_without_a_difference() -> None:
    checks = (a_check(20, 0), a_check(19, 0, location="acme"), a_check(50, 1, "oversell"))
    assert reviewed(recorded(checks=checks)).drop == [DropCheck(LocationId("reno"), ExceptionClass.NEGATIVE_STOCK, 20)]


def test_what_kept_coming_back_is_by_class_and_system() -> None:
    causes = reviewed(
        recorded(*many(3, recurrences=2), *many(2, systems=("wms",)), *many(1, cls="stale_feed", systems=("wms",)))
    ).causes
    assert causes == [
        Cause(ExceptionClass.EXPOSURE_MISMATCH, SHOP, 3, 5, 3, 0),
        Cause(ExceptionClass.EXPOSURE_MISMATCH, SystemId("wms"), 2, 5, 0, 0),
    ]


def test_the_longest_of_each_queue() -> None:
    longest = reviewed(recorded(a_life(1, at(2)), a_life(2, at(1)), a_life(3, at(0), ended=at(1)))).longest
    assert longest == {QueueId("marketplaces"): (2, SUNDAY_ENDS - at(1))}
