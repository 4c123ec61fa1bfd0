"""The same with the real database under it: click to card, a crash between post and record, the lease of the lane."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from memory_desk import MovableClock, a_policy
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_builders import a_case
from slack_sdk.web.async_client import AsyncWebClient
from slack_world import quick

from bot.slack.app import build_app
from bot.slack.client import slack_client
from bot.slack.delivery import Deliverer
from bot.slack.people import Directory
from bot.slack.queues import QueueChannels
from bot.slack.room import Room
from sandbox.slack import Outcome, SlackWorkspace
from storage.engine import open_store
from sync.exceptions.lifecycle import Step
from sync.inbox.service import Inbox
from sync.model.exceptions import Case, Evidence, ExceptionClass, Fingerprint, Risk
from sync.model.ids import ExceptionId, SystemId
from sync.model.money import Money
from sync.model.outbox import Post
from sync.model.proof import Entry, exception_chain
from sync.path.written import write_steps
from sync.policy.holder import PolicyInForce

MARKETPLACES = "inv-marketplaces"


class DiesAfter(AsyncWebClient):
    """A client of a process that dies once Slack has taken the call."""

    async def chat_postMessage(self, **arguments: Any) -> Any:
        await super().chat_postMessage(**arguments)
        raise KeyboardInterrupt("the process is gone")


@dataclass(slots=True)
class Stored:
    """A product's Slack side on a database of its own."""

    store: Any
    inbox: Inbox
    workspace: SlackWorkspace
    policy: PolicyInForce
    clock: MovableClock
    room: Room

    def deliverer(self, holder: str, client: AsyncWebClient | None = None) -> Deliverer:
        return Deliverer(
            self.store, self.inbox, client or self.room.client, self.policy, self.clock, holder, pacing=quick()
        )

    async def deliver(self, worker: Deliverer) -> None:
        while await worker.run_once():
            pass

    async def post(self, key: str) -> Post:
        async with self.store.reading() as uow:
            found = await uow.posts.get(key)
        assert found is not None
        return found

    async def open(self) -> Case:
        """A source is silent: an exception without a SKU."""
        now = self.clock.now()
        case = a_case(
            id=ExceptionId(0),
            fingerprint=Fingerprint(ExceptionClass.STALE_FEED, systems=(SystemId("wms"),)),
            evidence=Evidence("WMS has sent nothing newer.", "wms:silence", now - timedelta(hours=1)),
            risk=Risk(Money.zero("USD")),
            version=1,
            delta=212,
            since=now,
            opened_at=now,
            assign_by=now + timedelta(minutes=30),
            resolve_by=now + timedelta(hours=2),
            recurrences=1,
        )
        async with self.store.unit_of_work() as uow:
            await uow.systems.ensure([SystemId("wms")], now)
            entry = Entry("opened", now, "countersign", "Opened: WMS has sent nothing newer.")
            (opened,) = await write_steps(uow, [Step(case, (entry,), opened=True)], now)
        return opened


@pytest.fixture
async def stored(tmp_path: Path, workspace: SlackWorkspace) -> AsyncIterator[Stored]:
    store = await open_store(f"sqlite+aiosqlite:///{tmp_path / 'slack.db'}")
    await store.migrate()
    clock, policy = MovableClock(), PolicyInForce(a_policy())
    client = slack_client(workspace.bot_token, workspace.base_url)
    channels = QueueChannels(client, policy)
    await channels.prepare()
    directory = Directory(client, policy, channels, clock, workspace.team_id)
    inbox = Inbox(store, policy, clock, {})
    room = Room(client, inbox, directory, channels, policy, clock, workspace.team_id)
    yield Stored(store, inbox, workspace, policy, clock, room)
    await store.close()


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
    await dana.click(MARKETPLACES, card.ts, "card.more", "Add note…")
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
    worker = stored.deliverer("only")
    send = stored.room.client.chat_postMessage

    async def meanwhile(**arguments: Any) -> Any:
        stored.room.client.chat_postMessage = send  # type: ignore[method-assign]
        answer = await send(**arguments)
        now = stored.clock.now()
        async with stored.store.unit_of_work() as uow:
            await write_steps(uow, [Step(replace(case, delta=300, version=2))], now)
        return answer

    stored.room.client.chat_postMessage = meanwhile  # type: ignore[method-assign]
    for _ in range(2):
        await stored.deliver(worker)
    (card,) = stored.workspace.messages(MARKETPLACES)
    assert card.metadata is not None
    assert card.metadata["event_payload"]["version"] == 2
