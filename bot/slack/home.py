"""The Home tab: what is mine, and the queues. Published when somebody opens it."""

from __future__ import annotations

from typing import Any

from slack_sdk.errors import SlackApiError

from bot.slack import blocks as b
from bot.slack import format as fmt
from bot.slack import modals as m
from bot.slack import texts as t
from bot.slack.blocks import Block
from bot.slack.cards import render_card
from bot.slack.client import error_code
from bot.slack.lists import at_risk, due, is_late, queue_text, what
from bot.slack.payloads import Click, Team, Who
from bot.slack.room import Room
from sync.inbox.acts import Actor
from sync.model.exceptions import Case
from sync.model.ids import QueueId, UserId, parse_exception_name

MOST_ITEMS = 10


class Home:
    """Draws and publishes the Home tab, and opens what is pressed there."""

    def __init__(self, room: Room) -> None:
        self._room = room

    async def opened(self, event: dict[str, Any]) -> None:
        """Publish this person's Home; a newer one published meanwhile wins."""
        if event.get("tab") not in (None, "home"):
            return
        user = UserId(str(event["user"]))
        actor = await self._room.actor(Who(id=user), Team(id=self._room.team))
        view = b.home(await self.blocks(actor))
        seen = (event.get("view") or {}).get("hash")
        try:
            await self._room.client.views_publish(user_id=user, view=view, hash=seen)
        except SlackApiError as error:
            if error_code(error) != "hash_conflict":
                raise

    async def blocks(self, actor: Actor) -> list[Block]:
        """Mine first, then the queues."""
        room = self._room
        version = f"v{int(room.now.timestamp())}"
        if actor.restricted:
            return [b.plain_section(f"home.guest.{version}", t.HOME_GUEST)]
        cases = list(await room.inbox.queue_list(None, owner=actor.user))
        late = sum(is_late(case, room.now) for case in cases)
        shown = t.HOME_LATE.format(late=fmt.number(late)) if late else ""
        title = t.HOME_NONE
        if cases:
            shape = t.HOME_TITLE_ONE if len(cases) == 1 else t.HOME_TITLE
            title = shape.format(count=fmt.number(len(cases)), late=shown)
        asof = t.HOME_ASOF.format(risk=at_risk(room.policy.current, cases), at=fmt.at(room.now, room.now))
        blocks = [
            b.header(f"home.headline.{version}", title),
            b.context(f"home.asof.{version}", b.mrkdwn_text(asof)),
        ]
        if cases:
            blocks.append(b.section(f"home.mine.{version}", t.HOME_MINE))
            blocks += [self._item(case, nth, version) for nth, case in enumerate(cases[:MOST_ITEMS], 1)]
        if len(cases) > MOST_ITEMS:
            more = t.HOME_MORE.format(count=fmt.number(len(cases) - MOST_ITEMS))
            blocks.append(b.context(f"home.more.{version}", b.mrkdwn_text(more)))
        return [*blocks, b.divider(f"home.d1.{version}"), *await self._queues(version)]

    def _item(self, case: Case, nth: int, version: str) -> Block:
        now_at_risk = case.risk_now
        risk = f"{fmt.estimate(now_at_risk.amount, now_at_risk.currency)} · " if now_at_risk.amount else ""
        text = t.HOME_ITEM.format(
            name=case.name,
            what=what(self._room.policy.current, case),
            delta=fmt.signed_units(case.delta),
            risk=risk,
            due=due(case, self._room.now),
        )
        button = b.button("home.case.show", t.HOME_OPEN, case.name, label=f"{t.HOME_OPEN} {case.name}")
        return b.section(f"home.item.{nth}.{version}", text, button)

    async def _queues(self, version: str) -> list[Block]:
        room, counts = self._room, await self._room.inbox.queue_counts()
        if not any(open_ for open_, _late, _risk in counts.values()):
            text = t.HOME_EMPTY.format(at=fmt.at(room.now, room.now))
            return [b.section(f"home.empty.{version}", text)]
        blocks = [b.section(f"home.queues.{version}", t.HOME_QUEUES)]
        for queue, (open_, late, risk) in list(counts.items())[:20]:
            rules = room.policy.current.queues.get(queue)
            text = t.HOME_QUEUE.format(
                queue=fmt.mrkdwn(rules.name if rules else queue, 40),
                open=t.OPEN_ONE.format(count=fmt.number(open_)),
                late=t.QUEUE_LATE.format(late=fmt.number(late)) if late else "",
                risk=fmt.estimate(risk, room.policy.current.currency),
            )
            button = b.button("home.queue.show", t.HOME_SHOW, queue, label=f"{t.HOME_SHOW} {queue}")
            blocks.append(b.section(f"home.queue.{queue}.{version}", text, button))
        return blocks

    async def pressed(self, body: dict[str, Any]) -> None:
        """Open a case's card or a queue's list over Home; its buttons work as on the card."""
        click = Click.model_validate(body)
        opened = await self._room.client.views_open(trigger_id=click.trigger_id, view=m.loading(""))
        view = await self._shown(click.pressed.action_id.split(".")[1], click.pressed.value)
        await self._room.client.views_update(view_id=opened["view"]["id"], view=view)

    async def _shown(self, kind: str, value: str) -> Block:
        if kind == "queue" and value in self._room.policy.current.queues:
            text = await queue_text(self._room, QueueId(value))
            return b.modal("list", t.HOME_QUEUE_TITLE, [b.section("list.text", text)], close=t.CLOSE)
        view = await self._room.inbox.view(parse_exception_name(value), history=True) if kind == "case" else None
        if view is None:
            return m.refused(t.GONE.format(name=value))
        return b.modal("card", view.case.name, render_card(view).blocks, close=t.CLOSE)
