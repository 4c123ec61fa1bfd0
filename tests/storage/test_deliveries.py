"""Deliveries are recorded once by their key at their door; what they held lies encrypted."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag
from sqlalchemy import delete, func, select, update

from storage.sealed import new_key, seal, unseal
from storage.store import SqlStore
from storage.tables.deliveries import deliveries, raw_keys
from sync.errors import AlreadyHandled
from sync.ports import DeliveryState
from tests.databases import MovableClock
from tests.storage.given import NOW, SHOP, WMS, a_delivery, a_problem, later


async def test_a_delivery_that_comes_again_is_counted_not_stored(store: SqlStore) -> None:
    async with store.unit_of_work() as uow:
        [first] = await uow.ledger.record_deliveries([a_delivery()])
    async with store.unit_of_work() as uow:
        [again] = await uow.ledger.record_deliveries([a_delivery(received_at=later(hours=1))])
    assert (first.new, first.repeats, again.new, again.repeats, again.id) == (True, 0, False, 1, first.id)


async def test_repeats_within_one_call_are_counted_and_told_apart(store: SqlStore) -> None:
    async with store.unit_of_work() as uow:
        given = [a_delivery("b"), a_delivery("a"), a_delivery("b"), a_delivery("b", door="poll"), a_delivery("b", SHOP)]
        told = await uow.ledger.record_deliveries(given)
        totals = await uow.views.totals()
    assert [one.new for one in told] == [True, True, False, True, True]
    assert [one.repeats for one in told] == [1, 0, 1, 0, 0]
    assert told[0].id == told[2].id
    assert len({one.id for one in told}) == 4
    assert totals["deliveries"] == 0, "totals are added when the unit of work commits"
    async with store.reading() as uow:
        totals = await uow.views.totals()
    assert (totals["deliveries"], totals["repeats"]) == (4, 1)


async def test_two_processes_record_the_same_deliveries_once(store: SqlStore, other_store: SqlStore) -> None:
    keys = [f"d{number}" for number in range(200)]

    async def record(into: SqlStore, order: list[str]) -> int:
        async with into.unit_of_work() as uow:
            return sum(one.new for one in await uow.ledger.record_deliveries([a_delivery(key) for key in order]))

    new = await asyncio.gather(record(store, keys), record(other_store, keys[::-1]))
    assert sum(new) == 200
    async with store.reading() as uow:
        assert (await uow.link.execute(select(func.count(), func.sum(deliveries.c.repeats)))).one() == (200, 200)


async def test_the_bytes_come_back_until_their_key_is_dropped(store: SqlStore) -> None:
    async with store.unit_of_work() as uow:
        [one] = await uow.ledger.record_deliveries([a_delivery(body=b'{"customer": "Wilhelmina Q"}')])
    async with store.reading() as uow:
        assert await uow.ledger.raw(one.id) == b'{"customer": "Wilhelmina Q"}'
    async with store.unit_of_work() as uow:
        await uow.link.execute(delete(raw_keys).where(raw_keys.c.delivery == one.id))
        assert await uow.ledger.raw(one.id) is None


async def test_a_swapped_key_opens_nothing(store: SqlStore) -> None:
    async with store.unit_of_work() as uow:
        [one] = await uow.ledger.record_deliveries([a_delivery()])
        await uow.link.execute(update(raw_keys).values(key=new_key()))
        with pytest.raises(InvalidTag):
            await uow.ledger.raw(one.id)


def test_bytes_sealed_for_one_purpose_do_not_open_for_another() -> None:
    key = new_key()
    with pytest.raises(InvalidTag):
        unseal(key, seal(key, b"a row", "row"), "raw")


async def test_no_file_of_the_database_holds_a_customers_name(sqlite_store: SqlStore) -> None:
    name = b"Wilhelmina Quartermaine"
    body = b'{"order": 1001, "customer": "' + name + b'"}'
    async with sqlite_store.unit_of_work() as uow:
        given = a_delivery(body=body, problems=(a_problem(row=f"1001;{name.decode()};five"),))
        await uow.ledger.record_deliveries([given])
    path = Path(sqlite_store.database)
    held = b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*"))
    assert b"five" in held, "the reason of the problem is there to be found"
    assert name not in held
    assert b"Wilhelmina" not in held


async def test_problems_are_told_newest_first_with_their_row(store: SqlStore) -> None:
    async with store.unit_of_work() as uow:
        old = a_delivery("old", problems=(a_problem("1;x"), a_problem("2;y", "line 18")))
        new = a_delivery("new", problems=(a_problem("3;z"),), received_at=later(minutes=1))
        await uow.ledger.record_deliveries([old, new])
        await uow.ledger.record_deliveries([old])
    async with store.reading() as uow:
        told = await uow.views.problems(WMS)
    assert [(received, where, row) for received, where, _, row in told] == [
        (later(minutes=1), "line 17", "3;z"),
        (NOW, "line 17", "1;x"),
        (NOW, "line 18", "2;y"),
    ]


async def test_a_system_is_as_fresh_as_the_newest_content_it_recorded(store: SqlStore) -> None:
    async with store.unit_of_work() as uow:
        await uow.systems.ensure([WMS], NOW)
        await uow.ledger.record_deliveries(
            [
                a_delivery("new", content_at=later(minutes=-5), received_at=later(minutes=2)),
                a_delivery("old", content_at=later(days=-1), received_at=later(minutes=1)),
                a_delivery("held", content_at=NOW, state=DeliveryState.HELD, received_at=later(minutes=9)),
            ]
        )
        await uow.ledger.record_deliveries([a_delivery("old", received_at=later(minutes=7))])
        picture = (await uow.systems.load([WMS]))[WMS]
    assert picture.content_at == later(minutes=-5)
    assert picture.heard_at == later(minutes=7), "a repeat says that it is alive; a held delivery is no good one"


async def test_the_figures_of_the_last_reading_are_kept(store: SqlStore) -> None:
    async with store.unit_of_work() as uow:
        assert await uow.ledger.last_figures(WMS) is None
        await uow.ledger.save_figures(WMS, 10, 2, 340)
        await uow.ledger.save_figures(WMS, 12, 0, 350)
        assert await uow.ledger.last_figures(WMS) == (12, 0, 350)


async def test_an_idempotency_key_is_answered_once_for_seven_days(store: SqlStore, store_clock: MovableClock) -> None:
    async with store.unit_of_work() as uow:
        await uow.ledger.remember("wms", "k1", "print", 200, "application/json", b"\x00{}")
        assert await uow.ledger.remembered("wms", "k1") == ("print", 200, "application/json", b"\x00{}", NOW)
        assert await uow.ledger.remembered("wms", "k2") is None
    store_clock.move(timedelta(days=6))
    with pytest.raises(AlreadyHandled, match="k1"):
        async with store.unit_of_work() as uow:
            await uow.ledger.remember("wms", "k1", "other", 200, "application/json", b"")
    store_clock.move(timedelta(days=1))
    async with store.unit_of_work() as uow:
        await uow.ledger.remember("wms", "k1", "other", 201, "application/json", b"")
        assert await uow.ledger.remembered("wms", "k1") == ("other", 201, "application/json", b"", later(days=7))


async def test_of_two_requests_with_one_key_at_once_one_is_refused(store: SqlStore, other_store: SqlStore) -> None:
    async def remember(into: SqlStore) -> str:
        try:
            async with into.unit_of_work() as uow:
                await uow.ledger.remember("wms", "k1", "print", 200, "application/json", b"{}")
        except AlreadyHandled:
            return "refused"
        return "stored"

    assert sorted(await asyncio.gather(remember(store), remember(other_store))) == ["refused", "stored"]
