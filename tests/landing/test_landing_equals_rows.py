"""However files come, landing them whole comes to what reading them row by row comes to: positions, exceptions, promises; and
every fact that it records is one that the rows would have told."""

from __future__ import annotations

import random
import shutil
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from storage.engine import open_store
from storage.past import pasts
from storage.tables.stock import due
from sync.detect import SKU_DETECTORS
from sync.model.facts import FactKind
from sync.model.ids import SkuId, SystemId
from sync.model.stock import Sku
from sync.path.judge import look
from tests.databases import MovableClock, Server
from tests.landing.feed_shop import ACME, BEGAN, FEEDS, WMS, FeedShop, feed_rules, file_text, later

CODES = [f"SKU-{number}" for number in range(8)]
STRANGE = ["NEW-1", "NEW-2"]
PLACES = {"wms": ["reno", "dock"], "erp": ["reno"], "acme": ["dock", "Dock", "attic"]}
SEEDS = range(6)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
async def shops(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Any]:
    """Makes pairs of shops, each on a database of its own; they share a clock."""
    opened = []

    async def pair(**sources: dict[str, Any]) -> tuple[FeedShop, FeedShop]:
        made = []
        clock = MovableClock(BEGAN)
        for name, large in (("rows", None), ("whole", 0)):
            folder = tmp_path / name
            folder.mkdir()
            if request.param == "sqlite":
                template: Path = request.getfixturevalue("sqlite_template")
                shutil.copy(template, tmp_path / f"{name}.db")
                url = f"sqlite:///{tmp_path / f'{name}.db'}"
            else:
                server: Server = request.getfixturevalue("pg_server")
                url = server.database()
            store = await open_store(url, clock=clock)
            opened.append(store)
            policy = feed_rules(folder, **{key: dict(value) for key, value in sources.items()})
            made.append(FeedShop(store, folder, policy, clock, large))
        return made[0], made[1]

    yield pair
    for store in opened:
        await store.close()


class Story:
    """A random week that both shops live through."""

    def __init__(self, seed: int, shops: tuple[FeedShop, FeedShop], per_row: bool, late: bool) -> None:
        self.chance = random.Random(seed)
        self.shops = shops
        self.per_row = per_row
        self.late = late
        self.shelf: dict[tuple[str, str, str], tuple[int, datetime]] = {}
        self.orders: list[tuple[str, str, int]] = []
        self.number = 0
        self.minute = 0.0
        self.last: dict[SystemId, str] = {}

    async def step(self) -> None:
        """Something happens at both."""
        self.number += 1
        self.minute += self.chance.choice([1, 7, 30, 200])
        self.shops[0].clock.at = later(self.minute)
        happening = self.chance.random()
        if happening < 0.65:
            await self._file(self.chance.choice(FEEDS))
        elif happening < 0.8:
            order, code, units = f"o{self.number}", self.chance.choice(CODES), self.chance.randint(1, 3)
            self.orders.append((order, code, units))
            for shop in self.shops:
                await shop.ordered(order, code, units, later(self.minute))
        elif happening < 0.9 and self.orders:
            order, code, units = self.orders.pop(0)
            for shop in self.shops:
                await shop.shipped(order, code, units, later(self.minute))
        elif happening < 0.95:
            code = self.chance.choice(STRANGE)
            for shop in self.shops:
                async with shop.store.unit_of_work() as uow:
                    await uow.catalogue.add_skus([Sku(SkuId(code))])
        if happening < 0.65 or self.chance.random() < 0.5:
            for shop in self.shops:
                await shop.decide()

    async def _file(self, system: SystemId) -> None:
        text = self._again(system) or self._new(system)
        self.last[system] = text
        for shop in self.shops:
            await shop.drop(system, f"{self.number}.csv", text)
        assert await outside(self.shops[1]) == [], f"step {self.number}"

    def _again(self, system: SystemId) -> str:
        return self.last.get(system, "") if self.chance.random() < 0.05 else ""

    def _new(self, system: SystemId) -> str:
        late = self.late and self.chance.random() < 0.3
        at = later(self.minute - (self.chance.choice([5, 40, 300]) if late else 0))
        calm = self.chance.random() < 0.6
        rows, stamps = [], []
        for place in PLACES[system]:
            named = self.chance.random() < 0.9
            for code in [*CODES, *STRANGE]:
                if self.chance.random() < (0.08 if calm else 0.4) or not named:
                    continue
                units, since = self.shelf.get((system, place, code), (self.chance.randint(0, 6), at))
                if self.chance.random() < (0.05 if calm else 0.5):
                    units, since = self.chance.randint(-1, 6), at
                self.shelf[system, place, code] = (units, since)
                rows.append((code, place, str(units), self.chance.choice(["", "", "2"]) if not calm else ""))
                stamps.append(since if self.per_row and self.chance.random() < 0.3 else at)
        if rows and self.chance.random() < 0.15:
            code, place, units, _ = self.chance.choice(rows)
            rows.append((code, place, str(int(units) + self.chance.randint(0, 1)), ""))
            stamps.append(at)
        if self.chance.random() < 0.1:
            rows.append((self.chance.choice(CODES), PLACES[system][0], "five", ""))
            stamps.append(at)
        if not rows:
            rows, stamps = [(CODES[0], PLACES[system][0], "1", "")], [at]
        return file_text(at, rows, stamps=stamps if self.per_row else None)


async def outside(shop: FeedShop) -> list[str]:
    """Findings about SKUs that a landing did not mark due and that nothing stands or settles of yet."""
    async with shop.store.reading() as uow:
        marked = set((await uow.link.execute(select(due.c.sku))).scalars())
    now, found = shop.clock.now(), []
    for sku, whole in (await shop.wholes([code for code in CODES if code not in marked])).items():
        known = {case.fingerprint for case in whole.cases} | {one.finding.fingerprint for one in whole.suspicions}
        picture = look(whole, whole.state, shop.policy, now)
        findings = [one for detect in SKU_DETECTORS for one in detect(picture, shop.policy, now)]
        found += [f"{sku}: {one.fingerprint.text}" for one in findings if one.fingerprint not in known]
    return found


@pytest.mark.parametrize("seed", SEEDS)
async def test_landed_whole_and_row_by_row_come_to_the_same(seed: int, shops: Any) -> None:
    chance = random.Random(seed)
    per_row, late = seed % 3 == 2, seed % 2 == 1
    sources = {name: {"per_row": per_row, "absent": chance.choice(["unknown", "zero"])} for name in FEEDS}
    sources[ACME] |= chance.choice([{}, {"acknowledged_for": "8 h", "counts_acknowledge": True}])
    rows, whole = await shops(**sources)
    for shop in (rows, whole):
        await shop.opened(CODES)
    story = Story(seed, (rows, whole), per_row, late)
    for _ in range(18):
        await story.step()
    for shop in (rows, whole):
        await shop.decide()
    await _alike(rows, whole)
    rows.clock.move(timedelta(hours=7))
    for shop in (rows, whole):
        await shop.decide()
    await _alike(rows, whole)
    assert await rows.replayed_wrong() == []
    assert await whole.replayed_wrong() == []


async def _alike(rows: FeedShop, whole: FeedShop) -> None:
    known = [*CODES, *STRANGE]
    assert await whole.positions(known) == await rows.positions(known)
    assert await whole.cases() == await rows.cases()
    assert await whole.wanted() == await rows.wanted()
    told, every = await whole.recorded(FactKind.COUNTED), await rows.recorded(FactKind.COUNTED)
    assert told.items() <= every.items()
    async with whole.store.reading() as one, rows.store.reading() as other:
        for system in FEEDS:
            assert await one.ledger.last_figures(system) == await other.ledger.last_figures(system)
            assert [row[1:] for row in await one.views.problems(system, 50)] == [
                row[1:] for row in await other.views.problems(system, 50)
            ]


async def test_an_unchanged_file_costs_one_fact_per_place(shops: Any) -> None:
    rows, whole = await shops()
    for shop in (rows, whole):
        await shop.opened(CODES)
        for number in range(3):
            shop.clock.at = later(number * 10)
            text = file_text(later(number * 10), [(code, place, "5", "") for code in CODES for place in PLACES["wms"]])
            await shop.drop(WMS, f"{number}.csv", text)
            await shop.decide()
    await _alike(rows, whole)
    assert len(await rows.recorded(FactKind.COUNTED)) == 48
    assert len(await whole.recorded(FactKind.COUNTED)) == 16
    assert len(await whole.recorded(FactKind.SNAPSHOT_CONFIRMED)) == 4
    [past] = [past async for past in pasts(whole.store, BEGAN, later(60)) if past.sku.id == CODES[0]]
    kinds = [fact.kind for fact in past.facts if fact.system == WMS]
    assert kinds == [FactKind.COUNTED] * 2 + [FactKind.SNAPSHOT_CONFIRMED] * 4, "other rules are tried on it, too"
