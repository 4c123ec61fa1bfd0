"""People at work on a stage: they open what a card offers, fill it in, and send it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sandbox.slack.model import Json, Message, View
from sandbox.slack.people import Outcome
from sync.model.exceptions import Case
from sync.model.ids import exception_name
from tests.stage import Stage, until


def elements(blocks: list[Json]) -> Iterator[Json]:
    """Everything in blocks that can be pressed or chosen."""
    for block in blocks:
        for one in (*block.get("elements", ()), block.get("accessory"), block.get("element")):
            if isinstance(one, dict) and one.get("action_id"):
                yield one


@dataclass
class Hands:
    """What people do in a workspace, each act until its outcome is there."""

    stage: Stage

    async def card(self, case: Case, text: str = "") -> Message:
        """The card of an exception once it says so."""
        return await self.stage.card(case, text, within=30)

    async def press(self, person: str, message: Message, wanted: str, value: object = None) -> None:
        """Press an element of a message by its action id, or an entry of its overflow by the entry's act."""
        who = self.stage.workspace.person(person)
        fresh = who.message(message.channel_id, message.ts)
        if any(one["action_id"] == wanted for one in elements(fresh.blocks)):
            await who.click(message.channel_id, message.ts, wanted, value)
            return
        act = wanted.split(".")[1]
        for one in elements(fresh.blocks):
            for option in one.get("options", ()):
                if option["value"].startswith(f"{act}:"):
                    await who.click(message.channel_id, message.ts, one["action_id"], option["value"])
                    return
        await self.press(person, message, "card.more.show")
        await self.form(person)
        view = who.view()
        found = next(
            one["action_id"] for one in elements(view.content["blocks"]) if one["action_id"].split(".")[1] == act
        )
        await who.click_view(found)

    async def open(self, person: str, case: Case, act: str) -> View:
        """Open the form of an act from the card, and wait until it is filled."""
        who = self.stage.workspace.person(person)
        card = await self.card(case)
        await until(
            lambda: self._offers(who.message(card.channel_id, card.ts), act), f"{act} on {exception_name(case.id)}"
        )
        await self.press(person, card, f"card.{act}.open")
        return await self.form(person)

    def _offers(self, message: Message, act: str) -> bool:
        told = str(message.blocks)
        return f"'card.{act}" in told or f"'{act}:" in told or "'more:" in told

    async def form(self, person: str, words: str = "") -> View:
        """The modal in front of a person, once it holds what it was opened for."""
        who = self.stage.workspace.person(person)

        def ready() -> View | None:
            view = who.open_view()
            told = str(view.content) if view is not None else "loading.text"
            return view if "loading.text" not in told and words in told else None

        return await until(ready, f"a filled modal for {person}")

    async def send(self, person: str, **values: object) -> None:
        """Send the form in front; ``prefix_field`` names its inputs. Every field must be taken."""
        who, workspace = self.stage.workspace.person(person), self.stage.workspace
        filled = {name.replace("__", "."): value for name, value in values.items()}
        for _ in range(5):
            told = workspace.read_view(who.view())
            assert who.view().content.get("submit") is not None, f"no form is in front of {person}, but:\n{told}"
            answer = await who.submit_view(filled)
            assert answer.outcome is not Outcome.ERRORS, answer.errors
            view = who.open_view()
            if answer.outcome is not Outcome.UPDATED or view is None or view.content.get("submit") is None:
                break  # else numbers moved while the person wrote: they look once more and send again
            filled = {}
        told = workspace.read_view(view) if view is not None else ""
        assert "Not possible" not in told, told
        assert "not known" not in told.casefold(), told
        await self.away(person)

    async def away(self, person: str) -> None:
        """Close whatever is in front of a person."""
        who = self.stage.workspace.person(person)
        while who.open_view() is not None:
            await who.close_view()

    async def command(self, person: str, text: str, channel: str = "inv-marketplaces") -> Message:
        """Type a command, and wait for its answer."""
        who, workspace = self.stage.workspace.person(person), self.stage.workspace
        before = {one.ts for one in workspace.ephemerals(person, channel)}
        await who.command(channel, "/inventory", text)
        return await until(
            lambda: next((one for one in workspace.ephemerals(person, channel) if one.ts not in before), None),
            f"an answer to /inventory {text}",
        )

    async def ask(self, person: str, text: str, channel: str = "inv-marketplaces") -> View:
        """Type a command that opens a form."""
        await self.stage.workspace.person(person).command(channel, "/inventory", text)
        return await self.form(person)

    def message(self, channel: str, *words: str) -> Message | None:
        """The newest message of a channel that says all of this."""
        workspace = self.stage.workspace
        for one in reversed(workspace.messages(channel)):
            if all(word in workspace.read(one) for word in words):
                return one
        return None

    async def said(self, channel: str, *words: str, within: float = 20) -> Message:
        """The same, waited for."""
        return await until(lambda: self.message(channel, *words), f"#{channel} to say {words}", within)

    async def below(self, root: Message, *words: str, within: float = 20) -> Message:
        """A reply below a message that says so."""
        workspace = self.stage.workspace

        def look() -> Message | None:
            replies: list[Any] = workspace.thread(root.channel_id, root.ts)[1:]
            return next((one for one in replies if all(word in workspace.read(one) for word in words)), None)

        return await until(look, f"a reply that says {words}", within)
