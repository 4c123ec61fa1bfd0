"""The same with the real database under it: click to card, a crash between post and record, the lease of the lane."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_sdk.web.async_client import AsyncWebClient
from slack_stored import Stored, filled

from bot.slack.app import build_app
from bot.slack.client import slack_client
from sandbox.slack import Outcome
from sync.exceptions.lifecycle import Step
from sync.model.proof import exception_chain
from sync.path.written import write_steps

MARKETPLACES = "inv-marketplaces"


class DiesAfter(AsyncWebClient):
    """A client of a process that dies once Slack has taken the call."""

    async def chat_postMessage(self, **arguments: Any) -> Any:
        await super().chat_postMessage(**arguments)
        raise KeyboardInterrupt("the process is gone")


async def test_a_click_becomes_a_card_a_thread_and_a_proof(stored: Stored) -> None:
    case = await stored.open()
    worker = stored.deliverer("only")
    await stored.deliver(worker)
    (card,) = stored.workspace.messages(MARKETPLACES)
    assert "WMS is silent since" in stored.workspace.read(card)
    handler = AsyncSocketModeHandler(build_app(stored.room), stored.workspace.app_token)
    await handler.connect_async()
    await stored.workspace.sockets.connected()
    dana = stored.workspace.person("dana")
    await dana.click(MARKETPLACES, card.ts, "card.take")
    await dana.click(MARKETPLACES, card.ts, "card.more", "More actions…")
    await filled(stored, dana, "More actions")
    await dana.click_view("card.note.open")
    await stored.workspace.wait_for(
        lambda: (
            dana.open_view()
            and dana.open_view().content["title"]["text"] == "Add note"  # type: ignore[union-attr]
            and dana.open_view().content.get("submit")
        )  # type: ignore[union-attr]
    )
    sent = await dana.submit_view({"note.text": "the vendor's server is down"})
    assert sent.outcome is Outcome.CLOSED
    await stored.deliver(worker)
    assert "*Owned* by @Dana" in stored.workspace.read(card)
    lines = stored.workspace.thread(MARKETPLACES, card.ts)[-1].text
    assert "Dana: the vendor's server is down" in lines
    async with stored.store.reading() as uow:
        chain = await uow.proofs.chain(exception_chain(case.id))
    assert [entry.entry.kind for entry in chain] == ["opened", "taken", "note"]
    await handler.close_async()


async def test_f40_a_crash_between_post_and_record_leaves_one_card(stored: Stored) -> None:
    await stored.open()
    workspace = stored.workspace
    dying = DiesAfter(token=workspace.bot_token, base_url=workspace.base_url, retry_handlers=[])
    with pytest.raises(KeyboardInterrupt):
        await stored.deliverer("dying", dying).run_once()
    assert (await stored.post("card:EX-1")).attempted_at is not None
    waiting = stored.deliverer("next")
    assert await waiting.run_once() == 0
    stored.clock.move(timedelta(seconds=20))
    for _ in range(3):
        await stored.deliver(waiting)
    (card,) = workspace.messages(MARKETPLACES)
    assert (await stored.post("card:EX-1")).ts == card.ts
    assert (await stored.post("thread:EX-1")).sent == 1


async def test_what_is_wanted_while_a_message_is_under_way_is_not_forgotten(stored: Stored) -> None:
    case = await stored.open()
    client = slack_client(stored.workspace.bot_token, stored.workspace.base_url)
    worker = stored.deliverer("only", client)
    send = client.chat_postMessage

    async def meanwhile(**arguments: Any) -> Any:
        client.chat_postMessage = send  # type: ignore[method-assign]
        answer = await send(**arguments)
        now = stored.clock.now()
        async with stored.store.unit_of_work() as uow:
            await write_steps(uow, [Step(replace(case, delta=300, version=2))], now)
        return answer

    client.chat_postMessage = meanwhile  # type: ignore[method-assign]
    for _ in range(2):
        await stored.deliver(worker)
    (card,) = stored.workspace.messages(MARKETPLACES)
    assert card.metadata is not None
    assert card.metadata["event_payload"]["version"] == 2
