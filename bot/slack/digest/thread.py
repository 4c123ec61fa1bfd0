"""What stands below the digest: the queues as a table with two charts, and a message per queue. Pure."""

from __future__ import annotations

from bot.slack import blocks as b
from bot.slack import format as fmt
from bot.slack import texts as t
from bot.slack.blocks import Block, Message
from bot.slack.digest.charts import of_queues
from bot.slack.digest.render import Pictures
from bot.slack.digest.week import DigestWeek
from sync.measures.figures import Figures
from sync.measures.grouping import By
from sync.measures.review import Advice
from sync.model.ids import QueueId, exception_name
from sync.policy.schema import Policy

KIND = "digest_thread"
MOST_ROWS = 50
NAME = 40
MOST_PEOPLE = 6


def render_queues(
    week: DigestWeek, policy: Policy, key: str, *, charts: bool = True, pictures: Pictures | None = None
) -> Message:
    """The table of queues, two charts, and what prevented oversells are compared with."""
    queues = list(week.groups[By.QUEUE].items())[:MOST_ROWS]
    rows: list[list[str]] = [list(t.DIGEST_QUEUES_HEAD)]
    rows += [
        [_name(queue, policy), fmt.number(one.opened), fmt.number(late(one)), fmt.number(one.standing), _minutes(one)]
        for queue, one in queues
    ]
    blocks: list[Block] = [
        b.section("digest.queues.title.v1", t.DIGEST_QUEUES_TITLE),
        b.table("digest.queues.v1", rows),
    ]
    for chart in of_queues(week, policy):
        blocks.append(chart.shown(charts=charts, file=(pictures or {}).get(chart.name)))
    blocks.append(b.context("digest.method.v1", b.mrkdwn_text(t.FILE_METHOD["prevented"])))
    told = "; ".join(
        t.DIGEST_QUEUE_TEXT.format(
            name=_name(queue, policy),
            opened=fmt.number(one.opened),
            open=fmt.number(one.standing),
            late=fmt.number(late(one)),
            fix=_fixed(one),
        )
        for queue, one in queues
    )
    text = t.DIGEST_QUEUES_TEXT.format(days=week.days, queues=fmt.escape(told))
    return Message(fmt.cut(text, b.FALLBACK_MOST, b.FALLBACK_MOST), tuple(blocks), KIND, key, 1)


def render_queue(week: DigestWeek, policy: Policy, queue: QueueId, key: str) -> Message | None:
    """One queue: what opened, what is late, who carried what, the longest, and a question. None: no such queue that week."""
    one = week.groups[By.QUEUE].get(queue)
    if one is None:
        return None
    past = week.groups_before.get(By.QUEUE, {}).get(queue)
    change = ""
    if past is not None and past.opened != one.opened:
        change = f" ({fmt.signed(one.opened - past.opened)})"
    name = fmt.mrkdwn(_name(queue, policy), 40)
    if not one.opened and not one.standing and not one.load:
        text = t.DIGEST_QUEUE_QUIET.format(name=name, change=change, open=fmt.number(one.standing))
    else:
        longest = week.review.longest.get(queue)
        text = t.DIGEST_QUEUE.format(
            name=name,
            opened=fmt.number(one.opened),
            change=change,
            open=fmt.number(one.standing),
            late=fmt.number(late(one)),
            fix=_fixed(one),
            carried=_carried(one, policy),
            longest=t.DIGEST_LONGEST.format(name=exception_name(longest[0]), span=fmt.span(longest[1]))
            if longest
            else "",
            asks=_ask(week, queue),
        )
    return Message(fmt.bare(text), (b.section("digest.queue.v1", text),), KIND, key, 1)


def late(one: Figures) -> int:
    """Standing at the end of the week, beyond their limit."""
    return one.standing_late


def _name(queue: str, policy: Policy) -> str:
    known = policy.queues.get(QueueId(queue))
    return fmt.plain(known.name if known is not None else queue, NAME, NAME * 2)


def _minutes(one: Figures) -> str:
    return t.NOT_KNOWN if one.to_end.median is None else fmt.number(round(one.to_end.median.total_seconds() / 60))


def _fixed(one: Figures) -> str:
    return t.NOT_KNOWN if one.to_end.median is None else fmt.span(one.to_end.median)


def _carried(one: Figures, policy: Policy) -> str:
    people = sorted(one.load.items(), key=lambda load: (-load[1].taken, -load[1].standing, load[0]))
    told = []
    for owner, load in people[:MOST_PEOPLE]:
        person = policy.person_of(owner)
        name = fmt.mrkdwn(person.name if person is not None else owner, 40)
        told.append(t.DIGEST_CARRIED.format(name=name, count=fmt.number(load.taken)))
    told.append(t.DIGEST_NOBODY.format(count=fmt.number(one.unowned)))
    return fmt.listed(told, MOST_PEOPLE + 1)


def _ask(week: DigestWeek, queue: QueueId) -> str:
    for one in week.review.tighten:
        if one.advice is Advice.NAME_STAND_IN and one.queue == queue:
            return t.DIGEST_ASK_STAND_IN.format(count=fmt.number(one.count), of=fmt.number(one.of))
    return ""
