"""Somebody at their desk: a page of the workspace of their own, and what a person does with it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from playwright.async_api import Locator, Page, TimeoutError, expect

from bot.slack.cards.buttons import AT_ONCE
from sandbox.slack.model import Message
from sync.model.exceptions import Case
from sync.model.outbox import card_key
from tests.stage import Stage, until

SOON = 20_000
"""Milliseconds that anything may take to be seen."""
TRIES = 4
READING = "Reading the latest numbers"


@dataclass
class Colleague:
    """One of the four, in a browser."""

    stage: Stage
    page: Page
    key: str

    async def arrive(self) -> None:
        """Open the workspace as this person."""
        await self.page.goto(self.stage.workspace.page_url)
        await self.page.goto(f"{self.stage.workspace.state.page_root}/?as={self.key}")

    # -- places

    async def go(self, channel: str) -> None:
        """Open a channel."""
        where = self.stage.workspace.state.channel(channel)
        head = self.page.locator(f"#main h2[data-channel='{where.id}']")
        if not await head.count():
            await self.page.locator(f"#side button[data-channel='{where.id}']").click()
            await head.wait_for()

    async def home(self) -> None:
        """Open the app's Home."""
        await self.page.locator("#side button[data-home]").click()
        await self.page.locator(".home .block").first.wait_for()

    def _message(self, message: Message) -> Locator:
        place = "#thread" if message.is_reply else "#main"
        return self.page.locator(f"{place} article[data-ts='{message.ts}']")

    async def read(self, message: Message) -> Locator:
        """Bring a message into sight, its thread when it is a reply."""
        if message.only_for is None or message.thread_ts is None:
            await self._channel_of(message)
        if message.is_reply:
            await self.page.locator(f"#main button[data-thread='{message.thread_ts}']").click()
        found = self._message(message)
        await found.wait_for()
        return found

    async def _channel_of(self, message: Message) -> None:
        channel = self.stage.workspace.state.channels[message.channel_id]
        if channel.kind == "direct":
            await self.page.goto(f"{self.stage.workspace.state.page_root}/?as={self.key}&channel={channel.id}")
        else:
            await self.go(channel.id)

    # -- pressing

    async def press(self, message: Message, wanted: str) -> None:
        """Press a button of a message by its action id: itself, an entry behind ⋮, or one of *More actions…*."""
        place, before = await self.read(message), self._heard()
        await self._press_in(place, wanted)
        if wanted.startswith("inventory."):  # its answer must not be taken for that of what is asked next
            await until(lambda: self._heard() > before, f"an answer to {wanted}", 20)

    def _heard(self) -> int:
        """How much this person has been told so far."""
        state = self.stage.workspace.state
        mine = state.person(self.key).id
        views = len(state.stack(mine))
        private = sum(one.only_for == mine for channel in state.channels.values() for one in channel.ephemerals)
        return views + private + sum(len(channel.messages) for channel in state.channels.values())

    async def press_on(self, case: Case, act: str) -> None:
        """Press an act of an exception's card, as soon as it is offered."""
        card = await self.card(case)
        names = (f"'card.{act}", f"'{act}:", "'more:")
        await until(lambda: any(name in str(card.blocks) for name in names), f"{act} on {case.name}", 30)
        await self.press(card, f"card.{act}")

    async def card(self, case: Case) -> Message:
        """The card of an exception that lives: a new one follows when it changes its queue or opens again."""
        stage = self.stage

        async def look() -> Message | None:
            async with stage.product.store.reading() as uow:
                now = await uow.cases.get(case.id)
                post = await uow.posts.get(card_key(case.name, now.card_life if now is not None else 0))
            shown = post is not None and post.ts
            return stage.workspace.state.channel(post.slack_channel).messages[post.ts] if post and shown else None

        return await until(look, f"the card of {case.name}", 30)

    async def _press_in(self, place: Locator, wanted: str) -> None:
        """A card may be drawn anew under the hand: then it is pressed again."""
        surface, act = wanted.split(".")[:2]
        at_once = surface in ("card", "ask", "home") and act in AT_ONCE
        opens = surface != "inventory" and act != "export" and not at_once
        for _ in range(TRIES):
            try:
                await self._pressed(place, wanted, act)
                if opens:
                    await self.page.locator("dialog.modal").wait_for(timeout=SOON / 4)
                elif at_once:
                    await self.close()
                return
            except TimeoutError:
                await self.close()
        raise AssertionError(f"{wanted} cannot be pressed here:\n{await place.inner_text()}")

    async def _pressed(self, place: Locator, wanted: str, act: str) -> None:
        button = place.locator(f"button[data-action-id^='{wanted}']:not(.more):not([role=menuitem])")
        if await button.count():
            await button.first.click(timeout=SOON / 4)
            return
        for value in (act, "more"):
            menu = place.locator(f"[role=menuitem][data-value^='{value}:']")
            if await menu.count():
                await place.locator(".overflow > button").first.click(timeout=SOON / 4)
                await menu.first.click(timeout=SOON / 8)
                break
        else:
            raise AssertionError(f"{wanted} is not offered here:\n{await place.inner_text()}")
        if value == "more" and act != "more":
            await self.page.locator(f"dialog.modal button[data-action-id^='card.{act}']").first.click(timeout=SOON / 4)

    async def press_here(self, wanted: str) -> None:
        """Press a button of Home, or of the form in front."""
        dialog = self.page.locator("dialog.modal")
        inside = bool(await dialog.count())
        for _ in range(3):
            await (
                (dialog if inside else self.page.locator(".home"))
                .locator(f"button[data-action-id='{wanted}']")
                .first.click()
            )
            try:
                await dialog.wait_for(timeout=SOON / 4)
                return
            except TimeoutError:
                continue  # Home was drawn anew under the hand
        raise AssertionError(f"{wanted} opens nothing for {self.key}")

    # -- forms

    async def form(self, words: str = "") -> Locator:
        """The form in front, once it is filled and says so."""
        dialog = self.page.locator("dialog.modal")
        await expect(dialog).to_be_visible(timeout=SOON)
        await expect(dialog).not_to_contain_text(READING, timeout=SOON)
        if words:
            await expect(dialog).to_contain_text(words, timeout=SOON)
        return dialog

    async def fill(self, **values: str | list[str]) -> None:
        """Fill inputs by their block's id, ``__`` for its dot."""
        dialog = await self.form()
        for name, value in values.items():
            place = dialog.locator(f"[data-block-id='{name.replace('__', '.')}'][data-action-id]").first
            await place.wait_for()
            tag = await place.evaluate("one => one.tagName")
            if tag == "SELECT":
                await place.select_option(value)
            elif tag == "DIV":
                for one in [value] if isinstance(value, str) else value:
                    await place.locator(f"input[value='{one}']").check()
            else:
                assert isinstance(value, str)
                await place.fill(value)

    async def send(self, **values: str | list[str]) -> str:
        """Fill the form in front and send it; what it turned into, if anything. It is gone afterwards."""
        await self.fill(**values)
        dialog = self.page.locator("dialog.modal")
        for _ in range(4):
            before = await dialog.inner_text()
            await dialog.locator("button[data-submit]").click()
            told = await self._after(before)
            if not told or not await dialog.locator("button[data-submit]").count():
                break
            assert not await dialog.locator(".wrong").count(), f"a field is refused:\n{told}"
        await self.close()
        return told

    async def _after(self, before: str) -> str:
        """What stands in front after a form was sent; empty when it closed."""
        dialog = self.page.locator("dialog.modal")
        submit = dialog.locator("button[data-submit][aria-busy]")
        await expect(submit).to_have_count(0, timeout=SOON)

        async def changed() -> str | None:
            if not await dialog.count():
                return "gone"
            try:
                text = await dialog.inner_text(timeout=1_000)
            except TimeoutError:
                return None
            return text if text != before and READING not in text else None

        told = await until(changed, f"an answer to a form of {self.key}:\n{before}", 20)
        return "" if told == "gone" else told

    async def close(self) -> None:
        """Close whatever is in front, once it says what it was opened for."""
        dialog = self.page.locator("dialog.modal")
        await expect(dialog.get_by_text(READING)).to_have_count(0, timeout=SOON)
        while await dialog.count():
            with suppress(TimeoutError):  # it may go by itself meanwhile
                await dialog.locator("button[data-close]").click(timeout=1_000)
            await self.page.wait_for_timeout(50)

    async def told(self, words: str) -> None:
        """A modal that only tells says so; then it is closed."""
        await self.form(words)
        await self.close()

    async def do(self, case: Case, act: str, **values: str | list[str]) -> str:
        """An act of a card from its button to the sent form."""
        await self.press_on(case, act)
        await self.form()
        return await self.send(**values)

    # -- commands

    async def ask(self, command: str, channel: str = "general") -> Message:
        """Type a command and wait for its answer, which nobody else sees."""
        workspace = self.stage.workspace
        known = {one.ts for one in workspace.ephemerals(self.key, channel)}
        await self.type(command, channel)
        return await until(
            lambda: next((one for one in workspace.ephemerals(self.key, channel) if one.ts not in known), None),
            f"an answer to {command}",
            20,
        )

    async def type(self, text: str, channel: str = "general") -> None:
        """Type words into a channel and send them."""
        await self.go(channel)
        box = self.page.locator("main textarea[data-composer]")
        await box.fill(text)
        await box.press("Enter")
        await expect(box).to_have_value("", timeout=SOON)

    async def choose(self, message: Message, value: str) -> None:
        """Choose an entry of a list in a message."""
        await (await self.read(message)).locator("select").select_option(value)

    async def shortcut(self, name: str, message: Message | None = None) -> None:
        """Use a shortcut of the app, on a message or on none."""
        place = await self.read(message) if message is not None else self.page.locator("#main header")
        if message is not None:
            await place.hover()
        await place.locator(f"button[data-shortcut='{name}']").first.click()
