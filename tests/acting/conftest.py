"""The whole stack for acts that cross all rooms: a shop, a Slack workspace and the product, on SQLite."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.stage import Stage, open_stage


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """Shop, workspace and product, with webhooks flowing."""
    async with AsyncExitStack() as stack:
        yield await open_stage(stack, tmp_path)
