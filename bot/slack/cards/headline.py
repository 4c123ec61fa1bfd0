"""The first two lines of a card: its title, and the state that it is in (inbox-design 2.1, 2.2)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.slack import format as fmt
from bot.slack import texts as t
from bot.slack.cards.faces import face_of
from bot.slack.cards.state import (
    CardState,
    acting_states,
    asleep,
    change_of,
    failed_act,
    mention,
    paused_listings,
    place_name,
    sending_since,
    subject,
)
from sync.actions.holds import holds_of, waiting_for_hand
from sync.exceptions.standing import ends_at
from sync.inbox.view import CaseView, ListingLine
from sync.model.exceptions import Action, ActionKind


def title_of(view: CaseView, state: CardState) -> str:
    """The header, as plain text."""
    paused = paused_listings(view)
    failed = failed_act(view)
    if state is CardState.FAILED and failed is not None and failed.kind is ActionKind.PAUSE:
        return t.TITLE_PAUSE_FAILED.format(sku=subject(view))
    if paused and state is not CardState.SENDING:
        return t.TITLE_PAUSED.format(sku=subject(view), system=_systems(paused))
    title = face_of(view).title(view)
    return t.TITLE_AGAIN.format(title=title) if view.case.reopenings else title


def _systems(lines: list[ListingLine]) -> str:
    return fmt.listed([fmt.plain(line.system_name, 40) for line in lines])


def state_line(view: CaseView, state: CardState) -> str:
    """The state in one line, and below it what else is going on, as mrkdwn."""
    text = _state_text(view, state)
    acting = [one for one in acting_states(view) if one[1] is not state]
    also = [words for at, other, _act in acting if (words := _also(other, at, view.now))]
    if asleep(view) and view.case.snoozed_until is not None and state is not CardState.SNOOZED:
        also.append(t.ALSO_SNOOZED.format(at=fmt.at(view.case.snoozed_until, view.now)))
    if also and state is not CardState.SENDING:
        text += "\n" + t.STATE_ALSO.format(what=" · ".join(also))
    if view.frozen is not None:
        who, at = fmt.mrkdwn(view.frozen.by_name, 40), fmt.at(view.frozen.since, view.now)
        text += "\n" + t.CARD_FROZEN.format(who=who, at=at)
    if view.shadow:
        text += "\n" + t.SHADOW.format(system=fmt.mrkdwn(view.system_name, 40))
    elif view.unread:
        text += "\n" + t.UNREAD.format(systems=fmt.mrkdwn(view.unread, 160))
    return text


def _state_text(view: CaseView, state: CardState) -> str:
    case, now = view.case, view.now
    act = next((act for _at, which, act in acting_states(view) if which is state), None)
    match state:
        case CardState.SENDING:
            since = sending_since(view) or now
            return t.STATE_SENDING.format(mark=_mark(view), at=fmt.at(since, now), span=fmt.span(now - since))
        case CardState.OWNED:
            owned = fmt.at(case.owner_since or case.owned_at or case.opened_at, now)
            owner = mention(case.owner, case.owner_name)
            return t.STATE_OWNED.format(mark=t.MARK_OWNED, owner=owner, since=owned, fix=_fix(view))
        case CardState.SNOOZED:
            return _snoozed_text(view)
        case _ if act is not None:
            return _acting_text(view, state, act)
        case _:
            return _open_text(view)


def _snoozed_text(view: CaseView) -> str:
    case = view.case
    return t.STATE_SNOOZED.format(
        mark=t.MARK_SNOOZED,
        owner=mention(case.owner, case.owner_name),
        until=fmt.at(case.snoozed_until or view.now, view.now),
        delta=fmt.signed_units(case.delta),
        note=t.STATE_QUOTED.format(text=fmt.mrkdwn(case.snooze_note, 120)) if case.snooze_note else "",
        fix=_fix(view),
    )


def _open_text(view: CaseView) -> str:
    case = view.case
    if case.reopenings:
        last = ""
        if case.ended_name and case.ended_at is not None:
            ago = fmt.span(view.now - case.ended_at)
            last = t.STATE_LAST_FIX.format(
                who=fmt.mrkdwn(case.ended_name, 40), ago=ago, note=fmt.mrkdwn(case.note or case.outcome, 80)
            )
        by = fmt.at(case.assign_by or case.opened_at, view.now)
        return t.STATE_AGAIN.format(mark=t.MARK_AGAIN, nth=fmt.ordinal(case.recurrences), last=last, by=by)
    if case.assign_by is None:
        return t.STATE_OPEN_FREE.format(mark=t.MARK_OPEN)
    return t.STATE_OPEN.format(mark=t.MARK_OPEN, by=fmt.at(case.assign_by, view.now))


def _acting_text(view: CaseView, state: CardState, act: Action) -> str:
    now, by = view.now, mention(act.by, act.by_name)
    match state:
        case CardState.PAUSED | CardState.READY:
            shape = t.STATE_PAUSED if state is CardState.PAUSED else t.STATE_READY
            return shape.format(mark=t.MARK_PAUSED, by=by, at=fmt.at(act.at, now), fix=_fix(view))
        case CardState.FIXED:
            units = fmt.units(int(act.figure("units") or 0))
            until = fmt.at(ends_at(act), now)
            system = fmt.mrkdwn(_system_of(view, act), 40)
            return t.STATE_FIXED.format(mark=t.MARK_FIXED, units=units, system=system, until=until, by=by)
        case CardState.ZEROED:
            at = fmt.at(act.at, now)
            return t.STATE_ZEROED.format(mark=t.MARK_ZEROED, at=at, by=by, fix=_fix(view))
        case CardState.VOUCHED:
            until = fmt.at(ends_at(act), now)
            return t.STATE_VOUCHED.format(mark=t.MARK_VOUCHED, until=until, by=by, fix=_fix(view))
        case CardState.READING:
            at, file = fmt.at(act.decided_at or act.at, now), fmt.mrkdwn(act.figure("file") or "", 80)
            return t.STATE_READING.format(mark=t.MARK_READING, at=at, by=by, file=file, fix=_fix(view))
        case CardState.CAPPED:
            shape = t.STATE_CAPPED_READY if view.agrees else t.STATE_CAPPED
            units = fmt.units(int(act.figure("units") or 0))
            system = fmt.mrkdwn(_system_of(view, act), 40)
            return shape.format(
                mark=t.MARK_CAPPED, system=system, units=units, by=by, at=fmt.at(act.at, now), fix=_fix(view)
            )
        case CardState.HELD:
            return _held_text(view, by, fmt.at(act.at, now))
        case CardState.COUNTING:
            return t.STATE_COUNT.format(
                mark=t.MARK_COUNT,
                by=by,
                at=fmt.at(act.at, now),
                place=fmt.mrkdwn(place_name(view, act.location), 40),
                due=due_of(act, now),
            )
        case CardState.APPROVAL:
            return t.STATE_APPROVAL.format(mark=t.MARK_APPROVAL, at=fmt.at(act.at, now), change=change_of(view, act))
        case CardState.WRITING:
            decider = mention(act.decided_by, act.decided_name) if act.decided_by else by
            at = fmt.at(act.decided_at or act.at, now)
            return t.STATE_WRITING.format(mark=t.MARK_APPROVAL, by=decider, at=at, change=change_of(view, act))
        case _:
            at = fmt.at(act.settled_at or act.at, now)
            return t.STATE_FAILED.format(mark=t.MARK_FAILED, act=t.ACT_NAMES[act.kind], at=at, fix=_fix(view))


def _held_text(view: CaseView, by: str, at: str) -> str:
    """Which orders are held, and what a person still has to do by hand."""
    waiting = waiting_for_hand(view.case)
    held = holds_of(view.case)
    shape = t.STATE_TO_HOLD if all(act in waiting for act in held) else t.STATE_HELD
    text = shape.format(mark=t.MARK_HELD, orders=_orders(held), by=by, at=at, fix=_fix(view))
    asked = [
        words.format(orders=_orders(acts))
        for kind, words in ((ActionKind.HOLD, t.HOLD_BY_HAND), (ActionKind.RELEASE, t.RELEASE_BY_HAND))
        if (acts := [act for act in waiting if act.kind is kind])
    ]
    return " · ".join([text, *asked])


def _orders(acts: Sequence[Action]) -> str:
    """Order numbers with their systems, three at most and how many more."""
    named = [
        t.ORDER_AT.format(
            order=fmt.code(act.figure("order") or ""), system=fmt.mrkdwn(act.figure("system_name") or "", 40)
        )
        for act in acts
    ]
    more = t.ORDERS_MORE.format(count=len(named) - 3) if len(named) > 3 else ""
    return ", ".join(named[:3]) + more


def _system_of(view: CaseView, act: Action) -> str:
    """The channel of the listing that an act is about."""
    lines = view.sku.listings if view.sku else ()
    return next((line.system_name for line in lines if line.listing == act.listing), view.system_name)


def due_of(act: Action, now: datetime) -> str:
    """``, due 15:30`` as mrkdwn, empty without a time."""
    by = act.figure("by")
    return t.DUE.format(by=fmt.at(datetime.fromisoformat(by), now)) if by else ""


def _mark(view: CaseView) -> str:
    return t.MARK_OWNED if view.case.owner is not None else t.MARK_OPEN


def _fix(view: CaseView) -> str:
    by = view.case.resolve_by
    if by is None:
        return ""
    if view.now > by:
        return t.FIX_LATE.format(span=fmt.span(view.now - by))
    return t.FIX_BY.format(by=fmt.at(by, view.now))


def _also(state: CardState, at: datetime, now: datetime) -> str:
    when = fmt.at(at, now)
    match state:
        case CardState.PAUSED | CardState.READY:
            return t.ALSO_PAUSED.format(at=when)
        case CardState.CAPPED:
            return t.ALSO_CAPPED.format(at=when)
        case CardState.HELD:
            return t.ALSO_HELD.format(at=when)
        case CardState.FIXED:
            return t.ALSO_FIXED.format(at=when)
        case CardState.ZEROED:
            return t.ALSO_ZEROED.format(at=when)
        case CardState.VOUCHED:
            return t.ALSO_VOUCHED.format(at=when)
        case CardState.READING:
            return t.ALSO_READING.format(at=when)
        case CardState.COUNTING:
            return t.ALSO_COUNT.format(at=when)
        case CardState.APPROVAL:
            return t.ALSO_APPROVAL.format(at=when)
        case _:
            return ""
