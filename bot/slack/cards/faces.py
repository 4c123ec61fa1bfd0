"""The card of each class: its title, its numbers, what closes it, and its first buttons.

Siblings have one shape: a class whose trouble needs other words adds one :class:`Face` to :data:`FACES`.
"""

from __future__ import annotations

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
    shown_as,
    system_of,
)
from bot.slack.cards.state import mention, shows, subject
from bot.slack.cards.stock_faces import NEGATIVE, OVERSOLD, STUCK, SUPPRESSED, VARIANCE
from sync.actions.reasons import reason_of, set_by_hand
from sync.inbox.view import CaseView
from sync.model.exceptions import UNACKNOWLEDGED, ActionKind, Direction, ExceptionClass
from sync.model.ids import UserId

# -- channel exposure mismatch -----------------------------------------------------------------------------------------


def _mismatch_title(view: CaseView) -> str:
    case = view.case
    over = case.fingerprint.direction is Direction.OVER
    if over and case.evidence.shows is None and case.evidence.shows_text:
        return t.TITLE_UNLIMITED.format(sku=subject(view), system=system_of(view))
    shape = t.TITLE_OVER if over else t.TITLE_UNDER
    return shape.format(sku=subject(view), system=system_of(view), count=fmt.number(abs(case.delta)))


def _mismatch_numbers(view: CaseView) -> str:
    first = t.SHOWS.format(delta=delta_of(view), shows=shown_as(view), can=can_sell(view))
    kept = view.sku.caution if view.sku else 0
    caution = f"\n{t.CAUTION.format(units=fmt.units(kept))}" if kept else ""
    return f"{first}\n{money_line(view)}{caution}"


def _mismatch_closes(view: CaseView) -> str:
    shape = t.CLOSES_UNDER if view.case.fingerprint.direction is Direction.UNDER else t.CLOSES_OVER
    return shape.format(system=inert_system(view), can=can_sell(view))


# -- failed update -----------------------------------------------------------------------------------------------------


def _of_account(view: CaseView) -> bool:
    return view.case.fingerprint.sku is None


def _failed_title(view: CaseView) -> str:
    if _of_account(view):
        return t.TITLE_REFUSED.format(system=system_of(view))
    if view.case.evidence.can_sell is None:
        return t.TITLE_FAILED_OTHER.format(sku=subject(view), system=system_of(view))
    return t.TITLE_FAILED.format(sku=subject(view), system=system_of(view), wanted=can_sell(view))


def _failed_numbers(view: CaseView) -> str:
    if _of_account(view):
        waiting = fmt.counted(int(facts_of(view).get("waiting", "0")), t.UPDATES_WAIT)
        return t.WAITING.format(waiting=waiting, since=fmt.at(view.case.since, view.now))
    if view.case.evidence.can_sell is None:
        return f"{t.CUSTOMERS_SEE.format(shows=shown_as(view), system=inert_system(view), read='')}".rstrip(", ")
    return (
        f"{t.SHOWS_SHOULD.format(delta=delta_of(view), shows=shown_as(view), can=can_sell(view))}\n{money_line(view)}"
    )


def _failed_closes(view: CaseView) -> str:
    if _of_account(view):
        return t.CLOSES_ACCOUNT.format(system=inert_system(view))
    if view.case.evidence.can_sell is None:
        return t.CLOSES_ANY
    return t.CLOSES_UPDATE.format(system=inert_system(view), can=can_sell(view))


# -- stale feed --------------------------------------------------------------------------------------------------------


def _of_family(view: CaseView) -> str:
    """The SKU family whose acknowledgement is missing; nothing when the source itself is silent."""
    if not view.case.fingerprint.detail.startswith(UNACKNOWLEDGED):
        return ""
    family = view.case.fingerprint.family
    return t.FAMILY.format(family=family) if family else t.FAMILY_NONE


def _stale_title(view: CaseView) -> str:
    if _of_family(view):
        return t.TITLE_UNACKNOWLEDGED.format(system=system_of(view), family=fmt.plain(_of_family(view), 60))
    last = view.case.evidence.event_at or view.case.since
    return t.TITLE_STALE.format(system=system_of(view), at=fmt.at_plain(last, view.now))


def _stale_numbers(view: CaseView) -> str:
    last = view.case.evidence.event_at or view.case.since
    skus = fmt.counted(int(facts_of(view).get("skus", str(view.case.delta))), t.SKUS_COUNTED)
    if _of_family(view):
        return f"{t.UNACKNOWLEDGED.format(skus=skus)}\n{money_line(view)}"
    first = t.SILENT.format(skus=skus, since=fmt.at(last, view.now), span=fmt.span(view.now - last))
    return f"{first}\n{money_line(view)}"


def _stale_closes(view: CaseView) -> str:
    if _of_family(view):
        return t.CLOSES_UNACKNOWLEDGED.format(system=inert_system(view))
    return t.CLOSES_STALE.format(at=fmt.at(view.case.evidence.event_at or view.case.since, view.now))


# -- catalog fault -----------------------------------------------------------------------------------------------------


def _catalog_title(view: CaseView) -> str:
    match view.case.fingerprint.detail:
        case "unusable":
            return t.TITLE_UNUSABLE.format(system=system_of(view), count=fmt.counted(view.case.delta, t.PARTS_COUNTED))
        case "collision":
            things = fmt.counted(view.case.delta, t.THINGS)
            return t.TITLE_COLLISION.format(sku=subject(view), system=system_of(view), things=things)
        case "moved":
            return t.TITLE_MOVED.format(sku=subject(view), system=system_of(view))
        case "shared_gtin":
            return t.TITLE_SHARED_GTIN.format(sku=subject(view))
        case "gtin":
            return t.TITLE_GTIN.format(sku=subject(view))
        case _:
            return t.TITLE_UNMAPPED.format(system=system_of(view), count=fmt.counted(view.case.delta, t.CODES_COUNTED))


def _catalog_numbers(view: CaseView) -> str:
    match view.case.fingerprint.detail:
        case "unusable":
            return t.PARTS.format(parts=fmt.counted(view.case.delta, t.PARTS_COUNTED))
        case "collision":
            return t.COLLIDING.format(things=fmt.counted(view.case.delta, t.THINGS))
        case "moved":
            return t.MOVED.format(claims=fmt.code(facts_of(view).get("claims", "")))
        case "shared_gtin":
            products = fmt.counted(view.case.delta + 1, t.PRODUCTS)
            return t.SHARED_GTIN.format(gtin=fmt.code(facts_of(view).get("gtin", "")), count=products)
        case "gtin":
            return t.BARCODE.format(written=fmt.code(facts_of(view).get("gtin", "")))
        case _:
            return t.CODES.format(codes=fmt.counted(view.case.delta, t.CODES_COUNTED))


def _catalog_closes(view: CaseView) -> str:
    match view.case.fingerprint.detail:
        case "unusable":
            return t.CLOSES_UNUSABLE
        case "collision":
            return t.CLOSES_COLLISION.format(system=inert_system(view))
        case "moved":
            return t.CLOSES_MOVED
        case "shared_gtin":
            return t.CLOSES_SHARED_GTIN
        case "gtin":
            return t.CLOSES_GTIN
        case _:
            return t.CLOSES_UNMAPPED


# -- override by hand, and the rest ------------------------------------------------------------------------------------


def _override_title(view: CaseView) -> str:
    act = view.case.newest(ActionKind.OVERRIDE)
    if act is not None:
        return t.TITLE_FIXED.format(sku=subject(view), system=system_of(view), units=act.figure("units") or t.NOT_KNOWN)
    evidence = view.case.evidence
    shown = fmt.number(evidence.shows) if evidence.shows is not None else fmt.plain(evidence.shows_text, 40)
    return t.TITLE_OVERRIDE.format(sku=subject(view), system=system_of(view), shows=shown or t.NOT_KNOWN)


def _override_numbers(view: CaseView) -> str:
    numbers = _mismatch_numbers(view)
    if not set_by_hand(view.case):
        return numbers
    given = reason_of(view.case)
    if given is None:
        return f"{numbers}\n{t.REASON_NONE}"
    owner = given.figure("owner")
    return f"{numbers}\n" + t.REASON_GIVEN.format(
        reason=fmt.mrkdwn(given.note, 200),
        shows=fmt.mrkdwn(given.figure("shows") or "", 20),
        owner=mention(UserId(owner) if owner else None, given.figure("owner_name") or ""),
        at=fmt.at(given.at, view.now),
    )


def _override_closes(view: CaseView) -> str:
    return t.CLOSES_OVERRIDE.format(system=inert_system(view), can=can_sell(view))


def _reported_title(view: CaseView) -> str:
    if view.case.fingerprint.listing is None:
        return t.TITLE_REPORTED.format(sku=subject(view))
    return t.TITLE_REPORTED_AT.format(sku=subject(view), system=system_of(view))


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
    return f"{t.REPORTED_SHOWS.format(delta=delta_of(view), shown=shown)}\n{money_line(view)}"


def _plain_title(view: CaseView) -> str:
    return t.TITLE_PLAIN.format(what=subject(view), cls=fmt.within(t.CLASS_NAMES[view.case.fingerprint.cls]))


def _plain_numbers(view: CaseView) -> str:
    return f"{t.DIFFERENCE.format(delta=delta_of(view))}\n{money_line(view)}"


GENERAL = Face(_plain_title, _plain_numbers, lambda view: t.CLOSES_ANY, never)
"""A sensible card for a class that has no words of its own."""

FACES: dict[ExceptionClass, Face] = {
    ExceptionClass.EXPOSURE_MISMATCH: Face(_mismatch_title, _mismatch_numbers, _mismatch_closes, oversells),
    ExceptionClass.FAILED_UPDATE: Face(_failed_title, _failed_numbers, _failed_closes, oversells),
    ExceptionClass.STALE_FEED: Face(_stale_title, _stale_numbers, _stale_closes, never, ("askfeed", "skus", "take")),
    ExceptionClass.CATALOG_FAULT: Face(
        _catalog_title, _catalog_numbers, _catalog_closes, never, ("choose", "take", "countfile", "picture")
    ),
    ExceptionClass.WMS_ERP_VARIANCE: VARIANCE,
    ExceptionClass.NEGATIVE_STOCK: NEGATIVE,
    ExceptionClass.OVERSELL: OVERSOLD,
    ExceptionClass.STUCK_RESERVATION: STUCK,
    ExceptionClass.FEED_SUPPRESSION: SUPPRESSED,
    ExceptionClass.REPORTED: Face(_reported_title, _reported_numbers, lambda view: t.CLOSES_REPORTED, oversells),
    ExceptionClass.MANUAL_OVERRIDE: Face(
        _override_title,
        _override_numbers,
        _override_closes,
        oversells,
        ("askreason", "keep", "publish", "pause", "count", "take"),
    ),
}


def face_of(view: CaseView) -> Face:
    """The face of the case's class."""
    return FACES.get(view.case.fingerprint.cls, GENERAL)
