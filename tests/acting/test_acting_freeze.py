"""A frozen channel takes decreases, zeros and pauses and nothing else, until a person thaws it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from storage.store import SqlStore
from sync.inbox.freezing import Freezing, freeze_chain
from sync.model.exceptions import ExceptionClass
from sync.model.freezing import Freeze, freeze_on
from sync.model.ids import SystemId
from sync.model.outbox import Priority
from sync.path.waits import held_back
from sync.policy.holder import PolicyInForce
from tests.acting.acting_world import ActingWorld, an_acting_world
from tests.acting.desk import DANA, KIM, LEE, person
from tests.builders import SHOP, a_policy, at, counted, level, listed
from tests.databases import MovableClock
from tests.shop_rules import rules
from tests.storage.given import ONE, a_delivery, a_fact, given_skus

US = SystemId("shopify-us")


def frozen(system: SystemId | None = SHOP) -> tuple[Freeze, ...]:
    return (Freeze(system, KIM, "Kim", "a migration", at("08:30")),)


def selling(units: int = 10) -> ActingWorld:
    world = an_acting_world(a_policy())
    world.judge("08:00", listed("08:00", buyable=True, tracked=True), level(units, "08:00"), counted(units, "08:00"))
    return world


def counted_twice(world: ActingWorld, units: int) -> None:
    """The warehouse says so in two numbers, so that the raise needs no other word."""
    world.judge("10:00", counted(units, "10:00"))
    world.judge("11:00", counted(units, "11:00"))


def test_raises_wait_and_decreases_pass() -> None:
    world = selling()
    world.freezes = frozen()
    counted_twice(world, 30)
    assert 30 not in world.wanted()
    world.judge("12:00", counted(4, "12:00"))
    assert world.wanted() == [4]


def test_after_the_thaw_the_newest_number_goes_out() -> None:
    world = selling()
    world.freezes = frozen(None)
    counted_twice(world, 30)
    world.freezes = ()
    world.judge("11:10")
    assert world.wanted() == [30]


def test_what_the_freeze_hides_is_no_hidden_stock_and_nothing_of_the_channel_clears_meanwhile() -> None:
    world = selling()
    world.settle("09:00", level(25, "09:00"), counted(10, "09:00"))
    over = [case for case in world.cases if not case.life.ended]
    assert over
    world.freezes = frozen()
    world.settle("10:00", level(10, "10:00"), counted(10, "10:00"))
    world.settle("11:00", counted(40, "11:00"))
    world.settle("12:00", counted(40, "12:00"))
    assert [case.name for case in over if world.newest(case).life.ended] == []
    assert [case for case in world.open(ExceptionClass.EXPOSURE_MISMATCH) if case.delta < 0] == []


def test_a_channel_s_own_freeze_goes_before_the_one_of_all() -> None:
    both = (*frozen(None), *frozen())
    assert freeze_on(both, SHOP) is both[1]
    assert freeze_on(both, SystemId("elsewhere")) is both[0]
    assert freeze_on(frozen(), SystemId("elsewhere")) is None


def test_the_lane_of_a_frozen_channel_holds_raises_and_corrections_back() -> None:
    assert set(held_back(SHOP, {}, frozen=True)) == {Priority.CORRECTION, Priority.INCREASE}


@pytest.fixture
async def freezing(store: SqlStore, store_clock: MovableClock) -> Freezing:
    return Freezing(store, PolicyInForce(rules()), store_clock)


async def test_it_is_kept_told_and_lifted_and_every_sku_there_is_judged_anew(
    freezing: Freezing, store: SqlStore, store_clock: MovableClock
) -> None:
    await given_skus(store, ONE)
    async with store.unit_of_work() as uow:
        await uow.ledger.record_deliveries([a_delivery(system=US)])
        await uow.ledger.record_facts([a_fact(system=US)])
        claim = await uow.stock.claim(store_clock.now(), 10)
        wholes = await uow.stock.load(claim.skus, store_clock.now())
        await uow.stock.finish(claim, dict.fromkeys(wholes), store_clock.now())
    assert (await freezing.freeze(person(DANA), US, "a migration")).kind == "done"
    [standing] = await freezing.standing()
    assert (standing.system, standing.by_name, standing.reason) == (US, "Dana", "a migration")
    async with store.reading() as uow:
        assert (await uow.stock.load([ONE], store_clock.now()))[ONE].freezes == (standing,)
    assert (await freezing.freeze(person(LEE), US, "me too")).kind == "faster"
    store_clock.move(timedelta(hours=1))
    assert (await freezing.thaw(person(LEE), US, "it went well")).kind == "done"
    assert list(await freezing.standing()) == []
    assert (await freezing.thaw(person(LEE), US, "again")).kind == "faster"
    async with store.reading() as uow:
        assert [one.entry.kind for one in await uow.proofs.chain(freeze_chain(US))] == ["frozen", "thawed"]


async def test_only_leads_freeze_with_a_reason_and_a_channel_that_there_is(freezing: Freezing) -> None:
    stranger = await freezing.freeze(person(DANA, restricted=True), None, "why not")
    assert (stranger.kind, "Guests" in stranger.text) == ("refused", True)
    ana = await freezing.freeze(person(DANA.replace("DANA", "ANA")), None, "why not")  # type: ignore[arg-type]
    assert (ana.kind, "Freezing is for the ops lead" in ana.text) == ("refused", True)
    silent = await freezing.freeze(person(KIM), None, " ")
    assert [one.field for one in silent.errors] == ["reason"]
    wrong = await freezing.freeze(person(KIM), SystemId("wms"), "why not")
    assert [one.field for one in wrong.errors] == ["system"]
    assert (await freezing.freeze(person(KIM), None, "a fire in the warehouse")).kind == "done"


async def test_who_froze_it_takes_it_back_for_ten_minutes_and_later_a_second_person_thaws_it(
    store: SqlStore, store_clock: MovableClock
) -> None:
    freezing = Freezing(store, PolicyInForce(rules()), store_clock)
    assert (await freezing.freeze(person(DANA), US, "the counts look wrong")).kind == "done"
    store_clock.move(timedelta(minutes=9))
    assert (await freezing.thaw(person(DANA), US, "a slip")).kind == "done"
    assert (await freezing.freeze(person(DANA), US, "the counts are wrong")).kind == "done"
    store_clock.move(timedelta(minutes=11))
    refused = await freezing.thaw(person(DANA), US, "fine now")
    assert (refused.kind, refused.text) == (
        "refused",
        "You froze it, so a second person thaws it: <@U0KIM> or <@U0LEE> can.",
    )
    assert len(await freezing.standing()) == 1
    assert (await freezing.thaw(person(LEE), US, "counted again")).kind == "done"


async def test_where_nobody_else_may_thaw_who_froze_it_does(store: SqlStore, store_clock: MovableClock) -> None:
    queues = rules().model_dump(mode="json")["queues"]
    alone = {name: queue | {"lead": "dana", "stand_in": None} for name, queue in queues.items()}
    freezing = Freezing(store, PolicyInForce(rules(queues=alone, ops_lead="dana")), store_clock)
    await freezing.freeze(person(DANA), US, "the counts look wrong")
    store_clock.move(timedelta(hours=1))
    assert (await freezing.thaw(person(DANA), US, "fine now")).kind == "done"
