"""From findings to cases: opening, refreshing, clearing, reopening."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from sync.exceptions.lifecycle import Changes, Step, settle
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

POLICY = rules()
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
SETTLES = timedelta(seconds=10)


def finding(delta: int = 7, direction: Direction = Direction.OVER, event: str | None = "wms:row-1") -> Finding:
    return Finding(
        fingerprint=Fingerprint(
            ExceptionClass.EXPOSURE_MISMATCH,
            sku=SkuId("KTL"),
            listing=ListingId("shopify-us:1"),
            systems=(SystemId("shopify-us"),),
            direction=direction,
        ),
        delta=delta,
        evidence=Evidence(changed="WMS counts 9 units at Reno.", event=event, shows=16, can_sell=16 - delta),
        risk=Risk(Money(Decimal("519.12"), "USD")),
        since=NOON,
        settles_in=SETTLES,
    )


def opened(delta: int = 7) -> Case:
    step = settle([finding(delta)], (), (Suspicion(finding(delta), NOON - SETTLES),), POLICY, NOON).steps[0]
    return replace(step.case, id=ExceptionId(1))


def only(changes: Changes) -> Step:
    [step] = changes.steps
    return step


def test_a_finding_waits_until_it_has_outlived_its_settling_time() -> None:
    changes = settle([finding()], (), (), POLICY, NOON)
    assert changes.steps == []
    assert changes.look_again == [NOON + SETTLES]
    assert [one.since for one in changes.suspicions] == [NOON]


def test_a_finding_that_lasts_opens_one_exception_with_its_clocks() -> None:
    step = only(settle([finding()], (), (Suspicion(finding(), NOON),), POLICY, NOON + SETTLES))
    assert step.opened
    assert step.case.life is Life.OPEN
    assert step.case.queue == "marketplaces"
    assert step.case.assign_by == NOON + SETTLES + timedelta(minutes=30)
    assert [entry.kind for entry in step.entries] == ["opened"]


def test_when_only_time_passes_the_sentence_of_the_first_event_stays() -> None:
    silent = replace(finding(), evidence=Evidence(changed="No new event.", shows=16, can_sell=9))
    step = only(settle([silent], (), (Suspicion(finding(), NOON),), POLICY, NOON + SETTLES))
    assert step.case.evidence.changed == "WMS counts 9 units at Reno."
    assert step.case.evidence.event == "wms:row-1"


def test_the_same_finding_again_changes_nothing() -> None:
    assert settle([finding()], (opened(),), (), POLICY, NOON).steps == []


def test_f55_a_worse_finding_refreshes_the_one_exception() -> None:
    step = only(settle([finding(9)], (opened(7),), (), POLICY, NOON))
    assert (step.case.id, step.case.delta, step.case.version) == (1, 9, 2)
    assert [entry.kind for entry in step.entries] == ["worse"]


def test_agreement_clears_only_after_it_has_lasted() -> None:
    waiting = only(settle([], (opened(),), (), POLICY, NOON))
    assert waiting.case.agrees_since == NOON
    assert not waiting.case.life.ended
    cleared = only(settle([], (waiting.case,), (), POLICY, NOON + SETTLES))
    assert cleared.case.life is Life.CLEARED
    assert [entry.kind for entry in cleared.entries] == ["cleared"]


def test_a_finding_that_returns_meanwhile_ends_the_agreement() -> None:
    waiting = only(settle([], (opened(),), (), POLICY, NOON)).case
    assert only(settle([finding()], (waiting,), (), POLICY, NOON)).case.agrees_since is None


def test_f67_a_paused_exception_turns_ready_and_does_not_clear() -> None:
    pause = Action(1, ActionKind.PAUSE, ActionState.SEEN, UserId("U0DANA"), "Dana", NOON, "count")
    agreeing = replace(opened(), actions=(pause,), agrees_since=NOON)
    step = only(settle([], (agreeing,), (), POLICY, NOON + SETTLES))
    assert step.case.ready
    assert not step.case.life.ended
    assert settle([], (step.case,), (), POLICY, NOON + SETTLES * 9).steps == []


def test_what_a_person_mended_is_resolved_in_their_name_with_their_words() -> None:
    fix = Action(
        1, ActionKind.CORRECTION, ActionState.SEEN, UserId("U0DANA"), "Dana", NOON, "miscount", note="recounted"
    )
    agreeing = replace(opened(), actions=(fix,), agrees_since=NOON)
    case = only(settle([], (agreeing,), (), POLICY, NOON + SETTLES)).case
    assert (case.life, case.ended_name, case.note, case.outcome) == (Life.RESOLVED, "Dana", "recounted", "fixed")


def test_the_same_trouble_within_a_day_reopens_the_same_exception_and_counts_it() -> None:
    ended = replace(opened(), life=Life.CLEARED, ended_at=NOON, version=4)
    again = only(settle([finding()], (ended,), (Suspicion(finding(), NOON),), POLICY, NOON + timedelta(hours=1)))
    assert again.reopened
    assert (again.case.id, again.case.life, again.case.recurrences, again.case.version) == (1, Life.OPEN, 2, 5)
    assert again.case.owner is None


def test_after_a_day_it_is_a_new_exception_that_names_the_old() -> None:
    ended = replace(opened(), life=Life.CLEARED, ended_at=NOON)
    later = NOON + timedelta(hours=25)
    step = only(settle([finding()], (ended,), (Suspicion(finding(), later - SETTLES),), POLICY, later))
    assert step.opened
    assert step.case.previous == 1


def test_a_flip_of_direction_is_another_trouble() -> None:
    changes = settle([finding(-3, Direction.UNDER)], (opened(),), (), POLICY, NOON)
    assert len(changes.suspicions) == 1
    assert only(changes).case.agrees_since == NOON


def test_a_limit_that_passes_is_told_once_and_names_whose_turn_it_is() -> None:
    case = opened()
    assert late([case], POLICY, NOON + timedelta(minutes=29)) == []
    [step] = late([case], POLICY, NOON + timedelta(minutes=30))
    assert (step.case.escalated, step.case.version) == (1, 2)
    assert step.entries[0].sentence.endswith("UTC: it is Dana's turn.")
    assert late([step.case], POLICY, NOON + timedelta(minutes=40)) == []


def test_an_exception_that_is_not_ended_in_time_is_late_whoever_has_it() -> None:
    owned = replace(opened(), owner=UserId("U0DANA"), owner_name="Dana", life=Life.OWNED)
    [step] = late([owned], POLICY, NOON + timedelta(hours=2))
    assert step.case.escalated == 2
    assert [entry.kind for entry in step.entries] == ["late_to_end"]
