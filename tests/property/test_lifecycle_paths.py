"""No path of an exception's life ends it without a person's word or a clearing event, and none while a stop stands."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from sync.exceptions.lifecycle import Step, settle
from sync.model.exceptions import (
    Action,
    ActionKind,
    ActionState,
    Case,
    Direction,
    Evidence,
    ExceptionClass,
    Finding,
    Fingerprint,
    Life,
    Risk,
)
from sync.model.ids import ExceptionId, ListingId, SkuId, SystemId, UserId
from sync.model.money import Money
from sync.model.picture import Suspicion
from sync.owners.escalation import late
from tests.shop_rules import rules

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
LISTING = ListingId("shopify-us:1")
ABOUT = Fingerprint(
    ExceptionClass.EXPOSURE_MISMATCH,
    sku=SkuId("KTL"),
    listing=LISTING,
    systems=(SystemId("shopify-us"),),
    direction=Direction.OVER,
)
POLICIES = {
    "itself": rules(),
    "person": rules(classes={"exposure_mismatch": {"ended_by": "person"}}),
}
MOVES = st.tuples(
    st.sampled_from(["differs", "worse", "agrees", "pause", "undo", "count", "snooze", "own"]),
    st.integers(min_value=1, max_value=4000),
)


def finding(delta: int) -> Finding:
    evidence = Evidence(changed="WMS counts 9 units.", event="wms:row-1", shows=9 + delta, can_sell=9)
    return Finding(ABOUT, delta, evidence, Risk(Money(Decimal(delta), "USD")), NOON, timedelta(seconds=10))


def act(kind: ActionKind, state: ActionState, now: datetime, number: int) -> Action:
    return Action(number, kind, state, UserId("U0DANA"), "Dana", now, "count", note="recounted", listing=LISTING)


def moved(case: Case, move: str, now: datetime) -> Case:
    """What a person does beside the life; none of it ends the exception."""
    number = len(case.actions) + 1
    match move:
        case "pause":
            return replace(case, actions=(*case.actions, act(ActionKind.PAUSE, ActionState.SEEN, now, number)))
        case "undo":
            lifted = tuple(
                replace(one, state=ActionState.UNDONE) if one.kind is ActionKind.PAUSE else one for one in case.actions
            )
            return replace(case, actions=lifted)
        case "count":
            return replace(case, actions=(*case.actions, act(ActionKind.COUNT, ActionState.DONE, now, number)))
        case "snooze":
            return replace(case, snoozed_until=now + timedelta(hours=1))
        case "own":
            return replace(case, life=Life.OWNED, owner=UserId("U0DANA"), owner_name="Dana", owned_at=now)
    return case


def checked(before: Case, step: Step, ended_by: str, since: datetime | None) -> None:
    """One step is one version; an end has its entry, and its person and note, or an agreement that lasted."""
    after, kinds = step.case, [entry.kind for entry in step.entries]
    assert after.version == before.version + 1
    if not after.life.ended:
        assert not {"resolved", "cleared"} & set(kinds)
        return
    assert not after.stopped, "it ended while a stop of ours stands"
    assert ended_by != "person", "it ended by itself though a person must"
    assert since is not None, "it ended though the finding never stopped being true"
    assert after.ended_at is not None
    assert after.ended_at - since >= timedelta(seconds=10)
    if after.life is Life.RESOLVED:
        assert kinds == ["resolved"]
        assert after.ended_by is not None
        assert after.note
    else:
        assert kinds == ["cleared"]


@given(st.sampled_from(sorted(POLICIES)), st.lists(MOVES, min_size=1, max_size=30))
@settings(max_examples=200, deadline=None)
def test_no_path_ends_an_exception_without_a_person_or_a_clearing_agreement(
    ended_by: str, moves: list[tuple[str, int]]
) -> None:
    policy, now, delta = POLICIES[ended_by], NOON, 7
    start = settle([finding(7)], (), (Suspicion(finding(7), NOON - timedelta(minutes=1)),), policy, now).steps[0]
    case, agreed_at = replace(start.case, id=ExceptionId(1)), None
    for move, seconds in moves:
        now += timedelta(seconds=seconds)
        if case.life.ended:
            return
        if move == "agrees":
            agreed_at = agreed_at or now
            steps = settle([], (case,), (), policy, now).steps
        elif move in ("differs", "worse"):
            agreed_at, delta = None, delta + (1 if move == "worse" else 0)
            steps = settle([finding(delta)], (case,), (), policy, now).steps
        else:
            case, steps = moved(case, move, now), []
        for step in steps:
            checked(case, step, ended_by, agreed_at)
            case = step.case
        for step in late([case], policy, now):
            assert not step.case.life.ended, "a limit that passes ends nothing"
            case = step.case
