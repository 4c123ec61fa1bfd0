"""How a freeze is told: one line, on summaries, Home and in forms."""

from __future__ import annotations

from bot.slack import format as fmt
from bot.slack import texts as t
from sync.model.freezing import Freeze
from sync.model.ids import SystemId
from sync.policy.schema import Policy


def freeze_line(freeze: Freeze, policy: Policy) -> str:
    """``❄ Frozen: Walmart US by Lee …`` as mrkdwn, for summaries, Home and lists."""
    name = channel_name(freeze.system, policy)
    at = fmt.at(freeze.since, freeze.since)
    return t.FROZEN.format(
        system=fmt.mrkdwn(name, 40), who=fmt.mrkdwn(freeze.by_name, 40), at=at, why=fmt.mrkdwn(freeze.reason, 120)
    )


def channel_name(system: SystemId | None, policy: Policy) -> str:
    """What people call a channel, or all of them."""
    if system is None:
        return t.FREEZE_ALL
    return policy.systems[system].name if system in policy.systems else system
