"""Release units: old orders hold stock no longer because a person says so; above the limit a second person decides; undone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from storage.store import SqlStore
from sync.actions.applied import Applied
from sync.errors import AlreadyHandled, BadInput, NotPermitted, ReasonRequired
from sync.inbox.acts import DecideCorrection, ReleaseUnits, Undo, Withdraw
from sync.inbox.service import Inbox
from sync.inbox.view import Prepared
from sync.model.exceptions import ActionKind, ActionState, Case, ExceptionClass, Life
from sync.model.facts import Fact, LineStep, Revision
from sync.policy.holder import PolicyInForce
from tests.acting.acting_world import ActingWorld, an_acting_world
from tests.acting.desk import ANA, DANA, LEE, ActingDesk, person
from tests.builders import RENO, SHOP, SKU, a_policy, at, cancelled, counted, level, line, listed, shipped
from tests.databases import MovableClock
from tests.kit_shop import KETTLE, KitShop, kit_rules
from tests.kit_shop import SHOP as KIT_SHOP
from tests.kit_shop import counted as kit_counted
from tests.kit_shop import line as kit_line
from tests.kit_shop import listed as kit_listed

STUCK = ExceptionClass.STUCK_RESERVATION
OLD, OLDER = f"{SHOP}:A", f"{SHOP}:B"


def stuck(limit: str = "250.00", **more: Any) -> tuple[ActingWorld, Case]:
    """Twelve kettles; one order holds three of them for 20 days, one two for 25."""
    world = an_acting_world(a_policy(corrections={"four_eyes_above": limit, "queue": "finance"}, **more))
    world.judge("08:00", listed("08:00", buyable=True, tracked=True), level(7, "08:00"), counted(12, "08:00"))
    old = line("A", 3, "-20 10:00", location=RENO), line("B", 2, "-25 10:00", location=RENO)
    world.settle("09:00", counted(12, "09:00"), *old)
    return world, world.one(STUCK)


def tell(world: ActingWorld, applied: Applied, when: str) -> None:
    """What the act tells the one path, as it is recorded."""
    assert applied.facts is not None
    facts = []
    for draft in applied.facts.facts:
        assert isinstance(draft.body, LineStep)
        facts.append(
            Fact("count", draft.kind, draft.key, draft.as_of, at(when), Revision(0, at(when)), SKU, None, draft.body)  # type: ignore[arg-type]
        )
    world.settle(when, *facts)


def weighing(world: ActingWorld, case: Case, when: str) -> list[tuple[str, int]]:
    sku = world.view(case, when).sku
    assert sku is not None
    return [(one.order, one.units) for one in sku.held]


def test_released_units_can_be_sold_again_and_the_exception_ends_in_that_name() -> None:
    world, case = stuck()
    assert weighing(world, case, "09:05") == [("B", 2), ("A", 3)]
    applied = world.act(DANA, ReleaseUnits((OLD, OLDER), "the shop says they are dead"), case, "09:10")
    assert [entry.kind for entry in applied.entries] == ["taken", "units_released"]
    tell(world, applied, "09:11")
    assert weighing(world, case, "09:12") == []
    world.settle("10:00", counted(12, "10:00"))
    ended = world.newest(case)
    assert (ended.life, ended.ended_name, ended.note) == (Life.RESOLVED, "Dana", "the shop says they are dead")


def test_what_the_shop_cancelled_before_is_not_taken_off_twice_and_what_it_cancels_after_neither() -> None:
    world, case = stuck()
    world.settle("09:05", cancelled("A", 1, "09:05"))
    applied = world.act(DANA, ReleaseUnits((OLD,), "dead"), world.one(STUCK), "09:10")
    tell(world, applied, "09:11")
    assert weighing(world, case, "09:12") == [("B", 2)]
    world.settle("09:20", cancelled("A", 2, "09:20"))
    assert weighing(world, case, "09:21") == [("B", 2)]


def test_what_ships_after_all_weighs_again_until_it_is_booked() -> None:
    world, case = stuck()
    tell(world, world.act(DANA, ReleaseUnits((OLD,), "dead"), case, "09:10"), "09:11")
    world.settle("09:30", shipped("A", 3, "09:30", location=RENO))
    assert ("A", 3) in weighing(world, case, "09:31")


def test_within_ten_minutes_who_released_them_takes_it_back() -> None:
    world, case = stuck()
    tell(world, world.act(DANA, ReleaseUnits((OLD,), "dead"), case, "09:10"), "09:11")
    assert weighing(world, case, "09:12") == [("B", 2)]
    tell(world, world.act(DANA, Undo(), case, "09:15"), "09:16")
    assert weighing(world, case, "09:17") == [("B", 2), ("A", 3)]
    with pytest.raises(AlreadyHandled):
        world.act(DANA, Undo(), case, "09:18")
    again = world.act(DANA, ReleaseUnits((OLD,), "dead after all"), case, "09:20")
    tell(world, again, "09:21")
    assert weighing(world, case, "09:22") == [("B", 2)]


def test_above_the_limit_a_second_person_decides_and_nothing_moves_before() -> None:
    world, case = stuck("100.00")
    applied = world.act(DANA, ReleaseUnits((OLD,), "dead"), case, "09:10")
    assert applied.facts is None
    act = world.newest(case).newest(ActionKind.FREE)
    assert act is not None
    assert (act.state, act.figure("queue")) == (ActionState.ASKED, "finance")
    with pytest.raises(AlreadyHandled, match="It is not decided yet"):
        world.act(LEE, ReleaseUnits((OLDER,), "dead"), case, "09:11")
    with pytest.raises(NotPermitted):
        world.act(DANA, DecideCorrection(act.id, "approve"), case, "09:12")
    decided = world.act(ANA, DecideCorrection(act.id, "approve", "seen in the shop"), case, "09:15")
    tell(world, decided, "09:16")
    assert weighing(world, case, "09:17") == [("B", 2)]


def test_small_pieces_add_up_to_the_limit() -> None:
    world, case = stuck("150.00")
    tell(world, world.act(DANA, ReleaseUnits((OLD,), "dead"), case, "09:10"), "09:11")
    second = world.act(DANA, ReleaseUnits((OLDER,), "dead"), case, "09:20")
    assert second.facts is None, "123 and 82 are more than 150"


def test_a_request_is_withdrawn_and_a_no_changes_nothing() -> None:
    world, case = stuck("100.00")
    world.act(DANA, ReleaseUnits((OLD,), "dead"), case, "09:10")
    assert "release" in world.act(DANA, Withdraw(), case, "09:11").entries[-1].sentence
    world.act(DANA, ReleaseUnits((OLD,), "dead"), case, "09:12")
    act = world.newest(case).newest(ActionKind.FREE)
    assert act is not None
    refused = world.act(ANA, DecideCorrection(act.id, "reject", "it ships on Monday"), case, "09:15")
    assert refused.facts is None
    assert weighing(world, case, "09:16") == [("B", 2), ("A", 3)]


@pytest.mark.parametrize(
    ("act", "error"),
    [
        (ReleaseUnits((OLD,), " "), ReasonRequired),
        (ReleaseUnits((), "dead"), BadInput),
        (ReleaseUnits((f"{SHOP}:Z",), "dead"), AlreadyHandled),
    ],
)
def test_what_cannot_be_is_said(act: ReleaseUnits, error: type[Exception]) -> None:
    world, case = stuck()
    with pytest.raises(error):
        world.act(DANA, act, case, "09:10")


async def test_released_through_the_inbox_it_is_recorded_counted_and_proven(
    store: SqlStore, store_clock: MovableClock
) -> None:
    """The whole path on both databases: the click, the fact of the system ``count``, the slice, the proof."""
    policy = PolicyInForce(kit_rules())
    shop = KitShop(store, store_clock, policy, {KETTLE: 9})
    began = store_clock.now()
    await shop.record(kit_listed(KETTLE, began), kit_counted(KETTLE, 9, began))
    await shop.record(kit_line("1045", KETTLE, 3, began, began - timedelta(days=20)))
    await shop.settle()
    assert await shop.promised(KETTLE) == 6
    async with store.reading() as uow:
        [case] = [one for one in await uow.cases.unresolved(None, None, 10) if one.fingerprint.cls is STUCK]
    inbox = Inbox(store, policy, store_clock, {})
    desk = ActingDesk(store, store_clock, policy, inbox, case.id)
    prepared = await inbox.prepare(person(DANA), "free", case.id, case.version, {})
    assert isinstance(prepared, Prepared)
    done = await desk.act(DANA, ReleaseUnits((f"{KIT_SHOP}:1045",), "the shop says it is dead"), intent=prepared.intent)
    assert done.kind == "done", done
    await shop.settle()
    assert await shop.promised(KETTLE) == 9
    assert "units_released" in await desk.told()
    store_clock.move(timedelta(minutes=1))
    async with store.unit_of_work() as uow:
        await uow.stock.mark_due([KETTLE], store_clock.now())
    await shop.settle()
    assert (await desk.now()).life is Life.RESOLVED
