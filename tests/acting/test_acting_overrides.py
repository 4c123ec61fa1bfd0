"""A person's fixed promise: it holds until its time, has an exception of its own, and above the pool needs a second person."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from sync.errors import AlreadyHandled, BadInput, NotPermitted, ReasonRequired
from sync.inbox.acts import Close, DecideCorrection, EndOverride, Override
from sync.model.exceptions import ActionKind, ActionState, Case, ExceptionClass, Life
from sync.model.ids import ListingId, UserId
from tests.acting.acting_world import ActingWorld, an_acting_world
from tests.acting.desk import ANA, DANA, LEE
from tests.builders import a_policy, at, counted, level, listed

OVERRIDE = ExceptionClass.MANUAL_OVERRIDE


def selling(units: int = 10, **channel: Any) -> tuple[ActingWorld, ListingId]:
    world = an_acting_world(a_policy(channel=channel))
    world.judge("08:00", listed("08:00", buyable=True, tracked=True), level(units, "08:00"), counted(units, "08:00"))
    return world, world.state.listings[0].id


def fixing(
    listing: ListingId, units: int, until: str = "12:00", owner: UserId = DANA, reason: str = "a fair"
) -> Override:
    return Override(listing, units, at(until), owner, reason)


def fixed(world: ActingWorld, listing: ListingId, units: int, when: str = "09:00", **rest: Any) -> Case:
    world.act(DANA, fixing(listing, units, **rest), world.draft(when), when)
    return world.cases[-1]


def shows(world: ActingWorld, units: int, when: str) -> None:
    """The shop took what was wanted and is read a minute later."""
    world.confirm(when, when)
    later: datetime = at(when) + timedelta(minutes=1)
    world.judge(later, level(units, later))


def test_lowering_is_free_and_keeps_an_exception_of_its_own_open() -> None:
    world, listing = selling()
    case = fixed(world, listing, 4)
    assert (case.life, case.owner_name, case.delta, case.fingerprint.detail) == (Life.OWNED, "Dana", -6, "override")
    world.judge("09:01")
    assert world.wanted() == [4]
    shows(world, 4, "09:02")
    world.settle("10:00", counted(10, "10:00"))
    now = world.newest(case)
    act = now.newest(ActionKind.OVERRIDE)
    assert act is not None
    assert (now.life, act.state) == (Life.OWNED, ActionState.SEEN)
    assert world.open(ExceptionClass.EXPOSURE_MISMATCH) == []
    assert [one.id for one in world.open(OVERRIDE)] == [case.id]


def test_its_time_ends_it_and_what_can_be_sold_is_shown_again() -> None:
    world, listing = selling()
    case = fixed(world, listing, 4)
    verdict = world.judge("09:01")
    assert verdict.next_due <= at("12:00")
    shows(world, 4, "09:02")
    world.judge("12:00")
    act = world.newest(case).newest(ActionKind.OVERRIDE)
    assert act is not None
    assert (act.state, act.result) == (ActionState.UNDONE, "Its time is over.")
    world.judge("12:01")
    assert world.wanted() == [10]
    shows(world, 10, "12:02")
    world.settle("12:10")
    assert world.newest(case).life is Life.CLEARED


def test_ending_it_early_is_the_undo_and_resolves_it_in_that_name() -> None:
    world, listing = selling()
    case = fixed(world, listing, 4)
    world.judge("09:01")
    shows(world, 4, "09:02")
    world.act(LEE, EndOverride("the fair is over"), case, "10:00")
    world.judge("10:01")
    assert world.wanted() == [10]
    shows(world, 10, "10:02")
    world.settle("10:10")
    ended = world.newest(case)
    assert (ended.life, ended.outcome) == (Life.RESOLVED, "fixed")
    with pytest.raises(AlreadyHandled):
        world.act(LEE, EndOverride("again"), case, "10:20")


def test_more_than_there_is_waits_for_a_second_person_above_the_limit() -> None:
    world, listing = selling()
    case = fixed(world, listing, 40)
    world.judge("09:01")
    assert world.wanted() == []
    act = world.newest(case).newest(ActionKind.OVERRIDE)
    assert act is not None
    assert (act.state, act.figure("value")) == (ActionState.ASKED, "1230.00")
    with pytest.raises(NotPermitted, match="Only Finance acts here"):
        world.act(DANA, DecideCorrection(act.id, "approve"), case, "09:05")
    world.act(LEE, DecideCorrection(act.id, "approve", "the truck is here"), case, "09:06")
    world.judge("09:07")
    assert world.wanted() == [40]
    assert world.newest(case).risk.total.amount >= 0


def test_a_little_more_than_there_is_needs_nobody_else_until_the_day_s_sum_is_above_the_limit() -> None:
    world, listing = selling()
    world.act(DANA, fixing(listing, 12), world.draft("09:00"), "09:00", Decimal("100.00"))
    world.judge("09:01")
    assert world.wanted() == [12]
    other, listing = selling()
    other.act(DANA, fixing(listing, 12), other.draft("09:00"), "09:00", Decimal("200.00"))
    other.judge("09:01")
    assert other.wanted() == []


def test_a_refused_override_changes_nothing_and_its_exception_goes() -> None:
    world, listing = selling()
    case = fixed(world, listing, 40)
    act = world.newest(case).actions[0]
    world.act(ANA, DecideCorrection(act.id, "reject", "there is no truck"), case, "09:05")
    world.settle("09:06")
    assert world.wanted() == []
    assert world.newest(case).life.ended


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"reason": " "}, ReasonRequired),
        ({"until": "09:01"}, BadInput),
        ({"until": "2 09:00"}, BadInput),
        ({"owner": UserId("U0NOBODY")}, BadInput),
    ],
)
def test_reason_owner_and_an_end_within_a_day_are_needed(changed: dict[str, Any], error: type[Exception]) -> None:
    world, listing = selling()
    with pytest.raises(error):
        fixed(world, listing, 4, **changed)


def test_a_second_override_takes_the_place_of_the_first_in_the_same_exception() -> None:
    world, listing = selling()
    case = fixed(world, listing, 4)
    world.act(LEE, fixing(listing, 6, owner=LEE), world.draft("09:10"), "09:10")
    assert [one.id for one in world.open(OVERRIDE)] == [case.id]
    world.judge("09:11")
    assert world.wanted() == [6]
    assert world.newest(case).owner_name == "Lee"


def test_while_it_stands_it_is_not_closed_as_no_problem() -> None:
    world, listing = selling()
    case = fixed(world, listing, 4)
    with pytest.raises(NotPermitted, match="An override stands"):
        world.act(DANA, Close("expected", "fine"), case, "09:10")


def test_where_we_write_nothing_nothing_is_fixed() -> None:
    world, listing = selling(mode="shadow")
    with pytest.raises(NotPermitted, match="in shadow"):
        fixed(world, listing, 4)


def test_what_somebody_set_by_hand_and_a_person_keeps_for_a_time_is_their_promise_and_no_longer_nobodys() -> None:
    world, listing = selling()
    world.confirm("08:01", "08:01")
    world.settle("08:30", level(6, "08:30"))
    world.settle("08:40", level(6, "08:40"))
    by_hand = world.one(OVERRIDE)
    assert by_hand.fingerprint.detail == ""
    fixed(world, listing, 6, "09:00")
    world.settle("09:10", level(6, "09:10"))
    world.settle("09:30", level(6, "09:30"))
    assert world.newest(by_hand).life.ended
    assert [one.fingerprint.detail for one in world.open(OVERRIDE)] == ["override"]
