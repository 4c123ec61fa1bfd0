"""Pictures for the documentation, taken of the running demo: `python -m tests.e2e.screenshots`."""

from __future__ import annotations

import asyncio
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path

from playwright.async_api import Page

from bot.cli.demo import set_stage
from sandbox.shop.trouble import TROUBLES
from tests.e2e.browser import chromium

DOCS = Path(__file__).parents[2] / "docs"
GALLERY = DOCS / "gallery"


async def take() -> None:
    """Set the stage, cause a trouble, and photograph what a person sees on the way to the paused card."""
    GALLERY.mkdir(exist_ok=True)
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        stage = await set_stage(stack, folder)
        browser = await stack.enter_async_context(chromium())
        context = await browser.new_context(viewport={"width": 1280, "height": 900}, device_scale_factor=2)
        page = await context.new_page()
        await page.goto(stage.workspace.page_url)
        await page.locator("#side button", has_text="inv-marketplaces").click()
        next(one for one in TROUBLES if one.id == "carton").cause(stage.world)
        card = page.locator("article.message", has_text="KTL-17-BLK").last
        await card.locator("button", has_text="Pause listing").wait_for(timeout=60_000)
        await card.screenshot(path=DOCS / "card.png")
        await page.screenshot(path=GALLERY / "card-open.png")
        await _pause(page, stage.shop_page.url)
    print("Look at the pictures in", GALLERY)


async def _pause(page: Page, shop_url: str) -> None:
    await page.locator("article.message button", has_text="Pause listing").last.click()
    modal = page.locator("dialog.modal")
    await modal.wait_for()
    await page.screenshot(path=GALLERY / "pause-modal.png")
    await modal.locator("select[data-block-id='pause.reason']").select_option("count")
    await modal.locator("textarea[data-block-id='pause.note'], input[data-block-id='pause.note']").fill(
        "a carton looks short, wait for a recount"
    )
    await modal.locator("button[data-submit]").click()
    await page.locator("article.message", has_text="verified at Shopify US").last.wait_for(timeout=30_000)
    await page.screenshot(path=GALLERY / "card-paused.png")
    box = page.locator("main textarea[data-composer]")
    await box.fill("/inventory sku KTL-17-BLK")
    await box.press("Enter")
    await page.locator("article.only-you", has_text="Shopify EU").last.wait_for()
    await page.screenshot(path=GALLERY / "inventory-sku.png")
    await page.locator("#side button[data-home]").click()
    await page.locator(".home .block").first.wait_for()
    await page.screenshot(path=GALLERY / "home.png")
    await page.goto(shop_url)
    await page.locator("#goods tr").first.wait_for()
    await page.screenshot(path=GALLERY / "shop.png")


if __name__ == "__main__":
    asyncio.run(take())
