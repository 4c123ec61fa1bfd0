"""Exceptions: at most one unresolved per fingerprint, and every change of one under compare-and-set."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from storage.store import SqlStore
from sync.errors import AlreadyHandled
from sync.model.exceptions import Action, ActionKind, ActionState, Case, Life, Risk
from sync.model.ids import ExceptionId, LocationId, QueueId, UserId
from sync.model.money import Money
from sync.model.picture import Suspicion
from tests.databases import MovableClock
from tests.storage.given import (
    DANA,
    LEE,
    MARKETPLACES,
    NOW,
    ONE,
    RENO,
    SHOP,
    a_case,
    a_correction,
    a_finding,
    later,
    sku,
)


async def opened(store: SqlStore, *cases: Case) -> list[Case]:
    async with store.unit_of_work() as uow:
        return list(await uow.cases.open(cases))


async def saved(store: SqlStore, *cases: Case) -> None:
    async with store.unit_of_work() as uow:
        await uow.cases.save(cases)


async def test_a_case_comes_back_exactly_as_it_was_opened(store: SqlStore) -> None:
    given = a_case(actions=(a_correction(), a_correction(at=later(minutes=1))))
    [case] = await opened(store, given)
    async with store.reading() as uow:
        assert await uow.cases.get(case.id) == case
        assert await uow.cases.by_action(case.actions[1].id) == case
        assert await uow.cases.get(ExceptionId(99)) is None
        assert await uow.cases.by_action(99) is None
    bare = tuple(replace(act, id=0) for act in case.actions)
    assert replace(case, id=ExceptionId(0), actions=bare) == given
    assert [act.id for act in case.actions] == sorted({act.id for act in case.actions})


async def test_cases_are_returned_in_the_order_given(store: SqlStore) -> None:
    cases = await opened(store, a_case(sku(3)), a_case(sku(1)), a_case(sku(2)))
    assert [case.fingerprint.sku for case in cases] == [sku(3), sku(1), sku(2)]
    assert len({case.id for case in cases}) == 3


async def test_a_second_unresolved_case_of_one_fingerprint_is_refused(store: SqlStore) -> None:
    [case] = await opened(store, a_case())
    with pytest.raises(AlreadyHandled, match="exposure_mismatch"):
        await opened(store, a_case(sku(2)), a_case())
    async with store.reading() as uow:
        assert await uow.cases.for_sku(sku(2)) == [], "the whole call fell"
    await saved(store, replace(case, version=2, life=Life.CLEARED, ended_at=NOW))
    [again] = await opened(store, a_case(previous=case.id))
    assert again.previous == case.id


async def test_a_fingerprint_given_twice_in_one_call_is_refused(store: SqlStore) -> None:
    with pytest.raises(AlreadyHandled, match="twice"):
        await opened(store, a_case(), a_case())


async def test_of_two_processes_that_open_one_fingerprint_one_wins(store: SqlStore, other_store: SqlStore) -> None:
    async def open_in(one: SqlStore) -> str:
        try:
            await opened(one, a_case())
        except AlreadyHandled:
            return "refused"
        return "opened"

    assert sorted(await asyncio.gather(open_in(store), open_in(other_store))) == ["opened", "refused"]


async def test_of_two_clicks_at_once_one_wins_and_the_other_is_told(store: SqlStore, other_store: SqlStore) -> None:
    [case] = await opened(store, a_case())

    async def take(one: SqlStore, user: UserId) -> str:
        owned = replace(case, version=2, life=Life.OWNED, owner=user, owner_name=user)
        try:
            await saved(one, owned)
        except AlreadyHandled as error:
            return str(error)
        return "owns it"

    told, won = sorted(await asyncio.gather(take(store, DANA), take(other_store, LEE)))
    assert won == "owns it"
    assert told == f"{case.name} changed meanwhile; look at it again and decide anew."


async def test_a_stale_version_writes_nothing_of_the_call(store: SqlStore) -> None:
    first, second = await opened(store, a_case(), a_case(sku(2)))
    with pytest.raises(AlreadyHandled, match=second.name):
        await saved(store, replace(first, version=2, delta=1), replace(second, version=3))
    async with store.reading() as uow:
        assert await uow.cases.get(first.id) == first


async def test_acts_are_added_and_changed_with_their_case(store: SqlStore) -> None:
    [case] = await opened(store, a_case())
    pause = Action(0, ActionKind.PAUSE, ActionState.WANTED, DANA, "Dana", NOW, "recount first")
    await saved(store, replace(case, version=2, actions=(pause,)))
    async with store.reading() as uow:
        held = await uow.cases.get(case.id)
    assert held is not None
    assert held.stopped
    done = replace(held.actions[0], state=ActionState.SEEN, result="verified", settled_at=later(minutes=1))
    await saved(store, replace(held, version=3, actions=(done, a_correction())))
    async with store.reading() as uow:
        held = await uow.cases.get(case.id)
    assert held is not None
    assert [(act.kind, act.state) for act in held.actions] == [
        (ActionKind.PAUSE, ActionState.SEEN),
        (ActionKind.CORRECTION, ActionState.ASKED),
    ]


async def test_a_reading_for_change_is_waited_for(store: SqlStore, other_store: SqlStore) -> None:
    [case] = await opened(store, a_case())

    async def second() -> int:
        async with other_store.unit_of_work() as uow:
            held = await uow.cases.get(case.id, lock=True)
            assert held is not None
            return held.version

    async with store.unit_of_work() as uow:
        await uow.cases.get(case.id, lock=True)
        waiting = asyncio.create_task(second())
        done, _ = await asyncio.wait([waiting], timeout=0.2)
        assert not done
        await uow.cases.save([replace(case, version=2)])
    assert await waiting == 2


async def test_suspicions_are_replaced_and_dropped_by_fingerprint(store: SqlStore) -> None:
    first, second = a_finding(), a_finding(detail="other")
    async with store.unit_of_work() as uow:
        await uow.cases.save_suspicions([Suspicion(first, NOW), Suspicion(second, NOW)], [])
        newer = Suspicion(replace(first, delta=9), later(minutes=1))
        await uow.cases.save_suspicions([newer], [second.fingerprint])
        assert (await uow.stock.load([ONE], NOW))[ONE].suspicions == (newer,)


async def test_the_newest_ended_case_of_a_fingerprint_is_read_with_the_slice(store: SqlStore) -> None:
    [old] = await opened(store, a_case())
    await saved(store, replace(old, version=2, life=Life.RESOLVED, ended_at=later(days=-9), ended_by=DANA))
    [new] = await opened(store, a_case())
    await saved(store, replace(new, version=2, life=Life.CLEARED, ended_at=NOW))
    [standing] = await opened(store, a_case(detail="other"))
    async with store.reading() as uow:
        cases = (await uow.stock.load([ONE], NOW))[ONE].cases
    assert [case.id for case in cases] == [new.id, standing.id]


def worth(per_hour: str) -> Risk:
    return Risk(Money(Decimal(per_hour) * 2, "USD"), (), Decimal(per_hour))


async def test_unresolved_cases_come_late_first_then_most_money(store: SqlStore, store_clock: MovableClock) -> None:
    small, big, late, other, ended = await opened(
        store,
        a_case(sku(1), risk=worth("9.9")),
        a_case(sku(2), risk=worth("10"), owner=DANA, life=Life.OWNED),
        a_case(sku(3), risk=worth("1"), assign_by=later(minutes=1)),
        a_case(sku(4), risk=worth("5"), queue=QueueId("warehouse")),
        a_case(sku(5), risk=worth("99")),
    )
    await saved(store, replace(ended, version=2, life=Life.CLEARED, ended_at=NOW))
    store_clock.move(timedelta(minutes=2))
    async with store.reading() as uow:
        assert [case.id for case in await uow.cases.unresolved()] == [late.id, big.id, small.id, other.id]
        assert [case.id for case in await uow.cases.unresolved(MARKETPLACES, limit=2)] == [late.id, big.id]
        assert [case.id for case in await uow.cases.unresolved(owner=DANA)] == [big.id]
        assert [case.id for case in await uow.cases.for_sku(sku(4))] == [other.id]
        assert await uow.cases.counts() == {
            MARKETPLACES: (3, 1, Decimal("41.8")),
            QueueId("warehouse"): (1, 0, Decimal("10")),
        }


async def test_a_persons_corrections_of_a_place_are_summed_over_a_day(store: SqlStore) -> None:
    day = later(hours=-24)
    await opened(
        store,
        a_case(
            actions=(
                a_correction(DANA, "100.25"),
                a_correction(LEE, "-40", contributors=(LEE, DANA)),
                a_correction(LEE, "7"),
                a_correction(DANA, "1000", at=later(hours=-25)),
                a_correction(DANA, "1000", state=ActionState.REFUSED),
                a_correction(DANA, "1000", location=LocationId("york")),
            )
        ),
        a_case(sku(2), actions=(a_correction(DANA, "1000"),)),
    )
    async with store.reading() as uow:
        assert await uow.cases.correction_value([DANA], ONE, RENO, day) == Decimal("140.25")
        assert await uow.cases.correction_value([DANA, LEE], ONE, RENO, day) == Decimal("147.25")


async def test_approvals_that_wait_and_who_has_most_are_found(store: SqlStore) -> None:
    waiting = a_correction(DANA, "100", state=ActionState.ASKED)
    await opened(
        store,
        a_case(actions=(waiting,), owner=DANA, owner_name="Dana"),
        a_case(sku(2), actions=(a_correction(DANA, "100", state=ActionState.REFUSED),), owner=DANA, owner_name="Dana"),
        a_case(sku(3), owner=LEE, owner_name="Lee"),
        a_case(sku(4)),
    )
    async with store.reading() as uow:
        assert [case.fingerprint.sku for case in await uow.cases.asked()] == [ONE]
        assert list((await uow.cases.busiest()).values()) == [(DANA, 2)]


async def test_cases_of_a_system_are_read_with_its_picture(store: SqlStore) -> None:
    [case] = await opened(store, a_case(None, systems=(SHOP,), detail="unmapped"))
    async with store.unit_of_work() as uow:
        await uow.systems.ensure([SHOP], NOW)
        finding = a_finding(None, detail="settling")
        await uow.cases.save_suspicions([Suspicion(finding, NOW)], [])
        picture = (await uow.systems.load([SHOP]))[SHOP]
    assert picture.cases == (case,)
    assert [one.finding for one in picture.suspicions] == [finding]
