"""No path of the state machine ends an exception without a person or a clearing event, nor without the note or cause it needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from sync.actions.applied import Applied, Setting
from sync.actions.cause import name_cause
from sync.actions.doors import pause, resume
from sync.actions.ownership import add_note, close
from sync.connectors.base import Abilities
from sync.errors import CountersignError
from sync.exceptions.advance import advance
from sync.exceptions.lifecycle import Step, settle
from sync.inbox.acts import Actor, AddNote, Close, NameCause, Pause, Resume
from sync.inbox.view import CaseView, ListingLine, QueueFace, SkuView
from sync.model.exceptions import Action, ActionKind, ActionState, Case, Life
from sync.model.ids import ExceptionId, ListingId, QueueId, SkuId, SystemId, UserId
from sync.model.outbox import Target, TargetState, next_revision
from sync.model.stock import Listing, Sku, SkuState
from sync.model.time import AsOf
from sync.owners.escalation import late
from tests.findings import a_finding
from tests.shop_rules import rules

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
LISTING, SHOP, SKU = ListingId("shopify-us:1"), SystemId("shopify-us"), SkuId("KTL")
DANA = Actor(UserId("U0DANA"), "Dana", "T0")
NOTES = st.sampled_from(["", "carton found"])
FACE = QueueFace(QueueId("marketplaces"), "Marketplaces", "inv-marketplaces", None, None)


class Ending(RuleBasedStateMachine):
    """One exception of a listing, every act of people on it, and the world that agrees or not."""

    def __init__(self) -> None:
        super().__init__()
        self.now, self.delta, self.live = NOON, 7, True
        self.agreed_at: datetime | None = None
        self.doors: Target | None = None
        self.closed_by_hand = False
        self.case: Case

    @initialize(needed=st.booleans())
    def opens(self, needed: bool) -> None:
        self.policy = rules(classes={"exposure_mismatch": {"note_required": needed}})
        self.setting = Setting(self.policy, self.now, {SHOP: Abilities(pause=True)})
        [step] = settle([a_finding(7, since=NOON)], (), (), self.policy, NOON).steps
        self.case = replace(step.case, id=ExceptionId(1))

    @property
    def open(self) -> bool:
        return not self.case.life.ended

    def view(self) -> CaseView:
        line = ListingLine(
            LISTING,
            SHOP,
            "Shopify US",
            16,
            "",
            9,
            self.live,
            self.case.stopped,
            self.now,
            "",
            can_pause=True,
            open_orders=0,
        )
        sku = SkuView(Sku(SKU), (line,), (), (), (), 0, 0)
        agrees = self.case.ready or self.case.agrees_since is not None
        return CaseView(
            self.case,
            FACE,
            "Shopify US",
            "",
            sku,
            agrees,
            False,
            1,
            self.policy.corrections.four_eyes_above,
            "USD",
            self.policy.costs.cancel,
            self.now,
            note_required=True,
            approvers=(DANA.user,),
        )

    def acted(self, applied: Applied) -> None:
        actions = tuple(replace(act, id=nth) for nth, act in enumerate(applied.case.actions, 1))
        self.took(Step(replace(applied.case, actions=actions), applied.entries))
        for target in applied.targets:
            self.doors = next_revision(target, self.doors)

    def took(self, step: Step) -> None:
        """One step is checked as the world sees it, and taken."""
        before, after = self.case, step.case
        kinds = [entry.kind for entry in step.entries]
        if after.life.ended and not before.life.ended:
            assert not after.stopped, "ended while a stop of ours stands"
            mended = [
                act
                for act in after.actions
                if act.kind is not ActionKind.PAUSE
                and act.state in (ActionState.SEEN, ActionState.DONE)
                and act.at >= after.opened_at
            ]
            if after.life is Life.CLEARED:
                assert "cleared" in kinds
                assert self.agreed_at is not None, "it cleared though the finding never stopped being true"
                assert not mended, "a person acted, and it says that nobody had to"
            else:
                assert "resolved" in kinds
                assert after.ended_by == DANA.user
                needs_note = self.policy.rules_for(after.fingerprint.cls).note_required
                assert after.note or not needs_note, "resolved without a note where the class asks for one"
                if not self.closed_by_hand:
                    assert mended
                    assert after.root_cause != "unknown", "resolved though nobody knows why"
        self.case = after

    # -- the world -----------------------------------------------------------------------------------------------------

    @rule(minutes=st.integers(1, 300))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        self.setting = replace(self.setting, now=self.now)
        for step in late([self.case], self.policy, self.now):
            back = any(entry.kind == "given_back" for entry in step.entries)
            assert step.case.life is (Life.OPEN if back else self.case.life), "a limit that passes ends nothing"
            assert step.case.actions == self.case.actions, "what is stopped stays stopped"
            self.took(step)

    @rule(worse=st.integers(0, 3))
    def differs(self, worse: int) -> None:
        if not self.open:
            return
        self.agreed_at, self.delta = None, self.delta + worse
        for step in settle([a_finding(self.delta, since=NOON)], (self.case,), (), self.policy, self.now).steps:
            self.took(step)

    @rule()
    def agrees(self) -> None:
        if not self.open:
            return
        self.agreed_at = self.agreed_at or self.now
        for step in settle([], (self.case,), (), self.policy, self.now).steps:
            self.took(step)

    @rule()
    def agrees_for_long(self) -> None:
        self.agrees()
        self.time_passes(5)
        self.agrees()

    @rule()
    @precondition(lambda self: not self.open)
    def comes_back_worse(self) -> None:
        """Within a day the same exception opens again; nothing of the life before counts for this one."""
        self.delta, self.agreed_at = self.delta + 1, None
        for step in settle([a_finding(self.delta, since=self.now)], (self.case,), (), self.policy, self.now).steps:
            if step.reopened:
                self.closed_by_hand = False
                self.took(step)

    @rule()
    @precondition(lambda self: self.doors is not None)
    def the_channel_does_it(self) -> None:
        doors = self.doors
        assert doors is not None
        self.live = doors.wanted == 1
        at = AsOf.at(self.now)
        self.doors = replace(
            doors, state=TargetState.IDLE, sent=doors.wanted, sent_at=at, sent_revision=doors.revision, confirmed=True
        )
        listing = Listing(LISTING, SHOP, SKU, buyable=self.live, seen=at)
        state = SkuState(SKU, listings=(listing,))
        if self.open:
            step = advance(self.case, state, [self.doors], self.policy, self.now, {}, {})
            if step is not None:
                self.took(step)

    # -- people --------------------------------------------------------------------------------------------------------

    @rule(note=NOTES)
    def a_person_pauses(self, note: str) -> None:
        self.tries(lambda: pause(self.view(), Pause((LISTING,), "count", note), DANA, self.setting))

    @rule(note=NOTES)
    def a_person_resumes(self, note: str) -> None:
        self.tries(lambda: resume(self.view(), Resume(note), DANA, self.setting))

    @rule(note=NOTES)
    def a_person_notes(self, note: str) -> None:
        self.tries(lambda: add_note(self.view(), AddNote(note), DANA, self.setting))

    @rule(cause=st.sampled_from(["damage", "unknown"]), note=NOTES)
    def a_person_names_the_cause(self, cause: str, note: str) -> None:
        self.tries(lambda: name_cause(self.view(), NameCause(cause, note), DANA, self.setting))

    @rule(outcome=st.sampled_from(["fixed", "expected", "false_alarm"]), note=NOTES)
    @precondition(lambda self: len(self.case.actions) > 1)
    def a_person_closes(self, outcome: str, note: str) -> None:
        self.closed_by_hand = True
        self.tries(lambda: close(self.view(), Close(outcome, note), DANA, self.setting))
        self.closed_by_hand = not self.open

    @rule(cause=st.sampled_from(["damage", "unknown"]))
    def a_correction_is_read_back(self, cause: str) -> None:
        self.done(ActionKind.CORRECTION, ActionState.SEEN, cause, "wet")

    @rule()
    def a_count_is_entered(self) -> None:
        self.done(ActionKind.COUNT, ActionState.DONE, "count", "please count")

    def done(self, kind: ActionKind, state: ActionState, reason: str, note: str) -> None:
        if not self.open:
            return
        number = len(self.case.actions) + 1
        act = Action(number, kind, state, DANA.user, "Dana", self.now, reason, note)
        self.case = replace(self.case, actions=(*self.case.actions, act), version=self.case.version + 1)

    def tries(self, does: Callable[[], Applied]) -> None:
        if not self.open:
            return
        try:
            applied = does()
        except CountersignError:
            return
        self.acted(applied)

    @invariant()
    def what_waits_for_a_word_is_open(self) -> None:
        if hasattr(self, "case") and self.case.lacks:
            assert self.open
            assert self.case.ready


TestEnding = Ending.TestCase
TestEnding.settings = settings(max_examples=150, stateful_step_count=20, deadline=None)
