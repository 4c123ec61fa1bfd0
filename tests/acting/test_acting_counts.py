"""Counts by people: blind, not by whoever asked for the number, and twice where the first is far from what is known."""

from __future__ import annotations

from typing import Any

import pytest

from sync.errors import BadInput, NotPermitted
from sync.inbox.acts import EnterCount, ProposeCorrection, RequestCount
from sync.model.exceptions import Action, ActionKind, ActionState, Case, ExceptionClass
from sync.model.facts import Count
from sync.model.ids import LocationId
from tests.acting.acting_world import ActingWorld, an_acting_world
from tests.acting.desk import DANA, KIM, SAM
from tests.builders import ERP, a_policy, a_source, at, counted, level, listed

RENO = LocationId("reno")


def asked(**corrections: Any) -> tuple[ActingWorld, Case]:
    """Warehouse 20, books 28, and a count is asked for at Reno."""
    policy = a_policy(
        systems={"erp": a_source(trust="financial")},
        deciders={"reno": ["wms", "erp"]},
        corrections={"four_eyes_above": "50.00", "queue": "finance"} | corrections,
    )
    world = an_acting_world(policy)
    world.judge("08:00", listed("08:00", buyable=True, tracked=True), level(20, "08:00"), counted(20, "08:00"))
    world.settle("08:10", counted(20, "08:10"), counted(28, "08:10", system=ERP))
    case = world.one(ExceptionClass.WMS_ERP_VARIANCE)
    world.act(DANA, RequestCount(RENO, None, None, ""), case, "09:00")
    return world, case


def newest(world: ActingWorld, case: Case) -> Action:
    act = world.newest(case).newest(ActionKind.COUNT)
    assert act is not None
    return act


def entered(act: Action, units: int) -> EnterCount:
    return EnterCount(act.id, units, 0, at("09:30"))


def test_one_count_is_enough_where_policy_asks_for_no_second() -> None:
    world, case = asked()
    applied = world.act(SAM, entered(newest(world, case), 3), case, "09:31")
    assert applied.answer == "Saved: 3\u00a0units. Thank you."
    assert newest(world, case).state is ActionState.DONE


def test_a_lower_count_counts_at_once_and_a_second_person_counts_too() -> None:
    world, case = asked(second_count_above="5")
    applied = world.act(SAM, entered(newest(world, case), 3), case, "09:31")
    assert applied.answer == "Saved. A second person counts, too; that is normal above 5%."
    assert applied.facts is not None
    second = newest(world, case)
    assert (second.state, second.figure("second_of")) == (ActionState.WANTED, "1")
    with pytest.raises(NotPermitted, match="You counted it first"):
        world.act(SAM, entered(second, 3), case, "09:40")
    done = world.act(KIM, entered(second, 3), case, "09:41")
    assert done.entries[-1].sentence.endswith("Agrees with the first count.")
    assert newest(world, case).state is ActionState.DONE


def test_a_higher_count_waits_for_the_second_and_what_differs_is_said() -> None:
    world, case = asked(second_count_above="5")
    first = world.act(SAM, entered(newest(world, case), 30), case, "09:31")
    assert first.facts is None
    second = world.act(KIM, entered(newest(world, case), 24), case, "09:41")
    assert second.facts is not None
    body = second.facts.facts[0].body
    assert isinstance(body, Count)
    assert body.on_hand == 24
    assert "The first count, by Sam, was 30." in second.entries[-1].sentence


def test_within_the_tolerance_nobody_counts_again() -> None:
    world, case = asked(second_count_above="5")
    assert world.act(SAM, entered(newest(world, case), 21), case, "09:31").answer.endswith("Thank you.")


def test_whoever_asked_for_the_correction_neither_counts_nor_is_asked_to() -> None:
    world, case = asked()
    world.act(KIM, ProposeCorrection(ERP, RENO, 28, 5, "miscount", "a pallet twice"), case, "09:10")
    with pytest.raises(NotPermitted, match=r"You asked for the correction, so you cannot count it\. <@U0SAM> can\."):
        world.act(KIM, entered(newest(world, case), 5), case, "09:31")
    world.act(SAM, entered(newest(world, case), 20), case, "09:32")
    with pytest.raises(BadInput, match="Kim asked for the correction and cannot count it") as refused:
        world.act(DANA, RequestCount(RENO, KIM, None, ""), case, "09:40")
    assert refused.value.field == "who"
