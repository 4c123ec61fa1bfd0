"""A queue's own messages: the pinned summary, and the overflow card for what its channel cannot show one by one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from bot.slack import blocks as b
from bot.slack import format as fmt
from bot.slack import texts as t
from bot.slack.blocks import Block, Message
from bot.slack.duty import on_duty
from bot.slack.frozen import freeze_line
from bot.slack.lists import case_line, storm_line, what_plain
from bot.slack.spoken import word_line
from sync.model.exceptions import Case
from sync.model.freezing import Freeze
from sync.model.ids import QueueId, SystemId
from sync.model.source_word import SourceWord
from sync.policy.schema import Policy
from sync.policy.system_rules import Mode
from sync.ports import Standing
from sync.storms.storm import Storm

URGENT_SHOWN = 3


@dataclass(frozen=True, slots=True)
class QueueFigures:
    """What a pinned summary shows: the queue's standing exceptions, the most urgent, and the sources that are silent."""

    queue: QueueId
    standing: Standing | None
    worst: tuple[Case, ...]
    silent: tuple[tuple[SystemId, datetime], ...]
    now: datetime
    duty: str = ""
    storms: tuple[Storm, ...] = ()
    freezes: tuple[Freeze, ...] = ()
    words: tuple[SourceWord, ...] = ()

    @property
    def mark(self) -> str:
        """Equal for two summaries that say the same, whatever the time."""
        storms = [(storm.id, storm.version) for storm in self.storms]
        worst = [(case.id, case.version) for case in self.worst]
        return repr((self.standing, worst, self.silent, self.duty, storms, self.freezes, self.words))


@dataclass(frozen=True, slots=True)
class Waiting:
    """What an overflow card stands for: exceptions of a queue without a card, and the worst of those."""

    queue: QueueId
    count: int
    late: int
    risk: Decimal
    worst: tuple[Case, ...]
    shown: int
    most: int
    now: datetime


def render_pin(figures: QueueFigures, policy: Policy, version: int) -> Message:
    """The pinned summary. Names are plain but for who is on duty; edits notify nobody."""
    queue, now, v = policy.queues[figures.queue], figures.now, f"v{version}"
    standing, name = figures.standing, fmt.plain(queue.name, 40)
    silent = [_silent(policy, one, at, now) for one, at in figures.silent]
    if standing is None:
        title = t.PIN_CALM.format(queue=name)
        told = t.PIN_EMPTY_SILENT.format(silent=fmt.listed(silent)) if silent else _calm(policy, now)
        text = f"{fmt.inert(title)}. {fmt.bare(told)}"
    else:
        late = t.PIN_LATE.format(late=fmt.number(standing.late)) if standing.late else ""
        title = t.PIN_TITLE.format(queue=name, open=fmt.number(standing.unresolved), late=late)
        risk, unowned = fmt.estimate(standing.risk, policy.currency), fmt.number(standing.unowned)
        oldest = fmt.span(now - standing.oldest_at)
        told = t.PIN_FIGURES.format(risk=risk, unowned=unowned, oldest=oldest, name=f"EX-{standing.oldest}")
        text = t.PIN_TEXT.format(title=fmt.inert(title), risk=risk, unowned=unowned)
    blocks: list[Block] = [b.header(f"pin.title.{v}", title), b.section(f"pin.figures.{v}", told)]
    if figures.worst:
        lines = [case_line(policy, case, nth, now) for nth, case in enumerate(figures.worst[:URGENT_SHOWN], 1)]
        blocks.append(b.section(f"pin.urgent.{v}", "\n".join([t.PIN_URGENT, *lines])))
    storms = [storm_line(policy, storm) for storm in figures.storms]
    banners = [
        *(freeze_line(one, policy) for one in figures.freezes),
        *(word_line(one, policy) for one in figures.words),
        *storms,
        *(silent if standing is not None else []),
        *_shadow(policy),
    ]
    if banners:
        blocks.append(b.context(f"pin.banners.{v}", b.mrkdwn_text("\n".join(banners))))
    blocks.append(b.section(f"pin.duty.{v}", on_duty(policy, figures.queue, now)))
    count = standing.unresolved if standing else 0
    led = queue.lead is not None or queue.oncall is not None
    blocks.append(b.actions(f"pin.actions.{v}", _buttons(figures.queue, count, led=led)))
    blocks.append(b.context(f"pin.foot.{v}", b.mrkdwn_text(t.PIN_FOOT.format(at=fmt.at(now, now)))))
    return Message(text, tuple(blocks), "pin", figures.queue, version)


def _calm(policy: Policy, now: datetime) -> str:
    sources = fmt.number(len(policy.sources))
    return t.PIN_EMPTY.format(at=fmt.at(now, now), heard=sources, all=sources)


def _silent(policy: Policy, system: SystemId, since: datetime, now: datetime) -> str:
    name = policy.systems[system].name if system in policy.systems else system
    return t.PIN_SILENT.format(system=fmt.mrkdwn(name, 40), at=fmt.at(since, now))


def _shadow(policy: Policy) -> list[str]:
    names = [one.name for one in policy.systems.values() if one.mode is Mode.SHADOW and one.channel is not None]
    return [t.PIN_SHADOW.format(systems=fmt.mrkdwn(fmt.listed(names), 120))] if names else []


def _buttons(queue: QueueId, count: int, *, led: bool) -> list[Block]:
    mine = b.button("inventory.mine", t.PIN_MINE, "mine", primary=True)
    every = [b.button("inventory.queue", t.PIN_ALL.format(open=fmt.number(count)), f"queue {queue}")] if count else []
    lead = [] if led else [b.button("welcome.setup.open", t.NAME_LEAD, queue)]
    return [mine, *every, b.button("inventory.oncall", t.PIN_ONCALL, f"oncall {queue}"), *lead]


def render_overflow(waiting: Waiting, policy: Policy, version: int) -> Message:
    """One message for all that waits for a card of its own; it folds once nothing does."""
    v, now = f"v{version}", waiting.now
    queue = policy.queues[waiting.queue].name
    foot = b.context(f"overflow.foot.{v}", b.mrkdwn_text(t.OVERFLOW_FOOT.format(at=fmt.at(now, now))))
    if not waiting.count:
        most = fmt.number(waiting.most)
        over = t.OVERFLOW_OVER.format(mark=t.MARK_CLEARED, queue=fmt.mrkdwn(queue, 40), most=most)
        section = b.section(f"overflow.state.{v}", over)
        return Message(fmt.bare(over), (section, foot), "overflow", waiting.queue, version)
    count = fmt.number(waiting.count)
    title = t.OVERFLOW_TITLE.format(queue=fmt.plain(queue, 40), count=count)
    state = t.OVERFLOW_STATE.format(mark=t.OVERFLOW_MARK, shown=fmt.number(waiting.shown))
    late = t.OVERFLOW_LATE.format(late=fmt.number(waiting.late)) if waiting.late else ""
    numbers = t.OVERFLOW_NUMBERS.format(risk=fmt.estimate(waiting.risk, policy.currency), count=count, late=late)
    rows = [t.OVERFLOW_HEAD, *(_row(policy, case) for case in waiting.worst[:10])]
    lines = [case_line(policy, case, nth, now) for nth, case in enumerate(waiting.worst[:3], 1)]
    buttons = [
        b.button("inventory.queue", t.OVERFLOW_LIST.format(count=count), f"queue {waiting.queue}", primary=True),
        b.button("inventory.mine", t.OVERFLOW_MINE, "mine"),
    ]
    blocks = (
        b.header(f"overflow.title.{v}", title),
        b.context(f"overflow.state.{v}", b.mrkdwn_text(state)),
        b.section(f"overflow.numbers.{v}", numbers),
        b.section(f"overflow.worst.{v}", "\n".join([t.OVERFLOW_WORST, *lines])),
        b.table(f"overflow.table.{v}", rows),
        b.section(f"overflow.next.{v}", t.OVERFLOW_NEXT.format(queue=fmt.mrkdwn(queue, 40))),
        b.actions(f"overflow.actions.{v}", buttons),
        foot,
    )
    text = f"{fmt.inert(title)}. {fmt.bare(numbers)}. {fmt.bare(' '.join(lines))}"
    return Message(fmt.cut(text, b.FALLBACK_MOST, b.FALLBACK_MOST), blocks, "overflow", waiting.queue, version)


def _row(policy: Policy, case: Case) -> tuple[str, str, str, str]:
    risk = case.risk_now
    return (
        case.name,
        what_plain(policy, case),
        fmt.signed(case.delta),
        fmt.estimate(risk.amount, risk.currency),
    )
