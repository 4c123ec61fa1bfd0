"""What a queue is told once Slack is back: one message on what went on meanwhile, before the cards that are due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from pydantic import TypeAdapter

from bot.slack import blocks as b
from bot.slack import format as fmt
from bot.slack import texts as t
from bot.slack.blocks import Block, Message
from sync.model.ids import QueueId
from sync.policy.schema import Policy


@dataclass(frozen=True, slots=True)
class Away:
    """An outage as one queue saw it: what opened, what of it cleared by itself, what waits for a person, and for how many policy
    paused, of which so many were read back as stopped; for how many the limit to fix it passed."""

    since: datetime
    until: datetime
    opened: int
    cleared: int
    need: int
    late: int
    risk: Decimal
    paused: int = 0
    seen: int = 0
    passed: int = 0


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
    if away.paused:
        seen = t.BACK_SEEN_ALL if away.seen == away.paused else t.BACK_SEEN.format(seen=fmt.number(away.seen))
        lines.append(t.BACK_PAUSED.format(paused=fmt.number(away.paused), seen=seen))
    if away.need:
        risk = fmt.estimate(away.risk, policy.currency)
        late = t.PIN_LATE.format(late=fmt.number(away.late)) if away.late else ""
        need = fmt.counted(away.need, t.NEED_A_PERSON)
        lines.append(t.BACK_NEED.format(need=need, risk=risk, late=late))
    limits = t.BACK_PASSED.format(limits=fmt.counted(away.passed, t.LIMITS_COUNTED)) if away.passed else t.BACK_IN_TIME
    text = t.BACK.format(
        since=fmt.at(away.since, now),
        until=fmt.at(away.until, now),
        span=fmt.span(away.until - away.since),
        queue=fmt.mrkdwn(policy.queues[queue].name, 40),
        lines="\n".join([*(lines or [t.BACK_NONE]), limits]),
    )
    blocks: list[Block] = [b.section(f"returned.text.v{version}", text)]
    if away.need:
        shows = t.BACK_SHOW.format(count=fmt.number(away.need))
        blocks.append(
            b.actions(f"returned.acts.v{version}", [b.button("inventory.run", shows, f"queue {queue}", primary=True)])
        )
    return Message(fmt.bare(text), tuple(blocks), "returned", queue, version)
