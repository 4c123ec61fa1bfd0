"""``/inventory storm ST-31``: what is in a storm, the worst first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.slack import blocks as b
from bot.slack import format as fmt
from bot.slack import texts as t
from bot.slack.answering.asked import Asked, Reply
from bot.slack.lists import LINES, case_lines
from sync.storms.causes import told
from sync.storms.storm import parse_storm_name

if TYPE_CHECKING:
    from bot.slack.room import Room


async def storm(room: Room, asked: Asked) -> Reply:
    """A storm's headline and its worst members."""
    policy, now = room.policy.current, room.now
    try:
        wanted = parse_storm_name(asked.rest)
    except ValueError:
        return Reply(t.STORM_WHICH)
    async with room.store.reading() as uow:
        found = await uow.storms.get(wanted)
        worst = await uow.storms.worst(wanted, LINES) if found is not None else ()
    if found is None:
        return Reply(t.STORM_GONE.format(name=fmt.code(asked.rest)))
    if found.ended_at is not None:
        return Reply(t.STORM_OVER.format(name=found.name, at=fmt.at(found.ended_at, now)))
    head = t.STORM_HEAD.format(
        name=found.name,
        cause=fmt.mrkdwn(fmt.spoken(told(policy, found.cause)), 120),
        count=fmt.counted(found.members, t.EXCEPTIONS),
        risk=fmt.estimate(found.risk, policy.currency),
    )
    text = "\n".join([head, *case_lines(policy, worst, now, found.members)])
    return Reply(text, (b.section("inventory.list", text),))
