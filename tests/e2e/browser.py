"""A headless Chromium for the tests and the pictures: the system's where there is one, else Playwright's own."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, Error, async_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


class NoBrowser(Exception):
    """Neither the system nor Playwright has a Chromium here; the message says how to get one."""


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """A running Chromium. Raises NoBrowser."""
    system = next((path for name in NAMES if (path := shutil.which(name))), None)
    async with async_playwright() as playwright:
        try:
            browser = await playwright.chromium.launch(executable_path=system, args=list(ARGUMENTS))
        except Error as error:
            told = error.message.splitlines()[0]
            raise NoBrowser(
                f"no Chromium: install Debian's chromium or run `playwright install chromium` ({told})"
            ) from error
        yield browser
        await browser.close()
