"""Who may do what: every act of every kind of person, asked at the click and again when the form is sent."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest

from storage.store import SqlStore
from sync.errors import NotPermitted
from sync.inbox.acts import (
    Act,
    Actor,
    AddNote,
    AskFeed,
    AskHelp,
    AskReason,
    CancelCount,
    Cap,
    Close,
    CountAnyway,
    CountByPolicy,
    DecideCorrection,
    DoneByHand,
    EndOverride,
    EnterCount,
    GiveBack,
    GiveReason,
    HandOver,
    HoldOrders,
    Judge,
    NameCause,
    Override,
    Pause,
    ProposeCorrection,
    PublishOver,
    ReleaseOrders,
    ReleaseUnits,
    Remind,
    Reopen,
    Report,
    RequestCount,
    Resume,
    SendData,
    Snooze,
    StillOnIt,
    Take,
    TreatAsNothing,
    TryAgain,
    Uncap,
    Undo,
    Vouch,
    Wake,
    Withdraw,
)
from sync.inbox.looking import case_view
from sync.inbox.rights import check_rights
from sync.inbox.service import Inbox
from sync.model.groups import GroupFault, Groups, Member, UserGroup
from sync.model.ids import ListingId, LocationId, UserId
from sync.policy.holder import PolicyInForce
from tests.acting.desk import ANA, DANA, KIM, LEE, SAM, ActingDesk, person
from tests.databases import MovableClock
from tests.findings import a_case as a_found_case
from tests.shop_rules import rules
from tests.storage.given import SHOP, a_case

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
LISTING, RENO, PAT = ListingId("shopify-us:1"), LocationId("reno"), UserId("U0PAT")
NIA, JUN, OLE, GIL = (UserId(f"U0{name}") for name in ("NIA", "JUN", "OLE", "GIL"))
RULES = rules(
    queues={
        "marketplaces": {
            "name": "Marketplaces",
            "channel": "inv-marketplaces",
            "lead": "dana",
            "members": ["lee", "@outlets", "@seasonal", "@closed"],
        },
        "warehouse": {"name": "Warehouse", "channel": "inv-warehouse", "lead": "sam"},
        "finance": {"name": "Finance", "channel": "inv-finance", "approvers": ["ana", "kim", "@checkers"]},
    }
)


def a_group(named: str, user: UserId, **changed: Any) -> UserGroup:
    """A user group of one person, read just now."""
    members = (Member(user, user.removeprefix("U0").title()),)
    return replace(UserGroup(named, named, named, (user,), members, read_at=NOW, version=1), **changed)


GROUPS = (
    a_group("@outlets", NIA),
    a_group("@checkers", JUN),
    a_group("@seasonal", OLE, read_at=NOW - timedelta(minutes=16)),
    a_group("@closed", GIL, fault=GroupFault.DISABLED),
)
POLICY = RULES.with_groups(Groups.at(GROUPS, NOW))
ACTS: tuple[Act, ...] = (
    Take(),
    GiveBack(),
    TryAgain(),
    Pause((LISTING,), "count"),
    Resume("found"),
    Cap(LISTING, 1, "wet"),
    Uncap("dry"),
    HoldOrders(("shopify-us:1",), "two for one"),
    ReleaseOrders(("shopify-us:1",), "found"),
    DoneByHand(),
    Override(LISTING, 3, NOW + timedelta(hours=1), DANA, "a fair"),
    EndOverride("over"),
    TreatAsNothing("its depot burns"),
    Vouch(NOW + timedelta(hours=1), "they phoned"),
    CountByPolicy("heard again"),
    CountAnyway("sold out"),
    RequestCount(RENO, None, None, ""),
    EnterCount(1, 9, 0, NOW),
    ProposeCorrection("wms", RENO, 16, 9, "miscount", "twice"),
    DecideCorrection(1, "approve"),
    AddNote("look"),
    HandOver(LEE, "yours"),
    Snooze(None, "the vendor calls"),
    Wake(),
    Close("expected", "fine"),
    NameCause("damage", "wet"),
    Report("it is wrong"),
    Reopen("not over"),
    ReleaseUnits(("shopify-us:1",), "dead"),
    AskFeed("send it", "Acme desk"),
    AskReason("why?"),
    GiveReason("a fair"),
    PublishOver("a wrong number"),
    SendData(),
    Undo(),
    Withdraw(),
    CancelCount(),
    Remind(),
    AskHelp(),
    StillOnIt(),
    Judge(agrees=True),
)
EVERY = frozenset(act.verb for act in ACTS)
OPEN = frozenset({"note", "report"})
OF_OTHERS = frozenset({"entercount", "decide"})
PEOPLE: dict[str, tuple[Actor, frozenset[str]]] = {
    "the queue's lead": (person(DANA), EVERY - OF_OTHERS),
    "a person named in the queue": (person(LEE), EVERY - OF_OTHERS),
    "a member of its private channel": (Actor(PAT, "Pat", "T0", frozenset({"marketplaces"})), EVERY - OF_OTHERS),
    "a reader of a public channel": (Actor(PAT, "Pat", "T0"), OPEN),
    "somebody whose membership is too old to count": (
        Actor(PAT, "Pat", "T0", unsure_of=frozenset({"marketplaces"})),
        OPEN,
    ),
    "somebody of a user group of the queue": (person(NIA), EVERY - OF_OTHERS),
    "a guest in a user group of the queue": (person(NIA, restricted=True), frozenset()),
    "somebody of a user group that was read too long ago": (person(OLE), OPEN),
    "somebody of a user group that is disabled": (person(GIL), OPEN),
    "somebody of a user group of the approvers": (person(JUN), OPEN | {"decide"}),
    "somebody of the warehouse": (person(SAM), OPEN | {"entercount"}),
    "an approver": (person(ANA), OPEN | {"decide"}),
    "the ops lead": (person(KIM), EVERY),
    "a guest, an app, somebody of another team": (person(DANA, restricted=True), frozenset()),
}


def test_the_table_has_every_act() -> None:
    assert {type(act) for act in ACTS} == set(get_args(Act))


@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.verb)
def test_every_act_is_allowed_to_its_people_and_to_nobody_else(act: Act, who: str) -> None:
    actor, allowed = PEOPLE[who]
    view = case_view(a_found_case(POLICY, NOW, sku="KTL"), None, POLICY, {}, NOW)
    view = replace(view, warehouse=replace(view.queue, id="warehouse"))  # type: ignore[arg-type]
    if act.verb in allowed:
        check_rights(POLICY, actor, act.verb, view)
    else:
        with pytest.raises(NotPermitted, match=r"<@U0\w+>"):
            check_rights(POLICY, actor, act.verb, view)


def test_a_membership_that_is_too_old_says_so() -> None:
    actor, _ = PEOPLE["somebody whose membership is too old to count"]
    view = case_view(a_found_case(POLICY, NOW), None, POLICY, {}, NOW)
    with pytest.raises(NotPermitted, match="has not told me for more than 15 min who is in its channel"):
        check_rights(POLICY, actor, "pause", view)


def test_a_user_group_that_is_too_old_says_so_and_who_can() -> None:
    view = case_view(a_found_case(POLICY, NOW), None, POLICY, {}, NOW)
    with pytest.raises(NotPermitted) as refused:
        check_rights(POLICY, person(OLE), "pause", view)
    assert str(refused.value) == (
        "Only Marketplaces acts here. <@U0DANA> or <@U0LEE> and one other can. You were in @seasonal, but Slack has not told me"
        " for more than 15 min who is in that group, and until it does that counts for nothing."
    )


@pytest.fixture
async def desk(store: SqlStore, store_clock: MovableClock) -> ActingDesk:
    policy = PolicyInForce(POLICY)
    async with store.unit_of_work() as uow:
        await uow.systems.ensure([SHOP], store_clock.now())
        [case] = await uow.cases.open([a_case(None, systems=(SHOP,))])
    return ActingDesk(store, store_clock, policy, Inbox(store, policy, store_clock, {}), case.id)


@pytest.mark.parametrize("who", ["a reader of a public channel", "a guest, an app, somebody of another team"])
async def test_who_may_not_is_refused_at_the_click_and_when_the_form_is_sent_and_nothing_moves(
    desk: ActingDesk, who: str
) -> None:
    actor, allowed = PEOPLE[who]
    before = await desk.now()
    for act in ACTS:
        if act.verb in allowed or isinstance(act, Override | Report):
            continue
        sent = await desk.inbox.act(actor, act, case=desk.case, within=timedelta(seconds=10))
        assert (sent.kind, "<@U0" in sent.text) == ("refused", True), act.verb
        opened = await desk.inbox.prepare(actor, act.verb, desk.case, before.version, {})
        assert getattr(opened, "kind", "") == "refused", act.verb
    after = await desk.now()
    assert (after.owner, after.actions, after.life, after.queue) == (None, (), before.life, before.queue)
    assert set(await desk.told()) == {"refused"}
