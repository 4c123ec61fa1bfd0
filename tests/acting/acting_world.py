"""One SKU judged slice after slice, and people who act on its exceptions in between; nothing but pure functions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from sync.actions.applied import Applied, Setting
from sync.connectors.base import Abilities
from sync.inbox.acts import Act
from sync.inbox.drafts import OPENS, asked_of
from sync.inbox.looking import case_view
from sync.inbox.performing import perform
from sync.inbox.rights import check_rights
from sync.inbox.view import CaseView
from sync.model.exceptions import Case
from sync.model.ids import ExceptionId, ListingId, UserId
from sync.model.picture import Whole
from sync.model.stock import SkuState
from sync.path.judge import look
from sync.policy.schema import Policy
from tests.acting.desk import person
from tests.builders import SHOP, SKU, at
from tests.unit.detect.detect_world import KETTLE, SkuWorld

ABILITIES = {SHOP: Abilities(publishes=True, guarded_writes=True, pause=True, corrects=True, reads_back=True)}


@dataclass
class ActingWorld(SkuWorld):
    """Judges like the decider, acts like the inbox."""

    def whole(self) -> Whole:
        """What a slice would read."""
        return Whole(
            sku=self.sku,
            state=self.state,
            memos=tuple(self.memos.items()),
            targets=tuple(self.targets.values()),
            cases=tuple(self.cases),
        )

    def view(self, case: Case, when: str | datetime) -> CaseView:
        """The exception as a card and a form see it."""
        now, whole = at(when), self.whole()
        newest = self.newest(case) if case.id else case
        return case_view(newest, look(whole, self.state, self.policy, now), self.policy, ABILITIES, now)

    def act(self, by: UserId, act: Act, case: Case, when: str | datetime, spent: Decimal = Decimal(0)) -> Applied:
        """One act: checked, done, and its case and targets kept."""
        view = self.view(case, when)
        for verb in asked_of(act):
            check_rights(self.policy, person(by), verb, view)
        applied = perform(view, act, person(by), Setting(self.policy, at(when), ABILITIES, spent))
        numbered = tuple(replace(one, id=one.id or nth) for nth, one in enumerate(applied.case.actions, 1))
        kept = replace(applied.case, actions=numbered)
        if kept.id:
            self.cases = [kept if one.id == kept.id else one for one in self.cases]
        else:
            self.cases.append(replace(kept, id=ExceptionId(len(self.cases) + 1)))
        self.targets |= {target.key: target for target in applied.targets}
        return applied

    def draft(self, when: str | datetime, kind: str = "override", listing: ListingId | None = None) -> Case:
        """The exception that an override (or a report) would be recorded in."""
        now, whole = at(when), self.whole()
        return OPENS[kind](look(whole, self.state, self.policy, now), listing, self.policy, now)

    def newest(self, case: Case) -> Case:
        """The exception as it is now."""
        return next(one for one in self.cases if one.id == case.id)


def an_acting_world(policy: Policy) -> ActingWorld:
    """A world of one kettle."""
    return ActingWorld(policy, KETTLE, 0, SkuState(SKU))
