"""What an exception still waits for though it agrees: a note where its class asks for one, and the cause of a repair (F54)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from sync.actions.applied import Setting
from sync.actions.cause import name_cause
from sync.actions.ownership import add_note
from sync.errors import AlreadyHandled, ReasonRequired
from sync.exceptions.lifecycle import Step, settle
from sync.inbox.acts import Actor, AddNote, NameCause
from sync.inbox.view import CaseView, QueueFace
from sync.model.exceptions import Action, ActionKind, ActionState, Case, Life
from sync.model.ids import QueueId, UserId
from sync.policy.schema import Policy
from tests.findings import a_case, a_finding
from tests.shop_rules import rules

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
DANA = Actor(UserId("U0DANA"), "Dana", "T0")
POLICY = rules()
FREE = rules(classes={"exposure_mismatch": {"note_required": False}})


def acted(kind: ActionKind, state: ActionState, reason: str, note: str = "", at: datetime = NOON) -> Case:
    act = Action(1, kind, state, DANA.user, "Dana", at, reason, note)
    return replace(a_case(POLICY, NOON), actions=(act,))


def agreed(case: Case, policy: Policy = POLICY) -> Step:
    """The agreement has lasted."""
    waiting = replace(case, agrees_since=NOON)
    [step] = settle([], (waiting,), (), policy, NOON + timedelta(seconds=10)).steps
    return step


def view(case: Case) -> CaseView:
    face = QueueFace(QueueId("marketplaces"), "Marketplaces", "inv-marketplaces", None, None)
    return CaseView(case, face, "Shopify US", "", None, True, False, 1, Decimal(250), "USD", Decimal(0), NOON)


def kinds(step: Step) -> list[str]:
    return [entry.kind for entry in step.entries]


def test_a_count_without_a_word_waits_for_a_note_and_ends_with_it() -> None:
    step = agreed(acted(ActionKind.COUNT, ActionState.DONE, "count", "please count"))
    assert (step.case.life, step.case.lacks, step.case.ready, kinds(step)) == (Life.OPEN, "note", True, ["note_wanted"])
    assert settle([], (step.case,), (), POLICY, NOON + timedelta(minutes=1)).steps == [], "it is said once"
    noted = add_note(view(step.case), AddNote("two cartons behind the rack"), DANA, Setting(POLICY, NOON, {})).case
    [end] = settle([], (noted,), (), POLICY, NOON + timedelta(minutes=2)).steps
    assert (end.case.life, end.case.note, end.case.lacks) == (Life.RESOLVED, "two cartons behind the rack", "")


def test_a_class_that_asks_for_no_note_ends_without() -> None:
    step = agreed(acted(ActionKind.COUNT, ActionState.DONE, "count"), FREE)
    assert step.case.life is Life.RESOLVED


def test_what_clears_with_nobody_having_acted_needs_no_note() -> None:
    assert agreed(a_case(POLICY, NOON)).case.life is Life.CLEARED


def test_f54_a_repaired_sum_whose_cause_is_unknown_stays_open_until_somebody_names_it() -> None:
    step = agreed(acted(ActionKind.CORRECTION, ActionState.SEEN, "unknown", "recounted"))
    assert (step.case.life, step.case.lacks, kinds(step)) == (Life.OPEN, "cause", ["cause_unknown"])
    setting = Setting(POLICY, NOON, {})
    for cause in ("unknown", "moon"):
        with pytest.raises(ReasonRequired):
            name_cause(view(step.case), NameCause(cause, "x"), DANA, setting)
    with pytest.raises(ReasonRequired, match="Say what was found"):
        name_cause(view(step.case), NameCause("damage", " "), DANA, setting)
    named = name_cause(view(step.case), NameCause("damage", "water in aisle 4"), DANA, setting)
    assert named.entries[-1].sentence == "Dana named the cause: damage, water in aisle 4."
    assert named.case.owner == DANA.user
    with pytest.raises(AlreadyHandled, match="damage already"):
        name_cause(view(named.case), NameCause("theft", "x"), DANA, setting)
    [end] = settle([], (named.case,), (), POLICY, NOON + timedelta(minutes=2)).steps
    assert (end.case.life, end.case.root_cause, end.case.note) == (Life.RESOLVED, "damage", "water in aisle 4")
    assert dict(end.entries[0].figures)["cause"] == "damage"


def test_a_correction_that_names_its_cause_ends_by_itself() -> None:
    step = agreed(acted(ActionKind.CORRECTION, ActionState.SEEN, "short-shipped", "claim opened"))
    assert (step.case.life, step.case.root_cause, step.case.note) == (Life.RESOLVED, "short-shipped", "claim opened")


def test_where_nothing_was_repaired_no_cause_is_named() -> None:
    with pytest.raises(AlreadyHandled, match="Nothing was repaired"):
        name_cause(view(a_case(POLICY, NOON)), NameCause("damage", "x"), DANA, Setting(POLICY, NOON, {}))


def test_it_waits_no_more_when_it_differs_again() -> None:
    waiting = agreed(acted(ActionKind.CORRECTION, ActionState.SEEN, "unknown", "recounted")).case
    [step] = settle([a_finding(7, since=NOON)], (waiting,), (), POLICY, NOON + timedelta(minutes=1)).steps
    assert (step.case.lacks, step.case.ready) == ("", False)


def test_the_words_of_a_life_before_count_no_more() -> None:
    end = agreed(acted(ActionKind.CORRECTION, ActionState.SEEN, "damage", "wet")).case
    later = NOON + timedelta(hours=1)
    [again] = settle([a_finding(9, since=later)], (end,), (), POLICY, later).steps
    assert (again.reopened, again.case.root_cause, again.case.found) == (True, "", "")
    since = replace(again.case, agrees_since=later)
    [step] = settle([], (since,), (), POLICY, later + timedelta(seconds=10)).steps
    assert step.case.life is Life.CLEARED
