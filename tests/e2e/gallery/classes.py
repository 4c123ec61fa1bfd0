"""Played: a card of each class that the sandbox's shop can bring about, and the states that belong to one class."""

from __future__ import annotations

from datetime import timedelta

from sandbox.shopify.state import ProductStatus
from sync.model.exceptions import ActionKind, ActionState, Case, ExceptionClass
from tests.e2e.gallery.camera import Camera
from tests.e2e.gallery.hands import Hands
from tests.stage import Stage, until

KETTLE, MUG, LAMP, CHAIR, STEEL = "KTL-17-BLK", "MUG-03-BLU", "LMP-04-OAK", "CHR-22-GRY", "KTL-17-STL"
MKT = "inv-marketplaces"
US, EU = "shopify-us", "shopify-eu"


async def classes(camera: Camera, stage: Stage) -> None:
    """Each trouble of the shop, one after the other."""
    camera.chapter = "A card of each class"
    hands = Hands(stage)
    await _cleared_and_again(camera, hands)
    await _overridden(camera, hands)
    await _capped(camera, hands)
    await _oversold(camera, hands)
    await _by_hand(camera, hands)
    await _catalog(camera, hands)
    await _refused(camera, hands)
    await _off_sale(camera, hands)
    await _silent(camera, hands)
    await _account(camera, hands)


async def _cleared_and_again(camera: Camera, hands: Hands) -> None:
    stage = hands.stage
    stage.trouble("carton")
    case = await stage.case(ExceptionClass.EXPOSURE_MISMATCH, KETTLE, within=30)
    await hands.card(case, "at risk")
    stage.trouble("carton", end=True)
    cleared = await hands.card(case, "Cleared by itself")
    await camera.message("card-cleared", "Cleared by itself: the card folds, nobody had to act", cleared)
    await stage.idle()
    stage.clock.pass_by(timedelta(minutes=25))
    stage.world.storefronts[US].faults.swallow(KETTLE, mutations="quantities")
    stage.world.warehouse.lose(KETTLE, 1)
    stage.world.warehouse.count(KETTLE)
    stage.world.warehouse.write_file()
    await stage.case_when(case, lambda now: now.reopenings > 0, "it to open again", within=30)
    again = await hands.said(MKT, case.name, "Open again", "What closes it")
    await camera.message("card-again", "Open again: the same exception, with its last fix", again)
    old = await hands.said(MKT, "newer card")
    await camera.message("card-superseded", "The old card leads to the newer one", old)


async def _overridden(camera: Camera, hands: Hands) -> None:
    stage = hands.stage
    await hands.ask("dana", f"override {STEEL} 12")
    await hands.send("dana", override__owner="U0DANA", override__reason="photo shoot in the shop")
    case = await stage.case(ExceptionClass.MANUAL_OVERRIDE, STEEL)
    await stage.acted(case, ActionKind.OVERRIDE, ActionState.SEEN)
    await camera.message(
        "card-fixed", "A number fixed by a person, until when, and why", await hands.card(case, "Fixed at 12")
    )
    await hands.open("dana", case, "endoverride")
    await camera.modal("modal-endoverride", "End the override: what was found")
    await hands.away("dana")


async def _capped(camera: Camera, hands: Hands) -> None:
    stage = hands.stage
    stage.world.storefronts[EU].faults.swallow("RUG-80-NAT", mutations="quantities")
    stage.world.warehouse.lose("RUG-80-NAT", 20)
    stage.world.warehouse.count("RUG-80-NAT")
    stage.world.warehouse.write_file()
    case = await stage.case(ExceptionClass.EXPOSURE_MISMATCH, "RUG-80-NAT", within=30)
    await hands.open("dana", case, "cap")
    await hands.send("dana", cap__units="3", cap__reason="two pallets are wet")
    stage.world.storefronts[EU].faults.clear()
    capped = await hands.card(case, "At most 3")
    await stage.acted(case, ActionKind.CAP, ActionState.SEEN, within=60)
    await stage.idle()
    await camera.message("card-capped", "Shown less on one channel", capped)
    await hands.open("dana", case, "uncap")
    await camera.modal("modal-uncap", "Show all again")
    await hands.away("dana")


async def _oversold(camera: Camera, hands: Hands) -> None:
    stage = hands.stage
    stage.trouble("twice")
    stage.clock.pass_by(timedelta(seconds=65))  # the next reading tells from which place the orders are shipped
    case = await stage.case(ExceptionClass.OVERSELL, CHAIR, within=30)
    await camera.message(
        "card-oversell", "More was sold than there is: orders by name", await hands.card(case, "at risk")
    )
    view = await hands.open("dana", case, "hold")
    await camera.modal("modal-hold", "Hold orders until somebody has looked")
    boxes = next(one for one in view.content["blocks"] if one["block_id"] == "hold.orders")["element"]["options"]
    await hands.send("dana", hold__orders=[boxes[0]["value"]], hold__reason="two orders, one chair")
    await stage.acted(case, ActionKind.HOLD, ActionState.SEEN)
    await camera.message(
        "card-held", "An order is held, read back at the shop", await hands.card(case, "Held until reviewed")
    )
    await hands.open("dana", case, "release")
    await camera.modal("modal-release", "Release what was held")
    await hands.away("dana")


async def _by_hand(camera: Camera, hands: Hands) -> None:
    stage = hands.stage
    stage.world.storefronts[US].faults.swallow(MUG, mutations="quantities")
    stage.trouble("hand")
    case = await stage.case(ExceptionClass.MANUAL_OVERRIDE, MUG, within=30)
    await camera.message(
        "card-by-hand", "Somebody typed a number into the shop; it is not fought over", await hands.card(case, "set")
    )
    await hands.open("dana", case, "askreason")
    await camera.modal("modal-askreason", "Asking why somebody set a number")
    await hands.away("dana")


async def _catalog(camera: Camera, hands: Hands) -> None:
    stage = hands.stage
    stage.trouble("code")
    case = await _newest(stage, ExceptionClass.CATALOG_FAULT)
    card = await hands.card(case, "KTL-17-BLX")
    await camera.message("card-unknown-code", "A code that maps to no product", card)


async def _refused(camera: Camera, hands: Hands) -> None:
    stage = hands.stage
    stage.trouble("refuse")
    case = await stage.case(ExceptionClass.FAILED_UPDATE, LAMP, within=30)
    await camera.message(
        "card-failed-update", "A channel did not take an update, and says why", await hands.card(case, "did not take")
    )
    stage.trouble("refuse", end=True)


async def _off_sale(camera: Camera, hands: Hands) -> None:
    stage = hands.stage
    shop = stage.world.storefronts[US]
    shop.set_status(shop.variant("RUG-80-NAT").product, ProductStatus.DRAFT)
    case = await stage.case(ExceptionClass.FEED_SUPPRESSION, "RUG-80-NAT", within=30)
    await camera.message(
        "card-off-sale", "A listing went off sale, and not by us", await hands.card(case, "What closes it")
    )
    await hands.open("dana", case, "senddata")
    await camera.modal("modal-senddata-task", "What we cannot put back ourselves becomes a task")
    await hands.away("dana")


async def _silent(camera: Camera, hands: Hands) -> None:
    stage = hands.stage
    stage.trouble("vendor")
    stage.clock.pass_by(timedelta(minutes=62))
    case = await _newest(stage, ExceptionClass.STALE_FEED)
    card = await hands.card(case, "What closes it")
    await camera.message("card-silent", "A vendor's list is silent: what counts less meanwhile", card)
    await hands.press("dana", card, "card.skus.show")
    await hands.form("dana", "stand on")
    await camera.modal("modal-skus", "What stands on a silent source, most money at risk first")
    await hands.away("dana")
    await hands.open("dana", case, "askfeed")
    await camera.modal("modal-askfeed-direct", "Asking for a feed, of whom policy names")
    await hands.away("dana")
    await hands.open("dana", case, "handover")
    await camera.modal("modal-handover-route", "Handing over a vendor's case")
    await hands.away("dana")


async def _account(camera: Camera, hands: Hands) -> None:
    stage = hands.stage
    stage.trouble("frozen")
    stage.world.warehouse.lose(MUG, 30)
    stage.world.warehouse.count(MUG)
    stage.world.warehouse.write_file()
    case = await _newest(stage, ExceptionClass.FAILED_UPDATE)
    await camera.message(
        "card-account-refused", "A whole account refuses us: one card", await hands.card(case, "refuses us")
    )


async def _newest(stage: Stage, cls: ExceptionClass) -> Case:
    async def look() -> Case | None:
        every = await stage.every_case()
        return next((one for one in every if one.fingerprint.cls is cls and one.fingerprint.sku is None), None)

    return await until(look, f"an exception {cls} of no single SKU", 30)
