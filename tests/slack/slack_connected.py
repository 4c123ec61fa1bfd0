"""The app on a real WebSocket to the workspace."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_stored import Stored

from bot.slack.app import build_app


@asynccontextmanager
async def connected(stored: Stored) -> AsyncIterator[Stored]:
    """The app listens until the end of the block."""
    handler = AsyncSocketModeHandler(build_app(stored.room), stored.workspace.app_token)
    await handler.connect_async()  # type: ignore[no-untyped-call]
    await stored.workspace.sockets.connected()
    yield stored
    await handler.close_async()  # type: ignore[no-untyped-call]
