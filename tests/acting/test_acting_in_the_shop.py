"""Acts from the slash command and the card to what customers of the shop see, and back again."""

from __future__ import annotations

import pytest

from sandbox.shopify.shop import ShopRefused
from sync.model.exceptions import ActionKind, ActionState, ExceptionClass, Life
from tests.stage import Stage, until

MUG = "MUG-03-BLU"
CHAIR = "CHR-22-GRY"


async def test_an_override_from_the_command_shows_in_the_shop_until_it_is_ended(stage: Stage) -> None:
    before = stage.seen(MUG).quantity
    assert before is not None
    dana = stage.workspace.person("dana")
    await dana.command("general", "/inventory", f"override {MUG} 12")
    await until(
        lambda: (view := dana.open_view()) is not None and view.content.get("submit") is not None,
        "the form of an override",
    )
    view = dana.open_view()
    assert view is not None
    listing = next(block for block in view.content["blocks"] if block["block_id"] == "override.listing")
    chosen = listing["element"]["initial_option"]["value"]
    storefront = chosen.split(":")[0]
    await dana.submit_view({"override.owner": "U0DANA", "override.reason": "photo shoot in the shop"})

    case = await stage.case(ExceptionClass.MANUAL_OVERRIDE, MUG)
    await stage.shows(MUG, 12, storefront)
    await stage.acted(case, ActionKind.OVERRIDE, ActionState.SEEN)
    await stage.card(case, "Fixed at 12")

    who = await stage.press("dana", case, "card.endoverride.open")
    await who.submit_view({"endoverride.note": "the shoot is over"})
    await stage.shows(MUG, before, storefront)
    await stage.case_when(case, lambda now: now.life is Life.RESOLVED, "the override's exception to be resolved")
    told = await stage.verified(case)
    assert any("fixes" in line for line in told)
    assert any("ended the override: the shoot is over" in line for line in told)


async def test_of_two_orders_for_the_last_unit_one_is_held_refused_by_the_shop_released_and_ships(stage: Stage) -> None:
    shop = stage.world.storefronts["shopify-eu"]
    first, second = shop.checkout([(CHAIR, 4)]), shop.checkout([(CHAIR, 5)], race=True)
    case = await stage.case(ExceptionClass.OVERSELL, CHAIR)
    who = await stage.press("dana", case, "card.hold.open")
    await who.submit_view({"hold.orders": [f"shopify-eu:{second.id}"], "hold.reason": "two orders, one chair"})
    await stage.acted(case, ActionKind.HOLD, ActionState.SEEN)
    await stage.card(case, "Held until reviewed")
    assert [one.status for one in second.fulfillment_orders] == ["ON_HOLD"]
    with pytest.raises(ShopRefused, match="on hold"):
        shop.fulfil(second)
    shop.fulfil(first)

    release = await stage.press("dana", case, "card.release.open")
    await release.submit_view({"release.note": "another chair was found"})
    await stage.acted(case, ActionKind.RELEASE, ActionState.SEEN)
    await stage.acted(case, ActionKind.HOLD, ActionState.UNDONE)
    shop.fulfil(second)
    assert second.fulfillment_status == "fulfilled"
    told = await stage.verified(case)
    assert any("until reviewed: two orders, one chair" in line for line in told)
    assert any("be shipped: another chair was found" in line for line in told)
