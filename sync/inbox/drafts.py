"""An exception that an act opens itself: an override has one of its own, and what people report has, whatever else is
open for the SKU. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from sync.detect.picture import SkuPicture
from sync.errors import BadInput
from sync.exceptions.standing import OVERRIDE_DETAIL
from sync.inbox.acts import Act, Override, Report
from sync.model.exceptions import Case, Evidence, ExceptionClass, Fingerprint, Life
from sync.model.ids import ExceptionId, ListingId, SkuId
from sync.owners.clocks import limit_at
from sync.policy.routing import route
from sync.policy.schema import Policy
from sync.risk import no_risk


def override_case(picture: SkuPicture, listing: ListingId | None, policy: Policy, now: datetime) -> Case:
    """The override's exception that is open for a listing, or a new one that is not stored yet (its id and version are 0).

    ``listing`` None: the first whose quantity is ours. Raises BadInput when the SKU has no such listing.
    """
    ours = [
        one.listing for one in picture.listings if (c := policy.systems[one.listing.system].channel) and c.publish_to
    ]
    chosen = next((one for one in ours if listing in (None, one.id)), None)
    if chosen is None:
        raise BadInput("There is no listing here whose quantity we write.")
    cls = ExceptionClass.MANUAL_OVERRIDE
    about = Fingerprint(cls, sku=picture.sku.id, listing=chosen.id, systems=(chosen.system,), detail=OVERRIDE_DETAIL)
    evidence = Evidence("A person fixes what is shown.", cause=f"{chosen.system}:{OVERRIDE_DETAIL}")
    return _open_or_new(picture, about, evidence, "Nothing is shown yet that cannot be sold.", policy, now)


def report_case(picture: SkuPicture, listing: ListingId | None, policy: Policy, now: datetime) -> Case:
    """The open exception of what people report of a listing (None: of the whole SKU), or a new one that is not stored yet.

    Raises BadInput when the SKU has no such listing.
    """
    one = picture.by_listing(listing) if listing is not None else None
    if listing is not None and one is None:
        raise BadInput("That listing no longer belongs to this SKU. Open the form again.")
    systems = (one.listing.system,) if one is not None else ()
    about = Fingerprint(ExceptionClass.REPORTED, sku=picture.sku.id, listing=listing, systems=systems)
    shows, can_sell = (one.offered, one.promise.units) if one is not None else (None, None)
    evidence = Evidence("A person reports a wrong number.", shows=shows, can_sell=can_sell)
    case = _open_or_new(picture, about, evidence, "What is wrong is not known in units yet.", policy, now)
    ended = [one for one in picture.cases if one.fingerprint == about and one.life.ended]
    last = max(ended, key=lambda one: one.id, default=None)
    return case if case.id or last is None else replace(case, previous=last.id, recurrences=last.recurrences + 1)


def _open_or_new(
    picture: SkuPicture, about: Fingerprint, evidence: Evidence, no_money: str, policy: Policy, now: datetime
) -> Case:
    known = picture.open_case(about)
    if known is not None:
        return known
    rules, routed = policy.rules_for(about.cls), route(policy, about, picture.sku.family)
    return Case(
        id=ExceptionId(0),
        fingerprint=about,
        life=Life.OPEN,
        version=0,
        queue=routed.queue,
        delta=0,
        evidence=evidence,
        risk=no_risk(policy.currency, no_money),
        since=now,
        opened_at=now,
        assign_by=limit_at(policy, routed.queue, about.cls, now, rules.assign_within),
        resolve_by=limit_at(policy, routed.queue, about.cls, now, rules.resolve_within),
        policy_version=policy.version,
    )


OPENS = {"override": override_case, "report": report_case}
"""Acts that have an exception of their own, which they open where none is open."""


def opening_of(act: Act, opened_for: Mapping[str, str]) -> tuple[SkuId, ListingId | None] | None:
    """What an act that has an exception of its own is about; None for all others. ``opened_for``: what its form was opened
    for."""
    if isinstance(act, Report) and act.sku is not None:
        return act.sku, act.listing
    return (SkuId(opened_for["sku"]), act.listing) if isinstance(act, Override) and "sku" in opened_for else None


def completed(act: Act, opened_for: Mapping[str, str]) -> Act:
    """A report with the SKU and the message that its form was opened for: a form carries neither itself."""
    if not isinstance(act, Report) or not opened_for:
        return act
    return replace(act, sku=SkuId(opened_for["sku"]), source=opened_for.get("source", ""))


def asked_of(act: Act) -> tuple[str, ...]:
    """The acts whose rights somebody needs: a report that asks for a count needs that of the count, too."""
    return (act.verb, "count") if isinstance(act, Report) and act.location is not None else (act.verb,)
