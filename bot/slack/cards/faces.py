"""The parts of a card that a class may replace: its title, its numbers, and what closes it.

Siblings have one shape: a class whose trouble needs other words adds one :class:`Face` to :data:`FACES`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from bot.slack import format as fmt
from bot.slack import texts as t
from bot.slack.cards.state import money, own_listing, shows, subject
from sync.inbox.view import CaseView, ListingLine
from sync.model.exceptions import UNACKNOWLEDGED, ActionKind, Direction, ExceptionClass

Part = Callable[[CaseView], str]


@dataclass(frozen=True, slots=True)
class Face:
    """``title`` is plain text; ``numbers`` and ``closes`` are mrkdwn. ``stops``: taking the listing off sale helps."""

    title: Part
    numbers: Part
    closes: Part
    stops: Callable[[CaseView], bool]


def _system(view: CaseView) -> str:
    return fmt.plain(view.system_name, 40)


def _inert_system(view: CaseView) -> str:
    return fmt.mrkdwn(view.system_name, 40)


def _can(view: CaseView) -> str:
    can = view.case.evidence.can_sell
    return t.NOT_KNOWN if can is None else fmt.number(can)


def _shown(view: CaseView) -> str:
    evidence = view.case.evidence
    if evidence.shows is not None:
        return fmt.number(evidence.shows)
    return fmt.mrkdwn(evidence.shows_text, 40) if evidence.shows_text else shows(own_listing(view))


def _delta(view: CaseView) -> str:
    return fmt.signed_units(view.case.delta)


def _facts(view: CaseView) -> dict[str, str]:
    return dict(view.case.evidence.facts)


def _selling(line: ListingLine | None) -> bool:
    return line is not None and line.live is not False


# -- channel exposure mismatch -----------------------------------------------------------------------------------------


def _mismatch_title(view: CaseView) -> str:
    case = view.case
    over = case.fingerprint.direction is Direction.OVER
    if over and case.evidence.shows is None and case.evidence.shows_text:
        return t.TITLE_UNLIMITED.format(sku=subject(view), system=_system(view))
    shape = t.TITLE_OVER if over else t.TITLE_UNDER
    return shape.format(sku=subject(view), system=_system(view), count=fmt.number(abs(case.delta)))


def _mismatch_numbers(view: CaseView) -> str:
    first = t.SHOWS.format(delta=_delta(view), shows=_shown(view), can=_can(view))
    return f"{first}\n{_money_line(view)}"


def _money_line(view: CaseView) -> str:
    case = view.case
    if not case.risk.total.amount:
        return t.RISK_NONE
    if case.fingerprint.direction is Direction.UNDER:
        return t.RISK_HIDDEN.format(amount=money(view))
    first = first_oversell(view)
    return t.RISK.format(amount=money(view)) + (t.RISK_FIRST.format(span=fmt.span(first)) if first else "")


def first_oversell(view: CaseView) -> timedelta | None:
    """When one unit more than we can sell is sold, at the pace of the last seven days; None without sales."""
    can, pace = view.case.evidence.can_sell, view.sku.pace_7d if view.sku else 0
    if can is None or pace <= 0 or view.case.delta <= 0:
        return None
    return timedelta(days=7) / pace * (max(0, can) + 1)


def _mismatch_closes(view: CaseView) -> str:
    shape = t.CLOSES_UNDER if view.case.fingerprint.direction is Direction.UNDER else t.CLOSES_OVER
    return shape.format(system=_inert_system(view), can=_can(view))


def _oversells(view: CaseView) -> bool:
    return view.case.delta > 0 and _selling(own_listing(view))


# -- failed update -----------------------------------------------------------------------------------------------------


def _of_account(view: CaseView) -> bool:
    return view.case.fingerprint.sku is None


def _failed_title(view: CaseView) -> str:
    if _of_account(view):
        return t.TITLE_REFUSED.format(system=_system(view))
    if view.case.evidence.can_sell is None:
        return t.TITLE_FAILED_OTHER.format(sku=subject(view), system=_system(view))
    return t.TITLE_FAILED.format(sku=subject(view), system=_system(view), wanted=_can(view))


def _failed_numbers(view: CaseView) -> str:
    if _of_account(view):
        waiting = fmt.counted(int(_facts(view).get("waiting", "0")), t.UPDATES_WAIT)
        return t.WAITING.format(waiting=waiting, since=fmt.at(view.case.since, view.now))
    if view.case.evidence.can_sell is None:
        return f"{t.CUSTOMERS_SEE.format(shows=_shown(view), system=_inert_system(view), read='')}".rstrip(", ")
    return f"{t.SHOWS_SHOULD.format(delta=_delta(view), shows=_shown(view), can=_can(view))}\n{_money_line(view)}"


def _failed_closes(view: CaseView) -> str:
    if _of_account(view):
        return t.CLOSES_ACCOUNT.format(system=_inert_system(view))
    if view.case.evidence.can_sell is None:
        return t.CLOSES_ANY
    return t.CLOSES_UPDATE.format(system=_inert_system(view), can=_can(view))


# -- stale feed --------------------------------------------------------------------------------------------------------


def _of_family(view: CaseView) -> str:
    """The SKU family whose acknowledgement is missing; nothing when the source itself is silent."""
    if not view.case.fingerprint.detail.startswith(UNACKNOWLEDGED):
        return ""
    family = view.case.fingerprint.family
    return t.FAMILY.format(family=family) if family else t.FAMILY_NONE


def _stale_title(view: CaseView) -> str:
    if _of_family(view):
        return t.TITLE_UNACKNOWLEDGED.format(system=_system(view), family=fmt.plain(_of_family(view), 60))
    last = view.case.evidence.event_at or view.case.since
    return t.TITLE_STALE.format(system=_system(view), at=fmt.at_plain(last, view.now))


def _stale_numbers(view: CaseView) -> str:
    last = view.case.evidence.event_at or view.case.since
    skus = fmt.counted(int(_facts(view).get("skus", str(view.case.delta))), t.SKUS_COUNTED)
    if _of_family(view):
        return f"{t.UNACKNOWLEDGED.format(skus=skus)}\n{_money_line(view)}"
    first = t.SILENT.format(skus=skus, since=fmt.at(last, view.now), span=fmt.span(view.now - last))
    return f"{first}\n{_money_line(view)}"


def _stale_closes(view: CaseView) -> str:
    if _of_family(view):
        return t.CLOSES_UNACKNOWLEDGED.format(system=_inert_system(view))
    return t.CLOSES_STALE.format(at=fmt.at(view.case.evidence.event_at or view.case.since, view.now))


# -- catalog fault -----------------------------------------------------------------------------------------------------


def _catalog_title(view: CaseView) -> str:
    match view.case.fingerprint.detail:
        case "unusable":
            return t.TITLE_UNUSABLE.format(system=_system(view), count=fmt.counted(view.case.delta, t.PARTS_COUNTED))
        case "collision":
            things = fmt.counted(view.case.delta, t.THINGS)
            return t.TITLE_COLLISION.format(sku=subject(view), system=_system(view), things=things)
        case "gtin":
            return t.TITLE_GTIN.format(sku=subject(view))
        case _:
            return t.TITLE_UNMAPPED.format(system=_system(view), count=fmt.counted(view.case.delta, t.CODES_COUNTED))


def _catalog_numbers(view: CaseView) -> str:
    match view.case.fingerprint.detail:
        case "unusable":
            return t.PARTS.format(parts=fmt.counted(view.case.delta, t.PARTS_COUNTED))
        case "collision":
            return t.COLLIDING.format(things=fmt.counted(view.case.delta, t.THINGS))
        case "gtin":
            return t.BARCODE.format(written=fmt.code(_facts(view).get("gtin", "")))
        case _:
            return t.CODES.format(codes=fmt.counted(view.case.delta, t.CODES_COUNTED))


def _catalog_closes(view: CaseView) -> str:
    match view.case.fingerprint.detail:
        case "unusable":
            return t.CLOSES_UNUSABLE
        case "collision":
            return t.CLOSES_COLLISION.format(system=_inert_system(view))
        case "gtin":
            return t.CLOSES_GTIN
        case _:
            return t.CLOSES_UNMAPPED


# -- override by hand, and the rest ------------------------------------------------------------------------------------


def _override_title(view: CaseView) -> str:
    act = view.case.newest(ActionKind.OVERRIDE)
    if act is not None:
        return t.TITLE_FIXED.format(sku=subject(view), system=_system(view), units=act.figure("units") or t.NOT_KNOWN)
    evidence = view.case.evidence
    shown = fmt.number(evidence.shows) if evidence.shows is not None else fmt.plain(evidence.shows_text, 40)
    return t.TITLE_OVERRIDE.format(sku=subject(view), system=_system(view), shows=shown or t.NOT_KNOWN)


def _override_closes(view: CaseView) -> str:
    return t.CLOSES_OVERRIDE.format(system=_inert_system(view), can=_can(view))


def _reported_title(view: CaseView) -> str:
    if view.case.fingerprint.listing is None:
        return t.TITLE_REPORTED.format(sku=subject(view))
    return t.TITLE_REPORTED_AT.format(sku=subject(view), system=_system(view))


def _reported_numbers(view: CaseView) -> str:
    own = view.case.fingerprint.listing
    lines = [one for one in (view.sku.listings if view.sku else ()) if own in (None, one.listing)]
    told = [
        t.REPORTED_LINE.format(
            system=fmt.mrkdwn(one.system_name, 40),
            shows=fmt.mrkdwn(shows(one), 20),
            can=t.NOT_KNOWN if one.can_sell is None else fmt.number(one.can_sell),
        )
        for one in lines
    ]
    shown = fmt.listed(told, 3) or t.SKU_NO_LISTING
    if not view.case.delta:
        return t.REPORTED_AGREES.format(shown=shown)
    return f"{t.REPORTED_SHOWS.format(delta=_delta(view), shown=shown)}\n{_money_line(view)}"


def _plain_title(view: CaseView) -> str:
    return t.TITLE_PLAIN.format(what=subject(view), cls=fmt.within(t.CLASS_NAMES[view.case.fingerprint.cls]))


def _plain_numbers(view: CaseView) -> str:
    return f"{t.DIFFERENCE.format(delta=_delta(view))}\n{_money_line(view)}"


def _never(view: CaseView) -> bool:
    return False


GENERAL = Face(_plain_title, _plain_numbers, lambda view: t.CLOSES_ANY, _never)
"""A sensible card for a class that has no words of its own."""

FACES: dict[ExceptionClass, Face] = {
    ExceptionClass.EXPOSURE_MISMATCH: Face(_mismatch_title, _mismatch_numbers, _mismatch_closes, _oversells),
    ExceptionClass.FAILED_UPDATE: Face(_failed_title, _failed_numbers, _failed_closes, _oversells),
    ExceptionClass.STALE_FEED: Face(_stale_title, _stale_numbers, _stale_closes, _never),
    ExceptionClass.CATALOG_FAULT: Face(_catalog_title, _catalog_numbers, _catalog_closes, _never),
    ExceptionClass.REPORTED: Face(_reported_title, _reported_numbers, lambda view: t.CLOSES_REPORTED, _oversells),
    ExceptionClass.MANUAL_OVERRIDE: Face(_override_title, _mismatch_numbers, _override_closes, _oversells),
}


def face_of(view: CaseView) -> Face:
    """The face of the case's class."""
    return FACES.get(view.case.fingerprint.cls, GENERAL)
