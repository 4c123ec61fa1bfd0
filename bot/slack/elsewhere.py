"""Ways in that are neither a card nor a command: a mention of the bot, a shortcut, a shortcut on somebody's message."""

from __future__ import annotations

from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck

from bot.slack import modals as m
from bot.slack import texts as t
from bot.slack.answering.asked import Asked, Reply
from bot.slack.clicks import Clicks
from bot.slack.commands import Commands
from bot.slack.home import Home
from bot.slack.payloads import CaseRef, Click, Place, Pressed, Team, Who
from bot.slack.reporting import EXCEPTION, MENTION, Reporter
from bot.slack.room import Room
from bot.slack.waiting import show
from sync.model.ids import ExceptionId


class Elsewhere:
    """Mentions and shortcuts."""

    def __init__(self, room: Room, clicks: Clicks, commands: Commands, home: Home) -> None:
        self._room = room
        self._clicks = clicks
        self._commands = commands
        self._home = home
        self.reporter = Reporter(room)

    async def mentioned(self, event: dict[str, Any]) -> None:
        """``@countersign KTL-17-BLK`` answers like the command, to the one who asked."""
        who = Who(id=event["user"], team_id=str(event.get("team", "")))
        actor = await self._room.actor(who, Team(id=self._room.team))
        words = MENTION.sub(" ", str(event.get("text", ""))).split()
        reply = await self._answer(Asked(actor, str(event["channel"]), tuple(words)))
        await self._room.client.chat_postEphemeral(
            channel=event["channel"],
            user=event["user"],
            thread_ts=event.get("thread_ts"),
            text=reply.text,
            blocks=list(reply.blocks) or None,
        )

    async def _answer(self, asked: Asked) -> Reply:
        if not asked.words:
            return Reply(t.MENTION_HELP)
        if self._commands.knows(asked.words[0]):
            return await self._commands.answered(asked)
        word = "show" if EXCEPTION.fullmatch(asked.words[0]) else "sku"
        return await self._commands.answered(Asked(asked.actor, asked.channel, (word, *asked.words)))

    async def find_sku(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """The global shortcut: a question for a code."""
        await ack()
        await self._home.find(str(body["trigger_id"]))

    async def open_exception(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """A shortcut on a message: the exception that it names, else a new one for its SKU."""
        await ack()
        await self.reporter.of_message(_click(body), body.get("message") or {})

    async def add_note(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """A shortcut on a message in a card's thread: its words become a note, after the person has seen them once more."""
        await ack()
        click, message = _click(body), body.get("message") or {}
        root = str(message.get("thread_ts") or message.get("ts") or "")
        async with self._room.store.reading() as uow:
            post = await uow.posts.by_message(click.channel.id if click.channel else "", root)
        case: ExceptionId | None = post.case if post is not None else None
        view = await self._room.inbox.view(case) if case is not None else None
        if view is None:
            await show(self._room, click, m.refused(t.SHORTCUT_NO_CARD, t.NOTE_TITLE))
            return
        typed = str(message.get("text", ""))[:1_000]
        await self._clicks.note(click, CaseRef(view.case.id, view.case.version), typed)


def _click(body: dict[str, Any]) -> Click:
    return Click(
        user=Who.model_validate(body["user"]),
        team=Team.model_validate(body["team"]) if body.get("team") else None,
        trigger_id=str(body["trigger_id"]),
        response_url=str(body.get("response_url", "")),
        channel=Place.model_validate(body["channel"]) if body.get("channel") else None,
        actions=[Pressed(action_id=f"shortcut.{body.get('callback_id', '')}")],
    )
