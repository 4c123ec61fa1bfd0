"""A sample card: looks and answers like a real one, and touches nothing. What it shows lives in its own buttons."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.errors import SlackApiError

from bot.slack import blocks as b
from bot.slack import texts as t
from bot.slack.blocks import Block
from bot.slack.cards import render_card
from bot.slack.client import error_code
from bot.slack.payloads import Click
from bot.slack.room import Room
from sync.inbox.view import CaseView, ListingLine, PositionLine, QueueFace, SkuView
from sync.model.exceptions import (
    Action,
    ActionKind,
    ActionState,
    Case,
    Direction,
    Evidence,
    ExceptionClass,
    Fingerprint,
    Life,
    Risk,
)
from sync.model.ids import ExceptionId, ListingId, LocationId, QueueId, SkuId, SystemId, UserId
from sync.model.money import Money
from sync.model.stock import Sku

LIVES = timedelta(hours=24)
JOB = "sample"
LISTING, PLACE = ListingId("sample:1"), LocationId("sample")
STEPS = {"take": "owned", "pause": "paused", "count": "counting", "entercount": "counted", "resume": "resolved"}
"""What each button of the sample leads to."""


def sample_view(state: str, actor: UserId, name: str, now: datetime) -> CaseView:
    """The sample at one of its states: a kettle of which a channel shows 7 too many."""
    acts = tuple(_act(kind, at, actor, name, now) for kind, at in _ACTS[state])
    case = Case(
        id=ExceptionId(0),
        fingerprint=Fingerprint(
            ExceptionClass.EXPOSURE_MISMATCH, SkuId("SAMPLE-1"), LISTING, None, (SystemId("sample"),), Direction.OVER
        ),
        life=Life.RESOLVED if state == "resolved" else Life.OPEN if state == "open" else Life.OWNED,
        version=1,
        queue=QueueId("sample"),
        delta=0 if state == "resolved" else 7,
        evidence=Evidence(t.SAMPLE_CHANGED, None, now, shows=8, can_sell=1),
        risk=Risk(Money(Decimal(519), "USD")),
        since=now,
        opened_at=now,
        assign_by=now + timedelta(minutes=30),
        resolve_by=now + timedelta(hours=2),
        policy_version=1,
        owner=None if state == "open" else actor,
        owner_name="" if state == "open" else name,
        owner_since=now,
        opening_risk=Decimal(519),
        actions=acts,
        ended_at=now if state == "resolved" else None,
        ended_by=actor if state == "resolved" else None,
        ended_name=name if state == "resolved" else "",
        outcome="fixed" if state == "resolved" else "",
    )
    off = state in ("paused", "counting", "counted")
    shows = 1 if state == "resolved" else 0 if off else 8
    line = ListingLine(
        LISTING,
        SystemId("sample"),
        t.SAMPLE_SHOP,
        shows,
        "",
        1,
        not off,
        off,
        now,
        "",
        True,
        0,
    )
    place = PositionLine(
        SystemId("sample"),
        t.SAMPLE_SHOP,
        PLACE,
        t.SAMPLE_PLACE,
        9,
        None,
        None,
        None,
        None,
        None,
        now,
        True,
        True,
        False,
    )
    sku = Sku(SkuId("SAMPLE-1"), t.SAMPLE_GOODS, price=Money(Decimal(89), "USD"))
    return CaseView(
        case=case,
        queue=QueueFace(QueueId("sample"), t.SAMPLE, "", None, None),
        system_name=t.SAMPLE_SHOP,
        location_name=t.SAMPLE_PLACE,
        sku=SkuView(sku, (line,), (place,), (), (), 0, 0),
        agrees=state == "counted",
        sending=False,
        policy_version=1,
        limit_money=Decimal(250),
        currency="USD",
        pause_cost=Decimal(0),
        now=now,
    )


_ACTS: dict[str, tuple[tuple[ActionKind, ActionState], ...]] = {
    "open": (),
    "owned": (),
    "paused": ((ActionKind.PAUSE, ActionState.SEEN),),
    "counting": ((ActionKind.PAUSE, ActionState.SEEN), (ActionKind.COUNT, ActionState.WANTED)),
    "counted": ((ActionKind.PAUSE, ActionState.SEEN), (ActionKind.COUNT, ActionState.DONE)),
    "resolved": ((ActionKind.RESUME, ActionState.SEEN),),
}


def _act(kind: ActionKind, state: ActionState, actor: UserId, name: str, now: datetime) -> Action:
    return Action(
        1, kind, state, actor, name, now, kind.value, listing=LISTING, location=PLACE, figures=(("units", "9"),)
    )


def sample_blocks(view: CaseView, state: str) -> list[Block]:
    """The card's own blocks, marked as a sample, with buttons that lead from one state of the sample to the next."""
    drawn: Any = render_card(view).blocks
    marked: list[Block] = []
    acts: list[Block] = []
    for block in drawn:
        if block["type"] == "actions":
            buttons = (one for one in block["elements"] if one["type"] == "button")
            acts = [one | {"action_id": f"sample.{act}", "value": act} for one in buttons if (act := _step(one))]
        elif block["type"] == "header":
            marked.append(b.header(block["block_id"], t.SAMPLE_TITLE.format(title=block["text"]["text"])))
        else:
            marked.append({name: value for name, value in block.items() if name != "accessory"})
    acts = acts or [b.button("sample.again", t.SAMPLE_AGAIN, "open")]
    return [
        *marked,
        b.actions(f"sample.acts.{state}", acts),
        b.context(f"sample.foot.{state}", b.mrkdwn_text(t.SAMPLE_FOOT)),
    ]


def _step(element: Block) -> str:
    act = str(element["action_id"]).split(".")[1]
    return act if act in STEPS else ""


class Samples:
    """Posts samples, moves them on, and takes them away after a day."""

    def __init__(self, room: Room) -> None:
        self._room = room

    async def show(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """Post a sample where it was asked for."""
        await ack()
        click, room, now = Click.model_validate(body), self._room, self._room.now
        if click.channel is None or (await room.actor(click.user, click.team)).restricted:
            await room.answer(click, t.GUEST_ANSWER)
            return
        blocks = sample_blocks(sample_view("open", click.user.id, "", now), "open")
        answer = await room.client.chat_postMessage(channel=click.channel.id, text=t.SAMPLE, blocks=blocks)
        async with room.store.unit_of_work() as uow:
            await uow.jobs.win(JOB, f"{click.channel.id}:{answer['ts']}", click.user.id, now)

    async def pressed(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """The sample's next state, in its own message; nothing else changes."""
        await ack()
        click, room = Click.model_validate(body), self._room
        state = STEPS.get(click.pressed.value, "open")
        actor = await room.actor(click.user, click.team)
        view = sample_view(state, actor.user, actor.name, room.now)
        ts = str((body.get("message") or {}).get("ts", ""))
        if click.channel is not None and ts:
            await room.client.chat_update(
                channel=click.channel.id, ts=ts, text=t.SAMPLE, blocks=sample_blocks(view, state)
            )

    async def clear(self) -> int:
        """Delete samples that are a day old; how many. One that somebody deleted before is gone already."""
        async with self._room.store.unit_of_work() as uow:
            old = await uow.jobs.lost(JOB, self._room.now - LIVES)
        for one in old:
            channel, _, ts = one.partition(":")
            try:
                await self._room.client.chat_delete(channel=channel, ts=ts)
            except SlackApiError as error:
                if error_code(error) not in ("message_not_found", "channel_not_found", "is_archived"):
                    raise
        return len(old)
