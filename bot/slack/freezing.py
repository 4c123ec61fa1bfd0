"""Freezing and thawing channels in Slack: the forms behind ``/inventory freeze``, and how a freeze is told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck

from bot.slack import blocks as b
from bot.slack import format as fmt
from bot.slack import modals as m
from bot.slack import texts as t
from bot.slack.blocks import Block
from bot.slack.frozen import channel_name, freeze_line
from bot.slack.payloads import Submitted, Values
from bot.slack.room import Room
from sync.inbox.freezing import Freezing, may_freeze
from sync.model.freezing import Freeze
from sync.model.ids import SystemId, UserId
from sync.policy.schema import Policy

FREEZE, THAW = "channel.freeze", "channel.thaw"
ALL = "*"


def freeze_form(policy: Policy, chosen: str = ALL) -> Block:
    """Asks which channel, and why."""
    options = [b.Option(t.FREEZE_ALL, ALL)]
    options += [b.Option(fmt.plain(policy.systems[name].name, 60), name) for name in policy.channels]
    blocks = [
        b.section("freeze.preview", t.FREEZE_PREVIEW),
        b.field("freeze.system", t.CAP_WHERE, b.select(options, chosen=chosen)),
        b.field("freeze.reason", t.REASON, b.text_input(multiline=True), hint=t.FREEZE_HINT),
    ]
    return b.modal(FREEZE, t.FREEZE_TITLE, blocks, submit=t.FREEZE_SUBMIT, close=t.NOT_NOW)


def thaw_form(policy: Policy, freezes: Sequence[Freeze], chosen: str = "") -> Block:
    """Asks which freeze ends, and what was found."""
    options = [b.Option(fmt.plain(channel_name(one.system, policy), 60), one.system or ALL) for one in freezes]
    first = chosen if any(one.value == chosen for one in options) else options[0].value
    told = "\n".join(freeze_line(one, policy) for one in freezes[:10])
    blocks = [
        b.section("freeze.preview", f"{told}\n{t.THAW_PREVIEW}"),
        b.field("freeze.system", t.CAP_WHERE, b.select(options, chosen=first)),
        b.field("freeze.reason", t.RESUME_NOTE, b.text_input(multiline=True), hint=t.NOTE_HINT),
    ]
    return b.modal(THAW, t.THAW_TITLE, blocks, submit=t.THAW_SUBMIT, close=t.NOT_NOW)


class Freezer:
    """Opens the forms of freezing and takes what they send."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._freezing = Freezing(room.store, room.policy, room.clock)

    async def form(self, user: UserId, word: str, named: str) -> Block:
        """The form behind ``freeze`` or ``unfreeze``, or in its place why there is none."""
        policy = self._room.policy.current
        permission = may_freeze(policy, user)
        if not permission.allowed:
            return m.refused(permission.why)
        known = {name.casefold(): name for name in policy.channels}
        known |= {policy.systems[name].name.casefold(): name for name in policy.channels}
        chosen = known.get(named.casefold(), "") if named else ""
        if named and not chosen:
            channels = fmt.listed([policy.systems[name].name for name in policy.channels])
            return m.refused(t.FREEZE_NO_CHANNEL.format(word=f"“{fmt.plain(named, 40)}”", channels=channels))
        if word == "freeze":
            return freeze_form(policy, chosen or ALL)
        standing = await self._freezing.standing()
        return thaw_form(policy, standing, chosen) if standing else m.refused(t.THAW_NOTHING)

    async def submitted(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """A form was sent: committed or refused before Slack hears yes."""
        sent = Submitted.model_validate(body)
        values = Values("freeze", sent.view.state)
        system, reason = values.option("system"), values.text("reason")
        actor = await self._room.actor(sent.user, sent.team)
        channel = None if system == ALL else SystemId(system)
        act = self._freezing.freeze if sent.view.callback_id == FREEZE else self._freezing.thaw
        outcome = await act(actor, channel, reason)
        if outcome.kind == "fields":
            await ack(response_action="errors", errors={f"freeze.{one.field}": one.text for one in outcome.errors})
        elif outcome.kind == "done":
            await ack(response_action="update", view=m.told(outcome.text))
        else:
            await ack(response_action="update", view=m.refused(outcome.text))
