"""The Home tab: what is mine, my queues, what stands in all of them, and what is not normal right now."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.errors import SlackApiError

from bot.slack import blocks as b
from bot.slack import modals as m
from bot.slack import texts as t
from bot.slack.answering.skus import near, picture_and_cases
from bot.slack.blocks import Block
from bot.slack.choosing import chosen_by, line_of
from bot.slack.client import error_code
from bot.slack.home_view import (
    MOST_ITEMS,
    MOST_LATE,
    MOST_QUEUES,
    HomeFigures,
    guest_blocks,
    home_blocks,
    is_ops_lead,
    queues_of,
    to_approve,
)
from bot.slack.lists import act_on, is_late, owned_by, queue_text
from bot.slack.payloads import Click, Submitted, Team, Values, Who
from bot.slack.room import Room
from bot.slack.silence import silent_systems
from bot.slack.speaking import reader, speaking_to
from bot.slack.waiting import fill, open_waiting
from sync.inbox.acts import Actor
from sync.inbox.view import CaseView, SkuMiss
from sync.model.exceptions import Case
from sync.model.ids import QueueId, UserId, parse_exception_name

FIND = "sku.find"
KEPT_FOR = timedelta(minutes=30)
"""How long after somebody last opened Home it is kept fresh; Slack does not say when they leave."""
REFRESH_EVERY = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class _Open:
    """A Home that somebody looks at: since when, and what it last said apart from the time."""

    at: datetime
    said: str


class Home:
    """Draws and publishes the Home tab, and opens what is pressed there."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._open: dict[UserId, _Open] = {}

    async def opened(self, event: dict[str, Any]) -> None:
        """Publish this person's Home; a newer one published meanwhile wins."""
        if event.get("tab") not in (None, "home"):
            return
        user = UserId(str(event["user"]))
        blocks = await self._drawn(user)
        self._open[user] = _Open(self._room.now, _said(blocks))
        await self._publish(user, blocks, (event.get("view") or {}).get("hash"))

    async def refresh(self) -> int:
        """Publish again what changed of the Homes that were opened lately; how many."""
        now, published = self._room.now, 0
        self._open = {user: one for user, one in self._open.items() if now - one.at <= KEPT_FOR}
        for user, shown in list(self._open.items()):
            with speaking_to(reader(), now):
                blocks = await self._drawn(user)
            said = _said(blocks)
            if said != shown.said:
                self._open[user] = _Open(shown.at, said)
                await self._publish(user, blocks, None)
                published += 1
        return published

    async def _drawn(self, user: UserId) -> list[Block]:
        actor = await self._room.actor(Who(id=user), Team(id=self._room.team))
        return await self.blocks(actor)

    async def _publish(self, user: UserId, blocks: list[Block], seen: str | None) -> None:
        try:
            await self._room.client.views_publish(user_id=user, view=b.home(blocks), hash=seen)
        except SlackApiError as error:
            if error_code(error) != "hash_conflict":
                raise

    async def blocks(self, actor: Actor) -> list[Block]:
        """What this person's Home shows now."""
        room, policy, now = self._room, self._room.policy.current, self._room.now
        if actor.restricted:
            return guest_blocks(now)
        owned, queues = await owned_by(room, actor.user), queues_of(policy, actor)
        async with room.store.reading() as uow:
            standing, asked = await uow.cases.standing(), tuple(await uow.cases.asked())
            silent, freezes = await silent_systems(uow, policy, now), tuple(await uow.freezes.standing())
            words = tuple(await uow.words.standing())
            busiest = await uow.cases.busiest() if is_ops_lead(policy, actor.user) else {}
        mine = [case for case in asked if case.owner != actor.user and to_approve(policy, case, actor.user) is not None]
        late = [
            case
            for queue in queues[:MOST_QUEUES]
            if queue in standing and standing[queue].late
            for case in await room.inbox.queue_list(queue, limit=MOST_LATE)
            if is_late(case, now) and case.owner != actor.user
        ]
        chosen, names = await chosen_by(room, actor.user), room.directory.names()
        figures = HomeFigures(
            actor=actor,
            owned=owned,
            items=await self._views([*mine, *owned.cases][:MOST_ITEMS]),
            queues=queues,
            standing=standing,
            late=tuple(late),
            silent=silent,
            freezes=freezes,
            words=words,
            asked=asked,
            busiest={queue: (names.get(user, user), count) for queue, (user, count) in busiest.items()},
            chosen=line_of(chosen, names, now.astimezone(ZoneInfo(chosen.timezone)).date()),
            money_first=chosen.money_first,
            now=now,
        )
        return home_blocks(figures, policy)

    async def _views(self, cases: Sequence[Case]) -> tuple[CaseView, ...]:
        found = [await self._room.inbox.view(case.id) for case in cases]
        return tuple(view for view in found if view is not None)

    # -- pressed -------------------------------------------------------------------------------------------------------

    async def pressed(self, body: dict[str, Any]) -> None:
        """Open a case's card or a queue's list over Home; its buttons work as on the card."""
        click = Click.model_validate(body)
        place = await open_waiting(self._room, click)
        if place is not None:
            kind, value = click.pressed.action_id.split(".")[1], click.pressed.value
            await fill(self._room, place, lambda: self._shown(kind, value))

    async def _shown(self, kind: str, value: str) -> Block:
        if kind == "queue" and value in self._room.policy.current.queues:
            text = await queue_text(self._room, QueueId(value))
            open_, _, _ = (await self._room.inbox.queue_counts()).get(QueueId(value), (0, 0, Decimal(0)))
            blocks = [b.section("list.text", text), *act_on(open_, (value,))]
            return b.modal("list", t.HOME_QUEUE_TITLE, blocks, close=t.CLOSE)
        view = await self._room.inbox.view(parse_exception_name(value), history=True) if kind != "queue" else None
        if view is None:
            return m.refused(t.GONE.format(name=value))
        return m.card_modal(view)

    # -- quick search --------------------------------------------------------------------------------------------------

    async def find(self, trigger_id: str) -> None:
        """Ask for a code or a title."""
        typed = b.field("find.text", t.HOME_FIND_FIELD, b.text_input(most=150))
        view = b.modal(FIND, t.HOME_FIND, [typed], submit=t.HOME_FIND_SUBMIT, close=t.NOT_NOW)
        await self._room.client.views_open(trigger_id=trigger_id, view=view)

    async def found(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """The picture of what was typed, in the place of the question."""
        sent = Submitted.model_validate(body)
        text = Values("find", sent.view.state).text("text")
        if (await self._room.actor(sent.user, sent.team)).restricted:
            await ack(response_action="update", view=m.refused(t.GUEST_ANSWER))
            return
        if not text:
            await ack(response_action="errors", errors={"find.text": t.HOME_FIND_EMPTY})
            return
        await ack(response_action="update", view=await picture_view(self._room, text))


def _said(blocks: list[Block]) -> str:
    """What a Home says apart from the time at which it says it."""
    return _TIMES.sub("", json.dumps(blocks, default=str))


_TIMES = re.compile(r"\.v\d+\b|<!date\^\d+\^[^>]*>|\d+\\u00a0(s|min|h|days)")


async def picture_view(room: Room, text: str) -> Block:
    """A modal with the picture of a SKU, or with the nearest codes as buttons."""
    found = await room.inbox.sku_view(text)
    if isinstance(found, SkuMiss):
        reply = near(found)
        blocks = list(reply.blocks) or [b.section("inventory.none", reply.text)]
        return b.modal("answer", t.HOME_FIND, blocks, close=t.CLOSE)
    return b.modal("answer", t.PICTURE_TITLE, picture_and_cases(room, found), close=t.CLOSE)
