"""*Open its exception* on a message: the exception that it names, else a new one for the SKU that it speaks of."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.errors import SlackApiError

from bot.slack import blocks as b
from bot.slack import format as fmt
from bot.slack import modals as m
from bot.slack import texts as t
from bot.slack.blocks import Block
from bot.slack.payloads import Click, ShownView, Submitted, Team, Values, Who
from bot.slack.room import Room
from bot.slack.waiting import fill, open_waiting
from sync.inbox.acts import Outcome
from sync.inbox.view import SkuView
from sync.model.ids import ExceptionId, SkuId, parse_exception_name
from sync.model.stock import Sku
from sync.policy.routing import may_act

FIND = "report.find"
EXCEPTION = re.compile(r"\bEX-\d{1,12}\b", re.IGNORECASE)
MENTION = re.compile(r"<@[UW][A-Z0-9]+(\|[^>]*)?>")
_CODE = re.compile(r"[A-Za-z0-9][\w./-]{2,60}")
MOST_WORDS = 12
"""Words of a message that are looked up as codes."""
MOST_TEXT = 1_000


class Said(BaseModel):
    """What a message said and a link to it, kept in a view until it is known which SKU it speaks of."""

    words: str
    source: str = ""


class Reporter:
    """Opens the form of a report, or what stands in its way, and takes which SKU was meant."""

    def __init__(self, room: Room) -> None:
        self._room = room

    async def of_message(self, click: Click, message: dict[str, Any]) -> None:
        """The exception that the message names; else the form for its SKU; else the question which SKU it is."""
        place = await open_waiting(self._room, click)
        if place is None:
            return
        text = str(message.get("text", ""))

        async def draw() -> Block:
            if (await self._room.actor(click.user, click.team)).restricted:
                return m.refused(t.GUEST_ANSWER, t.REPORT_TITLE)
            named = EXCEPTION.search(text)
            view = await self._room.inbox.view(parse_exception_name(named[0]), history=True) if named else None
            if view is not None:
                return m.card_modal(view)
            said = Said(words=_plain(text), source=await self._link(click, str(message.get("ts", ""))))
            skus = await self._skus_in(text)
            if len(skus) == 1:
                return await self._form(click.user, click.team, skus[0].id, said)
            return _which(skus, said)

        await fill(self._room, place, draw)

    async def pressed(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """Of several SKUs in a message one was chosen."""
        await ack()
        click = Click.model_validate(body)
        shown = click.modal
        place = await open_waiting(self._room, click)
        if place is None or shown is None:
            return

        async def draw() -> Block:
            return await self._form(click.user, click.team, SkuId(click.pressed.value), _said(shown))

        await fill(self._room, place, draw)

    async def typed(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """Which SKU a message speaks of was typed: the form in the place of the question, or what is wrong with the answer."""
        sent = Submitted.model_validate(body)
        text = Values("report", sent.view.state).text("sku")
        found = await self._room.inbox.sku_view(text) if text else None
        if not isinstance(found, SkuView):
            near = fmt.listed([fmt.sku_code(one) for one, _title in found.near], 3) if found is not None else ""
            error = t.REPORT_FIND_MANY.format(skus=near) if near else t.REPORT_FIND_NONE
            await ack(response_action="errors", errors={"report.sku": error})
            return
        view = await self._form(sent.user, sent.team, found.sku.id, _said(sent.view))
        await ack(response_action="update", view=view)

    async def _form(self, who: Who, team: Team | None, sku: SkuId, said: Said) -> Block:
        actor = await self._room.actor(who, team)
        data = {"sku": sku, "words": said.words, "source": said.source}
        prepared = await self._room.inbox.prepare(actor, "report", ExceptionId(0), 0, data)
        if isinstance(prepared, Outcome):
            return m.refused(prepared.text, t.REPORT_TITLE)
        queue = prepared.view.queue.id
        may = may_act(self._room.policy.current, actor.user, queue, queue in actor.member_of).allowed
        return m.rebuilt(prepared, may_count="yes") if may else m.build(prepared)

    async def _skus_in(self, text: str) -> Sequence[Sku]:
        """The SKUs that a message names by code, GTIN or listing id, in order; never by a part of a title."""
        found: dict[SkuId, Sku] = {}
        for word in _CODE.findall(MENTION.sub(" ", text))[:MOST_WORDS]:
            code = word.rstrip(".-/")
            seen = await self._room.inbox.sku_view(code)
            if isinstance(seen, SkuView) and _is_named(seen, code.casefold()):
                found.setdefault(seen.sku.id, seen.sku)
        return list(found.values())

    async def _link(self, click: Click, ts: str) -> str:
        if click.channel is None or not ts:
            return ""
        try:
            answer = await self._room.client.chat_getPermalink(channel=click.channel.id, message_ts=ts)
        except SlackApiError:
            return ""  # a conversation that the app is not in: the words stand without a link
        return str(answer["permalink"])


def _is_named(view: SkuView, code: str) -> bool:
    """Whether a word is this SKU's code, its GTIN, or what a channel calls one of its listings."""
    listings = (line.listing.partition(":")[2].casefold() for line in view.listings)
    return code in (view.sku.id.casefold(), view.sku.gtin, *listings)


def _which(skus: Sequence[Sku], said: Said) -> Block:
    blocks = [b.section("report.which", t.REPORT_WHICH)]
    if skus:
        shown = [t.REPORT_BUTTON.format(sku=fmt.sku_code(one.id), title=fmt.plain(one.title, 40)) for one in skus[:5]]
        buttons = [b.button(f"report.sku.{nth}", shown[nth], one.id) for nth, one in enumerate(skus[:5])]
        blocks.append(b.actions("report.skus", buttons))
    blocks.append(b.field("report.sku", t.REPORT_FIND, b.text_input(most=150)))
    return b.modal(
        FIND,
        t.REPORT_TITLE,
        blocks,
        submit=t.REPORT_FIND_SUBMIT,
        close=t.NOT_NOW,
        private_metadata=said.model_dump_json(),
    )


def _said(view: ShownView) -> Said:
    return Said.model_validate_json(view.private_metadata)


def _plain(text: str) -> str:
    """A message's words without Slack's marks for people, cut to what is kept."""
    return fmt.cut(fmt.unescape(MENTION.sub("", text)).strip(), MOST_TEXT)
