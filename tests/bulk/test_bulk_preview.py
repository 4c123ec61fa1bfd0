"""What an act on many would do, before it is done: a dry run of the acts themselves."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from storage.store import SqlStore
from sync.bulk.bulk import Deed, ItemState, LeftCount, Why
from tests.bulk.bulk_world import DANA, FEW, LEE, OUTLET, SHADOW, SHOP, TILL, BulkWorld, bulk_world
from tests.databases import MovableClock


@pytest.fixture
def world(sqlite_store: SqlStore, store_clock: MovableClock) -> BulkWorld:
    return bulk_world(sqlite_store, store_clock, **FEW)


async def test_it_says_how_many_listings_and_units_and_who_is_left_out_and_why(world: BulkWorld) -> None:
    shop, outlet = await world.too_many(SHOP, 4), await world.too_many(OUTLET, 2)
    till, shade = await world.too_many(TILL, 3), await world.too_many(SHADOW, 1)
    await world.changed(shop[0], owner=LEE, owner_name="Lee")
    frozen = await world.freeze(DANA, Deed.PAUSE, [*shop, *outlet, *till, *shade])
    found = frozen.figures
    assert (found.items, found.listings, found.channels) == (5, 5, 2)
    assert (found.units_now, found.units_then) == (40, 0)
    assert found.saves == sum((case.risk_now.amount for case in (*shop[1:], *outlet)), Decimal(0))
    assert set(found.left) == {
        LeftCount(Why.OWNED, "Lee", 1),
        LeftCount(Why.CANNOT, "", 3),
        LeftCount(Why.SHADOW, "", 1),
    }
    assert len(await world.items(frozen, ItemState.WAITING)) == 5
    assert len(await world.items(frozen, ItemState.LEFT)) == 5
    assert frozen.until - frozen.frozen_at == timedelta(minutes=10)
