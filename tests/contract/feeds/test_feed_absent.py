"""What a full file no longer names is gone from that file on, where policy says so: from the folder to the pool."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from test_feeds_on_the_store import ACME, StandingClock, policy

from storage.engine import open_store
from storage.store import SqlStore
from sync.connectors.csv_feed.connector import CsvFeedConnector
from sync.counting.numbers import number_of
from sync.model.ids import SkuId
from sync.model.stock import Sku
from sync.path.decider import Decider
from sync.path.reading import Reader
from sync.path.recorder import Recorder
from sync.policy.holder import PolicyInForce
from sync.policy.schema import Policy

KETTLE, MUG = SkuId("KTL"), SkuId("MUG")


async def dropped(store: SqlStore, folder: Path, rules: Policy, name: str, at: str, units: dict[str, int]) -> None:
    """A whole file arrives, is read and decided upon."""
    clock, in_force = StandingClock(datetime(2026, 11, 24, 9, 30, tzinfo=UTC)), PolicyInForce(rules)
    lines = [f"# as of 2026-11-24T{at}:00Z", "sku,place,qty", *(f"{sku},dock,{many}" for sku, many in units.items())]
    (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / f"{name}.done").touch()
    connector = CsvFeedConnector(ACME, rules.system(ACME), now=clock.now)
    await Reader(store, {ACME: connector}, Recorder(store, in_force, clock), in_force, clock, "test").poll_feeds()
    while await Decider(store, in_force, clock).run_due():
        pass


@pytest.mark.parametrize(("absent", "left"), [("zero", 0), ("unknown", 7)])
async def test_a_sku_that_a_newer_full_file_does_not_name(tmp_path: Path, absent: str, left: int) -> None:
    folder = tmp_path / "drops"
    folder.mkdir()
    given: dict[str, Any] = policy(folder).model_dump(mode="json", exclude_unset=True)
    given["systems"]["acme"]["source"]["absent"] = absent
    rules = Policy.model_validate(given)
    store = await open_store(f"sqlite:///{tmp_path / 'shop.db'}")
    try:
        await store.migrate()
        async with store.unit_of_work() as uow:
            await uow.systems.ensure([ACME], datetime(2026, 11, 24, 9, 30, tzinfo=UTC))
            await uow.catalogue.add_skus([Sku(KETTLE), Sku(MUG)])
        await dropped(store, folder, rules, "a.csv", "02:00", {KETTLE: 9, MUG: 7})
        await dropped(store, folder, rules, "b.csv", "03:00", {KETTLE: 8})
        now = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
        async with store.reading() as uow:
            [position] = (await uow.stock.load([MUG], now))[MUG].state.positions
        number = number_of(position, rules, now)
        assert number is not None
        assert number.units == left
    finally:
        await store.close()
