"""The story of one exception, played through the Slack surface: trigger, owner, action, proof."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

import click

from bot.cli.proof import told
from bot.wiring import Product
from sandbox.shop.trouble import TROUBLES
from sandbox.shop.world import World
from sandbox.slack.server import SlackWorkspace
from sync.model.exceptions import ActionKind, ActionState, Case, Life
from sync.model.ids import SkuId
from sync.model.proof import exception_chain
from sync.proof import verify_chain

SKU = "KTL-17-BLK"


class StoryBroken(Exception):
    """The story did not come to where it should in time; the message says what was waited for."""


class Story:
    """One play: Dana pauses and resumes, Sam counts. Every step goes through a button, a modal or a command."""

    def __init__(self, world: World, workspace: SlackWorkspace, product: Product, until: float) -> None:
        self._world = world
        self._workspace = workspace
        self._product = product
        self._until = until

    async def case(self, when: Callable[[Case], bool], what: str) -> Case:
        """The exception of the SKU, once ``when`` holds. Raises StoryBroken."""

        async def look() -> Case | None:
            async with self._product.store.reading() as uow:
                found = [case for case in await uow.cases.for_sku(SkuId(SKU)) if when(case)]
            return found[0] if found else None

        return await self._wait(look, what)

    async def by_id(self, case: Case, when: Callable[[Case], bool], what: str) -> Case:
        """The same exception, once ``when`` holds of it."""

        async def look() -> Case | None:
            async with self._product.store.reading() as uow:
                found = await uow.cases.get(case.id)
            return found if found is not None and when(found) else None

        return await self._wait(look, what)

    async def card_of(self, key: str) -> tuple[str, str]:
        """(channel, ts) of the Slack message behind a post. Raises StoryBroken."""

        async def look() -> tuple[str, str] | None:
            async with self._product.store.reading() as uow:
                post = await uow.posts.get(key)
            return (post.slack_channel, post.ts) if post is not None and post.ts and post.sent >= post.wanted else None

        return await self._wait(look, f"the Slack message {key}")

    async def _wait[T](self, look: Callable[[], Awaitable[T | None]], what: str) -> T:  # type: ignore[valid-type]
        while time.monotonic() < self._until:
            found = await look()
            if found is not None:
                return found
            await asyncio.sleep(0.05)
        raise StoryBroken(f"waited in vain for {what}")
