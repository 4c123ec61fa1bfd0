"""What the Home tab shows: mine, my queues, for the ops lead the whole house, and what is not normal right now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from bot.slack import blocks as b
from bot.slack import format as fmt
from bot.slack import texts as t
from bot.slack.blocks import Block
from bot.slack.cards.buttons import act_button, buttons_for
from bot.slack.cards.headline import title_of
from bot.slack.cards.state import CardState, state_of
from bot.slack.duty import duty_short, on_duty_until
from bot.slack.frozen import freeze_line
from bot.slack.lists import Owned, act_on, case_line, due, is_late, money_and_units, storm_line
from bot.slack.spoken import word_line
from sync.inbox.acts import Actor
from sync.inbox.view import CaseView
from sync.model.exceptions import Action, ActionState, Case
from sync.model.freezing import Freeze
from sync.model.ids import QueueId, SystemId, UserId
from sync.model.source_word import SourceWord
from sync.policy.routing import may_approve, who_can
from sync.policy.schema import Policy
from sync.policy.system_rules import Mode
from sync.ports import Standing

MOST_ITEMS = 10
MOST_LATE = 5
MOST_QUEUES = 20
SLOW = timedelta(minutes=30)
"""An approval that waits for longer is told to the ops lead."""


@dataclass(frozen=True, slots=True)
class HomeFigures:
    """Everything that a Home tab is drawn from. ``items``: what the person owns or is asked to approve, most urgent first;
    ``busiest``: per queue who has most of it, and how many; ``asked``: approvals that wait, whosever."""

    actor: Actor
    owned: Owned
    items: tuple[CaseView, ...]
    queues: tuple[QueueId, ...]
    standing: Mapping[QueueId, Standing]
    late: tuple[Case, ...]
    silent: tuple[tuple[SystemId, datetime], ...]
    freezes: tuple[Freeze, ...]
    words: tuple[SourceWord, ...]
    asked: tuple[Case, ...]
    busiest: Mapping[QueueId, tuple[str, int]]
    chosen: str
    money_first: bool
    now: datetime


def queues_of(policy: Policy, actor: Actor) -> tuple[QueueId, ...]:
    """Queues in which this person may act; for the ops lead all of them."""
    return tuple(
        QueueId(name)
        for name in policy.queues
        if name in actor.member_of or actor.user in who_can(policy, QueueId(name), "act")
    )


def is_ops_lead(policy: Policy, user: UserId) -> bool:
    """Whether the whole house is theirs."""
    return policy.people[policy.ops_lead].slack == user


def to_approve(policy: Policy, case: Case, user: UserId) -> Action | None:
    """What waits in a case for this person's decision."""
    for act in case.actions:
        if act.state is ActionState.ASKED:
            gave = frozenset((act.by, *act.contributors))
            if may_approve(policy, user, Decimal(act.figure("value") or 0), gave).allowed:
                return act
    return None


def guest_blocks(now: datetime) -> list[Block]:
    """For who is a guest: nothing of it is theirs."""
    return [b.plain_section(f"home.guest.v{int(now.timestamp())}", t.HOME_GUEST)]


def home_blocks(figures: HomeFigures, policy: Policy) -> list[Block]:
    """Mine first, then my queues, then the whole."""
    v = f"v{int(figures.now.timestamp())}"
    lead = is_ops_lead(policy, figures.actor.user)
    return [
        *_head(figures, policy, v),
        b.context(f"home.chosen.{v}", b.mrkdwn_text(figures.chosen)),
        *_items(figures, policy, v),
        b.divider(f"home.d1.{v}"),
        *(_queues(figures, policy, v, lead=lead) if figures.queues else _no_queue(policy, v)),
        *(_house(figures, policy, v) if lead else []),
        *_late(figures, policy, v),
        *_whole(figures, policy, v),
    ]


# -- mine --------------------------------------------------------------------------------------------------------------


def _head(figures: HomeFigures, policy: Policy, v: str) -> list[Block]:
    owned, now = figures.owned, figures.now
    count = len(figures.items) if not owned.count else owned.count + _only_asked(figures)
    title = t.HOME_NONE
    if count:
        late = t.HOME_LATE.format(late=fmt.number(owned.late)) if owned.late else ""
        title = t.HOME_TITLE.format(count=fmt.agreeing(count, t.ARE_YOURS), late=late)
    asof = t.HOME_ASOF.format(risk=fmt.estimate(owned.risk, policy.currency), at=fmt.at(now, now))
    until = on_duty_until(policy, figures.actor.user, now)
    if until is not None:
        asof += t.HOME_ON_DUTY.format(at=fmt.at(until, now))
    items = figures.items
    worst = [b.button("home.worst.show", t.HOME_WORST, items[0].case.name, primary=True)] if items else []
    buttons = [
        *worst,
        b.button("home.find.open", t.HOME_FIND, "find", primary=not items),
        b.button("home.settings.open", t.HOME_SETTINGS, "settings"),
    ]
    blocks = [
        b.header(f"home.headline.{v}", title),
        b.context(f"home.asof.{v}", b.mrkdwn_text(asof)),
        b.actions(f"home.acts.{v}", buttons),
    ]
    if not count and figures.queues:
        blocks.append(b.section(f"home.calm.{v}", _all_done(figures)))
    return blocks


def _only_asked(figures: HomeFigures) -> int:
    return sum(view.case.owner != figures.actor.user for view in figures.items)


def _all_done(figures: HomeFigures) -> str:
    own = [figures.standing[queue] for queue in figures.queues if queue in figures.standing]
    return t.HOME_ALL_DONE.format(queues=open_and_owned(own))


def open_and_owned(standing: Sequence[Standing]) -> str:
    """``2 open, both owned``; ``11 open, 4 without owner``; ``nothing open``."""
    count, free = sum(one.unresolved for one in standing), sum(one.unowned for one in standing)
    if not count:
        return t.NOTHING_OPEN
    if free:
        return t.OPEN_UNOWNED.format(count=fmt.number(count), free=fmt.number(free))
    return (t.OPEN_BOTH if count == 2 else t.OPEN_OWNED).format(count=fmt.number(count))


def _items(figures: HomeFigures, policy: Policy, v: str) -> list[Block]:
    owned = figures.owned
    if not figures.items and not owned.storms:
        return []
    blocks = [b.section(f"home.mine.{v}", t.HOME_MINE)]
    if owned.storms:
        blocks.append(b.section(f"home.storms.{v}", "\n".join(storm_line(policy, storm) for storm in owned.storms)))
    blocks += [_item(view, figures, policy, nth, v) for nth, view in enumerate(figures.items[:MOST_ITEMS], 1)]
    rest = len(owned.cases) + _only_asked(figures) - MOST_ITEMS
    if rest > 0:
        blocks.append(b.context(f"home.more.{v}", b.mrkdwn_text(t.HOME_MORE.format(count=fmt.number(rest)))))
    return [*blocks, *act_on(owned.count, ("mine",), f"home.bulk.{v}")]


def _item(view: CaseView, figures: HomeFigures, policy: Policy, nth: int, v: str) -> Block:
    case, now, state = view.case, figures.now, state_of(view)
    asked = to_approve(policy, case, figures.actor.user)
    mine = case.owner == figures.actor.user
    word = t.HOME_STATES[state.value]
    if asked is not None:
        word = t.HOME_APPROVE
    elif is_late(case, now):
        word = t.HOME_ITEM_LATE
    shown = t.HOME_ITEM_ASKED.format(who=fmt.mrkdwn(asked.by_name, 40), at=fmt.at(asked.at, now)) if asked else ""
    text = t.HOME_ITEM.format(
        state=word,
        name=case.name,
        title=fmt.mrkdwn(title_of(view, state), 120),
        figures=money_and_units(case, figures.money_first),
        asked=shown,
        due=due(case, now) if mine else "",
    ).rstrip(" ·")
    acts = ["decide"] if asked is not None else [] if state is CardState.SENDING else buttons_for(view, state)
    button = b.button("home.case.show", t.HOME_OPEN, case.name, label=f"{t.HOME_OPEN} {case.name}")
    return b.section(f"home.item.{nth}.{v}", text, act_button(view, acts[0], surface="home") if acts else button)


# -- queues and the whole ----------------------------------------------------------------------------------------------


def _queues(figures: HomeFigures, policy: Policy, v: str, *, lead: bool) -> list[Block]:
    if not figures.standing:
        return [b.section(f"home.empty.{v}", t.HOME_EMPTY.format(at=fmt.at(figures.now, figures.now)))]
    blocks = [b.section(f"home.queues.{v}", t.HOME_ALL_QUEUES if lead else t.HOME_QUEUES)]
    for queue in figures.queues[:MOST_QUEUES]:
        one, name = figures.standing.get(queue), policy.queues[queue].name
        if one is None:
            text = t.HOME_QUEUE_CALM.format(queue=fmt.mrkdwn(name, 40))
        else:
            busiest = figures.busiest.get(queue) if lead else None
            text = t.HOME_QUEUE.format(
                queue=fmt.mrkdwn(name, 40),
                open=t.OPEN_ONE.format(count=fmt.number(one.unresolved)),
                late=t.QUEUE_LATE.format(late=fmt.number(one.late)) if one.late else "",
                unowned=t.HOME_UNOWNED.format(count=fmt.number(one.unowned)) if one.unowned else "",
                risk=fmt.estimate(one.risk, policy.currency),
                oldest=fmt.span(figures.now - one.oldest_at),
                name=f"EX-{one.oldest}",
                busiest=t.HOME_BUSIEST.format(who=fmt.mrkdwn(busiest[0], 40), count=fmt.number(busiest[1]))
                if busiest
                else "",
            )
        button = b.button("home.queue.show", t.HOME_SHOW, queue, label=f"{t.HOME_SHOW} {fmt.plain(name, 40)}")
        blocks.append(b.section(f"home.queue.{queue}.{v}", text, button))
    return blocks


def _no_queue(policy: Policy, v: str) -> list[Block]:
    leads = [
        f"{policy.people[rules.lead].name} ({rules.name})" for rules in policy.queues.values() if rules.lead is not None
    ]
    told = fmt.mrkdwn(fmt.listed(leads, 4) or policy.people[policy.ops_lead].name, 200)
    return [b.section(f"home.none.{v}", t.HOME_NO_QUEUE.format(leads=told))]


def _house(figures: HomeFigures, policy: Policy, v: str) -> list[Block]:
    """What only the ops lead sees: nobody's, slow decisions, systems, and the ways to rules and digest."""
    free = sum(one.unowned for one in figures.standing.values())
    blocks = []
    if free:
        give = b.button("inventory.nobody", t.HOME_GIVE_OUT, " ".join(("exceptions", "nobody")))
        blocks.append(b.section(f"home.nobody.{v}", t.HOME_NOBODYS.format(count=fmt.number(free)), give))
    slow = sum(
        act.state is ActionState.ASKED and figures.now - act.at > SLOW for case in figures.asked for act in case.actions
    )
    lines = [t.HOME_SLOW.format(count=fmt.counted(slow, t.APPROVALS))] if slow else []
    frozen = {one.system for one in figures.freezes}
    silent = len(figures.silent)
    cold = len(policy.channels) if None in frozen else len(frozen)
    fine = len(policy.systems) - silent - cold
    said = [t.HOME_FINE.format(count=fmt.number(max(0, fine)))]
    said += [t.HOME_SILENT.format(count=fmt.number(silent))] if silent else []
    said += [t.HOME_FROZEN.format(count=fmt.number(cold))] if cold else []
    unled = [rules.name for rules in policy.queues.values() if rules.lead is None and rules.oncall is None]
    lines.append(t.HOME_SYSTEM_COUNTS.format(counts=", ".join(said)))
    if unled:
        lines.append(t.HOME_UNLED.format(queues=fmt.mrkdwn(fmt.listed(unled), 120)))
    blocks.append(b.section(f"home.house.{v}", "\n".join(lines)))
    ways = [("digest", t.HOME_DIGEST), ("rules", t.HOME_RULES), ("freeze", t.HOME_FREEZE)]
    blocks.append(b.actions(f"home.ways.{v}", [b.button(f"inventory.{word}", text, word) for word, text in ways]))
    return blocks


def _late(figures: HomeFigures, policy: Policy, v: str) -> list[Block]:
    """What is past its limit in this person's queues, and not theirs already."""
    if not figures.late:
        return []
    lines = [
        case_line(policy, case, nth, figures.now, money_first=figures.money_first)
        for nth, case in enumerate(figures.late[:MOST_LATE], 1)
    ]
    return [b.section(f"home.late.{v}", "\n".join([t.HOME_LATE_LIST, *lines]))]


def _whole(figures: HomeFigures, policy: Policy, v: str) -> list[Block]:
    now, total = figures.now, list(figures.standing.values())
    text = t.HOME_RISK.format(
        open=fmt.number(sum(one.unresolved for one in total)),
        late=fmt.number(sum(one.late for one in total)),
        risk=fmt.estimate(sum((one.risk for one in total), Decimal(0)), policy.currency),
    )
    blocks = [b.divider(f"home.d2.{v}"), b.section(f"home.standing.{v}", text)]
    told = [freeze_line(one, policy) for one in figures.freezes]
    told += [word_line(one, policy) for one in figures.words]
    told += [
        t.PIN_SILENT.format(system=fmt.mrkdwn(policy.systems[one].name, 40), at=fmt.at(at, now))
        for one, at in figures.silent
    ]
    shadow = [one.name for one in policy.systems.values() if one.mode is Mode.SHADOW and one.channel is not None]
    if shadow:
        told.append(t.PIN_SHADOW.format(systems=fmt.mrkdwn(fmt.listed(shadow), 120)))
    unknown = sum(one.cause_unknown for one in total)
    if unknown:
        told.append(t.HOME_CAUSE_UNKNOWN.format(count=fmt.counted(unknown, t.EXCEPTIONS)))
    if told:
        blocks.append(b.section(f"home.systems.{v}", "\n".join([t.HOME_SYSTEMS, *told[:10]])))
    blocks.append(b.context(f"home.duty.{v}", b.mrkdwn_text(t.HOME_DUTY.format(duty=duty_short(policy, now)))))
    return blocks
