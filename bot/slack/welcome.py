"""The first run: hello in a channel that the bot comes into, and the lines that make it a queue."""

from __future__ import annotations

from typing import Any

import yaml
from slack_bolt.context.ack.async_ack import AsyncAck

from bot.slack import blocks as b
from bot.slack import format as fmt
from bot.slack import modals as m
from bot.slack import texts as t
from bot.slack.blocks import Block
from bot.slack.payloads import Click, Submitted, Values
from bot.slack.places import policy_channel
from bot.slack.room import Room
from sync.model.ids import QueueId, UserId
from sync.model.outbox import Post, PostKind
from sync.policy.schema import Policy
from sync.policy.system_rules import Mode

SET_UP = "queue.setup"
JOB = "welcome"


def hello_blocks(policy: Policy, queue: QueueId | None) -> list[Block]:
    """What is said in a channel: what the bot does, which queue this is, and what is not published."""
    lines = [t.HELLO.format(count=fmt.counted(len(policy.systems), t.SYSTEMS_WATCHED))]
    buttons = [b.button("welcome.sample.show", t.SHOW_SAMPLE, "sample")]
    if queue is None:
        names = [fmt.mrkdwn(f"#{rules.channel.removeprefix('#')}", 60) for rules in policy.queues.values()]
        lines.append(t.HELLO_OTHER.format(queues=fmt.listed(names, 10)))
    else:
        rules = policy.queues[queue]
        lead = fmt.mrkdwn(policy.people[rules.lead].name, 40) if rules.lead is not None else t.HELLO_NO_LEAD
        lines.append(t.HELLO_QUEUE.format(queue=fmt.mrkdwn(rules.name, 40), lead=lead))
    if queue is None or policy.queues[queue].lead is None:
        buttons.insert(0, b.button("welcome.setup.open", t.SET_UP, queue or "new", primary=True))
    sells = [rules for rules in policy.systems.values() if rules.channel is not None]
    shadow = [rules.name for rules in sells if rules.mode is Mode.SHADOW]
    if shadow:
        some = t.HELLO_SOME_SHADOW.format(names=fmt.mrkdwn(fmt.listed(shadow), 120))
        lines.append(t.HELLO_SHADOW.format(systems=t.HELLO_ALL_SHADOW if len(shadow) == len(sells) else some))
    return [b.section("welcome.hello", "\n".join(lines)), b.actions("welcome.acts", buttons)]


def setup_form(policy: Policy, channel: str, queue: str = "") -> Block:
    """Asks which queue a channel is, and who leads it."""
    options = [b.Option(fmt.plain(rules.name, 60), name) for name, rules in policy.queues.items()]
    chosen = queue if queue in policy.queues else None
    lead = policy.queues[queue].lead if queue in policy.queues else None
    blocks = [
        b.section("setup.preview", t.SET_UP_PREVIEW),
        b.field("setup.queue", t.SET_UP_QUEUE, b.select(options, chosen=chosen, placeholder=t.CHOOSE)),
        b.field("setup.lead", t.SET_UP_LEAD, b.user_select(policy.people[lead].slack if lead else None)),
    ]
    return b.modal(SET_UP, t.SET_UP_TITLE, blocks, submit=t.SET_UP_SUBMIT, close=t.NOT_NOW, private_metadata=channel)


def policy_lines(policy: Policy, queue: QueueId, channel: str, user: UserId, name: str) -> str:
    """What policy.yml says of it, ready to paste; somebody whom it does not name yet is named, too."""
    known = policy.name_of(user)
    key = known or "".join(char for char in name.casefold() if char.isalnum()) or "lead"
    lines: dict[str, Any] = {} if known else {"people": {key: {"name": name, "slack": str(user)}}}
    lines["queues"] = {str(queue): {"channel": channel, "lead": key}}
    return yaml.safe_dump(lines, allow_unicode=True, sort_keys=False).rstrip()


class Welcome:
    """Says hello once per channel, and writes the lines of a queue."""

    def __init__(self, room: Room) -> None:
        self._room = room

    async def invited(self, channel: str) -> None:
        """The bot came into a channel: hello, once."""
        room = self._room
        async with room.store.unit_of_work() as uow:
            if not await uow.jobs.win(JOB, channel, "slack", room.now):
                return
            await uow.jobs.finish(JOB, channel, room.now)
        blocks: Any = hello_blocks(room.policy.current, room.channels.queue_of(channel))
        await room.client.chat_postMessage(channel=channel, text=blocks[0]["text"]["text"], blocks=blocks)

    async def open(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """Show the form."""
        await ack()
        click, policy = Click.model_validate(body), self._room.policy.current
        actor = await self._room.actor(click.user, click.team)
        channel = click.channel.id if click.channel else ""
        view = m.refused(t.GUEST_ANSWER) if actor.restricted else setup_form(policy, channel, click.pressed.value)
        await self._room.client.views_open(trigger_id=click.trigger_id, view=view)

    async def sent(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """The lines, for whoever asked and for the ops lead. Nothing of the policy changes here."""
        sent, room = Submitted.model_validate(body), self._room
        policy, values = room.policy.current, Values("setup", sent.view.state)
        queue, lead = values.option("queue"), values.user("lead")
        actor = await room.actor(sent.user, sent.team)
        if actor.restricted:
            await ack(response_action="update", view=m.refused(t.GUEST_ANSWER))
            return
        if queue not in policy.queues or lead is None:
            await ack(response_action="errors", errors={"setup.lead" if queue else "setup.queue": t.CHOOSE})
            return
        name = (await room.actor(sent.user.model_copy(update={"id": lead}), sent.team)).name
        lines = policy_lines(policy, QueueId(queue), sent.view.private_metadata, lead, name)
        ops = policy.people[policy.ops_lead]
        note = t.SET_UP_NOTE.format(
            who=actor.name,
            queue=policy.queues[queue].name,
            lead=name,
            channel=policy_channel(room.policy, queue),
            lines=lines,
        )
        key = f"setup:{queue}:{lead}:{sent.user.id}:{room.now:%Y-%m-%d}"
        async with room.store.unit_of_work() as uow:
            await uow.posts.want([Post(key, PostKind.PRIVATE, ops.slack, 1, body=note, next_at=room.now)])
        blocks = [
            b.section("setup.how", t.SET_UP_LINES),
            b.preformatted("setup.lines", lines),
            b.context("setup.told", b.mrkdwn_text(t.SET_UP_TOLD.format(ops=fmt.mrkdwn(ops.name, 40)))),
        ]
        await ack(response_action="update", view=b.modal("answer", t.SET_UP_TITLE, blocks, close=t.CLOSE))
