"""Acts from the slash command and the card to what customers of the shop see, and back again."""

from __future__ import annotations

from datetime import timedelta

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


async def test_a_number_that_somebody_set_too_low_is_asked_about_answered_and_published_over(stage: Stage) -> None:
    before = stage.seen(MUG).quantity
    assert before is not None
    shop = stage.world.storefronts["shopify-us"]
    shop.set_by_hand(MUG, stage.world.places["shopify-us"], 2)
    case = await stage.case(ExceptionClass.MANUAL_OVERRIDE, MUG)
    asking = await stage.press("dana", case, "card.askreason.open")
    await asking.submit_view({"askreason.whom": "U0SAM", "askreason.text": "Was it you?"})
    told = stage.workspace.person("sam").direct().timeline
    await until(lambda: told() and "Dana asks you about MUG-03-BLU" in stage.read(told()[-1]), "Sam to be asked")
    await stage.card(case, "was asked for the reason by")
    sam = stage.workspace.person("sam")
    await sam.command("inv-warehouse", "/inventory", f"show {case.name}")
    shown = await until(lambda: stage.workspace.ephemerals("sam", "inv-warehouse"), "the card that Sam asked for")
    await sam.click("inv-warehouse", shown[-1].ts, "card.givereason.open")
    await until(lambda: (view := sam.open_view()) is not None and view.content.get("submit"), "the form of a reason")
    await sam.submit_view({"givereason.reason": "I mistyped it"})
    await stage.card(case, "Reason: “I mistyped it”")
    dana = stage.workspace.person("dana").direct().timeline
    await until(lambda: dana() and "Sam gave the reason" in stage.read(dana()[-1]), "Dana to be told")

    assert stage.seen(MUG).quantity == 2, "nothing is raised by itself"
    who = await stage.press("dana", case, "card.publish.open")
    assert f"Shopify US shows 2, will show {before}." in stage.workspace.read_view(who.view())
    await who.submit_view({"publish.reason": "Sam mistyped it"})
    await stage.shows(MUG, before)
    await stage.acted(case, ActionKind.PUBLISH, ActionState.SEEN)
    await stage.case_when(case, lambda now: now.life is Life.RESOLVED, "it to be resolved")
    assert any("publishes over the number on Shopify US" in line for line in await stage.verified(case))


async def test_what_somebody_took_off_sale_is_put_back_where_it_was(stage: Stage) -> None:
    shop = stage.world.storefronts["shopify-us"]
    assert stage.seen(CHAIR).live
    shop.unpublish_product(shop.variant(CHAIR).product)
    stage.clock.pass_by(timedelta(seconds=65))  # no webhook tells of a publication: it is read
    case = await stage.case(ExceptionClass.FEED_SUPPRESSION, CHAIR, within=30)
    who = await stage.press("dana", case, "card.senddata.open")
    assert "Shopify US will show it on Online Store again" in stage.workspace.read_view(who.view())
    await who.submit_view({"senddata.note": "somebody tidied up"})
    await until(lambda: stage.seen(CHAIR).live, "customers to see it again")
    await stage.acted(case, ActionKind.RESEND, ActionState.SEEN)
    await stage.case_when(case, lambda now: now.life is Life.RESOLVED, "it to be resolved")
    assert any("sends the data of CHR-22-GRY to Shopify US again" in line for line in await stage.verified(case))
