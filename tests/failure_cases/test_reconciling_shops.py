"""F05 and F52: what nobody told is found by comparing everything, said in one message, owned, and repaired by policy."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import polars as pl

from bot.nightly import Nightly, night_of
from sync.model.exceptions import ExceptionClass
from sync.model.ids import SystemId
from tests.failure_cases.conftest import Opened
from tests.stage import Stage, sandbox_policy, until

MUG, RUG, US = "MUG-03-BLU", "RUG-80-NAT", SystemId("shopify-us")
SELDOM = {name: {"reads_every": "12 h"} for name in ("shopify-us", "shopify-eu")}


async def told_in(stage: Stage, text: str) -> str:
    """The message of the ops channel that says ``text``."""

    def look() -> str | None:
        ops = stage.workspace.state.channels.values()
        said = [stage.read(message) for channel in ops if channel.name == "inv-ops" for message in channel.timeline()]
        return next((one for one in said if text in one), None)

    return await until(look, f"the ops channel to be told {text!r}", 30)


async def test_f05_and_f52_a_lost_webhook_and_a_hand_edit_are_found_said_owned_and_repaired(
    opened: Opened, tmp_path: Path
) -> None:
    stage = await opened(policy=sandbox_policy(systems=SELDOM))
    us = stage.world.storefronts[US]
    us.deliveries.drop(1.0)
    us.checkout([(RUG, 4)])
    us.set_by_hand(MUG, stage.world.places[US], 120)
    stage.clock.pass_by(timedelta(minutes=5))  # the warehouse is still fresh
    stage.world.warehouse.write_file()
    stage.world.vendor.refresh()
    assert await stage.lines(RUG) == []

    report = await stage.product.reconciler.run("test", folder=tmp_path / "snapshots")

    assert [(one.system, one.facts > 0) for one in report.missed] == [(US, True)]
    assert report.unread == ()
    assert report.candidates > 0
    await stage.shows(RUG, 27, "shopify-eu")
    case = await stage.case(ExceptionClass.MANUAL_OVERRIDE, MUG)
    assert (case.delta, case.queue) == (-20, "marketplaces")
    told = await told_in(stage, "Reconciled")
    assert "Missed webhooks: Shopify US never told of" in told
    levels = pl.read_parquet(tmp_path / "snapshots" / "shopify-us" / "*.parquet")
    assert levels.filter(pl.col("sku") == MUG)["available"].to_list() == [120]
    async with stage.product.store.reading() as uow:
        assert await uow.reconciling.last() == report


async def test_a_night_is_reconciled_once_and_by_one_process(opened: Opened) -> None:
    stage = await opened()
    product = stage.product
    night = night_of(product.policy.current, stage.clock.now())
    assert night is not None
    stage.clock.pass_by(night[1] + timedelta(days=1, minutes=1) - stage.clock.now())
    one, two = (
        Nightly(product.store, product.reconciler, product.policy, stage.clock, name) for name in ("one", "two")
    )

    assert await one.tick()
    assert not await two.tick()
    assert not await one.tick()

    async with product.store.reading() as uow:
        last = await uow.reconciling.last()
    assert last is not None
    assert (last.cause, last.missed) == ("night", ())
    await told_in(stage, "Reconciled Shopify US")
