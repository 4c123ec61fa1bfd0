"""The page in a real browser: what people see and press."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack import SlackWorkspace

pytestmark = pytest.mark.browser

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def plain(text: str, **more: Any) -> dict[str, Any]:
    return {"type": "plain_text", "text": text, **more}


def mrkdwn(text: str) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": text}


CARD: list[dict[str, Any]] = [
    {"type": "header", "text": plain("KTL-17-BLK: shows 7 too many")},
    {
        "type": "context",
        "elements": [
            mrkdwn(":small_red_triangle: *Open*. Take it by <!date^1795531620^{time}|14:47 UTC> <@U0DANA>"),
            plain("*Kettle* <!channel> <@U0LEE>", emoji=False),
        ],
    },
    {
        "type": "actions",
        "block_id": "card.actions.v1",
        "elements": [
            {
                "type": "button",
                "action_id": "card.pause.open",
                "style": "primary",
                "text": plain("Pause listing"),
                "accessibility_label": "Pause the listing of KTL-17-BLK",
            },
            {
                "type": "button",
                "action_id": "card.take",
                "text": plain("Take it"),
                "confirm": {
                    "title": plain("Take it?"),
                    "text": mrkdwn("It is yours then."),
                    "confirm": plain("Yes"),
                    "deny": plain("No"),
                },
            },
            {
                "type": "overflow",
                "action_id": "card.more",
                "options": [
                    {"text": plain("Hand over…"), "value": "handover"},
                    {"text": plain("Snooze…"), "value": "snooze"},
                ],
            },
        ],
    },
]
FORM: dict[str, Any] = {
    "type": "modal",
    "callback_id": "listing.pause",
    "title": plain("Pause listing"),
    "submit": plain("Pause"),
    "close": plain("Not now"),
    "blocks": [
        {
            "type": "input",
            "block_id": "pause.scope",
            "label": plain("Where"),
            "element": {
                "type": "static_select",
                "action_id": "value",
                "options": [
                    {"text": plain("Amazon US"), "value": "amazon"},
                    {"text": plain("All channels"), "value": "all"},
                ],
            },
        },
        {
            "type": "input",
            "block_id": "pause.reason",
            "label": plain("Reason"),
            "element": {"type": "plain_text_input", "action_id": "value", "multiline": True},
        },
    ],
}


def build_app(workspace: SlackWorkspace) -> AsyncApp:
    client = AsyncWebClient(token=workspace.bot_token, base_url=workspace.base_url)
    app = AsyncApp(client=client, signing_secret=workspace.signing_secret)

    @app.action("card.pause.open")
    async def opened(ack: Any, body: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        meta = {"private_metadata": body["message"]["ts"]}
        await client.views_open(trigger_id=body["trigger_id"], view=FORM | meta)

    @app.action("card.take")
    async def taken(ack: Any, respond: Any) -> None:
        await ack()
        await respond("It is yours.")

    @app.action("card.more")
    async def more(ack: Any, respond: Any, action: dict[str, Any]) -> None:
        await ack()
        await respond(f"You chose {action['selected_option']['value']}.")

    @app.view("listing.pause")
    async def submitted(ack: Any, view: dict[str, Any], client: AsyncWebClient, body: dict[str, Any]) -> None:
        values = view["state"]["values"]
        reason = values["pause.reason"]["value"]["value"]
        if len(reason) < 8:
            await ack(response_action="errors", errors={"pause.reason": "Say a little more."})
            return
        await ack()
        where = values["pause.scope"]["value"]["selected_option"]["value"]
        text = f"Paused on {where} by <@{body['user']['id']}>: {reason}"
        await client.chat_update(
            channel="C0MKT", ts=view["private_metadata"], text=text, blocks=[{"type": "section", "text": mrkdwn(text)}]
        )

    @app.command("/inventory")
    async def inventory(ack: Any, command: dict[str, Any]) -> None:
        await ack(f"You asked: {command['text']}")

    @app.event("app_home_opened")
    async def home(event: dict[str, Any], client: AsyncWebClient) -> None:
        blocks = [{"type": "section", "text": mrkdwn(f"<@{event['user']}>: nothing is yours.")}]
        await client.views_publish(user_id=event["user"], view={"type": "home", "blocks": blocks})

    return app


@pytest.fixture
async def workspace() -> AsyncIterator[SlackWorkspace]:
    async with SlackWorkspace(extra_pages=[("Trouble", "http://127.0.0.1:9/")]) as workspace:
        yield workspace


@pytest.fixture
async def client(workspace: SlackWorkspace) -> AsyncIterator[AsyncWebClient]:
    app = build_app(workspace)
    handler = AsyncSocketModeHandler(app, workspace.app_token)
    await handler.connect_async()  # type: ignore[no-untyped-call]
    await workspace.sockets.connected()
    yield app.client
    await handler.close_async()  # type: ignore[no-untyped-call]


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("SKIPPED: no Chromium on this machine, the page was not tried")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        await browser.close()


async def visit(browser: Browser, workspace: SlackWorkspace, person: str, width: int = 1200) -> Page:
    page = await browser.new_page(viewport={"width": width, "height": 800})
    page.on("pageerror", lambda error: pytest.fail(f"the page threw: {error}"))
    await page.goto(f"{workspace.page_url}&as={person}&channel=C0MKT")
    return page


async def test_a_card_is_paused_with_a_reason_and_both_people_see_it(
    workspace: SlackWorkspace, client: AsyncWebClient, browser: Browser
) -> None:
    dana = await visit(browser, workspace, "dana")
    lee = await visit(browser, workspace, "lee")
    await client.chat_postMessage(channel="C0MKT", text="Open", blocks=CARD)
    await dana.click('[data-action-id="card.pause.open"]')
    modal = dana.locator("dialog[data-view-id]")
    await modal.locator("[data-submit]").click()
    await expect(modal.locator(".error")).to_have_count(2)
    await modal.get_by_label("Where").select_option("all")
    await modal.get_by_label("Reason").fill("short")
    await modal.locator("[data-submit]").click()
    await expect(modal.get_by_text("Say a little more.")).to_be_visible()
    await expect(modal.get_by_label("Where")).to_have_value("all")
    await modal.get_by_label("Reason").fill("two cartons look damaged")
    await modal.locator("[data-submit]").click()
    await expect(modal).to_have_count(0)
    said = "Paused on all by @Dana: two cartons look damaged"
    for page in (dana, lee):
        await expect(page.locator("#main article")).to_contain_text(said)


async def test_typing_survives_an_update_of_the_view(
    workspace: SlackWorkspace, client: AsyncWebClient, browser: Browser
) -> None:
    page = await visit(browser, workspace, "dana")
    opened = await client.views_open(trigger_id=workspace.state.new_trigger("U0DANA"), view=FORM)
    await page.get_by_label("Reason").fill("half a sent")
    await page.get_by_label("Where").select_option("amazon")
    await page.get_by_label("Reason").focus()
    updated = FORM | {"title": plain("Numbers are new")}
    await client.views_update(view_id=opened["view"]["id"], view=updated)
    await expect(page.locator("dialog h2")).to_have_text("Numbers are new")
    await expect(page.get_by_label("Where")).to_have_value("amazon")
    await expect(page.get_by_label("Reason")).to_have_value("half a sent")
    await expect(page.get_by_label("Reason")).to_be_focused()


async def test_plain_text_is_never_markup_and_times_are_the_readers(
    workspace: SlackWorkspace, client: AsyncWebClient, browser: Browser
) -> None:
    await client.chat_postMessage(channel="C0MKT", text="Open", blocks=CARD)
    dana, lee = await visit(browser, workspace, "dana"), await visit(browser, workspace, "lee")
    title = dana.locator(".block-context .plain_text")
    await expect(title).to_have_text("*Kettle* <!channel> <@U0LEE>")
    await expect(title.locator("*")).to_have_count(0)
    await expect(dana.locator(".block-context .mrkdwn strong")).to_have_text("Open")
    await expect(dana.locator(".block-context time")).to_have_text("09:47")
    await expect(lee.locator(".block-context time")).to_have_text("14:47")


async def test_buttons_are_named_and_the_app_is_marked_sandbox(
    workspace: SlackWorkspace, client: AsyncWebClient, browser: Browser
) -> None:
    await client.chat_postMessage(channel="C0MKT", text="Open", blocks=CARD)
    page = await visit(browser, workspace, "dana")
    await expect(page.get_by_role("button", name="Pause the listing of KTL-17-BLK")).to_be_visible()
    await expect(page.locator("article .badge.sandbox")).to_have_text("SANDBOX")
    await expect(page.get_by_role("link", name="Trouble")).to_be_visible()


async def test_menus_and_confirmations_answer_only_the_one_who_pressed(
    workspace: SlackWorkspace, client: AsyncWebClient, browser: Browser
) -> None:
    await client.chat_postMessage(channel="C0MKT", text="Open", blocks=CARD)
    dana, lee = await visit(browser, workspace, "dana"), await visit(browser, workspace, "lee")
    await dana.click('button.more[data-action-id="card.more"]')
    await dana.get_by_role("menuitem", name="Snooze…").click()
    await expect(dana.locator(".only-you")).to_contain_text("You chose snooze.")
    await dana.click('[data-action-id="card.take"]')
    await dana.click("dialog.confirm [data-deny]")
    await dana.click('[data-action-id="card.take"]')
    await dana.click("dialog.confirm [data-confirm]")
    await expect(dana.locator(".only-you")).to_have_count(2)
    await expect(lee.locator('[data-action-id="card.take"]')).to_be_visible()
    await expect(lee.locator(".only-you")).to_have_count(0)


async def test_a_command_in_the_composer_is_answered_privately(
    workspace: SlackWorkspace, client: AsyncWebClient, browser: Browser
) -> None:
    page = await visit(browser, workspace, "dana")
    box = page.locator("#main [data-composer]")
    await box.fill("/inventory sku ABC")
    await box.press("Enter")
    await expect(page.locator(".only-you")).to_contain_text("You asked: sku ABC")


async def test_a_thread_opens_beside_and_takes_a_reply(
    workspace: SlackWorkspace, client: AsyncWebClient, browser: Browser
) -> None:
    root = (await client.chat_postMessage(channel="C0MKT", text="root"))["ts"]
    await client.chat_postMessage(channel="C0MKT", text="first", thread_ts=root)
    page = await visit(browser, workspace, "dana")
    await page.click(f'[data-thread="{root}"]')
    await page.locator("#thread [data-composer]").fill("second, @lee")
    await page.locator("#thread [data-send]").click()
    await expect(page.locator("#thread article")).to_have_count(3)
    await expect(page.locator("#thread article").last).to_contain_text("second, @Lee")
    assert [m.text for m in workspace.thread("inv-marketplaces", root)] == ["root", "first", "second, <@U0LEE>"]


async def test_a_permalink_leads_to_its_message(
    workspace: SlackWorkspace, client: AsyncWebClient, browser: Browser
) -> None:
    first = (await client.chat_postMessage(channel="C0OPS", text="the one"))["ts"]
    link = (await client.chat_getPermalink(channel="C0OPS", message_ts=first))["permalink"]
    await client.chat_postMessage(channel="C0MKT", text=f"See <{link}|the card>")
    page = await visit(browser, workspace, "dana")
    await page.get_by_role("link", name="the card").click()
    await expect(page.locator("article.found")).to_contain_text("the one")
    await page.goto(link)
    await expect(page.locator("article.found")).to_contain_text("the one")


async def test_home_is_each_persons_own(workspace: SlackWorkspace, client: AsyncWebClient, browser: Browser) -> None:
    page = await visit(browser, workspace, "dana")
    await page.click("[data-home]")
    await expect(page.locator(".home")).to_contain_text("@Dana: nothing is yours.")
    await page.click('[data-person="kim"]')
    await expect(page.locator(".home")).to_contain_text("@Kim: nothing is yours.")


async def test_a_silent_app_is_said_aloud(workspace: SlackWorkspace, browser: Browser) -> None:
    page = await visit(browser, workspace, "dana")
    await page.locator("#main [data-composer]").fill("/inventory help")
    await page.locator("#main [data-send]").click()
    await expect(page.locator(".notice")).to_contain_text("Countersign didn't respond")


async def test_unread_channels_are_counted_until_opened(
    workspace: SlackWorkspace, client: AsyncWebClient, browser: Browser
) -> None:
    page = await visit(browser, workspace, "dana")
    await client.chat_postMessage(channel="C0OPS", text="digest")
    line = page.locator('#side [data-channel="C0OPS"]')
    await expect(line.locator(".count")).to_have_text("1")
    await line.click()
    await expect(line.locator(".count")).to_have_count(0)


async def test_user_groups_show_their_people_and_are_left_with_a_press(
    workspace: SlackWorkspace, browser: Browser
) -> None:
    page = await visit(browser, workspace, "dana")
    line = page.locator('#side [data-group="marketplaces"]')
    await expect(line).to_have_attribute("aria-pressed", "true")
    await expect(line).to_have_attribute("title", "Dana, Lee. Press to leave it")
    await line.click()
    await expect(line).to_have_attribute("aria-pressed", "false")
    await expect(line).to_be_focused()
    assert workspace.state.groups["S0MKT"].members == ["U0LEE"]
    workspace.admin.disable_group("marketplaces")
    await expect(line.locator(".within")).to_have_text("disabled")


async def test_the_sidebar_is_a_drawer_on_a_phone(
    workspace: SlackWorkspace, client: AsyncWebClient, browser: Browser
) -> None:
    await client.chat_postMessage(channel="C0MKT", text="Open", blocks=CARD)
    page = await visit(browser, workspace, "dana", width=390)
    await expect(page.locator('[data-action-id="card.pause.open"]')).to_be_in_viewport()
    await expect(page.locator('#side [data-channel="C0OPS"]')).not_to_be_in_viewport()
    await page.click(".burger")
    await page.click('#side [data-channel="C0OPS"]')
    await expect(page.locator("#main h2")).to_contain_text("inv-ops")
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
