"""The Slack side over a real database: real inbox, real posts, real leases."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from memory_desk import MovableClock
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_builders import a_case
from slack_sdk.web.async_client import AsyncWebClient
from slack_world import quick

from bot.slack.app import build_app
from bot.slack.client import slack_client
from bot.slack.delivery import Deliverer
from bot.slack.room import Room
from bot.slack.standing import QueueMessages
from sandbox.slack import Message, SlackWorkspace
from sync.exceptions.lifecycle import Step
from sync.inbox.service import Inbox
from sync.model.exceptions import Case, Direction, Evidence, ExceptionClass, Fingerprint, Risk
from sync.model.ids import ExceptionId, QueueId, SkuId, SystemId
from sync.model.money import Money
from sync.model.outbox import Post
from sync.model.proof import Entry
from sync.model.stock import Sku
from sync.path.written import write_steps
from sync.policy.holder import PolicyInForce


@dataclass(slots=True)
class Stored:
    """A product's Slack side on a database of its own."""

    store: Any
    inbox: Inbox
    workspace: SlackWorkspace
    policy: PolicyInForce
    clock: MovableClock
    room: Room

    def deliverer(self, holder: str = "only", client: AsyncWebClient | None = None, **changes: Any) -> Deliverer:
        """As the product builds one: its client calls nothing that Slack said must wait; ``client`` stands in for that."""
        pacing = changes.pop("pacing", None) or quick()
        workspace = self.workspace
        sending = client or slack_client(workspace.bot_token, workspace.base_url, held=pacing.held)
        means = {"channels": self.room.channels} | changes
        return Deliverer(self.store, self.inbox, sending, self.policy, self.clock, holder, pacing=pacing, **means)

    def queueing(self, **changes: Any) -> Deliverer:
        """A deliverer that also keeps the queues' own messages."""
        return self.deliverer(queues=QueueMessages(self.store, self.policy, self.clock), **changes)

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

    async def open_many(self, count: int, *, queue: str = "marketplaces", first: int = 1, **changes: Any) -> list[Case]:
        """So many exceptions of so many SKUs and causes at once, each with more at risk than the one before."""
        now = self.clock.now()
        numbers = range(first, first + count)
        cases = [self.a_case_of(nth, queue, **changes) for nth in numbers]
        async with self.store.unit_of_work() as uow:
            await uow.systems.ensure([SystemId("amazon-us")], now)
            await uow.catalogue.add_skus([Sku(SkuId(f"SKU-{nth:05d}"), f"Thing {nth}") for nth in numbers])
            entry = Entry("opened", now, "countersign", "Opened: Amazon US shows 8, we can sell 1.")
            return list(await write_steps(uow, [Step(case, (entry,), opened=True) for case in cases], now))

    def a_case_of(self, nth: int, queue: str = "marketplaces", **changes: Any) -> Case:
        """One exception about one SKU, with ``nth`` dollars at risk an hour."""
        now = self.clock.now()
        sku = SkuId(f"SKU-{nth:05d}")
        given: dict[str, Any] = {
            "id": ExceptionId(0),
            "fingerprint": Fingerprint(
                ExceptionClass.EXPOSURE_MISMATCH, sku=sku, systems=(SystemId("amazon-us"),), direction=Direction.OVER
            ),
            "evidence": Evidence(
                "Count at Reno: 16 → 9.", f"wms:cc-{nth}", now, shows=8, can_sell=1, cause=f"cause-{nth}"
            ),
            "risk": Risk(Money(Decimal(nth), "USD"), per_hour=Decimal(nth)),
            "queue": QueueId(queue),
            "version": 1,
            "since": now,
            "opened_at": now,
            "assign_by": now + timedelta(minutes=30),
            "resolve_by": now + timedelta(hours=2),
            "recurrences": 1,
        }
        return replace(a_case(), **(given | changes))

    def shown(self, channel: str) -> list[str]:
        """What stands in a channel, as plain text."""
        return [self.workspace.read(message) for message in self.workspace.messages(channel)]

    def message(self, channel: str, words: str) -> Message:
        """The one message of a channel that has these words."""
        found = [one for one in self.workspace.messages(channel) if words in self.workspace.read(one)]
        assert len(found) == 1, (words, [self.workspace.read(one) for one in found])
        return found[0]


@asynccontextmanager
async def at_work(stored: Stored) -> AsyncIterator[Any]:
    """Dana in the workspace, the app listening; a broken socket is replaced within a moment."""
    handler = AsyncSocketModeHandler(build_app(stored.room), stored.workspace.app_token, ping_interval=0.5)
    await handler.connect_async()
    await stored.workspace.sockets.connected()
    await stored.room.directory.refresh()
    yield stored.workspace.person("dana")
    await handler.close_async()


async def filled(stored: Stored, person: Any, title: str) -> str:
    """Wait until the form in front of a person is filled; what it holds."""

    def there() -> bool:
        view = person.open_view()
        return view is not None and view.content["title"]["text"] == title and "loading" not in str(view.content)

    await stored.workspace.wait_for(there)
    return str(person.open_view().content)


async def until(condition: Callable[[], object]) -> None:
    """Wait for what the app does in its own time, of which the workspace hears nothing."""
    async with asyncio.timeout(10):
        while True:
            if condition():
                return
            await asyncio.sleep(0.01)
