"""The card of one exception: eight blocks in fixed order, rendered from state alone (inbox-design 2)."""

from __future__ import annotations

from bot.slack import blocks as b
from bot.slack import format as fmt
from bot.slack import texts as t
from bot.slack.blocks import Message
from bot.slack.cards.buttons import action_blocks, value_of
from bot.slack.cards.faces import face_of
from bot.slack.cards.folded import render_folded
from bot.slack.cards.headline import state_line, title_of
from bot.slack.cards.questions import changed_of, closes_of, next_of
from bot.slack.cards.state import (
    CardState,
    Names,
    money,
    own_listing,
    paused_listings,
    product_title,
    read_back,
    shows,
    state_of,
)
from sync.inbox.view import CaseView, ListingLine
from sync.model.exceptions import ActionKind, ActionState

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
    title, state_text = title_of(view, state), state_line(view, state)
    numbers, next_text = _numbers(view, state), next_of(view, state, names)
    head = [b.mrkdwn_text(state_text)]
    if product_title(view):
        head.append(b.plain_text(product_title(view), 150))
    blocks = (
        b.header(f"card.title.{version}", title),
        b.context(f"card.state.{version}", *head),
        b.section(f"card.numbers.{version}", numbers, _why(view, state)),
        b.section(f"card.changed.{version}", f"*{t.CHANGED}*\n{changed_of(view, state)}"),
        b.section(f"card.next.{version}", f"*{t.NEXT}*\n{next_text}"),
        b.section(f"card.closes.{version}", f"*{t.CLOSES}*\n{closes_of(view, state)}"),
        action_blocks(view, state, f"card.actions.{version}"),
        b.context(f"card.foot.{version}", b.mrkdwn_text(_foot(view))),
    )
    return Message(_text(view, title, state_text, numbers), blocks, "card", view.case.name, view.case.version)


def _text(view: CaseView, title: str, state_text: str, numbers: str) -> str:
    """State, SKU, numbers, owner, deadline, id: what a notification or a screen reader says."""
    words, owner = fmt.bare(state_text), fmt.mrkdwn(view.case.owner_name, 40)
    if view.case.owner is not None:
        words = words.replace(f"<@{view.case.owner}>", owner)
    who = t.TEXT_OWNER.format(owner=owner) if view.case.owner is not None and owner not in words else ""
    text = f"{words}. {fmt.inert(title)}. {fmt.bare(numbers)}.{who} {view.case.name}."
    return fmt.cut(text, b.FALLBACK_MOST, b.FALLBACK_MOST)


# -- numbers -----------------------------------------------------------------------------------------------------------


def _numbers(view: CaseView, state: CardState) -> str:
    paused = paused_listings(view)
    if state is CardState.SENDING:
        return face_of(view).numbers(view)
    if paused:
        return "\n".join([*(_customers_see(view, line) for line in paused[:3]), _paused_risk(view)])
    if state is CardState.FAILED and view.case.fingerprint.sku is not None:
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


def _foot(view: CaseView) -> str:
    case, now = view.case, view.now
    if case.owned_at is not None:
        then = t.FOOT_OWNED.format(span=fmt.span(case.owned_at - case.opened_at))
    else:
        then = t.FOOT_OPENED.format(at=fmt.at(case.opened_at, now))
    nth = t.FOOT_NTH.format(nth=fmt.ordinal(case.recurrences)) if case.recurrences > 1 else ""
    return t.FOOT.format(
        name=case.name, since=fmt.at(case.since, now), span=fmt.span(now - case.since), then=then, nth=nth
    ) + (t.FOOT_RUNBOOK.format(link=view.runbook) if view.runbook else "")
