"""A comparison in which nothing changed touches next to nothing, whatever the number of rows."""

from __future__ import annotations

from sqlalchemy import func, select

from storage.store import SqlStore
from storage.tables.stock import due, stock
from sync.path.decider import Decider
from sync.path.reading import Reader
from sync.path.recorder import Recorder
from sync.policy.holder import PolicyInForce
from sync.reconciliation.reconciler import Reconciler
from tests.builders import ERP, WMS, a_policy, a_source
from tests.databases import MovableClock
from tests.storage.given import sku
from tests.storage.test_reconciling import given_positions

ROWS = 5_000


async def test_unchanged_rows_are_read_and_not_written(store: SqlStore, store_clock: MovableClock) -> None:
    rows = [(sku(number), system, "reno", number % 50) for number in range(ROWS) for system in (WMS, ERP)]
    await given_positions(store, *rows)
    policy = PolicyInForce(a_policy(systems={"erp": a_source(trust="financial")}))
    reader = Reader(store, {}, Recorder(store, policy, store_clock), policy, store_clock, "test")
    reconciler = Reconciler(store, {}, reader, Decider(store, policy, store_clock), policy, store_clock)

    report = await reconciler.run("test", [WMS, ERP])

    assert (report.positions, report.candidates, report.moving, report.drift) == (2 * ROWS, 0, 0, 0)
    async with store.reading() as uow:
        decided = select(func.coalesce(func.sum(stock.c.version), 0))
        assert (await uow.link.execute(decided)).scalar_one() == 0
        assert (await uow.link.execute(select(func.count()).select_from(due))).scalar_one() == 0
