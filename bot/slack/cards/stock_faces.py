"""The cards of trouble with stock itself: two systems that differ, less than nothing, sold too much, held too long, off sale."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from bot.slack import format as fmt
from bot.slack import texts as t
from bot.slack.cards.face import (
    Face,
    can_sell,
    delta_of,
    facts_of,
    inert_system,
    money_line,
    never,
    oversells,
    system_of,
)
from bot.slack.cards.state import place_name, subject
from sync.detect.feed_suppression import OFF_SALE
from sync.inbox.view import CaseView, HeldLine
from sync.model.ids import LocationId, SystemId

ORDERS_SHOWN = 3


def _name(view: CaseView, system: SystemId) -> str:
    """What people call a system, as plain text."""
    for line in view.sku.positions if view.sku else ():
        if line.system == system:
            return fmt.plain(line.system_name, 40)
    return fmt.plain(system, 40)


def _figure(text: str | None) -> Decimal | None:
    """A number that a rule kept as text; None where there is none, or another version kept something else."""
    try:
        return Decimal(text) if text else None
    except InvalidOperation:
        return None


def _place(view: CaseView) -> str:
    return place_name(view, LocationId(view.case.fingerprint.location or ""))


# -- two stock systems that differ -------------------------------------------------------------------------------------


def _variance_title(view: CaseView) -> str:
    facts, systems = facts_of(view), view.case.fingerprint.systems
    if "transfers" in facts:
        return t.TITLE_TRANSFER.format(sku=subject(view), units=fmt.units(abs(view.case.delta)), place=_place(view))
    if len(systems) < 2:
        on_hand, salable = facts.get("decides", t.NOT_KNOWN), facts.get("other", t.NOT_KNOWN)
        return t.TITLE_MORE_SALABLE.format(
            sku=subject(view), place=_place(view), system=system_of(view), hand=on_hand, salable=salable
        )
    mine, other = (_name(view, one) for one in systems[:2])
    return t.TITLE_VARIANCE.format(
        sku=subject(view),
        place=_place(view),
        mine=mine,
        has=facts.get("decides", t.NOT_KNOWN),
        other=other,
        says=facts.get("other", t.NOT_KNOWN),
    )


def _variance_numbers(view: CaseView) -> str:
    facts, systems = facts_of(view), view.case.fingerprint.systems
    parts = [t.DIFFERENCE.format(delta=delta_of(view))]
    base, worth = _figure(facts.get("decides")), _figure(facts.get("value"))
    if base:
        share = fmt.percent(Decimal(view.case.delta) / abs(base))
        parts.append(share if view.case.delta < 0 else f"+{share}")
    if worth is not None:
        value = worth.copy_abs() * (1 if view.case.delta > 0 else -1)
        parts.append(t.AT_COST.format(value=fmt.signed_booked(value, view.currency)))
    if len(systems) > 1:
        parts.append(t.FOLLOWS.format(system=fmt.mrkdwn(_name(view, systems[0]), 40)))
    return f"{' · '.join(parts)}\n{money_line(view)}"


def _variance_closes(view: CaseView) -> str:
    systems = view.case.fingerprint.systems
    if "transfers" in facts_of(view):
        return t.CLOSES_TRANSFER
    if len(systems) < 2:
        return t.CLOSES_MORE_SALABLE.format(system=inert_system(view))
    return t.CLOSES_VARIANCE.format(system=fmt.mrkdwn(_name(view, systems[1]), 40))


VARIANCE = Face(_variance_title, _variance_numbers, _variance_closes, never, ("count", "correct", "take"))


# -- less than nothing -------------------------------------------------------------------------------------------------


def _negative_title(view: CaseView) -> str:
    return t.TITLE_NEGATIVE.format(
        sku=subject(view), place=_place(view), system=system_of(view), units=fmt.number(view.case.delta)
    )


def _negative_numbers(view: CaseView) -> str:
    return t.NEGATIVE.format(delta=delta_of(view))


NEGATIVE = Face(_negative_title, _negative_numbers, lambda view: t.CLOSES_NEGATIVE, never, ("count", "correct", "take"))


# -- sold beyond what there is -----------------------------------------------------------------------------------------


def _oversold_title(view: CaseView) -> str:
    if not view.case.delta:
        return t.TITLE_OVERSOLD_BEFORE.format(sku=subject(view))
    return t.TITLE_OVERSOLD.format(sku=subject(view), count=fmt.number(abs(view.case.delta)))


def _oversold_numbers(view: CaseView) -> str:
    named = view.case.evidence.facts
    held = {(one.channel, one.order): one for one in (view.sku.held if view.sku else ())}
    lines = [_order(view, order, held.get((SystemId(channel), order)), channel) for channel, order in named]
    more = [t.ORDERS_AND_MORE.format(count=fmt.number(len(lines) - ORDERS_SHOWN))] if len(lines) > ORDERS_SHOWN else []
    return "\n".join([f"*{delta_of(view)}* · {money_line(view)}", *lines[:ORDERS_SHOWN], *more])


def _order(view: CaseView, order: str, held: HeldLine | None, channel: str) -> str:
    if held is None:
        return t.ORDER_LINE_BARE.format(order=fmt.code(order), system=fmt.mrkdwn(channel, 40))
    placed = t.ORDER_PLACED.format(at=fmt.at(held.placed_at, view.now)) if held.placed_at else ""
    return t.ORDER_LINE.format(
        order=fmt.code(order),
        system=fmt.mrkdwn(held.channel_name or channel, 40),
        units=fmt.units(held.units),
        at=placed,
    )


OVERSOLD = Face(
    _oversold_title,
    _oversold_numbers,
    lambda view: t.CLOSES_OVERSOLD,
    oversells,
    ("hold", "picture", "count", "take"),
)


# -- held too long -----------------------------------------------------------------------------------------------------


def _old(view: CaseView) -> list[HeldLine]:
    """The orders that the finding names, oldest first."""
    named = set(view.case.evidence.facts)
    held = [one for one in (view.sku.held if view.sku else ()) if (one.channel, one.order) in named]
    return sorted(held, key=lambda one: (one.placed_at or view.now, one.order))


def _stuck_title(view: CaseView) -> str:
    oldest = next(
        (one.placed_at for one in _old(view) if one.placed_at), view.case.evidence.event_at or view.case.since
    )
    return t.TITLE_STUCK.format(sku=subject(view), units=fmt.units(view.case.delta), span=fmt.span(view.now - oldest))


def _stuck_numbers(view: CaseView) -> str:
    old = _old(view)
    lines = [_order(view, one.order, one, one.channel) for one in old[:ORDERS_SHOWN]]
    more = [t.ORDERS_AND_MORE.format(count=fmt.number(len(old) - ORDERS_SHOWN))] if len(old) > ORDERS_SHOWN else []
    return "\n".join([f"*{t.HELD_UNITS.format(units=fmt.units(view.case.delta))}* · {money_line(view)}", *lines, *more])


STUCK = Face(_stuck_title, _stuck_numbers, lambda view: t.CLOSES_STUCK, never, ("free", "take", "picture"))


# -- off sale by no doing of ours --------------------------------------------------------------------------------------


def _suppressed_title(view: CaseView) -> str:
    doors = [name for door, name in view.case.evidence.facts if door != OFF_SALE]
    if doors and not any(door == OFF_SALE for door, _ in view.case.evidence.facts):
        where = fmt.plain(doors[0], 40) + (t.DOORS_AND_MORE.format(count=len(doors) - 1) if len(doors) > 1 else "")
        return t.TITLE_DOOR_LOST.format(sku=subject(view), system=system_of(view), door=where)
    return t.TITLE_SUPPRESSED.format(sku=subject(view), system=system_of(view))


def _suppressed_numbers(view: CaseView) -> str:
    return f"*{t.COULD_BE_SOLD.format(units=can_sell(view))}* · {money_line(view)}"


def _suppressed_closes(view: CaseView) -> str:
    return t.CLOSES_SUPPRESSED.format(system=inert_system(view))


SUPPRESSED = Face(_suppressed_title, _suppressed_numbers, _suppressed_closes, never, ("senddata", "take", "picture"))
