"""Policy's fallback: a late exception's listing is paused as a person would pause it, once, and nobody owns it by that."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from sync.actions.applied import Setting
from sync.actions.doors import resume
from sync.connectors.base import Abilities
from sync.exceptions.lifecycle import Step
from sync.inbox.acts import Actor, Resume
from sync.inbox.looking import case_view
from sync.model.exceptions import Action, ActionKind, ActionState, Case, Life
from sync.model.facts import Fact
from sync.model.ids import ExceptionId, SystemId, UserId
from sync.model.outbox import Target, TargetKind, TargetState
from sync.model.picture import Suspicion, SystemPicture, Whole
from sync.model.stock import Sku, SkuState
from sync.path.judge import Verdict, judge, judge_system
from sync.policy.schema import Policy
from sync.policy.words import explain
from tests.builders import SHOP, SKU, a_policy, as_of, at, counted, level, listed
from tests.shop_rules import rules

CAN = {SHOP: Abilities(publishes=True, pause=True, reads_back=True)}
PAUSES = {"exposure_mismatch": {"fallback": "pause"}}


@dataclass
class Shop:
    """A shop that is guarded: it shows 16 where 9 can be sold, and the difference stands."""

    policy: Policy = field(default_factory=lambda: a_policy(channel={"mode": "guard"}, classes=PAUSES))
    abilities: dict[SystemId, Abilities] = field(default_factory=lambda: dict(CAN))
    state: SkuState = field(default_factory=lambda: SkuState(SKU))
    cases: tuple[Case, ...] = ()
    targets: dict[str, Target] = field(default_factory=dict)
    suspicions: tuple[Suspicion, ...] = ()
    verdict: Verdict | None = None

    def at(self, when: str | datetime, *facts: Fact) -> list[Step]:
        whole = Whole(Sku(SKU), self.state, facts, (), tuple(self.targets.values()), self.cases, self.suspicions)
        verdict = judge(whole, self.policy, at(when), self.abilities)
        self.state, self.verdict = verdict.state, verdict
        self.suspicions = tuple(verdict.changes.suspicions)
        self.targets |= {target.key: target for target in verdict.targets}
        for step in verdict.changes.steps:
            case = replace(step.case, id=ExceptionId(1), actions=_numbered(step.case.actions))
            self.cases = (case,)
        return verdict.changes.steps

    def opened(self) -> Case:
        self.at("10:00", counted(9, "09:59"), listed("09:59", doors={"web": True}), level(16, "09:59"))
        self.at("10:06")
        [case] = self.cases
        assert case.resolve_by == at("12:06")
        return case

    @property
    def doors(self) -> Target:
        [target] = [one for one in self.targets.values() if one.kind is TargetKind.DOORS]
        return target

    def sent(self, begin: str, end: str) -> None:
        """The channel said yes to what the doors should be."""
        key, doors = self.doors.key, self.doors
        self.targets[key] = replace(
            doors,
            state=TargetState.IDLE,
            sent=doors.wanted,
            sent_at=as_of(begin, end),
            sent_revision=doors.revision,
            confirmed=True,
            doors=("web",),
        )


def _numbered(actions: tuple[Action, ...]) -> tuple[Action, ...]:
    return tuple(replace(act, id=nth) for nth, act in enumerate(actions, 1))


def sentences(steps: list[Step]) -> list[str]:
    return [entry.sentence for step in steps for entry in step.entries]


def test_a_listing_is_paused_when_the_limit_passes_and_nobody_owns_it_by_that() -> None:
    shop = Shop()
    shop.opened()
    assert not any(one.kind is TargetKind.DOORS for one in shop.targets.values())
    said = sentences(shop.at("12:06"))
    assert "Countersign paused Shop: by policy, since it was not fixed by 12:06 UTC." in said
    [case] = shop.cases
    assert (case.owner, case.life, case.stopped) == (None, Life.OPEN, True)
    [act] = case.actions
    assert (act.kind, act.state, act.by, act.note) == (
        ActionKind.PAUSE,
        ActionState.WANTED,
        "countersign",
        "by policy, since it was not fixed by 12:06 UTC",
    )
    assert (shop.doors.wanted, shop.doors.state, shop.doors.revision) == (0, TargetState.DUE, 1)
    assert shop.verdict is not None
    assert shop.verdict.next_due == at("12:06")


def test_it_is_read_back_and_a_person_undoes_it_by_resuming() -> None:
    shop = Shop()
    shop.opened()
    shop.at("12:06")
    shop.sent("12:07", "12:07:01")
    said = sentences(shop.at("12:09", listed("12:08", doors={"web": False})))
    assert any(one.startswith("Shop shows 0 to customers. Read back after") for one in said)
    [case] = shop.cases
    assert case.actions[0].state is ActionState.SEEN
    assert sentences(shop.at("12:15")) == [], "it is tried once"
    view = case_view(case, shop.verdict.picture if shop.verdict else None, shop.policy, shop.abilities, at("12:20"))
    done = resume(
        replace(view, agrees=True),
        Resume("carton found"),
        Actor(UserId("U0DANA"), "Dana", "T0"),
        Setting(shop.policy, at("12:20"), shop.abilities),
    )
    assert [target.wanted for target in done.targets] == [1]
    assert done.case.owner == "U0DANA"


def test_what_cannot_be_paused_is_said_once_and_left() -> None:
    shop = Shop(abilities={})
    shop.opened()
    said = sentences(shop.at("12:06"))
    [refused] = [one for one in said if one.startswith("Policy pauses it when it is late, but nothing was paused:")]
    assert "Shop cannot pause a listing." in refused
    assert not any("Policy pauses" in one for one in sentences(shop.at("12:40")))
    assert shop.cases[0].actions == ()


def test_in_shadow_nothing_is_sent() -> None:
    shop = Shop(policy=a_policy(channel={"mode": "shadow"}, classes=PAUSES))
    shop.at("10:00", counted(9, "09:59"), listed("09:59", doors={"web": True}), level(16, "09:59"))
    shop.at("10:06")
    said = sentences(shop.at("12:06"))
    assert any("Shop is in shadow: I would pause it, but nothing is sent." in one for one in said)


def test_without_a_fallback_when_it_agrees_or_while_snoozed_nothing_is_paused() -> None:
    calm = Shop(policy=a_policy(channel={"mode": "guard"}))
    calm.opened()
    calm.at("12:06")
    assert calm.cases[0].actions == ()

    agreeing = Shop()
    agreeing.opened()
    agreeing.at("12:04", level(9, "12:04"))
    agreeing.at("12:06")
    assert agreeing.cases[0].actions == ()

    asleep = Shop()
    asleep.opened()
    asleep.cases = (replace(asleep.cases[0], snoozed_until=at("13:00")),)
    asleep.at("12:06")
    assert asleep.cases[0].actions == ()
    asleep.at("13:00")
    assert [act.kind for act in asleep.cases[0].actions] == [ActionKind.PAUSE]


def test_what_is_paused_already_is_not_paused_again() -> None:
    shop = Shop()
    case = shop.opened()
    act = Action(
        1,
        ActionKind.PAUSE,
        ActionState.SEEN,
        UserId("U0DANA"),
        "Dana",
        at("11:00"),
        "count",
        listing=case.fingerprint.listing,
    )
    shop.cases = (replace(case, actions=(act,)),)
    shop.at("12:06")
    assert len(shop.cases[0].actions) == 1


def test_an_exception_of_a_whole_system_is_only_told() -> None:
    policy, now, last = rules(classes={"stale_feed": {"fallback": "pause"}}), at("12:00"), at("-1 12:00")
    picture = SystemPicture(SystemId("wms"), last, last, last, 1, None, 0, None)
    [found] = judge_system(picture, policy, now)[0].steps
    standing = replace(found.case, id=ExceptionId(1), resolve_by=now)
    for _ in range(2):
        steps = judge_system(replace(picture, cases=(standing,)), policy, now)[0].steps
        said = [entry for step in steps for entry in step.entries if entry.kind == "fallback_refused"]
        assert len(said) == (0 if standing.fell_back_at else 1)
        standing = steps[-1].case if steps else standing
    assert standing.fell_back_at == now


def test_the_fallback_reads_back_in_plain_english() -> None:
    assert "fixed within 2 h. If it is not, the listing is paused." in explain(rules(classes=PAUSES))
