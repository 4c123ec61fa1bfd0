"""A workspace, the real inbox over memory, and the Slack side connected to both over a real WebSocket."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

import pytest
from memory_desk import Desk, Memory, MovableClock, a_policy
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.app import build_app
from bot.slack.client import slack_client
from bot.slack.delivery import Deliverer
from bot.slack.pacing import Pacing
from bot.slack.people import Directory
from bot.slack.queues import QueueChannels
from bot.slack.room import Room
from sandbox.slack import Message, RateLimits, SlackWorkspace
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


@pytest.fixture
async def workspace() -> AsyncIterator[SlackWorkspace]:
    async with SlackWorkspace(rate_limits=RateLimits.off()) as workspace:
        yield workspace


@pytest.fixture
async def world(workspace: SlackWorkspace) -> World:
    clock, policy, memory = MovableClock(), PolicyInForce(a_policy()), Memory()
    client = slack_client(workspace.bot_token, workspace.base_url)
    channels = QueueChannels(client, policy)
    await channels.prepare()
    directory = Directory(client, policy, channels, clock, workspace.team_id)
    desk = Desk(memory, policy, clock)
    room = Room(client, desk, directory, channels, policy, clock, workspace.team_id)
    return World(workspace, client, memory, desk, clock, policy, channels, directory, room)


@dataclass(slots=True)
class Running:
    """The world with the app listening and a deliverer at work."""

    world: World
    deliverer: Deliverer
    handler: AsyncSocketModeHandler


@pytest.fixture
async def running(world: World) -> AsyncIterator[Running]:
    deliverer = world.deliverer(names=world.directory.names)
    world.desk._acted = deliverer.wake
    await world.directory.refresh()
    app = build_app(world.room, digest=deliverer.renderer.so_far)
    handler = AsyncSocketModeHandler(app, world.workspace.app_token)
    await handler.connect_async()
    await world.workspace.sockets.connected()
    stop = asyncio.Event()
    task = asyncio.create_task(deliverer.run(stop))
    yield Running(world, deliverer, handler)
    await handler.close_async()
    stop.set()
    deliverer.wake()
    await asyncio.wait_for(task, timedelta(seconds=10).total_seconds())
