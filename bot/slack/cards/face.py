"""What a class may replace of a card, and the pieces that several classes say alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from bot.slack import format as fmt
from bot.slack import texts as t
from bot.slack.cards.state import money, own_listing, shows
from sync.inbox.view import CaseView, ListingLine
from sync.model.exceptions import Direction
from sync.model.money import Converted

Part = Callable[[CaseView], str]


@dataclass(frozen=True, slots=True)
class Face:
    """``title`` is plain text; ``numbers`` and ``closes`` are mrkdwn. ``stops``: taking the listing off sale helps.
    ``steps``: its first buttons while it is open or owned, the safest useful one first; none: what suits every class."""

    title: Part
    numbers: Part
    closes: Part
    stops: Callable[[CaseView], bool]
    steps: tuple[str, ...] = ()


def system_of(view: CaseView) -> str:
    """The name of its systems, as plain text."""
    return fmt.plain(view.system_name, 40)


def inert_system(view: CaseView) -> str:
    """The same, inert for mrkdwn."""
    return fmt.mrkdwn(view.system_name, 40)


def can_sell(view: CaseView) -> str:
    """Units that can be sold there, in words."""
    can = view.case.evidence.can_sell
    return t.NOT_KNOWN if can is None else fmt.number(can)


def shown_as(view: CaseView) -> str:
    """What customers are shown, as mrkdwn."""
    evidence = view.case.evidence
    if evidence.shows is not None:
        return fmt.number(evidence.shows)
    return fmt.mrkdwn(evidence.shows_text, 40) if evidence.shows_text else shows(own_listing(view))


def delta_of(view: CaseView) -> str:
    """The difference with sign and unit."""
    return fmt.signed_units(view.case.delta)


def facts_of(view: CaseView) -> dict[str, str]:
    """What its rule keeps of it, by name."""
    return dict(view.case.evidence.facts)


def _selling(line: ListingLine | None) -> bool:
    return line is not None and line.live is not False


def money_line(view: CaseView) -> str:
    """What is at risk, in a line of mrkdwn."""
    case = view.case
    if not case.risk.total.amount:
        return t.RISK_NONE
    if case.fingerprint.direction is Direction.UNDER:
        return t.RISK_HIDDEN.format(amount=money(view)) + _rate(view)
    first = first_oversell(view)
    told = t.RISK.format(amount=money(view)) + _rate(view)
    return told + (t.RISK_FIRST.format(span=fmt.span(first)) if first else "")


def _rate(view: CaseView) -> str:
    """By the rates of which day the price was converted, or that it has no rate and is not counted."""
    price = view.sku.sku.price if view.sku else None
    if price is None:
        return ""
    if isinstance(price, Converted):
        return t.RISK_RATES.format(day=fmt.day(price.day))
    return t.RISK_NO_RATE.format(currency=price.currency) if price.currency != view.currency else ""


def first_oversell(view: CaseView) -> timedelta | None:
    """When one unit more than we can sell is sold, at the pace of the last seven days; None without sales."""
    can, pace = view.case.evidence.can_sell, view.sku.pace_7d if view.sku else 0
    if can is None or pace <= 0 or view.case.delta <= 0:
        return None
    return timedelta(days=7) / pace * (max(0, can) + 1)


def oversells(view: CaseView) -> bool:
    """Customers can buy more than there is, on a listing that sells."""
    return view.case.delta > 0 and _selling(own_listing(view))


def never(view: CaseView) -> bool:
    """Taking a listing off sale does not help."""
    return False
