"""Everything that a test of the Slack side needs, in one object."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, cast

from memory_desk import Desk, Memory, MovableClock
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.delivery import Deliverer
from bot.slack.pacing import Pacing
from bot.slack.people import Directory
from bot.slack.queues import QueueChannels
from bot.slack.room import Room
from sandbox.slack import Message, SlackWorkspace
from sync.model.outbox import Post
from sync.policy.holder import PolicyInForce
from sync.ports import Store


def quick() -> Pacing:
    """A pace whose seconds pass in a millisecond."""
    return Pacing(lambda: time.monotonic() * 1_000)


@dataclass(slots=True)
class World:
    """Everything that a test of the Slack side needs."""

    workspace: SlackWorkspace
    client: AsyncWebClient
    memory: Memory
    desk: Desk
    clock: MovableClock
    policy: PolicyInForce
    channels: QueueChannels
    directory: Directory
    room: Room

    def deliverer(self, holder: str = "first", **changes: Any) -> Deliverer:
        """A deliverer of its own, as another process would have; its pace is that of a clock that runs fast."""
        means = {"channels": self.channels, "client": self.client, "pacing": quick()} | changes
        client = means.pop("client")
        return Deliverer(cast(Store, self.memory), self.desk, client, self.policy, self.clock, holder, **means)

    async def deliver(self, deliverer: Deliverer | None = None) -> int:
        """Deliver until nothing more can be delivered now."""
        worker, sent = deliverer or self.deliverer(), 0
        while now := await worker.run_once():
            sent += now
        return sent

    def post(self, key: str = "card:EX-1042") -> Post:
        return self.memory.posts[key]

    def card(self, key: str = "card:EX-1042") -> Message:
        """The Slack message behind a post."""
        post = self.post(key)
        return self.workspace.state.channels[post.slack_channel].messages[post.ts]

    def shown(self, message: Message) -> str:
        return self.workspace.read(message)


@dataclass(slots=True)
class Running:
    """The world with the app listening and a deliverer at work."""

    world: World
    deliverer: Deliverer
    handler: AsyncSocketModeHandler
