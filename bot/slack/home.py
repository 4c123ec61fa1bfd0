"""The Home tab: what is mine, my queues, what stands in all of them, and what is not normal right now."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.errors import SlackApiError

from bot.slack import blocks as b
from bot.slack import format as fmt
from bot.slack import modals as m
from bot.slack import texts as t
from bot.slack.answering.skus import near, picture_and_cases
from bot.slack.blocks import Block
from bot.slack.choosing import chosen_by, line_of
from bot.slack.client import error_code
from bot.slack.frozen import freeze_line
from bot.slack.lists import Owned, act_on, case_line, due, is_late, owned_by, queue_text, storm_line, what
from bot.slack.payloads import Click, Submitted, Team, Values, Who
from bot.slack.room import Room
from bot.slack.standing import silent_systems
from sync.inbox.acts import Actor
from sync.inbox.view import SkuMiss
from sync.model.exceptions import Case
from sync.model.ids import QueueId, UserId, parse_exception_name
from sync.policy.routing import who_can
from sync.policy.system_rules import Mode
from sync.ports import Standing

MOST_ITEMS = 10
MOST_LATE = 5
FIND = "sku.find"


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
        """Mine first, then my queues, then the whole."""
        room = self._room
        version = f"v{int(room.now.timestamp())}"
        if actor.restricted:
            return [b.plain_section(f"home.guest.{version}", t.HOME_GUEST)]
        owned = await owned_by(room, actor.user)
        async with room.store.reading() as uow:
            standing = await uow.cases.standing()
        mine = self._queues_of(actor)
        return [
            *self._head(owned, version),
            b.context(f"home.chosen.{version}", b.mrkdwn_text(line_of(await chosen_by(room, actor.user)))),
            *self._items(owned, version),
            b.divider(f"home.d1.{version}"),
            *(self._queues(standing, mine, version) if mine else [self._no_queue(version)]),
            *await self._late(actor, mine, version),
            *await self._whole(standing, version),
        ]

    def _queues_of(self, actor: Actor) -> list[QueueId]:
        """Queues in which this person may act; for the ops lead all of them."""
        policy = self._room.policy.current
        return [
            QueueId(name)
            for name in policy.queues
            if name in actor.member_of or actor.user in who_can(policy, QueueId(name), "act")
        ]

    # -- mine ----------------------------------------------------------------------------------------------------------

    def _head(self, owned: Owned, version: str) -> list[Block]:
        room, cases = self._room, owned.cases
        shown = t.HOME_LATE.format(late=fmt.number(owned.late)) if owned.late else ""
        title = t.HOME_NONE
        if owned.count:
            title = t.HOME_TITLE.format(count=fmt.agreeing(owned.count, t.ARE_YOURS), late=shown)
        risk = fmt.estimate(owned.risk, room.policy.current.currency)
        asof = t.HOME_ASOF.format(risk=risk, at=fmt.at(room.now, room.now))
        worst = [b.button("home.worst.show", t.HOME_WORST, cases[0].name, primary=True)] if cases else []
        buttons = [
            *worst,
            b.button("home.find.open", t.HOME_FIND, "find", primary=not cases),
            b.button("inventory.oncall", t.HOME_ONCALL, "oncall"),
            b.button("home.settings.open", t.HOME_SETTINGS, "settings"),
        ]
        return [
            b.header(f"home.headline.{version}", title),
            b.context(f"home.asof.{version}", b.mrkdwn_text(asof)),
            b.actions(f"home.acts.{version}", buttons),
        ]

    def _items(self, owned: Owned, version: str) -> list[Block]:
        cases = owned.cases
        if not owned.count:
            return []
        blocks = [b.section(f"home.mine.{version}", t.HOME_MINE)]
        if owned.storms:
            lines = [storm_line(self._room.policy.current, storm) for storm in owned.storms]
            blocks.append(b.section(f"home.storms.{version}", "\n".join(lines)))
        blocks += [self._item(case, nth, version) for nth, case in enumerate(cases[:MOST_ITEMS], 1)]
        if len(cases) > MOST_ITEMS:
            more = t.HOME_MORE.format(count=fmt.number(len(cases) - MOST_ITEMS))
            blocks.append(b.context(f"home.more.{version}", b.mrkdwn_text(more)))
        return [*blocks, *act_on(owned.count, ("mine",), f"home.bulk.{version}")]

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

    # -- queues and the whole ------------------------------------------------------------------------------------------

    def _queues(self, standing: dict[QueueId, Standing] | Any, mine: Sequence[QueueId], version: str) -> list[Block]:
        room = self._room
        if not standing:
            text = t.HOME_EMPTY.format(at=fmt.at(room.now, room.now))
            return [b.section(f"home.empty.{version}", text)]
        blocks = [b.section(f"home.queues.{version}", t.HOME_QUEUES)]
        for queue in mine[:20]:
            one = standing.get(queue)
            text = t.HOME_QUEUE.format(
                queue=fmt.mrkdwn(room.policy.current.queues[queue].name, 40),
                open=t.OPEN_ONE.format(count=fmt.number(one.unresolved if one else 0)),
                late=t.QUEUE_LATE.format(late=fmt.number(one.late)) if one and one.late else "",
                risk=fmt.estimate(one.risk if one else Decimal(0), room.policy.current.currency),
            )
            button = b.button("home.queue.show", t.HOME_SHOW, queue, label=f"{t.HOME_SHOW} {queue}")
            blocks.append(b.section(f"home.queue.{queue}.{version}", text, button))
        return blocks

    def _no_queue(self, version: str) -> Block:
        policy = self._room.policy.current
        leads = [
            f"{policy.people[rules.lead].name} ({rules.name})"
            for rules in policy.queues.values()
            if rules.lead is not None
        ]
        told = fmt.mrkdwn(fmt.listed(leads, 4) or policy.people[policy.ops_lead].name, 200)
        return b.section(f"home.none.{version}", t.HOME_NO_QUEUE.format(leads=told))

    async def _late(self, actor: Actor, mine: Sequence[QueueId], version: str) -> list[Block]:
        """What is past its limit in this person's queues, and not theirs already."""
        room, late = self._room, []
        for queue in mine[:20]:
            for case in await room.inbox.queue_list(queue, limit=MOST_LATE):
                if is_late(case, room.now) and case.owner != actor.user:
                    late.append(case)
        if not late:
            return []
        lines = [case_line(room.policy.current, case, nth, room.now) for nth, case in enumerate(late[:MOST_LATE], 1)]
        return [b.section(f"home.late.{version}", "\n".join([t.HOME_LATE_LIST, *lines]))]

    async def _whole(self, standing: Any, version: str) -> list[Block]:
        room, policy, now = self._room, self._room.policy.current, self._room.now
        total = list(standing.values())
        text = t.HOME_RISK.format(
            open=fmt.number(sum(one.unresolved for one in total)),
            late=fmt.number(sum(one.late for one in total)),
            risk=fmt.estimate(sum((one.risk for one in total), Decimal(0)), policy.currency),
        )
        blocks = [b.divider(f"home.d2.{version}"), b.section(f"home.standing.{version}", text)]
        async with room.store.reading() as uow:
            silent = await silent_systems(uow, policy, now)
            freezes = await uow.freezes.standing()
        told = [freeze_line(one, policy) for one in freezes]
        told += [
            t.PIN_SILENT.format(system=fmt.mrkdwn(policy.systems[one].name, 40), at=fmt.at(at, now))
            for one, at in silent
        ]
        shadow = [one.name for one in policy.systems.values() if one.mode is Mode.SHADOW and one.channel is not None]
        if shadow:
            told.append(t.PIN_SHADOW.format(systems=fmt.mrkdwn(fmt.listed(shadow), 120)))
        unknown = sum(one.cause_unknown for one in total)
        if unknown:
            told.append(t.HOME_CAUSE_UNKNOWN.format(count=fmt.counted(unknown, t.EXCEPTIONS)))
        if told:
            blocks.append(b.section(f"home.systems.{version}", "\n".join([t.HOME_SYSTEMS, *told[:10]])))
        return blocks

    # -- pressed -------------------------------------------------------------------------------------------------------

    async def pressed(self, body: dict[str, Any]) -> None:
        """Open a case's card or a queue's list over Home; its buttons work as on the card."""
        click = Click.model_validate(body)
        opened = await self._room.client.views_open(trigger_id=click.trigger_id, view=m.loading(""))
        view = await self._shown(click.pressed.action_id.split(".")[1], click.pressed.value)
        await self._room.client.views_update(view_id=opened["view"]["id"], view=view)

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
        text = Values("find", Submitted.model_validate(body).view.state).text("text")
        if not text:
            await ack(response_action="errors", errors={"find.text": t.HOME_FIND_EMPTY})
            return
        await ack(response_action="update", view=await picture_view(self._room, text))


async def picture_view(room: Room, text: str) -> Block:
    """A modal with the picture of a SKU, or with the nearest codes as buttons."""
    found = await room.inbox.sku_view(text)
    if isinstance(found, SkuMiss):
        reply = near(found)
        blocks = list(reply.blocks) or [b.section("inventory.none", reply.text)]
        return b.modal("answer", t.HOME_FIND, blocks, close=t.CLOSE)
    return b.modal("answer", t.PICTURE_TITLE, picture_and_cases(room, found), close=t.CLOSE)
