"""What a full comparison reads and writes: pages, marks, webhooks that never came, and its result."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from storage.store import SqlStore
from storage.tables.stock import due, positions, stock
from sync.model.exceptions import ExceptionClass
from sync.model.facts import FactKind
from sync.model.ids import SkuId, SystemId
from sync.model.outbox import TargetState
from sync.reconciliation.report import Opened, Report
from tests.storage.given import (
    NOW,
    SHOP,
    WMS,
    a_case,
    a_delivery,
    a_fact,
    a_target,
    an_order_line,
    given_facts,
    later,
    sku,
)

LATE = 60_000_000


async def given_positions(store: SqlStore, *rows: tuple[SkuId, SystemId, str, int | None]) -> None:
    """Positions as a fold would leave them, and rows of stock."""
    columns = ("sku", "system", "location", "on_hand", "conflicting", "released")
    async with store.unit_of_work() as uow:
        given = [(one, system, place, units, False, False) for one, system, place, units in rows]
        await uow.link.execute(uow.link.insert_rows(positions, columns, given))
        held = [(one, None) for one in sorted({row[0] for row in rows})]
        await uow.link.execute(uow.link.insert_rows(stock, ("sku", "due_at"), held))


async def marks(store: SqlStore) -> list[str]:
    async with store.reading() as uow:
        return sorted((await uow.link.execute(select(due.c.sku).where(due.c.cause == "reconcile"))).scalars())


async def test_a_snapshot_is_read_in_pages_that_hold_each_row_once(store: SqlStore) -> None:
    rows = [(sku(number), WMS, place, number) for number in range(7) for place in ("oslo", "reno")]
    await given_positions(store, *rows, (sku(1), SHOP, "reno", 1))
    found: list[Any] = []
    after = ("", "")
    async with store.reading() as uow:
        while page := await uow.reconciling.positions_page(WMS, after, 4):
            found += page
            after = (page[-1][1], page[-1][0])
    assert sorted((row[0], row[1], row[2]) for row in found) == sorted((one, place, n) for one, _, place, n in rows)


async def test_what_a_channel_should_show_is_read_in_pages(store: SqlStore) -> None:
    async with store.unit_of_work() as uow:
        await uow.outbox.want([a_target(f"quantity:shop:{n}:reno", wanted=n, sku=sku(n)) for n in range(5)])
    found: list[Any] = []
    after = ""
    async with store.reading() as uow:
        while True:
            page, after = await uow.reconciling.wanted_page(SHOP, after, 2)
            found += page
            if len(page) < 2:
                break
    assert sorted(found) == [(sku(n), n) for n in range(5)]


async def test_only_candidates_and_what_is_moving_is_marked(store: SqlStore) -> None:
    await given_positions(store, *[(sku(number), WMS, "reno", 5) for number in range(10)])
    async with store.unit_of_work() as uow:
        await uow.cases.open([a_case(sku(1))])
        await uow.outbox.want([a_target("quantity:shop:2:reno", sku=sku(2))])
        await uow.outbox.want([a_target("quantity:shop:3:reno", sku=sku(3), state=TargetState.IDLE)])
        assert await uow.reconciling.mark_moving(NOW) == 2
        await uow.reconciling.mark_candidates([sku(7)], NOW)
    assert await marks(store) == [sku(1), sku(2), sku(7)]
    async with store.unit_of_work() as uow:
        assert await uow.reconciling.undecided() == 3
        await uow.stock.finish(await uow.stock.claim(NOW, 10), {}, NOW)
        assert await uow.reconciling.undecided() == 0


async def told_by(store: SqlStore, door: str, key: str, happened: datetime, received: datetime) -> None:
    async with store.unit_of_work() as uow:
        [delivery] = await uow.ledger.record_deliveries([a_delivery(key, SHOP, door=door, received_at=received)])
    line = an_order_line(key, placed_at=happened)
    fact = a_fact(key, body=line, system=SHOP, received_at=happened, kind=FactKind.ORDER_LINE, delivery=delivery.id)
    await given_facts(store, [replace(fact, received_at=received)])


async def test_a_webhook_that_never_came_is_what_a_reading_told_first_and_late(store: SqlStore) -> None:
    await told_by(store, "webhook", "heard", NOW, later(seconds=2))
    await told_by(store, "poll", "in time", NOW, later(seconds=30))
    await told_by(store, "poll", "never came", later(minutes=1), later(minutes=10))
    await told_by(store, "poll", "long before", NOW - timedelta(days=40), later(minutes=10))
    async with store.reading() as uow:
        assert await uow.reconciling.missed(SHOP, NOW, LATE, later(hours=1)) == (1, ("never came",))
        assert await uow.reconciling.missed(WMS, NOW, LATE, later(hours=1)) == (0, ())
        assert await uow.reconciling.missed(SHOP, later(hours=1), LATE, later(hours=2)) == (0, ())


async def test_what_stands_and_what_changed_is_counted_and_the_result_is_kept(store: SqlStore) -> None:
    async with store.unit_of_work() as uow:
        await uow.cases.open([a_case(sku(1), opened_at=later(hours=-1)), a_case(sku(2), opened_at=later(minutes=1))])
    async with store.reading() as uow:
        ended = await uow.reconciling.ended(NOW)
        assert await uow.reconciling.last() is None
    assert ended.opened == {ExceptionClass.EXPOSURE_MISMATCH: 1}
    assert (ended.standing, ended.cleared, len(ended.worst)) == (1, 0, 1)
    report = Report("command", NOW, later(minutes=1), NOW, (SHOP, WMS), 20, 1, 0, (Opened(ExceptionClass.OVERSELL, 1),))
    async with store.unit_of_work() as uow:
        await uow.reconciling.save(report)
    async with store.reading() as uow:
        assert await uow.reconciling.last() == report
