"""A lane has several writes on their way at a time, and stops all of it when the account refuses."""

from __future__ import annotations

import asyncio

from sync.model.exceptions import ExceptionClass
from tests.stage import Stage, until

SKUS = {"KTL-17-BLK": 3, "KTL-17-STL": 4, "LMP-04-OAK": 5, "CHR-22-GRY": 2, "MUG-03-BLU": 20, "RUG-80-NAT": 1}


def recounted(stage: Stage) -> None:
    """The warehouse counts less of everything."""
    stage.world.warehouse.books |= SKUS
    stage.world.warehouse.shelves |= SKUS
    stage.world.warehouse.write_file()


async def test_a_slow_platform_is_asked_several_times_at_once(stage: Stage) -> None:
    shop, loop = stage.world.storefronts["shopify-us"], asyncio.get_running_loop()
    on_their_way, most = 0, 0

    def came() -> float:
        nonlocal on_their_way, most
        on_their_way += 1
        most = max(most, on_their_way)
        loop.call_later(0.4, went)
        return 0.4

    def went() -> None:
        nonlocal on_their_way
        on_their_way -= 1

    shop.faults.slow(came)
    recounted(stage)

    for sku, units in SKUS.items():
        await stage.shows(sku, units, within=40)
    assert most >= 3


async def test_an_account_that_begins_to_refuse_in_the_middle_leaves_nothing_tried_and_nothing_lost(
    stage: Stage,
) -> None:
    shop = stage.world.storefronts["shopify-us"]
    begun = 0

    def locks_after_two() -> float:
        nonlocal begun
        begun += 1
        if begun == 2:
            shop.faults.lock()
        return 0.05

    shop.faults.slow(locks_after_two)
    recounted(stage)
    case = await stage.case(ExceptionClass.FAILED_UPDATE, within=40)
    assert case.fingerprint.sku is None, "one exception of the account, none of a SKU"
    shop.faults.clear()
    shop.faults.unlock()

    for sku, units in SKUS.items():
        await stage.shows(sku, units, within=60)
    failed = [one for one in await stage.every_case() if one.fingerprint.cls is ExceptionClass.FAILED_UPDATE]
    assert [one.fingerprint.sku for one in failed] == [None]
    await until(lambda: _ended(stage), "the account's exception to end", 30)


async def _ended(stage: Stage) -> bool:
    return all(one.fingerprint.cls is not ExceptionClass.FAILED_UPDATE for one in await stage.cases())
