"""One SKU judged slice after slice, as storage would keep it: facts in, cases and wanted quantities out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sync.detect import SKU_DETECTORS, detectors_for
from sync.model.exceptions import Case, ExceptionClass, Fingerprint, Life
from sync.model.facts import Fact
from sync.model.freezing import Freeze
from sync.model.ids import ExceptionId, ListingId, SkuId, UserId
from sync.model.money import Money
from sync.model.outbox import Target, TargetState
from sync.model.picture import Pace, RaiseMemo, Suspicion, Whole
from sync.model.stock import Sku, SkuState
from sync.model.time import AsOf
from sync.path.judge import Verdict, judge
from sync.policy.schema import Policy
from tests.builders import SHOP, SKU, at

KETTLE = Sku(
    SKU,
    "Kettle",
    "kettles",
    price=Money(Decimal("89.00"), "USD"),
    unit_cost=Money(Decimal("41.00"), "USD"),
)


@dataclass
class SkuWorld:
    """Judges like the decider; ``settles`` is how long findings of the policies here must last (5 min)."""

    policy: Policy
    sku: Sku = KETTLE
    pace: int = 0
    state: SkuState = field(default_factory=lambda: SkuState(SKU))
    cases: list[Case] = field(default_factory=list)
    targets: dict[str, Target] = field(default_factory=dict)
    suspicions: dict[Fingerprint, Suspicion] = field(default_factory=dict)
    memos: dict[ListingId, RaiseMemo] = field(default_factory=dict)
    verdict: Verdict | None = None
    freezes: tuple[Freeze, ...] = ()

    def judge(self, when: str | datetime, *facts: Fact) -> Verdict:
        """One slice at ``when`` with these facts."""
        now = at(when)
        whole = Whole(
            sku=self.sku,
            state=self.state,
            fresh=facts,
            memos=tuple(self.memos.items()),
            targets=tuple(self.targets.values()),
            cases=tuple(self.cases),
            suspicions=tuple(self.suspicions.values()),
            paces=(Pace(SHOP, self.pace),) if self.pace else (),
            freezes=self.freezes,
        )
        verdict = judge(whole, self.policy, now)
        left_out = [detect for detect in SKU_DETECTORS if detect not in detectors_for(verdict.picture)]
        assert not [one for detect in left_out for one in detect(verdict.picture, self.policy, now)]
        known = {case.id: _but_agreement(case) for case in self.cases}
        agreeing = [step.case for step in verdict.changes.steps if step.agrees]
        assert [_but_agreement(case) for case in agreeing] == [known[case.id] for case in agreeing]
        self._keep(verdict)
        return verdict

    def settle(self, when: str | datetime, *facts: Fact) -> Verdict:
        """A slice at ``when`` and one when what it found has outlived its settling time."""
        self.judge(when, *facts)
        return self.judge(at(when) + timedelta(minutes=6))

    def _keep(self, verdict: Verdict) -> None:
        self.verdict, self.state = verdict, verdict.state
        self.memos |= {listing: memo for listing, _, memo in verdict.memos}
        self.targets |= {target.key: target for target in verdict.targets}
        for fingerprint in verdict.changes.dropped:
            self.suspicions.pop(fingerprint, None)
        self.suspicions |= {one.finding.fingerprint: one for one in verdict.changes.suspicions}
        for step in verdict.changes.steps:
            if step.opened:
                self.cases.append(replace(step.case, id=ExceptionId(len(self.cases) + 1)))
            else:
                self.cases = [step.case if case.id == step.case.id else case for case in self.cases]

    def open(self, cls: ExceptionClass, detail: str | None = None) -> list[Case]:
        """Unresolved cases of a class."""
        return [
            case
            for case in self.cases
            if case.fingerprint.cls is cls and not case.life.ended and detail in (None, case.fingerprint.detail)
        ]

    def one(self, cls: ExceptionClass, detail: str | None = None) -> Case:
        """The only unresolved case of a class."""
        [case] = self.open(cls, detail)
        return case

    def change(self, case: Case, **changed: Any) -> None:
        """What an act of a person leaves behind."""
        newer = replace(case, version=case.version + 1, **changed)
        self.cases = [newer if one.id == case.id else one for one in self.cases]

    def owned(self, case: Case) -> None:
        """Dana takes it."""
        self.change(case, life=Life.OWNED, owner=UserId("U0DANA"), owner_name="Dana", owned_at=case.opened_at)

    def closed(self, case: Case, when: str, outcome: str = "expected") -> None:
        """Dana closes it."""
        self.change(
            case, life=Life.RESOLVED, ended_at=at(when), ended_by=UserId("U0DANA"), ended_name="Dana", outcome=outcome
        )

    def confirm(self, begin: str, end: str) -> None:
        """Every wanted quantity is sent and confirmed between ``begin`` and ``end``."""
        for key, target in self.targets.items():
            if target.state is TargetState.DUE and key.startswith("quantity"):
                self.targets[key] = replace(
                    target,
                    state=TargetState.IDLE,
                    sent=target.wanted,
                    sent_at=AsOf(at(begin), at(end)),
                    sent_revision=target.revision,
                    confirmed=True,
                )

    def wanted(self) -> Sequence[int]:
        """Quantities that are on their way."""
        return [
            target.wanted
            for key, target in sorted(self.targets.items())
            if target.state is TargetState.DUE and key.startswith("quantity")
        ]


def a_world(policy: Policy, code: str = SKU, **changed: Any) -> SkuWorld:
    """A world of one kettle; ``changed`` are fields of its catalogue entry, ``pace`` units sold in seven days."""
    pace = changed.pop("pace", 0)
    return SkuWorld(policy, replace(KETTLE, id=SkuId(code), **changed), pace, SkuState(SkuId(code)))


def _but_agreement(case: Case) -> Case:
    """The case without what may change of it while its measures stay."""
    return replace(case, agrees_since=None, ready=False, lacks="", version=0)
