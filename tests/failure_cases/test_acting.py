"""F20, F21, F29 to F33: what goes out to a channel meets races, refusals, lost answers and its own echo."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from sandbox.shopify.faults import When
from sync.model.exceptions import ExceptionClass
from sync.model.ids import SystemId
from tests.failure_cases.conftest import Opened
from tests.stage import Stage, sandbox_policy, until

KETTLE, STEEL, LAMP, RUG, CHAIR, MUG = (
    "KTL-17-BLK",
    "KTL-17-STL",
    "LMP-04-OAK",
    "RUG-80-NAT",
    "CHR-22-GRY",
    "MUG-03-BLU",
)
US, EU = SystemId("shopify-us"), SystemId("shopify-eu")


async def test_f20_our_own_update_coming_back_late_and_out_of_order_is_no_news(stage: Stage) -> None:
    us, eu = stage.world.storefronts[US], stage.world.storefronts[EU]
    us.deliveries.duplicate(0.5)
    us.deliveries.reorder(0.5)
    writes = len(us.calls)

    for _ in range(3):
        eu.checkout([(MUG, 2)])
        await stage.shows(MUG, us.customer_sees(MUG).quantity or 0)
    await stage.shows(MUG, 134)
    await stage.idle()

    assert stage.seen(MUG).quantity == 134
    assert await stage.every_case(MUG) == []
    sent = Counter(call.operation for call in list(us.calls)[writes:])
    assert 1 <= sent["SetQuantity"] <= 6, "an echo was answered with another update"


async def test_f21_a_number_typed_by_hand_is_told_before_it_is_touched_and_never_believed(stage: Stage) -> None:
    stage.trouble("hand")

    case = await stage.case(ExceptionClass.MANUAL_OVERRIDE, MUG)
    assert case.delta == 260
    assert "Somebody set 400" in case.evidence.changed
    await stage.card(case, "400")
    assert stage.seen(MUG, EU).quantity == 140, "the other storefront believed it"
    await stage.shows(MUG, 140)


async def test_f29_a_sale_between_our_look_and_our_write_is_not_overwritten(stage: Stage) -> None:
    us, eu = stage.world.storefronts[US], stage.world.storefronts[EU]
    us.faults.slow_to_apply(0.5)

    eu.checkout([(RUG, 4)])
    await until(lambda: stage.lines(RUG), "the first sale to be known")
    us.checkout([(RUG, 3)])
    us.faults.slow_to_apply(0)

    await stage.shows(RUG, 24)
    await stage.shows(RUG, 24, EU)
    await stage.idle()
    assert stage.seen(RUG).quantity == 24


async def test_f30_a_refusal_of_one_product_leaves_the_others_alone(stage: Stage) -> None:
    us = stage.world.storefronts[US]
    us.faults.refuse_sku(LAMP)

    for sku in (LAMP, RUG, STEEL):
        stage.world.storefronts[EU].checkout([(sku, 2)])

    await stage.shows(RUG, 29)
    await stage.shows(STEEL, 20)
    case = await stage.case(ExceptionClass.FAILED_UPDATE, LAMP)
    assert stage.seen(LAMP).quantity == 14
    await stage.card(case, "Shopify US")
    assert await stage.every_case(RUG) == []
    assert await stage.every_case(STEEL) == []


@pytest.mark.parametrize("away", [0, 3])
async def test_f31_an_answer_lost_after_the_write_was_applied_has_no_second_effect(stage: Stage, away: int) -> None:
    """Heard at the next try, or, where the shop does not answer for a while, after a sale that is certainly later than it."""
    us = stage.world.storefronts[US]
    us.faults.disconnect_next(1, operation="SetQuantity", when=When.AFTER_APPLYING)
    if away:
        us.faults.fail_next(away, 503, operation="SetQuantity")

    stage.world.storefronts[EU].checkout([(RUG, 4)])
    await stage.shows(RUG, 27)
    if away:
        stage.clock.pass_by(timedelta(minutes=1))
    us.checkout([(RUG, 1)])

    def heard() -> bool:
        stage.clock.pass_by(timedelta(seconds=5) if away else timedelta(0))
        return us.faults.to_come() == 0

    await until(heard, "every failure to have struck")
    if away:
        stage.clock.pass_by(timedelta(minutes=1))
    await stage.idle()
    await stage.shows(RUG, 26)
    await stage.shows(RUG, 26, EU)
    # Were the 26 taken for somebody's, nothing would be sent before that has its exception.
    stage.world.storefronts[EU].checkout([(RUG, 1)])
    await stage.shows(RUG, 25)
    await stage.idle()

    told = {one.fingerprint.cls for one in await stage.every_case(RUG)}
    assert told <= ({ExceptionClass.FAILED_UPDATE, ExceptionClass.EXPOSURE_MISMATCH} if away else set())


async def test_f32_a_revoked_token_is_one_exception_for_the_account_and_work_resumes_by_itself(stage: Stage) -> None:
    us = stage.world.storefronts[US]
    us.tokens.revoke()

    for sku in (KETTLE, STEEL, LAMP, RUG, MUG):
        stage.world.storefronts[EU].checkout([(sku, 1)])
    case = await stage.case(ExceptionClass.FAILED_UPDATE)
    await asyncio.wait_for(stage.world.storefronts[EU].deliveries.drain(), 10)

    assert case.fingerprint.sku is None
    assert case.fingerprint.systems == (US,)
    await stage.card(case, "Shopify US")
    failed = [one for one in await stage.every_case() if one.fingerprint.cls is ExceptionClass.FAILED_UPDATE]
    assert [one.id for one in failed] == [case.id]

    us.tokens.restore()
    for sku, units in ((KETTLE, 15), (STEEL, 21), (LAMP, 13), (RUG, 30), (MUG, 139)):
        await stage.shows(sku, units, within=45)
    await stage.case_when(case, lambda now: now.life.ended, "the exception of the account to end", within=20)


async def test_f33_a_channel_that_cannot_pause_shows_zero_and_the_card_says_so(opened: Opened) -> None:
    stage = await opened(policy=sandbox_policy(systems={"shopify-us": {"channel": {"pause_by": "quantity"}}}))
    us = stage.world.storefronts[US]
    us.change_scopes(remove=["write_publications"])
    stage.trouble("hand")
    case = await stage.case(ExceptionClass.MANUAL_OVERRIDE, MUG)

    sent = await stage.pause("dana", case)

    assert sent.errors == {}
    await stage.card(case, "verified at Shopify US (its quantity is 0: Shopify US cannot pause a listing)")
    assert us.level(MUG, stage.world.places[US]).available == 0
    assert us.customer_sees(MUG).offered is False
    assert stage.seen(MUG, EU).quantity == 140, "the other storefront goes on selling"

    dana = await stage.press("dana", case, "card.resume.open")
    await dana.submit_view({"resume.note": "counted, the shelf agrees"})

    await stage.shows(MUG, 140)
    told = await until(lambda: _resolved(stage), "the exception to be resolved", 20)
    assert any("Shopify US is live" in sentence for sentence in told)


async def _resolved(stage: Stage) -> list[str] | None:
    [case] = [one for one in await stage.every_case(MUG) if one.fingerprint.cls is ExceptionClass.MANUAL_OVERRIDE]
    return await stage.verified(case) if case.life.ended else None
