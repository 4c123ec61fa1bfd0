"""Takes the pictures: one element of the sandbox's page each, as one person, small enough to be kept in the repository."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.async_api import Browser, FloatRect, Locator, Page, ViewportSize, expect

from sandbox.slack.model import Message
from sandbox.slack.server import SlackWorkspace

SOON = 15_000
"""Milliseconds that the page may take to show what is so."""
COLOURS = 96
STILL = """
*, *::before, *::after { animation: none !important; transition: none !important; caret-color: transparent !important; }
.hover { display: none !important; }
.messages > .message:hover { background: none !important; }
dialog::backdrop { background: var(--paper) !important; }
dialog { box-shadow: none !important; outline: 1px solid var(--line); }
"""


class Look(StrEnum):
    """How a picture is taken: at a desk, at a phone, at a desk in dark mode."""

    DESK = "desk"
    PHONE = "phone"
    DARK = "dark"


SIZES = {Look.DESK: (1180, 1500), Look.PHONE: (390, 844), Look.DARK: (1180, 1500)}
"""The desk is tall, so that a whole form is seen without scrolling."""


def _size(look: Look) -> ViewportSize:
    width, height = SIZES[look]
    return {"width": width, "height": height}


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture: its file's name without ending, what it shows, and whether it was played or built."""

    name: str
    shows: str
    chapter: str
    played: bool


@dataclass
class Camera:
    """Looks at one workspace through one browser and keeps what it saw."""

    browser: Browser
    folder: Path
    taken: list[Picture] = field(default_factory=list)
    chapter: str = ""
    played: bool = True
    workspace: SlackWorkspace | None = None
    _pages: dict[Look, Page] = field(default_factory=dict)

    async def visit(self, workspace: SlackWorkspace) -> None:
        """Look at this workspace from now on."""
        await self.leave()
        self.workspace = workspace

    async def leave(self) -> None:
        """Close every page."""
        for page in self._pages.values():
            await page.context.close()
        self._pages.clear()

    async def _page(self, look: Look) -> Page:
        if look not in self._pages:
            assert self.workspace is not None
            context = await self.browser.new_context(
                viewport=_size(look),
                color_scheme="dark" if look is Look.DARK else "light",
                reduced_motion="reduce",
                bypass_csp=True,
            )
            page = await context.new_page()
            page.set_default_timeout(SOON)
            await page.goto(self.workspace.page_url)
            self._pages[look] = page
        return self._pages[look]

    async def at(self, person: str, look: Look = Look.DESK, **where: str | None) -> Page:
        """The page of a person at a place: ``channel``, ``thread`` or ``tab``."""
        assert self.workspace is not None
        page = await self._page(look)
        await page.set_viewport_size(_size(look))
        query = "&".join(f"{key}={value}" for key, value in {"as": person, **where}.items() if value)
        await page.goto(f"{self.workspace.state.page_root}/?{query}")
        await page.add_style_tag(content=STILL)
        return page

    # -- pictures

    async def message(
        self,
        name: str,
        shows: str,
        message: Message,
        person: str = "dana",
        look: Look = Look.DESK,
        *,
        thread: bool = False,
    ) -> None:
        """One message, as a person sees it."""
        root = (message.thread_ts or message.ts) if thread or message.is_reply else None
        page = await self.at(person, look, channel=message.channel_id, thread=root)
        place = "#thread" if root else "#main"
        await self._take(name, shows, page.locator(f"{place} article[data-ts='{message.ts}']").first, page)

    async def thread(self, name: str, shows: str, root: Message, person: str = "dana") -> None:
        """A whole thread."""
        page = await self.at(person, channel=root.channel_id, thread=root.ts)
        await page.set_viewport_size({"width": 1180, "height": 3_000})
        await page.locator("#thread article").nth(1).wait_for()
        list_of = page.locator("#thread .messages")
        await list_of.evaluate("list => { list.style.flex = 'none' }")
        await self._take(name, shows, list_of, page)

    async def modal(
        self, name: str, shows: str, person: str = "dana", look: Look = Look.DESK, channel: str = ""
    ) -> None:
        """The modal in front of a person, once it holds what it was opened for."""
        page = await self.at(person, look, channel=channel or None)
        dialog = page.locator("dialog.modal")
        await expect(dialog).to_be_visible(timeout=SOON)
        if self.played:
            await expect(dialog).not_to_contain_text("Reading the latest numbers", timeout=SOON)
        await self._take(name, shows, page.locator("dialog.modal") if look is not Look.PHONE else None, page)

    async def home(self, name: str, shows: str, person: str, look: Look = Look.DESK) -> None:
        """A person's Home."""
        page = await self.at(person, look, tab="home")
        await page.locator("#side button[data-home]").first.dispatch_event("click")
        await page.locator(".home .block").first.wait_for()
        await self._take(name, shows, page.locator(".home") if look is not Look.PHONE else None, page)

    async def whole(self, name: str, shows: str, person: str, look: Look = Look.DESK, **where: str) -> None:
        """The whole page of a person; at a desk as high as a desk is."""
        page = await self.at(person, look, **where)
        await page.locator("#main article").first.wait_for()
        if look is Look.DESK:
            await page.set_viewport_size({"width": 1280, "height": 860})
        await page.locator("#main .messages").evaluate("list => { list.scrollTop = list.scrollHeight }")
        await self._take(name, shows, None, page)

    async def address(self, name: str, shows: str, url: str, ready: str) -> None:
        """Another page of the sandbox."""
        page = await (await self._page(Look.DESK)).context.new_page()
        await page.set_viewport_size({"width": 1280, "height": 860})
        await page.goto(url)
        await page.locator(ready).first.wait_for()
        await self._take(name, shows, None, page)
        await page.close()

    async def _take(self, name: str, shows: str, what: Locator | None, page: Page) -> None:
        clip = await self._place(what, page) if what is not None else None
        await page.evaluate("document.fonts.ready")
        await page.wait_for_function("[...document.images].every(one => one.complete)")
        png = await page.screenshot(clip=clip)
        (self.folder / f"{name}.png").write_bytes(smaller(png))
        self.taken = [one for one in self.taken if one.name != name]
        self.taken.append(Picture(name, shows, self.chapter, self.played))

    async def _place(self, what: Locator, page: Page) -> FloatRect:
        """Where an element stands on the page, once it is there and not being drawn anew."""
        for _ in range(40):
            await what.wait_for()
            await what.evaluate("one => one.scrollIntoView({ block: 'center' })")
            box, size = await what.bounding_box(), page.viewport_size
            if box is None or size is None or not box["height"]:
                continue
            if box["height"] > size["height"] - 260:
                await page.set_viewport_size({"width": size["width"], "height": int(box["height"]) + 320})
            elif box["y"] >= 0 and box["y"] + box["height"] <= size["height"]:
                return box
        raise AssertionError(f"{what} is never drawn")


def smaller(png: bytes) -> bytes:
    """The same picture with a palette."""
    out = io.BytesIO()
    image: Any = Image.open(io.BytesIO(png)).convert("RGB")
    image.quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    return out.getvalue()
