"""What was asked, and an answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.slack.blocks import Block, Message
from bot.slack.payloads import Click
from bot.slack.room import Room
from sync.inbox.acts import Actor

DigestPreview = Callable[[], Awaitable[Message]]


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer to a command. ``silent``: the answer is a modal or a message that is there already; ``private``: it is not to
    be shared; ``shows``: the one exception that it shows, to which a shared answer leads."""

    text: str
    blocks: tuple[Block, ...] = ()
    silent: bool = False
    private: bool = False
    shows: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """A command as understood: who asks, where, the words, and whether all may read the answer.

    ``click`` is what may open a modal; a mention in a channel has none.
    """

    actor: Actor
    channel: str
    words: tuple[str, ...]
    share: bool = False
    click: Click | None = None

    @property
    def rest(self) -> str:
        """What follows the first word."""
        return " ".join(self.words[1:])


Answer = Callable[[Room, Asked], Awaitable[Reply]]
