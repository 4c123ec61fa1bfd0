"""Systems are claimed and pictured like SKUs; what is wrong with their input stands until it is answered."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from storage.engine import open_store
from storage.store import SqlStore
from sync.model.exceptions import Life
from sync.model.facts import Count, ItemRef, Revision
from sync.model.ids import SystemId
from sync.model.picture import SystemPicture, Unmapped
from sync.model.stock import Position, SkuState, Statement
from sync.model.time import AsOf
from sync.ports import DeliveryState
from tests.storage.given import (
    NOW,
    RENO,
    SHOP,
    WMS,
    a_case,
    a_delivery,
    a_fact,
    a_problem,
    given_facts,
    later,
    sku,
)


async def ensured(store: SqlStore, *systems: SystemId) -> None:
    async with store.unit_of_work() as uow:
        await uow.systems.ensure(systems, NOW)


async def picture(store: SqlStore, system: SystemId = WMS) -> SystemPicture:
    async with store.reading() as uow:
        return (await uow.systems.load([system]))[system]


async def received(store: SqlStore, *deliveries: object) -> None:
    async with store.unit_of_work() as uow:
        await uow.ledger.record_deliveries(deliveries)  # type: ignore[arg-type]


async def test_a_system_is_due_when_it_is_listed_and_then_at_its_time(store: SqlStore) -> None:
    await ensured(store, WMS, SHOP)
    async with store.unit_of_work() as uow:
        assert await uow.systems.claim_due(NOW) == [SHOP, WMS]
        await uow.systems.finish({SHOP: later(minutes=5), WMS: None})
    async with store.unit_of_work() as uow:
        assert await uow.systems.claim_due(later(minutes=4)) == []
        assert await uow.systems.claim_due(later(minutes=5)) == [SHOP]
        await uow.systems.finish({SHOP: None})
    await ensured(store, WMS)
    async with store.unit_of_work() as uow:
        assert await uow.systems.claim_due(NOW) == [WMS], "after a restart each is looked at once"
    assert (await picture(store)).first_seen == NOW


async def test_a_mark_brings_a_system_forward_and_never_back(store: SqlStore) -> None:
    await ensured(store, WMS)
    async with store.unit_of_work() as uow:
        await uow.systems.claim_due(NOW)
        await uow.systems.finish({WMS: later(minutes=5)})
        await uow.systems.mark_due([WMS], later(minutes=9))
        await uow.systems.mark_due([WMS, WMS], later(minutes=2))
        assert await uow.systems.claim_due(later(minutes=1)) == []
        assert await uow.systems.claim_due(later(minutes=2)) == [WMS]
        await uow.systems.finish({WMS: None})
        assert await uow.systems.claim_due(later(minutes=8)) == []
        assert await uow.systems.claim_due(later(minutes=9)) == [WMS]


async def test_a_system_that_another_process_judges_is_skipped(postgres_store: SqlStore, pg_url: str) -> None:
    await ensured(postgres_store, WMS, SHOP)
    other = await open_store(pg_url)
    async with postgres_store.unit_of_work() as one, other.unit_of_work() as two:
        await one.systems.lock(SHOP)
        async with asyncio.timeout(5):
            assert await two.systems.claim_due(NOW) == [WMS]
            await two.systems.mark_due([SHOP], NOW)
    await other.close()


async def test_codes_that_map_to_nothing_are_counted(store: SqlStore) -> None:
    await ensured(store, WMS)
    given = [
        a_fact("a", None, item=ItemRef("item", "4711"), received_at=later(minutes=1)),
        a_fact("b", None, item=ItemRef("item", "4711")),
        a_fact("c", None, item=ItemRef("sku", "NOPE")),
        a_fact("d", None, item=ItemRef("sku", "NOPE"), system=SHOP),
    ]
    await given_facts(store, given)
    assert (await picture(store)).unmapped == (Unmapped("item", "4711", 2, NOW), Unmapped("sku", "NOPE", 1, NOW))


async def test_skus_are_counted_and_marked_due_by_system(store: SqlStore) -> None:
    await ensured(store, WMS)
    async with store.unit_of_work() as uow:
        wholes = await uow.stock.load([sku(1), sku(2)], NOW)
        said = Statement(Count(on_hand=1), AsOf.at(NOW), Revision(0, NOW), "f")
        await uow.stock.save_states(
            [
                (whole, SkuState(one, (Position(WMS, one, RENO, said), Position(WMS, one, "york", said))), frozenset())  # type: ignore[arg-type]
                for one, whole in wholes.items()
            ]
        )
        assert await uow.systems.skus_of(WMS, NOW) == 2
        assert await uow.systems.skus_of(SHOP, NOW) == 0
        assert (await uow.stock.claim(NOW, 10)).skus == (sku(1), sku(2))
    assert (await picture(store)).skus == 2


async def test_a_held_file_stands_until_the_next_good_one(store: SqlStore) -> None:
    await ensured(store, WMS)
    held = a_delivery("f1", door="file", name="b.csv", state=DeliveryState.HELD, reason="Rows fell by 70 %.")
    await received(store, held, a_delivery("w1", received_at=later(minutes=1)))
    assert (await picture(store)).held == (("b.csv", "Rows fell by 70 %."),)
    await received(store, a_delivery("f2", door="file", received_at=later(minutes=2), problems=(a_problem(),)))
    now = await picture(store)
    assert (now.held, now.problems) == ((("b.csv", "Rows fell by 70 %."),), (("line 17", "'five' is no number"),))
    await received(store, a_delivery("f3", door="file", received_at=later(minutes=3)))
    now = await picture(store)
    assert (now.held, now.problems) == ((), ())


async def test_an_unusable_webhook_stands_until_a_person_resolves_it(store: SqlStore) -> None:
    await ensured(store, WMS)
    await received(store, a_delivery("w1", problems=(a_problem(),)), a_delivery("w2", received_at=later(minutes=1)))
    assert len((await picture(store)).problems) == 1
    async with store.unit_of_work() as uow:
        [case] = await uow.cases.open([a_case(None, systems=(WMS,), detail="unusable")])
    async with store.unit_of_work() as uow:
        await uow.cases.save([replace(case, version=2, life=Life.RESOLVED, ended_at=later(minutes=2))])
    assert (await picture(store)).problems == ()
    await received(store, a_delivery("w3", received_at=later(minutes=3), problems=(a_problem(where="line 9"),)))
    assert (await picture(store)).problems == (("line 9", "'five' is no number"),)


async def test_a_delivery_that_could_not_be_read_tells_its_reason(store: SqlStore) -> None:
    await ensured(store, WMS)
    await received(
        store, a_delivery("w1", state=DeliveryState.KEPT, reason="This is no JSON.", problems=(a_problem(),))
    )
    assert (await picture(store)).held == (("webhook", "This is no JSON."),)
