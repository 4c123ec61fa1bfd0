"""The primary dies with a synchronous standby behind it: the product goes on at the other host, nothing acknowledged is lost."""

from __future__ import annotations

import asyncio
import shutil
import warnings
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from sandbox.shop.goods import GOODS
from storage.engine import open_store
from storage.standing import standing
from sync.model.ids import SkuId
from sync.proof import verify_chain
from tests.databases import migrated
from tests.fleet.postgres_pair import pair, pooler
from tests.stage import Stage, open_stage, sandbox_policy, until

MUG = next(good.sku for good in GOODS if good.reno > 40)
ORDERS = 24

pytestmark = [pytest.mark.postgres, pytest.mark.slow]


def unread() -> str:
    """Rules under which shops are read once: what a webhook brought and was lost is not found again by a reading."""
    return sandbox_policy(systems={"shopify-us": {"reads_every": "30 days"}, "shopify-eu": {"reads_every": "30 days"}})


async def told(stage: Stage) -> list[tuple[str, int]]:
    return sorted(
        (line.order, sum(s.units for s in line.statements[-1:])) for line in (await stage.whole(MUG)).state.lines
    )


async def test_a_standby_takes_over_and_no_acknowledged_order_is_lost(tmp_path: Path) -> None:
    async with pair() as servers, AsyncExitStack() as stack:
        await migrated(servers.url)
        stage = await open_stage(stack, tmp_path, database_url=servers.url, policy=unread())
        shop = stage.world.storefronts["shopify-us"]
        assert (await standing(stage.product.store)).standbys == 1, "preflight sees the standby"
        placed = [shop.checkout([(MUG, 1)]) for _ in range(ORDERS // 2)]
        await asyncio.wait_for(shop.deliveries.room(ORDERS // 4), 30)

        servers.primary.kill()
        placed += [shop.checkout([(MUG, 1)]) for _ in range(ORDERS // 2)]
        await asyncio.to_thread(servers.standby.promote)
        # It has no standby of its own now, and would wait for one with every commit.
        await servers.standby.ask("ALTER SYSTEM RESET synchronous_standby_names")
        await servers.standby.ask("SELECT pg_reload_conf()")

        async def all_there() -> bool:
            try:
                return len(await stage.lines(MUG)) == ORDERS
            except Exception:  # noqa: BLE001 - connections of the dead server break until the pool has others
                return False

        await until(all_there, f"{ORDERS} orders at the server that took over", 90)
        assert await stage.lines(MUG) == sorted((str(order.id), 1) for order in placed)
        async with stage.product.store.reading() as uow:
            for name in await uow.proofs.names():
                assert verify_chain(await uow.proofs.chain(name)) == []


async def test_behind_a_transaction_pooler_everything_holds(tmp_path: Path, pg_url: str) -> None:
    program = shutil.which("pgbouncer")
    if program is None:
        warnings.warn("NOT TESTED: there is no pgbouncer here", stacklevel=1)
        pytest.skip("there is no pgbouncer here")
    async with pooler(program, pg_url) as url, AsyncExitStack() as stack:
        stage = await open_stage(stack, tmp_path, database_url=url)
        other = await open_store(url, clock=stage.clock)
        stack.push_async_callback(other.close)
        shop = stage.world.storefronts["shopify-us"]
        before = stage.seen(MUG).quantity
        for _ in range(ORDERS):
            shop.checkout([(MUG, 1)])
        await stage.idle(60)

        assert len(await stage.lines(MUG)) == ORDERS
        # A write that met the one before it on its way is tried again a little later.
        await stage.shows(MUG, before - ORDERS, "shopify-eu")
        stage.clock.pass_by(timedelta(minutes=1))
        async with other.reading() as uow:
            assert (await uow.stock.load([SkuId(MUG)], stage.clock.now()))[SkuId(MUG)].state.lines
