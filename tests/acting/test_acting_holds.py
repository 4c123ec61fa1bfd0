"""Hold an order until somebody has looked: wanted, read back, kept open while it stands, released by a person."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from storage.store import SqlStore
from sync.errors import AlreadyHandled, BadInput, NotPermitted, ReasonRequired
from sync.inbox.acts import Close, DoneByHand, HoldOrders, ReleaseOrders
from sync.inbox.service import Inbox
from sync.model.exceptions import Action, ActionKind, ActionState, Case, ExceptionClass, Life
from sync.model.ids import SkuId
from sync.model.outbox import Priority, Target, TargetKind, TargetState
from sync.model.time import AsOf
from sync.policy.holder import PolicyInForce
from tests.acting import acting_world
from tests.acting.acting_world import ActingWorld, an_acting_world
from tests.acting.desk import DANA, LEE, ActingDesk
from tests.builders import RENO, SHOP, a_policy, at, cancelled, counted, level, line, listed, shipped
from tests.databases import MovableClock
from tests.shop_rules import rules
from tests.storage.given import SHOP as FEED
from tests.storage.given import a_case

A, B = f"{SHOP}:A", f"{SHOP}:B"


@pytest.fixture
def holds(monkeypatch: pytest.MonkeyPatch) -> None:
    """The shop takes holds."""
    able = replace(acting_world.ABILITIES[SHOP], holds_orders=True)
    monkeypatch.setitem(acting_world.ABILITIES, SHOP, able)


def oversold(mode: str = "full") -> tuple[ActingWorld, Case]:
    """Two orders for the last unit."""
    world = an_acting_world(a_policy(channel={"mode": mode}))
    world.judge("08:00", listed("08:00", buyable=True, tracked=True), level(1, "08:00"), counted(1, "08:00"))
    world.judge("09:00", line("A", 1, "09:00", location=RENO), line("B", 1, "09:00:30", location=RENO))
    return world, world.one(ExceptionClass.OVERSELL)


def hold_target(world: ActingWorld) -> Target:
    [found] = [one for one in world.targets.values() if one.kind is TargetKind.HOLD]
    return found


def answered(world: ActingWorld, clock: str, seen: int | None) -> None:
    """The shop said yes, and shows the order so when it is looked at."""
    target, now = hold_target(world), at(clock)
    done = replace(
        target,
        state=TargetState.IDLE,
        sent=target.wanted,
        sent_at=AsOf(now, now),
        sent_revision=target.revision,
        confirmed=True,
        seen=seen,
        seen_at=now,
    )
    world.targets[target.key] = done
    world.judge(now + timedelta(seconds=1))


def act_of(world: ActingWorld, case: Case, kind: ActionKind = ActionKind.HOLD) -> ActionState:
    act = world.newest(case).newest(kind)
    assert act is not None
    return act.state


@pytest.mark.usefixtures("holds")
def test_a_held_order_is_wanted_and_seen_only_when_the_shop_shows_it_held_and_goes_on_weighing() -> None:
    world, case = oversold()
    applied = world.act(DANA, HoldOrders((B,), "who gets the last one?"), case, "09:10")
    assert [entry.kind for entry in applied.entries] == ["taken", "held"]
    [target] = applied.targets
    assert (target.kind, target.wanted, target.doors, target.lane) == (TargetKind.HOLD, 1, ("B",), SHOP)
    answered(world, "09:11", seen=0)
    assert act_of(world, case) is ActionState.WANTED
    answered(world, "09:12", seen=1)
    assert act_of(world, case) is ActionState.SEEN
    assert [one.order for one in world.view(case, "09:13").sku.held] == ["A", "B"]  # type: ignore[union-attr]
    assert world.newest(case).delta == -1


@pytest.mark.usefixtures("holds")
def test_while_it_stands_the_exception_turns_ready_but_neither_clears_nor_closes_until_it_is_released() -> None:
    world, case = oversold()
    world.act(DANA, HoldOrders((B,), "who gets the last one?"), case, "09:10")
    answered(world, "09:11", seen=1)
    world.settle("10:00", shipped("A", 1, "10:00", location=RENO))
    world.settle("11:00", cancelled("B", 1, "11:00"))
    now = world.newest(case)
    assert (now.life, now.ready) == (Life.OWNED, True)
    with pytest.raises(NotPermitted, match="a held order"):
        world.act(DANA, Close("expected", "fine"), case, "11:10")
    applied = world.act(LEE, ReleaseOrders((B,), "customer took a refund"), case, "11:20")
    assert [target.wanted for target in applied.targets] == [0]
    world.judge("11:21")
    assert not world.newest(case).life.ended
    answered(world, "11:22", seen=0)
    ended = world.newest(case)
    assert (ended.life, ended.ended_name, ended.note) == (Life.RESOLVED, "Lee", "customer took a refund")
    assert act_of(world, case) is ActionState.UNDONE


@pytest.mark.usefixtures("holds")
def test_a_refusal_is_told_in_the_platforms_words_and_holds_nothing() -> None:
    world, case = oversold()
    world.act(DANA, HoldOrders((B,), "who gets it?"), case, "09:10")
    target = hold_target(world)
    text = "The app may not hold orders."
    world.targets[target.key] = replace(target, state=TargetState.FAILED, fault="value", fault_text=text)
    world.judge("09:11")
    act = world.newest(case).newest(ActionKind.HOLD)
    assert act is not None
    assert (act.state, act.result) == (ActionState.FAILED, "Shop did not hold B: The app may not hold orders.")
    assert not world.newest(case).stopped


def test_where_no_hold_is_taken_a_person_does_it_and_says_so() -> None:
    world, case = oversold()
    applied = world.act(DANA, HoldOrders((B,), "who gets it?"), case, "09:10")
    assert applied.targets == ()
    assert applied.answer == "Hold it there: B at Shop."
    assert world.newest(case).stopped
    world.act(LEE, DoneByHand(), case, "09:20")
    assert act_of(world, case) is ActionState.SEEN
    world.act(LEE, ReleaseOrders((B,), "one more was found"), case, "09:30")
    assert act_of(world, case) is ActionState.SEEN
    world.act(LEE, DoneByHand(), case, "09:31")
    assert (act_of(world, case), act_of(world, case, ActionKind.RELEASE)) == (ActionState.UNDONE, ActionState.SEEN)
    assert not world.newest(case).stopped
    with pytest.raises(AlreadyHandled, match="waits for a hand"):
        world.act(LEE, DoneByHand(), case, "09:32")


@pytest.mark.usefixtures("holds")
@pytest.mark.parametrize(
    ("act", "error"),
    [
        (HoldOrders((B,), " "), ReasonRequired),
        (HoldOrders((), "why"), BadInput),
        (HoldOrders((f"{SHOP}:Z",), "why"), BadInput),
        (HoldOrders((A,), "why"), AlreadyHandled),
        (ReleaseOrders((B,), "why"), AlreadyHandled),
    ],
)
def test_what_cannot_be_is_said(act: HoldOrders | ReleaseOrders, error: type[Exception]) -> None:
    world, case = oversold()
    world.act(DANA, HoldOrders((A,), "first"), case, "09:10")
    with pytest.raises(error):
        world.act(LEE, act, case, "09:11")


@pytest.mark.usefixtures("holds")
def test_in_shadow_nothing_is_held() -> None:
    world, case = oversold("shadow")
    with pytest.raises(NotPermitted, match="is in shadow"):
        world.act(DANA, HoldOrders((B,), "why"), case, "09:10")


async def test_on_both_databases_a_hold_by_hand_is_kept_said_to_be_done_and_released(
    store: SqlStore, store_clock: MovableClock
) -> None:
    policy = PolicyInForce(rules())
    figures = (("system", "amazon-us"), ("system_name", "Amazon US"), ("order", "B"), ("units", "1"))
    hold = Action(
        id=0,
        kind=ActionKind.HOLD,
        state=ActionState.WANTED,
        by=DANA,
        by_name="Dana",
        at=store_clock.now(),
        reason="hold",
        figures=figures,
    )
    async with store.unit_of_work() as uow:
        await uow.systems.ensure([FEED], store_clock.now())
        [case] = await uow.cases.open([replace(a_case(None, systems=(FEED,)), actions=(hold,))])
    desk = ActingDesk(store, store_clock, policy, Inbox(store, policy, store_clock, {}), case.id)
    assert (await desk.act(LEE, DoneByHand())).text == "Noted: B held at Amazon US."
    assert [act.state for act in (await desk.now()).actions] == [ActionState.SEEN]
    released = await desk.act(LEE, ReleaseOrders(("amazon-us:B",), "one more was found"))
    assert released.kind == "done"
    assert (await desk.now()).stopped
    await desk.act(LEE, DoneByHand())
    assert [act.state for act in (await desk.now()).actions] == [ActionState.UNDONE, ActionState.SEEN]
    assert (await desk.act(LEE, DoneByHand())).kind == "faster"
    assert await desk.told() == ["taken", "by_hand", "released", "by_hand"]


async def test_on_both_databases_what_should_be_held_names_its_order(
    store: SqlStore, store_clock: MovableClock
) -> None:
    target = Target(
        key="hold:shop:1:B",
        kind=TargetKind.HOLD,
        lane=FEED,
        sku=SkuId("KTL-17"),
        listing=None,
        location=None,
        wanted=1,
        revision=1,
        priority=Priority.STOP,
        wanted_at=store_clock.now(),
        doors=("B",),
    )
    async with store.unit_of_work() as uow:
        await uow.systems.ensure([FEED], store_clock.now())
        await uow.outbox.want([target])
    async with store.reading() as uow:
        kept = await uow.outbox.get(target.key)
    assert kept is not None
    assert (kept.kind, kept.doors, kept.wanted) == (TargetKind.HOLD, ("B",), 1)
