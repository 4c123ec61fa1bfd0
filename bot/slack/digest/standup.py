"""The note of the day in a queue's channel: what stands, what the last day brought, and what to look at first. It mentions
nobody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from bot.slack import blocks as b
from bot.slack import format as fmt
from bot.slack import texts as t
from bot.slack.blocks import Block, Message
from bot.slack.digest.charts import class_name
from sync.measures.figures import Figures, figures
from sync.model.exceptions import Case
from sync.model.ids import QueueId
from sync.model.outbox import Post, PostKind
from sync.owners.hours import windows
from sync.policy.schema import Policy, Queue
from sync.ports import Standing, UnitOfWork

WORST = 5
CAUGHT_UP_WITHIN = timedelta(hours=3)
"""A note that was missed for longer is left out: the day is under way."""
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class StandUp:
    """What a queue's note says. ``standing`` None: nothing is open. ``worst`` are those to look at first."""

    standing: Standing | None
    lately: Figures
    worst: Sequence[Case]


def zone_of(policy: Policy, queue: Queue) -> str:
    """In which a queue's note comes: that of its hours, else the document's."""
    return (queue.hours.timezone if queue.hours is not None else None) or policy.timezone


def standup_day(policy: Policy, queue: Queue, now: datetime) -> date | None:
    """The day whose note is due now; None when none is: policy asks for none, it is not time, too late, or a day off."""
    if queue.standup is None:
        return None
    zone = zone_of(policy, queue)
    day = now.astimezone(ZoneInfo(zone)).date()
    hour, minute = (int(part) for part in queue.standup.split(":"))
    due = datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    if not due <= now < due + CAUGHT_UP_WITHIN:
        return None
    return day if _works_on(queue, zone, day) else None


def _works_on(queue: Queue, zone: str, day: date) -> bool:
    if queue.hours is None:
        return True
    local = ZoneInfo(zone)
    begins = datetime(day.year, day.month, day.day, tzinfo=local).astimezone(UTC)
    # Two, since a night shift of the day before may come first.
    return any(begin.astimezone(local).date() == day for begin, _ in islice(windows(queue.hours, zone, begins), 2))


def standup_post(queue: QueueId, day: date, now: datetime) -> Post:
    """The note as a wanted post; it is drawn as things stand when it is sent."""
    return Post(f"standup:{queue}:{day.isoformat()}", PostKind.STANDUP, queue, 1, body=now.isoformat(), next_at=now)


async def standup_of(uow: UnitOfWork, queue: QueueId, now: datetime) -> StandUp:
    """What stands now, and what the day before brought."""
    recorded = await uow.measured.recorded(now - DAY, now, now, {})
    own = [one for one in recorded.episodes if one.queue == queue]
    standing = (await uow.cases.standing()).get(queue)
    return StandUp(standing, figures(own, recorded, 0, None, None), await uow.cases.unresolved(queue, limit=WORST))


def render_standup(shown: StandUp, policy: Policy, post: Post, now: datetime) -> Message:
    """Three lines, and at most five exceptions."""
    queue = policy.queues[QueueId(post.channel)]
    day = now.astimezone(ZoneInfo(zone_of(policy, queue)))
    names = {
        "name": fmt.mrkdwn(queue.name, 40),
        "day": t.STANDUP_DAY.format(weekday=fmt.weekday(day, whole=True), day=fmt.day(day)),
    }
    lately = shown.lately
    since = t.STANDUP_LATELY.format(
        opened=fmt.number(lately.opened),
        repeats=fmt.number(lately.repeats),
        resolved=fmt.number(lately.resolved),
        cleared=fmt.number(lately.cleared),
    )
    standing = shown.standing
    if standing is None:
        head = t.STANDUP_CALM.format(**names)
    else:
        head = t.STANDUP_HEAD.format(
            **names,
            open=fmt.number(standing.unresolved),
            late=fmt.number(standing.late),
            unowned=fmt.number(standing.unowned),
            risk=fmt.estimate(standing.risk, policy.currency),
        )
    blocks: list[Block] = [b.section("standup.head.v1", f"{head}\n{since}")]
    lines = [_line(case, policy, now) for case in shown.worst]
    if lines:
        blocks.append(b.section("standup.worst.v1", "\n".join([t.STANDUP_WORST, *lines])))
    text = fmt.bare("\n".join([head, since, *lines]))
    return Message(fmt.cut(text, b.FALLBACK_MOST, b.FALLBACK_MOST), tuple(blocks), "standup", post.key, post.wanted)


def _line(case: Case, policy: Policy, now: datetime) -> str:
    owner = t.STANDUP_OWNER.format(owner=fmt.mrkdwn(case.owner_name, 40)) if case.owner else t.STANDUP_FREE
    return t.STANDUP_LINE.format(
        name=case.name,
        cls=class_name(case.fingerprint.cls),
        sku=f", {fmt.code(case.fingerprint.sku, 40)}" if case.fingerprint.sku else "",
        risk=fmt.estimate(case.risk_now.amount, policy.currency),
        owner=owner,
        age=fmt.span(now - case.opened_at),
    )
