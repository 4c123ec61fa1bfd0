"""What a person chooses for themselves: whether they are mentioned, and when it is quiet. Critical classes always reach them."""

from __future__ import annotations

from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck

from bot.slack import blocks as b
from bot.slack import format as fmt
from bot.slack import texts as t
from bot.slack.blocks import Block
from bot.slack.payloads import Submitted, Values
from bot.slack.room import Room
from sync.model.ids import UserId
from sync.model.mentions import PersonSettings

CALLBACK = "person.settings"
PREFIX = "settings"
NONE = "none"
TIMES = tuple(f"{hour:02d}:{minute:02d}" for hour in range(24) for minute in (0, 30))


async def chosen_by(room: Room, user: UserId) -> PersonSettings:
    """What somebody chose, else what holds where nobody chose."""
    async with room.store.reading() as uow:
        found = await uow.attention.settings({user})
    return found.get(user) or PersonSettings(user, timezone=room.policy.current.timezone)


def line_of(chosen: PersonSettings) -> str:
    """One line for the Home tab: what holds now."""
    mentioned = t.CHOSEN_ON if chosen.mentioned else t.CHOSEN_OFF
    if chosen.quiet_from == chosen.quiet_until:
        return f"{mentioned} {t.CHOSEN_NEVER_QUIET}"
    quiet = t.CHOSEN_QUIET.format(
        begins=chosen.quiet_from, ends=chosen.quiet_until, zone=fmt.mrkdwn(chosen.timezone, 40)
    )
    return f"{mentioned} {quiet}"


def form(chosen: PersonSettings) -> Block:
    """The form, with what holds now filled in."""
    mentions = [b.Option(t.CHOOSE_ON, "on"), b.Option(t.CHOOSE_OFF, "off")]
    quiet = chosen.quiet_from != chosen.quiet_until
    times = [b.Option(t.CHOOSE_NEVER, NONE), *(b.Option(one, one) for one in TIMES)]
    begins, ends = (chosen.quiet_from, chosen.quiet_until) if quiet else (NONE, NONE)
    blocks = [
        b.section("settings.preview", t.CHOOSE_PREVIEW),
        b.field(
            "settings.mentioned",
            t.CHOOSE_MENTIONED,
            b.select(mentions, chosen="on" if chosen.mentioned else "off", placeholder=t.CHOOSE),
        ),
        b.field("settings.from", t.CHOOSE_FROM, b.select(times, chosen=begins, placeholder=t.CHOOSE)),
        b.field("settings.until", t.CHOOSE_UNTIL, b.select(times, chosen=ends, placeholder=t.CHOOSE)),
    ]
    return b.modal(CALLBACK, t.CHOOSE_TITLE, blocks, submit=t.CHOOSE_SUBMIT, close=t.NOT_NOW)


class Choosing:
    """Opens the form, and keeps what was chosen."""

    def __init__(self, room: Room) -> None:
        self._room = room

    async def open(self, user: UserId, trigger_id: str) -> None:
        """Show the form."""
        view = form(await chosen_by(self._room, user))
        await self._room.client.views_open(trigger_id=trigger_id, view=view)

    async def chosen(self, ack: AsyncAck, body: dict[str, Any]) -> UserId | None:
        """Keep it; None when a field has an error. The time zone is the person's own in Slack."""
        sent = Submitted.model_validate(body)
        values = Values(PREFIX, sent.view.state)
        begins, ends = values.option("from"), values.option("until")
        if (begins == NONE) is not (ends == NONE):
            await ack(response_action="errors", errors={"settings.until": t.CHOOSE_BOTH})
            return None
        if begins == ends and begins != NONE:
            await ack(response_action="errors", errors={"settings.until": t.CHOOSE_DIFFERENT})
            return None
        await ack()
        profile = await self._room.client.users_info(user=sent.user.id)
        zone = str((profile.get("user") or {}).get("tz") or self._room.policy.current.timezone)
        quiet = (begins, ends) if begins != NONE else ("00:00", "00:00")
        kept = PersonSettings(sent.user.id, values.option("mentioned") != "off", *quiet, zone)
        async with self._room.store.unit_of_work() as uow:
            await uow.attention.choose(kept, self._room.now)
        return sent.user.id
