"""No mention storms: nobody is told twice of one cause within a while, and what comes together is told in one message."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sync.model.ids import UserId
from sync.model.mentions import Mention, PersonSettings

AGAIN_AFTER = timedelta(minutes=30)
"""Between two messages to one person about one cause."""
FEW = 3
"""Causes of which somebody is told one by one; of more at once in one message."""


def plan(
    waiting: Sequence[Mention],
    told: Mapping[tuple[str, str], datetime],
    settings: Mapping[UserId, PersonSettings],
    now: datetime,
) -> list[tuple[Mention, ...]]:
    """What may be told now, one group per message, in the order given. ``told``: when each (person or channel, cause) was told
    last. What may not yet stays waiting."""
    places: dict[tuple[str, str, str], dict[str, list[Mention]]] = defaultdict(lambda: defaultdict(list))
    for one in waiting:
        last = told.get((one.person or one.channel, one.cause))
        too_soon = last is not None and now - last < AGAIN_AFTER
        if not too_soon and not held(one, settings.get(one.person), now):
            places[one.person, one.channel, one.queue][one.cause].append(one)
    messages: list[tuple[Mention, ...]] = []
    for causes in places.values():
        groups = [tuple(group) for group in causes.values()]
        messages += groups if len(groups) <= FEW else [tuple(one for group in groups for one in group)]
    return messages


def held(mention: Mention, chosen: PersonSettings | None, now: datetime) -> bool:
    """Whether the person's own quiet hours hold it; never what is critical."""
    return chosen is not None and not mention.critical and is_quiet(chosen, now)


def is_quiet(chosen: PersonSettings, now: datetime) -> bool:
    """Whether ``now`` lies in somebody's quiet hours; those that end before they begin go over midnight and belong to the day on
    which they begin."""
    begins, ends = time.fromisoformat(chosen.quiet_from), time.fromisoformat(chosen.quiet_until)
    local = now.astimezone(ZoneInfo(chosen.timezone))
    here, today = local.time(), local.weekday()
    if begins <= ends:
        return begins <= here < ends and today in chosen.quiet_days
    if here >= begins:
        return today in chosen.quiet_days
    return here < ends and (today - 1) % 7 in chosen.quiet_days


def quiet_until(chosen: PersonSettings, now: datetime) -> datetime:
    """When the quiet hours that hold ``now`` end; ``now`` where none do."""
    if not is_quiet(chosen, now):
        return now
    local = now.astimezone(ZoneInfo(chosen.timezone))
    ends = local.replace(hour=int(chosen.quiet_until[:2]), minute=int(chosen.quiet_until[3:]), second=0, microsecond=0)
    return (ends if ends > local else ends + timedelta(days=1)).astimezone(UTC)
