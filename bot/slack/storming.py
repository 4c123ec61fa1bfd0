"""Buttons of a storm's card: take all of it, with the number first and the list frozen; take one out."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import structlog
from slack_bolt.context.ack.async_ack import AsyncAck

from bot.slack import blocks as b
from bot.slack import format as fmt
from bot.slack import modals as m
from bot.slack import texts as t
from bot.slack.blocks import Block
from bot.slack.payloads import Click, Submitted, Values
from bot.slack.room import Room, recorded
from bot.slack.waiting import fill, open_waiting
from sync.errors import AlreadyHandled, BadInput, RefusedByRule
from sync.inbox.acts import Actor
from sync.model.ids import ExceptionId, StormId
from sync.storms.acts import StormActs
from sync.storms.causes import told
from sync.storms.storm import Storm, parse_storm_name, storm_name

TAKE, SPLIT = "storm.take", "storm.split"

_log = structlog.get_logger(__name__)


class Storms:
    """Everything that people press on storm cards."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._acts = StormActs(room.store, room.policy, room.clock)
        self._running: set[asyncio.Task[None]] = set()

    async def more_pressed(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """An entry of the card's overflow."""
        chosen = Click.model_validate(body).pressed.chosen
        await (self.split_pressed if chosen.startswith("split:") else self.take_pressed)(ack, body)

    async def take_pressed(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """Open the form that says how many would be taken; the list is frozen with it."""

        async def draw(click: Click, actor: Actor) -> Block:
            dry = await self._acts.dry_run(actor, pressed_storm(click))
            return self._take_form(dry.storm, dry.free, dry.owned, dry.intent, fmt.estimate(dry.risk, self._currency))

        await self._open(ack, body, t.TAKE_ALL_TITLE, draw)

    async def split_pressed(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """Open the form that asks which one is taken out."""

        async def draw(click: Click, actor: Actor) -> Block:
            field = b.field("split.which", t.OUT_FIELD, b.text_input(most=80), hint=t.OUT_HINT)
            name = storm_name(pressed_storm(click))
            return b.modal(SPLIT, t.OUT_TITLE, [field], submit=t.OUT_SUBMIT, close=t.NOT_NOW, private_metadata=name)

        await self._open(ack, body, t.OUT_TITLE, draw)

    async def _open(
        self, ack: AsyncAck, body: dict[str, Any], title: str, draw: Callable[[Click, Actor], Awaitable[Block]]
    ) -> None:
        await ack()
        click = Click.model_validate(body)
        place = await open_waiting(self._room, click, title)
        if place is None:
            return

        async def drawn() -> Block:
            return await draw(click, await self._room.actor(click.user, click.team))

        await fill(self._room, place, drawn)

    @property
    def _currency(self) -> str:
        return self._room.policy.current.currency

    def _take_form(self, storm: Storm, free: int, owned: int, intent: str, risk: str) -> Block:
        if not intent:
            return m.refused(t.TAKE_ALL_NONE.format(name=storm.name))
        count = fmt.counted(free, t.EXCEPTIONS)
        cause = fmt.mrkdwn(fmt.spoken(told(self._room.policy.current, storm.cause)), 120)
        lines = [t.TAKE_ALL_PREVIEW.format(count=count, name=storm.name, cause=cause, risk=risk)]
        if owned:
            lines.append(t.TAKE_ALL_APART.format(count=fmt.number(owned)))
        lines.append(t.TAKE_ALL_LATER)
        return b.modal(
            TAKE,
            t.TAKE_ALL_TITLE,
            [b.section("take.preview", "\n".join(lines))],
            submit=t.TAKE_ALL_SUBMIT.format(count=fmt.number(free)),
            close=t.NOT_NOW,
            private_metadata=intent,
        )

    async def take_sent(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """The storm has its owner before Slack hears yes; its exceptions follow, and the person is told how many."""
        sent = Submitted.model_validate(body)
        actor = await self._room.actor(sent.user, sent.team)
        try:
            storm, frozen = await self._acts.begin(actor, sent.view.private_metadata)
        except AlreadyHandled as known:
            await ack(response_action="update", view=m.told(str(known)))
            return
        except RefusedByRule as refusal:
            await ack(response_action="update", view=m.refused(str(refusal)))
            return
        count = fmt.counted(len(frozen), t.EXCEPTIONS)
        await ack(response_action="update", view=m.told(t.TAKE_ALL_BEGUN.format(count=count, name=storm.name)))
        task = asyncio.create_task(self._take(actor, storm, frozen))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _take(self, actor: Actor, storm: Storm, frozen: Mapping[ExceptionId, int]) -> None:
        try:
            taken = await self._acts.take(actor, storm.id, frozen)
        except Exception as error:  # noqa: BLE001 - recorded, and told to the person who waits
            await self._room.tell(actor.user, storm.queue, t.BROKEN.format(ref=recorded(error, "storm.take")))
            return
        apart = len(frozen) - taken
        text = t.TAKE_ALL_DONE.format(
            name=storm.name,
            taken=fmt.counted(taken, t.EXCEPTIONS),
            apart=t.TAKE_ALL_APART_DONE.format(count=fmt.number(apart)) if apart else "",
        )
        _log.info("storm_taken", storm=storm.name, by=actor.user, taken=taken, changed_meanwhile=apart)
        await self._room.tell(actor.user, storm.queue, text)

    async def split_sent(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """One exception gets a card of its own again."""
        sent = Submitted.model_validate(body)
        actor = await self._room.actor(sent.user, sent.team)
        storm = parse_storm_name(sent.view.private_metadata)
        try:
            case = await self._acts.take_out(actor, storm, Values("split", sent.view.state).text("which"))
        except BadInput as error:
            await ack(response_action="errors", errors={"split.which": str(error)})
            return
        except RefusedByRule as refusal:
            await ack(response_action="update", view=m.refused(str(refusal)))
            return
        await ack()
        await self._room.tell(actor.user, case.queue, t.OUT_DONE.format(case=case.name, name=storm_name(storm)))


def pressed_storm(click: Click) -> StormId:
    """The storm of a button's value ``ST-31:44``, or of an entry's ``take:ST-31:44``. Raises BadInput for anything else."""
    try:
        return parse_storm_name(click.pressed.chosen.removeprefix("take:").removeprefix("split:").partition(":")[0])
    except ValueError as error:
        raise BadInput(t.OLD_BUTTON) from error
