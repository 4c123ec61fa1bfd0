"""The card of one exception: eight blocks in fixed order, rendered from state alone (inbox-design 2)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.slack import blocks as b
from bot.slack import format as fmt
from bot.slack import texts as t
from bot.slack.blocks import Message
from bot.slack.cards.buttons import action_blocks, can_pause, value_of
from bot.slack.cards.faces import face_of
from bot.slack.cards.folded import render_folded
from bot.slack.cards.state import (
    CardState,
    Names,
    acting_states,
    asleep,
    change_of,
    correction_system,
    failed_act,
    mention,
    money,
    own_listing,
    paused_listings,
    place_name,
    product_title,
    read_back,
    sending_since,
    shows,
    state_of,
    subject,
)
from sync.actions.holds import holds_of, waiting_for_hand
from sync.exceptions.standing import ends_at
from sync.inbox.view import CaseView, ListingLine
from sync.model.exceptions import Action, ActionKind, ActionState
from sync.model.ids import UserId

EVENT_SHOWN = 28
"""Of an event's id on a card; the proof has it whole."""
STOPPED = (CardState.PAUSED, CardState.READY)


def render_card(view: CaseView, names: Names | None = None) -> Message:
    """The root message of an exception as it is now.

    ``names`` are plain names of people: a card that nobody owns uses them instead of mentions, because a new card
    interrupts nobody; later edits notify nobody anyway.
    """
    state = state_of(view)
    if state in (CardState.RESOLVED, CardState.CLEARED):
        return render_folded(view, state)
    version = f"v{view.case.version}"
    title, state_text = _title(view, state), _state_line(view, state)
    numbers, next_text = _numbers(view, state), _next(view, state, names)
    head = [b.mrkdwn_text(state_text)]
    if product_title(view):
        head.append(b.plain_text(product_title(view), 150))
    blocks = (
        b.header(f"card.title.{version}", title),
        b.context(f"card.state.{version}", *head),
        b.section(f"card.numbers.{version}", numbers, _why(view, state)),
        b.section(f"card.changed.{version}", f"*{t.CHANGED}*\n{_changed(view, state)}"),
        b.section(f"card.next.{version}", f"*{t.NEXT}*\n{next_text}"),
        b.section(f"card.closes.{version}", f"*{t.CLOSES}*\n{_closes(view, state)}"),
        action_blocks(view, state, f"card.actions.{version}"),
        b.context(f"card.foot.{version}", b.mrkdwn_text(_foot(view))),
    )
    return Message(_text(view, title, state_text, numbers), blocks, "card", view.case.name, view.case.version)


def _text(view: CaseView, title: str, state_text: str, numbers: str) -> str:
    """State, SKU, numbers, owner, deadline, id: what a notification or a screen reader says."""
    words, owner = fmt.bare(state_text), fmt.mrkdwn(view.case.owner_name, 40)
    if view.case.owner is not None:
        words = words.replace(f"<@{view.case.owner}>", owner)
    who = f" Owner: {owner}." if view.case.owner is not None and owner not in words else ""
    text = f"{words}. {fmt.escape(title)}. {fmt.bare(numbers)}.{who} {view.case.name}."
    return fmt.cut(text, b.FALLBACK_MOST, b.FALLBACK_MOST)


# -- the title and the state line --------------------------------------------------------------------------------------


def _title(view: CaseView, state: CardState) -> str:
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


def _state_line(view: CaseView, state: CardState) -> str:
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
        return t.STATE_AGAIN.format(mark=t.MARK_AGAIN, nth=t.ordinal(case.recurrences), last=last, by=by)
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
            return t.STATE_FAILED.format(
                mark=t.MARK_FAILED, act=t.ACT_NAMES.get(act.kind, act.kind.capitalize()), at=at, fix=_fix(view)
            )


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
        case CardState.COUNTING:
            return t.ALSO_COUNT.format(at=when)
        case CardState.APPROVAL:
            return t.ALSO_APPROVAL.format(at=when)
        case _:
            return ""


# -- numbers -----------------------------------------------------------------------------------------------------------


def _numbers(view: CaseView, state: CardState) -> str:
    paused = paused_listings(view)
    if state is CardState.SENDING:
        return face_of(view).numbers(view)
    if paused:
        return "\n".join([*(_customers_see(view, line) for line in paused[:3]), _paused_risk(view)])
    if state is CardState.FAILED:
        return _customers_see(view, own_listing(view))
    return face_of(view).numbers(view)


def _customers_see(view: CaseView, line: ListingLine | None) -> str:
    system = fmt.mrkdwn(line.system_name if line else view.system_name, 40)
    told = t.CUSTOMERS_SEE.format(shows=shows(line), system=system, read=read_back(line, view.now))
    seen = line is not None and any(
        act.kind is ActionKind.PAUSE and act.state is ActionState.SEEN and act.listing == line.listing
        for act in view.case.actions
    )
    told += t.VERIFIED.format(system=system) if seen else ""
    return told + (t.ZERO_ONLY.format(system=system) if line is not None and line.zero_only else "")


def _paused_risk(view: CaseView) -> str:
    currency = view.case.risk.total.currency
    highest = max(view.case.opening_risk, view.case.risk.total.amount)
    if not highest:
        return t.RISK_NONE
    if not all(shows(line) == "0" for line in paused_listings(view)):
        return t.RISK.format(amount=money(view))
    cost = t.RISK_PAUSE_COST.format(cost=fmt.estimate(view.pause_cost, currency)) if view.pause_cost else ""
    zero = fmt.estimate(highest * 0, currency)
    return t.RISK_PAUSED.format(zero=zero, was=fmt.estimate(highest, currency), cost=cost)


def _why(view: CaseView, state: CardState) -> b.Block | None:
    """The button that opens the arithmetic, where there is an amount to explain."""
    amount, label = view.case.risk.total.amount, t.WHY_LABEL
    if state in STOPPED and view.pause_cost:
        amount, label = view.pause_cost, t.WHY_PAUSE_LABEL
    if not amount:
        return None
    shown = t.WHY.format(amount=fmt.estimate(amount, view.case.risk.total.currency))
    return b.button("card.risk.explain", shown, value_of(view), label=label.format(button=shown, name=view.case.name))


# -- the three questions -----------------------------------------------------------------------------------------------


def _changed(view: CaseView, state: CardState) -> str:
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


def _next(view: CaseView, state: CardState, names: Names | None) -> str:
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
    people = [mention(user) for user in view.approvers]
    who = " or ".join(people[:2]) + (f" and {len(people) - 2} others" if len(people) > 2 else "")
    limit = fmt.booked(view.limit_money, view.currency)
    return t.NEXT_APPROVERS.format(queue=t.APPROVERS, who=who or t.ANYONE_WITH_RIGHT, limit=limit)


def _writer(view: CaseView) -> str:
    correction = view.case.standing(ActionKind.CORRECTION)
    if correction is None:
        return _owner(view)
    system = fmt.mrkdwn(correction_system(view, correction), 40)
    return t.NEXT_WRITTEN.format(system=system, to=correction.figure("to") or "")


def _closes(view: CaseView, state: CardState) -> str:
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


def _foot(view: CaseView) -> str:
    case, now = view.case, view.now
    if case.owned_at is not None:
        then = t.FOOT_OWNED.format(span=fmt.span(case.owned_at - case.opened_at))
    else:
        then = t.FOOT_OPENED.format(at=fmt.at(case.opened_at, now))
    nth = t.FOOT_NTH.format(nth=t.ordinal(case.recurrences)) if case.recurrences > 1 else ""
    return t.FOOT.format(
        name=case.name, since=fmt.at(case.since, now), span=fmt.span(now - case.since), then=then, nth=nth
    )
