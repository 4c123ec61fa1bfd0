"""``/inventory``: answers are private, ``share`` as the last word posts them for all (inbox-design 8)."""

from __future__ import annotations

import difflib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck

from bot.slack import blocks as b
from bot.slack import format as fmt
from bot.slack import texts as t
from bot.slack.blocks import Block, Message
from bot.slack.cards import render_card
from bot.slack.lists import at_risk, case_lines, queue_text
from bot.slack.payloads import Click, Command, Team, Who
from bot.slack.picture import picture_blocks, picture_text
from bot.slack.room import Room
from sync.inbox.acts import Actor
from sync.inbox.view import SkuMiss, SkuView
from sync.model.ids import QueueId, parse_exception_name

DigestPreview = Callable[[], Awaitable[Message]]
WORDS = ("sku", "queue", "mine", "show", "digest", "help")


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer to a command."""

    text: str
    blocks: tuple[Block, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """A command as understood: who asks, where, the words, and whether all may read the answer."""

    actor: Actor
    channel: str
    words: tuple[str, ...]
    share: bool = False

    @property
    def rest(self) -> str:
        """What follows the first word."""
        return " ".join(self.words[1:])


class Commands:
    """The words after ``/inventory``."""

    def __init__(self, room: Room, digest: DigestPreview | None = None) -> None:
        self._room = room
        self._digest = digest
        self._answers: dict[str, Callable[[Asked], Awaitable[Reply]]] = {
            "help": self._help,
            "sku": self._sku,
            "queue": self._queue,
            "mine": self._mine,
            "show": self._show,
            "digest": self._preview,
        }

    async def inventory(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """Heard at once, answered as soon as it is read."""
        await ack()
        command = Command.model_validate(body)
        actor = await self._room.actor(
            Who(id=command.user_id, team_id=command.team_id), Team(id=command.team_id or self._room.team)
        )
        words = command.words
        share = len(words) > 1 and words[-1].casefold() == "share"
        asked = Asked(actor, command.channel_id, words[:-1] if share else words, share and not actor.restricted)
        reply = await self.answer(asked)
        await self._send(body["response_url"], reply, asked)

    async def run(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """A button or a list under an earlier answer runs another command."""
        await ack()
        click = Click.model_validate(body)
        actor = await self._room.actor(click.user, click.team)
        channel = click.channel.id if click.channel else ""
        asked = Asked(actor, channel, tuple(click.pressed.chosen.split()))
        await self._send(click.response_url, await self.answer(asked), asked)

    async def _send(self, url: str, reply: Reply, asked: Asked) -> None:
        if asked.share:
            shared = b.mrkdwn_text(t.SHARED_BY.format(who=fmt.mrkdwn(asked.actor.name, 40)))
            blocks = [*_without_acts(reply.blocks or _as_blocks(reply)), b.context("shared.by", shared)]
            await self._room.respond(url, reply.text, blocks, shared=True)
        else:
            await self._room.respond(url, reply.text, reply.blocks)

    async def answer(self, asked: Asked) -> Reply:
        """The answer to the words."""
        word = asked.words[0].casefold() if asked.words else "help"
        known = self._answers.get(word)
        if known is not None:
            return await known(asked)
        near = difflib.get_close_matches(word, WORDS, n=1, cutoff=0.5)
        meant = t.DID_YOU_MEAN.format(word=near[0]) if near else ""
        text = t.NO_COMMAND.format(word=fmt.code(asked.words[0]), meant=meant)
        if not near:
            return Reply(f"{text}\n{t.HELP}")
        again = " ".join((near[0], *asked.words[1:]))
        button = b.button("inventory.run", t.RUN.format(word=near[0]), again)
        return Reply(text, (b.section("inventory.meant", text, button),))

    async def _help(self, asked: Asked) -> Reply:
        return Reply(t.HELP)

    async def _sku(self, asked: Asked) -> Reply:
        if not asked.rest:
            return Reply(t.SKU_WHICH)
        found = await self._room.inbox.sku_view(asked.rest)
        return self._near(found) if isinstance(found, SkuMiss) else self._picture(found)

    def _near(self, miss: SkuMiss) -> Reply:
        wanted = fmt.code(miss.text)
        if not miss.near:
            return Reply(t.SKU_NONE.format(text=wanted))
        text = t.SKU_NEAR.format(text=wanted)
        buttons = [
            b.button(f"inventory.sku.{nth}", f"{fmt.sku_code(sku)} {fmt.plain(title, 30)}".strip(), f"sku {sku}")
            for nth, (sku, title) in enumerate(miss.near[:5])
        ]
        return Reply(text, (b.section("inventory.near", text), b.actions("inventory.nearest", buttons)))

    def _picture(self, view: SkuView) -> Reply:
        blocks = picture_blocks(view, self._room.now, "sku")
        if view.cases:
            shown = [
                b.button(f"inventory.case.{nth}", t.SHOW.format(name=case.name), f"show {case.name}", primary=nth == 0)
                for nth, case in enumerate(view.cases[:5])
            ]
            blocks.append(b.actions("sku.cases", shown))
        return Reply(picture_text(view), tuple(blocks))

    async def _queue(self, asked: Asked) -> Reply:
        queues = self._room.policy.current.queues
        word = asked.rest.strip().casefold().removeprefix("#")
        here = self._room.channels.queue_of(asked.channel)
        chosen = here if not word else _matching(word, {name: queue.name for name, queue in queues.items()})
        if chosen is None and word:
            names = fmt.listed([fmt.mrkdwn(queue.name, 40) for queue in queues.values()], 10)
            return Reply(t.QUEUE_NONE.format(word=fmt.code(word), queues=names))
        if chosen is None:
            options = [b.Option(fmt.plain(queue.name, 60), f"queue {name}") for name, queue in queues.items()]
            select = b.select(options, placeholder=t.CHOOSE) | {"action_id": "inventory.run"}
            return Reply(t.QUEUE_WHICH, (b.section("inventory.queue", t.QUEUE_WHICH, select),))
        text = await queue_text(self._room, chosen)
        return Reply(text, (b.section("inventory.list", text),))

    async def _mine(self, asked: Asked) -> Reply:
        cases = await self._room.inbox.queue_list(None, owner=asked.actor.user)
        if not cases:
            counts = await self._room.inbox.queue_counts()
            open_ = sum(open_ for open_, _late, _risk in counts.values())
            return Reply(t.MINE_NONE.format(open=fmt.counted(open_, "open", "open")))
        shape = t.MINE_ONE if len(cases) == 1 else t.MINE_HEAD
        head = shape.format(count=fmt.number(len(cases)), risk=at_risk(self._room.policy.current, cases))
        text = "\n".join([head, *case_lines(self._room.policy.current, cases, self._room.now)])
        return Reply(text, (b.section("inventory.list", text),))

    async def _show(self, asked: Asked) -> Reply:
        try:
            case = parse_exception_name(asked.rest)
        except ValueError:
            return Reply(t.SHOW_WHICH)
        view = await self._room.inbox.view(case, history=True)
        if view is None:
            return Reply(t.GONE.format(name=fmt.code(asked.rest)))
        message = render_card(view)
        return Reply(message.text, message.blocks)

    async def _preview(self, asked: Asked) -> Reply:
        if self._digest is None:
            return Reply(t.DIGEST_NONE)
        message = await self._digest()
        return Reply(message.text, message.blocks)


def _matching(word: str, names: dict[str, str]) -> QueueId | None:
    """The queue whose id or name begins with the word."""
    for queue, name in names.items():
        if queue.casefold().startswith(word) or name.casefold().startswith(word):
            return QueueId(queue)
    return None


def _as_blocks(reply: Reply) -> tuple[Block, ...]:
    return (b.section("shared.text", reply.text),)


def _without_acts(blocks: Sequence[Block]) -> list[Block]:
    """A shared answer is no second living card: its buttons are left out."""
    return [
        {name: value for name, value in block.items() if name != "accessory"}
        for block in blocks
        if block["type"] != "actions"
    ]
