"""What a webhook alone costs in trips to the database: recording is as quick as it is because they are few."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import event
from sqlalchemy.exc import IntegrityError

from storage.repositories.deliveries import SMALL
from storage.sqlite_driver import WholeConnection
from storage.store import SqlStore
from storage.tables.deliveries import deliveries
from storage.talk import Each, Talk, talk
from sync.connectors.base import Problem
from sync.model.facts import ItemRef
from tests.storage.given import NOW, SHOP, WMS, a_delivery, a_fact, given_skus, sku


@pytest.fixture
def trips(store: SqlStore, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """One entry for each trip."""
    if store.postgres:
        taken: list[str] = []
        engine = store._databases.writer.sync_engine
        event.listen(engine, "before_cursor_execute", lambda _c, _u, text, *_rest: taken.append(text))
        return taken
    return trips_to_the_thread(monkeypatch)


def trips_to_the_thread(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    taken: list[str] = []
    in_thread = WholeConnection.in_thread

    async def counted(self: WholeConnection, *arguments: object) -> object:
        taken.append(str(arguments[0]))
        return await in_thread(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(WholeConnection, "in_thread", counted)
    return taken


async def test_a_delivery_with_its_key_and_bytes_is_one_trip(store: SqlStore, trips: list[str]) -> None:
    async with store.unit_of_work() as uow:
        trips.clear()
        [recorded] = await uow.ledger.record_deliveries([a_delivery(body=b"what they sent")])
        assert len(trips) == 1
        assert await uow.ledger.raw(recorded.id) == b"what they sent"


async def test_facts_with_their_keys_their_fold_and_their_mark_are_one_trip(store: SqlStore, trips: list[str]) -> None:
    await given_skus(store, sku(1), sku(2))
    given = [a_fact(), a_fact("f2", sku(2)), a_fact("f3", None)]
    async with store.unit_of_work() as uow:
        trips.clear()
        outcomes = await uow.ledger.record_facts(given, NOW)
        assert len(trips) == 1
        assert [one.value for one in outcomes] == ["recorded", "recorded", "kept"]
        again = await uow.ledger.record_facts(given, NOW)
        assert len(trips) == 2
        assert {one.value for one in again} == {"duplicate"}
    async with store.unit_of_work() as uow:
        assert (await uow.stock.claim(NOW, 10)).skus == (sku(1), sku(2))
        wholes = await uow.stock.load([sku(1), sku(2)], NOW)
        assert [len(wholes[one].fresh) for one in (sku(1), sku(2))] == [1, 1]


async def test_what_names_mean_is_one_trip(store: SqlStore, trips: list[str]) -> None:
    await given_skus(store, sku(1))
    async with store.unit_of_work() as uow:
        trips.clear()
        naming = await uow.catalogue.naming(SHOP, [ItemRef("sku", sku(1)), ItemRef("sku", "nobody's")])
        assert len(trips) == 1
    assert (naming.known, naming.turned, naming.kits) == ({ItemRef("sku", sku(1)): sku(1)}, frozenset(), frozenset())


async def test_a_transaction_begins_and_ends_on_trips_that_are_made_anyway(
    sqlite_store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with sqlite_store.unit_of_work() as uow, sqlite_store.reading() as reading:
        assert not (await uow.stock.claim(NOW, 10)).skus
        assert not await reading.outbox.due_lanes(NOW)
    taken = trips_to_the_thread(monkeypatch)
    async with sqlite_store.unit_of_work() as uow:
        await uow.ledger.record_deliveries([a_delivery()])
    assert len(taken) == 2, "the delivery; its count and the commit"
    taken.clear()
    async with sqlite_store.unit_of_work() as uow:
        await uow.stock.claim(NOW, 10)
    assert len(taken) == 2, "the claim; the commit"
    taken.clear()
    async with sqlite_store.unit_of_work(), sqlite_store.reading():
        pass
    assert taken == []


async def test_what_is_given_up_in_the_middle_is_undone(store: SqlStore) -> None:
    async def given_up() -> None:
        async with store.unit_of_work() as uow:
            recording = asyncio.ensure_future(uow.ledger.record_deliveries([a_delivery()]))
            await asyncio.sleep(0)
            recording.cancel()
            await recording

    with pytest.raises(asyncio.CancelledError):
        await given_up()
    async with store.unit_of_work() as uow:
        [recorded] = await uow.ledger.record_deliveries([a_delivery()])
    assert recorded.new


@pytest.mark.parametrize("size", [10, SMALL + 1], ids=["small", "large"])
async def test_bytes_of_any_size_and_the_rows_they_hold_come_back(store: SqlStore, size: int) -> None:
    body, problem = b"x" * size, Problem("line 2", "no number", row="KTL,five")
    async with store.unit_of_work() as uow:
        first, again = await uow.ledger.record_deliveries([a_delivery(body=body, problems=(problem,))] * 2)
    assert (first.new, again.new, again.repeats) == (True, False, 1)
    async with store.reading() as uow:
        assert await uow.ledger.raw(first.id) == body
        [told] = await uow.views.problems(WMS)
    assert told[1:] == ("line 2", "no number", "KTL,five")


async def test_what_breaks_in_a_talk_is_raised_as_everywhere_else(store: SqlStore) -> None:
    def nothing_but_a_number() -> Talk[None]:
        yield Each(deliveries, ("id",), [(1,)])

    with pytest.raises(IntegrityError):
        async with store.unit_of_work() as uow:
            await talk(uow.link, nothing_but_a_number())
