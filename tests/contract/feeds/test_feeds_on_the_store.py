"""Dropped files through the product's own reader, recorder and store: what is recorded, held and kept."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from storage.engine import open_store
from storage.store import SqlStore
from sync.connectors.csv_feed.connector import CsvFeedConnector
from sync.model.ids import SkuId, SystemId
from sync.model.stock import Sku
from sync.path.reading import Reader
from sync.path.recorder import Recorder
from sync.policy.holder import PolicyInForce
from sync.policy.schema import Policy

ACME = SystemId("acme")
CODES = [f"SKU-{number}" for number in range(10)]


@dataclass
class StandingClock:
    """One instant, for ever."""

    at: datetime

    def now(self) -> datetime:
        """That instant."""
        return self.at


def policy(folder: Path) -> Policy:
    return Policy.model_validate(
        {
            "company": "Tiny Shop",
            "currency": "USD",
            "systems": {
                "acme": {
                    "kind": "csv_feed",
                    "name": "Acme",
                    "source": {"trust": "vendor"},
                    "connection": {
                        "folder": str(folder),
                        "columns": {"sku": "sku", "location": "place", "on_hand": "qty"},
                        "as_of_header": r"as of (\S+)",
                    },
                }
            },
            "locations": {"dock": {"name": "Dock", "deciders": ["acme"]}},
            "people": {"dana": {"name": "Dana", "slack": "U0DANA"}, "lee": {"name": "Lee", "slack": "U0LEE"}},
            "queues": {"all": {"name": "All", "channel": "inv", "approvers": ["dana", "lee"]}},
            "ops_lead": "dana",
            "default_queue": "all",
            "digest": {"channel": "inv"},
            "not_automated": ["Kits"],
        }
    )


class Dock:
    """A vendor that drops files, and the product that reads them."""

    def __init__(self, folder: Path, store: SqlStore) -> None:
        self.folder = folder
        self.store = store
        rules, clock = policy(folder), StandingClock(datetime(2026, 11, 24, 9, 30, tzinfo=UTC))
        in_force = PolicyInForce(rules)
        connector = CsvFeedConnector(ACME, rules.system(ACME), now=clock.now)
        self._reader = Reader(store, {ACME: connector}, Recorder(store, in_force, clock), in_force, clock, "test")

    async def drop(self, name: str, rows: list[tuple[str, str]], *, at: str = "02:00:00") -> None:
        """A whole file arrives and is read."""
        lines = [f"# as of 2026-11-24T{at}Z", "sku,place,qty", *(f"{sku},dock,{units}" for sku, units in rows)]
        (self.folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
        (self.folder / f"{name}.done").touch()
        await self._reader.poll_feeds()

    async def totals(self) -> dict[str, int]:
        """What the store counts."""
        async with self.store.reading() as uow:
            return dict(await uow.views.totals())

    async def problems(self) -> list[tuple[str, str]]:
        """Where and why, newest first."""
        async with self.store.reading() as uow:
            return [(where, why) for _, where, why, _ in await uow.views.problems(ACME)]

    def aside(self, folder: str) -> list[str]:
        """Names of the files that were put there."""
        return sorted(os.listdir(self.folder / folder)) if (self.folder / folder).exists() else []


@pytest.fixture
async def dock(tmp_path: Path) -> AsyncIterator[Dock]:
    folder = tmp_path / "drops"
    folder.mkdir()
    store = await open_store(f"sqlite:///{tmp_path / 'shop.db'}")
    await store.migrate()
    async with store.unit_of_work() as uow:
        await uow.systems.ensure([ACME], datetime(2026, 11, 24, 9, 30, tzinfo=UTC))
        await uow.catalogue.add_skus([Sku(SkuId(code)) for code in CODES])
    yield Dock(folder, store)
    await store.close()


async def test_a_good_file_is_recorded_and_a_bad_row_is_told_by_its_line(dock: Dock) -> None:
    await dock.drop("stock.csv", [*((code, "5") for code in CODES[:9]), (CODES[9], "five")])
    assert (await dock.totals())["facts"] == 9
    assert await dock.problems() == [("line 12", "on_hand: 'five' is not a number.")]
    assert dock.aside("done") == ["stock.csv"]


async def test_f34_the_same_file_under_a_new_name_changes_nothing(dock: Dock) -> None:
    await dock.drop("stock.csv", [(code, "5") for code in CODES])
    await dock.drop("stock-again.csv", [(code, "5") for code in CODES])
    totals = await dock.totals()
    assert (totals["deliveries"], totals["repeats"], totals["facts"]) == (1, 1, 10)


async def test_f35_half_a_file_is_held_and_the_next_whole_one_is_judged_by_the_last_good_one(dock: Dock) -> None:
    await dock.drop("a.csv", [(code, "5") for code in CODES])
    await dock.drop("b.csv", [(code, "5") for code in CODES[:3]], at="03:00:00")
    assert (dock.aside("held"), (await dock.totals())["facts"]) == (["b.csv", "b.csv.why.txt"], 10)
    await dock.drop("c.csv", [(code, "5") for code in CODES[:6]], at="04:00:00")
    assert (dock.aside("done"), (await dock.totals())["facts"]) == (["a.csv", "c.csv"], 16)


async def test_f36_zeros_everywhere_are_held(dock: Dock) -> None:
    await dock.drop("a.csv", [(code, "5") for code in CODES])
    await dock.drop("b.csv", [(code, "0") for code in CODES], at="03:00:00")
    assert dock.aside("held") == ["b.csv", "b.csv.why.txt"]
    assert (await dock.totals())["facts"] == 10


async def test_f61_an_unchanged_number_in_a_newer_file_is_a_new_count(dock: Dock) -> None:
    await dock.drop("a.csv", [(code, "5") for code in CODES])
    await dock.drop("b.csv", [(code, "5") for code in CODES], at="03:00:00")
    assert (await dock.totals())["facts"] == 20


async def test_a_file_that_is_no_table_is_kept_with_its_reason(dock: Dock) -> None:
    (dock.folder / "stock.csv").write_bytes(b"\xff\xfe\xff")
    await dock.drop("other.csv", [(code, "5") for code in CODES])
    (dock.folder / "stock.csv.done").touch()
    await dock.drop("third.csv", [(code, "5") for code in CODES], at="03:00:00")
    assert "stock.csv" in dock.aside("held")
    assert any("byte order mark" in why for _, why in await dock.problems())
