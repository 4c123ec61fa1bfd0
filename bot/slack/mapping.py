"""Choosing the product behind a code, in Slack: which code, which product, then before and after of both, then done."""

from __future__ import annotations

from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck

from bot.slack import blocks as b
from bot.slack import format as fmt
from bot.slack import modals as m
from bot.slack import texts as t
from bot.slack.blocks import Block
from bot.slack.payloads import Click, Submitted, Values, read_ref
from bot.slack.room import Room
from bot.slack.waiting import fill, open_waiting
from sync.errors import BadInput
from sync.inbox.acts import Outcome
from sync.inbox.choosing import Choosing, Looked, codes_of
from sync.model.exceptions import Case
from sync.model.ids import parse_exception_name

LOOK, DO = "mapping.look", "mapping.do"


def choose_form(case: Case) -> Block:
    """Asks which code is meant, which product it is, and why."""
    options = [b.Option(fmt.plain(one.key, 70), one.key) for one in codes_of(case)]
    first = options[0].value if len(options) == 1 else None
    proposal = next((one.proposal for one in codes_of(case) if one.proposal), "")
    blocks = [
        b.section("choose.preview", t.CHOOSE_PRODUCT_PREVIEW),
        b.field("choose.code", t.CHOOSE_CODE, b.select(options, chosen=first, placeholder=t.CHOOSE)),
        b.field("choose.sku", t.CHOOSE_SKU, b.text_input(initial=proposal, most=80), hint=t.CHOOSE_SKU_HINT),
        b.field("choose.reason", t.REASON, b.text_input(multiline=True), hint=t.NOTE_HINT),
    ]
    title = t.CHOOSE_PRODUCT_TITLE
    return b.modal(LOOK, title, blocks, submit=t.CHOOSE_LOOK, close=t.NOT_NOW, private_metadata=case.name)


def looked_form(looked: Looked) -> Block:
    """What it would do: before and after of both products. Sending it does exactly that."""
    wish, change = looked.wish, looked.change
    head = t.CHOOSE_WOULD.format(
        code=fmt.code(wish.ref.value),
        sku=fmt.code(wish.sku),
        old=fmt.code(change.old) if change.old else t.CHOOSE_NOTHING,
        facts=fmt.counted(change.facts, t.FACTS_COUNTED),
    )
    blocks = [b.section("choose.what", head)]
    for name, words, lines in (
        ("before", t.CHOOSE_BEFORE, change.before),
        ("after", t.CHOOSE_AFTER, change.after),
    ):
        told = "\n".join(fmt.sentence(line, 600) for line in lines) or t.NOT_KNOWN
        blocks.append(b.section(f"choose.{name}", f"*{words}*\n{told}"))
    blocks.append(b.context("choose.undo", b.mrkdwn_text(t.CHOOSE_UNDO)))
    title = t.CHOOSE_PRODUCT_TITLE
    return b.modal(DO, title, blocks, submit=t.CHOOSE_DO, close=t.NOT_NOW, private_metadata=looked.intent)


class Mapper:
    """Opens the form and takes what it sends."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._choosing = Choosing(room.store, room.policy, room.clock)

    async def pressed(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """The button on a card."""
        await ack()
        click = Click.model_validate(body)
        place = await open_waiting(self._room, click, t.CHOOSE_PRODUCT_TITLE)
        if place is None:
            return

        async def drawn() -> Block:
            ref = read_ref(click.pressed.chosen.removeprefix("choose:"))
            found = await self._choosing.may(await self._room.actor(click.user, click.team), ref.case)
            return m.refused(found.text) if isinstance(found, Outcome) else choose_form(found)

        await fill(self._room, place, drawn)

    async def looked(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """Which product it is was said: what that would do is shown, and nothing is done."""
        sent = Submitted.model_validate(body)
        values = Values("choose", sent.view.state)
        actor = await self._room.actor(sent.user, sent.team)
        case = parse_exception_name(sent.view.private_metadata)
        try:
            found = await self._choosing.look(
                actor, case, values.option("code"), values.text("sku"), values.text("reason")
            )
        except BadInput as error:
            found = Outcome("refused", str(error), case=case)
        await self._answer(ack, found)

    async def chosen(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """What was shown is done, or shown anew when it would do something else by now."""
        sent = Submitted.model_validate(body)
        actor = await self._room.actor(sent.user, sent.team)
        await self._answer(ack, await self._choosing.choose(actor, sent.view.private_metadata))

    async def _answer(self, ack: AsyncAck, found: Outcome | Looked) -> None:
        if isinstance(found, Looked):
            await ack(response_action="update", view=looked_form(found))
        elif found.errors:
            await ack(response_action="errors", errors={f"choose.{one.field}": one.text for one in found.errors})
        else:
            view = m.told(found.text) if found.kind == "done" else m.refused(found.text)
            await ack(response_action="update", view=view)
