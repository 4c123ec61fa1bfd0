"""Large files through the reader and the store: what is written, what a stop leaves, who may land, how long they are kept."""

from __future__ import annotations

import asyncio
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from storage.store import SqlStore
from storage.tables import metadata
from storage.tables.catalogue import skus
from storage.tables.landings import landings
from storage.tables.stock import due, positions, stock
from sync.landing import lander
from sync.landing.folder import DataFolder, sweep
from sync.landing.lander import TURN
from sync.model.facts import FactKind
from sync.model.ids import SkuId
from sync.model.stock import Sku
from tests.databases import MovableClock
from tests.landing.feed_shop import BEGAN, WMS, FeedShop, feed_rules, file_text, later
from tests.stage import until

MANY = 50_000


@pytest.fixture
def clock(store_clock: MovableClock) -> MovableClock:
    """Time of the story."""
    store_clock.at = BEGAN
    return store_clock


@pytest.fixture
def shop(store: SqlStore, tmp_path: Path, clock: MovableClock) -> FeedShop:
    """A shop whose files all land whole."""
    return FeedShop(store, tmp_path, feed_rules(tmp_path), clock, large=0)


def codes(many: int) -> list[str]:
    """So many codes."""
    return [f"SKU-{number:06d}" for number in range(many)]


async def known_already(store: SqlStore, many: int, minutes: int = 0) -> None:
    """The warehouse's numbers of so many SKUs, folded long ago: written as they are stored."""
    at = later(minutes)
    names = ["sku", "system", "location", "on_hand", "as_of_start", "as_of_end", "sequence", "stamp", "tie", "fact"]
    names += ["conflicting", "released"]
    values = [
        (code, WMS, "reno", number % 9, at, at + timedelta(seconds=1), 0, at, "", f"row:{code}", False, False)
        for number, code in enumerate(codes(many))
    ]
    async with store.unit_of_work() as uow:
        await uow.systems.ensure([WMS], at)
        await uow.link.execute(uow.link.insert_rows(stock, ["sku"], [(row[0],) for row in values]))
        catalogue = [(row[0], row[0].casefold(), "", "", "normal") for row in values]
        await uow.link.execute(
            uow.link.insert_rows(skus, ["id", "folded", "title", "family", "criticality"], catalogue)
        )
        await uow.link.execute(uow.link.insert_rows(positions, names, values))


async def rows_written(store: SqlStore) -> int:
    """How many rows there are in all tables."""
    async with store.reading() as uow:
        counts = [
            (await uow.link.execute(select(func.count()).select_from(table))).scalar_one()
            for table in metadata.sorted_tables
        ]
    return sum(counts)


async def test_fifty_thousand_unchanged_rows_write_a_dozen(store: SqlStore, shop: FeedShop) -> None:
    await known_already(store, MANY)
    (shop.folder / WMS).mkdir()
    shop.clock.move(timedelta(hours=1))
    before = await rows_written(store)
    rows = [(code, "reno", str(number % 9), "") for number, code in enumerate(codes(MANY))]
    await shop.drop(WMS, "night.csv", file_text(shop.clock.at, rows))
    assert 0 < await rows_written(store) - before <= 20
    assert await shop.recorded(FactKind.COUNTED) == {}
    last = codes(MANY)[-1]
    [(_, as_of, *_)] = (await shop.positions([last])).values()
    assert as_of.start == shop.clock.at


async def test_only_what_changed_is_recorded_and_due(store: SqlStore, shop: FeedShop) -> None:
    many = 3_000
    await known_already(store, many)
    (shop.folder / WMS).mkdir()
    shop.clock.move(timedelta(hours=1))
    rows = [(code, "reno", str(number % 9 + (number % 500 == 0)), "") for number, code in enumerate(codes(many))]
    await shop.drop(WMS, "night.csv", file_text(shop.clock.at, rows))
    assert len(await shop.recorded(FactKind.COUNTED)) == 6
    async with store.reading() as uow:
        assert len(set((await uow.link.execute(select(due.c.sku))).scalars())) == 6


async def test_numbers_that_were_too_old_are_looked_at_again(store: SqlStore, shop: FeedShop) -> None:
    await known_already(store, 500)
    (shop.folder / WMS).mkdir()
    shop.clock.move(timedelta(hours=9))
    rows = [(code, "reno", str(number % 9), "") for number, code in enumerate(codes(500))]
    await shop.drop(WMS, "night.csv", file_text(shop.clock.at, rows))
    assert await shop.rows_of(due) == 500, "their number decides again"


class _Stopped(Exception):
    """The process stops here."""


async def test_a_landing_that_was_cut_short_goes_on_and_records_each_fact_once(
    store: SqlStore, tmp_path: Path, shop: FeedShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lander, "SLICE", 20)
    many = 50
    await shop.opened(codes(many))
    assert shop.lander is not None
    slices = iter(range(10))

    def stop() -> None:
        if next(slices) == 1:
            raise _Stopped

    shop.lander._recorded = stop
    rows = [(code, "reno", "5", "") for code in codes(many)]
    with pytest.raises(_Stopped):
        await shop.drop(WMS, "night.csv", file_text(BEGAN, rows))
    assert len(await shop.recorded(FactKind.COUNTED)) == 40
    await shop.decide()
    os.remove(shop.folder / WMS / "night.csv")

    again = FeedShop(store, tmp_path, shop.policy, shop.clock, large=0, holder="another")
    await again.reader.poll_feeds()
    await again.decide()

    assert len(await again.recorded(FactKind.COUNTED)) == many
    assert {units.on_hand for units, *_ in (await again.positions(codes(many))).values()} == {5}
    async with store.reading() as uow:
        [(ended, digest)] = (await uow.link.execute(select(landings.c.ended_at, landings.c.digest))).all()
        assert (ended, len(digest)) == (shop.clock.at, 64)
        assert (await uow.systems.load([WMS]))[WMS].content_at == BEGAN


async def test_a_process_that_is_killed_while_it_lands_is_followed(
    store: SqlStore, tmp_path: Path, shop: FeedShop, database_url: str
) -> None:
    many = 6_000
    (shop.folder / WMS).mkdir()
    async with store.unit_of_work() as uow:
        await uow.systems.ensure([WMS], BEGAN)
        await uow.catalogue.add_skus([Sku(SkuId(code)) for code in codes(many)])
    text = file_text(BEGAN, [(code, "reno", "5", "") for code in codes(many)])
    await asyncio.to_thread((shop.folder / WMS / "night.csv").write_text, text, "utf-8")
    (shop.folder / WMS / "night.csv.done").touch()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.landing.member", database_url, str(tmp_path), stdout=asyncio.subprocess.DEVNULL
    )

    async def begun() -> int:
        assert process.returncode is None, "it ended before it could be killed"
        return len(await shop.recorded(FactKind.COUNTED))

    told = await until(begun, "the first facts of the landing", within=60)
    process.kill()
    await process.wait()
    assert told < many

    await shop.reader.poll_feeds()
    assert await shop.rows_of(landings) == 1
    shop.clock.move(TURN)
    await shop.reader.poll_feeds()

    facts = await shop.recorded(FactKind.COUNTED)
    assert len(facts) == many
    async with store.reading() as uow:
        assert (await uow.landings.open(WMS), (await uow.views.totals())["deliveries"]) == ([], 1)
    assert sorted(os.listdir(shop.folder / WMS / "done")) == ["night.csv"]


async def test_while_another_process_lands_a_file_stays_where_it_is(
    store: SqlStore, tmp_path: Path, shop: FeedShop
) -> None:
    await shop.opened(codes(3))
    other = FeedShop(store, tmp_path, shop.policy, shop.clock, large=0, holder="another")
    assert other.lander is not None
    assert await other.lander.take_turn(WMS)
    text = file_text(BEGAN, [(code, "reno", "5", "") for code in codes(3)])
    await shop.drop(WMS, "night.csv", text)
    assert await shop.recorded(FactKind.COUNTED) == {}
    assert (shop.folder / WMS / "night.csv").exists()
    shop.clock.move(TURN)
    await shop.reader.poll_feeds()
    assert len(await shop.recorded(FactKind.COUNTED)) == 3
    assert sorted(os.listdir(shop.folder / WMS / "done")) == ["night.csv"]


async def test_two_readers_take_one_file_once(store: SqlStore, tmp_path: Path, shop: FeedShop) -> None:
    await shop.opened(codes(40))
    other = FeedShop(store, tmp_path, shop.policy, shop.clock, large=0, holder="another")
    text = file_text(BEGAN, [(code, "reno", "5", "") for code in codes(40)])
    await asyncio.to_thread((shop.folder / WMS / "night.csv").write_text, text, "utf-8")
    (shop.folder / WMS / "night.csv.done").touch()
    await asyncio.gather(shop.reader.poll_feeds(), other.reader.poll_feeds())
    await asyncio.gather(shop.reader.poll_feeds(), other.reader.poll_feeds())
    assert len(await shop.recorded(FactKind.COUNTED)) == 40
    assert await shop.rows_of(landings) == 1


async def test_an_implausible_file_is_held_whole_with_its_bytes(
    store: SqlStore, tmp_path: Path, clock: MovableClock
) -> None:
    shop = FeedShop(store, tmp_path, feed_rules(tmp_path, zeros="0.5"), clock, large=0)
    await shop.opened(codes(9))
    text = file_text(BEGAN, [(code, "reno", "0", "") for code in codes(9)])
    await shop.drop(WMS, "night.csv", text)
    assert await shop.recorded(FactKind.COUNTED) == {}
    assert await shop.rows_of(landings) == 0
    assert sorted(os.listdir(shop.folder / WMS / "held")) == ["night.csv", "night.csv.why.txt"]


async def test_snapshots_go_with_the_bytes_of_their_deliveries(store: SqlStore, shop: FeedShop) -> None:
    await shop.opened(codes(3))
    await shop.drop(WMS, "night.csv", file_text(BEGAN, [(code, "reno", "5", "") for code in codes(3)]))
    folder = DataFolder(shop.folder / "data")
    much_later = datetime.now(UTC) + timedelta(days=1)
    [kept] = folder.names(much_later)
    assert await sweep(folder, store, much_later) == 0
    async with store.unit_of_work() as uow:
        await uow.link.execute(metadata.tables["raw_keys"].delete())
    assert await sweep(folder, store, much_later) == 1
    assert not (folder.path / kept).exists()
