"""The card of a storm: many exceptions of one cause in one queue, told as one; and the fold of a member's own card."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.slack import blocks as b
from bot.slack import format as fmt
from bot.slack import texts as t
from bot.slack.blocks import Block, Message
from bot.slack.cards.drains import drains
from bot.slack.lists import what, what_plain
from sync.measures.pressure import LaneStanding
from sync.model.exceptions import Case
from sync.policy.schema import Policy
from sync.storms.causes import SILENT, parts, stands, told
from sync.storms.storm import Storm, done_about, growth, storm_name

TOLD, LISTED = 3, 10
"""How many of the worst are told as text, and how many stand in the table."""


@dataclass(frozen=True, slots=True)
class StormOver:
    """What is known once a storm is over: how many of its SKUs were oversold meanwhile, what left it and is unresolved, and
    whether the source whose silence it was is heard again."""

    oversold: int
    left: tuple[Case, ...]
    heard: bool


@dataclass(frozen=True, slots=True)
class StormView:
    """A storm with its worst members, as of a time."""

    storm: Storm
    worst: tuple[Case, ...]
    now: datetime
    lane: LaneStanding | None = None
    """A channel of its worst members whose lane is behind."""
    over: StormOver | None = None
    """How it ended, once it has."""


def render_storm(view: StormView, policy: Policy, version: int, *, native: bool = True) -> Message:
    """The card as it is now. ``native`` True: with the table that pages and sorts, else with the classic one."""
    storm, now, v = view.storm, view.now, f"v{version}"
    if storm.ended_at is not None:
        return _folded(view, policy, version)
    count = _count(storm.members)
    title = t.STORM_TITLE.format(cause=fmt.plain(fmt.spoken(told(policy, storm.cause)), 90), count=count)
    state, numbers = _state(view), _numbers(view, policy)
    lines = [_line(policy, case) for case in view.worst[:TOLD]]
    shown = t.STORM_WORST.format(shown=fmt.number(len(lines)), count=count)
    foot = t.STORM_FOOT.format(
        name=storm.name, since=fmt.at(storm.opened_at, now), span=fmt.span(now - storm.opened_at), now=fmt.at(now, now)
    )
    blocks = (
        b.header(f"storm.title.{v}", title),
        b.context(f"storm.state.{v}", b.mrkdwn_text(state)),
        b.section(f"storm.numbers.{v}", numbers),
        b.section(f"storm.story.{v}", _story(view, policy)),
        b.section(f"storm.top.{v}", "\n".join([shown, *lines])),
        _table(view, policy, f"storm.worst.{v}", native=native),
        b.actions(f"storm.actions.{v}", _buttons(view, policy, version)),
        b.context(f"storm.foot.{v}", b.mrkdwn_text(foot)),
    )
    words = _without_mention(fmt.bare(state), storm)
    text = t.STORM_TEXT.format(
        state=words,
        title=fmt.inert(title),
        numbers=fmt.bare(numbers.replace("\n", "; ")),
        worst=fmt.bare("; ".join(lines)),
        name=storm.name,
    )
    return Message(fmt.cut(text, b.FALLBACK_MOST, b.FALLBACK_MOST), blocks, "storm", storm.name, version)


def _count(number: int) -> str:
    return fmt.counted(number, t.EXCEPTIONS)


def _without_mention(text: str, storm: Storm) -> str:
    return text.replace(f"<@{storm.owner}>", fmt.mrkdwn(storm.owner_name, 40)) if storm.owner else text


def _state(view: StormView) -> str:
    storm = view.storm
    joined, gone = growth(storm, view.now)
    owner = t.STORM_NOBODY
    if storm.owner is not None and storm.owned_at is not None:
        owner = t.STORM_OWNED.format(owner=f"<@{storm.owner}>", at=fmt.at(storm.owned_at, view.now))
    minus = fmt.signed(-gone)
    if joined > gone:
        less = f", {minus}" if gone else ""
        more = fmt.counted(joined, t.EXCEPTIONS, sign=True)
        return t.STORM_GROWING.format(mark=t.STORM_MARK, joined=more, gone=less, owner=owner)
    if gone:
        left, every = fmt.number(storm.members), fmt.number(storm.joined)
        done = done_about(storm, view.now)
        about = t.STORM_DONE_ABOUT.format(at=fmt.at(done, view.now)) if done is not None else ""
        net = f"{fmt.signed(joined)}, {minus}" if joined else minus
        return t.STORM_SHRINKING.format(mark=t.STORM_MARK, left=left, all=every, gone=net, about=about, owner=owner)
    return t.STORM_STEADY.format(mark=t.STORM_MARK, owner=owner)


def _numbers(view: StormView, policy: Policy) -> str:
    storm = view.storm
    members, safe = fmt.number(storm.members), storm.members - storm.exposed
    if not storm.exposed:
        return t.STORM_NO_RISK.format(members=members)
    risk = fmt.estimate(storm.risk, policy.currency)
    told_risk = t.STORM_RISK.format(risk=risk, exposed=fmt.number(storm.exposed), members=members)
    return f"{told_risk}\n{t.STORM_SAFE.format(safe=fmt.number(safe))}" if safe else told_risk


def _story(view: StormView, policy: Policy) -> str:
    storm, now = view.storm, view.now
    queue = policy.queues[storm.queue].name if storm.queue in policy.queues else storm.queue
    changed = t.STORM_CHANGED.format(
        cause=fmt.mrkdwn(fmt.spoken(told(policy, storm.cause)), 120),
        at=fmt.at(storm.opened_at, now),
        joined=fmt.number(storm.joined),
        ended=t.STORM_ENDED_SO_FAR.format(count=fmt.number(storm.ended)) if storm.ended else "",
        left=t.STORM_LEFT_SO_FAR.format(count=fmt.number(storm.left)) if storm.left else "",
    )
    following = t.STORM_NEXT_ANYONE.format(queue=fmt.mrkdwn(queue, 40))
    if storm.owner is not None:
        following = t.STORM_NEXT_OWNER.format(owner=f"<@{storm.owner}>")
    following += drains(view.lane, {name: one.name for name, one in policy.systems.items()}, now)
    subject, kind, _ = parts(storm.cause)
    ends = "silent" if kind == SILENT else "refused" if stands(storm.cause) else "happened"
    system = policy.systems[subject].name if subject in policy.systems else subject
    closes = t.STORM_CLOSES[ends].format(system=fmt.mrkdwn(system, 40))
    return f"*{t.CHANGED}*\n{changed}\n*{t.NEXT}*\n{following}\n*{t.CLOSES}*\n{closes}"


def _line(policy: Policy, case: Case) -> str:
    risk = case.risk_now
    return t.STORM_WORST_LINE.format(
        name=case.name,
        what=what(policy, case),
        delta=fmt.signed_units(case.delta),
        risk=f", {fmt.estimate(risk.amount, risk.currency)}" if risk.amount else "",
        owner=fmt.mrkdwn(case.owner_name, 40) if case.owner else t.NOBODY,
    )


def _table(view: StormView, policy: Policy, block_id: str, *, native: bool) -> Block:
    worst = view.worst[:LISTED]
    caption = t.STORM_CAPTION.format(shown=fmt.number(len(worst)), count=_count(view.storm.members))
    rows: list[tuple[str | b.Figure, ...]] = [t.STORM_TABLE_HEAD]
    for case in worst:
        risk = case.risk_now
        rows.append(
            (
                case.name,
                fmt.plain(what_plain(policy, case), 80),
                b.Figure(case.delta, fmt.signed(case.delta)),
                b.Figure(float(risk.amount), fmt.estimate(risk.amount, risk.currency)),
                fmt.plain(case.owner_name, 40) if case.owner else t.NOBODY,
            )
        )
    if native and worst:
        return b.data_table(block_id, caption, rows)
    return b.table(block_id, [[cell.text if isinstance(cell, b.Figure) else cell for cell in row] for row in rows])


def _buttons(view: StormView, policy: Policy, version: int) -> list[Block]:
    """Act on what is at risk first; while it shrinks, see what is left first. Of a silent source: ask for its content."""
    storm = view.storm
    count, value = fmt.number(storm.members), f"{storm.name}:{version}"
    joined, gone = growth(storm, view.now)
    shrinks = gone > joined
    shape, many = (t.BULK_OPEN, storm.exposed) if storm.exposed else (t.BULK_OPEN_ALL, storm.members)
    act = b.button(
        "storm.act.open",
        shape.format(count=fmt.number(many)),
        value,
        label=t.BULK_STORM_LABEL.format(name=storm.name),
        primary=not shrinks,
    )
    text = t.STORM_LEFT if shrinks else t.STORM_LIST.format(count=count)
    listed = b.button("inventory.storm", text, f"storm {storm.name}", primary=shrinks)
    more = b.overflow(
        "storm.more",
        [b.Option(t.STORM_TAKE.format(count=count), f"take:{value}"), b.Option(t.STORM_OUT, f"split:{value}")],
    )
    ask = _ask(storm, policy, value)
    return [listed, act, *ask, more] if shrinks else [act, *ask, listed, more]


def _ask(storm: Storm, policy: Policy, value: str) -> list[Block]:
    source, kind, _ = parts(storm.cause)
    if kind != SILENT or source not in policy.systems:
        return []
    rules = policy.systems[source]
    whom = fmt.plain(rules.contact.name if rules.contact is not None else rules.name, 40)
    label = t.STORM_ASK_LABEL.format(whom=fmt.plain(whom, 30), name=storm.name)
    return [b.button("storm.ask.open", t.STORM_ASK.format(whom=whom), value, label=label)]


def _folded(view: StormView, policy: Policy, version: int) -> Message:
    storm, v = view.storm, f"v{version}"
    ended = storm.ended_at or view.now
    text = t.STORM_CLEARED.format(
        mark=t.MARK_CLEARED,
        span=fmt.span(ended - storm.opened_at),
        cause=_how_it_ended(view, policy),
        joined=_count(storm.joined),
        most=fmt.number(storm.most),
        exposed=fmt.agreeing(storm.most_exposed, t.STORM_HAD_RISK),
        risk=fmt.estimate(storm.most_risk, policy.currency),
    )
    if view.over is not None:
        text += t.STORM_OVERSOLD.format(skus=fmt.counted(view.over.oversold, t.SKUS_COUNTED))
    if storm.left:
        text += t.STORM_CLEARED_LEFT.format(left=fmt.number(storm.left), open=_still_open(view))
    blocks = (
        b.section(f"storm.state.{v}", text),
        b.context(f"storm.foot.{v}", b.mrkdwn_text(storm.name)),
    )
    return Message(f"{fmt.bare(text)} {storm.name}.", blocks, "storm", storm.name, version)


def _how_it_ended(view: StormView, policy: Policy) -> str:
    """That a source is back, once it is heard; else what it was."""
    subject, kind, _ = parts(view.storm.cause)
    if kind == SILENT and view.over is not None and view.over.heard and subject in policy.systems:
        return t.STORM_HEARD.format(system=fmt.mrkdwn(policy.systems[subject].name, 40))
    return fmt.mrkdwn(fmt.spoken(told(policy, view.storm.cause)), 120)


def _still_open(view: StormView) -> str:
    if view.over is None:
        return ""
    names = fmt.listed([case.name for case in view.over.left], LISTED)
    return t.STORM_STILL_OPEN.format(names=names) if names else t.STORM_NONE_OPEN


def render_gathered(case: Case, policy: Policy, link: str | None) -> Message:
    """The card of an exception that is told in a storm now: it leads there."""
    cause, v = told(policy, case.gathered), f"v{case.version}"
    name = storm_name(case.storm) if case.storm is not None else ""
    shape = {"mark": t.STORM_MARK, "storm": name, "cause": fmt.mrkdwn(fmt.spoken(cause), 120)}
    text = t.GATHERED.format(link=t.GATHERED_LINK.format(link=link) if link else "", **shape)
    blocks = (
        b.section(f"card.state.{v}", f"{text}\n{what(policy, case)}"),
        b.context(f"card.foot.{v}", b.mrkdwn_text(case.name)),
    )
    words = fmt.bare(t.GATHERED.format(link="", **shape))
    return Message(f"{words} {what(policy, case)}. {case.name}.", blocks, "card", case.name, case.version)
