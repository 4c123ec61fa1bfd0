"""The ledger's months on PostgreSQL: made ahead, filled from what came before them, and gone whole after a closing."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, select, text

from storage.closing import close_period
from storage.engine import open_store
from storage.migrations.migrate import migrate
from storage.partitions import OTHER, make_room, month_of, partitions
from storage.store import SqlStore
from storage.tables.columns import to_micros
from storage.tables.facts import facts
from sync.model.facts import Count
from sync.path.decider import Decider
from sync.policy.holder import PolicyInForce
from sync.ports import FactOutcome, NewFact
from tests.databases import MovableClock
from tests.shop_rules import rules
from tests.storage.given import ONE, a_fact, given_skus
from tests.storage.test_migrations import differences, drop_everything

pytestmark = pytest.mark.postgres

LATER = datetime(2031, 7, 9, 8, 0, tzinfo=UTC)
"""After every month that a new database has."""


async def months(store: SqlStore) -> dict[str, int | None]:
    async with store.reading() as uow:
        return await partitions(uow.link)


async def lying_in(store: SqlStore, partition: str) -> list[str]:
    async with store.reading() as uow:
        return list((await uow.link.execute(text(f"SELECT key FROM {partition} ORDER BY id"))).scalars())


async def recorded(store: SqlStore, *given: NewFact) -> list[FactOutcome]:
    async with store.unit_of_work() as uow:
        return list(await uow.ledger.record_facts(given))


def count_at(key: str, at: datetime, units: int = 5) -> NewFact:
    return a_fact(key, body=Count(on_hand=units), received_at=at, of=ONE)


def test_a_month_follows_december() -> None:
    assert month_of(datetime(2026, 12, 31, 23, 59, tzinfo=UTC), 1) == datetime(2027, 1, 1, tzinfo=UTC)
    assert month_of(datetime(2026, 11, 1, tzinfo=UTC), 14) == datetime(2028, 1, 1, tzinfo=UTC)


async def test_months_are_made_ahead_and_take_in_what_came_before_them(
    postgres_store: SqlStore, store_clock: MovableClock
) -> None:
    await given_skus(postgres_store, ONE)
    assert (
        await recorded(postgres_store, count_at("july", LATER), count_at("later", LATER.replace(month=12)))
        == [FactOutcome.RECORDED] * 2
    )
    assert await lying_in(postgres_store, OTHER) == ["july", "later"]

    store_clock.at = LATER
    await postgres_store.make_room()

    assert await lying_in(postgres_store, "facts_2031_07") == ["july"]
    assert await lying_in(postgres_store, OTHER) == ["later"]
    known = await months(postgres_store)
    assert known["facts_2031_10"] == to_micros(datetime(2031, 11, 1, tzinfo=UTC))
    assert await recorded(postgres_store, count_at("july", LATER), count_at("new", LATER)) == [
        FactOutcome.DUPLICATE,
        FactOutcome.RECORDED,
    ]
    assert await lying_in(postgres_store, "facts_2031_07") == ["july", "new"]
    await postgres_store.make_room()
    assert await months(postgres_store) == known, "made once"
    async with postgres_store.unit_of_work() as uow:
        assert await uow.link.connection.run_sync(differences) == []


async def test_several_processes_make_the_same_months_at_once(pg_url: str) -> None:
    stores = [await open_store(pg_url, clock=MovableClock(LATER)) for _ in range(4)]
    await asyncio.gather(*(store.make_room() for store in stores))
    names = set(await months(stores[0]))
    assert {f"facts_2031_{month:02}" for month in (7, 8, 9, 10)} <= names
    for store in stores:
        await store.close()


async def test_a_busy_ledger_is_not_waited_for_and_loses_nothing(
    postgres_store: SqlStore, store_clock: MovableClock
) -> None:
    """A long reading holds the partition without bounds: the months wait until another day, and recording goes on."""
    await given_skus(postgres_store, ONE)
    store_clock.at = LATER
    async with postgres_store.reading() as uow:
        await uow.link.execute(select(facts.c.id))
        await postgres_store.make_room()
        assert "facts_2031_07" not in await months(postgres_store)
        assert await recorded(postgres_store, count_at("meanwhile", LATER)) == [FactOutcome.RECORDED]
    await postgres_store.make_room()
    assert await lying_in(postgres_store, "facts_2031_07") == ["meanwhile"]


async def test_a_closed_month_goes_whole_and_what_must_stay_stays(
    postgres_store: SqlStore, store_clock: MovableClock, tmp_path: Path
) -> None:
    store = postgres_store
    await given_skus(store, ONE)
    store_clock.at = LATER
    await store.make_room()
    july = [count_at("one", LATER), count_at("two", LATER + timedelta(hours=1), 6)]
    assert await recorded(store, *july, count_at("one", LATER, 9)) == [
        FactOutcome.RECORDED,
        FactOutcome.RECORDED,
        FactOutcome.CONFLICT,
    ]
    assert await recorded(store, count_at("one", LATER, 9)) == [FactOutcome.CONFLICT], "kept once"
    async with store.unit_of_work() as uow:
        await uow.stock.mark_due({ONE}, store_clock.now())
    await Decider(store, PolicyInForce(rules()), store_clock).run_due()
    year = LATER + timedelta(days=365)
    store_clock.at = year

    done = await close_period(store, datetime(2031, 9, 1, tzinfo=UTC), tmp_path / "a.gz", year, by="kim")

    assert done.facts == 2
    left = await months(store)
    assert "facts_2031_07" not in left
    assert "facts_2031_08" not in left
    assert "facts_early" not in left
    assert "facts_2031_09" in left
    assert await lying_in(store, OTHER) == ["one"]
    assert await recorded(store, july[0]) == [FactOutcome.DUPLICATE], "identity outlives the month"


async def test_a_ledger_that_is_there_becomes_the_first_part_as_it_stands(pg_url: str) -> None:
    store = await open_store(pg_url, clock=MovableClock(LATER))

    def before(connection: Connection) -> None:
        drop_everything(connection)

    async with store.unit_of_work() as uow:
        await uow.link.connection.run_sync(before)
        await migrate(uow.link.connection, "0002")
        for key, state, received in (("a", "recorded", 1), ("b", "conflict", 2), ("b", "kept", to_micros(LATER))):
            await uow.link.execute(_OLD, {"key": key, "state": state, "received": received})

    await store.migrate()

    assert await lying_in(store, "facts_early") == ["a", "b", "b"]
    async with store.unit_of_work() as uow:
        assert await uow.link.connection.run_sync(differences) == []
        held = (await uow.link.execute(text("SELECT system, key, fingerprint FROM disputes"))).all()
        assert [tuple(row) for row in held] == [("wms", "b", "f")]
    known = await months(store)
    assert known["facts_early"] == to_micros(datetime(2031, 8, 1, tzinfo=UTC))
    assert set(known) >= {"facts_2031_08", "facts_2031_10", OTHER}
    await given_skus(store, ONE)
    assert await recorded(store, count_at("c", LATER)) == [FactOutcome.RECORDED]
    assert await lying_in(store, "facts_early") == ["a", "b", "b", "c"]
    await store.close()


async def test_room_is_nothing_to_do_on_sqlite(sqlite_store: SqlStore) -> None:
    async with sqlite_store.unit_of_work() as uow:
        assert await make_room(uow.link, LATER) == []


_OLD = text(
    "INSERT INTO facts (system, kind, key, as_of_start, as_of_end, received_at, sequence, stamp, tie, body, fingerprint, state, "
    "delivery) VALUES ('wms', 'counted', :key, 0, 0, :received, 0, 0, '', '{}', 'f', :state, 1)"
)
