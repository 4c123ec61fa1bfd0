"""F71: after silence nothing is raised before the open orders and levels of every channel that shares the stock are read."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from aiohttp import ClientSession
from sqlalchemy import select

from storage.backup import back_up, restore
from storage.engine import open_store
from storage.tables.outbox import targets
from sync.model.ids import SystemId
from sync.model.outbox import Priority
from sync.model.reading import Behind
from tests.failure_cases.conftest import Opened
from tests.stage import Stage, YoungShop, until

MUG, US, EU = "MUG-03-BLU", SystemId("shopify-us"), SystemId("shopify-eu")
STOCK, ORDERS, SHOWN = 500, 300, 50


class OldShop(YoungShop):
    """A shop that was open before: 300 orders wait to be shipped in Europe, the other storefront shows few by hand."""

    def _stock_storefronts(self) -> None:
        super()._stock_storefronts()
        self.warehouse.receive(MUG, STOCK - self.warehouse.books[MUG])
        europe = self.storefronts[EU]
        europe.set_by_hand(MUG, self.places[EU], STOCK)
        for number in range(ORDERS):
            europe.checkout([(MUG, 1)], at=self.clock() - timedelta(days=90) + timedelta(hours=number))
        self.storefronts[US].set_by_hand(MUG, self.places[US], SHOWN)
        europe.faults.fail_share(1.0, 503, operation="Orders")


async def levels_set(stage: Stage, before: int = 0) -> list[int]:
    """Every number of the mug that was written to the American storefront, in order, after its first ``before`` calls."""
    listings = (await stage.whole(MUG)).state.listings
    item = next(one.ref("item") for one in listings if one.system == US)
    found = []
    for call in list(stage.world.storefronts[US].calls)[before:]:
        if call.operation == "SetQuantity" and call.applied:
            given = call.variables["input"]
            assert isinstance(given, dict)
            found += [
                int(one["quantity"]) for one in given["quantities"] if one["inventoryItemId"].endswith(f"/{item}")
            ]
    return found


async def raise_waits(stage: Stage, unread: dict[SystemId, Behind]) -> bool:
    """A raise of the mug at the American storefront is decided and has not been sent, while these are still to be read."""
    if await stage.product.unread() != unread:
        return False
    async with stage.product.store.reading() as uow:
        held = targets.c
        query = select(held.key).where(held.lane == US, held.sku == MUG, held.priority == int(Priority.INCREASE))
        return (await uow.link.execute(query.where(held.state.in_(["due", "in_flight"])))).first() is not None


async def test_f71_at_first_start_nothing_is_raised_before_300_open_orders_are_read(opened: Opened) -> None:
    stage = await opened(shop=OldShop, settled=False)
    await until(lambda: raise_waits(stage, {EU: Behind.FIRST}), "the raise to wait for Europe alone")
    await stage.product.lanes.run_due()

    assert stage.seen(MUG).quantity == SHOWN
    assert await levels_set(stage) == []
    async with ClientSession() as session, session.get(f"{stage.product.health_url}/health") as answer:
        assert (await answer.json())["unread"] == {"first": 1}

    stage.world.storefronts[EU].faults.clear()
    await stage.shows(MUG, STOCK - ORDERS, within=40)
    assert max(await levels_set(stage)) == STOCK - ORDERS, "it was raised to more than the open orders leave"
    assert await stage.product.unread() == {}


async def test_f71_from_yesterdays_backup_nothing_is_raised_before_all_is_read_again(
    opened: Opened, tmp_path: Path
) -> None:
    stage = await opened()
    us, eu = stage.world.storefronts[US], stage.world.storefronts[EU]
    await stage.shows(MUG, 140)
    us.faults.fail_share(1.0, 503, operation="SetQuantity")
    stage.world.warehouse.receive(MUG, 40)

    async def delivered() -> bool:
        stage.world.warehouse.write_file()
        stage.clock.pass_by(timedelta(seconds=2))
        return await raise_waits(stage, {})

    await until(delivered, "the raise by what was received to be decided")
    archive = tmp_path / "yesterday.zip"
    await back_up(stage.product.store, archive, stage.clock.now())
    await stage.product.stop()
    us.faults.clear()
    eu.deliveries.drop(1.0)
    eu.checkout([(MUG, 60)])
    before = len(us.calls)

    eu.faults.fail_share(1.0, 503, operation="Orders")
    stage.clock.pass_by(timedelta(minutes=3))
    stage.database_url = f"sqlite+aiosqlite:///{tmp_path / 'restored.db'}"
    fresh = await open_store(stage.database_url, clock=stage.clock)
    await restore(fresh, archive, stage.clock)
    await fresh.close()
    await stage.begin_again()
    await until(lambda: raise_waits(stage, {EU: Behind.RESTORED}), "the raise to wait for Europe alone")
    await stage.product.lanes.run_due()

    assert await levels_set(stage, before) == []
    assert stage.seen(MUG).quantity == 140

    eu.faults.clear()
    await stage.shows(MUG, 120, within=40)
    assert await levels_set(stage, before) == [120], "it was raised by a number from before the orders"
