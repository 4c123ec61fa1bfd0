"""Which sources are silent, and how sure it is that nothing is open."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from bot.slack import format as fmt
from bot.slack import texts as t
from sync.detect.stale_feed import stale_at
from sync.model.ids import SystemId
from sync.policy.schema import Policy
from sync.ports import UnitOfWork

if TYPE_CHECKING:
    from bot.slack.room import Room


async def silent_systems(uow: UnitOfWork, policy: Policy, now: datetime) -> tuple[tuple[SystemId, datetime], ...]:
    """Sources whose newest content is older than policy lets it be, and of when that content is."""
    pictures = await uow.systems.load([SystemId(name) for name in policy.systems])
    found = []
    for system, picture in sorted(pictures.items()):
        stale, last = stale_at(picture, policy), picture.content_at or picture.first_seen
        if stale is not None and last is not None and stale <= now:
            found.append((system, last))
    return tuple(found)


async def calm_text(room: Room) -> str:
    """How sure it is that nothing is open: which sources were heard within their time."""
    policy, now = room.policy.current, room.now
    async with room.store.reading() as uow:
        silent = await silent_systems(uow, policy, now)
    if silent:
        told = [
            t.PIN_SILENT.format(system=fmt.mrkdwn(policy.systems[one].name, 40), at=fmt.at(at, now))
            for one, at in silent
        ]
        return t.CALM_SILENT.format(silent=fmt.listed(told))
    count = len(policy.sources)
    return t.CALM.format(at=fmt.at(now, now), heard=fmt.number(count), all=fmt.number(count))
