"""Readings are shared: one process reads, all know how far, and a restore forgets it."""

from __future__ import annotations

from datetime import datetime

from storage.restored import settle_restored
from storage.store import SqlStore
from sync.model.ids import SystemId
from sync.model.outbox import Priority
from sync.model.reading import Reading
from tests.storage.given import NOW, SHOP, a_target, later, sku

FRESH = Reading(SHOP)


async def begin(store: SqlStore, reader: str, now: datetime = NOW, until: datetime | None = None) -> bool:
    async with store.unit_of_work() as uow:
        return await uow.systems.begin_reading(SHOP, reader, now, until or later(minutes=2))


async def end(store: SqlStore, reader: str, began: datetime | None, *, full: bool = True) -> bool:
    async with store.unit_of_work() as uow:
        return await uow.systems.end_reading(SHOP, reader, began, full=full)


async def reading(store: SqlStore) -> Reading:
    async with store.reading() as uow:
        return (await uow.systems.readings())[SHOP]


async def test_a_system_that_can_be_read_is_expected_once(store: SqlStore) -> None:
    async with store.unit_of_work() as uow:
        await uow.systems.expect_readings([SHOP, SystemId("other")])
    await begin(store, "one")
    assert await end(store, "one", NOW)
    async with store.unit_of_work() as uow:
        await uow.systems.expect_readings([SHOP])
    assert await reading(store) == Reading(SHOP, NOW, NOW)


async def test_one_process_reads_and_another_takes_over_when_its_claim_ends(store: SqlStore) -> None:
    assert await begin(store, "one")
    assert not await begin(store, "two")
    assert await begin(store, "one", until=later(minutes=3)), "it goes on"
    assert await begin(store, "two", now=later(minutes=3), until=later(minutes=5))
    assert not await end(store, "one", NOW), "what it read counts no more"
    assert await reading(store) == FRESH
    assert await end(store, "two", later(minutes=3))
    assert await begin(store, "one", now=later(minutes=3))


async def test_a_reading_that_failed_moves_nothing_and_an_older_one_never_back(store: SqlStore) -> None:
    await begin(store, "one")
    assert await end(store, "one", None)
    assert await reading(store) == FRESH
    await begin(store, "one")
    await end(store, "one", NOW)
    await begin(store, "one")
    await end(store, "one", later(minutes=-5), full=False)
    assert await reading(store) == Reading(SHOP, NOW, NOW)


async def test_a_restore_is_answered_by_a_full_reading_alone(store: SqlStore) -> None:
    await begin(store, "one")
    await end(store, "one", NOW)
    async with store.unit_of_work() as uow:
        await settle_restored(uow.link, NOW)
    assert (await reading(store)).restored
    await begin(store, "one")
    await end(store, "one", later(minutes=1), full=False)
    assert (await reading(store)).restored
    await begin(store, "one")
    await end(store, "one", later(minutes=2))
    assert await reading(store) == Reading(SHOP, later(minutes=2), later(minutes=2))


async def test_a_raise_waits_while_facts_of_its_sku_are_undecided(store: SqlStore) -> None:
    async with store.unit_of_work() as uow:
        await uow.outbox.want([a_target("raise", priority=Priority.INCREASE), a_target("lower", sku=sku(2))])
        await uow.stock.mark_due([a_target().sku, sku(2)], NOW)
        await uow.stock.mark_due([sku(3)], later(hours=1))
    async with store.unit_of_work() as uow:
        lane = await uow.outbox.lease(SHOP, "one", NOW, later(seconds=30))
        assert lane is not None
        assert [one.key for one in await uow.outbox.next_targets(lane, NOW, 10)] == ["lower"]
        claim = await uow.stock.claim(NOW, 10)
        await uow.stock.finish(claim, {}, NOW)
        assert [one.key for one in await uow.outbox.next_targets(lane, NOW, 10)] == ["raise"]
