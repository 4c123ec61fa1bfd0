"""The policy that `countersign init --defaults` writes runs in the sandbox: first in shadow, then in full."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.cli import group
from sandbox.shop.goods import GOODS
from sync.model.exceptions import Case
from tests.stage import Stage, YoungShop, open_stage, until

MUG = next(good for good in GOODS if good.reno > 20)
FILLED_IN = (
    ("shop: storefront.myshopify.com", 'url: "${STOREFRONT_URL}"\n      shop: "${STOREFRONT_SHOP}"'),
    ("shop: downstream.myshopify.com", 'url: "${DOWNSTREAM_URL}"\n      shop: "${DOWNSTREAM_SHOP}"'),
    ('folder: "stock-files"', 'folder: "${WMS_FOLDER}"'),
    (
        'warehouse: "Main"',
        'warehouse: "Reno"\n      storefront: "${STOREFRONT_RENO}"\n      downstream: "${DOWNSTREAM_RENO}"',
    ),
    ("slack: U0LEAD", "slack: U0DANA"),
    ("slack: U0SECOND", "slack: U0LEE"),
)
"""What whoever installs it fills in: addresses, ids, people. No rule is changed."""


class PilotShop(YoungShop):
    """Two storefronts under the names that the pilot's policy gives them."""

    def _stock_storefronts(self) -> None:
        self.storefronts = dict(zip(("storefront", "downstream"), self.storefronts.values(), strict=True))
        super()._stock_storefronts()


@pytest.fixture
def pilot(tmp_path: Path) -> str:
    """The policy as the command writes it, with the sandbox filled in."""
    target = tmp_path / "pilot.yml"
    answer = CliRunner().invoke(group, ["init", "--defaults", "--to", str(target)], catch_exceptions=False)
    assert answer.exit_code == 0
    text = target.read_text(encoding="utf-8").replace("inv-exceptions", "inv-marketplaces")
    for written, filled in FILLED_IN:
        assert written in text
        text = text.replace(written, filled)
    return text


@pytest.fixture
async def stage(tmp_path: Path, pilot: str) -> AsyncIterator[Stage]:
    """Shop, workspace and product by the pilot's rules."""
    async with AsyncExitStack() as stack:
        yield await open_stage(stack, tmp_path, policy=pilot, shop=PilotShop)


async def _told_of(stage: Stage) -> Case:
    """An exception of the mug, once its five minutes have passed; on a busy machine they begin late and pass again."""
    for wait in (12, 12, 30):
        stage.clock.pass_by(timedelta(minutes=6))
        stage.world.warehouse.write_file()
        with suppress(AssertionError):
            return (await until(lambda: stage.cases(MUG.sku), "an exception of the mug", wait))[0]
    raise AssertionError("no exception of the mug in 18 minutes")


async def test_the_pilot_watches_in_shadow_and_acts_in_full(stage: Stage) -> None:
    storefront, place = stage.world.storefronts["storefront"], stage.world.places["storefront"]
    storefront.set_by_hand(MUG.sku, place, 999)
    await stage.idle()

    case = await _told_of(stage)
    await stage.card(case, "Shadow: nothing is sent to Storefront")
    await stage.idle()
    assert storefront.level(MUG.sku, place).available == 999, "nothing leaves in shadow"

    stage.policy_text = stage.policy_text.replace("mode: shadow", "mode: full")
    await stage.restart()

    await until(lambda: storefront.level(MUG.sku, place).available <= MUG.reno, "the number to be lowered", 60)
    assert "Orders sold beyond the stock" in stage.policy_text.partition("not_automated:")[2]
