"""F18, F19, F34, F38: files that are older than they look, or newer than they may be."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from sandbox.shop.sources import feed
from sync.model.exceptions import ExceptionClass
from sync.model.ids import SystemId
from tests.stage import Stage, until

RUG, MUG = "RUG-80-NAT", "MUG-03-BLU"
WMS = SystemId("wms")


def dropped(stage: Stage, name: str, units: dict[str, int], as_of: datetime) -> Path:
    """Put a file into the warehouse's folder, whole."""
    path = stage.world.warehouse.folder / name
    path.write_bytes(feed("Reno", units, as_of))
    path.with_name(path.name + ".done").touch()
    return path


async def taken(path: Path) -> None:
    """Wait until the product has put the file away."""
    await until(lambda: not path.exists(), f"{path.name} to be taken")


async def content_at(stage: Stage) -> datetime | None:
    async with stage.product.store.reading() as uow:
        return (await uow.systems.load([WMS]))[WMS].content_at


async def test_f18_a_snapshot_older_than_the_orders_neither_loses_nor_repeats_them(stage: Stage) -> None:
    books = dict(stage.world.warehouse.books)
    stage.clock.pass_by(timedelta(minutes=2))
    as_of = stage.clock.now()
    stage.clock.pass_by(timedelta(minutes=2))
    stage.world.storefronts["shopify-us"].checkout([(RUG, 4)])
    await stage.shows(RUG, 27, "shopify-eu")
    stage.clock.pass_by(timedelta(minutes=2))

    await taken(dropped(stage, "late.csv", books, as_of))
    await stage.idle()

    assert stage.seen(RUG, "shopify-eu").quantity == 27
    assert stage.seen(RUG, "shopify-us").quantity == 27


async def test_f19_a_file_from_seven_minutes_ahead_raises_nothing(stage: Stage) -> None:
    books = {**stage.world.warehouse.books, RUG: 99}

    await taken(dropped(stage, "ahead.csv", books, stage.clock.now() + timedelta(minutes=7)))
    await stage.idle()

    assert stage.seen(RUG).quantity == 31


async def test_f19_a_time_without_a_zone_is_kept_and_shown_never_guessed(stage: Stage) -> None:
    path = stage.world.warehouse.folder / "local.csv"
    path.write_text(f"SKU,Location,On hand,As of\n{RUG},Reno,99,2026-11-24T02:00:00\n", encoding="utf-8")
    path.with_name(path.name + ".done").touch()

    case = await stage.case(ExceptionClass.CATALOG_FAULT)

    await stage.card(case, "does not say as of when")
    assert stage.seen(RUG).quantity == 31


async def test_f34_the_same_file_under_a_new_name_is_recognised_and_not_fresh(stage: Stage) -> None:
    books, as_of = dict(stage.world.warehouse.books), stage.clock.now()
    await taken(dropped(stage, "one.csv", books, as_of))
    await stage.idle()
    fresh = await content_at(stage)
    before = await stage.repeats(WMS)
    stage.clock.pass_by(timedelta(minutes=3))

    await taken(dropped(stage, "two.csv", books, as_of))

    assert await stage.repeats(WMS) == before + 1
    assert await content_at(stage) == fresh


async def test_f38_a_file_that_arrives_now_with_old_content_is_stale(stage: Stage) -> None:
    books, old = dict(stage.world.warehouse.books), stage.clock.now()
    stage.clock.pass_by(timedelta(minutes=12))

    await taken(dropped(stage, "today.csv", {**books, MUG: 139}, old + timedelta(seconds=1)))

    async def warehouse() -> bool:
        cases = await stage.every_case()
        return any(one.fingerprint.cls is ExceptionClass.STALE_FEED and WMS in one.fingerprint.systems for one in cases)

    await until(warehouse, "the warehouse to be told stale")
