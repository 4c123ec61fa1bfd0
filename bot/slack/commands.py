"""``/inventory``: answers are private, ``share`` as the last word posts them for all (inbox-design 8)."""

from __future__ import annotations

import difflib
from datetime import datetime
from typing import Any

import aiohttp
import structlog
from slack_bolt.context.ack.async_ack import AsyncAck
from sqlalchemy.exc import InterfaceError, OperationalError

from bot.slack import blocks as b
from bot.slack import format as fmt
from bot.slack import texts as t
from bot.slack.answering import cases, metrics, skus, storms, systems
from bot.slack.answering.asked import Answer, Asked, DigestPreview, Reply
from bot.slack.blocks import Block
from bot.slack.clicks import Clicks
from bot.slack.freezing import Freezer
from bot.slack.payloads import CaseRef, Click, Command, Place, Pressed, Team, Who
from bot.slack.room import Room
from bot.slack.speaking import speak_to
from bot.slack.waiting import show
from sync.model.exceptions import Case
from sync.model.ids import ExceptionId, parse_exception_name

ACTS = ("pause", "resume", "count")
"""Words that open the form of an act."""

_log = structlog.get_logger(__name__)


class Commands:
    """The words after ``/inventory``."""

    def __init__(self, room: Room, clicks: Clicks, digest: DigestPreview | None = None) -> None:
        self._room = room
        self._clicks = clicks
        self._freezer = Freezer(room)
        self._digest = digest
        self._unread_since: datetime | None = None
        acts: dict[str, Answer] = dict.fromkeys(ACTS, self._act)
        self._answers: dict[str, Answer] = acts | {
            "help": self._help,
            "override": self._override,
            "freeze": self._freeze,
            "unfreeze": self._freeze,
            "sku": skus.sku,
            "queue": cases.queue,
            "storm": storms.storm,
            "mine": cases.mine,
            "exceptions": cases.exceptions,
            "show": cases.show,
            "proof": cases.proof,
            "feed": systems.feed,
            "systems": systems.systems,
            "rules": systems.rules,
            "metrics": metrics.metrics,
            "oncall": systems.oncall,
            "digest": self._preview,
        }

    @property
    def words(self) -> frozenset[str]:
        """Every first word that is understood."""
        return frozenset(self._answers)

    def knows(self, word: str) -> bool:
        """Whether this is a command's first word."""
        return word.casefold() in self._answers

    async def inventory(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """Heard at once, answered as soon as it is read."""
        await ack()
        command = Command.model_validate(body)
        who, team = Who(id=command.user_id, team_id=command.team_id), Team(id=command.team_id or self._room.team)
        actor = await self._room.actor(who, team)
        words = command.words
        share = len(words) > 1 and words[-1].casefold() == "share"
        click = Click(
            user=who,
            team=team,
            trigger_id=str(body.get("trigger_id", "")),
            response_url=str(body["response_url"]),
            channel=Place(id=command.channel_id),
            actions=[Pressed(action_id="inventory.command")],
        )
        words = words[:-1] if share else words
        await self._send(click.response_url, Asked(actor, command.channel_id, words, share, click))

    async def run(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """A button or a list under an earlier answer, or on a queue's own message, runs another command."""
        await ack()
        click = Click.model_validate(body)
        actor = await self._room.actor(click.user, click.team)
        channel = click.channel.id if click.channel else ""
        words = tuple(click.pressed.chosen.split())
        share = words[-1:] == ("share",) and bool(click.response_url)
        asked = Asked(actor, channel, words[:-1] if share else words, share, click)
        if click.response_url:
            await self._send(click.response_url, asked)
            return
        reply = await self.answered(asked)
        if not reply.silent:
            blocks = list(reply.blocks or _as_blocks(reply))
            await show(self._room, click, b.modal("answer", t.ANSWER_TITLE, blocks, close=t.CLOSE))

    async def _send(self, url: str, asked: Asked) -> None:
        if asked.share:
            speak_to(self._room.workspace, self._room.now)
        reply = await self.answered(asked)
        if reply.silent:
            return
        if asked.share and not reply.private:
            shared = b.mrkdwn_text(t.SHARED_BY.format(who=fmt.mrkdwn(asked.actor.name, 40)))
            blocks = [*b.without_acts(reply.blocks or _as_blocks(reply)), b.context("shared.by", shared)]
            if reply.shows:
                way = b.button("inventory.show", t.SHOW.format(name=reply.shows), f"show {reply.shows}")
                blocks.append(b.actions("shared.show", [way]))
            await self._room.respond(url, reply.text, blocks, shared=True)
        else:
            await self._room.respond(url, reply.text, reply.blocks)

    async def answered(self, asked: Asked) -> Reply:
        """The answer to the words, or since when the records cannot be read; a way to ask again."""
        try:
            reply = await self.answer(asked)
        except (OperationalError, InterfaceError, ConnectionError) as error:
            if isinstance(error, aiohttp.ClientError):
                raise
            since = self._unread_since = self._unread_since or self._room.now
            _log.error("records_unread", command=asked.words[:1], error=str(error), since=since)
            text = t.RECORDS_AWAY.format(at=fmt.at(since, self._room.now))
            again = b.button("inventory.again", t.TRY_AGAIN, " ".join(asked.words) or "help")
            return Reply(text, (b.section("inventory.away", text, again),), private=True)
        self._unread_since = None
        return reply

    async def answer(self, asked: Asked) -> Reply:
        """The answer to the words; none of the shop's for a guest, a bot or somebody of another team."""
        if asked.actor.restricted:
            return Reply(t.GUEST_ANSWER, private=True)
        word = asked.words[0].casefold() if asked.words else "help"
        known = self._answers.get(word)
        if known is not None:
            return await known(self._room, asked)
        near = difflib.get_close_matches(word, self._answers, n=1, cutoff=0.5)
        meant = t.DID_YOU_MEAN.format(word=near[0]) if near else ""
        text = t.NO_COMMAND.format(word=fmt.code(asked.words[0]), meant=meant)
        if not near:
            return Reply(f"{text}\n{t.HELP.format(count=fmt.number(len(t.HELP_ALL)))}")
        again = " ".join((near[0], *asked.words[1:]))
        button = b.button("inventory.run", t.RUN.format(word=near[0]), again)
        return Reply(text, (b.section("inventory.meant", text, button),))

    async def _help(self, room: Room, asked: Asked) -> Reply:
        if asked.rest.casefold() == "all":
            lines = [t.HELP_LINE.format(command=command, about=about) for command, about in t.HELP_ALL.items()]
            return Reply("\n".join(lines))
        buttons = [
            b.button("inventory.mine", t.HELP_MINE, "mine", primary=True),
            b.button("home.find.open", t.HOME_FIND, "find"),
            b.button("inventory.all", t.HELP_EVERY, "help all"),
        ]
        text = t.HELP.format(count=fmt.number(len(t.HELP_ALL)))
        return Reply(text, (b.section("inventory.help", text), b.actions("inventory.helps", buttons)))

    async def _act(self, room: Room, asked: Asked) -> Reply:
        """Open the form of an act on a SKU's exception."""
        if asked.click is None or not asked.click.trigger_id:
            return Reply(t.ACT_NO_MODAL)
        found: Case | Reply | None
        try:
            found = await self._case(parse_exception_name(asked.rest))
        except ValueError:
            found = await skus.case_for(room, asked)
        if found is None:
            return Reply(t.GONE.format(name=fmt.code(asked.rest)))
        if isinstance(found, Reply):
            return found
        await self._clicks.open_form(asked.click, asked.words[0].casefold(), CaseRef(found.id, found.version))
        return Reply("", silent=True)

    async def _freeze(self, room: Room, asked: Asked) -> Reply:
        """Open the form that freezes a channel, or thaws one."""
        if asked.click is None or not asked.click.trigger_id:
            return Reply(t.ACT_NO_MODAL)
        view = await self._freezer.form(asked.actor.user, asked.words[0].casefold(), asked.rest)
        await show(self._room, asked.click, view)
        return Reply("", silent=True)

    async def _override(self, room: Room, asked: Asked) -> Reply:
        """Open the form of an override; it opens an exception of its own."""
        if asked.click is None or not asked.click.trigger_id:
            return Reply(t.ACT_NO_MODAL)
        data = await skus.to_override(room, asked)
        if isinstance(data, Reply):
            return data
        await self._clicks.open_form(asked.click, "override", CaseRef(ExceptionId(0), 0), data)
        return Reply("", silent=True)

    async def _case(self, case: ExceptionId) -> Case | None:
        view = await self._room.inbox.view(case)
        return view.case if view is not None else None

    async def _preview(self, room: Room, asked: Asked) -> Reply:
        if self._digest is None:
            return Reply(t.DIGEST_NONE)
        message = await self._digest()
        return Reply(message.text, message.blocks)


def _as_blocks(reply: Reply) -> tuple[Block, ...]:
    return (b.section("shared.text", reply.text),)
