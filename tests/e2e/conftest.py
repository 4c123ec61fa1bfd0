"""The whole stack for end-to-end tests, on SQLite or PostgreSQL, and a browser in front of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from playwright.async_api import Page

from tests.e2e.browser import NoBrowser, chromium
from tests.stage import Stage, open_stage


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """Shop, workspace and product on a fresh SQLite file."""
    async with AsyncExitStack() as stack:
        yield await open_stage(stack, tmp_path)


@pytest.fixture
async def stage_on_postgres(tmp_path: Path, pg_url: str) -> AsyncIterator[Stage]:
    """The same on a fresh PostgreSQL database."""
    async with AsyncExitStack() as stack:
        yield await open_stage(stack, tmp_path, database_url=pg_url)


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    """A page of a headless Chromium. Without one the test counts as skipped, aloud, never as passed."""
    try:
        async with chromium() as browser:
            context = await browser.new_context(viewport={"width": 1280, "height": 900})
            page = await context.new_page()
            page.set_default_timeout(10_000)
            yield page
    except NoBrowser as error:
        pytest.skip(f"NOT CHECKED: {error}")
