"""Cards in other queues: a count asked of the warehouse, an approval asked of those who decide."""

from __future__ import annotations

from decimal import Decimal

from bot.slack import blocks as b
from bot.slack import format as fmt
from bot.slack import texts as t
from bot.slack.blocks import Block, Message
from bot.slack.cards.buttons import act_button
from bot.slack.cards.headline import due_of
from bot.slack.cards.questions import counter_of
from bot.slack.cards.state import (
    Names,
    change_of,
    correction_system,
    mention,
    place_name,
    product_title,
    subject,
)
from sync.inbox.view import CaseView
from sync.model.exceptions import Action, ActionKind, ActionState


def render_count_ask(view: CaseView, act: Action) -> Message:
    """Asks the warehouse to count, blind; folds when the count is entered or no longer needed."""
    title = t.ASK_COUNT_TITLE.format(sku=subject(view), place=place_name(view, act.location))
    if act.state is not ActionState.WANTED or view.case.life.ended:
        return _folded(view, act, "count_ask", title, _count_outcome(view, act))
    by = mention(act.by, act.by_name)
    state = t.ASK_COUNT_STATE.format(mark=t.MARK_COUNT, by=by, at=fmt.at(act.at, view.now), due=due_of(act, view.now))
    body = t.ASK_COUNT_BODY.format(who=counter_of(view, act))
    return _open_ask(view, act, "count_ask", title, state, body, "entercount")


def _count_outcome(view: CaseView, act: Action) -> str:
    if act.state in (ActionState.DONE, ActionState.SEEN):
        at = fmt.at(act.settled_at or act.decided_at or act.at, view.now)
        return t.ASK_COUNT_DONE.format(mark=t.MARK_RESOLVED, who=mention(act.decided_by, act.decided_name), at=at)
    shape = t.ASK_COUNT_OVER if view.case.life.ended else t.ASK_COUNT_AGAIN
    return shape.format(mark=t.MARK_CLEARED)


def render_approval_ask(view: CaseView, act: Action, names: Names | None = None) -> Message:
    """Asks for a decision on a correction, with its figures; folds once somebody has decided. People in ``names`` are named
    and not mentioned: who is asked to decide is told directly."""
    title = t.ASK_DECIDE_TITLE.format(
        system=correction_system(view, act),
        place=place_name(view, act.location),
        was=act.figure("from") or t.NOT_KNOWN,
        to=act.figure("to") or t.NOT_KNOWN,
    )
    if act.kind is ActionKind.FREE:
        title = t.ASK_FREE_TITLE.format(sku=subject(view), units=fmt.units(int(act.figure("units") or 0)))
    if act.kind is ActionKind.VOUCH:
        title = t.ASK_VOUCH_TITLE.format(system=fmt.plain(view.system_name, 60))
    if act.kind is ActionKind.FILE:
        title = t.ASK_FILE_TITLE.format(system=fmt.plain(view.system_name, 60))
    if act.state is not ActionState.ASKED or view.case.life.ended:
        return _folded(view, act, "approval_ask", title, _decision(view, act))
    was, to = int(act.figure("from") or 0), int(act.figure("to") or 0)
    value = Decimal(act.figure("value") or 0).copy_abs() * (-1 if to < was else 1)
    numbers = t.ASK_DECIDE_NUMBERS.format(
        delta=fmt.signed_units(to - was),
        value=fmt.signed_booked(value, view.currency),
        cause=fmt.mrkdwn(act.reason, 60),
    )
    if act.kind in (ActionKind.FREE, ActionKind.VOUCH, ActionKind.FILE):
        numbers = change_of(view, act)
    who = fmt.either([mention(user, names=names) for user in view.approvers]) or t.ANYONE_WITH_RIGHT
    why = t.ASK_DECIDE_WHY.format(who=who, limit=fmt.booked(view.limit_money, view.currency))
    by = mention(act.by, act.by_name, names)
    state = t.ASK_DECIDE_STATE.format(mark=t.MARK_APPROVAL, at=fmt.at(act.at, view.now), by=by)
    return _open_ask(view, act, "approval_ask", title, state, f"{numbers}\n{why}", "decide")


def _decision(view: CaseView, act: Action) -> str:
    who = mention(act.decided_by, act.decided_name)
    at = fmt.at(act.decided_at or act.settled_at or act.at, view.now)
    change = change_of(view, act)
    if act.decided_by is None:
        return t.ASK_DECIDE_OVER.format(mark=t.MARK_CLEARED, change=change)
    if act.state is ActionState.REFUSED:
        return t.ASK_DECIDE_REFUSED.format(
            mark=t.MARK_CLEARED, who=who, at=at, why=fmt.mrkdwn(fmt.spoken(act.result), 200)
        )
    shape = t.ASK_DECIDE_ALONE if act.decided_by == act.by else t.ASK_DECIDE_DONE
    return shape.format(mark=t.MARK_RESOLVED, who=who, at=at, change=change)


def _open_ask(view: CaseView, act: Action, kind: str, title: str, state: str, body: str, button: str) -> Message:
    version = f"v{view.case.version}"
    head = [b.mrkdwn_text(state)]
    if product_title(view):
        head.append(b.plain_text(product_title(view), 150))
    if act.note:
        body += "\n" + t.ASK_QUOTE.format(who=mention(act.by, act.by_name), text=fmt.mrkdwn(act.note, 200))
    blocks: tuple[Block, ...] = (
        b.header(f"ask.title.{version}", title),
        b.context(f"ask.state.{version}", *head),
        b.section(f"ask.body.{version}", body),
        b.actions(f"ask.actions.{version}", [act_button(view, button, surface="ask", primary=True)]),
        b.context(f"ask.foot.{version}", b.mrkdwn_text(view.case.name)),
    )
    by = fmt.mrkdwn(act.by_name, 40)
    words = fmt.bare(state).replace(f"<@{act.by}>", by)
    text = f"{fmt.inert(title)}. {words}. {view.case.name}."
    return Message(text, blocks, kind, view.case.name, view.case.version)


def _folded(view: CaseView, act: Action, kind: str, title: str, outcome: str) -> Message:
    version = f"v{view.case.version}"
    blocks: tuple[Block, ...] = (
        b.section(f"ask.state.{version}", f"{outcome}\n{fmt.mrkdwn(title, 120)}"),
        b.context(f"ask.foot.{version}", b.mrkdwn_text(view.case.name)),
    )
    words = fmt.bare(outcome).replace(f"<@{act.decided_by}>", fmt.mrkdwn(act.decided_name, 40))
    return Message(f"{words} {fmt.inert(title)}. {view.case.name}.", blocks, kind, view.case.name, view.case.version)


def act_of(view: CaseView, number: int | None, *kinds: ActionKind) -> Action | None:
    """The act that an ask is about, by its place among the case's acts."""
    acts = view.case.actions
    if number is None or not 0 <= number < len(acts) or acts[number].kind not in kinds:
        return None
    return acts[number]
