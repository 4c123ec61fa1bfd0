"""What the page asks for: one model per act, each doing what `Person` does."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from sandbox.slack.model import Json
from sandbox.slack.people import Person


class _Act(BaseModel):
    model_config = ConfigDict(extra="forbid")
    person: str


class Say(_Act):
    """Post a message."""

    what: Literal["say"]
    channel: str
    text: str = Field(min_length=1, max_length=40_000)
    thread_ts: str | None = None

    async def run(self, person: Person) -> Json:
        """The new message's ts."""
        message = await person.say(self.channel, self.text, self.thread_ts)
        return {"ts": message.ts}


class Command(_Act):
    """Send a slash command."""

    what: Literal["command"]
    channel: str
    command: str
    text: str = ""

    async def run(self, person: Person) -> Json:
        """Nothing: the answer shows up in the channel."""
        await person.command(self.channel, self.command, self.text)
        return {}


class Click(_Act):
    """Press or choose something in a message."""

    what: Literal["click"]
    channel: str
    ts: str
    block_id: str
    action_id: str
    value: Any = None
    values: Json = Field(default_factory=dict)

    async def run(self, person: Person) -> Json:
        """Nothing: the app's answer shows up where it puts it."""
        await person.click(
            self.channel, self.ts, self.action_id, self.value, block_id=self.block_id, values=self.values
        )
        return {}


class ClickView(_Act):
    """Press or choose something in a modal or on Home."""

    what: Literal["click_view"]
    view_id: str
    block_id: str
    action_id: str
    value: Any = None
    values: Json = Field(default_factory=dict)

    async def run(self, person: Person) -> Json:
        """Nothing."""
        await person.click_view(
            self.action_id, self.value, view_id=self.view_id, block_id=self.block_id, values=self.values
        )
        return {}


class Submit(_Act):
    """Press a modal's submit button."""

    what: Literal["submit"]
    view_id: str
    values: Json = Field(default_factory=dict)

    async def run(self, person: Person) -> Json:
        """What became of the modal, and the errors of its fields."""
        submission = await person.submit_view(self.values, self.view_id)
        return {"outcome": submission.outcome.value, "errors": submission.errors}


class Close(_Act):
    """Close the modal in front, or all."""

    what: Literal["close"]
    view_id: str
    all_of_them: bool = False

    async def run(self, person: Person) -> Json:
        """Nothing."""
        await person.close_view(self.view_id, all_of_them=self.all_of_them)
        return {}


class OpenHome(_Act):
    """Look at the Home tab."""

    what: Literal["home"]

    async def run(self, person: Person) -> Json:
        """Nothing: the tab changes when the app publishes it."""
        await person.open_home()
        return {}


class Read(_Act):
    """Note that a channel has been read up to a message."""

    what: Literal["read"]
    channel: str
    ts: str

    async def run(self, person: Person) -> Json:
        """Nothing."""
        person.mark_read(self.channel, self.ts)
        return {}


class Join(_Act):
    """Enter a public channel."""

    what: Literal["join"]
    channel: str

    async def run(self, person: Person) -> Json:
        """Nothing."""
        person.join(self.channel)
        return {}


class EnterGroup(_Act):
    """Come into a user group, or leave it."""

    what: Literal["group"]
    group: str
    inside: bool

    async def run(self, person: Person) -> Json:
        """Nothing."""
        person.enter_group(self.group, inside=self.inside)
        return {}


class Suggest(_Act):
    """Ask for the options of an external select."""

    what: Literal["suggest"]
    view_id: str
    block_id: str
    action_id: str
    typed: str

    async def run(self, person: Person) -> Json:
        """The options."""
        options = await person.suggest(self.action_id, self.typed, block_id=self.block_id, view_id=self.view_id)
        return {"options": options}


class Shortcut(_Act):
    """Use a shortcut, on a message when one is named."""

    what: Literal["shortcut"]
    callback_id: str
    channel: str | None = None
    ts: str | None = None

    async def run(self, person: Person) -> Json:
        """Nothing."""
        if self.channel is not None and self.ts is not None:
            await person.message_shortcut(self.channel, self.ts, self.callback_id)
        else:
            await person.shortcut(self.callback_id)
        return {}


class Dismiss(_Act):
    """Put away a message that only this person sees."""

    what: Literal["dismiss"]
    channel: str
    ts: str

    async def run(self, person: Person) -> Json:
        """Nothing."""
        person.dismiss(self.channel, self.ts)
        return {}


Act = (
    Say
    | Command
    | Click
    | ClickView
    | Submit
    | Close
    | OpenHome
    | Read
    | Join
    | EnterGroup
    | Suggest
    | Shortcut
    | Dismiss
)
ACTS: TypeAdapter[Act] = TypeAdapter(Annotated[Act, Field(discriminator="what")])
"""Reads any act from its JSON."""
