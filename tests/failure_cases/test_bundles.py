"""F13, F14, F16 and F69 through the whole product: bundles, refunds, a renamed code, and the last unit sold twice."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from bot.slack.picture import picture_blocks
from sandbox.shopify.catalog import VariantSpec
from sync.counting.weights import owed
from sync.inbox.view import SkuView
from sync.model.exceptions import ExceptionClass
from sync.model.ids import SkuId
from sync.model.stock import SkuState
from tests.failure_cases.conftest import Opened
from tests.stage import Stage, YoungShop, sandbox_policy, until

MUG, CHAIR, BOX = "MUG-03-BLU", "CHR-22-GRY", "MUG-BOX-5"


class ShopWithBoxes(YoungShop):
    """Sells mugs by the box of five, too; only single mugs lie in the warehouse."""

    def _stock_storefronts(self) -> None:
        super()._stock_storefronts()
        us = self.storefronts["shopify-us"]
        us.add_product("Five stoneware mugs", [VariantSpec(BOX, price=Decimal("69.00"), stock={"Reno warehouse": 28})])


async def with_boxes(opened: Opened) -> Stage:
    policy = sandbox_policy(packs={BOX: {"of": MUG, "units": 5}})
    return await opened(policy=policy, shop=ShopWithBoxes)


async def test_f14_a_bundle_of_five_takes_five_and_its_cancellation_gives_five_back(opened: Opened) -> None:
    stage = await with_boxes(opened)
    us = stage.world.storefronts["shopify-us"]
    await stage.shows(BOX, 28)

    order = us.checkout([(BOX, 1)])
    await stage.shows(MUG, 135)
    await stage.shows(MUG, 135, "shopify-eu")
    await stage.shows(BOX, 27)
    await stage.idle()
    assert [(line.kit, owed(line)) for line in (await stage.whole(MUG)).state.lines] == [(BOX, 1)]

    us.cancel(order)
    await stage.shows(MUG, 140, "shopify-eu")
    await stage.shows(MUG, 140)
    await stage.shows(BOX, 28)

    await stage.idle()
    us.checkout([(MUG, 3)])
    await stage.shows(BOX, 27)
    await stage.idle()
    told = {case.fingerprint.cls for sku in (MUG, BOX) for case in await stage.every_case(sku)}
    assert not told & {ExceptionClass.OVERSELL, ExceptionClass.MANUAL_OVERRIDE}

    async def calm() -> bool:
        return await stage.cases(MUG) == await stage.cases(BOX) == []

    await until(calm, "no exception: bundles and parts are sold side by side")

    view = await stage.product.inbox.sku_view(BOX)
    assert isinstance(view, SkuView)
    assert [line.can_sell for line in view.listings] == [27]
    assert [lines for _, lines in view.arithmetic] == [("MUG-03-BLU 137, 5 in each: enough for 27",)]
    assert "MUG-03-BLU 137, 5 in each: enough for 27" in str(picture_blocks(view, stage.clock.now(), "sku"))


async def test_f13_a_refund_goes_to_the_variant_and_to_nothing_else(stage: Stage) -> None:
    us = stage.world.storefronts["shopify-us"]
    place = us.shop.location("Reno warehouse")
    us.add_product(
        "Poster", [VariantSpec("PST-A", "A", stock={place.id: 9}), VariantSpec("PST-B", "B", stock={place.id: 9})]
    )
    order = us.checkout([("PST-A", 2)])
    us.fulfil(order)
    us.refund(order, [(order.lines[0].id, 1)], location=place.id)
    await stage.idle()
    moved = {}
    for sku in ("PST-A", "PST-B"):
        positions = (await stage.whole(sku)).state.positions
        moved[sku] = [one.change.on_hand for position in positions for one in position.movements]
    assert moved == {"PST-A": [1], "PST-B": []}


async def test_f16_a_code_renamed_between_order_and_refund_stays_the_same_product(stage: Stage) -> None:
    us = stage.world.storefronts["shopify-us"]
    order = us.checkout([(MUG, 6)])
    us.fulfil(order, [(order.lines[0].id, 2)])
    await stage.idle()
    us.rename_sku(MUG, "MUG-03-NAVY")
    await stage.idle()
    us.refund(order, [(order.lines[0].id, 4)], restock_type="cancel")
    us.refund(order, [(order.lines[0].id, 1)], location=stage.world.places["shopify-us"])
    us.checkout([("MUG-03-NAVY", 3)])
    await stage.idle()
    whole = await stage.whole(MUG)
    assert sorted(units for _, units in await stage.lines(MUG)) == [2, 3]
    shop = [one for position in whole.state.positions if position.system == "shopify-us" for one in position.movements]
    assert [one.change.on_hand for one in shop] == [1]
    assert [listing.system for listing in whole.state.listings] == ["shopify-eu", "shopify-us"]
    assert (await stage.whole("MUG-03-NAVY")).state == SkuState(SkuId("MUG-03-NAVY"))
    await stage.shows(MUG, 135, "shopify-eu")


async def test_f69_two_last_unit_orders_in_two_transactions_are_one_incident_with_both_named(stage: Stage) -> None:
    eu = stage.world.storefronts["shopify-eu"]
    first, second = eu.checkout([(CHAIR, 4)]), eu.checkout([(CHAIR, 5)], race=True)
    case = await stage.case(ExceptionClass.OVERSELL, CHAIR)
    assert case.delta == -2
    assert {order for _, order in case.evidence.facts} == {str(first.id), str(second.id)}
    stage.clock.pass_by(timedelta(seconds=3))
    await stage.shows(CHAIR, 0)
    await stage.shows(CHAIR, 0, "shopify-eu")
