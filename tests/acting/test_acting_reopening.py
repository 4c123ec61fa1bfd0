"""Open again: the undo of an end that a person made; it has a card of its own, its limits anew, and ends again when it agrees."""

from __future__ import annotations

from datetime import timedelta

import pytest

from storage.store import SqlStore
from sync.errors import AlreadyHandled, NotPermitted, ReasonRequired
from sync.inbox.acts import Close, Reopen
from sync.inbox.service import Inbox
from sync.inbox.view import Prepared
from sync.model.exceptions import Case, ExceptionClass, Life
from sync.policy.holder import PolicyInForce
from tests.acting.acting_world import ActingWorld, an_acting_world
from tests.acting.desk import DANA, LEE, ActingDesk, person
from tests.builders import ERP, a_policy, a_source, counted, level, listed
from tests.databases import MovableClock
from tests.shop_rules import rules
from tests.storage.given import SHOP, a_case

VARIANCE = ExceptionClass.WMS_ERP_VARIANCE


def closed() -> tuple[ActingWorld, Case]:
    """Warehouse 20, books 28, closed as expected."""
    policy = a_policy(systems={"erp": a_source(trust="financial")}, deciders={"reno": ["wms", "erp"]})
    world = an_acting_world(policy)
    world.judge("08:00", listed("08:00", buyable=True, tracked=True), level(20, "08:00"), counted(20, "08:00"))
    world.settle("08:10", counted(20, "08:10"), counted(28, "08:10", system=ERP))
    case = world.one(VARIANCE)
    world.act(DANA, Close("expected", "a pallet on loan"), case, "09:00")
    world.settle("09:10", counted(20, "09:10"), counted(28, "09:10", system=ERP))
    assert world.open(VARIANCE) == []
    return world, case


def test_what_was_closed_too_soon_goes_on_in_the_name_of_who_says_so_until_it_agrees() -> None:
    world, case = closed()
    applied = world.act(LEE, Reopen("the pallet is back and it still differs"), case, "09:30")
    assert applied.entries[-1].sentence == "Lee opened it again: the pallet is back and it still differs."
    world.settle("09:40", counted(20, "09:40"), counted(28, "09:40", system=ERP))
    again = world.newest(case)
    assert (again.life, again.owner_name, again.reopenings, again.card_life) == (Life.OWNED, "Lee", 1, 1)
    world.settle("10:30", counted(20, "10:30"), counted(20, "10:30", system=ERP))
    assert world.newest(case).life.ended


def test_what_cannot_be_opened_again_is_said() -> None:
    world, case = closed()
    with pytest.raises(ReasonRequired):
        world.act(LEE, Reopen(" "), case, "09:30")
    world.act(LEE, Reopen("still there"), case, "09:31")
    with pytest.raises(AlreadyHandled, match="open already"):
        world.act(DANA, Reopen("still there"), case, "09:32")


def test_after_a_day_it_is_a_new_exception_and_what_cleared_by_itself_comes_back_by_itself() -> None:
    world, case = closed()
    with pytest.raises(NotPermitted, match="what comes back now is a new exception"):
        world.act(LEE, Reopen("still there"), case, "+1 09:30")
    other = an_acting_world(world.policy)
    other.judge("08:00", listed("08:00", buyable=True, tracked=True), level(20, "08:00"), counted(20, "08:00"))
    other.settle("08:10", counted(20, "08:10"), counted(28, "08:10", system=ERP))
    cleared = other.one(VARIANCE)
    other.settle("09:00", counted(20, "09:00"), counted(20, "09:00", system=ERP))
    with pytest.raises(NotPermitted, match="It cleared by itself"):
        other.act(LEE, Reopen("hm"), cleared, "09:30")


async def test_it_gets_a_card_of_its_own_and_the_old_one_leads_there(
    store: SqlStore, store_clock: MovableClock
) -> None:
    policy = PolicyInForce(rules())
    async with store.unit_of_work() as uow:
        await uow.systems.ensure([SHOP], store_clock.now())
        [case] = await uow.cases.open([a_case(None, systems=(SHOP,))])
    desk = ActingDesk(store, store_clock, policy, Inbox(store, policy, store_clock, {}), case.id)
    await desk.act(DANA, Close("false_alarm", "a test order"))
    store_clock.move(timedelta(minutes=3))
    prepared = await desk.inbox.prepare(person(LEE), "reopen", case.id, 1, {})
    assert isinstance(prepared, Prepared)
    done = await desk.act(LEE, Reopen("it was none"), intent=prepared.intent)
    assert (done.kind, (await desk.now()).life) == ("done", Life.OWNED)
    assert await desk.post(f"card:{case.name}:1") is not None
    refused = await desk.inbox.prepare(person(DANA), "pause", case.id, 1, {})
    assert isinstance(refused, Prepared), "everything can be done with it again"
