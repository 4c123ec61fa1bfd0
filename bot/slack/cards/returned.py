"""What a queue is told once Slack is back: one message on what went on meanwhile, before the cards that are due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from pydantic import TypeAdapter

from bot.slack import blocks as b
from bot.slack import format as fmt
from bot.slack import texts as t
from bot.slack.blocks import Message
from sync.model.ids import QueueId
from sync.policy.schema import Policy


@dataclass(frozen=True, slots=True)
class Away:
    """An outage as one queue saw it: what opened, what of it cleared by itself, and what waits for a person."""

    since: datetime
    until: datetime
    opened: int
    cleared: int
    need: int
    late: int
    risk: Decimal


_AWAY = TypeAdapter(Away)


def write_away(away: Away) -> str:
    """As a post carries it."""
    return _AWAY.dump_json(away).decode()


def read_away(body: str) -> Away:
    """The same back."""
    return _AWAY.validate_json(body)


def render_returned(away: Away, policy: Policy, queue: QueueId, version: int, now: datetime) -> Message:
    """Counts of the time when nothing could be shown."""
    lines = []
    if away.opened:
        lines.append(t.BACK_OPENED.format(opened=fmt.number(away.opened), cleared=fmt.number(away.cleared)))
    if away.need:
        risk = fmt.estimate(away.risk, policy.currency)
        late = t.PIN_LATE.format(late=fmt.number(away.late)) if away.late else ""
        need = fmt.counted(away.need, t.NEED_A_PERSON)
        lines.append(t.BACK_NEED.format(need=need, risk=risk, late=late))
    text = t.BACK.format(
        since=fmt.at(away.since, now),
        until=fmt.at(away.until, now),
        span=fmt.span(away.until - away.since),
        queue=fmt.mrkdwn(policy.queues[queue].name, 40),
        lines="\n".join(lines or [t.BACK_NONE]),
    )
    section = b.section(f"returned.text.v{version}", text)
    return Message(fmt.bare(text), (section,), "returned", queue, version)
