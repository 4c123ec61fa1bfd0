"""A real Bolt app, over a real socket and over signed HTTP, in the sandbox's workspace."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack import AppDidNotRespondError, Outcome, SlackWorkspace

MODAL = {
    "type": "modal",
    "callback_id": "listing.pause",
    "title": {"type": "plain_text", "text": "Pause listing"},
    "submit": {"type": "plain_text", "text": "Pause"},
    "blocks": [
        {
            "type": "input",
            "block_id": "pause.reason",
            "label": {"type": "plain_text", "text": "Reason"},
            "element": {"type": "plain_text_input", "action_id": "value", "multiline": True},
        }
    ],
}

CARD = [
    {
        "type": "actions",
        "block_id": "card.actions.v1",
        "elements": [
            {
                "type": "button",
                "action_id": "card.pause.open",
                "text": {"type": "plain_text", "text": "Pause listing"},
                "value": "EX-1:1",
            }
        ],
    }
]


def build_app(workspace: SlackWorkspace) -> AsyncApp:
    """A card with one button, a modal behind it, a command, a Home tab."""
    client = AsyncWebClient(token=workspace.bot_token, base_url=workspace.base_url)
    app = AsyncApp(client=client, signing_secret=workspace.signing_secret)

    @app.action("card.pause.open")
    async def opened(ack: Any, body: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=MODAL | {"private_metadata": body["message"]["ts"]})

    @app.view("listing.pause")
    async def submitted(ack: Any, view: dict[str, Any], body: dict[str, Any], client: AsyncWebClient) -> None:
        reason = view["state"]["values"]["pause.reason"]["value"]["value"]
        if len(reason) < 5:
            await ack(response_action="errors", errors={"pause.reason": "Say a little more."})
            return
        await ack()
        await client.chat_update(
            channel="C0MKT",
            ts=view["private_metadata"],
            text=f"Paused by <@{body['user']['id']}>: {reason}",
        )

    @app.command("/inventory")
    async def inventory(ack: Any, command: dict[str, Any], respond: Any) -> None:
        if command["text"] == "help":
            await ack("Try: sku ABC")
            return
        await ack()
        await respond(f"{command['text']} for {command['user_name']}")

    @app.event("app_home_opened")
    async def home(event: dict[str, Any], client: AsyncWebClient) -> None:
        section = {"type": "section", "text": {"type": "plain_text", "text": "Nothing is yours."}}
        await client.views_publish(user_id=event["user"], view={"type": "home", "blocks": [section]})

    return app


@pytest.fixture
async def workspace() -> AsyncIterator[SlackWorkspace]:
    async with SlackWorkspace() as workspace:
        yield workspace


@pytest.fixture
async def app(workspace: SlackWorkspace) -> AsyncIterator[AsyncApp]:
    app = build_app(workspace)
    handler = AsyncSocketModeHandler(app, workspace.app_token)
    await handler.connect_async()  # type: ignore[no-untyped-call]
    await workspace.sockets.connected()
    yield app
    await handler.close_async()  # type: ignore[no-untyped-call]


@pytest.fixture
async def http_app(workspace: SlackWorkspace) -> AsyncIterator[AsyncApp]:
    app = build_app(workspace)
    server = web.Application()

    async def events(request: web.Request) -> web.StreamResponse:
        return await to_aiohttp_response(await app.async_dispatch(await to_bolt_request(request)))

    server.add_routes([web.post("/slack/events", events)])
    runner = web.AppRunner(server)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    await workspace.delivery.use_request_url(f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events")
    yield app
    await runner.cleanup()


async def post_card(app: AsyncApp) -> str:
    posted = await app.client.chat_postMessage(channel="C0MKT", text="Open: EX-1", blocks=CARD)
    return str(posted["ts"])


async def pause_with_reason(workspace: SlackWorkspace, app: AsyncApp) -> None:
    ts = await post_card(app)
    dana = workspace.person("dana")
    await dana.click("inv-marketplaces", ts, "card.pause.open")
    await workspace.wait_for(dana.open_view)
    refused = await dana.submit_view({"pause.reason": "no"})
    assert refused.errors == {"pause.reason": "Say a little more."}
    accepted = await dana.submit_view({"pause.reason": "two cartons look damaged"})
    assert accepted.outcome is Outcome.CLOSED
    card = workspace.messages("inv-marketplaces")[-1]
    await workspace.wait_for(lambda: not card.blocks)
    assert workspace.read(card) == "Paused by @Dana: two cartons look damaged"


async def test_click_modal_and_update_over_a_socket(workspace: SlackWorkspace, app: AsyncApp) -> None:
    await pause_with_reason(workspace, app)


async def test_click_modal_and_update_over_signed_http(workspace: SlackWorkspace, http_app: AsyncApp) -> None:
    await pause_with_reason(workspace, http_app)


async def test_a_command_is_answered_with_its_acknowledgement(workspace: SlackWorkspace, app: AsyncApp) -> None:
    answer = await workspace.person("sam").command("general", "/inventory", "help")
    assert answer is not None
    assert (answer.text, answer.only_for) == ("Try: sku ABC", "U0SAM")


async def test_a_command_is_answered_later_through_its_response_url(workspace: SlackWorkspace, app: AsyncApp) -> None:
    await workspace.person("sam").command("general", "/inventory", "sku ABC")
    await workspace.wait_for(lambda: workspace.ephemerals("sam", "general"))
    assert workspace.ephemerals("sam", "general")[0].text == "sku ABC for sam"
    assert workspace.ephemerals("dana", "general") == []


async def test_opening_home_lets_the_app_publish_it(workspace: SlackWorkspace, app: AsyncApp) -> None:
    kim = workspace.person("kim")
    await kim.open_home()
    home = await workspace.wait_for(kim.home)
    assert home.content["blocks"][0]["text"]["text"] == "Nothing is yours."


async def test_the_person_sees_that_a_stopped_app_does_not_respond(workspace: SlackWorkspace) -> None:
    with pytest.raises(AppDidNotRespondError):
        await workspace.person("dana").command("general", "/inventory", "help")
    said = workspace.ephemerals("dana", "general")[-1]
    assert said.text == "/inventory failed because the app did not respond"


async def test_a_refreshed_socket_is_replaced_and_goes_on(workspace: SlackWorkspace, app: AsyncApp) -> None:
    await workspace.sockets.refresh()
    await workspace.sockets.connected()
    answer = await workspace.person("sam").command("general", "/inventory", "help")
    assert answer is not None


async def test_two_sockets_take_turns(workspace: SlackWorkspace, app: AsyncApp) -> None:
    second = AsyncSocketModeHandler(build_app(workspace), workspace.app_token)
    await second.connect_async()  # type: ignore[no-untyped-call]
    seen = [0, 0]

    def count(index: int) -> Any:
        async def listener(_client: Any, _request: Any) -> None:
            await asyncio.sleep(0)
            seen[index] += 1

        return listener

    second.client.socket_mode_request_listeners.insert(0, count(1))
    for _ in range(4):
        await workspace.person("sam").command("general", "/inventory", "help")
    await second.close_async()  # type: ignore[no-untyped-call]
    assert seen[1] == 2
