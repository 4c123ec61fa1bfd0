"""A workspace, the real inbox over memory, and the Slack side connected to both over a real WebSocket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import cast

import pytest
import yaml
from memory_desk import Desk, Memory, MovableClock, a_policy
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_stored import Stored
from slack_world import Running, World

from bot.slack.app import build_app
from bot.slack.client import patient_client, slack_client
from bot.slack.people import Directory
from bot.slack.queues import QueueChannels
from bot.slack.room import Room
from sandbox.slack import RateLimits, SlackWorkspace
from storage.engine import open_store
from sync.inbox.service import Inbox
from sync.policy.holder import PolicyInForce
from sync.ports import Store


@pytest.fixture
async def workspace() -> AsyncIterator[SlackWorkspace]:
    """A workspace that grants what the manifest asks for, and nothing more."""
    asked = yaml.safe_load((Path(__file__).parents[2] / "manifest.yml").read_text())
    scopes = frozenset(asked["oauth_config"]["scopes"]["bot"])
    async with SlackWorkspace(rate_limits=RateLimits.off(), scopes=scopes) as workspace:
        yield workspace


@pytest.fixture
async def world(workspace: SlackWorkspace) -> World:
    clock, policy, memory = MovableClock(), PolicyInForce(a_policy()), Memory()
    client = slack_client(workspace.bot_token, workspace.base_url)
    channels = QueueChannels(client, policy)
    await channels.prepare()
    directory = Directory(client, policy, channels, clock, workspace.team_id, cast(Store, memory))
    desk = Desk(memory, policy, clock)
    room = Room(client, desk, directory, channels, policy, clock, workspace.team_id, cast(Store, memory))
    return World(workspace, client, memory, desk, clock, policy, channels, directory, room)


@pytest.fixture
async def running(world: World) -> AsyncIterator[Running]:
    deliverer = world.deliverer(names=world.directory.names)
    world.desk._acted = deliverer.wake
    await world.directory.refresh()
    app = build_app(world.room, digest=deliverer.renderer.digest.so_far)
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


@pytest.fixture
async def stored(tmp_path: Path, workspace: SlackWorkspace) -> AsyncIterator[Stored]:
    async with stored_on(f"sqlite+aiosqlite:///{tmp_path / 'slack.db'}", workspace) as stored:
        yield stored


@pytest.fixture
async def stored_twice(database_url: str, workspace: SlackWorkspace) -> AsyncIterator[Stored]:
    """The same, once on SQLite and once on PostgreSQL."""
    async with stored_on(database_url, workspace) as stored:
        yield stored


@asynccontextmanager
async def stored_on(url: str, workspace: SlackWorkspace) -> AsyncIterator[Stored]:
    clock, policy = MovableClock(), PolicyInForce(a_policy())
    store = await open_store(url, clock=clock)
    await store.migrate()
    client = patient_client(workspace.bot_token, workspace.base_url)
    channels = QueueChannels(client, policy)
    await channels.prepare()
    directory = Directory(client, policy, channels, clock, workspace.team_id, store)
    inbox = Inbox(store, policy, clock, {})
    room = Room(client, inbox, directory, channels, policy, clock, workspace.team_id, store)
    yield Stored(store, inbox, workspace, policy, clock, room)
    await store.close()
