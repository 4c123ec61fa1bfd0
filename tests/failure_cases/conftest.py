"""The real stack for each failure case: a shop, a Slack workspace and the product, on SQLite."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.sender import Mailbox
from tests.stage import Stage, open_stage

Opened = Callable[..., Awaitable[Stage]]


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[Opened]:
    """Opens a stage with a test's own rules."""
    async with AsyncExitStack() as stack:

        async def opening(**given: Any) -> Stage:
            return await open_stage(stack, tmp_path, **given)

        yield opening


@pytest.fixture
async def stage(opened: Opened) -> Stage:
    """Shop, workspace and product, with webhooks flowing."""
    return await opened()


@pytest.fixture
async def quiet_stage(opened: Opened) -> Stage:
    """The same, but the shop's webhooks do not go to the product."""
    return await opened(subscribed=False)


@pytest.fixture
async def mailbox(quiet_stage: Stage) -> AsyncIterator[Mailbox]:
    """Takes Shopify US's webhooks instead of the product, so that a test can deliver them in its own way."""
    box = Mailbox(quiet_stage)
    await box.open()
    yield box
    await box.close()
