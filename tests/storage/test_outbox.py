"""Desired state: the newest wanted wins, one write per target is out, and an old epoch writes nothing."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal

from storage.engine import open_store
from storage.store import SqlStore
from sync.model.ids import SystemId
from sync.model.outbox import Lane, Priority, Target, TargetKind, TargetState
from sync.model.time import AsOf
from tests.storage.given import NOW, SHOP, a_target, later

END = later(seconds=30)
RAISES = (Priority.CORRECTION, Priority.INCREASE)


async def wanted(store: SqlStore, *targets: Target) -> None:
    async with store.unit_of_work() as uow:
        await uow.outbox.want(targets)


async def handed(
    store: SqlStore, holder: str = "one", at: float = 0, limit: int = 10
) -> tuple[Lane | None, list[Target]]:
    """Lease the lane and take what is due."""
    async with store.unit_of_work() as uow:
        lane = await uow.outbox.lease(SHOP, holder, later(seconds=at), later(seconds=at + 30))
        return lane, list(await uow.outbox.next_targets(lane, later(seconds=at), limit)) if lane else []


async def settled(store: SqlStore, target: Target) -> bool:
    async with store.unit_of_work() as uow:
        return await uow.outbox.settle(target)


async def held(store: SqlStore, key: str = "quantity:shop:1:reno") -> Target:
    async with store.reading() as uow:
        target = await uow.outbox.get(key)
    assert target is not None
    return target


def done(target: Target) -> Target:
    return replace(
        target,
        state=TargetState.IDLE,
        sent=target.wanted,
        sent_at=AsOf(NOW, later(seconds=1)),
        sent_revision=target.revision,
        confirmed=True,
        next_at=None,
        seen=target.wanted,
        seen_at=later(seconds=1),
    )


async def test_a_target_comes_back_exactly_as_it_was_wanted(store: SqlStore) -> None:
    given = a_target(doors=("d1", "d2"), risk=Decimal("0.1234567"))
    await wanted(store, given)
    assert await held(store) == given


async def test_the_newest_wanted_wins_and_what_was_sent_stays(store: SqlStore) -> None:
    await wanted(store, a_target())
    _, [target] = await handed(store)
    assert await settled(store, done(target))
    await wanted(store, a_target(wanted=2, revision=2, wanted_at=later(minutes=1), expected=4))
    now = await held(store)
    assert (now.wanted, now.revision, now.expected, now.state) == (2, 2, 4, TargetState.DUE)
    assert (now.sent, now.sent_revision, now.confirmed, now.seen) == (4, 1, True, 4)


async def test_targets_are_handed_out_most_urgent_first(store: SqlStore) -> None:
    targets = [
        a_target("raise", priority=Priority.INCREASE, risk=Decimal(900)),
        a_target("small", risk=Decimal("9.5")),
        a_target("big", risk=Decimal("10.5")),
        a_target("stop", priority=Priority.STOP, risk=Decimal(1)),
        a_target("first", risk=Decimal("9.5"), wanted_at=later(minutes=-1)),
        a_target("not yet", priority=Priority.STOP, next_at=later(minutes=5)),
        a_target("done", state=TargetState.IDLE),
        a_target("elsewhere", lane=SystemId("other")),
    ]
    await wanted(store, *targets)
    async with store.unit_of_work() as uow:
        lane = await uow.outbox.lease(SHOP, "one", NOW, END)
        assert lane is not None
        lowering = await uow.outbox.next_targets(lane, NOW, 3, RAISES)
        assert [one.key for one in lowering] == ["stop", "big", "first"]
        assert [one.key for one in await uow.outbox.next_targets(lane, NOW, 10, RAISES)] == ["small"]
        assert [one.key for one in await uow.outbox.next_targets(lane, NOW, 10)] == ["raise"]
        assert await uow.outbox.next_targets(lane, NOW, 10) == []
        assert {(one.state, one.epoch) for one in lowering} == {(TargetState.IN_FLIGHT, lane.epoch)}


async def test_a_lane_has_one_holder_and_each_new_one_a_new_epoch(store: SqlStore) -> None:
    async with store.unit_of_work() as uow:
        first = await uow.outbox.lease(SHOP, "one", NOW, END)
        again = await uow.outbox.lease(SHOP, "one", later(seconds=20), later(seconds=50))
        assert await uow.outbox.lease(SHOP, "two", later(seconds=40), later(seconds=70)) is None
        taken = await uow.outbox.lease(SHOP, "two", later(seconds=50), later(seconds=80))
        assert await uow.outbox.lease(SHOP, "one", later(seconds=60), later(seconds=90)) is None
        assert first is not None
        assert again is not None
        assert taken is not None
        assert (first.epoch, again.epoch, taken.epoch) == (1, 1, 2)
        assert await uow.outbox.save_lane(again) is False, "its lease was lost"
        assert await uow.outbox.save_lane(replace(taken, budget=40.5, refill_per_second=50.0, fault="permission"))
        [lane] = await uow.outbox.lanes()
    assert (lane.holder, lane.epoch, lane.budget, lane.fault) == ("two", 2, 40.5, "permission")


async def test_of_two_processes_one_leases_the_lane(store: SqlStore, other_store: SqlStore) -> None:
    async def lease(one: SqlStore, holder: str) -> bool:
        async with one.unit_of_work() as uow:
            return await uow.outbox.lease(SHOP, holder, NOW, END) is not None

    assert sorted(await asyncio.gather(lease(store, "one"), lease(other_store, "two"))) == [False, True]


async def test_one_target_is_never_handed_to_two(postgres_store: SqlStore, pg_url: str) -> None:
    await wanted(postgres_store, *(a_target(f"t{number:02d}") for number in range(20)))
    other = await open_store(pg_url)
    async with postgres_store.unit_of_work() as uow:
        lane = await uow.outbox.lease(SHOP, "one", NOW, END)
    assert lane is not None
    async with postgres_store.unit_of_work() as first, other.unit_of_work() as second:
        some = await first.outbox.next_targets(lane, NOW, 8)
        rest = await second.outbox.next_targets(lane, NOW, 20)
    assert sorted(one.key for one in (*some, *rest)) == [f"t{number:02d}" for number in range(20)]
    await other.close()


async def test_f73_an_outcome_under_an_old_epoch_writes_nothing(store: SqlStore) -> None:
    await wanted(store, a_target())
    _, [mine] = await handed(store, "one")
    lane, [theirs] = await handed(store, "two", at=31)
    assert lane is not None
    assert (theirs.key, theirs.revision, theirs.epoch) == (mine.key, mine.revision, mine.epoch + 1)
    assert await settled(store, done(mine)) is False
    assert (await held(store)).sent is None
    assert await settled(store, done(theirs)) is True
    assert (await held(store)).sent == 4


async def test_an_outcome_is_refused_as_soon_as_another_holds_the_lane(store: SqlStore) -> None:
    await wanted(store, a_target())
    _, [mine] = await handed(store, "one")
    async with store.unit_of_work() as uow:
        assert await uow.outbox.lease(SHOP, "two", later(seconds=31), later(seconds=61))
    assert await settled(store, done(mine)) is False


async def test_an_outcome_is_written_once(store: SqlStore) -> None:
    await wanted(store, a_target())
    _, [target] = await handed(store)
    assert await settled(store, done(target)) is True
    assert await settled(store, done(target)) is False


async def test_what_was_left_in_flight_is_handed_out_after_its_lease(store: SqlStore) -> None:
    await wanted(store, a_target())
    _, [target] = await handed(store)
    assert (await handed(store, at=10))[1] == [], "one write is out"
    async with store.reading() as uow:
        assert await uow.outbox.due_lanes(later(seconds=29)) == []
        assert await uow.outbox.due_lanes(later(seconds=30)) == [SHOP]
    _, [again] = await handed(store, at=41)
    assert (again.key, again.revision) == (target.key, target.revision)
    assert (target.attempts, again.attempts) == (0, 1), "nobody knows what came of the first try"


async def test_a_holder_that_leaves_gives_its_lane_and_what_it_had_out_to_the_next_at_once(store: SqlStore) -> None:
    await wanted(store, a_target())
    first, [target] = await handed(store)

    async with store.unit_of_work() as uow:
        await uow.outbox.leave("two", later(seconds=1))
    assert (await handed(store, "two", at=2))[0] is None, "another's leaving ends nobody's lease"
    async with store.unit_of_work() as uow:
        await uow.outbox.leave("one", later(seconds=3))

    second, [again] = await handed(store, "two", at=4)
    assert first is not None
    assert second is not None
    assert second.epoch == first.epoch + 1
    assert (again.key, again.revision) == (target.key, target.revision)
    assert not await settled(store, done(target)), "what the first one still says is refused"


async def test_wanted_anew_while_in_flight_goes_out_after_the_outcome(store: SqlStore) -> None:
    await wanted(store, a_target())
    _, [target] = await handed(store)
    await wanted(store, a_target(wanted=1, revision=2, wanted_at=later(seconds=5), next_at=later(seconds=5)))
    assert (await held(store)).state is TargetState.IN_FLIGHT
    assert (await handed(store, at=6))[1] == []
    assert await settled(store, done(target))
    now = await held(store)
    assert (now.wanted, now.revision, now.state, now.sent, now.sent_revision) == (1, 2, TargetState.DUE, 4, 1)
    assert [one.wanted for one in (await handed(store, at=6))[1]] == [1]


async def test_a_lost_race_does_not_hide_what_is_wanted_anew(store: SqlStore) -> None:
    await wanted(store, a_target())
    _, [target] = await handed(store)
    await wanted(store, a_target(wanted=1, revision=2, wanted_at=later(seconds=5), expected=8))
    lost = replace(target, state=TargetState.DUE, revision=target.revision + 1, expected=7, fault="stale_guard")
    assert await settled(store, lost)
    now = await held(store)
    assert (now.wanted, now.expected, now.revision, now.state) == (1, 8, 2, TargetState.DUE)


async def test_doors_found_open_by_a_pause_are_kept_for_a_resume_wanted_meanwhile(store: SqlStore) -> None:
    pause = a_target("doors:shop:1", wanted=0, kind=TargetKind.DOORS, location=None, priority=Priority.STOP)
    await wanted(store, pause)
    _, [target] = await handed(store)
    await wanted(store, replace(pause, wanted=1, revision=2, wanted_at=later(seconds=5)))
    assert await settled(store, replace(done(target), doors=("d1", "d2")))
    assert (await held(store, "doors:shop:1")).doors == ("d1", "d2")


async def test_what_keeps_failing_keeps_its_fault_until_it_is_mended(store: SqlStore) -> None:
    await wanted(store, a_target())
    _, [target] = await handed(store)
    failed = replace(target, state=TargetState.FAILED, attempts=6, fault="value", fault_text="no", failing_since=NOW)
    assert await settled(store, failed)
    async with store.unit_of_work() as uow:
        assert await uow.outbox.due_lanes(later(hours=1)) == []
        await uow.outbox.retry([target.key, "unknown"], later(minutes=1))
    again = await held(store)
    assert (again.state, again.attempts, again.next_at) == (TargetState.DUE, 0, later(minutes=1))
    assert again.revision == target.revision + 1, "the same key would only repeat the platform's answer"
    assert (again.fault, again.failing_since) == ("value", NOW)


async def test_what_was_handed_out_but_not_sent_is_due_again(store: SqlStore) -> None:
    await wanted(store, a_target("a"), a_target("b"))
    _, both = await handed(store)
    async with store.unit_of_work() as uow:
        await uow.outbox.release(both[1:])
        await uow.outbox.release([replace(both[0], epoch=9)])
    assert [one.key for one in (await handed(store))[1]] == ["b"]


async def test_a_read_back_is_noted(store: SqlStore) -> None:
    await wanted(store, a_target())
    async with store.unit_of_work() as uow:
        await uow.outbox.saw("quantity:shop:1:reno", 3, NOW)
    now = await held(store)
    assert (now.seen, now.seen_at, now.state) == (3, NOW, TargetState.DUE)


async def test_the_picture_of_a_system_says_what_waits(store: SqlStore) -> None:
    await wanted(
        store, a_target("a", wanted_at=later(minutes=-9)), a_target("b"), a_target("c", state=TargetState.IDLE)
    )
    lane, _ = await handed(store, limit=1)
    async with store.unit_of_work() as uow:
        await uow.systems.ensure([SHOP], NOW)
        picture = (await uow.systems.load([SHOP]))[SHOP]
    assert (picture.waiting, picture.oldest_waiting, picture.lane) == (2, later(minutes=-9), lane)
