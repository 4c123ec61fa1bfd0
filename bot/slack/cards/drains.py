"""How long a channel that is behind takes for what waits: a sentence on the cards that wait for it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from bot.slack import format as fmt
from bot.slack import texts as t
from sync.measures.pressure import DRAINED_FROM, LaneStanding


def drains(lane: LaneStanding | None, names: Mapping[str, str], now: datetime) -> str:
    """`` Amazon US takes about 5 updates a second: 1,240 wait, the last is sent about 09:52.`` Empty while it is not behind.
    ``names`` of systems by their id."""
    left = lane.drains_in if lane is not None else None
    if lane is None or left is None or not lane.behind(now):
        return ""
    pace = Decimal(lane.done_lately) / Decimal(int(DRAINED_FROM.total_seconds()))
    shape, shown = (t.DRAINS_SECOND, pace) if pace >= 1 else (t.DRAINS_MINUTE, pace * 60)
    return shape.format(
        system=fmt.mrkdwn(names.get(lane.system, lane.system), 40),
        pace=fmt.counted(max(1, round(shown)), t.UPDATES_PACE),
        waiting=fmt.number(lane.waiting),
        at=fmt.at(now + left, now),
    )
