"""The three questions that every card answers: what changed, who is next, what closes it."""

from __future__ import annotations

from bot.slack import format as fmt
from bot.slack import texts as t
from bot.slack.cards.buttons import can_pause
from bot.slack.cards.drains import drains
from bot.slack.cards.faces import face_of
from bot.slack.cards.state import (
    CardState,
    Names,
    acting_states,
    correction_system,
    failed_act,
    mention,
)
from sync.actions.feeds import asked_for_feed
from sync.actions.holds import waiting_for_hand
from sync.actions.reasons import asked_for_reason, set_by_hand
from sync.actions.resending import BY_HAND, resent
from sync.actions.speaking import in_force
from sync.exceptions.standing import ends_at
from sync.inbox.view import CaseView
from sync.model.exceptions import Action, ActionKind, ActionState
from sync.model.ids import UserId

EVENT_SHOWN = 28
"""Of an event's id on a card; the proof has it whole."""


def changed_of(view: CaseView, state: CardState) -> str:
    """What changed, by which event, as mrkdwn."""
    evidence = view.case.evidence
    at = f"{fmt.at(evidence.event_at, view.now)}: " if evidence.event_at else ""
    event = f" ({fmt.code(fmt.cut_middle(evidence.event, EVENT_SHOWN))})" if evidence.event else ""
    text = f"{at}{fmt.sentence(evidence.changed, 600)}{event}"
    failed = failed_act(view)
    if state is CardState.FAILED and failed is not None:
        text += f"\n{fmt.sentence(failed.result, 300)}"
    quoted = next((act for _at, _which, act in acting_states(view) if act.note), None)
    if quoted is not None and state is not CardState.FAILED:
        text += "\n" + t.ASK_QUOTE.format(who=mention(quoted.by, quoted.by_name), text=fmt.mrkdwn(quoted.note, 200))
    return text


def next_of(view: CaseView, state: CardState, names: Names | None) -> str:
    """Who owns the next action, and what it is, as mrkdwn; and who outside was asked for something."""
    waits = drains(view.lane, {view.lane.system: view.system_name} if view.lane is not None else {}, view.now)
    return _owned_next(view, state, names) + waits + _asked_outside(view, names)


def _asked_outside(view: CaseView, names: Names | None) -> str:
    """Who else was asked for something, and what of ours waits until raising is allowed."""
    asked, shape = asked_for_feed(view.case) if view.feed is not None else None, t.NEXT_ASKED_FEED
    if asked is None and set_by_hand(view.case):
        asked, shape = asked_for_reason(view.case), t.NEXT_ASKED_REASON
    told = ""
    if asked is not None:
        user, whom = asked.figure("user"), asked.figure("whom") or ""
        shown = mention(UserId(user), whom, names) if user else fmt.mrkdwn(whom, 60)
        by = mention(asked.by, asked.by_name, names)
        told = "\n" + shape.format(whom=shown, who=by, at=fmt.at(asked.at, view.now))
    task = resent(view.case)
    if task is not None and task.reason == BY_HAND and task.state is ActionState.DONE:
        by, what = mention(task.by, task.by_name, names), fmt.sentence(task.result, 300)
        told += "\n" + t.NEXT_BY_HAND_THERE.format(who=by, at=fmt.at(task.at, view.now), task=what)
    waits = view.case.standing(ActionKind.PUBLISH)
    if waits is not None and waits.state is ActionState.WANTED and not view.sending:
        by, units = mention(waits.by, waits.by_name, names), fmt.number(int(waits.figure("to") or 0))
        told += "\n" + t.NEXT_PUBLISHING.format(units=units, who=by, at=fmt.at(waits.at, view.now))
    return told


def _owned_next(view: CaseView, state: CardState, names: Names | None) -> str:
    owner = _owner(view)
    match state:
        case CardState.OPEN | CardState.OWNED if view.case.lacks:
            return t.NEXT_OWNER.format(owner=owner, what=t.NEXT_LACKS[view.case.lacks])
        case CardState.SENDING:
            return t.NEXT_SYSTEM.format(system=fmt.mrkdwn(view.system_name, 40))
        case CardState.PAUSED:
            return t.NEXT_OWNER.format(owner=owner, what=t.NEXT_COUNT)
        case CardState.READY:
            return t.NEXT_OWNER.format(owner=owner, what=t.NEXT_RESUME)
        case CardState.FIXED:
            act = view.case.standing(ActionKind.OVERRIDE)
            until = fmt.at(ends_at(act), view.now) if act is not None else t.NOT_KNOWN
            return t.NEXT_OWNER.format(owner=owner, what=t.NEXT_FIXED.format(until=until))
        case CardState.ZEROED:
            return t.NEXT_OWNER.format(owner=owner, what=t.NEXT_ZEROED)
        case CardState.VOUCHED:
            act = in_force(view.case)
            until = fmt.at(ends_at(act), view.now) if act is not None else t.NOT_KNOWN
            return t.NEXT_OWNER.format(owner=owner, what=t.NEXT_VOUCHED.format(until=until))
        case CardState.CAPPED:
            return t.NEXT_OWNER.format(owner=owner, what=t.NEXT_UNCAP if view.agrees else t.NEXT_CAPPED)
        case CardState.HELD:
            byhand = t.NEXT_BY_HAND if waiting_for_hand(view.case) else t.NEXT_RELEASE
            return t.NEXT_OWNER.format(owner=owner, what=byhand)
        case CardState.COUNTING:
            return t.NEXT_COUNTER.format(who=counter_of(view))
        case CardState.APPROVAL:
            return _approvers(view)
        case CardState.WRITING:
            return _writer(view)
        case CardState.READING:
            return t.NEXT_READING
        case CardState.FAILED if (act := failed_act(view)) is not None and act.kind is ActionKind.FILE:
            return t.NEXT_NOT_READ.format(owner=owner)
        case CardState.FAILED:
            return t.NEXT_FAILED.format(owner=owner)
        case CardState.SNOOZED:
            return t.NEXT_SNOOZED.format(owner=owner)
        case CardState.OWNED:
            return t.NEXT_OWNER.format(owner=owner, what=t.NEXT_STOP if can_pause(view) else t.NEXT_LOOK)
        case _:
            return _anyone(view, names)


def _anyone(view: CaseView, names: Names | None) -> str:
    queue, told = view.queue, ""
    if queue.lead is not None and view.case.assign_by is not None:
        second = queue.stand_in if queue.stand_in != queue.lead else None
        then = t.NEXT_THEN.format(stand_in=mention(second, names=names)) if second else ""
        told = t.NEXT_TOLD.format(
            by=fmt.at(view.case.assign_by, view.now), lead=mention(queue.lead, names=names), then=then
        )
    text = t.NEXT_ANYONE.format(queue=fmt.mrkdwn(queue.name, 40), told=told)
    would = t.NEXT_SHADOW.format(system=fmt.mrkdwn(view.system_name, 40))
    return text + (would if view.shadow and face_of(view).stops(view) else "")


def _owner(view: CaseView) -> str:
    if view.case.owner is None:
        return t.ANYONE_OF.format(queue=fmt.mrkdwn(view.queue.name, 40))
    return mention(view.case.owner, view.case.owner_name)


def counter_of(view: CaseView, act: Action | None = None) -> str:
    """Who counts: the person asked, else somebody of the warehouse queue."""
    act = act or view.case.standing(ActionKind.COUNT)
    who = act.figure("who") if act else None
    if who:
        return mention(UserId(who))
    queue = view.warehouse or view.queue
    return t.SOMEBODY_OF.format(queue=fmt.mrkdwn(queue.name, 40))


def _approvers(view: CaseView) -> str:
    who = fmt.either([mention(user) for user in view.approvers])
    limit = fmt.booked(view.limit_money, view.currency)
    return t.NEXT_APPROVERS.format(queue=t.APPROVERS, who=who or t.ANYONE_WITH_RIGHT, limit=limit)


def _writer(view: CaseView) -> str:
    correction = view.case.standing(ActionKind.CORRECTION)
    if correction is None:
        return _owner(view)
    system = fmt.mrkdwn(correction_system(view, correction), 40)
    return t.NEXT_WRITTEN.format(system=system, to=correction.figure("to") or "")


def closes_of(view: CaseView, state: CardState) -> str:
    """What proof ends it, as mrkdwn."""
    correction = view.case.standing(ActionKind.CORRECTION)
    if state in (CardState.APPROVAL, CardState.WRITING) and correction is not None:
        system = fmt.mrkdwn(correction_system(view, correction), 40)
        return t.CLOSES_APPROVAL.format(system=system, to=correction.figure("to") or "")
    if view.case.standing(ActionKind.PAUSE) is not None:
        return t.CLOSES_RESUME
    if view.case.standing(ActionKind.CAP) is not None:
        return t.CLOSES_UNCAP
    if view.case.standing(ActionKind.HOLD) is not None:
        return t.CLOSES_RELEASE
    if state is CardState.APPROVAL:
        return t.CLOSES_DECISION
    if state is CardState.FIXED:
        return t.CLOSES_FIXED.format(system=fmt.mrkdwn(view.system_name, 40))
    return t.CLOSES_COUNT if state is CardState.COUNTING else face_of(view).closes(view)
