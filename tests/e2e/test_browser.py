"""What an operator does on their first day, in a browser: see the card, pause the listing, see that it is so."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from sync.model.exceptions import ActionKind, ActionState, ExceptionClass, Life
from tests.stage import Stage, until

pytestmark = pytest.mark.browser

KETTLE = "KTL-17-BLK"
SOON = 10_000
"""Milliseconds the page may take to show what has happened."""


async def test_a_card_is_paused_in_the_browser_and_customers_cannot_buy(stage: Stage, page: Page) -> None:
    await page.goto(stage.workspace.page_url)
    await page.locator("#side button[data-person=dana]").click()
    await page.locator("#side button", has_text="inv-marketplaces").click()

    stage.trouble("carton")

    case = await stage.case(ExceptionClass.EXPOSURE_MISMATCH, KETTLE)
    card = page.locator("article.message", has_text=case.name).first
    await expect(card).to_contain_text(KETTLE, timeout=SOON)
    await expect(card).to_contain_text("SANDBOX")
    assert stage.seen(KETTLE).live

    await card.locator("button", has_text="Pause listing").click()
    modal = page.locator("dialog.modal")
    await expect(modal).to_be_visible(timeout=SOON)
    await expect(modal).to_contain_text("Shopify US")
    await modal.locator(
        "[data-block-id='pause.reason'] input[value=count], select[data-block-id='pause.reason']"
    ).first.wait_for()
    await _choose(page, "pause.reason", "count")
    await modal.locator("textarea[data-block-id='pause.note'], input[data-block-id='pause.note']").fill(
        "a carton looks short, wait for a recount"
    )
    await modal.locator("button[data-submit]").click()
    await expect(modal).to_have_count(0, timeout=SOON)

    for words in ("Dana", "a carton looks short, wait for a recount", "verified at Shopify US"):
        await expect(card).to_contain_text(words, timeout=SOON)
    await expect(card).to_contain_text("paused", ignore_case=True)
    await stage.acted(case, ActionKind.PAUSE, ActionState.SEEN)
    assert not stage.seen(KETTLE).live, "the stand-in still sells it"
    shop = stage.world.storefronts["shopify-us"]
    assert not shop.customer_sees(KETTLE).offered
    proof = await stage.verified(case)
    assert any("Dana paused Shopify US" in text for text in proof)


async def _choose(page: Page, block: str, value: str) -> None:
    select = page.locator(f"dialog.modal select[data-block-id='{block}']")
    if await select.count():
        await select.select_option(value)
    else:
        await page.locator(f"dialog.modal [data-block-id='{block}'] input[value='{value}']").check()


async def test_a_form_without_a_reason_is_sent_back_and_nothing_is_paused(stage: Stage, page: Page) -> None:
    stage.trouble("carton")
    case = await stage.case(ExceptionClass.EXPOSURE_MISMATCH, KETTLE)
    await page.goto(stage.workspace.page_url)
    await page.locator("#side button", has_text="inv-marketplaces").click()
    card = page.locator("article.message", has_text=case.name).first
    await card.locator("button", has_text="Pause listing").click()
    modal = page.locator("dialog.modal")

    await modal.locator("button[data-submit]").click()

    await expect(modal.locator(".wrong").first).to_be_visible(timeout=SOON)
    await modal.locator("button[data-close]").click()
    await expect(modal).to_have_count(0, timeout=SOON)
    assert stage.seen(KETTLE).live
    assert (await until(lambda: stage.every_case(KETTLE), "the case"))[0].newest(ActionKind.PAUSE) is None


async def test_a_command_typed_in_the_browser_is_answered_to_its_sender_alone(stage: Stage, page: Page) -> None:
    await page.goto(stage.workspace.page_url)
    await page.locator("#side button", has_text="inv-marketplaces").click()
    box = page.locator("main textarea[data-composer]")

    await box.fill(f"/inventory sku {KETTLE}")
    await box.press("Enter")

    answer = page.locator("article.only-you").last
    for words in (KETTLE, "Shopify US", "16"):
        await expect(answer).to_contain_text(words, timeout=SOON)
    await page.locator("#side button[data-person=lee]").click()
    await expect(page.locator("article.only-you")).to_have_count(0, timeout=SOON)
    assert all(case.life is not Life.RESOLVED for case in await stage.every_case(KETTLE))
